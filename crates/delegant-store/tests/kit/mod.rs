//! Tokens for the tests.

use delegant::{
    Algorithm, Container, ContainerFormat, Delegation, Invocation, Nonce, Parsed, Revocation,
    SecretKey, Signer, Timestamp, Token, Verified,
};

/// 2026-06-01.
pub(crate) const NOW: i64 = 1_780_272_000;

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds).unwrap()
}

pub(crate) fn key(seed: u8) -> SecretKey {
    SecretKey::from_bytes(Algorithm::Ed25519, &[seed; 32]).unwrap()
}

/// Each gives to the next, from the first.
pub(crate) fn chain(keys: &[&SecretKey], expiration: i64) -> Vec<Verified<Delegation>> {
    let subject = keys.first().unwrap().did();
    let pairs = keys.iter().zip(keys.iter().skip(1));
    pairs
        .map(|(issuer, audience)| {
            Delegation::builder(audience.did(), subject.clone(), "/read".parse().unwrap())
                .expiration(at(expiration))
                .sign(*issuer, Nonce::empty())
                .unwrap()
        })
        .collect()
}

pub(crate) fn call(
    subject: &SecretKey,
    invoker: &SecretKey,
    proofs: &[Verified<Delegation>],
    expiration: i64,
    nonce: u64,
) -> Verified<Invocation> {
    Invocation::builder(subject.did(), "/read".parse().unwrap())
        .proofs(proofs.iter().map(Verified::cid))
        .expiration(at(expiration))
        .sign(invoker, Nonce::from_bytes(&nonce.to_be_bytes()).unwrap())
        .unwrap()
}

pub(crate) fn container(proofs: &[Verified<Delegation>], call: &Verified<Invocation>) -> Vec<u8> {
    let proofs = proofs.iter().cloned().map(Token::from);
    Container::from_iter(proofs.chain([call.clone().into()]))
        .encode(ContainerFormat::Bytes)
        .unwrap()
}

pub(crate) fn revocation(link: &Verified<Delegation>, revoker: &SecretKey) -> Verified<Revocation> {
    Revocation::builder(link.cid()).sign(revoker).unwrap()
}

pub(crate) fn parsed(proofs: &[Verified<Delegation>]) -> Vec<Parsed<Delegation>> {
    proofs.iter().map(Verified::to_parsed).collect()
}
