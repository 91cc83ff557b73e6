//! What is a principal called? DIDs, and the keys behind them.

use std::fmt;
use std::str::FromStr;

use smol_str::SmolStr;
use thiserror::Error;

use crate::identity::base58::{self, NoNumber};
use crate::identity::key::{Algorithm, ParseKeyError, PublicKey, VerifyingKey};
use crate::wire::footprint;

/// The name of a principal: a `did:key`, or another DID whose key [`Keys`] must know.
///
/// `did:key` is read in its one spelling (`did:key:z…`), and equality is equality of keys. DID URLs
/// (fragments, queries, paths) are refused.
///
/// ```
/// use delegant::Did;
///
/// let did: Did = "did:key:z6MkgGykN9ARNFjEzowVq4mLP2kL4NsyAaDGXeJFQ5qE1bfg".parse()?;
/// assert!(did.public_key().is_some());
/// # Ok::<(), delegant::ParseDidError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Did(Name);

#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Name {
    Key(PublicKey),
    /// The whole text.
    Other(SmolStr),
}

const DID_KEY: &str = "did:key:";
/// No `did:key` of our algorithms is longer; base58 takes quadratic time to read.
const LONGEST: usize = 128;
/// The two-byte codec and 33 bytes of key.
const LONGEST_KEY: usize = 35;

impl Did {
    /// The key, where the DID itself says it.
    #[must_use]
    pub const fn public_key(&self) -> Option<&PublicKey> {
        match &self.0 {
            Name::Key(key) => Some(key),
            Name::Other(_) => None,
        }
    }

    /// Bytes on the heap.
    pub(crate) fn footprint(&self) -> usize {
        match &self.0 {
            Name::Key(_) => 0,
            Name::Other(text) => footprint::text(text),
        }
    }

    fn read_key(encoded: &str) -> Result<PublicKey, ParseDidError> {
        let encoded = encoded
            .strip_prefix('z')
            .ok_or(ParseDidError::NotBase58btc)?;
        if encoded.contains(['#', '?', '/', ';']) {
            return Err(ParseDidError::Url);
        }
        let mut bytes = [0; base58::BYTES];
        // Base58 is a numeral system: a number has one spelling, but for leading zeros (`1`), and
        // no codec below begins with a zero byte. So this text is the one that we would write.
        let length = base58::decode(encoded, &mut bytes).map_err(|cause| match cause {
            NoNumber::NotBase58 => ParseDidError::NotBase58btc,
            NoNumber::NoKey => ParseDidError::UnsupportedKey,
        })?;
        let key = match bytes.get(..length) {
            Some([0xed, 0x01, key @ ..]) => PublicKey::from_bytes(Algorithm::Ed25519, key)?,
            Some([0x80, 0x24, key @ ..]) => PublicKey::from_bytes(Algorithm::P256, key)?,
            Some([0xe7, 0x01, key @ ..]) => PublicKey::from_bytes(Algorithm::Secp256k1, key)?,
            _ => return Err(ParseDidError::UnsupportedKey),
        };
        Ok(key)
    }
}

/// The text behind `did:key:z`.
fn write_key<'b>(key: &PublicKey, buffer: &'b mut [u8; LONGEST]) -> Option<&'b str> {
    let codec: [u8; 2] = match key.algorithm() {
        Algorithm::Ed25519 => [0xed, 0x01],
        Algorithm::P256 => [0x80, 0x24],
        Algorithm::Secp256k1 => [0xe7, 0x01],
    };
    let mut bytes = [0; LONGEST_KEY];
    let bytes = bytes.get_mut(..key.as_bytes().len().checked_add(codec.len())?)?;
    let (head, tail) = bytes.split_at_mut(codec.len());
    head.copy_from_slice(&codec);
    tail.copy_from_slice(key.as_bytes());
    let length = bs58::encode(&*bytes).onto(buffer.as_mut_slice()).ok()?;
    std::str::from_utf8(buffer.get(..length)?).ok()
}

impl From<PublicKey> for Did {
    fn from(key: PublicKey) -> Self {
        Self(Name::Key(key))
    }
}

impl FromStr for Did {
    type Err = ParseDidError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > LONGEST {
            return Err(ParseDidError::TooLong);
        }
        if let Some(encoded) = text.strip_prefix(DID_KEY) {
            return Ok(Self(Name::Key(Self::read_key(encoded)?)));
        }
        let (method, name) = text
            .strip_prefix("did:")
            .and_then(|rest| rest.split_once(':'))
            .ok_or(ParseDidError::NotADid)?;
        if name.contains(['#', '?', '/', ';']) {
            return Err(ParseDidError::Url);
        }
        let method_is_sound = !method.is_empty()
            && method
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let name_is_sound = !name.is_empty()
            && !name.ends_with(':')
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-_:%".contains(&byte))
            // DID Core, “DID Syntax”: a percent sign begins two hexadecimal digits.
            && name.split('%').skip(1).all(|encoded| {
                matches!(encoded.as_bytes(), [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
            });
        if !method_is_sound || !name_is_sound {
            return Err(ParseDidError::NotADid);
        }
        Ok(Self(Name::Other(text.into())))
    }
}

impl fmt::Display for Did {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Name::Key(key) => {
                let mut text = [0; LONGEST];
                let encoded = write_key(key, &mut text).ok_or(fmt::Error)?;
                write!(formatter, "{DID_KEY}z{encoded}")
            }
            Name::Other(text) => formatter.write_str(text),
        }
    }
}

impl fmt::Debug for Did {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Why a text is not a DID that we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseDidError {
    /// Longer than 128 characters.
    #[error("longer than {LONGEST} characters")]
    TooLong,
    /// Not `did:method:name`.
    #[error("not a DID: expected `did:key:z…` or `did:method:name`")]
    NotADid,
    /// It has a fragment, a query, a path or parameters.
    #[error("a DID URL: leave out the fragment, query or path")]
    Url,
    /// Not `z` and base58btc.
    #[error("not base58btc behind `did:key:z`")]
    NotBase58btc,
    /// A key of an algorithm that we do not have.
    #[error("neither an Ed25519, a P-256 nor a secp256k1 key")]
    UnsupportedKey,
    /// Not a sound key.
    #[error(transparent)]
    Key(#[from] ParseKeyError),
}

/// The keys of principals, as far as they are at hand: nothing is fetched while verifying.
///
/// [`DidKeys`] is enough for `did:key`. For other methods, resolve before, and answer from memory.
pub trait Keys {
    /// The key that signs for this principal, or `None` where it is not at hand.
    fn verifying_key(&self, did: &Did) -> Option<VerifyingKey>;

    /// Is told of each key that has verified a signature. Nothing needs to be done with it.
    fn has_verified(&self, did: &Did, key: &VerifyingKey) {
        let _ = (did, key);
    }
}

impl<K: Keys + ?Sized> Keys for &K {
    fn verifying_key(&self, did: &Did) -> Option<VerifyingKey> {
        (**self).verifying_key(did)
    }

    fn has_verified(&self, did: &Did, key: &VerifyingKey) {
        (**self).has_verified(did, key);
    }
}

/// The keys that `did:key`s name themselves, and no others.
#[derive(Debug, Clone, Copy, Default)]
pub struct DidKeys;

impl Keys for DidKeys {
    fn verifying_key(&self, did: &Did) -> Option<VerifyingKey> {
        did.public_key()?.decompress()
    }
}
