//! What makes a token unlike any other?

use std::fmt;

use thiserror::Error;

use crate::identity::secret::RandomError;
use crate::wire::footprint;

/// Up to 64 bytes that make one token differ from another with the same content; empty marks an
/// idempotent invocation. UCAN 1.0, "Nonce".
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Nonce(Bytes);

/// Ours, and most, fit into the value itself.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Bytes {
    Short { bytes: [u8; SHORT], length: u8 },
    Long(Box<[u8]>),
}

const LONGEST: usize = 64;
const SHORT: usize = 22;
/// Of our own.
const RANDOM: usize = 16;

impl Nonce {
    /// 16 bytes from the system's randomness.
    ///
    /// # Errors
    /// [`RandomError`] where the system has none to give.
    pub fn random() -> Result<Self, RandomError> {
        let mut bytes = [0; RANDOM];
        getrandom::fill(&mut bytes).map_err(RandomError::System)?;
        Ok(Self::of(&bytes))
    }

    /// No bytes at all: the same invocation, signed twice, is one task.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Bytes::Short {
            bytes: [0; SHORT],
            length: 0,
        })
    }

    /// These bytes.
    ///
    /// # Errors
    /// [`NonceTooLong`] past 64 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NonceTooLong> {
        if bytes.len() > LONGEST {
            return Err(NonceTooLong);
        }
        Ok(Self::of(bytes))
    }

    fn of(bytes: &[u8]) -> Self {
        let mut short = [0; SHORT];
        match (short.get_mut(..bytes.len()), u8::try_from(bytes.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(bytes);
                Self(Bytes::Short {
                    bytes: short,
                    length,
                })
            }
            _ => Self(Bytes::Long(bytes.into())),
        }
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Bytes::Short { bytes, length } => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Bytes::Long(bytes) => bytes,
        }
    }

    /// Bytes on the heap.
    pub(crate) fn footprint(&self) -> usize {
        match &self.0 {
            Bytes::Short { .. } => 0,
            Bytes::Long(bytes) => footprint::list::<u8>(bytes.len()),
        }
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
