//! What the last unit of every budget buys.

use std::collections::BTreeMap;

use delegant::{Fuel, Ipld, Limit, Limits, Policy, Truth, policy};

const LIMITS: [Limit; 15] = [
    Limit::TokenBytes,
    Limit::ContainerBytes,
    Limit::ContainerTokens,
    Limit::ChainLength,
    Limit::PolicyStatements,
    Limit::PolicyDepth,
    Limit::SelectorBytes,
    Limit::SelectorSteps,
    Limit::GlobBytes,
    Limit::GlobStars,
    Limit::MetaBytes,
    Limit::Fuel,
    Limit::Depth,
    Limit::Nodes,
    Limit::ContainerNodes,
];

#[test]
fn a_limit_is_lowered_and_raised_by_itself() {
    for limit in LIMITS {
        let usual = Limits::DEFAULT.maximum(limit);
        for other in LIMITS {
            let is_it = other == limit;
            let usual = Limits::DEFAULT.maximum(other);
            let lowered = Limits::DEFAULT.lower(limit, 1).maximum(other);
            assert_eq!(
                lowered,
                if is_it { 1 } else { usual },
                "{limit:?} {other:?}"
            );
        }
        assert_eq!(
            Limits::DEFAULT.lower(limit, usual + 1).maximum(limit),
            usual
        );
        let raised = Limits::DEFAULT.raise_beyond_default(limit, usual + 1);
        // The decoder's stack is sized for the usual depth.
        let expected = usual + usize::from(limit != Limit::Depth);
        assert_eq!(raised.maximum(limit), expected, "{limit:?}");
    }
}

/// What judging this costs: the least fuel that suffices.
fn cost(policy: &str, argument: impl Into<Ipld>) -> usize {
    let policy: Policy = policy.parse().unwrap();
    let arguments = BTreeMap::from([("a".to_owned(), argument.into())]);
    let suffices = |fuel: &usize| {
        let limits = Limits::DEFAULT.lower(Limit::Fuel, *fuel);
        policy.evaluate(&arguments, &mut Fuel::new(&limits)).is_ok()
    };
    (0..1000).find(suffices).unwrap()
}

#[test]
fn fuel_is_spent_on_statements_steps_values_and_so_many_bytes() {
    // The statement, one step, the comparison.
    assert_eq!(cost(r#"[["==",".a",1]]"#, 1), 3);
    assert_eq!(cost(r#"[["==",".",1]]"#, 1), 2);
    assert_eq!(cost(r#"[["<",".a",1]]"#, 1), 2);
    assert_eq!(
        cost(r#"[["==",".a",[1,2]]]"#, vec![Ipld::from(1), 2.into()]),
        5
    );
    let text = "x".repeat(64 * 10 + 63);
    assert_eq!(
        cost(&format!(r#"[["==",".a","{text}"]]"#), text.as_str()),
        13
    );
    // A pattern is looked for, which takes longer.
    assert_eq!(cost(r#"[["like",".a","*"]]"#, text.as_str()), 2 + 703 / 16);
    let bytes = Ipld::Bytes(vec![7; 64 * 10 + 63]);
    let policy = Policy::new([policy::equal(".a", bytes.clone())]).unwrap();
    assert_eq!(cost(&policy.to_string(), bytes), 13);
}

#[test]
fn equality_is_of_all_elements_and_of_as_many() {
    let truth = |selector: &str, left: Ipld, right: Ipld| {
        let policy = Policy::new([policy::equal(selector, right)]).unwrap();
        let arguments = BTreeMap::from([("a".to_owned(), left)]);
        policy
            .evaluate(&arguments, &mut Fuel::new(&Limits::DEFAULT))
            .unwrap()
    };
    let list =
        |numbers: &[i32]| Ipld::List(numbers.iter().map(|number| (*number).into()).collect());
    let map = |entries: &[(&str, i32)]| {
        let entries = entries
            .iter()
            .map(|(name, number)| ((*name).to_owned(), (*number).into()));
        Ipld::Map(entries.collect())
    };
    for (selector, left, right, expected) in [
        (".a", list(&[1, 2]), list(&[1, 2]), Truth::True),
        (".a", list(&[1, 2]), list(&[1, 3]), Truth::False),
        (".a", list(&[1]), list(&[1, 2]), Truth::False),
        (".a", list(&[1, 2]), list(&[1]), Truth::False),
        (".a", map(&[("b", 1)]), map(&[("b", 1)]), Truth::True),
        (".a", map(&[("b", 1)]), map(&[("b", 2)]), Truth::False),
        (".a", map(&[("b", 1)]), map(&[("c", 1)]), Truth::False),
        (
            ".a",
            map(&[("b", 1)]),
            map(&[("b", 1), ("c", 2)]),
            Truth::False,
        ),
        (".a", map(&[]), map(&[("b", 1)]), Truth::False),
        (".a[]", map(&[("b", 1)]), list(&[1]), Truth::True),
        (".a[]", map(&[("b", 1)]), list(&[2]), Truth::False),
        (".a[]", map(&[("b", 1)]), list(&[1, 2]), Truth::False),
        (".a[]", map(&[]), list(&[]), Truth::True),
        (".a[]", map(&[]), list(&[1]), Truth::False),
        (
            ".a[]",
            map(&[("b", 1), ("c", 2)]),
            list(&[1, 2]),
            Truth::Undefined,
        ),
    ] {
        assert_eq!(
            truth(selector, left.clone(), right.clone()),
            expected,
            "{left:?} {right:?}"
        );
    }
}

#[test]
fn a_truth_equals_itself_alone() {
    for (wanted, sent, truth) in [
        (true, true, Truth::True),
        (true, false, Truth::False),
        (false, true, Truth::False),
        (false, false, Truth::True),
    ] {
        for (policy, arguments) in [
            (policy::equal(".a", wanted), Ipld::Bool(sent)),
            (
                policy::equal(".a", vec![Ipld::Bool(wanted)]),
                Ipld::List(vec![sent.into()]),
            ),
        ] {
            let policy = Policy::new([policy]).unwrap();
            let arguments = BTreeMap::from([("a".to_owned(), arguments)]);
            let explained = policy.explain(&arguments);
            let found = explained.map_or(Truth::True, |explained| explained.truth());
            assert_eq!(found, truth, "{policy} on {arguments:?}");
        }
    }
}

#[test]
fn an_operand_nests_no_deeper_than_a_token_may() {
    let nested = |levels: usize| (0..levels).fold(Ipld::Null, |inside, _| Ipld::List(vec![inside]));
    let of = |levels| Policy::new([policy::equal(".a", nested(levels))]);
    assert!(of(30).is_ok());
    for levels in [64, 100, 1_000] {
        assert!(of(levels).is_err(), "{levels} levels");
    }
}
