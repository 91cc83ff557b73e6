//! How is a container written? Base64 and gzip, put on and taken off strictly.

use std::borrow::Cow;
use std::io::{self, Read, Write};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use thiserror::Error;

use crate::wire::cid::Cid;
use crate::wire::limits::{Limit, LimitExceeded, Limits};

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

/// The CBOR inside: base64 and gzip taken off, both strictly and within the limit.
pub(super) fn unwrap<'a>(
    bytes: &'a [u8],
    limits: &Limits,
) -> Result<Cow<'a, [u8]>, ContainerError> {
    let (header, content) = bytes.split_first().ok_or(ContainerError::Empty)?;
    let format = ContainerFormat::of(*header).ok_or(ContainerError::Header { found: *header })?;
    // Roughly before decoding (base64 and its padding take a third more, gzip of what does not
    // compress a few bytes), exactly afterwards.
    let maximum = limits.maximum(Limit::ContainerBytes);
    limits.check(Limit::ContainerBytes, content.len() / 2)?;
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

fn deflate(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Puts on what the format says, and its first byte.
pub(super) fn wrap(mut cbor: Vec<u8>, format: ContainerFormat) -> io::Result<Vec<u8>> {
    if format.is_gzip() {
        cbor = deflate(&cbor)?;
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
    /// Larger than the limits allow, or more tokens.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
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
