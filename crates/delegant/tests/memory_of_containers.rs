//! What a container may take in memory, and that a memory of proofs changes nothing about it.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::collections::BTreeMap;

use delegant::{
    Algorithm, Container, ContainerFormat, DecodeError, Delegation, Invocation, Ipld, Limit,
    Limits, Nonce, ProofCache, SecretKey, Signer, Token, Verified,
};

fn key() -> SecretKey {
    SecretKey::from_bytes(Algorithm::Ed25519, &[7; 32]).unwrap()
}

/// A delegation that carries so many small maps, in three bytes each.
fn with_maps(nonce: u8, maps: usize) -> Verified<Delegation> {
    let map = Ipld::Map(BTreeMap::from([(String::new(), Ipld::Null)]));
    Delegation::builder(key().did(), key().did(), "/read".parse().unwrap())
        .meta("m", Ipld::List(vec![map; maps]))
        .never_expires()
        .sign(&key(), Nonce::from_bytes(&[nonce]).unwrap())
        .unwrap()
}

fn container(proofs: &[Verified<Delegation>]) -> Vec<u8> {
    let call = Invocation::builder(key().did(), "/read".parse().unwrap())
        .proofs(proofs.iter().map(Verified::cid))
        .never_expires()
        .sign(&key(), Nonce::empty())
        .unwrap();
    let proofs = proofs.iter().cloned().map(Token::from);
    let container: Container = proofs.chain([call.into()]).collect();
    container.encode(ContainerFormat::Bytes).unwrap()
}

/// What a container of these weighs: the least limit within which it is read.
fn weight(bytes: &[u8]) -> usize {
    let within = |maximum: &usize| {
        let limits = Limits::default().lower(Limit::ContainerNodes, *maximum);
        Container::decode_within(bytes, &limits).is_ok()
    };
    (0..2_000).find(within).unwrap()
}

#[test]
fn a_map_counts_as_fourteen_values_and_everything_else_as_one() {
    let none = weight(&container(&[with_maps(0, 0)]));
    let one = weight(&container(&[with_maps(0, 1)]));
    // The map, its key, its value.
    assert_eq!(one - none, 14 + 1 + 1);
}

#[test]
fn many_tokens_of_many_small_maps_are_refused_before_they_are_built() {
    let proofs: Vec<_> = (0..30).map(|nonce| with_maps(nonce, 2_600)).collect();
    let bytes = container(&proofs);
    let mut read = None;
    let allocated = allocation_counter::measure(|| read = Some(Container::decode(&bytes)));
    let refusal = read.unwrap().unwrap_err();
    assert_eq!(refusal.code(), "LimitExceeded");
    assert!(
        matches!(refusal, DecodeError::InContainer { .. }),
        "{refusal}"
    );
    assert!(allocated.bytes_max < 8 << 20, "{}", allocated.bytes_max);

    // One of them by itself is in order.
    assert!(Container::decode(&container(&proofs[..1])).is_ok());
}

#[test]
fn remembered_proofs_count_as_much_as_those_that_are_read() {
    let proofs: Vec<_> = (0..4).map(|nonce| with_maps(nonce, 100)).collect();
    let bytes = container(&proofs);
    let weight = 4 * weight(&container(&proofs[..1]));
    for maximum in (weight / 2..weight + 100).step_by(50) {
        let limits = Limits::default().lower(Limit::ContainerNodes, maximum);
        let cache = ProofCache::with_capacity(1 << 20, limits.clone());
        for proof in &proofs {
            cache.insert(proof);
        }
        let plain = Container::decode_within(&bytes, &limits).map(drop);
        let known = Container::decode_known(&bytes, &cache).map(drop);
        assert_eq!(format!("{plain:?}"), format!("{known:?}"), "{maximum}");
    }
}
