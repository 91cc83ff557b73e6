//! Are the checks of the libraries beneath as strict as we rely on?
//!
//! Cargo unites features: another crate in the same program can switch on a lenient mode of a library
//! that we share. These inputs are known to be bad; whoever accepts one of them must not verify.

use thiserror::Error;

use crate::identity::key::{Algorithm, PublicKey};
use crate::identity::secret::SecretKey;
use crate::identity::signer::{SigPayload, Signer};
use crate::wire::dag_cbor::from_dag_cbor;
use crate::wire::limits::Limits;

/// Tries inputs that must be refused, and one that must not; for the start of a program.
///
/// It takes less than a millisecond.
///
/// # Errors
/// [`Weakened`], with what was accepted. Do not verify anything in such a program.
pub fn self_test() -> Result<(), Weakened> {
    let limits = Limits::DEFAULT;
    for (what, bytes) in NOT_DAG_CBOR {
        if from_dag_cbor(bytes, &limits).is_ok() {
            return Err(Weakened { what });
        }
    }
    if PublicKey::from_bytes(Algorithm::Ed25519, &IDENTITY).is_ok() {
        return Err(Weakened {
            what: "a key that anyone can sign for",
        });
    }
    for algorithm in Algorithm::ALL {
        signatures(algorithm)?;
    }
    Ok(())
}

/// A good signature holds, and no change to it does.
fn signatures(algorithm: Algorithm) -> Result<(), Weakened> {
    let lost = |what| Weakened { what };
    let key = SecretKey::from_bytes(algorithm, &[7; 32]).map_err(|_| lost("no key at all"))?;
    let message = b"delegant self-test";
    let good = key
        .sign(SigPayload::new(message))
        .map_err(|_| lost("a key that does not sign"))?;
    let verifying_key = key
        .public_key()
        .decompress()
        .ok_or_else(|| lost("a key that is no point"))?;
    if verifying_key.verify(message, &good).is_err() {
        return Err(lost("the refusal of a good signature"));
    }
    let mut other = good;
    if let Some(last) = other.last_mut() {
        *last ^= 1;
    }
    if verifying_key.verify(message, &other).is_ok() {
        return Err(lost("a changed signature"));
    }
    if algorithm == Algorithm::Ed25519 && verifying_key.verify(message, &plus_order(good)).is_ok() {
        return Err(lost("a second spelling of an Ed25519 signature"));
    }
    Ok(())
}

/// The same signature with the curve's order added to `S`: the same point, another spelling.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "two bytes and a carry are less than 2^16"
)]
fn plus_order(mut signature: [u8; 64]) -> [u8; 64] {
    let (_, s) = signature.split_at_mut(32);
    let mut carry = 0;
    for (byte, order) in s.iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        [*byte, _] = sum.to_le_bytes();
        carry = sum >> 8;
    }
    signature
}

/// The order of Ed25519's group, least significant byte first.
const ORDER: [u8; 32] = *b"\xed\xd3\xf5\x5c\x1a\x63\x12\x58\xd6\x9c\xf7\xa2\xde\xf9\xde\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10";

/// The neutral point: under it, one signature holds for every message.
const IDENTITY: [u8; 32] = {
    let mut bytes = [0; 32];
    bytes[0] = 1;
    bytes
};

const NOT_DAG_CBOR: [(&str, &[u8]); 11] = [
    ("an integer in more bytes than it needs", &[0x18, 0x17]),
    (
        "a text whose length takes more bytes than it needs",
        &[0x78, 0x01, b'a'],
    ),
    ("keys out of order", &[0xa2, 0x61, b'b', 0, 0x61, b'a', 0]),
    (
        "a key that is there twice",
        &[0xa2, 0x61, b'a', 0, 0x61, b'a', 0],
    ),
    ("a key that is bytes", &[0xa1, 0x41, b'a', 0]),
    ("a list without a length", &[0x9f, 0xff]),
    ("a float of 32 bits", &[0xfa, 0x3f, 0x80, 0, 0]),
    (
        "a float that is not a number",
        &[0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
    ),
    ("a tag other than that of a link", &[0xc1, 0]),
    ("bytes behind the value", &[0, 0]),
    (
        "bytes behind the CID of a link",
        &[
            0xd8, 42, 0x58, 38, 0, 1, 0x71, 0x12, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff,
        ],
    ),
];

/// Something was accepted, or lost, that must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the checks beneath are weakened: they let through {what}; look for a feature such as \
     `less-strict-decoding` or `legacy_compatibility` in `cargo tree -e features`"
)]
pub struct Weakened {
    what: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_weakened_here() {
        assert_eq!(self_test(), Ok(()));
    }

    #[test]
    fn each_bad_input_is_bad_by_one_thing_alone() {
        // The link without the byte behind it is sound, and so are the others, mended.
        let (_, link) = NOT_DAG_CBOR.last().unwrap();
        let mut mended = link[..link.len() - 1].to_vec();
        mended[3] -= 1;
        for sound in [
            mended.as_slice(),
            &[0x17],
            &[0x61, b'a'],
            &[0xa2, 0x61, b'a', 0, 0x61, b'b', 0],
            &[0x80],
            &[0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0],
            &[0],
        ] {
            assert!(
                from_dag_cbor(sound, &Limits::DEFAULT).is_ok(),
                "{sound:02x?}"
            );
        }
    }

    #[test]
    fn adding_the_order_keeps_the_scalar_below_256_bits() {
        let key = SecretKey::from_bytes(Algorithm::Ed25519, &[7; 32]).unwrap();
        let good = key.sign(SigPayload::new(b"delegant self-test")).unwrap();
        let other = plus_order(good);
        assert_ne!(good, other);
        assert_eq!(good[..32], other[..32]);
        // By long subtraction: what lies between the two is the order, to the last byte.
        let mut borrow = 0;
        for place in 0..32 {
            let order = i32::from(other[32 + place]) - i32::from(good[32 + place]) - borrow;
            assert_eq!(order.rem_euclid(256), i32::from(ORDER[place]), "{place}");
            borrow = i32::from(order < 0);
        }
        assert_eq!(borrow, 0);
        // Below the order, with a quarter of the room above left: no carry is lost.
        assert!(good[63] <= 0x10 && other[63] >= good[63]);
    }
}
