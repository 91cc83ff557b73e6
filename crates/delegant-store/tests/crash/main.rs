//! Nothing that was acknowledged is forgotten, whoever is killed.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::time::Duration;

use load::race::{COPIES, Rival, race_if_asked, winners};
use load::{Dice, Worker, forgotten, open, work_if_asked};

#[path = "../load/mod.rs"]
mod load;

#[cfg(feature = "sqlite")]
mod disk;

/// How this program is called to work.
const AS_WORKER: [&str; 3] = ["--exact", "works_where_it_is_asked_to", "--nocapture"];

/// Not a test by itself: the process that is killed.
#[test]
fn works_where_it_is_asked_to() {
    work_if_asked();
    race_if_asked();
}

/// 64 copies in two processes, of each of so many invocations.
async fn one_of_two_processes_wins(address: &str) {
    let store = open(address).await;
    let mut rival = Rival::start(&AS_WORKER, address);
    for number in 0..100 {
        assert_eq!(rival.winners(&store, number).await, 1, "{number}");
        assert_eq!(winners(&store, number, COPIES).await, 0, "{number}");
    }
}

#[cfg(feature = "sqlite")]
#[tokio::test(flavor = "multi_thread")]
async fn of_64_copies_in_two_processes_on_sqlite_one_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("delegant.db").display());
    one_of_two_processes_wins(&address).await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn of_64_copies_in_two_processes_on_postgres_one_is_used() {
    if let Some(postgres) = delegant_testing::Postgres::start() {
        one_of_two_processes_wins(&postgres.database()).await;
    }
}

#[cfg(feature = "redis")]
#[tokio::test(flavor = "multi_thread")]
async fn of_64_copies_in_two_processes_on_redis_one_is_used() {
    if let Some(redis) = delegant_testing::Redis::start() {
        one_of_two_processes_wins(&redis.url()).await;
    }
}

/// Kills the one who asks, so many times.
async fn kill_the_caller(address: &str, cycles: u32) {
    let (mut dice, mut told) = (Dice::new(), 0);
    for run in 0..cycles {
        let behind = open(address).await.newest();
        let worker = Worker::start(&AS_WORKER, address, run);
        tokio::time::sleep(Duration::from_millis(50 + dice.below(350))).await;
        let (run, acknowledged) = worker.kill();
        told += acknowledged.used.len() + acknowledged.revoked.len();
        assert!(acknowledged.wrong.is_empty(), "{:?}", acknowledged.wrong);
        let store = open(address).await;
        assert_eq!(
            forgotten(&store, run, &acknowledged, behind).await,
            0,
            "run {run}"
        );
    }
    // A test in which nothing happened would show nothing.
    assert!(told > usize::try_from(cycles).unwrap(), "{told}");
}

#[cfg(feature = "sqlite")]
#[tokio::test(flavor = "multi_thread")]
async fn sqlite_remembers_what_a_killed_process_was_told() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("delegant.db").display());
    kill_the_caller(&address, 20).await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn postgres_remembers_what_a_killed_process_was_told() {
    if let Some(postgres) = delegant_testing::Postgres::start() {
        kill_the_caller(&postgres.database(), 5).await;
    }
}

#[cfg(feature = "redis")]
#[tokio::test(flavor = "multi_thread")]
async fn redis_remembers_what_a_killed_process_was_told() {
    if let Some(redis) = delegant_testing::Redis::start() {
        kill_the_caller(&redis.url(), 5).await;
    }
}

/// Kills the server while it is asked, and starts it again.
async fn kill_the_server(address: &str, cycles: u32, mut restart: impl FnMut()) {
    let (mut dice, mut told) = (Dice::new(), 0);
    for run in 0..cycles {
        let behind = open(address).await.newest();
        let worker = Worker::start(&AS_WORKER, address, run);
        tokio::time::sleep(Duration::from_millis(200 + dice.below(300))).await;
        restart();
        // It finds it again by itself.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let (run, acknowledged) = worker.kill();
        told += acknowledged.used.len() + acknowledged.revoked.len();
        let store = open(address).await;
        assert_eq!(
            forgotten(&store, run, &acknowledged, behind).await,
            0,
            "run {run}"
        );
    }
    assert!(told > usize::try_from(cycles).unwrap(), "{told}");
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread")]
async fn postgres_killed_under_load_comes_back_with_all_that_it_acknowledged() {
    if let Some(mut postgres) = delegant_testing::Postgres::start() {
        let address = postgres.database();
        kill_the_server(&address, 3, || postgres.restart()).await;
    }
}

#[cfg(feature = "redis")]
#[tokio::test(flavor = "multi_thread")]
async fn redis_killed_under_load_comes_back_with_all_that_it_acknowledged() {
    if let Some(mut redis) = delegant_testing::Redis::start() {
        let address = redis.url();
        kill_the_server(&address, 3, || redis.restart()).await;
    }
}
