//! From a revocation at one verifier to its refusal by the last of many.

use std::time::{Duration, Instant};

use delegant::{Delegation, DidKeys, Nonce, Parsed, Revocation, Signer};
use delegant_store::Store;
use delegant_testing::tokens::{key, now};
use tokio::task::JoinSet;

use crate::place::Places;

const ROUNDS: u64 = 200;

pub(crate) async fn measure(places: &Places) {
    for (name, address) in places.shared() {
        for verifiers in [1, 10, 50] {
            one(name, &address, verifiers).await;
        }
    }
}

async fn one(name: &str, address: &str, verifiers: usize) {
    let here = Store::open(address).await.unwrap();
    let mut there = Vec::new();
    for _ in 0..verifiers {
        there.push(Store::open(address).await.unwrap());
    }
    let alice = key(1);
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let seed = here.newest() << 16 | round;
        let link = Delegation::builder(key(2).did(), alice.did(), "/read".parse().unwrap())
            .never_expires()
            .sign(&alice, Nonce::from_bytes(&seed.to_be_bytes()).unwrap())
            .unwrap();
        let revocation = Revocation::builder(link.cid()).sign(&alice).unwrap();
        let began = Instant::now();
        let mut waiting = JoinSet::new();
        for store in &there {
            let (store, chain) = (store.clone(), [link.to_parsed()]);
            waiting.spawn(async move { refused(&store, &chain).await });
        }
        here.add(&revocation, &[], &DidKeys, now()).await.unwrap();
        while let Some(refused) = waiting.join_next().await {
            refused.unwrap();
        }
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let at =
        |part: usize| times[(times.len() * part / 100).min(times.len() - 1)].as_secs_f64() * 1000.0;
    println!(
        "figure revoke-p99-{name}-{verifiers} {:.1} ms from the revocation to the last of {verifiers} refusals; middle {:.1} ms, {ROUNDS} revocations",
        at(99),
        at(50)
    );
}

async fn refused(store: &Store, chain: &[Parsed<Delegation>; 1]) {
    while store
        .bearing_on(chain, &key(2).did(), &DidKeys, now())
        .await
        .unwrap()
        .is_empty()
    {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
