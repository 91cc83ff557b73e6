//! ECDSA over P-256 with SHA-256; keys as compressed points, signatures as `r ‖ s`.
//!
//! Verified by `ring` where the feature of that name is on, which takes a quarter of the time, and by
//! the `p256` crate elsewhere: with the same verdict, which the same tests check of both.

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};

/// A point of the curve, ready to verify.
#[derive(Debug, Clone)]
pub(super) struct Point {
    #[cfg(feature = "ring")]
    uncompressed: [u8; 65],
    #[cfg(not(feature = "ring"))]
    key: VerifyingKey,
}

pub(super) fn point(key: &[u8; 33]) -> Option<Point> {
    let key = VerifyingKey::from_sec1_bytes(key).ok()?;
    Some(Point {
        #[cfg(feature = "ring")]
        uncompressed: key.to_sec1_point(false).as_bytes().try_into().ok()?,
        #[cfg(not(feature = "ring"))]
        key,
    })
}

/// Both spellings of one signature verify: anyone can turn the one into the other.
#[cfg(feature = "ring")]
pub(super) fn verifies(point: &Point, message: &[u8], signature: &[u8; 64]) -> bool {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point.uncompressed)
        .verify(message, signature)
        .is_ok()
}

/// Both spellings of one signature verify: anyone can turn the one into the other.
#[cfg(not(feature = "ring"))]
#[expect(
    clippy::disallowed_methods,
    reason = "the rule is for Ed25519; ECDSA has no stricter form"
)]
pub(super) fn verifies(point: &Point, message: &[u8], signature: &[u8; 64]) -> bool {
    use p256::ecdsa::signature::Verifier as _;
    Signature::from_slice(signature)
        .is_ok_and(|signature| point.key.verify(message, &signature.normalize_s()).is_ok())
}

pub(super) fn public_key(key: &SigningKey) -> Box<[u8]> {
    key.verifying_key().to_sec1_point(true).as_bytes().into()
}

/// Always the spelling with the low `s`.
pub(super) fn sign(key: &SigningKey, message: &[u8]) -> Option<[u8; 64]> {
    let signature: Signature = key.try_sign(message).ok()?;
    Some(signature.normalize_s().to_bytes().into())
}

/// The other spelling of the same signature: `(r, n − s)`.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "this minus is modulo the order: it has an answer for every scalar"
)]
pub(super) fn twin(signature: &[u8; 64]) -> Option<[u8; 64]> {
    let (r, s) = Signature::from_slice(signature).ok()?.split_scalars();
    Some(Signature::from_scalars(r, -s).ok()?.to_bytes().into())
}
