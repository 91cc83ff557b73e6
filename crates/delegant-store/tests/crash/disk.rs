//! A disk that is full, broken or slow to say so: refusals, and nothing let through.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use delegant_store::{Redeemed, RedemptionKey, Store, StoreError};
use delegant_testing::installed;
use delegant_testing::tokens::now;
use tempfile::TempDir;

use crate::AS_WORKER;
use crate::load::{Worker, forgotten, open};

fn place() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("delegant.db").display());
    (folder, address)
}

/// Waits until a store that was dropped has let go of its file: its log is gone then.
async fn is_closed(log: &Path) {
    for _ in 0..1000 {
        if !log.exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(!log.exists(), "the store is still open");
}

fn words(before: &[&str]) -> Vec<OsString> {
    let mut words: Vec<OsString> = before.iter().map(OsString::from).collect();
    words.push(std::env::current_exe().unwrap().into_os_string());
    words.extend(AS_WORKER.map(OsString::from));
    words
}

/// Lets it work under these conditions for a while, and checks that all it was told is true.
async fn work_under(before: &[&str], address: &str) {
    drop(open(address).await);
    let (run, acknowledged) =
        Worker::start_program(&words(before), address, 1, Some(2500)).end(false);
    assert!(acknowledged.wrong.is_empty());
    let store = open(address).await;
    assert_eq!(forgotten(&store, run, &acknowledged, 0).await, 0);
    // It worked, and then it did not.
    assert!(!acknowledged.used.is_empty(), "{before:?}");
    assert!(!acknowledged.refused.is_empty(), "{before:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_may_not_grow_any_more_is_refused_and_forgets_nothing() {
    let (_folder, address) = place();
    // 512-byte blocks; the signal that says so by default would end the process.
    let limited = "trap '' XFSZ; ulimit -f 600; exec \"$@\"";
    work_under(&["sh", "-c", limited, "sh"], &address).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_or_broken_is_refused_and_forgets_nothing() {
    let Some(strace) = installed("strace", &["/usr/bin"]) else {
        return;
    };
    let strace = strace.display().to_string();
    for fault in [
        "inject=fdatasync,fsync:error=EIO:when=12+",
        "inject=fdatasync,fsync:error=EIO:when=12..60+3",
        "inject=pwrite64:error=ENOSPC:when=60+",
        "inject=pwrite64:error=EIO:when=60..600+5",
    ] {
        let (_folder, address) = place();
        let calls = "trace=fdatasync,fsync,pwrite64";
        let before = [
            &strace,
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            calls,
            "-e",
            fault,
        ];
        work_under(&before, &address).await;
    }
}

#[tokio::test]
async fn the_refusal_says_what_is_wrong_with_the_disk() {
    let (folder, address) = place();
    let key = |number: u8| {
        RedemptionKey::new(
            &delegant::Signer::did(&delegant_testing::tokens::key(1)),
            None,
            &[number; 32],
        )
    };
    let until = now().saturating_add(Duration::from_secs(600));
    let store = open(&address).await;
    assert_eq!(
        store.redeem(key(1), until, now()).await.unwrap(),
        Redeemed::First
    );
    drop(store);
    is_closed(&folder.path().join("delegant.db-wal")).await;

    // Not a database, and a database with a page that is none.
    let file = folder.path().join("delegant.db");
    let sound = std::fs::read(&file).unwrap();
    std::fs::write(
        &file,
        b"SQLite it is not, but long enough to be looked at; ".repeat(100),
    )
    .unwrap();
    let refusal = Store::open(&address).await.unwrap_err();
    assert!(matches!(refusal, StoreError::Corrupt { .. }), "{refusal}");
    let mut damaged = sound.clone();
    damaged[4096..].fill(0xa5);
    std::fs::write(&file, damaged).unwrap();
    let refusal = match Store::open(&address).await {
        Ok(store) => store.redeem(key(1), until, now()).await.unwrap_err(),
        Err(refusal) => refusal,
    };
    assert!(matches!(refusal, StoreError::Corrupt { .. }), "{refusal}");
    std::fs::write(&file, sound).unwrap();
    let store = open(&address).await;
    assert_eq!(
        store.redeem(key(1), until, now()).await.unwrap(),
        Redeemed::Again
    );
}
