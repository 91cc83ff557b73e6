//! Which algorithm does a signature claim? One constant header per algorithm, compared as bytes.

use crate::identity::key::Algorithm;

/// Varsig 1.0 header: algorithm, curve, hash, and DAG-CBOR as the payload's encoding.
pub(crate) const fn header(algorithm: Algorithm) -> &'static [u8] {
    match algorithm {
        Algorithm::Ed25519 => &[0x34, 0x01, 0xed, 0x01, 0xed, 0x01, 0x13, 0x71],
        Algorithm::P256 => &[0x34, 0x01, 0xec, 0x01, 0x80, 0x24, 0x12, 0x71],
        Algorithm::Secp256k1 => &[0x34, 0x01, 0xec, 0x01, 0xe7, 0x01, 0x12, 0x71],
    }
}

/// The algorithm with exactly this header.
pub(crate) fn algorithm(bytes: &[u8]) -> Option<Algorithm> {
    Algorithm::ALL
        .into_iter()
        .find(|algorithm| header(*algorithm) == bytes)
}
