//! Delegations that callers need not send again.

use delegant::{Cid, Verified};

use delegant_testing::tokens::{chain, key, now};

use crate::place::Place;

pub(crate) async fn are_found_by_their_cids_by_all_who_open_the_place(place: &Place) {
    let store = place.open().await;
    let end = now().to_unix() + 1000;
    let links = chain(&[&key(1), &key(2), &key(3), &key(4)], end);
    let cids: Vec<Cid> = links.iter().map(Verified::cid).collect();
    assert!(store.proofs(&cids).await.unwrap().is_empty());
    store.keep(&links[..2], now()).await.unwrap();
    for store in [store, place.open().await] {
        let mut found: Vec<Cid> = store
            .proofs(&cids)
            .await
            .unwrap()
            .iter()
            .map(|proof| proof.cid())
            .collect();
        found.sort();
        let mut kept = cids[..2].to_vec();
        kept.sort();
        assert_eq!(found, kept);
        assert!(store.proofs(&[]).await.unwrap().is_empty());
    }
}

pub(crate) async fn are_kept_again_without_a_word(place: &Place) {
    let store = place.open().await;
    let links = chain(&[&key(1), &key(2)], now().to_unix() + 1000);
    for _ in 0..3 {
        store.keep(&links, now()).await.unwrap();
    }
    store.keep(&[], now()).await.unwrap();
    assert_eq!(store.proofs(&[links[0].cid()]).await.unwrap().len(), 1);
}
