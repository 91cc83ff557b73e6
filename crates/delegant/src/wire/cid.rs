//! Which token is this? The one form of CID that a token has.

use std::fmt;
use std::str::FromStr;

use ipld_core::ipld::Ipld;
use multibase::Base;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// The CID of a token: CIDv1, DAG-CBOR, SHA-256; 36 bytes, of which the last 32 tell tokens apart.
///
/// Printed in base32 (`bafyrei…`); read in base32 and in base58btc (`zdpu…`), and in no other
/// spelling. UCAN 1.0, "Content Identifiers".
///
/// ```
/// use delegant::Cid;
///
/// let cid = Cid::of(b"the bytes of a token, as received");
/// assert_eq!(cid.to_string().parse::<Cid>()?, cid);
/// # Ok::<(), delegant::ParseCidError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cid([u8; 32]);

/// Version 1, codec dag-cbor, hash sha2-256, 32 bytes of it.
const PREFIX: [u8; 4] = [0x01, 0x71, 0x12, 0x20];
const LENGTH: usize = 36;

impl Cid {
    /// The CID of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Reads the 36 bytes of a CID.
    ///
    /// # Errors
    /// Any other length, version, codec or hash is a [`ParseCidError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ParseCidError> {
        let digest = bytes
            .strip_prefix(&PREFIX)
            .ok_or(ParseCidError::NotATokensCid)?;
        let digest = digest
            .try_into()
            .map_err(|_| ParseCidError::NotATokensCid)?;
        Ok(Self(digest))
    }

    /// The 36 bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        let (prefix, digest) = bytes.split_at_mut(PREFIX.len());
        prefix.copy_from_slice(&PREFIX);
        digest.copy_from_slice(&self.0);
        bytes
    }

    /// The SHA-256 that the CID holds.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Cid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&multibase::encode(Base::Base32Lower, self.to_bytes()))
    }
}

impl fmt::Debug for Cid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Cid {
    type Err = ParseCidError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > 64 {
            return Err(ParseCidError::Spelling);
        }
        let (base, bytes) = multibase::decode(text).map_err(|_| ParseCidError::Spelling)?;
        // The reader is lenient (upper case, for one): the text must be the one that we would write.
        if !matches!(base, Base::Base32Lower | Base::Base58Btc)
            || multibase::encode(base, &bytes) != text
        {
            return Err(ParseCidError::Spelling);
        }
        Self::from_bytes(&bytes)
    }
}

impl From<Cid> for Ipld {
    fn from(cid: Cid) -> Self {
        // 36 bytes of the one form always read as a general CID.
        cid::Cid::try_from(cid.to_bytes().as_slice()).map_or(Self::Null, Self::Link)
    }
}

/// Why a text or some bytes are not the CID of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseCidError {
    /// Not base32 in lower case behind `b`, nor base58btc behind `z`.
    #[error("not a CID in base32 (`bafyrei…`) or base58btc (`zdpu…`)")]
    Spelling,
    /// A CID perhaps, but not of a token.
    #[error("not the CID of a token: that is CIDv1, dag-cbor, sha2-256, 36 bytes")]
    NotATokensCid,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_base32_and_base58_and_prints_base32() {
        let cid = Cid::of(b"");
        let base58 = multibase::encode(Base::Base58Btc, cid.to_bytes());
        assert_eq!(base58.parse(), Ok(cid));
        assert!(cid.to_string().starts_with("bafyrei"));
        assert_eq!(cid.to_string().parse(), Ok(cid));
    }

    #[test]
    fn refuses_every_other_spelling() {
        let text = Cid::of(b"").to_string();
        for other in [
            text.to_uppercase(),
            format!("/ipfs/{text}"),
            format!("{text}aa"),
            format!(" {text}"),
            multibase::encode(Base::Base16Lower, Cid::of(b"").to_bytes()),
            String::new(),
        ] {
            assert!(other.parse::<Cid>().is_err(), "{other}");
        }
    }

    #[test]
    fn refuses_other_codecs_hashes_and_lengths() {
        let good = Cid::of(b"").to_bytes();
        for (place, byte) in [(0, 0), (1, 0x55), (2, 0x13), (3, 0x1f)] {
            let mut bytes = good;
            bytes[place] = byte;
            assert_eq!(Cid::from_bytes(&bytes), Err(ParseCidError::NotATokensCid));
        }
        let mut longer = good.to_vec();
        longer.push(0);
        assert!(Cid::from_bytes(&longer).is_err());
        assert!(Cid::from_bytes(&good[..35]).is_err());
    }
}
