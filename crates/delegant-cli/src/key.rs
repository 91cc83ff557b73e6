//! `delegant key`: makes keys, and says whose they are.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use delegant::{Algorithm, Did, SecretKey, Signer};
use delegant_agent::keyfile::{self, Protection, StoredKey};
use serde_json::json;

use crate::failure::{Answer, Done, Failure};
use crate::keys;
use crate::output::{Line, Output};

/// Make key files, read them, and say whose they are
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    New(New),
    Show(Show),
    Convert(Convert),
}

pub(crate) fn run(verb: &Verb, output: Output) -> Done {
    match verb {
        Verb::New(arguments) => new(arguments, output),
        Verb::Show(arguments) => show(arguments, output),
        Verb::Convert(arguments) => convert(arguments, output),
    }
}

/// Make a new key; prints its DID
///
/// The file is PKCS#8 PEM, readable by its owner only, and encrypted with a passphrase that is asked
/// for on the terminal. Nothing is ever overwritten.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  delegant key new alice.pem
  delegant key new --type p256 --plain agent.pem
  delegant key new --type secp256k1 helper.pem --passphrase-file passphrase.txt")]
pub(crate) struct New {
    /// File to make
    file: PathBuf,

    /// Kind of key
    #[arg(long = "type", value_enum, default_value_t = Type::Ed25519)]
    algorithm: Type,

    /// Do not encrypt: anyone who can read the file has the key
    #[arg(long, conflicts_with = "passphrase_file")]
    plain: bool,

    /// Read the passphrase from the first line of this file instead of asking for it
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Type {
    Ed25519,
    P256,
    Secp256k1,
}

impl From<Type> for Algorithm {
    fn from(of: Type) -> Self {
        match of {
            Type::Ed25519 => Self::Ed25519,
            Type::P256 => Self::P256,
            Type::Secp256k1 => Self::Secp256k1,
        }
    }
}

fn new(arguments: &New, output: Output) -> Done {
    let key = SecretKey::generate(arguments.algorithm.into()).map_err(Failure::usage)?;
    write(
        &key,
        &arguments.file,
        arguments.plain,
        arguments.passphrase_file.as_ref(),
        output,
    )?;
    tell(&key.did(), protection(arguments.plain), output)
}

/// Say whose key a file holds, or which key a DID names
///
/// Prints the DID. An encrypted file must be opened for that.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  delegant key show alice.pem
  delegant key show did:key:z6MkgGykN9ARNFjEzowVq4mLP2kL4NsyAaDGXeJFQ5qE1bfg")]
pub(crate) struct Show {
    /// Key file, or a DID
    #[arg(value_name = "FILE|DID")]
    key: String,

    /// Read the passphrase from the first line of this file instead of asking for it
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

fn show(arguments: &Show, output: Output) -> Done {
    if arguments.key.starts_with("did:") {
        let did: Did = arguments
            .key
            .parse()
            .map_err(|cause| Failure::malformed(format_args!("not a DID: {cause}")))?;
        return tell(&did, None, output);
    }
    let file = PathBuf::from(&arguments.key);
    let stored = keyfile::read(&file).map_err(|cause| keys::explain(&cause))?;
    let plain = matches!(stored, StoredKey::Plain(_));
    let key = match stored {
        StoredKey::Plain(key) => key,
        StoredKey::Encrypted(_) => keys::load(&file, arguments.passphrase_file.as_deref())?,
    };
    tell(&key.did(), protection(plain), output)
}

/// Write a key to another file: encrypted, plain, or with another passphrase
///
/// Reads what `openssl genpkey` and `openssl pkey` write, and writes what they read. The old file
/// stays as it is.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  delegant key convert alice.pem again.pem
  delegant key convert alice.pem plain.pem --plain
  openssl genpkey -algorithm ed25519 -out theirs.pem
  delegant key convert theirs.pem ours.pem")]
pub(crate) struct Convert {
    /// Key file to read
    from: PathBuf,

    /// File to make
    to: PathBuf,

    /// Do not encrypt the new file: anyone who can read it has the key
    #[arg(long, conflicts_with = "new_passphrase_file")]
    plain: bool,

    /// Read the passphrase of the old file from here instead of asking for it
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,

    /// Read the passphrase of the new file from here instead of asking for it
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
}

fn convert(arguments: &Convert, output: Output) -> Done {
    let key = keys::load(&arguments.from, arguments.passphrase_file.as_deref())?;
    write(
        &key,
        &arguments.to,
        arguments.plain,
        arguments.new_passphrase_file.as_ref(),
        output,
    )?;
    tell(&key.did(), protection(arguments.plain), output)
}

fn write(
    key: &SecretKey,
    to: &PathBuf,
    plain: bool,
    passphrase_file: Option<&PathBuf>,
    output: Output,
) -> Result<(), Failure> {
    // Before anyone types a passphrase for nothing.
    if to.symlink_metadata().is_ok() {
        return Err(Failure::usage(format_args!(
            "`{}` exists already, and a key is never overwritten",
            to.display()
        ))
        .hint("choose another name"));
    }
    if plain {
        keyfile::create(to, key, Protection::Plain).map_err(|cause| keys::explain(&cause))?;
        output.warn(format_args!(
            "`{}` is not encrypted: anyone who can read it has the key",
            to.display()
        ))?;
        return Ok(());
    }
    let passphrase = keys::new_passphrase(passphrase_file.map(PathBuf::as_path), to)?;
    keyfile::create(to, key, Protection::Passphrase(&passphrase))
        .map_err(|cause| keys::explain(&cause))
}

const fn protection(plain: bool) -> Option<&'static str> {
    Some(if plain { "plain" } else { "passphrase" })
}

fn tell(did: &Did, protection: Option<&str>, output: Output) -> Done {
    if output.is_json() {
        output.json(&json!({
            "did": did.to_string(),
            "algorithm": did.public_key().map(|key| key.algorithm().to_string()),
            "protection": protection,
        }))?;
    } else {
        output.say(Line::new(did))?;
    }
    Ok(Answer::Yes)
}
