//! Choosing a proof chain from ten thousand delegations.
//!
//! `cargo bench -p delegant-agent --bench prove`

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench stops where it fails"
)]

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
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
    all.insert(give(&subject, &keys[99].did(), &subject.did(), COUNT + 1));
    all
}

fn prove(bench: &mut Criterion) {
    let (agent, subject) = (key(0).did(), key(COUNT).did());
    let command: Command = "/read".parse().unwrap();
    let arguments = BTreeMap::from([("patient".to_owned(), Ipld::from("p-17"))]);
    let request = Request {
        invoker: &agent,
        subject: &subject,
        command: &command,
        arguments: &arguments,
        now: Timestamp::from_unix(NOW).unwrap(),
    };
    for (name, held) in [
        ("prove among 10,000 subjects", many_subjects()),
        ("prove through a dense graph of 10,000", one_dense_graph()),
    ] {
        bench.bench_function(name, |bench| {
            bench.iter(|| black_box(&held).prove(black_box(&request)).unwrap());
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = prove
}
criterion_main!(benches);
