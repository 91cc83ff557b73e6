//! Policies: read, judged, explained and shown. The input is CBOR, a list of a policy and arguments.
#![no_main]

use std::collections::BTreeMap;

use delegant::{Fuel, Ipld, Limits, Policy, Selector, Truth};
use delegant_fuzz::{begin, bounded, cross_over, mutate};
use delegant_model::bridge::to_ipld;
use delegant_model::reading::Reading;
use delegant_model::value::Value;
use delegant_model::{cbor, policy};
use libfuzzer_sys::{Corpus, fuzz_crossover, fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed)
});

fuzz_crossover!(|one: &[u8], other: &[u8], out: &mut [u8], seed: u32| {
    cross_over(one, other, out, seed)
});

fuzz_target!(init: begin(), |data: &[u8]| -> Corpus {
    let Ok(Value::List(parts)) = cbor::read(data, &Reading::RULED) else {
        return Corpus::Reject;
    };
    let [written, arguments] = parts.as_slice() else {
        return Corpus::Reject;
    };
    let Ipld::Map(theirs) = to_ipld(arguments) else {
        return Corpus::Reject;
    };
    judge(written, arguments, &theirs);
    Corpus::Keep
});

fn judge(written: &Value, arguments: &Value, theirs: &BTreeMap<String, Ipld>) {
    let wire = to_ipld(written);
    let parsed = bounded(|| Policy::from_ipld(&wire)).ok();
    let modelled = policy::Policy::parse(written);
    assert_eq!(parsed.is_some(), modelled.is_some());
    let (Some(parsed), Some(modelled)) = (parsed, modelled) else {
        return;
    };
    assert!(parsed.to_ipld() == wire, "{parsed} is written as another");
    // In DAG-JSON not everything can be said.
    if let Ok(again) = parsed.to_string().parse::<Policy>() {
        assert!(again == parsed, "{parsed} is shown as another");
    }
    let truth = bounded(|| parsed.evaluate(theirs, &mut Fuel::new(&Limits::DEFAULT)));
    let explanation = bounded(|| parsed.explain(theirs));
    let Ok(truth) = truth else {
        return;
    };
    let expected = match modelled.evaluate(arguments, &Reading::RULED) {
        policy::Truth::True => Truth::True,
        policy::Truth::False => Truth::False,
        policy::Truth::Undefined => Truth::Undefined,
    };
    assert_eq!(truth, expected, "{parsed}");
    let Some(explanation) = explanation else {
        return;
    };
    assert_eq!(
        explanation.truth(),
        truth,
        "the answer is another than its reason"
    );
    assert_ne!(truth, Truth::True, "what is true needs no reason");
    assert!(stands_at(&wire, &explanation.place()).is_some());
    if let Some(optional) = explanation.optional_selector() {
        assert!(explanation.found().is_none());
        assert!(optional.parse::<Selector>().is_ok(), "{optional}");
    }
    assert!(!bounded(|| explanation.to_string()).is_empty());
}

/// What stands at a place such as `[2][1]`.
fn stands_at<'w>(wire: &'w Ipld, place: &str) -> Option<&'w Ipld> {
    let indices = place.strip_prefix('[')?.strip_suffix(']')?.split("][");
    indices
        .into_iter()
        .try_fold(wire, |here, index| match here {
            Ipld::List(list) => list.get(index.parse::<usize>().ok()?),
            _ => None,
        })
}
