//! Why is nothing signed, or nobody there to sign?

use std::io;
use std::path::PathBuf;

use delegant::DagJsonError;
use thiserror::Error;

/// Why a signer did not sign.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SignerError {
    /// There is nobody to ask.
    #[error("no signer answers at `{}`: {cause}; start one with `delegant signer`", path.display())]
    Unreachable {
        /// The socket.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// It refuses, and says why.
    #[error("{message}")]
    Refused {
        /// The name of the reason.
        code: String,
        /// Why, in words that name no key and no token.
        message: String,
    },
    /// What is asked for cannot be written down.
    #[error("the arguments cannot be sent to the signer: {0}")]
    Arguments(#[from] DagJsonError),
    /// It said something else.
    #[error("the signer's answer is none that is known")]
    Answer,
}

impl SignerError {
    /// The name of the reason.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Unreachable { .. } => "NoSigner",
            Self::Refused { code, .. } => code,
            Self::Arguments(_) | Self::Answer => "NotSigned",
        }
    }
}

/// Why there is no signer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The directory of the socket cannot be used.
    #[error("cannot use the directory `{}`: {cause}", path.display())]
    Directory {
        /// It.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// Others could put a socket of their own in its place, or connect to it.
    #[error("the directory `{0}` is open to others than its owner; close it with `chmod {1:o} {0}`", path.display(), wanted)]
    Exposed {
        /// It.
        path: PathBuf,
        /// The widest permissions that will do.
        wanted: u32,
    },
    /// Something is there already.
    #[error("`{}` is there already, and no socket that was left behind: choose another name", path.display())]
    Exists {
        /// It.
        path: PathBuf,
    },
    /// A signer listens there already.
    #[error("a signer listens on `{}` already", path.display())]
    Busy {
        /// The socket.
        path: PathBuf,
    },
    /// The socket cannot be made.
    #[error("cannot listen on `{}`: {cause}", path.display())]
    Listen {
        /// It.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
}
