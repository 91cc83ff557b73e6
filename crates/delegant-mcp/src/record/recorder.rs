//! How is a decision written down, so that it is there whole or not at all?

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::record::entry::Entry;
use crate::record::error::RecordError;

/// Writes entries to a file, one line of JSON each. One file may be shared by several processes.
///
/// The file is made readable by its owner only; one that is there already keeps its permissions, and
/// it is for the operator to see that they are narrow: arguments are what people ask about others.
/// What was written survives the end of the process, and not always that of the machine.
///
/// ```
/// use delegant_mcp::record::{Decided, Entry, Recorder, read};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("decisions.jsonl");
/// let recorder = Recorder::open(&path)?;
/// recorder.write(&Entry {
///     id: Entry::fresh_id(),
///     time: 1_780_272_000,
///     decided: Decided::Allowed,
///     code: "Allowed".to_owned(),
///     method: "tools/call".to_owned(),
///     name: Some("read_encounters".to_owned()),
///     command: Some("/mcp/tools/call/read_encounters".to_owned()),
///     arguments: None,
///     server: "did:web:records.example".to_owned(),
///     invoker: None,
///     subject: None,
///     chain: Vec::new(),
///     refusal: None,
/// })?;
/// let entry = read(&path)?.next().ok_or("one was written")??;
/// assert_eq!(entry.decided, Decided::Allowed);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Recorder {
    path: PathBuf,
    lines: Mutex<Lines>,
}

#[derive(Debug)]
struct Lines {
    file: File,
    /// Something of a line was written, and not its end.
    torn: bool,
}

impl Recorder {
    /// One whose file cannot be written to.
    #[cfg(test)]
    pub(crate) fn read_only(path: &Path) -> Self {
        let file = File::open(path).unwrap();
        Self {
            path: path.to_owned(),
            lines: Mutex::new(Lines { file, torn: false }),
        }
    }

    /// Opens a file to append to, and makes it where there is none.
    ///
    /// # Errors
    /// [`RecordError::NotAFile`] for a directory, a pipe or a device; [`RecordError::Open`].
    pub fn open(path: &Path) -> Result<Self, RecordError> {
        let failed = |cause| RecordError::Open {
            path: path.to_owned(),
            cause,
        };
        // Before it is opened: to open a pipe is to wait for a reader.
        if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(RecordError::NotAFile {
                path: path.to_owned(),
            });
        }
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(failed)?;
        let torn = ends_in_a_line(&mut file).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            lines: Mutex::new(Lines { file, torn }),
        })
    }

    /// Writes one entry.
    ///
    /// # Errors
    /// [`RecordError::Write`]; nothing of it is read as an entry then.
    pub fn write(&self, entry: &Entry) -> Result<(), RecordError> {
        let failed = |cause| RecordError::Write {
            path: self.path.clone(),
            cause,
        };
        let mut bytes = b"\n".to_vec();
        serde_json::to_writer(&mut bytes, entry).map_err(|cause| failed(cause.into()))?;
        bytes.push(b'\n');
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        // In one piece, since others may append to the same file.
        let line = bytes.get(usize::from(!lines.torn)..).unwrap_or_default();
        let written = lines.file.write_all(line);
        lines.torn = written.is_err();
        written.map_err(failed)
    }
}

/// Is the last line one that was never finished?
fn ends_in_a_line(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}
