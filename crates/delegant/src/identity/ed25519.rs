//! Ed25519: RFC 8032, verified strictly.

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};

/// The y coordinates of the points of small order, sign bit cleared, least significant byte first.
///
/// A signature under such a key says nothing: some verify for every message. Knowing them by their
/// bytes spares decompressing the keys that are only named and never verify anything.
const SMALL_ORDER: [[u8; 32]; 5] = [
    *b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    *b"\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    *b"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",
    *b"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
    *b"\xec\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
];

/// p = 2^255 - 19, least significant byte first: y must be below it.
const PRIME: [u8; 32] =
    *b"\xed\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f";

/// Is this the one encoding of a key that can sign? Whether it lies on the curve is left open.
pub(super) fn is_sound(key: &[u8; 32]) -> bool {
    let mut y = *key;
    if let Some(top) = y.last_mut() {
        *top &= 0x7f;
    }
    y.iter().rev().lt(PRIME.iter().rev()) && !SMALL_ORDER.contains(&y)
}

pub(super) fn verifying_key(key: &[u8; 32]) -> Option<VerifyingKey> {
    VerifyingKey::from_bytes(key).ok()
}

pub(super) fn verifies(key: &VerifyingKey, message: &[u8], signature: &[u8; 64]) -> bool {
    key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature))
        .is_ok()
}

pub(super) fn public_key(key: &SigningKey) -> [u8; 32] {
    key.verifying_key().to_bytes()
}

pub(super) fn sign(key: &SigningKey, message: &[u8]) -> Option<[u8; 64]> {
    key.try_sign(message)
        .ok()
        .map(|signature| signature.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_small_orders_is_the_curves_own() {
        for y in SMALL_ORDER {
            for sign in [0, 0x80] {
                let mut key = y;
                key[31] |= sign;
                assert!(!is_sound(&key));
                if let Some(point) = verifying_key(&key) {
                    assert!(point.is_weak(), "{key:02x?}");
                }
            }
        }
    }

    #[test]
    fn refuses_y_at_and_above_the_prime() {
        for add in 0..19 {
            let mut key = PRIME;
            key[0] += add;
            assert!(!is_sound(&key));
        }
        let mut below = PRIME;
        below[0] -= 2;
        assert!(is_sound(&below));
    }
}
