//! The door to DAG-CBOR: what is read has one spelling, and both readings read it alike.
#![no_main]

use delegant::{Limits, from_dag_cbor, from_dag_json, to_dag_cbor, to_dag_json};
use delegant_fuzz::{begin, bounded};
use delegant_model::bridge::from_ipld;
use delegant_model::cbor;
use delegant_model::reading::Reading;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: begin(), |data: &[u8]| {
    let read = bounded(|| from_dag_cbor(data, &Limits::DEFAULT));
    let modelled = cbor::read(data, &Reading::RULED);
    let Ok(value) = read else {
        assert!(modelled.is_err(), "the model reads {modelled:?}");
        return;
    };
    assert_eq!(to_dag_cbor(&value).expect("it was read"), data);
    let modelled = modelled.expect("the model refuses it");
    assert_eq!(format!("{modelled:?}"), format!("{:?}", from_ipld(&value)));
    // What people are shown says the same.
    if let Ok(json) = to_dag_json(&value)
        && let Ok(again) = from_dag_json(&json)
    {
        assert_eq!(to_dag_cbor(&again).expect("it was read"), data, "{json}");
    }
});
