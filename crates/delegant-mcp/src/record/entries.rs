//! What does a record hold? Its entries, and where it is damaged.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use crate::record::entry::Entry;
use crate::record::error::{LONGEST, RecordError};

/// Reads a record, from its first entry to its last.
///
/// # Errors
/// [`RecordError::Open`]. Then for each line that is no entry [`RecordError::Damaged`], and the lines
/// after it all the same.
pub fn read(path: &Path) -> Result<Entries, RecordError> {
    let failed = |cause| RecordError::Open {
        path: path.to_owned(),
        cause,
    };
    if path.metadata().map_err(failed)?.is_dir() {
        return Err(RecordError::NotAFile {
            path: path.to_owned(),
        });
    }
    Ok(Entries {
        path: path.to_owned(),
        file: Some(BufReader::new(File::open(path).map_err(failed)?)),
        line: 0,
        cut_short: None,
    })
}

/// The entries of a record, in the order in which they were written.
#[derive(Debug)]
pub struct Entries {
    path: PathBuf,
    /// Until its end, or until it could not be read.
    file: Option<BufReader<File>>,
    line: usize,
    cut_short: Option<usize>,
}

impl Entries {
    /// The number of the last line, where something ended while it was written; once all are read.
    #[must_use]
    pub const fn cut_short(&self) -> Option<usize> {
        self.cut_short
    }

    /// The next line that is not empty; none at the end.
    fn line(&mut self) -> Option<Result<Vec<u8>, RecordError>> {
        loop {
            let file = self.file.as_mut()?;
            let mut bytes = Vec::new();
            let most = LONGEST.saturating_add(1);
            let read = file.by_ref().take(most).read_until(b'\n', &mut bytes);
            self.line = self.line.saturating_add(1);
            match read {
                Err(cause) => {
                    self.file = None;
                    let path = self.path.clone();
                    return Some(Err(RecordError::Open { path, cause }));
                }
                Ok(0) => {
                    self.file = None;
                    return None;
                }
                Ok(length) if u64::try_from(length).is_ok_and(|length| length == most) => {
                    self.file = None;
                    return Some(Err(RecordError::TooLong {
                        path: self.path.clone(),
                        line: self.line,
                    }));
                }
                Ok(_) if bytes.trim_ascii().is_empty() => {}
                Ok(_) => return Some(Ok(bytes)),
            }
        }
    }
}

impl Iterator for Entries {
    type Item = Result<Entry, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = match self.line()? {
            Ok(bytes) => bytes,
            Err(error) => return Some(Err(error)),
        };
        match serde_json::from_slice(&bytes) {
            Ok(entry) => Some(Ok(entry)),
            Err(_) if bytes.last() != Some(&b'\n') => {
                self.cut_short = Some(self.line);
                None
            }
            Err(cause) => Some(Err(RecordError::Damaged {
                path: self.path.clone(),
                line: self.line,
                cause,
            })),
        }
    }
}
