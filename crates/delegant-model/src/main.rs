//! Compares the two readings: `policies`, `chains` or `bytes`, then how many, and perhaps more such
//! pairs; `--seed N`, `--threads N`.

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
use delegant_model::runner::{Figures, Plan, run};

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let mut wanted = Vec::new();
    let mut plan = Plan {
        count: 0,
        seed: 1,
        threads: 2,
        reading: Reading::RULED,
    };
    while let Some(word) = words.next() {
        let Some(number) = words.next().and_then(|number| number.parse().ok()) else {
            return usage();
        };
        match word.as_str() {
            "policies" => wanted.push(("policies", number, run::<Policies> as Run)),
            "chains" => wanted.push(("chains", number, run::<Chains>)),
            "bytes" => wanted.push(("bytes", number, run::<Bytes>)),
            "--seed" => plan.seed = number,
            "--threads" if number > 0 => plan.threads = number,
            _ => return usage(),
        }
    }
    if wanted.is_empty() {
        return usage();
    }
    let mut differences = 0;
    for (what, count, run) in wanted {
        let figures = run(&Plan { count, ..plan });
        for difference in &figures.differences {
            println!("{difference}\n");
        }
        println!("{what}: {figures}");
        println!("figure model-{what} {} cases", figures.compared);
        differences += figures.differences.len();
    }
    println!("figure model-differences {differences} cases");
    match differences {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// Makes the cases of one sort, and compares.
type Run = fn(&Plan) -> Figures;

fn usage() -> ExitCode {
    eprintln!("usage: delegant-model (policies|chains|bytes COUNT)... [--seed N] [--threads N]");
    ExitCode::from(2)
}
