//! Which body? The digest that an invocation names a request's or response's body by.

use std::fmt;

use delegant::Ipld;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

/// The SHA-256 of a body; among arguments, 32 bytes.
///
/// A command whose call has a body declares it: `body: BodyDigest`, or `Option<BodyDigest>` where
/// the body may be empty.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BodyDigest([u8; 32]);

impl BodyDigest {
    /// The digest of these bytes, be they none.
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        Self(Sha256::digest(body).into())
    }

    /// The digest of these bytes, or `None` where there are none: what the plain binding signs.
    #[must_use]
    pub fn of_some(body: &[u8]) -> Option<Self> {
        (!body.is_empty()).then(|| Self::of(body))
    }

    /// A digest that was computed elsewhere, such as over a stream.
    #[must_use]
    pub const fn from_bytes(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for BodyDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("BodyDigest(")?;
        for byte in self.0 {
            write!(formatter, "{byte:02x}")?;
        }
        formatter.write_str(")")
    }
}

impl From<BodyDigest> for Ipld {
    fn from(digest: BodyDigest) -> Self {
        Self::Bytes(digest.0.to_vec())
    }
}

impl Serialize for BodyDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for BodyDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(Read)
    }
}

struct Read;

impl Visitor<'_> for Read {
    type Value = BodyDigest;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the 32 bytes of a SHA-256")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<BodyDigest, E> {
        let digest = bytes
            .try_into()
            .map_err(|_| E::invalid_length(bytes.len(), &self))?;
        Ok(BodyDigest(digest))
    }
}
