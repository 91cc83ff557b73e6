//! A key that signs, in this process.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::identity::key::{Algorithm, ParseKeyError, PublicKey};
use crate::identity::signer::{SigPayload, SignError, Signer};
use crate::identity::{ed25519, p256, secp256k1};

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
        Self::draw(algorithm, getrandom::fill)
    }

    /// Takes the first draw that makes a key.
    fn draw(
        algorithm: Algorithm,
        mut fill: impl FnMut(&mut [u8]) -> Result<(), getrandom::Error>,
    ) -> Result<Self, RandomError> {
        let mut bytes = Zeroizing::new([0; 32]);
        for _ in 0..DRAWS {
            fill(bytes.as_mut()).map_err(RandomError::System)?;
            if let Ok(key) = Self::from_bytes(algorithm, &bytes) {
                return Ok(key);
            }
        }
        Err(RandomError::NotRandom)
    }

    /// Reads the 32 bytes of a secret key: the seed for Ed25519, the scalar for the others.
    ///
    /// # Errors
    /// [`ParseKeyError::Secret`] for a scalar that is zero or beyond the curve's order.
    pub fn from_bytes(algorithm: Algorithm, bytes: &[u8; 32]) -> Result<Self, ParseKeyError> {
        let secret = match algorithm {
            Algorithm::Ed25519 => {
                Secret::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(bytes)))
            }
            Algorithm::P256 => ::p256::ecdsa::SigningKey::from_slice(bytes)
                .map(|key| Secret::P256(Box::new(key)))
                .map_err(|_| ParseKeyError::Secret)?,
            Algorithm::Secp256k1 => k256::ecdsa::SigningKey::from_slice(bytes)
                .map(|key| Secret::Secp256k1(Box::new(key)))
                .map_err(|_| ParseKeyError::Secret)?,
        };
        let public = match &secret {
            Secret::Ed25519(key) => PublicKey::from_bytes(algorithm, &ed25519::public_key(key)),
            Secret::P256(key) => PublicKey::from_bytes(algorithm, &p256::public_key(key)),
            Secret::Secp256k1(key) => PublicKey::from_bytes(algorithm, &secp256k1::public_key(key)),
        }?;
        Ok(Self { secret, public })
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

/// One draw in 2^32 or fewer lies beyond a curve's order: so many in a row are no randomness at all.
const DRAWS: usize = 16;

/// The system gave no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RandomError {
    /// It said so.
    #[error("the system gave no randomness: {0}")]
    System(#[source] getrandom::Error),
    /// What it gave made no key, time and again.
    #[error("what the system gave as randomness made no key in {DRAWS} draws")]
    NotRandom,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_without_randomness_gives_no_key() {
        let refuse = |_: &mut [u8]| Err(getrandom::Error::UNSUPPORTED);
        let drawn = SecretKey::draw(Algorithm::Ed25519, refuse).map(|key| key.public_key());
        let unsupported = RandomError::System(getrandom::Error::UNSUPPORTED);
        assert_eq!(drawn, Err(unsupported));
    }

    #[test]
    fn randomness_that_never_makes_a_key_gives_none() {
        let mut draws = 0;
        let beyond_the_order = |bytes: &mut [u8]| {
            draws += 1;
            bytes.fill(0xff);
            Ok(())
        };
        let drawn = SecretKey::draw(Algorithm::P256, beyond_the_order);
        assert_eq!(
            drawn.map(|key| key.public_key()),
            Err(RandomError::NotRandom)
        );
        assert_eq!(draws, DRAWS);
    }

    #[test]
    fn a_draw_that_makes_no_key_is_followed_by_another() {
        let mut byte = 0xff;
        let drawn = SecretKey::draw(Algorithm::Secp256k1, |bytes| {
            bytes.fill(byte);
            byte = 7;
            Ok(())
        });
        assert_eq!(*drawn.unwrap().to_bytes(), [7; 32]);
    }
}
