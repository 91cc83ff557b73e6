//! How many verifications a second? Chains of four, on one thread and on two that share what is remembered.
//!
//! `cargo bench -p delegant --bench rate`

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench stops where it fails"
)]
#![expect(clippy::print_stdout, reason = "it prints figures")]

mod story;

use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use delegant::{KnownKeys, Limits, ProofCache};

use story::{story, verify, verify_warm};

const DELEGATIONS: usize = 4;
const ROUNDS: usize = 10;
const ROUND: Duration = Duration::from_millis(300);

fn main() {
    let story = story(DELEGATIONS);
    let cache = ProofCache::with_capacity(1 << 20, Limits::default());
    let known = KnownKeys::with_capacity(1024);
    let cold = || drop(black_box(verify(&story)));
    let warm = || drop(black_box(verify_warm(&story, &cache, &known)));
    warm();
    let (mut colds, mut warms) = ([const { Vec::new() }; 2], [const { Vec::new() }; 2]);
    for _ in 0..ROUNDS {
        for threads in [1, 2] {
            colds[threads - 1].push(rate(threads, &cold));
            warms[threads - 1].push(rate(threads, &warm));
        }
    }
    for (name, rates) in [("cold", colds), ("warm", warms)] {
        let [one, two] = rates.map(median);
        let what = format!("verifications/s a chain of {DELEGATIONS}");
        println!("figure rate-{name}-1 {one:.0} {what}, one thread");
        println!("figure rate-{name}-2 {two:.0} {what}, two threads");
        println!("figure scaling-{name} {:.2} times one thread", two / one);
    }
}

/// Verifications a second on so many threads at once.
fn rate(threads: usize, work: &(impl Fn() + Sync)) -> f64 {
    let (stop, done) = (AtomicBool::new(false), AtomicU32::new(0));
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut count = 0;
                while !stop.load(Ordering::Relaxed) {
                    work();
                    count += 1;
                }
                done.fetch_add(count, Ordering::Relaxed);
            });
        }
        thread::sleep(ROUND);
        stop.store(true, Ordering::Relaxed);
    });
    f64::from(done.into_inner()) / start.elapsed().as_secs_f64()
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_unstable_by(f64::total_cmp);
    rates[rates.len() / 2]
}
