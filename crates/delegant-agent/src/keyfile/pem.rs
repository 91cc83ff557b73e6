//! What does the text of a key file say? One PEM block, strictly, with a way out for every mishap.

use delegant::{ParseKeyError, SecretKey};
use pkcs8::LineEnding;
use pkcs8::der::pem;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::keyfile::encryption::{EncryptedKey, Passphrase};
use crate::keyfile::private_key::{read_private_key, write_private_key};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const PLAIN: &str = "PRIVATE KEY";
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";

/// A key as its file holds it: at hand, or behind a passphrase.
#[derive(Debug)]
pub enum StoredKey {
    /// Anyone who reads the text has the key.
    Plain(SecretKey),
    /// A passphrase opens it.
    Encrypted(EncryptedKey),
}

impl StoredKey {
    /// Reads the one PEM block that is the whole text, with either kind of line ending.
    ///
    /// # Errors
    /// [`ReadKeyError`], which says how to mend what can be mended.
    pub fn from_pem(text: &str) -> Result<Self, ReadKeyError> {
        let text = only_block(text)?;
        let mut buffer = Zeroizing::new(vec![0; text.len()]);
        let (label, der) =
            pem::decode(text.as_bytes(), &mut buffer).map_err(|_| ReadKeyError::Malformed)?;
        match label {
            PLAIN => read_private_key(der).map(Self::Plain),
            ENCRYPTED => EncryptedKey::from_der(der).map(Self::Encrypted),
            "PUBLIC KEY" => Err(ReadKeyError::PublicKey),
            _ => Err(ReadKeyError::OtherKind),
        }
    }

    /// Does it take a passphrase?
    #[must_use]
    pub const fn is_encrypted(&self) -> bool {
        matches!(self, Self::Encrypted(_))
    }
}

/// How a key is kept.
#[derive(Debug, Clone, Copy)]
pub enum Protection<'a> {
    /// Encrypted: scrypt (N = 2^14, r = 8, p = 5) and AES-256-CBC.
    Passphrase(&'a Passphrase),
    /// Not at all, so that anyone who can read the text has the key.
    Plain,
}

/// Writes a key as PKCS#8 PEM.
///
/// # Errors
/// [`WriteKeyError::Random`] where the system has no randomness to encrypt with.
pub fn to_pem(
    key: &SecretKey,
    protection: Protection<'_>,
) -> Result<Zeroizing<String>, WriteKeyError> {
    let plain = write_private_key(key)?;
    let text = match protection {
        Protection::Plain => pem::encode_string(PLAIN, LineEnding::LF, &plain),
        Protection::Passphrase(passphrase) => {
            let encrypted = EncryptedKey::encrypt(&plain, passphrase)?.to_der()?;
            pem::encode_string(ENCRYPTED, LineEnding::LF, &encrypted)
        }
    };
    text.map(Zeroizing::new)
        .map_err(|_| WriteKeyError::Encoding)
}

/// The text without its last line ends, where it is one block and no more.
fn only_block(text: &str) -> Result<&str, ReadKeyError> {
    if text.starts_with('\u{feff}') {
        return Err(ReadKeyError::ByteOrderMark);
    }
    // Before counting: `openssl ecparam -genkey` writes a block of parameters ahead of the key.
    if text.contains("-----BEGIN EC PRIVATE KEY-----") {
        return Err(ReadKeyError::Sec1);
    }
    match text.matches(BEGIN).count() {
        0 => return Err(ReadKeyError::NotPem),
        1 => {}
        _ => return Err(ReadKeyError::SeveralBlocks),
    }
    let text = text.trim_end_matches(['\r', '\n']);
    if !text.contains(END) {
        return Err(ReadKeyError::Malformed);
    }
    if !text.starts_with(BEGIN) || !text.ends_with("-----") {
        return Err(ReadKeyError::TextAround);
    }
    Ok(text)
}

/// Why a text holds no key for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReadKeyError {
    /// The mark that some editors put before UTF-8.
    #[error("the text begins with a byte order mark: save it as UTF-8 without one")]
    ByteOrderMark,
    /// No block at all.
    #[error(
        "not PEM, which begins with `-----BEGIN PRIVATE KEY-----`: if it is DER, convert it with `openssl pkey -inform DER -in OLD -out NEW`"
    )]
    NotPem,
    /// Words before or after the block.
    #[error(
        "text around the PEM block: keep only what is from `-----BEGIN` to `-----END … KEY-----`"
    )]
    TextAround,
    /// More than one block.
    #[error("more than one PEM block: keep only that of the private key")]
    SeveralBlocks,
    /// The public half of a key.
    #[error("a public key: give the file of the private key")]
    PublicKey,
    /// The older form of EC keys.
    #[error(
        "an EC key in its older form (SEC1): convert it with `openssl pkcs8 -topk8 -scrypt -in OLD -out NEW`, or with `-nocrypt` in place of `-scrypt` to keep it plain"
    )]
    Sec1,
    /// A certificate, an OpenSSH or RSA key, or whatever else is kept as PEM.
    #[error("PEM of another kind: expected `PRIVATE KEY` or `ENCRYPTED PRIVATE KEY` (PKCS#8)")]
    OtherKind,
    /// Cut off, altered, or never sound.
    #[error("damaged, or not sound PKCS#8: restore it from its backup")]
    Malformed,
    /// A key of an algorithm that we do not have.
    #[error(
        "neither an Ed25519, a P-256 nor a secp256k1 key: make one with `openssl genpkey -algorithm ed25519`"
    )]
    UnsupportedAlgorithm,
    /// An EC key of a curve that we do not have, or one written out as parameters.
    #[error(
        "an EC key of another curve than P-256 and secp256k1, or of one that is not named: make one with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`"
    )]
    UnsupportedCurve,
    /// Other encryption than PBES2 with scrypt or PBKDF2 (SHA-2), and AES.
    #[error(
        "encrypted in an outdated or unusual way: encrypt it anew with `openssl pkcs8 -topk8 -scrypt -in OLD -out NEW`"
    )]
    UnsupportedEncryption,
    /// The passphrase would take too long or too much memory to try.
    #[error(
        "encrypted at a cost beyond reason: encrypt it anew with `openssl pkcs8 -topk8 -scrypt -in OLD -out NEW`"
    )]
    TooCostly,
    /// Decrypting yields no key.
    #[error("wrong passphrase, or a damaged file")]
    WrongPassphrase,
    /// The public key that the file names is not that of its secret key.
    #[error("its public and its secret key do not belong together: restore it from its backup")]
    PublicKeyMismatch,
    /// The number is no secret key of the curve.
    #[error(transparent)]
    Key(#[from] ParseKeyError),
}

/// Why a key was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WriteKeyError {
    /// The system gave no randomness for salt and IV.
    #[error("the system gave no randomness: {0}")]
    Random(#[source] getrandom::Error),
    /// The key cannot be encoded; no key is known for which this happens.
    #[error("the key cannot be encoded")]
    Encoding,
}
