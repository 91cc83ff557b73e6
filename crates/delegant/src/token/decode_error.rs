//! Why are these bytes no token?

use smol_str::SmolStr;
use thiserror::Error;

use crate::capability::command::ParseCommandError;
use crate::capability::policy_error::PolicyError;
use crate::identity::did::ParseDidError;
use crate::token::container_format::ContainerError;
use crate::token::kind::Kind;
use crate::token::nonce::NonceTooLong;
use crate::token::time::{EmptyBounds, TimestampError};
use crate::wire::cid::{Cid, ParseCidError};
use crate::wire::dag_cbor::DagCborError;
use crate::wire::fields::FieldError;
use crate::wire::limits::LimitExceeded;

/// The bytes are not a token (or container) that we read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Not strict DAG-CBOR.
    #[error(transparent)]
    Cbor(#[from] DagCborError),
    /// Not `[signature, {"h": header, tag: payload}]`.
    #[error("not a UCAN envelope: {wanted}")]
    Envelope {
        /// What was expected.
        wanted: &'static str,
    },
    /// The header names an algorithm or payload encoding that we do not have.
    #[error("unsupported signature header; there are Ed25519, P-256 and secp256k1, over DAG-CBOR")]
    UnsupportedAlgorithm,
    /// The type tag names a version that we do not read.
    #[error("unsupported version `{}`", tag.escape_debug())]
    UnsupportedVersion {
        /// As found.
        tag: SmolStr,
    },
    /// A token of another kind than asked for.
    #[error("this is {found}, not {wanted}")]
    WrongKind {
        /// Asked for.
        wanted: Kind,
        /// Found.
        found: Kind,
    },
    /// A field is missing, mistyped or unknown.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// A field holds something that is no DID.
    #[error("`{name}` is no DID: {cause}")]
    Did {
        /// The field.
        name: &'static str,
        /// Why not.
        #[source]
        cause: ParseDidError,
    },
    /// `cmd` holds no command.
    #[error("`cmd` is no command: {0}")]
    Command(#[source] ParseCommandError),
    /// `pol` holds no policy.
    #[error("`pol` is no policy: {0}")]
    Policy(#[source] PolicyError),
    /// A link is not the CID of a token.
    #[error("`{name}` holds no token's CID: {cause}")]
    Cid {
        /// The field.
        name: &'static str,
        /// Why not.
        #[source]
        cause: ParseCidError,
    },
    /// A link in `args` or `meta` is no CID.
    #[error("`{name}` holds a link that is not exactly one CID")]
    Link {
        /// The field.
        name: &'static str,
    },
    /// A time beyond ±(2^53−1) seconds.
    #[error("`{name}` is {cause}")]
    Time {
        /// The field.
        name: &'static str,
        /// Why not.
        #[source]
        cause: TimestampError,
    },
    /// `nbf` lies after `exp`.
    #[error(transparent)]
    EmptyBounds(#[from] EmptyBounds),
    /// More than 64 bytes of nonce.
    #[error(transparent)]
    Nonce(#[from] NonceTooLong),
    /// `prf` or `path` names one token twice.
    #[error("`{name}` names {cid} twice")]
    DuplicateLink {
        /// The field.
        name: &'static str,
        /// Of this token.
        cid: Cid,
    },
    /// An invocation that is no receipt or revocation, though asked for as one.
    #[error("not a {wanted}: {problem}")]
    WrongShape {
        /// Asked for.
        wanted: &'static str,
        /// What differs.
        problem: &'static str,
    },
    /// The container around the tokens.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// One token of a container; the others are refused with it.
    #[error("token {index} of the container ({cid}): {cause}")]
    InContainer {
        /// From 0, in the order of the bytes.
        index: usize,
        /// Of the token's bytes.
        cid: Cid,
        /// Why it is none.
        #[source]
        cause: Box<Self>,
    },
    /// More than the limits allow.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
}

impl DecodeError {
    /// The name of the refusal: `Malformed`, `UnsupportedAlgorithm`, `UnsupportedVersion` or
    /// `LimitExceeded`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnsupportedAlgorithm
            | Self::Did {
                cause: ParseDidError::UnsupportedKey,
                ..
            } => "UnsupportedAlgorithm",
            Self::UnsupportedVersion { .. } => "UnsupportedVersion",
            Self::Limit(_)
            | Self::Cbor(DagCborError::Limit(_))
            | Self::Container(ContainerError::Limit(_)) => "LimitExceeded",
            Self::Policy(error) if error.is_limit() => "LimitExceeded",
            Self::InContainer { cause, .. } => cause.code(),
            _ => "Malformed",
        }
    }
}
