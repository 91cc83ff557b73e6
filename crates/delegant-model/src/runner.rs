//! Do the two readings agree, a million times over?

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::random::Random;
use crate::reading::Reading;

/// How much to compare.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub count: u64,
    pub seed: u64,
    /// The cases depend on it, as each thread has its own stream of them.
    pub threads: u64,
    pub reading: Reading,
}

/// A way to make cases and to ask both readings.
pub trait Comparison {
    /// With its own stream of random numbers.
    fn new(random: Random, reading: Reading) -> Self;

    /// Makes the next case and compares.
    fn next(&mut self) -> Outcome;
}

/// What came of one case.
pub enum Outcome {
    /// Both say this.
    Same(&'static str),
    /// They differ; the least case that we found, in words.
    Different(String),
}

/// What came of all.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    pub compared: u64,
    pub histogram: BTreeMap<&'static str, u64>,
    pub differences: Vec<String>,
    pub seconds: f64,
    pub seed: u64,
}

/// The name that the histogram gives to what is allowed.
pub const ALLOWED: &str = "allowed";

/// Compares until the count is reached or a difference is found.
pub fn run<C: Comparison>(plan: &Plan) -> Figures {
    let start = Instant::now();
    let stop = AtomicBool::new(false);
    let mut figures = Figures {
        seed: plan.seed,
        ..Figures::default()
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..plan.threads)
            .map(|lane| {
                let share = plan.count / plan.threads + u64::from(lane < plan.count % plan.threads);
                let stop = &stop;
                scope.spawn(move || {
                    one_lane::<C>(Random::new(plan.seed, lane), plan.reading, share, stop)
                })
            })
            .collect();
        for thread in threads {
            let lane = thread.join().expect("a panic is a finding");
            figures.compared += lane.compared;
            figures.differences.extend(lane.differences);
            for (name, count) in lane.histogram {
                *figures.histogram.entry(name).or_default() += count;
            }
        }
    });
    figures.seconds = start.elapsed().as_secs_f64();
    figures
}

fn one_lane<C: Comparison>(
    random: Random,
    reading: Reading,
    share: u64,
    stop: &AtomicBool,
) -> Figures {
    let mut figures = Figures::default();
    let mut comparison = C::new(random, reading);
    while figures.compared < share && !stop.load(Ordering::Relaxed) {
        figures.compared += 1;
        match comparison.next() {
            Outcome::Same(name) => *figures.histogram.entry(name).or_default() += 1,
            Outcome::Different(case) => {
                figures.differences.push(case);
                stop.store(true, Ordering::Relaxed);
            }
        }
    }
    figures
}

impl Figures {
    /// How many of the cases were allowed, from 0 to 1.
    pub fn allowed_share(&self) -> f64 {
        self.histogram.get(ALLOWED).copied().unwrap_or_default() as f64
            / self.compared.max(1) as f64
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "compared {}, allowed {:.1} %,",
            self.compared,
            self.allowed_share() * 100.0
        )?;
        for (name, count) in &self.histogram {
            write!(formatter, " {name} {count},")?;
        }
        write!(
            formatter,
            " differences {}, {:.1} s, seed {}",
            self.differences.len(),
            self.seconds,
            self.seed
        )
    }
}

/// For a person to copy.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
