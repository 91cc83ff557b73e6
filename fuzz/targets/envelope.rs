//! One token: who says what in it and whether they signed it, as both readings see it; and that its
//! bytes are the only ones that say it.
#![no_main]

use delegant::{
    Cid, Delegation, DidKeys, Invocation, Limits, Parsed, Receipt, Revocation, Token,
    from_dag_cbor, from_dag_json, to_dag_cbor, to_dag_json,
};
use delegant_fuzz::{begin, bounded, cross_over, mutate};
use delegant_model::bytes;
use delegant_model::reading::Reading;
use libfuzzer_sys::{fuzz_crossover, fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed)
});

fuzz_crossover!(|one: &[u8], other: &[u8], out: &mut [u8], seed: u32| {
    cross_over(one, other, out, seed)
});

fuzz_target!(init: begin(), |data: &[u8]| {
    let decoded = bounded(|| Token::decode(data));
    let delegation = bounded(|| Parsed::<Delegation>::decode(data));
    let invocation = bounded(|| Parsed::<Invocation>::decode(data));
    let receipt = bounded(|| Parsed::<Receipt>::decode(data));
    let revocation = bounded(|| Parsed::<Revocation>::decode(data));
    if let Err(difference) = bytes::difference(data, &Reading::RULED) {
        panic!("{difference}");
    }
    assert_eq!(decoded.is_ok(), delegation.is_ok() || invocation.is_ok());
    let Ok(token) = decoded else {
        assert!(receipt.is_err() && revocation.is_err());
        return;
    };
    assert_eq!(token.bytes(), data);
    assert_eq!(token.cid(), Cid::of(data));
    let is_delegation = matches!(token, Token::Delegation(_));
    assert_eq!((delegation.is_ok(), invocation.is_ok()), (is_delegation, !is_delegation));
    // A receipt or a revocation is an invocation, by the same issuer and with the same signature.
    let signed = invocation.as_ref().is_ok_and(|token| token.verify(&DidKeys).is_ok());
    if let Ok(receipt) = receipt {
        assert!(!is_delegation && revocation.is_err());
        assert_eq!(bounded(|| receipt.verify(&DidKeys).is_ok()), signed);
    }
    if let Ok(revocation) = revocation {
        assert!(!is_delegation);
        assert_eq!(bounded(|| revocation.verify(&DidKeys).is_ok()), signed);
    }
    let value = from_dag_cbor(data, &Limits::DEFAULT).expect("it is a token");
    assert_eq!(to_dag_cbor(&value).expect("it was read"), data);
    if let Ok(json) = to_dag_json(&value)
        && let Ok(again) = from_dag_json(&json)
    {
        assert_eq!(to_dag_cbor(&again).expect("it was shown"), data, "{json}");
    }
});
