//! Who may touch a key file? Its owner alone, and nobody by way of a link or a half-written file.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use delegant::SecretKey;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::keyfile::encryption::Passphrase;
use crate::keyfile::error::{ReadKeyError, WriteKeyError};
use crate::keyfile::pem::{Protection, StoredKey, to_pem};

/// No key file of ours or of `openssl` comes near, in bytes.
const LONGEST: usize = 16 * 1024;

/// Writes a key to a new file that only its owner can read.
///
/// Nothing is overwritten and no link is followed. When this returns, the file and its name are on
/// the disk; where it fails, no file is left behind.
///
/// # Errors
/// [`KeyFileError::Exists`], [`KeyFileError::NoPermissions`],
/// [`KeyFileError::Write`] and [`KeyFileError::Encode`].
pub fn create(
    path: impl AsRef<Path>,
    key: &SecretKey,
    protection: Protection<'_>,
) -> Result<(), KeyFileError> {
    let path = path.as_ref();
    let text = to_pem(key, protection).map_err(|source| KeyFileError::Encode {
        path: path.into(),
        source,
    })?;
    let mut file = open_new(path).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => KeyFileError::Exists { path: path.into() },
        _ => not_written(path, source),
    })?;
    fill(&mut file, path, text.as_bytes()).inspect_err(|_| {
        // Already failing: what made the write fail is worth more than what made this fail.
        let _ = fs::remove_file(path);
    })
}

/// Reads a key, and asks for the passphrase only where the file is encrypted.
///
/// # Errors
/// As [`read`]; [`KeyFileError::NoPassphrase`] with the error of `passphrase`; and
/// [`ReadKeyError::WrongPassphrase`].
pub fn load<E>(
    path: impl AsRef<Path>,
    passphrase: impl FnOnce() -> Result<Passphrase, E>,
) -> Result<SecretKey, KeyFileError>
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let path = path.as_ref();
    match read(path)? {
        StoredKey::Plain(key) => Ok(key),
        StoredKey::Encrypted(key) => {
            let passphrase = passphrase().map_err(|source| KeyFileError::NoPassphrase {
                path: path.into(),
                source: source.into(),
            })?;
            key.decrypt(&passphrase)
                .map_err(|source| not_a_key(path, source))
        }
    }
}

/// Reads a key file as far as it can be read without a passphrase.
///
/// # Errors
/// [`KeyFileError::NotAFile`], [`KeyFileError::Exposed`], [`KeyFileError::TooLong`],
/// [`KeyFileError::Read`] and [`KeyFileError::NotAKey`].
pub fn read(path: impl AsRef<Path>) -> Result<StoredKey, KeyFileError> {
    let path = path.as_ref();
    let failed = |source| KeyFileError::Read {
        path: path.into(),
        source,
    };
    let file = open_existing(path).map_err(failed)?;
    // Of the opened file, not of the path: nobody can put another in its place meanwhile.
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(KeyFileError::NotAFile { path: path.into() });
    }
    if let Some(mode) = open_to_others(&metadata) {
        return Err(KeyFileError::Exposed {
            path: path.into(),
            mode,
        });
    }

    // Room for one byte too many, so that the buffer never moves and leaves a copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST + 1));
    file.take((LONGEST as u64).saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() > LONGEST {
        return Err(KeyFileError::TooLong { path: path.into() });
    }
    std::str::from_utf8(&bytes)
        .map_err(|_| ReadKeyError::NotPem)
        .and_then(StoredKey::from_pem)
        .map_err(|source| not_a_key(path, source))
}

fn fill(file: &mut File, path: &Path, text: &[u8]) -> Result<(), KeyFileError> {
    let failed = |source| not_written(path, source);
    if open_to_others(&file.metadata().map_err(failed)?).is_some() {
        return Err(KeyFileError::NoPermissions { path: path.into() });
    }
    file.write_all(text).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    sync_directory_of(path).map_err(failed)
}

fn open_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // O_CREAT | O_EXCL: neither an existing file nor a link, not even one that leads nowhere.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn open_existing(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    // A named pipe without a writer would block.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    options.open(path)
}

/// A new name is on the disk once its directory is.
#[cfg(unix)]
fn sync_directory_of(path: &Path) -> io::Result<()> {
    let directory = match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    };
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory_of(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The permission bits, where they let others in.
#[cfg(unix)]
fn open_to_others(metadata: &Metadata) -> Option<u32> {
    let mode = std::os::unix::fs::MetadataExt::mode(metadata) & 0o7777;
    (mode & 0o077 != 0).then_some(mode)
}

#[cfg(not(unix))]
fn open_to_others(_: &Metadata) -> Option<u32> {
    None
}

/// Why a key file was not read or not made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// Something has this name already, be it a link.
    #[error(
        "`{}` exists already, and a key is never overwritten: choose another name",
        Shell(path)
    )]
    Exists {
        /// Of the file.
        path: PathBuf,
    },
    /// Others than the owner may read or change it.
    #[error(
        "`{0}` is open to others than its owner (mode {mode:03o}): close it with `chmod 600 {0}`",
        Shell(path)
    )]
    Exposed {
        /// Of the file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A new file was open to others at once, so nothing was written to it.
    #[error(
        "`{}` lies on a file system that keeps no permissions: choose another place",
        Shell(path)
    )]
    NoPermissions {
        /// Of the file.
        path: PathBuf,
    },
    /// A directory, a pipe or a device.
    #[error("`{}` is not a regular file", Shell(path))]
    NotAFile {
        /// Of what is not a file.
        path: PathBuf,
    },
    /// Longer than 16 KiB.
    #[error(
        "`{}` is longer than {LONGEST} bytes, so it is no key file",
        Shell(path)
    )]
    TooLong {
        /// Of the file.
        path: PathBuf,
    },
    /// The system did not let it be read.
    #[error("cannot read `{}`: {source}", Shell(path))]
    Read {
        /// Of the file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The system did not let it be written.
    #[error("cannot write `{}`: {source}", Shell(path))]
    Write {
        /// Of the file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Its text is no key, or the passphrase does not open it.
    #[error("cannot use `{}`: {source}", Shell(path))]
    NotAKey {
        /// Of the file.
        path: PathBuf,
        /// What is wrong with the text.
        source: ReadKeyError,
    },
    /// The key could not be encoded or encrypted.
    #[error("cannot write `{}`: {source}", Shell(path))]
    Encode {
        /// Of the file.
        path: PathBuf,
        /// What went wrong.
        source: WriteKeyError,
    },
    /// The file is encrypted, and no passphrase came.
    #[error("`{}` is encrypted, and there is no passphrase: {source}", Shell(path))]
    NoPassphrase {
        /// Of the file.
        path: PathBuf,
        /// From whoever was asked.
        source: Box<dyn Error + Send + Sync>,
    },
}

fn not_a_key(path: &Path, source: ReadKeyError) -> KeyFileError {
    KeyFileError::NotAKey {
        path: path.into(),
        source,
    }
}

fn not_written(path: &Path, source: io::Error) -> KeyFileError {
    KeyFileError::Write {
        path: path.into(),
        source,
    }
}

/// A path as one word for a shell, and harmless to a terminal.
struct Shell<'a>(&'a Path);

impl fmt::Display for Shell<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string_lossy();
        let plain =
            |character: char| character.is_alphanumeric() || "/._-+@%=:,".contains(character);
        if !text.is_empty() && text.chars().all(plain) {
            return formatter.write_str(&text);
        }
        formatter.write_char('\'')?;
        for character in text.chars() {
            match character {
                '\'' => formatter.write_str(r"'\''")?,
                control if control.is_control() => formatter.write_char('\u{fffd}')?,
                other => formatter.write_char(other)?,
            }
        }
        formatter.write_char('\'')
    }
}
