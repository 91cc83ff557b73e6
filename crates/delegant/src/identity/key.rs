//! Which keys are there, and when does a signature hold?

use std::fmt;

use thiserror::Error;

use crate::identity::{ed25519, p256, secp256k1};

/// A signature algorithm, with the one curve and hash that go with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Algorithm {
    /// Ed25519 (RFC 8032), verified strictly.
    Ed25519,
    /// ECDSA over P-256 with SHA-256.
    P256,
    /// ECDSA over secp256k1 with SHA-256.
    Secp256k1,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ed25519, Self::P256, Self::Secp256k1];
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Ed25519 => "Ed25519",
            Self::P256 => "P-256",
            Self::Secp256k1 => "secp256k1",
        })
    }
}

/// A public key in its one encoding, as a `did:key` names it.
///
/// Ed25519 keys of small order and non-canonical encodings do not exist as values of this type.
/// Whether the bytes are a point of the curve shows when something is verified.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PublicKey(Encoded);

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Encoded {
    Ed25519([u8; 32]),
    P256([u8; 33]),
    Secp256k1([u8; 33]),
}

impl PublicKey {
    /// Reads a key: 32 bytes for Ed25519, 33 (a compressed point) for the others.
    ///
    /// # Errors
    /// [`ParseKeyError`] where the length or form is another, or the key is weak.
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, ParseKeyError> {
        let length = ParseKeyError::Length {
            algorithm,
            found: bytes.len(),
        };
        Ok(Self(match algorithm {
            Algorithm::Ed25519 => {
                let key = bytes.try_into().map_err(|_| length)?;
                if !ed25519::is_sound(&key) {
                    return Err(ParseKeyError::Weak);
                }
                Encoded::Ed25519(key)
            }
            Algorithm::P256 => Encoded::P256(compressed(bytes, length)?),
            Algorithm::Secp256k1 => Encoded::Secp256k1(compressed(bytes, length)?),
        }))
    }

    /// Its algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self.0 {
            Encoded::Ed25519(_) => Algorithm::Ed25519,
            Encoded::P256(_) => Algorithm::P256,
            Encoded::Secp256k1(_) => Algorithm::Secp256k1,
        }
    }

    /// Its 32 or 33 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Encoded::Ed25519(bytes) => bytes,
            Encoded::P256(bytes) | Encoded::Secp256k1(bytes) => bytes,
        }
    }

    /// Makes it ready to verify; the costly part is decompressing the point.
    ///
    /// `None` where the bytes are no point of the curve: nobody can sign for such a key.
    #[must_use]
    pub fn decompress(&self) -> Option<VerifyingKey> {
        Some(VerifyingKey(match &self.0 {
            Encoded::Ed25519(key) => Point::Ed25519(ed25519::verifying_key(key)?),
            Encoded::P256(key) => Point::P256(p256::point(key)?),
            Encoded::Secp256k1(key) => Point::Secp256k1(secp256k1::verifying_key(key)?),
        }))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ", self.algorithm())?;
        for byte in self.as_bytes() {
            write!(formatter, "{byte:02x}")?;
        }
        Ok(())
    }
}

fn compressed(bytes: &[u8], length: ParseKeyError) -> Result<[u8; 33], ParseKeyError> {
    let key: [u8; 33] = bytes.try_into().map_err(|_| length)?;
    match key {
        [2 | 3, ..] => Ok(key),
        _ => Err(ParseKeyError::NotCompressed),
    }
}

/// Why bytes are not a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseKeyError {
    /// Too short or too long.
    #[error("a key for {algorithm} has {} bytes, not {found}", if *algorithm == Algorithm::Ed25519 { 32 } else { 33 })]
    Length {
        /// For this algorithm.
        algorithm: Algorithm,
        /// Bytes found.
        found: usize,
    },
    /// Not the compressed form of a point.
    #[error("not a compressed point: the first byte must be 2 or 3")]
    NotCompressed,
    /// An Ed25519 key of small order, or with a second spelling.
    #[error("an Ed25519 key that anyone can sign for, or a second spelling of another key")]
    Weak,
    /// A secret key that is zero or beyond the curve's order.
    #[error("not a secret key of the curve")]
    Secret,
}

/// A public key that is ready to verify.
#[derive(Debug, Clone)]
pub struct VerifyingKey(Point);

#[derive(Debug, Clone)]
enum Point {
    Ed25519(ed25519_dalek::VerifyingKey),
    P256(p256::Point),
    Secp256k1(k256::ecdsa::VerifyingKey),
}

impl VerifyingKey {
    /// The algorithm it verifies.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self.0 {
            Point::Ed25519(_) => Algorithm::Ed25519,
            Point::P256(_) => Algorithm::P256,
            Point::Secp256k1(_) => Algorithm::Secp256k1,
        }
    }

    /// Did this key sign exactly this message?
    ///
    /// Ed25519 strictly; ECDSA in both spellings of `s`. Any length but 64 is no signature.
    ///
    /// # Errors
    /// [`BadSignature`], which says no more: there is nothing more to know.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        let signature = signature.try_into().map_err(|_| BadSignature)?;
        let verifies = match &self.0 {
            Point::Ed25519(key) => ed25519::verifies(key, message, signature),
            Point::P256(key) => p256::verifies(key, message, signature),
            Point::Secp256k1(key) => secp256k1::verifies(key, message, signature),
        };
        verifies.then_some(()).ok_or(BadSignature)
    }
}

/// The signature does not belong to this key and message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a signature of this key over these bytes")]
pub struct BadSignature;

/// The other spelling of a signature, for the algorithms whose signatures have two.
pub(crate) fn twin(algorithm: Algorithm, signature: &[u8]) -> Option<[u8; 64]> {
    let signature = signature.try_into().ok()?;
    match algorithm {
        Algorithm::Ed25519 => None,
        Algorithm::P256 => p256::twin(signature),
        Algorithm::Secp256k1 => secp256k1::twin(signature),
    }
}
