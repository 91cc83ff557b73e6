//! ECDSA over secp256k1 with SHA-256; keys as compressed points, signatures as `r ‖ s`.

use k256::ecdsa::signature::{Signer as _, Verifier as _};
use k256::ecdsa::{Signature, SigningKey, VerifyingKey};

pub(super) fn verifying_key(key: &[u8; 33]) -> Option<VerifyingKey> {
    VerifyingKey::from_sec1_bytes(key).ok()
}

/// Both spellings of one signature verify: anyone can turn the one into the other.
#[expect(
    clippy::disallowed_methods,
    reason = "the rule is for Ed25519; ECDSA has no stricter form"
)]
pub(super) fn verifies(key: &VerifyingKey, message: &[u8], signature: &[u8; 64]) -> bool {
    Signature::from_slice(signature)
        .is_ok_and(|signature| key.verify(message, &signature.normalize_s()).is_ok())
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
