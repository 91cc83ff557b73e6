//! Selectors, and what they find: a selector, a byte 0xff, and arguments as CBOR (or else some that have
//! everything).
#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use delegant::{Fuel, Ipld, Limits, Policy, Selector, Truth, policy};
use delegant_fuzz::{begin, bounded, halves};
use delegant_model::bridge::to_ipld;
use delegant_model::reading::Reading;
use delegant_model::value::Value;
use delegant_model::{cbor, selector};
use libfuzzer_sys::fuzz_target;

static EVERYTHING: LazyLock<Value> = LazyLock::new(|| {
    let list = |values: &[i128]| Value::List(values.iter().copied().map(Value::Integer).collect());
    let map = |value: Value| Value::map([("a".to_owned(), value), ("b".to_owned(), Value::Null)]);
    Value::map([
        ("a".to_owned(), map(list(&[0, 1, 2]))),
        (
            "b".to_owned(),
            Value::List(vec![list(&[]), map(list(&[7])), list(&[3, 4])]),
        ),
        ("c".to_owned(), Value::Bytes(vec![0, 1, 254, 255])),
        ("".to_owned(), Value::Map(Vec::new())),
        ("_0".to_owned(), Value::text("text")),
        (
            "one".to_owned(),
            Value::map([("é".to_owned(), Value::Float(0.5))]),
        ),
    ])
});

fuzz_target!(init: begin(), |data: &[u8]| {
    let (source, arguments) = halves(data);
    let Ok(source) = std::str::from_utf8(source) else {
        return;
    };
    let parsed = bounded(|| source.parse::<Selector>()).ok();
    let modelled = selector::Selector::parse(source);
    assert_eq!(parsed.is_some(), modelled.is_some());
    let (Some(parsed), Some(modelled)) = (parsed, modelled) else {
        return;
    };
    assert_eq!(parsed.as_str(), source);
    let arguments = arguments.and_then(|bytes| cbor::read(bytes, &Reading::RULED).ok());
    let arguments = arguments.as_ref().unwrap_or(&EVERYTHING);
    let Ipld::Map(theirs) = to_ipld(arguments) else {
        return;
    };
    let found = modelled.find(arguments);
    let (wanted, expected) = match &found {
        Some(found) if found.unordered => (to_ipld(&found.value), Truth::Undefined),
        Some(found) => (to_ipld(&found.value), Truth::True),
        None => (Ipld::Null, Truth::Undefined),
    };
    // `==` what the model finds says whether the same is found; a value may be too large for a policy.
    if let Ok(policy) = Policy::new([policy::equal(source, wanted)])
        && let Ok(truth) = bounded(|| judged(&policy, &theirs))
    {
        assert_eq!(truth, expected, "{policy} of {arguments:?}");
        if let Some(explanation) = policy.explain(&theirs)
            && let Some(optional) = explanation.optional_selector()
        {
            assert!(found.is_none());
            assert!(optional.parse::<Selector>().is_ok(), "{optional}");
        }
    }
});

fn judged(
    policy: &Policy,
    arguments: &BTreeMap<String, Ipld>,
) -> Result<Truth, delegant::LimitExceeded> {
    policy.evaluate(arguments, &mut Fuel::new(&Limits::DEFAULT))
}
