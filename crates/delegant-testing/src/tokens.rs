//! Tokens.

use delegant::{
    Algorithm, Container, ContainerFormat, Delegation, Invocation, Nonce, Parsed, Revocation,
    SecretKey, Signer, Timestamp, Token, Verified,
};

/// 2026-06-01.
pub const NOW: i64 = 1_780_272_000;

/// The moment this many seconds after 1970 began.
#[must_use]
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds).unwrap()
}

/// An Ed25519 key, the same for the same seed.
#[must_use]
pub fn key(seed: u8) -> SecretKey {
    SecretKey::from_bytes(Algorithm::Ed25519, &[seed; 32]).unwrap()
}

/// Each gives to the next, from the first.
#[must_use]
pub fn chain(keys: &[&SecretKey], expiration: i64) -> Vec<Verified<Delegation>> {
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

/// One asks for `/read` on behalf of another.
#[must_use]
pub fn call(
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

/// As it is sent.
#[must_use]
pub fn container(proofs: &[Verified<Delegation>], call: &Verified<Invocation>) -> Vec<u8> {
    let proofs = proofs.iter().cloned().map(Token::from);
    Container::from_iter(proofs.chain([call.clone().into()]))
        .encode(ContainerFormat::Bytes)
        .unwrap()
}

/// One takes a link back.
#[must_use]
pub fn revocation(link: &Verified<Delegation>, revoker: &SecretKey) -> Verified<Revocation> {
    Revocation::builder(link.cid()).sign(revoker).unwrap()
}

/// As somebody else has them.
#[must_use]
pub fn parsed(proofs: &[Verified<Delegation>]) -> Vec<Parsed<Delegation>> {
    proofs.iter().map(Verified::to_parsed).collect()
}

/// The present moment.
#[must_use]
pub fn now() -> Timestamp {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
    at(since.as_secs().try_into().unwrap())
}

/// A P-256 key, the same for the same seed.
#[must_use]
pub fn p256(seed: u8) -> SecretKey {
    SecretKey::from_bytes(Algorithm::P256, &[seed; 32]).unwrap()
}

/// The same P-256 token with the other spelling of its signature.
#[must_use]
pub fn twin(token: &Verified<Delegation>) -> Verified<Delegation> {
    // The order of the group, less the second half of the signature.
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
        0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let mut bytes = token.bytes().to_vec();
    // The head of the list, and two bytes of head before 64 of signature.
    let second = bytes.get_mut(3 + 32..3 + 64).unwrap();
    let mut borrow = 0;
    for (digit, order) in second.iter_mut().rev().zip(ORDER.iter().rev()) {
        let difference = i16::from(*order) - i16::from(*digit) - borrow;
        borrow = i16::from(difference < 0);
        *digit = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    Parsed::decode(&bytes)
        .unwrap()
        .verify(&delegant::DidKeys)
        .unwrap()
}
