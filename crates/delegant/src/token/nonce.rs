//! What makes a token unlike any other?

use std::fmt;

use thiserror::Error;

use crate::identity::secret::RandomError;

/// Up to 64 bytes that make one token differ from another with the same content; empty marks an
/// idempotent invocation. UCAN 1.0, "Nonce".
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Nonce {
    bytes: [u8; LONGEST],
    length: u8,
}

const LONGEST: usize = 64;

impl Nonce {
    /// 16 bytes from the system's randomness.
    ///
    /// # Errors
    /// [`RandomError`] where the system has none to give.
    pub fn random() -> Result<Self, RandomError> {
        let mut bytes = [0; LONGEST];
        let (random, _) = bytes.split_at_mut(16);
        getrandom::fill(random).map_err(RandomError::System)?;
        Ok(Self { bytes, length: 16 })
    }

    /// No bytes at all: the same invocation, signed twice, is one task.
    #[must_use]
    pub const fn empty() -> Self {
        Self {
            bytes: [0; LONGEST],
            length: 0,
        }
    }

    /// These bytes.
    ///
    /// # Errors
    /// [`NonceTooLong`] past 64 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NonceTooLong> {
        let mut nonce = Self::empty();
        let place = nonce.bytes.get_mut(..bytes.len()).ok_or(NonceTooLong)?;
        place.copy_from_slice(bytes);
        nonce.length = u8::try_from(bytes.len()).map_err(|_| NonceTooLong)?;
        Ok(nonce)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes
            .get(..usize::from(self.length))
            .unwrap_or_default()
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.as_bytes() {
            write!(formatter, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// More than 64 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a nonce has at most {LONGEST} bytes")]
pub struct NonceTooLong;
