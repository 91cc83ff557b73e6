//! What a verifier lets through, and what it answers where it does not.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use delegant::{Cid, DidKeys, Signer};
use delegant_store::{
    Answer, Backend, Cause, Entry, Followed, KeptProof, Progress, Proofs, Quota, Record, Redeemed,
    Redemption, Redemptions, RevocationLog, Sequence, Store, StoreError, Verifier,
};
use delegant_testing::tokens::{NOW, at, call, chain, container, key, parsed, revocation};

/// A verifier for key 1, and its clock.
fn verifier(store: Store) -> (Verifier, Arc<AtomicI64>) {
    let clock = Arc::new(AtomicI64::new(NOW));
    let shown = Arc::clone(&clock);
    let verifier = Verifier::new(key(1).did())
        .store(store)
        .decide_at(move || at(shown.load(Ordering::Relaxed)));
    (verifier, clock)
}

#[tokio::test]
async fn lets_a_proven_call_through_once() {
    let (verifier, _) = verifier(Store::memory());
    let proofs = chain(&[&key(1), &key(2), &key(3)], NOW + 1000);
    let sent = container(&proofs, &call(&key(1), &key(3), &proofs, NOW + 60, 1));
    let leave = verifier.check(&sent).await.unwrap();
    assert_eq!(*leave.invoker(), key(3).did());
    verifier.redeem(&leave).await.unwrap();
    let again = verifier.check(&sent).await.unwrap();
    let refusal = verifier.redeem(&again).await.unwrap_err();
    assert_eq!(refusal.code(), "Replayed");
    assert_eq!(refusal.signed_by(), Some(&key(3).did()));
    assert!(!refusal.is_unavailable());
}

#[tokio::test]
async fn needs_no_proof_twice_and_says_which_it_lacks() {
    let store = Store::memory();
    let proofs = chain(&[&key(1), &key(2), &key(3)], NOW + 1000);
    let elided = |nonce| container(&[], &call(&key(1), &key(3), &proofs, NOW + 60, nonce));
    let lacks = |missing: &[Cid], refusal: &Cause| {
        assert!(matches!(refusal, Cause::MissingProofs { missing: found } if found == missing));
    };

    let (first, _) = verifier(store.clone());
    let refusal = first.check(&elided(1)).await.unwrap_err();
    assert_eq!(refusal.code(), "UnavailableProof");
    lacks(&[proofs[0].cid(), proofs[1].cid()], refusal.cause());
    // Half of them do not do, and are not remembered: nothing was proven by them.
    let half = container(&proofs[1..], &call(&key(1), &key(3), &proofs, NOW + 60, 1));
    lacks(
        &[proofs[0].cid()],
        first.check(&half).await.unwrap_err().cause(),
    );
    lacks(
        &[proofs[0].cid(), proofs[1].cid()],
        first.check(&elided(1)).await.unwrap_err().cause(),
    );
    // The same invocation, since it was never used.
    let whole = container(&proofs, &call(&key(1), &key(3), &proofs, NOW + 60, 1));
    let leave = first.check(&whole).await.unwrap();
    first.redeem(&leave).await.unwrap();
    let leave = first.check(&elided(2)).await.unwrap();
    first.redeem(&leave).await.unwrap();

    // Another that remembers nothing finds them in the store.
    let (second, _) = verifier(store);
    let leave = second.check(&elided(3)).await.unwrap();
    second.redeem(&leave).await.unwrap();
}

#[tokio::test]
async fn what_is_refused_uses_nothing_up() {
    let (verifier, clock) = verifier(Store::memory());
    let proofs = chain(&[&key(1), &key(2)], NOW + 1000);
    let call = call(&key(1), &key(2), &proofs, NOW + 60, 1);
    let sent = container(&proofs, &call);
    // Somebody else wraps it, forges it, or sends it too early: whoever signed it is still to come.
    let mut forged = sent.clone();
    let place = forged
        .windows(64)
        .position(|window| window == &call.bytes()[3..67])
        .unwrap();
    forged[place + 20] ^= 1;
    assert_eq!(
        verifier.check(&forged).await.unwrap_err().code(),
        "InvalidSignature"
    );
    let unproven = container(&[], &call);
    assert_eq!(
        verifier.check(&unproven).await.unwrap_err().code(),
        "UnavailableProof"
    );
    drop(verifier.check(&sent).await.unwrap());
    clock.store(NOW + 1, Ordering::Relaxed);
    let leave = verifier.check(&sent).await.unwrap();
    verifier.redeem(&leave).await.unwrap();
}

#[tokio::test]
async fn serves_nobody_but_the_executor_unless_told() {
    let (verifier, _) = verifier(Store::memory());
    let stranger = call(&key(9), &key(9), &[], NOW + 60, 1);
    let refusal = verifier
        .check(&container(&[], &stranger))
        .await
        .unwrap_err();
    assert_eq!(refusal.code(), "NotServed");
    // Their own subject, but served: now it matters for whom the invocation is.
    let open = verifier.serves(|_| true);
    let refusal = open.check(&container(&[], &stranger)).await.unwrap_err();
    assert_eq!(refusal.code(), "InvalidAudience");
}

#[tokio::test]
async fn refuses_what_lives_too_long_and_what_never_ends() {
    let (verifier, _) = verifier(Store::memory());
    let expiring = |end, nonce| container(&[], &call(&key(1), &key(1), &[], end, nonce));
    let longest = NOW + 15 * 60 + 60;
    let leave = verifier.check(&expiring(longest, 1)).await.unwrap();
    verifier.redeem(&leave).await.unwrap();
    let leave = verifier.check(&expiring(longest + 1, 2)).await.unwrap();
    assert_eq!(
        verifier.redeem(&leave).await.unwrap_err().code(),
        "LifetimeTooLong"
    );
    let endless = delegant::Invocation::builder(key(1).did(), "/read".parse().unwrap())
        .never_expires()
        .sign(&key(1), delegant::Nonce::empty())
        .unwrap();
    let leave = verifier.check(&container(&[], &endless)).await.unwrap();
    assert_eq!(
        verifier.redeem(&leave).await.unwrap_err().code(),
        "LifetimeTooLong"
    );
}

#[tokio::test]
async fn refuses_what_expired_while_it_was_waiting() {
    let (verifier, clock) = verifier(Store::memory());
    let sent = container(&[], &call(&key(1), &key(1), &[], NOW + 60, 1));
    let leave = verifier.check(&sent).await.unwrap();
    clock.store(NOW + 121, Ordering::Relaxed);
    assert_eq!(verifier.redeem(&leave).await.unwrap_err().code(), "Expired");
}

#[tokio::test]
async fn no_replay_is_let_through_at_any_second_until_the_call_has_expired() {
    let (verifier, clock) = verifier(Store::memory());
    let sent = container(&[], &call(&key(1), &key(1), &[], NOW + 60, 1));
    let leave = verifier.check(&sent).await.unwrap();
    verifier.redeem(&leave).await.unwrap();
    for second in 0..=240 {
        clock.store(NOW + second, Ordering::Relaxed);
        // Something else is used, too, so that what is over is forgotten.
        let other = call(
            &key(1),
            &key(1),
            &[],
            NOW + second + 60,
            100 + second.unsigned_abs(),
        );
        let other = verifier.check(&container(&[], &other)).await.unwrap();
        verifier.redeem(&other).await.unwrap();
        let refusal = match verifier.check(&sent).await {
            Ok(leave) => verifier.redeem(&leave).await.unwrap_err(),
            Err(refusal) => refusal,
        };
        let expected = if second <= 120 { "Replayed" } else { "Expired" };
        assert_eq!(refusal.code(), expected, "{second}");
    }
}

#[tokio::test]
async fn a_clock_that_goes_back_or_was_never_set_lets_nothing_through() {
    let (verifier, clock) = verifier(Store::memory());
    let sent = container(&[], &call(&key(1), &key(1), &[], NOW + 60, 1));
    let leave = verifier.check(&sent).await.unwrap();
    for wrong in [NOW - 61, 0] {
        clock.store(wrong, Ordering::Relaxed);
        for refusal in [
            verifier.check(&sent).await.unwrap_err(),
            verifier.redeem(&leave).await.unwrap_err(),
        ] {
            assert!(matches!(refusal.cause(), Cause::Clock(_)));
            assert!(refusal.is_unavailable());
        }
    }
    clock.store(NOW - 60, Ordering::Relaxed);
    verifier.redeem(&leave).await.unwrap();
}

#[tokio::test]
async fn a_revocation_is_refused_from_the_moment_it_is_accepted() {
    let store = Store::memory();
    let (verifier, _) = verifier(store.clone());
    let proofs = chain(&[&key(1), &key(2), &key(3)], NOW + 1000);
    let sent = container(&proofs, &call(&key(1), &key(3), &proofs, NOW + 60, 1));
    let leave = verifier.check(&sent).await.unwrap();
    let taken_back = revocation(&proofs[0], &key(1));
    let accepted = store
        .add(&taken_back, &parsed(&proofs), &DidKeys, at(NOW))
        .await
        .unwrap();
    assert_eq!((accepted.sequence, accepted.only_own), (1, None));
    assert_eq!(verifier.check(&sent).await.unwrap_err().code(), "Revoked");
    // Checked before, but not yet used.
    assert_eq!(verifier.redeem(&leave).await.unwrap_err().code(), "Revoked");
}

#[tokio::test]
async fn what_is_taken_back_while_it_is_redeemed_is_not_done_and_is_used_up() {
    let store = Store::memory();
    let (verifier, _) = verifier(store.clone());
    let proofs = chain(&[&key(1), &key(2), &key(3)], NOW + 1000);
    let sent = container(&proofs, &call(&key(1), &key(3), &proofs, NOW + 60, 1));
    let leave = verifier.check(&sent).await.unwrap();
    store.refuse(&key(2).did()).await.unwrap();
    let refusal = verifier.redeem(&leave).await.unwrap_err();
    assert_eq!(refusal.code(), "RefusedPrincipal");
    // Also once nothing stands in its way any more.
    store.readmit(&key(2).did()).await.unwrap();
    let leave = verifier.check(&sent).await.unwrap();
    let refusal = verifier.redeem(&leave).await.unwrap_err();
    assert_eq!(refusal.code(), "Replayed");
}

#[tokio::test]
async fn a_stranger_gets_the_same_answer_whether_a_proof_is_known_or_not() {
    let store = Store::memory();
    let (verifier, _) = verifier(store.clone());
    let proofs = chain(&[&key(1), &key(2), &key(3)], NOW + 1000);
    // What the thief has of its own: a link that it signed, on from what it only knows by name.
    let own = delegant::Delegation::builder(key(9).did(), key(1).did(), "/read".parse().unwrap())
        .expiration(at(NOW + 1000))
        .sign(&key(9), delegant::Nonce::empty())
        .unwrap();
    let unknown = chain(&[&key(1), &key(2), &key(7)], NOW + 500);
    let with = |links: &[&delegant::Verified<delegant::Delegation>]| {
        links.iter().map(|link| (*link).clone()).collect::<Vec<_>>()
    };
    let named = [
        with(&[&proofs[0], &proofs[1]]),
        with(&[&proofs[0]]),
        with(&[&proofs[1]]),
        with(&[&proofs[1], &proofs[0]]),
        with(&[&proofs[0], &own]),
        with(&[&proofs[0], &unknown[1]]),
        with(&[&proofs[0], &proofs[1], &own]),
    ];
    let asked = async |sent: &[delegant::Verified<delegant::Delegation>]| {
        let mut answers = Vec::new();
        for links in &named {
            let call = call(&key(1), &key(9), links, NOW + 60, 1);
            let refusal = verifier.check(&container(sent, &call)).await.unwrap_err();
            let Cause::MissingProofs { missing } = refusal.cause() else {
                panic!("{refusal}")
            };
            answers.push((refusal.to_string(), missing.clone()));
        }
        answers
    };
    let sent = [own.clone()];
    let before = (asked(&[]).await, asked(&sent).await);
    let honest = container(&proofs, &call(&key(1), &key(3), &proofs, NOW + 60, 2));
    drop(verifier.check(&honest).await.unwrap());
    assert!(verifier.remembers(proofs[0].cid()));
    assert_eq!((asked(&[]).await, asked(&sent).await), before);
    // Whoever has the delegations themselves is told what is wrong with them.
    let whole = container(&proofs, &call(&key(1), &key(9), &proofs, NOW + 60, 3));
    let refusal = verifier.check(&whole).await.unwrap_err();
    assert_eq!(refusal.code(), "InvalidAudience");
}

#[tokio::test]
async fn a_refused_principal_is_let_through_nowhere_in_a_chain_until_readmitted() {
    let store = Store::memory();
    let (verifier, _) = verifier(store.clone());
    let proofs = chain(&[&key(1), &key(2), &key(3)], NOW + 1000);
    let sent = |nonce| container(&proofs, &call(&key(1), &key(3), &proofs, NOW + 60, nonce));
    for rogue in [key(2), key(3)] {
        let leave = verifier.check(&sent(1)).await.unwrap();
        store.refuse(&rogue.did()).await.unwrap();
        assert_eq!(store.refused(), [rogue.did()]);
        for refusal in [
            verifier.check(&sent(1)).await.unwrap_err(),
            verifier.redeem(&leave).await.unwrap_err(),
        ] {
            assert!(matches!(refusal.code(), "RefusedPrincipal" | "Replayed"));
        }
        assert_eq!(
            verifier.check(&sent(2)).await.unwrap_err().code(),
            "RefusedPrincipal"
        );
        store.readmit(&rogue.did()).await.unwrap();
        assert!(verifier.check(&sent(3)).await.is_ok());
    }
}

#[tokio::test]
async fn a_long_chain_of_strangers_is_verified_like_a_short_one() {
    let (verifier, _) = verifier(Store::memory());
    let keys: Vec<_> = (1..=20).map(key).collect();
    let proofs = chain(&keys.iter().collect::<Vec<_>>(), NOW + 1000);
    let sent = container(&proofs, &call(&key(1), &key(20), &proofs, NOW + 60, 1));
    let leave = verifier.check(&sent).await.unwrap();
    assert_eq!(leave.delegations().len(), 19);
    let forged = container(&proofs, &call(&key(1), &key(19), &proofs, NOW + 60, 1));
    assert_eq!(
        verifier.check(&forged).await.unwrap_err().code(),
        "InvalidAudience"
    );
}

#[tokio::test]
async fn a_full_issuer_is_refused_and_others_are_not() {
    let store = Store::memory().quota(Quota {
        per_issuer: 3,
        total: 4,
    });
    let (verifier, clock) = verifier(store);
    let verifier = verifier.serves(|_| true);
    let proofs = chain(&[&key(1), &key(2)], NOW + 10_000);
    let use_one = async |invoker: u8, nonce| {
        let now = clock.load(Ordering::Relaxed);
        let proofs = if invoker == 1 { &[][..] } else { &proofs };
        let sent = container(
            proofs,
            &call(&key(1), &key(invoker), proofs, now + 60, nonce),
        );
        let leave = verifier.check(&sent).await.unwrap();
        verifier.redeem(&leave).await
    };
    for nonce in 0..3 {
        use_one(2, nonce).await.unwrap();
    }
    let refusal = use_one(2, 3).await.unwrap_err();
    assert_eq!(refusal.code(), "Unavailable");
    assert!(matches!(refusal.cause(), Cause::Store(StoreError::Full(_))));
    use_one(1, 0).await.unwrap();
    assert!(use_one(1, 1).await.is_err());
    // What is over makes room, and not before.
    clock.store(NOW + 180, Ordering::Relaxed);
    assert!(use_one(2, 3).await.is_err());
    clock.store(NOW + 181, Ordering::Relaxed);
    use_one(2, 3).await.unwrap();
}

/// A store that was lost.
struct Lost;

fn lost<'a, T: Send + 'a>() -> Answer<'a, T> {
    Box::pin(std::future::ready(Err(StoreError::Timeout {
        after: Duration::from_secs(5),
    })))
}

impl Backend for Lost {}
impl Proofs for Lost {
    fn proofs<'a>(&'a self, _: &'a [Cid]) -> Answer<'a, Vec<Vec<u8>>> {
        lost()
    }
    fn keep<'a>(&'a self, _: &'a [KeptProof], _: delegant::Timestamp) -> Answer<'a, ()> {
        lost()
    }
}
impl Redemptions for Lost {
    fn redeem<'a>(&'a self, _: &'a Redemption) -> Answer<'a, Redeemed> {
        lost()
    }
}
impl RevocationLog for Lost {
    fn append<'a>(&'a self, _: &'a Record) -> Answer<'a, Sequence> {
        lost()
    }
    fn marked<'a>(&'a self, _: &'a [delegant_store::Mark]) -> Answer<'a, Vec<Entry>> {
        lost()
    }
    fn after(&self, _: Sequence, _: usize) -> Answer<'_, Vec<Entry>> {
        lost()
    }
    fn prints(&self, _: Sequence, _: Sequence) -> Answer<'_, Vec<u64>> {
        lost()
    }
    fn set_refused<'a>(&'a self, _: &'a delegant::Did, _: bool) -> Answer<'a, ()> {
        lost()
    }
    fn refused(&self) -> Answer<'_, Vec<delegant::Did>> {
        lost()
    }
    fn set_followed<'a>(&'a self, _: &'a Followed) -> Answer<'a, ()> {
        lost()
    }
    fn unfollow<'a>(&'a self, _: &'a delegant::Did) -> Answer<'a, ()> {
        lost()
    }
    fn followed(&self) -> Answer<'_, Vec<Followed>> {
        lost()
    }
    fn progress(&self) -> Answer<'_, Progress> {
        // It was there when it was opened.
        Box::pin(std::future::ready(Ok(Progress::default())))
    }
    fn changed(&self) -> Answer<'_, ()> {
        Box::pin(std::future::pending())
    }
    fn forget(&self, _: delegant::Timestamp) -> Answer<'_, ()> {
        lost()
    }
}

#[tokio::test]
async fn a_lost_store_is_no_verdict_and_nothing_is_let_through() {
    let (verifier, _) = verifier(Store::new(Lost).await.unwrap());
    let proofs = chain(&[&key(1), &key(2)], NOW + 1000);
    let elided = container(&[], &call(&key(1), &key(2), &proofs, NOW + 60, 1));
    let refusal = verifier.check(&elided).await.unwrap_err();
    assert_eq!(refusal.code(), "Unavailable");
    assert!(refusal.is_unavailable());
    // All that the decision needs was sent along: it is known, but nothing can be used.
    let whole = container(&proofs, &call(&key(1), &key(2), &proofs, NOW + 60, 1));
    let leave = verifier.check(&whole).await.unwrap();
    assert!(verifier.redeem(&leave).await.unwrap_err().is_unavailable());
}

#[tokio::test]
async fn knowledge_of_revocations_that_is_too_old_is_refused_by_command() {
    let (verifier, _) = verifier(Store::new(Lost).await.unwrap());
    let sent = container(&[], &call(&key(1), &key(1), &[], NOW + 60, 1));
    assert!(verifier.check(&sent).await.is_ok());
    tokio::time::sleep(Duration::from_millis(20)).await;
    let strict = verifier
        .clone()
        .max_staleness("/read".parse().unwrap(), Duration::from_millis(1))
        .max_staleness("/".parse().unwrap(), Duration::from_secs(60));
    let refusal = strict.check(&sent).await.unwrap_err();
    assert_eq!(refusal.code(), "RevocationStale");
    assert!(refusal.is_unavailable());
    let elsewhere = verifier.max_staleness("/write".parse().unwrap(), Duration::from_millis(1));
    assert!(elsewhere.check(&sent).await.is_ok());
}
