//! What does remembering a million proofs take? The growth of the process, against the cache's own count.
//!
//! `cargo bench -p delegant --bench memory` signs a million delegations: a minute or two.

#![expect(clippy::unwrap_used, reason = "a bench stops where it fails")]
#![expect(clippy::print_stdout, reason = "it prints figures")]

use std::{fs, thread};

use delegant::{
    Algorithm, Delegation, Limits, Nonce, Policy, ProofCache, SecretKey, Signer, Timestamp,
    Verified, policy,
};

const COUNT: usize = 1_000_000;
const THREADS: usize = 2;
const MIB: f64 = 1024.0 * 1024.0;

fn main() {
    // More than they will take, so that none makes room for another.
    let cache = ProofCache::with_capacity(4 << 30, Limits::default());
    let before = resident();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let cache = &cache;
            scope.spawn(move || {
                for seed in (thread..COUNT).step_by(THREADS) {
                    cache.insert(&proof(seed));
                }
            });
        }
    });
    let grown = (resident() - before) as f64;
    assert_eq!(cache.len(), COUNT);
    let counted = cache.bytes() as f64;
    assert!(counted >= grown, "counted {counted}, grown by {grown}");
    let length = proof(0).bytes().len();
    let each = COUNT as f64;
    println!("a million delegations of {length} bytes, three statements each");
    println!("figure cache-bytes-per-proof {:.0} bytes", grown / each);
    println!(
        "figure cache-counted-per-proof {:.0} bytes as the cache counts",
        counted / each
    );
    println!("figure cache-million-mib {:.0} MiB", grown / MIB);
}

/// As in the story that the other benches tell.
fn proof(seed: usize) -> Verified<Delegation> {
    let key = |seed| SecretKey::from_bytes(Algorithm::Ed25519, &[seed; 32]).unwrap();
    let (from, to) = (key(1), key(2));
    let policy = Policy::new([
        policy::equal(".patient", "p-17"),
        policy::like(".code", "lab-*"),
        policy::at_most(".limit", 1000),
    ])
    .unwrap();
    let nonce = u128::try_from(seed).unwrap().to_be_bytes();
    Delegation::builder(to.did(), from.did(), "/encounters/read".parse().unwrap())
        .policy(policy)
        .expiration(Timestamp::from_unix(1_767_225_600).unwrap())
        .sign(&from, Nonce::from_bytes(&nonce).unwrap())
        .unwrap()
}

/// Bytes of this process that are in memory.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes = line.unwrap().trim().strip_suffix(" kB").unwrap();
    1024 * kibibytes.trim().parse::<usize>().unwrap()
}
