//! Which keys are there, and when does a signature hold?

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::identity::did::Did;
use crate::identity::signer::{SigPayload, SignError, Signer};
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
            Encoded::P256(key) => Point::P256(p256::verifying_key(key)?),
            Encoded::Secp256k1(key) => Point::Secp256k1(secp256k1::verifying_key(key)?),
        }))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", Did::from(*self))
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
    P256(::p256::ecdsa::VerifyingKey),
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

/// A secret key in this process. Wiped when dropped; never printed.
///
/// ```
/// use delegant::{Algorithm, SecretKey, Signer};
///
/// let alice = SecretKey::generate(Algorithm::Ed25519)?;
/// assert!(alice.did().to_string().starts_with("did:key:z6Mk"));
/// assert!(!format!("{alice:?}").contains(&format!("{:?}", alice.to_bytes())));
/// # Ok::<(), delegant::RandomError>(())
/// ```
pub struct SecretKey {
    secret: Secret,
    public: PublicKey,
}

// Each of them wipes itself when dropped.
enum Secret {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    P256(Box<::p256::ecdsa::SigningKey>),
    Secp256k1(Box<k256::ecdsa::SigningKey>),
}

impl SecretKey {
    /// A new key, from the system's randomness.
    ///
    /// # Errors
    /// [`RandomError`] where the system has none to give.
    pub fn generate(algorithm: Algorithm) -> Result<Self, RandomError> {
        let mut bytes = Zeroizing::new([0; 32]);
        loop {
            getrandom::fill(bytes.as_mut()).map_err(RandomError)?;
            // One in 2^32 draws or fewer lies beyond the curve's order.
            if let Ok(key) = Self::from_bytes(algorithm, &bytes) {
                return Ok(key);
            }
        }
    }

    /// Reads the 32 bytes of a secret key: the seed for Ed25519, the scalar for the others.
    ///
    /// # Errors
    /// [`ParseKeyError::Secret`] for a scalar that is zero or beyond the curve's order.
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8; 32]) -> Result<Self, ParseKeyError> {
        let (secret, public) = match algorithm {
            Algorithm::Ed25519 => {
                let key = ed25519_dalek::SigningKey::from_bytes(bytes);
                let public = ed25519::public_key(&key);
                (Secret::Ed25519(Box::new(key)), Encoded::Ed25519(public))
            }
            Algorithm::P256 => {
                let key = ::p256::ecdsa::SigningKey::from_slice(bytes)
                    .map_err(|_| ParseKeyError::Secret)?;
                let public = p256::public_key(&key).ok_or(ParseKeyError::Secret)?;
                (Secret::P256(Box::new(key)), Encoded::P256(public))
            }
            Algorithm::Secp256k1 => {
                let key = k256::ecdsa::SigningKey::from_slice(bytes)
                    .map_err(|_| ParseKeyError::Secret)?;
                let public = secp256k1::public_key(&key).ok_or(ParseKeyError::Secret)?;
                (Secret::Secp256k1(Box::new(key)), Encoded::Secp256k1(public))
            }
        };
        Ok(Self {
            secret,
            public: PublicKey(public),
        })
    }

    /// The 32 bytes, for a key file; wiped when dropped.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(match &self.secret {
            Secret::Ed25519(key) => key.to_bytes(),
            Secret::P256(key) => key.to_bytes().into(),
            Secret::Secp256k1(key) => key.to_bytes().into(),
        })
    }
}

impl Signer for SecretKey {
    fn public_key(&self) -> PublicKey {
        self.public
    }

    fn sign(&self, payload: SigPayload<'_>) -> Result<[u8; 64], SignError> {
        let message = payload.as_bytes();
        match &self.secret {
            Secret::Ed25519(key) => ed25519::sign(key, message),
            Secret::P256(key) => p256::sign(key, message),
            Secret::Secp256k1(key) => secp256k1::sign(key, message),
        }
        .ok_or_else(|| SignError::new("the key could not sign"))
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SecretKey({:?})", self.public)
    }
}

/// The system gave no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the system gave no randomness: {0}")]
pub struct RandomError(#[source] pub(crate) getrandom::Error);
