//! Compares the two readings: `policies`, `chains` or `bytes`, then how many; `--seed N`,
//! `--threads N`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the figures are what it is for"
)]

use std::process::ExitCode;

use delegant_model::bytes::Bytes;
use delegant_model::chains::Chains;
use delegant_model::policies::Policies;
use delegant_model::reading::Reading;
use delegant_model::runner::{Plan, run};

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let (Some(what), Some(count)) = (
        words.next(),
        words.next().and_then(|count| count.parse().ok()),
    ) else {
        return usage();
    };
    let mut plan = Plan {
        count,
        seed: 1,
        threads: 2,
        reading: Reading::RULED,
    };
    while let Some(option) = words.next() {
        let Some(number) = words.next().and_then(|number| number.parse().ok()) else {
            return usage();
        };
        match option.as_str() {
            "--seed" => plan.seed = number,
            "--threads" if number > 0 => plan.threads = number,
            _ => return usage(),
        }
    }
    let figures = match what.as_str() {
        "policies" => run::<Policies>(&plan),
        "chains" => run::<Chains>(&plan),
        "bytes" => run::<Bytes>(&plan),
        _ => return usage(),
    };
    for difference in &figures.differences {
        println!("{difference}\n");
    }
    println!("{what}: {figures}");
    if figures.differences.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: delegant-model policies|chains|bytes COUNT [--seed N] [--threads N]");
    ExitCode::from(2)
}
