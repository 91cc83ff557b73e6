//! Servers that are lost, slow, set up to forget, tampered with or put back to an earlier state.

#![cfg(all(feature = "postgres", feature = "redis"))]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::time::{Duration, Instant};

use delegant::{Container, Delegation, DidKeys, Parsed, Revocations, Signer, Verified};
use delegant_store::{Redeemed, RedemptionKey, Store, StoreError, Verifier};
use delegant_testing::tokens::{call, chain, container, key, now, parsed, revocation};
use delegant_testing::{Postgres, Redis};

fn link(more: i64) -> Vec<Verified<Delegation>> {
    chain(&[&key(1), &key(2)], now().to_unix() + 1000 + more)
}

async fn bearing(store: &Store, links: &[Parsed<Delegation>]) -> Result<Revocations, StoreError> {
    store
        .bearing_on(links, &key(2).did(), &DidKeys, now())
        .await
}

async fn is_revoked(store: &Store, links: &[Verified<Delegation>]) -> bool {
    let found = bearing(store, &parsed(links)).await;
    found.is_ok_and(|revocations| !revocations.is_empty())
}

async fn revoke(store: &Store, links: &[Verified<Delegation>]) -> Result<u64, StoreError> {
    let revocation = revocation(links.first().unwrap(), &key(1));
    let accepted = store
        .add(&revocation, &parsed(links), &DidKeys, now())
        .await;
    accepted.map(|accepted| accepted.sequence)
}

async fn redeem(store: &Store, number: u8) -> Result<Redeemed, StoreError> {
    let key = RedemptionKey::new(&key(1).did(), None, &[number; 32]);
    let until = now().saturating_add(Duration::from_secs(600));
    store.redeem(key, until, now()).await
}

async fn within(patience: Duration, mut holds: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < patience);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Asked, lost, frozen, back again: the same for every server.
macro_rules! lost_and_found {
    ($name:ident, $server:ident, $address:ident) => {
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            let Some(mut server) = $server::start() else {
                return;
            };
            let address = server.$address();
            let store = Store::open(&address).await.unwrap();
            let store = store.patience(Duration::from_millis(1500));
            let verifier = Verifier::new(key(1).did())
                .store(store.clone())
                .max_staleness("/".parse().unwrap(), Duration::from_secs(4));
            let ping = |nonce| {
                container(
                    &[],
                    &call(&key(1), &key(1), &[], now().to_unix() + 60, nonce),
                )
            };
            assert_eq!(redeem(&store, 1).await.unwrap(), Redeemed::First);
            assert!(verifier.check(&ping(1)).await.is_ok());

            // It does not answer: we do not know, and do not wait for ever.
            server.freeze();
            let began = Instant::now();
            let outcome = redeem(&store, 2).await;
            assert!(
                matches!(outcome, Err(StoreError::Timeout { .. })),
                "{outcome:?}"
            );
            assert!(began.elapsed() < Duration::from_secs(5));
            assert!(revoke(&store, &link(1)).await.is_err());
            server.thaw();
            // What timed out may have been done, and is not done again.
            within(Duration::from_secs(10), async || {
                redeem(&store, 1).await.is_ok()
            })
            .await;
            assert_eq!(redeem(&store, 1).await.unwrap(), Redeemed::Again);

            // It is gone.
            server.kill();
            let outcome = redeem(&store, 3).await;
            assert!(
                matches!(
                    outcome,
                    Err(StoreError::Unavailable { .. } | StoreError::Timeout { .. })
                ),
                "{outcome:?}"
            );
            let leave = verifier.check(&ping(2)).await.unwrap();
            let refusal = verifier.redeem(&leave).await.unwrap_err();
            assert!(refusal.is_unavailable());
            // And after a while, what is known of revocations is too old.
            within(Duration::from_secs(8), async || {
                let refusal = verifier.check(&ping(3)).await.err();
                refusal.is_some_and(|refusal| refusal.code() == "RevocationStale")
            })
            .await;

            // It comes back: with all that it acknowledged, and heard of without opening it anew.
            server.restart();
            within(Duration::from_secs(20), async || {
                redeem(&store, 1).await.is_ok()
            })
            .await;
            assert_eq!(redeem(&store, 1).await.unwrap(), Redeemed::Again);
            let (elsewhere, links) = (Store::open(&address).await.unwrap(), link(2));
            revoke(&elsewhere, &links).await.unwrap();
            within(Duration::from_secs(10), async || {
                is_revoked(&store, &links).await
            })
            .await;
            within(Duration::from_secs(10), async || {
                verifier.check(&ping(4)).await.is_ok()
            })
            .await;
        }
    };
}

lost_and_found!(
    postgres_that_is_lost_is_no_verdict_and_is_found_again,
    Postgres,
    database
);
lost_and_found!(
    redis_that_is_lost_is_no_verdict_and_is_found_again,
    Redis,
    url
);

#[tokio::test(flavor = "multi_thread")]
async fn postgres_whose_listeners_are_cut_off_misses_nothing() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let address = postgres.database();
    let (here, elsewhere) = (
        Store::open(&address).await.unwrap(),
        Store::open(&address).await.unwrap(),
    );
    for more in 0..4 {
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE application_name = 'delegant' AND query ILIKE 'LISTEN%'";
        assert!(postgres.sql("test_0", cut).unwrap().contains('t'));
        let links = link(more);
        revoke(&here, &links).await.unwrap();
        within(Duration::from_secs(5), async || {
            is_revoked(&elsewhere, &links).await
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_cannot_vouch() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let address = postgres.database();
    let store = Store::open(&address).await.unwrap();
    let tamper =
        |statement: &str| assert!(postgres.sql("test_0", statement).is_some(), "{statement}");
    let (first, second) = (link(1), link(2));
    revoke(&store, &first).await.unwrap();
    revoke(&store, &second).await.unwrap();
    tamper("CREATE TABLE sound AS SELECT * FROM delegant_revocation");
    // A byte of the revocation's own signature: the tokens beside it may come before it.
    let kept = store.after(0, 1).await.unwrap().remove(0).container;
    let signed = Container::decode(&kept).unwrap();
    let signed = signed.invocation().unwrap().bytes();
    let begins = kept
        .windows(signed.len())
        .position(|window| window == signed)
        .unwrap();
    let place = begins + 40;
    let forge = format!(
        "UPDATE delegant_revocation SET container = set_byte(container, {place}, get_byte(container, {place}) # 1) WHERE sequence = 1"
    );
    let restore = "UPDATE delegant_revocation r SET container = s.container FROM sound s WHERE s.sequence = r.sequence";
    for (what, statement) in [
        (
            "no container",
            "UPDATE delegant_revocation SET container = 'junk'",
        ),
        (
            "another's",
            "UPDATE delegant_revocation SET container = (SELECT container FROM sound WHERE sequence = 2)",
        ),
        ("a signature that does not hold", forge.as_str()),
    ] {
        tamper(statement);
        let refusal = bearing(&store, &parsed(&first)).await.unwrap_err();
        assert!(
            matches!(refusal, StoreError::Corrupt { .. }),
            "{what}: {refusal}"
        );
        tamper(restore);
        assert!(is_revoked(&store, &first).await, "{what}");
    }
    // It is gone, though it was accepted.
    tamper("DELETE FROM delegant_revocation WHERE sequence = 1");
    let refusal = bearing(&store, &parsed(&first)).await.unwrap_err();
    assert!(matches!(refusal, StoreError::Corrupt { .. }), "{refusal}");
    assert!(is_revoked(&store, &second).await);

    // A delegation that was changed is as good as not there, and is kept again.
    let links = link(3);
    let cids = [links.first().unwrap().cid()];
    store.keep(&links, now()).await.unwrap();
    tamper("UPDATE delegant_proof SET bytes = set_byte(bytes, 9, 0)");
    assert!(store.proofs(&cids).await.unwrap().is_empty());
    store.keep(&links, now()).await.unwrap();
    assert_eq!(store.proofs(&cids).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_of_the_store_is_noticed_and_nothing_is_let_through_on_it() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let address = postgres.database();
    let store = Store::open(&address).await.unwrap();
    let (first, second) = (link(1), link(2));
    revoke(&store, &first).await.unwrap();
    revoke(&store, &second).await.unwrap();
    let back = "DELETE FROM delegant_revocation WHERE sequence = 2; DELETE FROM delegant_mark WHERE sequence = 2; \
                UPDATE delegant_state SET value = 1 WHERE name = 'newest'";
    assert!(postgres.sql("test_0", back).is_some());
    within(Duration::from_secs(5), async || {
        let unrelated = bearing(&store, &parsed(&link(3))).await;
        matches!(unrelated, Err(StoreError::RolledBack { had: 2, has: 1 }))
    })
    .await;
    // Who opens it anew takes it as it is.
    let anew = Store::open(&address).await.unwrap();
    assert!(is_revoked(&anew, &first).await && !is_revoked(&anew, &second).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_forgets_what_it_acknowledges_is_refused_unless_accepted() {
    let refused = async |address: &str| {
        let refusal = Store::open(address).await.unwrap_err();
        assert!(
            matches!(refusal, StoreError::NotDurable { .. }),
            "{refusal}"
        );
        refusal.to_string()
    };
    if let Some(postgres) = Postgres::start_with(&["fsync=off"]) {
        let address = postgres.database();
        assert!(refused(&address).await.contains("`fsync` is `off`"));
        Store::open(&format!("{address}?durability=none"))
            .await
            .unwrap();
    }
    let settings = [["appendfsync", "everysec"]];
    if let Some(redis) = Redis::start_with(&settings) {
        let address = redis.url();
        assert!(refused(&address).await.contains("appendfsync everysec"));
        refused(&format!("{address}?durability=always")).await;
        Store::open(&format!("{address}?durability=everysec"))
            .await
            .unwrap();
        Store::open(&format!("{address}?durability=none"))
            .await
            .unwrap();
    }
    if let Some(redis) = Redis::start_with(&[["appendonly", "no"]]) {
        refused(&format!("{}?durability=everysec", redis.url())).await;
    }
    let evicting = [["maxmemory", "64mb"], ["maxmemory-policy", "allkeys-lru"]];
    if let Some(redis) = Redis::start_with(&evicting) {
        assert!(refused(&redis.url()).await.contains("allkeys-lru"));
    }
    // One that says nothing about it.
    if let Some(redis) = Redis::start_with(&[["rename-command", "CONFIG hidden"]]) {
        assert!(refused(&redis.url()).await.contains("CONFIG GET"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_without_memory_is_full_and_forgets_nothing() {
    let settings = [["maxmemory", "3mb"], ["maxmemory-policy", "noeviction"]];
    let Some(redis) = Redis::start_with(&settings) else {
        return;
    };
    let store = Store::open(&redis.url()).await.unwrap();
    let until = now().saturating_add(Duration::from_secs(600));
    let used = |number: u32| {
        let mut digest = [0; 32];
        digest
            .first_chunk_mut()
            .unwrap()
            .clone_from(&number.to_be_bytes());
        RedemptionKey::new(&key(1).did(), None, &digest)
    };
    let mut number = 0;
    let full = loop {
        match store.redeem(used(number), until, now()).await {
            Ok(outcome) => assert_eq!(outcome, Redeemed::First),
            Err(error) => break error,
        }
        number += 1;
        assert!(number < 100_000);
    };
    assert!(matches!(full, StoreError::Full(_)), "{full}");
    assert!(number > 100);
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_without_repeating_it() {
    for address in [
        "",
        "delegant.db",
        "mysql://root:canary@host/db",
        "memory:canary",
        "postgres://[canary",
        "redis://canary:x:y",
    ] {
        let refusal = Store::open(address).await.unwrap_err();
        assert!(
            matches!(refusal, StoreError::Address { .. }),
            "{address}: {refusal}"
        );
        assert!(!format!("{refusal} {refusal:?}").contains("canary"));
    }
    // Nor where nobody answers.
    for address in [
        "postgres://root:canary@127.0.0.1:1/db",
        "redis://:canary@127.0.0.1:1/0",
    ] {
        let refusal = tokio::time::timeout(Duration::from_secs(30), Store::open(address))
            .await
            .unwrap()
            .unwrap_err();
        assert!(!format!("{refusal} {refusal:?}").contains("canary"));
    }
}
