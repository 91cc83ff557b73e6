//! Choosing a proof chain from ten thousand delegations: lower quartiles of many choices.
//!
//! `cargo bench -p delegant-agent --bench prove`

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench stops where it fails"
)]
#![expect(clippy::print_stdout, reason = "it prints figures")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use delegant::{
    Algorithm, Command, Delegation, Did, Ipld, Nonce, Policy, SecretKey, Signer, Timestamp,
    Verified, policy,
};
use delegant_agent::{Delegations, Request};

const NOW: i64 = 1_767_225_600;
const COUNT: usize = 10_000;

fn key(seed: usize) -> SecretKey {
    let mut bytes = [11; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    SecretKey::from_bytes(Algorithm::Ed25519, &bytes).unwrap()
}

fn give(from: &SecretKey, to: &Did, subject: &Did, nonce: usize) -> Verified<Delegation> {
    Delegation::builder(to.clone(), subject.clone(), "/read".parse().unwrap())
        .policy(Policy::new([policy::equal(".patient", "p-17")]).unwrap())
        .expiration(Timestamp::from_unix(NOW + i64::try_from(nonce).unwrap()).unwrap())
        .sign(from, Nonce::from_bytes(&nonce.to_be_bytes()).unwrap())
        .unwrap()
}

/// Ten thousand delegations to one agent, each about another subject.
fn many_subjects() -> Delegations {
    let agent = key(0).did();
    let mut all = Delegations::default();
    for seed in 1..=COUNT {
        let subject = key(seed);
        all.insert(give(&subject, &agent, &subject.did(), seed));
    }
    all
}

/// One subject, and a hundred principals who all gave it to each other: loops everywhere.
fn one_dense_graph() -> Delegations {
    let keys: Vec<_> = (0..100).map(key).collect();
    let subject = key(COUNT);
    let mut all = Delegations::default();
    for (one, from) in keys.iter().enumerate() {
        for (other, to) in keys.iter().enumerate() {
            all.insert(give(from, &to.did(), &subject.did(), 1 + one * 100 + other));
        }
    }
    all
}

fn main() {
    let (agent, subject) = (key(0).did(), key(COUNT));
    let subjects = many_subjects();
    let dead_end = one_dense_graph();
    let mut dense = dead_end.clone();
    dense.insert(give(&subject, &key(99).did(), &subject.did(), COUNT + 1));

    let command: Command = "/read".parse().unwrap();
    let arguments = BTreeMap::from([("patient".to_owned(), Ipld::from("p-17"))]);
    let request = Request {
        invoker: &agent,
        subject: &subject.did(),
        command: &command,
        arguments: &arguments,
        now: Timestamp::from_unix(NOW).unwrap(),
    };
    for (id, held, length, what) in [
        (
            "prove-subjects-us",
            &subjects,
            Some(1),
            "each about another subject",
        ),
        (
            "prove-dense-us",
            &dense,
            Some(2),
            "a hundred who gave to each other",
        ),
        (
            "prove-nothing-us",
            &dead_end,
            None,
            "the same, without a chain",
        ),
    ] {
        let prove = || black_box(held).prove(black_box(&request));
        assert_eq!(prove().ok().map(|chain| chain.len()), length);
        let microseconds = quartile(prove).as_secs_f64() * 1e6;
        println!("figure {id} {microseconds:.2} µs among 10,000, {what}");
    }
}

fn quartile<T>(work: impl Fn() -> T) -> Duration {
    const RUNS: u32 = 20;
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..RUNS {
                drop(black_box(work()));
            }
            start.elapsed() / RUNS
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 4]
}
