//! The two readings agree on random cases; and where the model is misread, that is found.

#![expect(clippy::panic, reason = "a test fails by it")]

use delegant_model::bytes::Bytes;
use delegant_model::chains::Chains;
use delegant_model::policies::Policies;
use delegant_model::policy::Truth;
use delegant_model::reading::Reading;
use delegant_model::runner::{Comparison, Figures, Plan, run};

fn compare<C: Comparison>(count: u64, reading: Reading) -> Figures {
    let plan = Plan {
        count,
        seed: 20_260_701,
        threads: 2,
        reading,
    };
    run::<C>(&plan)
}

/// The first difference, which must have been made small.
fn difference<C: Comparison>(count: u64, reading: Reading) -> String {
    let figures = compare::<C>(count, reading);
    let least = figures
        .differences
        .iter()
        .min_by_key(|difference| difference.len());
    least
        .unwrap_or_else(|| panic!("nothing found: {figures}"))
        .clone()
}

#[test]
fn policies_agree() {
    let figures = compare::<Policies>(200_000, Reading::RULED);
    assert_eq!(figures.differences, Vec::<String>::new(), "{figures}");
    assert!(figures.allowed_share() > 0.2, "{figures}");
    assert!(
        figures.histogram.values().all(|count| *count > 2_000),
        "{figures}"
    );
}

#[test]
fn chains_agree() {
    const CODES: [&str; 17] = [
        "allowed",
        "CommandNotCovered",
        "Expired",
        "InvalidAudience",
        "InvalidClaim",
        "InvalidSignature",
        "InvalidSubject",
        "LimitExceeded",
        "Malformed",
        "MatchError",
        "RefusedPrincipal",
        "Revoked",
        "TooEarly",
        "UnavailableProof",
        "UnresolvedPromise",
        "UnsupportedAlgorithm",
        "UnsupportedVersion",
    ];
    let figures = compare::<Chains>(5_000, Reading::RULED);
    assert_eq!(figures.differences, Vec::<String>::new(), "{figures}");
    assert!(figures.allowed_share() > 0.2, "{figures}");
    assert!(
        CODES
            .iter()
            .all(|code| figures.histogram.contains_key(code)),
        "{figures}"
    );
}

#[test]
fn bytes_agree() {
    let figures = compare::<Bytes>(200_000, Reading::RULED);
    assert_eq!(figures.differences, Vec::<String>::new(), "{figures}");
    assert!(
        figures.histogram.values().all(|count| *count > 1_000),
        "{figures}"
    );
}

#[test]
fn finds_an_any_that_is_false_of_nothing() {
    let found = difference::<Policies>(
        50_000,
        Reading {
            any_of_none: Truth::False,
            ..Reading::RULED
        },
    );
    assert!(found.contains(r#"["any","."#), "{found}");
    assert!(
        found.contains("model Truth(False), delegant Truth(Undefined)"),
        "{found}"
    );
    assert!(found.len() < 150, "{found}");
}

#[test]
fn finds_a_not_that_makes_undefined_true() {
    let found = difference::<Policies>(
        50_000,
        Reading {
            not_undefined: Truth::True,
            ..Reading::RULED
        },
    );
    assert!(found.contains("delegant Truth(Undefined)"), "{found}");
    assert!(found.len() < 150, "{found}");
}

#[test]
fn finds_a_token_that_does_not_hold_in_its_last_second() {
    let found = difference::<Chains>(
        5_000,
        Reading {
            last_second: false,
            ..Reading::RULED
        },
    );
    assert!(found.contains("Expired"), "{found}");
    assert!(
        found.contains("leeway 0") && !found.contains("\nlink "),
        "{found}"
    );
}

#[test]
fn finds_a_powerline_at_the_root() {
    let found = difference::<Chains>(
        5_000,
        Reading {
            powerline_at_root: true,
            ..Reading::RULED
        },
    );
    assert!(found.contains("InvalidClaim"), "{found}");
    assert!(
        found.contains("subject: None") && found.contains("policy: List([])"),
        "{found}"
    );
    assert_eq!(found.matches("\nlink ").count(), 1, "{found}");
}

#[test]
fn finds_a_map_whose_keys_do_not_ascend() {
    let found = difference::<Bytes>(
        50_000,
        Reading {
            ascending_keys: false,
            ..Reading::RULED
        },
    );
    let bytes = found.lines().next().unwrap_or_default();
    assert!(
        found.contains("as a value, model Some") && bytes.len() <= 24,
        "{found}"
    );
}
