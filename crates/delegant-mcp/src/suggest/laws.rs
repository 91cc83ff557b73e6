//! What holds of every suggestion, whatever was seen.

use delegant::{from_dag_json, to_dag_json};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::suggest::tests::{allows, choosing, suggest, suggest_with};
use crate::suggest::{Choice, Choices, SuggestError};

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-20_i64..20).prop_map(Value::from),
        (-20_i32..20).prop_map(|n| json!(f64::from(n) + 0.5)),
        "[ab/*\\\\.]{0,4}".prop_map(Value::from),
        "/srv/[a-c]{1,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            members(inner),
        ]
    })
}

fn members(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let name = prop_oneof!["[a-c]", Just("x y".to_owned()), Just("q\"".to_owned())];
    let members = prop::collection::btree_map(name, value, 0..4);
    members.prop_map(Value::from_iter)
}

fn same(one: &Value, other: &Value) -> bool {
    let read = |value: &Value| to_dag_json(&from_dag_json(&value.to_string()).unwrap()).unwrap();
    read(one) == read(other)
}

proptest! {
    #[test]
    fn every_call_that_was_seen_is_allowed(
        calls in prop::collection::vec(members(values()), 1..12),
        most in 0_usize..6,
        open in any::<bool>(),
    ) {
        let choices = Choices { most, open, ..Choices::default() };
        match suggest_with(&calls, &choices) {
            Ok(suggestion) => for arguments in &calls {
                prop_assert!(allows(&suggestion.policy, arguments), "{arguments}\n{}", suggestion.policy);
            },
            Err(SuggestError::TooLarge { .. }) => {}
            Err(error) => prop_assert!(false, "{error}"),
        }
    }

    #[test]
    fn exactly_what_was_seen_allows_nothing_else(
        calls in prop::collection::vec(members(values()), 1..5),
        other in members(values()),
    ) {
        let exactly = choosing(".arguments", Choice::Exactly);
        let suggestion = suggest_with(&calls, &exactly).unwrap();
        let was_seen = calls.iter().any(|seen| same(seen, &other));
        prop_assert_eq!(allows(&suggestion.policy, &other), was_seen);
    }

    #[test]
    fn another_value_of_an_argument_that_is_listed_is_refused(
        seen in prop::collection::vec(("[a-c]{1,3}", -9_i64..9), 1..6),
        other in values(),
        at in any::<prop::sample::Index>(),
    ) {
        let calls: Vec<_> = seen.iter().map(|(id, n)| json!({ "id": id, "n": n })).collect();
        let suggestion = suggest(&calls);
        let call = &calls[at.index(calls.len())];
        let (mut changed, mut more) = (call.clone(), call.clone());
        changed["id"] = other.clone();
        let was_an_id = seen.iter().any(|(id, _)| same(&other, &json!(id)));
        let was_a_value = was_an_id || seen.iter().any(|(_, n)| same(&other, &json!(n)));
        prop_assert!(was_an_id || !allows(&suggestion.policy, &changed), "{changed}");
        more["unseen"] = other;
        prop_assert!(was_a_value || !allows(&suggestion.policy, &more), "{more}");
    }
}
