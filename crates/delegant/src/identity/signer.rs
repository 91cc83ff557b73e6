//! Where does a signature come from? A key here, or one that lives elsewhere.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::identity::did::Did;
use crate::identity::key::PublicKey;

/// Something that signs tokens with one key: a [`SecretKey`](crate::SecretKey) in this process, or
/// a door to an HSM, another process or a browser.
///
/// What it returns is verified before a token leaves the builder, so a signer that answers with
/// another key or other bytes yields an error and no token.
pub trait Signer {
    /// The key it signs with.
    fn public_key(&self) -> PublicKey;

    /// Signs the payload of a token: 64 bytes, for ECDSA `r ‖ s` with the low `s`.
    ///
    /// # Errors
    /// Whatever keeps it from signing.
    fn sign(&self, payload: SigPayload<'_>) -> Result<[u8; 64], SignError>;

    /// The DID that it signs as: the `did:key` of its key, unless it says otherwise.
    fn did(&self) -> Did {
        self.public_key().into()
    }
}

impl<S: Signer + ?Sized> Signer for &S {
    fn public_key(&self) -> PublicKey {
        (**self).public_key()
    }

    fn sign(&self, payload: SigPayload<'_>) -> Result<[u8; 64], SignError> {
        (**self).sign(payload)
    }

    fn did(&self) -> Did {
        (**self).did()
    }
}

impl<S: Signer + ?Sized> Signer for Arc<S> {
    fn public_key(&self) -> PublicKey {
        (**self).public_key()
    }

    fn sign(&self, payload: SigPayload<'_>) -> Result<[u8; 64], SignError> {
        (**self).sign(payload)
    }

    fn did(&self) -> Did {
        (**self).did()
    }
}

/// What a token's signature covers. Only a token's builder makes one, so that a key that signs
/// through [`Signer`] never signs anything else.
#[derive(Clone, Copy)]
pub struct SigPayload<'a>(&'a [u8]);

impl<'a> SigPayload<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes to sign.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }
}

// A signer may log what it is asked for, and the bytes are a whole token but for its signature.
impl fmt::Debug for SigPayload<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigPayload({} bytes)", self.0.len())
    }
}

/// The signer did not sign.
#[derive(Debug, thiserror::Error)]
#[error("not signed: {0}")]
pub struct SignError(#[source] Box<dyn Error + Send + Sync>);

impl SignError {
    /// Wraps what kept the signer from signing.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}
