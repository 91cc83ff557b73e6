//! What is the worst that a stranger can make us do? The costliest container that is accepted, and the
//! costliest input of up to 64 KiB that is refused, under the default limits: found by search.
//!
//! A population of one climbs: a container is described by some numbers (`shape`), a few of them are
//! changed at random, and what costs more is kept; from several beginnings, which are the shapes that one
//! would guess. Times are the least of some runs, so that other work on the machine does not count;
//! memory is what is allocated at once at most, the input not included.
//!
//! `cargo bench -p delegant --bench worst` takes some minutes; `-- 9000` searches for longer.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench stops where it fails"
)]
#![expect(clippy::print_stdout, reason = "it prints figures")]

mod build;
mod shape;

use std::env;
use std::hint::black_box;
use std::time::{Duration, Instant};

use delegant::{
    Authorization, Container, DecodeError, DidKeys, Evidence, Limits, Reason, Revocations,
    Timestamp, authorize,
};

use End::{Accepted, Denied, Forged, Malformed};
use build::{Case, Forge, NOW};
use shape::{Random, Shape};

/// How many shapes are looked at for each question.
const TRIALS: usize = 1200;
const MIB: f64 = 1024.0 * 1024.0;
const LARGEST_REFUSED: usize = 64 * 1024;

fn main() {
    let trials = env::args().find_map(|argument| argument.parse().ok());
    let mut search = Search {
        trials: trials.unwrap_or(TRIALS),
        random: Random(0x5eed),
        forge: Forge::new(),
    };
    for (id, question) in [
        ("worst-accepted-ms", ACCEPTED),
        ("worst-rejected-ms", REFUSED),
        (
            "worst-malformed-ms",
            Question {
                ends: Malformed,
                ..REFUSED
            },
        ),
        (
            "worst-forged-ms",
            Question {
                ends: Forged,
                ..REFUSED
            },
        ),
    ] {
        let (time, what) = search.climb(question);
        println!("figure {id} {:.2} ms {what}", time * 1e3);
    }
    for (id, question) in [
        (
            "worst-accepted-mib",
            Question {
                costs: Cost::Memory,
                ..ACCEPTED
            },
        ),
        (
            "worst-rejected-mib",
            Question {
                costs: Cost::Memory,
                ..REFUSED
            },
        ),
    ] {
        let (memory, what) = search.climb(question);
        println!("figure {id} {:.2} MiB {what}", memory / MIB);
    }
}

/// How a decision ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Accepted,
    /// It is no container of tokens.
    Malformed,
    /// A signature does not hold.
    Forged,
    /// Everything else.
    Denied,
}

#[derive(Clone, Copy, PartialEq)]
enum Cost {
    Time,
    Memory,
}

/// Which container costs most?
#[derive(Clone, Copy)]
struct Question {
    costs: Cost,
    /// Of those that end in this way; `Denied` stands for every refusal.
    ends: End,
}

const ACCEPTED: Question = Question {
    costs: Cost::Time,
    ends: Accepted,
};
const REFUSED: Question = Question {
    costs: Cost::Time,
    ends: Denied,
};

impl Question {
    fn is_about(self, case: &Case, end: End) -> bool {
        match self.ends {
            Accepted => end == Accepted,
            Denied => end != Accepted && case.bytes.len() <= LARGEST_REFUSED,
            other => end == other && case.bytes.len() <= LARGEST_REFUSED,
        }
    }

    /// Seconds or bytes.
    fn cost(self, case: &Case, runs: u32) -> f64 {
        match self.costs {
            Cost::Time => seconds(case, runs),
            Cost::Memory => peak(case),
        }
    }
}

struct Search {
    trials: usize,
    random: Random,
    forge: Forge,
}

impl Search {
    /// The highest cost found, in seconds or bytes, and of what.
    fn climb(&mut self, question: Question) -> (f64, String) {
        let beginnings = Shape::guesses();
        let each = self.trials / beginnings.len();
        let mut best = (0.0, Shape::default());
        for beginning in beginnings {
            let mut top = (0.0, beginning);
            for trial in 0..each {
                let shape = match trial {
                    0 => beginning,
                    _ => self.random.near(&top.1),
                };
                let Some(case) = self.forge.case(&shape) else {
                    continue;
                };
                if question.is_about(&case, end(&decide(&case))) {
                    // What might be the top is measured again, so that no interruption makes it so.
                    let cost = question.cost(&case, 3);
                    if cost > top.0 {
                        top = (question.cost(&case, 12).min(cost).max(top.0), shape);
                    }
                }
            }
            if top.0 > best.0 {
                best = top;
            }
        }
        let case = self.forge.case(&best.1).unwrap();
        let cost = question.cost(&case, 300);
        let code = decide(&case).err().map_or("accepted", |(_, code)| code);
        println!("{:?}", best.1);
        let (bytes, tokens) = (case.bytes.len(), case.tokens);
        (cost, format!("{code}: {bytes} bytes, {tokens} tokens"))
    }
}

fn end(decision: &Result<Authorization, (End, &'static str)>) -> End {
    decision.as_ref().map_or_else(|(end, _)| *end, |_| Accepted)
}

/// The least of so many runs.
fn seconds(case: &Case, runs: u32) -> f64 {
    let time = |_| {
        let start = Instant::now();
        drop(black_box(decide(black_box(case))));
        start.elapsed()
    };
    (0..runs).map(time).min().unwrap().as_secs_f64()
}

/// The most bytes allocated at once.
fn peak(case: &Case) -> f64 {
    let allocated = allocation_counter::measure(|| drop(black_box(decide(case))));
    allocated.bytes_max as f64
}

/// As a server does it, with nothing known.
fn decide(case: &Case) -> Result<Authorization, (End, &'static str)> {
    let malformed = |error: DecodeError| (Malformed, error.code());
    let container = Container::decode(&case.bytes).map_err(malformed)?;
    let invocation = container.invocation().map_err(malformed)?;
    let invocation = invocation
        .verify(&DidKeys)
        .map_err(|_| (Forged, "InvalidSignature"))?;
    let none = Revocations::none();
    let decision = authorize(
        invocation,
        Evidence {
            now: Timestamp::from_unix(NOW).unwrap(),
            leeway: Duration::ZERO,
            executor: &case.executor,
            keys: &DidKeys,
            proofs: container.delegations(),
            revocations: case.revocations.as_ref().unwrap_or(&none),
            limits: &Limits::DEFAULT,
        },
    );
    decision.map_err(|denial| match denial.reason {
        Reason::InvalidSignature { .. } => (Forged, denial.reason.code()),
        reason => (Denied, reason.code()),
    })
}
