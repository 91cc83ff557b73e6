//! What does judging a policy cost, and does the fuel hold where it must?
//!
//! `cargo bench -p delegant --bench policy`

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench stops where it fails"
)]
#![expect(clippy::print_stdout, reason = "it prints figures")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use delegant::{Fuel, Ipld, Limit, Limits, Policy, Truth, policy};

fn main() {
    let (five, arguments) = five_statements();
    let nanoseconds = quartile(500, || {
        let mut fuel = Fuel::new(&Limits::DEFAULT);
        five.evaluate(black_box(&arguments), &mut fuel)
    }) * 1e9;
    println!("figure policy-5-ns {nanoseconds:.0} ns five statements");

    // 250 statements in each of four policies of one chain, over ten thousand numbers: each policy
    // looks at them all three times, and compares the rest with single values.
    let policies: Vec<Policy> = (0..4).map(|_| quarter()).collect();
    let arguments = ten_thousand();
    let judge = |limits: &Limits| {
        let mut fuel = Fuel::new(limits);
        let each = policies
            .iter()
            .map(|policy| policy.evaluate(&arguments, &mut fuel));
        each.collect::<Result<Vec<Truth>, _>>()
    };
    // All of it, where there is fuel for it…
    let plenty = Limits::default().raise_beyond_default(Limit::Fuel, usize::MAX);
    assert_eq!(judge(&plenty).unwrap(), [Truth::True; 4]);
    let whole = quartile(1, || judge(&plenty)) * 1e3;
    println!(
        "figure policy-1000-ms {whole:.2} ms 1,000 statements over 10,000 elements, without a bound"
    );
    // …and no more than the fuel by default.
    assert!(judge(&Limits::DEFAULT).is_err());
    let bounded = quartile(1, || judge(&Limits::DEFAULT)) * 1e3;
    println!(
        "figure policy-fuel {bounded:.2} ms the same, until the fuel is spent and it is refused"
    );
}

fn five_statements() -> (Policy, BTreeMap<String, Ipld>) {
    let policy = Policy::new([
        policy::equal(".patient", "p-17"),
        policy::like(".code", "lab-*"),
        policy::at_most(".limit", 100),
        policy::not_equal(".purpose", "marketing"),
        policy::all(".to", policy::like(".", "*@example.com")),
    ]);
    let to = ["a@example.com", "b@example.com"].map(Ipld::from).to_vec();
    let arguments = BTreeMap::from([
        ("patient".to_owned(), Ipld::from("p-17")),
        ("code".to_owned(), Ipld::from("lab-hba1c")),
        ("limit".to_owned(), Ipld::from(50)),
        ("purpose".to_owned(), Ipld::from("treatment")),
        ("to".to_owned(), Ipld::List(to)),
    ]);
    (policy.unwrap(), arguments)
}

fn quarter() -> Policy {
    let looks = (0..3).map(|bound| policy::all(".list", policy::at_least(".", -bound)));
    // Each `all` counts as two statements.
    let single = (0..244).map(|index| policy::at_least(&format!(".list[{index}]"), 0));
    Policy::new(looks.chain(single)).unwrap()
}

fn ten_thousand() -> BTreeMap<String, Ipld> {
    let list = (0..10_000).map(Ipld::Integer).collect();
    BTreeMap::from([("list".to_owned(), Ipld::List(list))])
}

/// Seconds.
fn quartile<T>(runs: u32, work: impl Fn() -> T) -> f64 {
    let mut times: Vec<Duration> = (0..101)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..runs {
                drop(black_box(work()));
            }
            start.elapsed() / runs
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 4].as_secs_f64()
}
