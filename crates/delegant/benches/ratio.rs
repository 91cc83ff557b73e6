//! How far is a cold verification from the signatures in it? Paired, in one run.
//!
//! Each round times one bare `verify_strict` over a message as long as a token's, and one whole
//! verification of each chain, in turn; the figures are medians over the rounds. Allocations are
//! counted in a run of their own.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench stops where it fails"
)]
#![expect(clippy::print_stdout, reason = "it prints a table")]

mod story;

use std::hint::black_box;
use std::time::{Duration, Instant};

use delegant::Container;
use ed25519_dalek::{Signer, SigningKey};

use story::{Story, story, verify};

const ROUNDS: usize = 400;
const LENGTHS: [usize; 6] = [0, 1, 2, 4, 8, 16];

fn main() {
    let stories: Vec<Story> = LENGTHS.into_iter().map(story).collect();
    // A token of the story without its signature.
    let message = vec![0x5a; token_length(&stories[1]) - 67];
    let key = SigningKey::from_bytes(&[3; 32]);
    let signature = key.sign(&message);
    let verifying_key = key.verifying_key();

    let mut floor = Vec::new();
    let mut whole = vec![Vec::new(); stories.len()];
    for _ in 0..ROUNDS {
        floor.push(time(|| {
            verifying_key
                .verify_strict(black_box(&message), &signature)
                .unwrap()
        }));
        for (story, times) in stories.iter().zip(&mut whole) {
            times.push(time(|| drop(black_box(verify(story)))));
        }
    }
    let floor = median(floor);
    println!(
        "one verify_strict over {} bytes: {floor:.1?}",
        message.len()
    );
    println!("delegations  bytes   cold        per token in verify_strict  allocations per token");
    for ((story, times), length) in stories.iter().zip(whole).zip(LENGTHS) {
        let cold = median(times);
        let tokens = (length + 1) as f64;
        let allocations = allocation_counter::measure(|| drop(black_box(verify(story))));
        println!(
            "{length:>11}  {:>5}   {:>9}   {:>26.3}  {:>21.1}",
            story.bytes.len(),
            format!("{cold:.1?}"),
            cold.as_secs_f64() / floor.as_secs_f64() / tokens,
            allocations.count_total as f64 / tokens,
        );
    }
    let decode: Vec<_> = (0..ROUNDS)
        .map(|_| time(|| drop(black_box(Container::decode(&stories[3].bytes).unwrap()))))
        .collect();
    println!(
        "decoding alone, per token: {:.3} of one verify_strict",
        median(decode).as_secs_f64() / floor.as_secs_f64() / 5.0
    );
}

fn token_length(story: &Story) -> usize {
    let container = Container::decode(&story.bytes).unwrap();
    container.delegations()[0].bytes().len()
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
