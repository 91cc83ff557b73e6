//! Of the same invocation, one is the first.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use delegant::{Did, Signer, Timestamp};
use delegant_store::{Full, Quota, Redeemed, RedemptionKey, Store, StoreError};
use tokio::task::JoinSet;

use delegant_testing::tokens::{key, now};

use crate::place::Place;

fn issuer(seed: u8) -> Did {
    key(seed).did()
}

fn invocation(issuer: &Did, number: u32) -> RedemptionKey {
    let mut digest = [0; 32];
    digest
        .first_chunk_mut()
        .unwrap()
        .clone_from(&number.to_be_bytes());
    RedemptionKey::new(issuer, None, &digest)
}

async fn redeem(store: &Store, key: RedemptionKey) -> Result<Redeemed, StoreError> {
    let soon = now().saturating_add(Duration::from_secs(60));
    store.redeem(key, soon, now()).await
}

pub(crate) async fn of_64_copies_one_is_the_first(place: &Place) {
    let stores = [place.open().await, place.open().await];
    for number in 0..40 {
        let firsts = Arc::new(AtomicU32::new(0));
        let mut copies = JoinSet::new();
        for copy in 0..64 {
            let (store, firsts) = (stores[copy % 2].clone(), Arc::clone(&firsts));
            copies.spawn(async move {
                if redeem(&store, invocation(&issuer(1), number))
                    .await
                    .unwrap()
                    == Redeemed::First
                {
                    firsts.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        while let Some(copy) = copies.join_next().await {
            copy.unwrap();
        }
        assert_eq!(firsts.load(Ordering::Relaxed), 1, "{number}");
    }
}

pub(crate) async fn issuers_and_invocations_are_told_apart(place: &Place) {
    let store = place.open().await;
    for seed in 1..4 {
        for number in 0..4 {
            let key = invocation(&issuer(seed), number);
            assert_eq!(redeem(&store, key.clone()).await.unwrap(), Redeemed::First);
            assert_eq!(redeem(&store, key).await.unwrap(), Redeemed::Again);
        }
    }
}

pub(crate) async fn what_was_used_stays_used_for_all_who_open_the_place(place: &Place) {
    let key = invocation(&issuer(1), 1);
    let first = place.open().await;
    assert_eq!(redeem(&first, key.clone()).await.unwrap(), Redeemed::First);
    let second = place.open().await;
    assert_eq!(redeem(&second, key.clone()).await.unwrap(), Redeemed::Again);
    drop((first, second));
    let later = place.open().await;
    assert_eq!(redeem(&later, key).await.unwrap(), Redeemed::Again);
}

pub(crate) async fn what_is_over_is_forgotten_and_never_the_first_again(place: &Place) {
    let store = place.open().await;
    let (key, began) = (invocation(&issuer(1), 1), now());
    let until = began.saturating_add(Duration::from_secs(1));
    let at = |now: Timestamp| store.redeem(key.clone(), until, now);
    assert_eq!(at(began).await.unwrap(), Redeemed::First);
    // Its last second belongs to it.
    while now() <= until {
        assert_eq!(at(now()).await.unwrap(), Redeemed::Again);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // Others come, and it goes: but it is not as if it had never been.
    let mut number = 2;
    loop {
        let other = redeem(&store, invocation(&issuer(1), number)).await;
        assert_eq!(other.unwrap(), Redeemed::First);
        match at(began).await {
            Ok(again) => assert_eq!(again, Redeemed::Again),
            Err(StoreError::Forgotten { horizon, .. }) => break assert!(until <= horizon),
            Err(other) => panic!("{other}"),
        }
        assert!(now() < until.saturating_add(Duration::from_secs(20)));
        tokio::time::sleep(Duration::from_millis(20)).await;
        number += 1;
    }
}

pub(crate) async fn a_full_issuer_is_refused_and_nothing_live_is_forgotten_for_it(place: &Place) {
    let quota = Quota {
        per_issuer: 5,
        total: 1000,
    };
    let store = place.open().await.quota(quota);
    for number in 0..5 {
        assert_eq!(
            redeem(&store, invocation(&issuer(1), number))
                .await
                .unwrap(),
            Redeemed::First
        );
    }
    for number in 5..20 {
        let full = redeem(&store, invocation(&issuer(1), number)).await;
        assert!(
            matches!(full, Err(StoreError::Full(Full::Issuer { maximum: 5 }))),
            "{full:?}"
        );
    }
    for number in 0..5 {
        assert_eq!(
            redeem(&store, invocation(&issuer(1), number))
                .await
                .unwrap(),
            Redeemed::Again
        );
    }
    assert_eq!(
        redeem(&store, invocation(&issuer(2), 0)).await.unwrap(),
        Redeemed::First
    );
}

pub(crate) async fn all_issuers_together_have_a_limit(place: &Place) {
    let quota = Quota {
        per_issuer: 5,
        total: 6,
    };
    let store = place.open().await.quota(quota);
    for seed in 1..=6 {
        assert_eq!(
            redeem(&store, invocation(&issuer(seed), 0)).await.unwrap(),
            Redeemed::First
        );
    }
    let full = redeem(&store, invocation(&issuer(7), 0)).await;
    assert!(
        matches!(full, Err(StoreError::Full(Full::Total { maximum: 6 }))),
        "{full:?}"
    );
    assert_eq!(
        redeem(&store, invocation(&issuer(6), 0)).await.unwrap(),
        Redeemed::Again
    );
}

pub(crate) async fn whoever_no_longer_waits_leaves_it_used_at_most_once(place: &Place) {
    let store = place.open().await;
    for number in 0..60 {
        let key = invocation(&issuer(1), number);
        // Dropped at whichever await it has come to by then.
        let patience = Duration::from_micros(u64::from(number) * 40);
        let told = tokio::time::timeout(patience, redeem(&store, key.clone())).await;
        let firsts = [
            told.ok().map(Result::unwrap),
            Some(redeem(&store, key).await.unwrap()),
        ];
        let firsts = firsts
            .into_iter()
            .flatten()
            .filter(|one| *one == Redeemed::First);
        assert!(firsts.count() <= 1, "{number}");
    }
}
