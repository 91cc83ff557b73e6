//! `kill -9` at random moments under load, and how much of what was acknowledged is forgotten.

use std::time::Duration;

use crate::load::{Dice, Worker, forgotten, open};

/// So many where nothing is said in `DELEGANT_CYCLES`.
const CYCLES: u32 = 1000;

pub(crate) async fn measure() {
    let cycles = std::env::var("DELEGANT_CYCLES").map_or(CYCLES, |cycles| cycles.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("delegant.db").display());
    let (mut dice, mut lost, mut told) = (Dice::new(), 0, 0);
    let mut store = open(&address).await;
    for run in 0..cycles {
        let behind = store.newest();
        drop(store);
        let worker = Worker::start(&[], &address, run);
        tokio::time::sleep(Duration::from_millis(5 + dice.below(120))).await;
        let (run, acknowledged) = worker.kill();
        assert!(acknowledged.wrong.is_empty());
        told += acknowledged.used.len() + acknowledged.revoked.len();
        store = open(&address).await;
        lost += forgotten(&store, run, &acknowledged, behind).await;
    }
    println!("figure crash-cycles {cycles} cycles");
    println!(
        "figure crash-acknowledged {told} entries redemptions and revocations before the kill"
    );
    println!("figure crash-forgotten {lost} entries");
}
