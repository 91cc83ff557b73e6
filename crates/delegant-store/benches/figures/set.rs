//! Ten million revocations in memory: what they take up, and how long a chain is looked up in them.

use std::future::ready;
use std::hint::black_box;
use std::time::Instant;

use delegant::{Cid, Delegation, Did, DidKeys, Nonce, Parsed, Signer, Timestamp};
use delegant_store::{
    Answer, Backend, Entry, Followed, KeptProof, Mark, Progress, Proofs, Record, Redeemed,
    Redemption, Redemptions, RevocationLog, Sequence, Store,
};
use delegant_testing::tokens::{key, now};

const ENTRIES: u64 = 10_000_000;

/// Says that there are ten million revocations of nothing that anyone has.
struct Many;

fn none<'a, T: Default + Send + 'a>() -> Answer<'a, T> {
    Box::pin(ready(Ok(T::default())))
}

impl Backend for Many {
    fn is_alone(&self) -> bool {
        true
    }
}

impl Proofs for Many {
    fn proofs<'a>(&'a self, _: &'a [Cid]) -> Answer<'a, Vec<Vec<u8>>> {
        none()
    }
    fn keep<'a>(&'a self, _: &'a [KeptProof], _: Timestamp) -> Answer<'a, ()> {
        none()
    }
}

impl Redemptions for Many {
    fn redeem<'a>(&'a self, _: &'a Redemption) -> Answer<'a, Redeemed> {
        Box::pin(ready(Ok(Redeemed::First)))
    }
}

impl RevocationLog for Many {
    fn append<'a>(&'a self, _: &'a Record) -> Answer<'a, Sequence> {
        none()
    }
    fn marked<'a>(&'a self, _: &'a [Mark]) -> Answer<'a, Vec<Entry>> {
        none()
    }
    fn after(&self, _: Sequence, _: usize) -> Answer<'_, Vec<Entry>> {
        none()
    }
    fn prints(&self, after: Sequence, through: Sequence) -> Answer<'_, Vec<u64>> {
        let mix = |number: u64| {
            let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        };
        let prints = (after..through).map(|number| mix(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        Box::pin(ready(Ok(prints.collect())))
    }
    fn set_refused<'a>(&'a self, _: &'a Did, _: bool) -> Answer<'a, ()> {
        none()
    }
    fn refused(&self) -> Answer<'_, Vec<Did>> {
        none()
    }
    fn set_followed<'a>(&'a self, _: &'a Followed) -> Answer<'a, ()> {
        none()
    }
    fn unfollow<'a>(&'a self, _: &'a Did) -> Answer<'a, ()> {
        none()
    }
    fn followed(&self) -> Answer<'_, Vec<Followed>> {
        none()
    }
    fn progress(&self) -> Answer<'_, Progress> {
        Box::pin(ready(Ok(Progress {
            newest: ENTRIES,
            ..Progress::default()
        })))
    }
    fn changed(&self) -> Answer<'_, ()> {
        none()
    }
    fn forget(&self, _: Timestamp) -> Answer<'_, ()> {
        none()
    }
}

/// What this process has in memory, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes * 1024
}

pub(crate) async fn measure() {
    // Different delegations, so that each is looked up where nobody looked before.
    let (alice, bob) = (key(1), key(2).did());
    let chains: Vec<[Parsed<Delegation>; 1]> = (0..20_000_u32)
        .map(|number| {
            let builder = Delegation::builder(bob.clone(), alice.did(), "/read".parse().unwrap());
            let nonce = Nonce::from_bytes(&number.to_be_bytes()).unwrap();
            [builder
                .never_expires()
                .sign(&alice, nonce)
                .unwrap()
                .to_parsed()]
        })
        .collect();
    let empty = look_up(&Store::memory(), &chains, &bob).await;
    let before = resident();
    let began = Instant::now();
    let store = Store::new(Many).await.unwrap();
    let loaded = began.elapsed();
    let (known, bytes) = store.known();
    let resident = (resident() - before) as f64 / known as f64;
    let said = bytes as f64 / known as f64;
    println!(
        "figure revoked-set-bytes {resident:.2} bytes/entry {known} entries, resident; {said:.2} by its own count"
    );
    let full = look_up(&store, &chains, &bob).await;
    println!(
        "figure revoked-set-ns {full:.0} ns/look-up a chain of one delegation, never looked up before; {empty:.0} where there are none"
    );
    println!(
        "figure revoked-set-load {:.2} s from prints to a set",
        loaded.as_secs_f64()
    );
}

/// Nanoseconds for each, the middle one of five rounds.
async fn look_up(store: &Store, chains: &[[Parsed<Delegation>; 1]], invoker: &Did) -> f64 {
    let now = now();
    let mut rounds = Vec::new();
    for _ in 0..5 {
        let began = Instant::now();
        for chain in chains {
            let found = store
                .bearing_on(black_box(chain), invoker, &DidKeys, now)
                .await;
            assert!(found.unwrap().is_empty());
        }
        rounds.push(began.elapsed().as_nanos() as f64 / chains.len() as f64);
    }
    rounds.sort_by(f64::total_cmp);
    rounds[2]
}
