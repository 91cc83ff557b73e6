//! DAG-JSON, in which people write arguments and policies: what is read is written and read again.
#![no_main]

use delegant::{Policy, from_dag_json, to_dag_cbor, to_dag_json};
use delegant_fuzz::{begin, bounded};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: begin(), |text: &str| {
    if let Ok(value) = bounded(|| from_dag_json(text))
        && let Ok(written) = to_dag_json(&value)
    {
        let again = from_dag_json(&written).expect("it was written");
        assert_eq!(
            to_dag_cbor(&again).expect("it was written"),
            to_dag_cbor(&value).expect("it was written"),
            "{written}"
        );
    }
    if let Ok(policy) = bounded(|| text.parse::<Policy>()) {
        let again: Policy = policy.to_string().parse().expect("it was shown");
        assert!(again == policy, "{policy} is shown as another");
    }
});
