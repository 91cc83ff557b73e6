//! Which key signs? Key files, and the passphrases that open them: asked for on the terminal or read
//! from a file, never from an argument or the environment.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use delegant::SecretKey;
use delegant_agent::keyfile::{self, KeyFileError, Passphrase, ReadKeyError};
use zeroize::Zeroizing;

use crate::failure::Failure;

/// The key that signs.
#[derive(Debug, Args)]
pub(crate) struct KeyArguments {
    /// Key file of who signs
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,

    /// Read the passphrase from the first line of this file instead of asking for it
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

impl KeyArguments {
    pub(crate) fn load(&self) -> Result<SecretKey, Failure> {
        load(&self.key, self.passphrase_file.as_deref())
    }
}

/// Reads a key file, and asks for the passphrase where it takes one.
pub(crate) fn load(path: &Path, passphrase_file: Option<&Path>) -> Result<SecretKey, Failure> {
    let mut failed = None;
    let loaded = keyfile::load(path, || {
        let question = format!("Passphrase for {}: ", path.display());
        passphrase(passphrase_file, &question).map_err(|failure| {
            let said = io::Error::other(failure.message().to_owned());
            failed = Some(failure);
            said
        })
    });
    match (loaded, failed) {
        (_, Some(failure)) => Err(failure),
        (loaded, None) => loaded.map_err(|cause| explain(&cause)),
    }
}

/// A failure about a key file; a wrong passphrase is a refusal, all else not usable.
pub(crate) fn explain(cause: &KeyFileError) -> Failure {
    match cause {
        KeyFileError::NotAKey {
            source: ReadKeyError::WrongPassphrase,
            ..
        } => Failure::refused("WrongPassphrase", cause),
        KeyFileError::Read { source, .. } if source.kind() == io::ErrorKind::NotFound => {
            Failure::usage(cause).hint("make a key with `delegant key new FILE`")
        }
        _ => Failure::usage(cause),
    }
}

/// A passphrase that exists already.
pub(crate) fn passphrase(file: Option<&Path>, question: &str) -> Result<Passphrase, Failure> {
    match file {
        Some(file) => from_file(file),
        None => parse(ask(question)?),
    }
}

/// A passphrase for a new file, typed twice.
pub(crate) fn new_passphrase(file: Option<&Path>, name: &Path) -> Result<Passphrase, Failure> {
    if let Some(file) = file {
        return from_file(file);
    }
    let first = ask(&format!("New passphrase for {}: ", name.display()))?;
    let second = ask("The same again: ")?;
    if *first != *second {
        return Err(Failure::refused(
            "WrongPassphrase",
            "the two passphrases differ; nothing was written",
        ));
    }
    parse(first)
}

fn ask(question: &str) -> Result<Zeroizing<String>, Failure> {
    rpassword::prompt_password(question)
        .map(Zeroizing::new)
        .map_err(|_| {
            Failure::usage("there is no terminal to ask for the passphrase on")
                .hint("give `--passphrase-file FILE`, a file that only you can read")
        })
}

fn from_file(path: &Path) -> Result<Passphrase, Failure> {
    let name = path.display();
    let failed = |cause: io::Error| {
        Failure::usage(format_args!(
            "cannot read the passphrase file `{name}`: {cause}"
        ))
    };
    let file = File::open(path).map_err(failed)?;
    refuse_exposed(path, &file).map_err(failed)??;
    let mut text = Zeroizing::new(String::with_capacity(LONGEST));
    file.take(LONGEST as u64)
        .read_to_string(&mut text)
        .map_err(failed)?;
    let line = text.lines().next().unwrap_or_default();
    parse(Zeroizing::new(line.to_owned()))
}

/// Of a passphrase file, in bytes.
const LONGEST: usize = 4096;

fn parse(text: Zeroizing<String>) -> Result<Passphrase, Failure> {
    Passphrase::new(text).map_err(Failure::usage)
}

/// As for key files: what others can read is no secret.
#[cfg(unix)]
fn refuse_exposed(path: &Path, file: &File) -> io::Result<Result<(), Failure>> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.mode() & 0o077 == 0 {
        return Ok(Ok(()));
    }
    let name = path.display();
    Ok(Err(Failure::usage(format_args!(
        "the passphrase file `{name}` is open to others than its owner"
    ))
    .hint(format_args!("close it with `chmod 600 {name}`"))))
}

#[cfg(not(unix))]
fn refuse_exposed(_: &Path, _: &File) -> io::Result<Result<(), Failure>> {
    Ok(Ok(()))
}
