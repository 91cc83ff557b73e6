//! Placeholder until the signer lands: a socket that signs.

use delegant::{Container, Did};
use thiserror::Error;

use crate::hand::Wish;

/// A signer behind a socket.
#[derive(Clone)]
pub struct SignerClient {
    did: Did,
}

impl SignerClient {
    /// Who signs.
    #[must_use]
    pub const fn did(&self) -> &Did {
        &self.did
    }

    /// Signs.
    ///
    /// # Errors
    /// [`SignerError`]
    #[expect(clippy::unused_async, reason = "placeholder")]
    pub async fn invoke(&self, _: &Wish) -> Result<Container, SignerError> {
        Err(SignerError)
    }
}

/// No signer.
#[derive(Debug, Error)]
#[error("no signer")]
pub struct SignerError;

impl SignerError {
    /// Its name.
    #[must_use]
    pub const fn code(&self) -> &str {
        "NoSigner"
    }
}
