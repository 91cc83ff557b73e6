//! Why is a decision not in the record, or not to be had from it?

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a decision is not in the record, or not to be had from it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RecordError {
    /// It cannot be opened or read.
    #[error("cannot read the record `{}`: {cause}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A directory, a pipe or a device.
    #[error("the record `{}` is not a file; name one that is, or that is not there yet", path.display())]
    NotAFile {
        /// What it is.
        path: PathBuf,
    },
    /// An entry cannot be written.
    #[error("cannot write to the record `{}`: {cause}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A line that is no entry.
    #[error("`{}`, line {line}: not an entry of a record: {cause}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Why.
        #[source]
        cause: serde_json::Error,
    },
    /// A line that no entry comes near.
    #[error("`{}`, line {line}: longer than {LONGEST} bytes, so what follows is not read", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

/// Of a line, in bytes.
pub(super) const LONGEST: u64 = 16 * 1024 * 1024;
