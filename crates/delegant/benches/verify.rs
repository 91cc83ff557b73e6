//! Decoding, verifying, signing and judging, each by itself.
//!
//! `cargo bench -p delegant --bench verify`; how a whole verification compares with its signatures
//! is in the bench `ratio`, which times both in turn.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench stops where it fails"
)]

mod story;

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use delegant::{
    Algorithm, Container, Delegation, DidKeys, Fuel, Ipld, KnownKeys, Limits, Nonce, Parsed,
    Policy, ProofCache, SecretKey, Signer, policy,
};

use story::{NOW, at, story, verify, verify_warm};

fn decode(bench: &mut Criterion) {
    let container = Container::decode(&story(1).bytes).unwrap();
    let bytes = container.delegations()[0].bytes().to_vec();
    bench.bench_function("decode one delegation", |bench| {
        bench.iter(|| Parsed::<Delegation>::decode(black_box(&bytes)).unwrap());
    });
}

fn cold(bench: &mut Criterion) {
    let mut group = bench.benchmark_group("cold verification");
    for length in [0, 1, 2, 4, 8, 16] {
        let story = story(length);
        group.bench_function(BenchmarkId::from_parameter(length), |bench| {
            bench.iter(|| verify(black_box(&story)));
        });
    }
    group.finish();
}

fn warm(bench: &mut Criterion) {
    let cache = ProofCache::with_capacity(1 << 20, Limits::default());
    let keys = KnownKeys::with_capacity(1024);
    let mut group = bench.benchmark_group("warm verification");
    for length in [0, 1, 2, 4, 8, 16] {
        let story = story(length);
        group.bench_function(BenchmarkId::from_parameter(length), |bench| {
            bench.iter(|| verify_warm(black_box(&story), &cache, &keys));
        });
    }
    group.finish();
}

fn one_signature(bench: &mut Criterion) {
    let mut group = bench.benchmark_group("one signature");
    for algorithm in Algorithm::ALL {
        let key = SecretKey::from_bytes(algorithm, &[5; 32]).unwrap();
        let sign = || {
            Delegation::builder(key.did(), key.did(), "/encounters/read".parse().unwrap())
                .expiration(at(NOW))
                .sign(&key, Nonce::empty())
                .unwrap()
        };
        // Signing checks its own result, as every builder does.
        group.bench_function(BenchmarkId::new("sign and check", algorithm), |bench| {
            bench.iter(sign);
        });
        let token = sign().to_parsed();
        group.bench_function(BenchmarkId::new("verify", algorithm), |bench| {
            bench.iter(|| black_box(&token).verify(&DidKeys).unwrap());
        });
    }
    group.finish();
}

fn five_statements(bench: &mut Criterion) {
    let policy = Policy::new([
        policy::equal(".patient", "p-17"),
        policy::like(".code", "lab-*"),
        policy::at_most(".limit", 100),
        policy::not_equal(".purpose", "marketing"),
        policy::all(".to", policy::like(".", "*@example.com")),
    ])
    .unwrap();
    let to = ["a@example.com", "b@example.com"].map(Ipld::from).to_vec();
    let arguments = BTreeMap::from([
        ("patient".to_owned(), Ipld::from("p-17")),
        ("code".to_owned(), Ipld::from("lab-hba1c")),
        ("limit".to_owned(), Ipld::from(50)),
        ("purpose".to_owned(), Ipld::from("treatment")),
        ("to".to_owned(), Ipld::List(to)),
    ]);
    bench.bench_function("policy of five statements", |bench| {
        bench.iter(|| {
            let mut fuel = Fuel::new(&Limits::DEFAULT);
            policy.evaluate(black_box(&arguments), &mut fuel).unwrap()
        });
    });
}

criterion_group!(benches, decode, cold, warm, one_signature, five_statements);
criterion_main!(benches);
