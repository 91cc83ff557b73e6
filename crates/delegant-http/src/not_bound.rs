//! What does a request say that was not signed?

use std::fmt;

use delegant::{Command, Ipld};
use thiserror::Error;

/// The request says something that the signed arguments do not say.
///
/// `Display` and `Debug` name the argument and keep its values to themselves; what was signed and what
/// was sent is for the signer alone.
#[derive(Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum NotBound {
    /// The invocation is of another command than the one asked for here.
    #[error("`{signed}` was signed, and here is `{wanted}`")]
    OtherCommand {
        /// In the invocation.
        signed: Command,
        /// Of this route, or of this method.
        wanted: Command,
    },
    /// The method, host, path or a parameter differs from the argument of its name.
    #[error("the request's `{name}` is not the one that was signed")]
    Differs {
        /// The argument.
        name: String,
        /// Its signed value.
        signed: Box<Ipld>,
        /// What the request says.
        sent: String,
    },
    /// There is no argument of this name.
    #[error("the request says `{name}`, and no such argument was signed")]
    NotSigned {
        /// The parameter.
        name: String,
        /// What the request says.
        sent: String,
    },
    /// A query names a parameter twice.
    #[error("the query says `{name}` twice")]
    Twice {
        /// The parameter.
        name: String,
    },
    /// The query has no single reading.
    #[error("the query is not pairs of `name=value`, percent-encoded UTF-8")]
    Query,
    /// There is a body and no argument `body` that is a digest.
    #[error("the request has a body, and no argument `body` with its SHA-256 was signed")]
    BodyNotSigned,
    /// The body is another one, or absent.
    #[error("the body is not the one whose SHA-256 was signed as `body`")]
    OtherBody,
    /// An argument of the plain binding that no request has.
    #[error("the argument `{name}` is none of a plain request; leave it out")]
    Unknown {
        /// The argument.
        name: String,
    },
    /// The method of the request is no command of the plain binding.
    #[error("no command stands for this method")]
    Method,
}

impl NotBound {
    /// The argument at fault, where there is one.
    #[must_use]
    pub fn argument(&self) -> Option<&str> {
        match self {
            Self::Differs { name, .. }
            | Self::NotSigned { name, .. }
            | Self::Twice { name }
            | Self::Unknown { name } => Some(name),
            Self::BodyNotSigned | Self::OtherBody => Some("body"),
            Self::OtherCommand { .. } | Self::Query | Self::Method => None,
        }
    }

    /// The name of the refusal.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "NotBound"
    }
}

// What was signed and sent is somebody's data, and a `Debug` ends up in a log.
impl fmt::Debug for NotBound {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "NotBound({self})")
    }
}
