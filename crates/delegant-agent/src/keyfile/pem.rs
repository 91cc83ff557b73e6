//! What does the text of a key file say? One PEM block, strictly, with a way out for every mishap.

use delegant::SecretKey;
use pkcs8::LineEnding;
use pkcs8::der::pem;
use zeroize::Zeroizing;

use crate::keyfile::encryption::{EncryptedKey, Passphrase};
use crate::keyfile::error::{ReadKeyError, WriteKeyError};
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
