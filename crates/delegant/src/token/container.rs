//! How do many tokens travel as one?

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::mem;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use ipld_core::ipld::Ipld;
use thiserror::Error;

use crate::token::decode_error::DecodeError;
use crate::token::delegation::Delegation;
use crate::token::envelope::{Envelope, Kind, Parsed, Verified};
use crate::token::invocation::Invocation;
use crate::wire::cid::Cid;
use crate::wire::dag_cbor;
use crate::wire::limits::{Limit, LimitExceeded, Limits};
use crate::wire::tree::{Node, Scratch, Tree};

/// Tokens that travel together: usually one invocation and its proofs. UCAN Container.
///
/// ```
/// use delegant::{Algorithm, Container, ContainerFormat, Invocation, Nonce, SecretKey, Signer};
///
/// let alice = SecretKey::generate(Algorithm::Ed25519)?;
/// let invocation = Invocation::builder(alice.did(), "/ping".parse()?)
///     .never_expires()
///     .sign(&alice, Nonce::random()?)?;
/// let mut container = Container::default();
/// container.insert(invocation.to_parsed());
/// let text = container.encode(ContainerFormat::Base64Url)?;
/// assert_eq!(text[0], b'C');
/// assert_eq!(Container::decode(&text)?.invocation()?.cid(), invocation.cid());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Container {
    delegations: Vec<Parsed<Delegation>>,
    invocations: Vec<Parsed<Invocation>>,
}

/// A token of either kind.
#[derive(Debug, Clone)]
pub enum Token {
    /// A delegation.
    Delegation(Parsed<Delegation>),
    /// An invocation, or a receipt or revocation, which are invocations.
    Invocation(Parsed<Invocation>),
}

impl Token {
    /// Reads a token of either kind.
    ///
    /// # Errors
    /// As [`Parsed::decode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::decode_within(bytes, &Limits::DEFAULT)
    }

    /// Reads a token of either kind within these limits.
    ///
    /// # Errors
    /// As [`Parsed::decode`].
    pub fn decode_within(bytes: &[u8], limits: &Limits) -> Result<Self, DecodeError> {
        Self::decode_with(bytes, limits, &mut Scratch::default())
    }

    fn decode_with<'a>(
        bytes: &'a [u8],
        limits: &Limits,
        scratch: &mut Scratch<'a>,
    ) -> Result<Self, DecodeError> {
        limits.check(Limit::TokenBytes, bytes.len())?;
        let tree = dag_cbor::decode_with(bytes, limits, mem::take(scratch))?;
        let envelope = Envelope::open(&tree)?;
        let token = match envelope.kind {
            Kind::Delegation => Self::Delegation(envelope.parse(bytes, limits)?),
            Kind::Invocation => Self::Invocation(envelope.parse(bytes, limits)?),
        };
        *scratch = tree.into_scratch();
        Ok(token)
    }

    /// The CID of its bytes.
    #[must_use]
    pub fn cid(&self) -> Cid {
        match self {
            Self::Delegation(token) => token.cid(),
            Self::Invocation(token) => token.cid(),
        }
    }

    /// Its bytes as received.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Delegation(token) => token.bytes(),
            Self::Invocation(token) => token.bytes(),
        }
    }
}

impl From<Parsed<Delegation>> for Token {
    fn from(token: Parsed<Delegation>) -> Self {
        Self::Delegation(token)
    }
}

impl From<Parsed<Invocation>> for Token {
    fn from(token: Parsed<Invocation>) -> Self {
        Self::Invocation(token)
    }
}

impl From<Verified<Delegation>> for Token {
    fn from(token: Verified<Delegation>) -> Self {
        Self::Delegation(token.to_parsed())
    }
}

impl From<Verified<Invocation>> for Token {
    fn from(token: Verified<Invocation>) -> Self {
        Self::Invocation(token.to_parsed())
    }
}

/// How a container is written; its first byte says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContainerFormat {
    /// `@`: bytes.
    Bytes,
    /// `B`: base64 with padding.
    Base64,
    /// `C`: base64url without padding; for headers and text.
    Base64Url,
    /// `M`: gzip.
    BytesGzip,
    /// `O`: gzip, then base64 with padding.
    Base64Gzip,
    /// `P`: gzip, then base64url without padding.
    Base64UrlGzip,
}

impl ContainerFormat {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Bytes,
        Self::Base64,
        Self::Base64Url,
        Self::BytesGzip,
        Self::Base64Gzip,
        Self::Base64UrlGzip,
    ];

    /// The first byte.
    #[must_use]
    pub const fn header(self) -> u8 {
        match self {
            Self::Bytes => b'@',
            Self::Base64 => b'B',
            Self::Base64Url => b'C',
            Self::BytesGzip => b'M',
            Self::Base64Gzip => b'O',
            Self::Base64UrlGzip => b'P',
        }
    }

    const fn is_gzip(self) -> bool {
        matches!(
            self,
            Self::BytesGzip | Self::Base64Gzip | Self::Base64UrlGzip
        )
    }

    /// The format with this first byte.
    #[must_use]
    pub fn of(header: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|format| format.header() == header)
    }
}

/// The one key of a container's map.
const KEY: &str = "ctn-v1";

impl Container {
    /// Reads a container, and every token in it.
    ///
    /// # Errors
    /// [`DecodeError`]; one bad token refuses the whole container.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::decode_within(bytes, &Limits::DEFAULT)
    }

    /// Reads a container within these limits.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_within(bytes: &[u8], limits: &Limits) -> Result<Self, DecodeError> {
        let cbor = unwrap(bytes, limits)?;
        let tree = dag_cbor::decode(&cbor, limits)?;
        let mut container = Self::default();
        let mut scratch = Scratch::default();
        for (index, bytes) in tokens(&tree, limits)?.enumerate() {
            let bytes = bytes?;
            let token = Token::decode_with(bytes, limits, &mut scratch).map_err(|cause| {
                DecodeError::InContainer {
                    index,
                    cid: Cid::of(bytes),
                    cause: Box::new(cause),
                }
            })?;
            let cid = token.cid();
            if !container.insert(token) {
                return Err(ContainerError::Duplicate { cid }.into());
            }
        }
        Ok(container)
    }

    /// The bytes of the tokens in a container, in its order, whether or not they are tokens.
    ///
    /// For looking at what is refused; [`decode`](Self::decode) is for using it.
    ///
    /// # Errors
    /// [`DecodeError`] where the container itself is not in order.
    pub fn split(bytes: &[u8], limits: &Limits) -> Result<Vec<Vec<u8>>, DecodeError> {
        let cbor = unwrap(bytes, limits)?;
        let tree = dag_cbor::decode(&cbor, limits)?;
        tokens(&tree, limits)?
            .map(|bytes| Ok(bytes?.to_vec()))
            .collect()
    }

    /// Adds a token; `false` where it is there already.
    pub fn insert(&mut self, token: impl Into<Token>) -> bool {
        let token = token.into();
        let cid = token.cid();
        if self.tokens().any(|(known, _)| known == cid) {
            return false;
        }
        match token {
            Token::Delegation(token) => self.delegations.push(token),
            Token::Invocation(token) => self.invocations.push(token),
        }
        true
    }

    fn tokens(&self) -> impl Iterator<Item = (Cid, &[u8])> {
        let delegations = self.delegations.iter().map(|t| (t.cid(), t.bytes()));
        let invocations = self.invocations.iter().map(|t| (t.cid(), t.bytes()));
        delegations.chain(invocations)
    }

    /// The delegations, in the order of the bytes.
    #[must_use]
    pub fn delegations(&self) -> &[Parsed<Delegation>] {
        &self.delegations
    }

    /// The invocations (and receipts and revocations, which are invocations).
    #[must_use]
    pub fn invocations(&self) -> &[Parsed<Invocation>] {
        &self.invocations
    }

    /// The one invocation.
    ///
    /// # Errors
    /// [`ContainerError::Invocations`] where there is none or more than one.
    pub fn invocation(&self) -> Result<&Parsed<Invocation>, DecodeError> {
        match self.invocations.as_slice() {
            [invocation] => Ok(invocation),
            others => Err(ContainerError::Invocations {
                found: others.len(),
            }
            .into()),
        }
    }

    /// Writes the container: tokens sorted by their bytes.
    ///
    /// # Errors
    /// [`LimitExceeded`] where its readers would refuse it.
    pub fn encode(&self, format: ContainerFormat) -> Result<Vec<u8>, LimitExceeded> {
        let limits = Limits::DEFAULT;
        let mut tokens: Vec<&[u8]> = self.tokens().map(|(_, bytes)| bytes).collect();
        limits.check(Limit::ContainerTokens, tokens.len())?;
        tokens.sort_unstable();
        let list = tokens
            .into_iter()
            .map(|bytes| Ipld::Bytes(bytes.to_vec()))
            .collect();
        let map = Ipld::Map(BTreeMap::from([(KEY.to_owned(), Ipld::List(list))]));
        let too_large = LimitExceeded {
            limit: Limit::ContainerBytes,
            maximum: limits.maximum(Limit::ContainerBytes),
        };
        let mut cbor = dag_cbor::to_dag_cbor(&map).map_err(|_| too_large)?;
        limits.check(Limit::ContainerBytes, cbor.len())?;
        if format.is_gzip() {
            cbor = deflate(&cbor).map_err(|_| too_large)?;
        }
        let mut bytes = vec![format.header()];
        match format {
            ContainerFormat::Bytes | ContainerFormat::BytesGzip => bytes.extend(cbor),
            ContainerFormat::Base64 | ContainerFormat::Base64Gzip => {
                bytes.extend(STANDARD.encode(cbor).into_bytes());
            }
            ContainerFormat::Base64Url | ContainerFormat::Base64UrlGzip => {
                bytes.extend(URL_SAFE_NO_PAD.encode(cbor).into_bytes());
            }
        }
        Ok(bytes)
    }
}

impl<T: Into<Token>> FromIterator<T> for Container {
    fn from_iter<I: IntoIterator<Item = T>>(tokens: I) -> Self {
        let mut container = Self::default();
        for token in tokens {
            container.insert(token);
        }
        container
    }
}

/// The tokens in `{"ctn-v1": [bytes, …]}`.
fn tokens<'t, 'a>(
    tree: &'t Tree<'a>,
    limits: &Limits,
) -> Result<impl Iterator<Item = Result<&'a [u8], ContainerError>> + use<'t, 'a>, DecodeError> {
    let shape = ContainerError::Shape;
    let mut entries = tree.root().map().ok_or(shape)?;
    let (Some((KEY, list)), None) = (entries.next(), entries.next()) else {
        return Err(shape.into());
    };
    let list = list.list().ok_or(shape)?;
    limits.check(Limit::ContainerTokens, list.clone().count())?;
    Ok(list.map(move |token| match token.node() {
        Node::Bytes(bytes) => Ok(bytes),
        _ => Err(shape),
    }))
}

/// The CBOR inside: base64 and gzip taken off, both strictly and within the limit.
fn unwrap<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Cow<'a, [u8]>, DecodeError> {
    let (header, content) = bytes.split_first().ok_or(ContainerError::Empty)?;
    let format = ContainerFormat::of(*header).ok_or(ContainerError::Header { found: *header })?;
    // Base64 takes four characters for three bytes; nothing that compresses needs more than that.
    let maximum = limits.maximum(Limit::ContainerBytes);
    limits.check(Limit::ContainerBytes, content.len().saturating_mul(3) / 4)?;
    let base64 = |_| ContainerError::Base64;
    let content = match format {
        ContainerFormat::Bytes | ContainerFormat::BytesGzip => Cow::Borrowed(content),
        ContainerFormat::Base64 | ContainerFormat::Base64Gzip => {
            Cow::Owned(STANDARD.decode(content).map_err(base64)?)
        }
        ContainerFormat::Base64Url | ContainerFormat::Base64UrlGzip => {
            Cow::Owned(URL_SAFE_NO_PAD.decode(content).map_err(base64)?)
        }
    };
    let content = if format.is_gzip() {
        Cow::Owned(inflate(&content, maximum)?)
    } else {
        content
    };
    limits.check(Limit::ContainerBytes, content.len())?;
    Ok(content)
}

/// One gzip member and nothing behind it; used only once its checksum is known to hold.
fn inflate(bytes: &[u8], maximum: usize) -> Result<Vec<u8>, ContainerError> {
    let mut decoder = GzDecoder::new(bytes);
    let mut content = Vec::new();
    let cap = u64::try_from(maximum).map_or(u64::MAX, |maximum| maximum.saturating_add(1));
    decoder
        .by_ref()
        .take(cap)
        .read_to_end(&mut content)
        .map_err(|_| ContainerError::Gzip)?;
    // Above the limit the caller refuses it; below it, the end and the checksum have been read.
    if content.len() <= maximum && !decoder.into_inner().is_empty() {
        return Err(ContainerError::Gzip);
    }
    Ok(content)
}

fn deflate(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Why bytes are no container, or not the container asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ContainerError {
    /// No bytes at all.
    #[error("no bytes at all")]
    Empty,
    /// An unknown first byte.
    #[error("a container begins with one of `@ B C M O P`, not byte {found:#04x}")]
    Header {
        /// The first byte.
        found: u8,
    },
    /// Not strict base64.
    #[error(
        "not base64 as the container's first letter says: check alphabet, padding and line ends"
    )]
    Base64,
    /// Not one sound gzip member.
    #[error("not exactly one sound gzip stream")]
    Gzip,
    /// Not `{"ctn-v1": [bytes, …]}`.
    #[error("a container holds a map with the one key `ctn-v1`, a list of tokens")]
    Shape,
    /// One token twice.
    #[error("{cid} is there twice")]
    Duplicate {
        /// The token.
        cid: Cid,
    },
    /// None or more than one.
    #[error("expected exactly one invocation, found {found}")]
    Invocations {
        /// How many.
        found: usize,
    },
}
