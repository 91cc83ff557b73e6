//! What has been taken back, and who is refused.

use std::time::{Duration, Instant};

use delegant::{
    Authorization, Delegation, Denial, DidKeys, Evidence, Limits, Nonce, Parsed, Revocation,
    Revocations, Signer, Verified, authorize,
};
use delegant_store::{Followed, Store};
use tokio::task::JoinSet;

use delegant_testing::tokens::{at, call, chain, key, now, p256, parsed, revocation, twin};

use crate::place::Place;

fn later(seconds: i64) -> i64 {
    now().to_unix() + seconds
}

/// Key 1 gives to key 2, and that one to key 3.
fn links() -> Vec<Verified<Delegation>> {
    chain(&[&key(1), &key(2), &key(3)], later(1000))
}

async fn bearing(store: &Store, links: &[Parsed<Delegation>]) -> Revocations {
    store
        .bearing_on(links, &key(3).did(), &DidKeys, now())
        .await
        .unwrap()
}

/// What becomes of a call of key 3 by these links.
async fn verdict(store: &Store, links: &[Parsed<Delegation>]) -> Result<Authorization, Denial> {
    let proofs: Vec<_> = links
        .iter()
        .map(|link| link.verify(&DidKeys).unwrap())
        .collect();
    let (subject, invoker) = (key(1), key(3));
    let call = call(&subject, &invoker, &proofs, later(60), 1);
    authorize(
        call,
        Evidence {
            now: now(),
            leeway: Duration::ZERO,
            executor: &subject.did(),
            keys: &DidKeys,
            proofs: links,
            revocations: &bearing(store, links).await,
            limits: &Limits::DEFAULT,
        },
    )
}

async fn is_revoked(store: &Store, links: &[Parsed<Delegation>]) -> bool {
    verdict(store, links)
        .await
        .is_err_and(|denial| denial.reason.code() == "Revoked")
}

async fn add(store: &Store, revocation: &Verified<Revocation>) -> u64 {
    store
        .add(revocation, &[], &DidKeys, now())
        .await
        .unwrap()
        .sequence
}

pub(crate) async fn counts_for_issuers_at_or_above_the_link_and_for_nobody_else(place: &Place) {
    let store = place.open().await;
    let links = links();
    let chain = parsed(&links);
    // A stranger, the one below, and the one who may not revoke above itself.
    for (link, revoker) in [(0, key(9)), (0, key(3)), (0, key(2)), (1, key(3))] {
        add(&store, &revocation(&links[link], &revoker)).await;
        assert!(!is_revoked(&store, &chain).await);
        // It does not even cost a look at what is kept.
        assert!(bearing(&store, &chain).await.is_empty());
    }
    add(&store, &revocation(&links[1], &key(1))).await;
    assert!(is_revoked(&store, &chain).await);
    // Another chain from the same issuers is another matter.
    let other = parsed(&delegant_testing::tokens::chain(
        &[&key(1), &key(2), &key(3)],
        later(2000),
    ));
    assert!(verdict(&store, &other).await.is_ok());
}

pub(crate) async fn counts_whichever_way_the_signature_of_the_link_is_spelled(place: &Place) {
    let store = place.open().await;
    for (seed, revoked_is_twin) in [(21, false), (22, true)] {
        let low = chain(&[&p256(seed), &key(3)], later(1000)).remove(0);
        let high = twin(&low);
        let (revoked, used) = if revoked_is_twin {
            (&high, &low)
        } else {
            (&low, &high)
        };
        add(&store, &revocation(revoked, &p256(seed))).await;
        for link in [revoked, used] {
            assert!(!bearing(&store, &[link.to_parsed()]).await.is_empty());
        }
    }
}

pub(crate) async fn counts_for_a_delegation_that_nobody_has_seen(place: &Place) {
    let store = place.open().await;
    let links = links();
    add(&store, &revocation(&links[0], &key(1))).await;
    // Seen for the first time by who opened the place before, and by who opens it after.
    assert!(is_revoked(&store, &parsed(&links)).await);
    assert!(is_revoked(&place.open().await, &parsed(&links)).await);
}

pub(crate) async fn counts_on_behalf_of_who_delegated_it_even_when_that_has_expired(place: &Place) {
    let store = place.open().await;
    let links = links();
    let may_revoke = |end: i64, nonce: u8| {
        Delegation::builder(key(8).did(), key(1).did(), "/ucan/revoke".parse().unwrap())
            .expiration(at(end))
            .sign(&key(1), Nonce::from_bytes(&[nonce]).unwrap())
            .unwrap()
    };
    let on_behalf = |proof: &Verified<Delegation>| {
        Revocation::builder(links[0].cid())
            .on_behalf_of(key(1).did(), [proof.cid()])
            .sign(&key(8))
            .unwrap()
    };
    let expired = may_revoke(later(-1), 1);
    let accepted = store
        .add(
            &on_behalf(&expired),
            &[expired.to_parsed()],
            &DidKeys,
            now(),
        )
        .await
        .unwrap();
    assert_eq!(accepted.only_own.unwrap().reason.code(), "Expired");
    assert!(!is_revoked(&store, &parsed(&links)).await);

    let proof = may_revoke(later(1), 2);
    let accepted = store
        .add(&on_behalf(&proof), &[proof.to_parsed()], &DidKeys, now())
        .await
        .unwrap();
    assert_eq!(accepted.only_own, None);
    tokio::time::sleep(Duration::from_millis(2100)).await;
    for store in [store, place.open().await] {
        assert!(is_revoked(&store, &parsed(&links)).await);
    }
}

pub(crate) async fn the_feed_is_in_order_without_gaps_and_says_nothing_twice(place: &Place) {
    let store = place.open().await;
    let links: Vec<_> = (0..7)
        .map(|more| chain(&[&key(1), &key(2)], later(500 + more)))
        .collect();
    for (index, link) in links.iter().enumerate() {
        let number = u64::try_from(index).unwrap() + 1;
        assert_eq!(add(&store, &revocation(&link[0], &key(1))).await, number);
        // Said again, also in another way, it is the one that is there.
        assert_eq!(add(&store, &revocation(&link[0], &key(1))).await, number);
        let other = Revocation::builder(link[0].cid())
            .path([link[0].cid()])
            .sign(&key(1))
            .unwrap();
        assert_eq!(add(&store, &other).await, number);
    }
    assert_eq!(store.newest(), 7);
    let numbers = |entries: Vec<delegant_store::Entry>| -> Vec<u64> {
        entries.iter().map(|entry| entry.sequence).collect()
    };
    assert_eq!(
        numbers(store.after(0, 100).await.unwrap()),
        [1, 2, 3, 4, 5, 6, 7]
    );
    assert_eq!(numbers(store.after(2, 3).await.unwrap()), [3, 4, 5]);
    assert!(numbers(store.after(7, 100).await.unwrap()).is_empty());
    assert!(numbers(store.after(u64::MAX, 100).await.unwrap()).is_empty());
    let entries = place.open().await.after(0, 100).await.unwrap();
    for (entry, link) in entries.iter().zip(&links) {
        let container = delegant::Container::decode(&entry.container).unwrap();
        let revocation = container.invocation().unwrap();
        let revocation = Parsed::<Revocation>::decode(revocation.bytes()).unwrap();
        assert_eq!(revocation.unverified().revoked(), link[0].cid());
    }
}

pub(crate) async fn appended_at_once_by_many_the_feed_is_never_seen_with_a_gap(place: &Place) {
    const EACH: i64 = 25;
    let mut writers = JoinSet::new();
    for writer in 0..4_u8 {
        let store = place.open().await;
        writers.spawn(async move {
            for number in 0..EACH {
                let (issuer, audience) = (key(10 + writer), key(2));
                let link = chain(&[&issuer, &audience], later(500 + number)).remove(0);
                add(&store, &revocation(&link, &issuer)).await;
            }
        });
    }
    let reader = place.open().await;
    let mut last = 0;
    while last < 4 * u64::try_from(EACH).unwrap() {
        for entry in reader.after(last, 7).await.unwrap() {
            assert_eq!(entry.sequence, last + 1);
            last = entry.sequence;
        }
    }
    while let Some(writer) = writers.join_next().await {
        writer.unwrap();
    }
    within_a_second(async || reader.newest() == last).await;
}

async fn within_a_second(mut holds: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < Duration::from_secs(if cfg!(debug_assertions) { 3 } else { 1 }));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub(crate) async fn is_known_at_once_here_and_within_a_second_elsewhere(place: &Place) {
    let (here, elsewhere) = (place.open().await, place.open().await);
    for expiration in 500..505 {
        let links = chain(&[&key(1), &key(2), &key(3)], later(expiration));
        let chain = parsed(&links);
        assert!(!is_revoked(&elsewhere, &chain).await);
        add(&here, &revocation(&links[0], &key(1))).await;
        assert!(is_revoked(&here, &chain).await);
        within_a_second(async || is_revoked(&elsewhere, &chain).await).await;
    }
    assert!(elsewhere.staleness() < Duration::from_secs(3));
}

pub(crate) async fn a_principal_is_refused_and_readmitted_everywhere_within_a_second(
    place: &Place,
) {
    let (here, elsewhere) = (place.open().await, place.open().await);
    let (links, rogue) = (parsed(&links()), key(2).did());
    let is_refused = async |store: &Store| {
        let denial = verdict(store, &links).await.err();
        denial.is_some_and(|denial| denial.reason.code() == "RefusedPrincipal")
    };
    for _ in 0..2 {
        here.refuse(&rogue).await.unwrap();
        here.refuse(&rogue).await.unwrap();
        assert!(is_refused(&here).await);
        within_a_second(async || is_refused(&elsewhere).await).await;
        assert!(place.open().await.refused().contains(&rogue));
        elsewhere.readmit(&rogue).await.unwrap();
        assert!(!is_refused(&elsewhere).await);
        within_a_second(async || !is_refused(&here).await).await;
    }
    assert!(here.refused().is_empty());
}

pub(crate) async fn is_kept_until_a_day_after_the_delegation_expires_and_else_for_ever(
    place: &Place,
) {
    const DAY: i64 = 24 * 60 * 60;
    let store = place.open().await;
    let shown = |links: &[Verified<Delegation>]| parsed(links);
    let link = |end: i64| chain(&[&key(1), &key(3)], later(end));
    // Accepted two days ago: one is over by more than a day, one by less, one was never shown.
    let then = at(later(-2 * DAY));
    let (over, recent, unseen) = (link(-DAY - 100), link(-DAY + 100), link(-DAY - 200));
    for (links, shown) in [
        (&over, shown(&over)),
        (&recent, shown(&recent)),
        (&unseen, vec![]),
    ] {
        let revocation = revocation(&links[0], &key(1));
        store
            .add(&revocation, &shown, &DidKeys, then)
            .await
            .unwrap();
    }
    let never = Delegation::builder(key(3).did(), key(1).did(), "/read".parse().unwrap())
        .never_expires()
        .sign(&key(1), Nonce::empty())
        .unwrap();
    let revocation_of_never = revocation(&never, &key(1));
    store
        .add(&revocation_of_never, &[never.to_parsed()], &DidKeys, then)
        .await
        .unwrap();
    let numbers = async |store: &Store| -> Vec<u64> {
        let entries = store.after(0, 100).await.unwrap();
        entries.iter().map(|entry| entry.sequence).collect()
    };
    assert_eq!(numbers(&store).await, [1, 2, 3, 4]);
    // The next that comes today lets go of what is over.
    let today = links();
    add(&store, &revocation(&today[0], &key(1))).await;
    for store in [store, place.open().await] {
        assert_eq!(numbers(&store).await, [2, 3, 4, 5]);
        assert_eq!(store.newest(), 5);
        // Nothing that still counts was lost, and what is gone is not missed.
        for links in [&recent, &unseen] {
            assert!(!bearing(&store, &parsed(links)).await.is_empty());
        }
        assert!(!bearing(&store, &[never.to_parsed()]).await.is_empty());
        assert!(bearing(&store, &parsed(&over)).await.is_empty());
    }
}

pub(crate) async fn who_waits_for_the_feed_is_told(place: &Place) {
    let (here, elsewhere) = (place.open().await, place.open().await);
    let waiting = tokio::spawn(async move { elsewhere.beyond(0).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!waiting.is_finished());
    let number = add(&here, &revocation(&links()[0], &key(1))).await;
    let told = tokio::time::timeout(Duration::from_secs(3), waiting).await;
    assert_eq!(told.unwrap().unwrap(), number);
}

pub(crate) async fn how_far_others_were_followed_only_grows_and_is_kept(place: &Place) {
    let store = place.open().await;
    let followed = |seed: u8, sequence: u64, ago: i64| Followed {
        service: key(seed).did(),
        sequence,
        known_at: at(later(-ago)),
    };
    assert!(store.followed().is_empty());
    assert!(store.staleness() < Duration::from_secs(10));
    let (first, second) = (followed(1, 7, 1000), followed(2, 3, 100));
    store.set_followed(&first).await.unwrap();
    store.set_followed(&second).await.unwrap();
    // Neither an earlier head nor a lower number takes anything back.
    store.set_followed(&followed(1, 6, 2000)).await.unwrap();
    // What is known is as old as the oldest of them.
    for store in [store.clone(), place.open().await] {
        let mut found = store.followed();
        found.sort_by_key(|followed| followed.sequence);
        assert_eq!(found, [second.clone(), first.clone()]);
        let age = store.staleness().as_secs();
        assert!((1000..1060).contains(&age), "{age}");
    }
    store.unfollow(&key(1).did()).await.unwrap();
    assert_eq!(store.followed(), [second]);
    let age = store.staleness().as_secs();
    assert!((100..160).contains(&age), "{age}");
}
