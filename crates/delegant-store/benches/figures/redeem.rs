//! How many invocations are used in a second, and how long each takes; beside what the same disk or
//! server does when it is asked for one bare write after another.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use delegant::Signer;
use delegant_store::{Quota, Redeemed, RedemptionKey, Store};
use delegant_testing::tokens::{key, now};
use tokio::task::JoinSet;

use crate::bare::Bare;
use crate::place::Places;

const LONG: Duration = Duration::from_secs(4);

pub(crate) async fn measure(places: &Places) {
    one("memory", Store::memory()).await;
    for (name, address) in places.shared() {
        let bare = Bare::open(name, places, &address).await;
        let before = bare.rate().await;
        let with_64 = one(name, Store::open(&address).await.unwrap()).await;
        let bare = f64::midpoint(before, bare.rate().await);
        println!(
            "figure redeem-{name}-bare {bare:.0} writes/s {}, one after another",
            Bare::what(name)
        );
        println!(
            "figure redeem-{name}-64-of-bare {:.1} × redemptions, 64 at once, for each bare write",
            with_64 / bare
        );
    }
}

/// Redemptions in a second, the last time with 64 callers.
async fn one(name: &str, store: Store) -> f64 {
    let store = store.quota(Quota {
        per_issuer: u64::MAX >> 1,
        total: u64::MAX >> 1,
    });
    let next = Arc::new(AtomicU64::new(0));
    let mut last = 0.0;
    for at_once in [1, 64] {
        let began = Instant::now();
        let mut callers = JoinSet::new();
        for caller in 0..at_once {
            let (store, next) = (store.clone(), Arc::clone(&next));
            callers.spawn(async move {
                let issuer = key(1 + caller).did();
                let mut times = Vec::new();
                while began.elapsed() < LONG {
                    let mut digest = [0; 32];
                    let number = next
                        .fetch_add(1, Ordering::Relaxed)
                        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
                    *digest.first_chunk_mut().unwrap() = number.to_be_bytes();
                    let until = now().saturating_add(Duration::from_secs(600));
                    let asked = Instant::now();
                    let outcome = store
                        .redeem(
                            RedemptionKey::new(&issuer, Some(until), &digest),
                            until,
                            now(),
                        )
                        .await;
                    assert_eq!(outcome.unwrap(), Redeemed::First);
                    times.push(asked.elapsed());
                }
                times
            });
        }
        let mut times: Vec<Duration> = callers.join_all().await.into_iter().flatten().collect();
        let rate = times.len() as f64 / began.elapsed().as_secs_f64();
        times.sort_unstable();
        let at = |part: usize| times[times.len() * part / 1000].as_secs_f64() * 1000.0;
        println!("figure redeem-{name}-{at_once} {rate:.0} redemptions/s {at_once} at once");
        println!("figure redeem-{name}-{at_once}-p50 {:.3} ms", at(500));
        println!("figure redeem-{name}-{at_once}-p99 {:.3} ms", at(990));
        last = rate;
    }
    last
}
