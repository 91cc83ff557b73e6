//! How far is a cold verification from the signatures in it? Paired, in one run.
//!
//! Each round times one bare `verify_strict` over a message as long as a token's, and the whole
//! verification of each chain, from the container's bytes to an `Authorization`, in turn; the
//! figures are lower quartiles over the rounds, since whatever else runs only ever adds. Allocations are counted in a run of their own.
//!
//! `cargo bench -p delegant --bench ratio`

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench stops where it fails"
)]
#![expect(clippy::print_stdout, reason = "it prints a table")]

mod story;

use std::hint::black_box;
use std::time::{Duration, Instant};

use delegant::{
    Algorithm, Container, Delegation, KnownKeys, Limits, Nonce, ProofCache, SecretKey, Signer as _,
    VerifyingKey,
};
use ed25519_dalek::{Signer, SigningKey};

use story::{NOW, Story, at, decide, story, verify, verify_warm};

const ROUNDS: usize = 100;
const RUNS: u32 = 4;
const LENGTHS: [usize; 6] = [0, 1, 2, 4, 8, 16];

fn main() {
    let stories: Vec<Story> = LENGTHS.into_iter().map(story).collect();
    // As many signatures as the longest story has, each over as much as a token of it: a single one
    // over and over would let the processor learn its branches by heart.
    let length = token_length(&stories[1]) - 67;
    let signatures: Vec<_> = (0..17)
        .map(|seed| {
            let key = SigningKey::from_bytes(&[seed; 32]);
            let message = vec![seed; length];
            (key.verifying_key(), key.sign(&message), message)
        })
        .collect();
    // The executor's own memory: warm once every story has been told.
    let cache = ProofCache::with_capacity(1 << 20, Limits::default());
    let known = KnownKeys::with_capacity(1024);

    let others = [Algorithm::P256, Algorithm::Secp256k1].map(signed);
    let mut floor = Vec::new();
    let mut by_others = [const { Vec::new() }; 2];
    let mut times = vec![Times::default(); stories.len()];
    for _ in 0..ROUNDS {
        floor.push(time(|| {
            for (key, signature, message) in &signatures {
                key.verify_strict(black_box(message), signature).unwrap();
            }
        }));
        for (signed, times) in others.iter().zip(&mut by_others) {
            times.push(time(|| {
                for (key, message, signature) in signed {
                    key.verify(black_box(message), signature).unwrap();
                }
            }));
        }
        for (story, times) in stories.iter().zip(&mut times) {
            times.cold.push(time(|| drop(black_box(verify(story)))));
            times.keys_known.push(time(|| {
                let container = Container::decode(&story.bytes).unwrap();
                drop(black_box(decide(story, container, &known)));
            }));
            times.warm.push(time(|| {
                drop(black_box(verify_warm(story, &cache, &known)));
            }));
        }
    }
    let floor = quartile(floor).as_secs_f64() / signatures.len() as f64;
    let microseconds = floor * 1e6;
    println!(
        "one verify_strict over {length} bytes: {microseconds:.1} µs; all times in units of it"
    );
    println!("cold: nothing known; keys: issuers' keys known; warm: proofs known, too");
    println!("              cold              keys        warm   allocations per token");
    println!("delegations   whole  per token  per token  whole   cold  warm     bytes");
    let mut figures = vec![format!("strict-us {microseconds:.1} µs")];
    for ((story, times), length) in stories.iter().zip(times).zip(LENGTHS) {
        let tokens = (length + 1) as f64;
        let [cold, keys, warm] = [times.cold, times.keys_known, times.warm]
            .map(|times| quartile(times).as_secs_f64() / floor);
        let (cold_each, keys_each) = (cold / tokens, keys / tokens);
        let count = |work: &dyn Fn()| allocation_counter::measure(work).count_total as f64 / tokens;
        let cold_count = count(&|| drop(black_box(verify(story))));
        let warm_count = count(&|| drop(black_box(verify_warm(story, &cache, &known))));
        println!(
            "{length:>11}  {cold:>6.2}  {cold_each:>9.3}  {keys_each:>9.3}  {warm:>5.2}  \
             {cold_count:>5.1} {warm_count:>5.1}  {:>8}",
            story.bytes.len(),
        );
        figures.extend([
            format!("cold-{length} {cold_each:.3} verify_strict per token, nothing known"),
            format!("keys-{length} {keys_each:.3} verify_strict per token, keys known"),
            format!("warm-{length} {warm:.2} verify_strict the whole chain, proofs known"),
            format!("allocs-cold-{length} {cold_count:.1} allocations per token"),
        ]);
    }
    for (times, id) in by_others.into_iter().zip(["p256", "secp256k1"]) {
        let ratio = quartile(times).as_secs_f64() / signatures.len() as f64 / floor;
        figures.push(format!("{id}-ratio {ratio:.2} verify_strict one signature"));
    }
    for figure in figures {
        println!("figure {figure}");
    }
}

/// As many signatures as of Ed25519, over tokens, each by another key.
fn signed(algorithm: Algorithm) -> Vec<(VerifyingKey, Vec<u8>, Vec<u8>)> {
    let sign = |seed| {
        let key = SecretKey::from_bytes(algorithm, &[seed; 32]).unwrap();
        let token = Delegation::builder(key.did(), key.did(), "/encounters/read".parse().unwrap())
            .expiration(at(NOW))
            .sign(&key, Nonce::empty())
            .unwrap();
        let (signature, message) = token.bytes()[3..].split_at(64);
        let key = key.public_key().decompress().unwrap();
        (key, message.to_vec(), signature.to_vec())
    };
    (1..=17).map(sign).collect()
}

#[derive(Clone, Default)]
struct Times {
    cold: Vec<Duration>,
    keys_known: Vec<Duration>,
    warm: Vec<Duration>,
}

fn token_length(story: &Story) -> usize {
    let container = Container::decode(&story.bytes).unwrap();
    container.delegations()[0].bytes().len()
}

/// The best of a few runs behind each other, after one that brings code and data near.
fn time(work: impl Fn()) -> Duration {
    work();
    let run = |_| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..RUNS).map(run).min().unwrap()
}

fn quartile(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 4]
}
