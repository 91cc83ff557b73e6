//! What keeps a key from whoever reads its file? PBES2 (RFC 8018): a passphrase, scrypt and AES.

use std::fmt;

use delegant::SecretKey;
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::asn1::OctetStringRef;
use pkcs8::der::{self, Decode as _, Encode as _};
use pkcs8::pkcs5::pbes2::{EncryptionScheme, Kdf, Parameters, Pbkdf2Prf, Salt, ScryptParams};
use pkcs8::pkcs5::{self, EncryptionScheme as Scheme};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::keyfile::error::{ReadKeyError, WriteKeyError};
use crate::keyfile::private_key::read_private_key;

// `openssl` reads scrypt up to 32 MiB and no more: N = 2^14 with r = 8 takes 16 MiB, N = 2^15
// already too much. Five times over (p) makes up for it: OWASP counts N = 2^14, p = 5 as equal to
// N = 2^17, p = 1.
const COST: u64 = 1 << 14;
const BLOCK_SIZE: u16 = 8;
const PARALLELIZATION: u16 = 5;

/// The most that reading may take, as N·r·p blocks of 128 bytes: 256 MiB, twice N = 2^17.
const MOST_SCRYPT: u64 = 1 << 21;
/// The most rounds that reading may take: RFC 8018, section 4.2, names them for critical keys.
const MOST_PBKDF2: u32 = 10_000_000;

const AES_BLOCK: usize = 16;

/// What opens an encrypted key: one line of text, at least one character. Wiped when dropped;
/// never printed.
///
/// ```
/// use delegant_agent::Passphrase;
///
/// let passphrase = Passphrase::new("correct horse".to_owned().into())?;
/// assert_eq!(format!("{passphrase:?}"), "Passphrase(…)");
/// # Ok::<(), delegant_agent::ParsePassphraseError>(())
/// ```
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// Takes the text over, so that no copy of it stays behind.
    ///
    /// # Errors
    /// [`ParsePassphraseError`] where it is empty or has a line break.
    pub fn new(text: Zeroizing<String>) -> Result<Self, ParsePassphraseError> {
        if text.is_empty() {
            return Err(ParsePassphraseError::Empty);
        }
        if text.contains(['\n', '\r']) {
            return Err(ParsePassphraseError::LineBreak);
        }
        Ok(Self(text))
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Passphrase(…)")
    }
}

/// Why a text is no passphrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParsePassphraseError {
    /// Nothing.
    #[error("an empty passphrase protects nothing")]
    Empty,
    /// More than one line: no prompt could ask for it again.
    #[error("a passphrase is one line: leave out the line break")]
    LineBreak,
}

/// A key that a passphrase opens. How it is encrypted has been checked: what is left to go wrong is
/// the passphrase, or what shows once it is decrypted.
pub struct EncryptedKey {
    parameters: Parameters,
    ciphertext: Vec<u8>,
}

impl EncryptedKey {
    /// Decrypts the key. This takes a moment, by design.
    ///
    /// # Errors
    /// [`ReadKeyError::WrongPassphrase`]; or, where the passphrase is right, what is wrong with the
    /// key behind it.
    pub fn decrypt(&self, passphrase: &Passphrase) -> Result<SecretKey, ReadKeyError> {
        let mut buffer = Zeroizing::new(self.ciphertext.clone());
        let plain = self
            .parameters
            .decrypt_in_place(passphrase.0.as_bytes(), &mut buffer)
            .map_err(|error| match error {
                pkcs5::Error::DecryptFailed => ReadKeyError::WrongPassphrase,
                _ => ReadKeyError::UnsupportedEncryption,
            })?;
        // One wrong passphrase in 256 leaves a padding that looks right, and noise before it.
        read_private_key(plain).map_err(|error| match error {
            ReadKeyError::Malformed => ReadKeyError::WrongPassphrase,
            other => other,
        })
    }

    pub(super) fn from_der(bytes: &[u8]) -> Result<Self, ReadKeyError> {
        let info =
            EncryptedPrivateKeyInfoRef::from_der(bytes).map_err(|error| match error.kind() {
                der::ErrorKind::OidUnknown { .. } => ReadKeyError::UnsupportedEncryption,
                _ => ReadKeyError::Malformed,
            })?;
        let Scheme::Pbes2(parameters) = info.encryption_algorithm else {
            return Err(ReadKeyError::UnsupportedEncryption);
        };
        is_sound(&parameters)?;
        Ok(Self {
            parameters,
            ciphertext: info.encrypted_data.as_bytes().to_vec(),
        })
    }

    pub(super) fn encrypt(plain: &[u8], passphrase: &Passphrase) -> Result<Self, WriteKeyError> {
        let mut salt = [0; 16];
        let mut iv = [0; AES_BLOCK];
        getrandom::fill(&mut salt).map_err(WriteKeyError::Random)?;
        getrandom::fill(&mut iv).map_err(WriteKeyError::Random)?;
        let parameters = Parameters {
            kdf: Kdf::Scrypt(ScryptParams {
                salt: Salt::new(salt).map_err(|_| WriteKeyError::Encoding)?,
                cost_parameter: COST,
                block_size: BLOCK_SIZE,
                parallelization: PARALLELIZATION,
                key_length: None,
            }),
            encryption: EncryptionScheme::Aes256Cbc { iv },
        };

        let padded = plain.len().saturating_add(AES_BLOCK);
        let mut buffer = Zeroizing::new(Vec::with_capacity(padded));
        buffer.extend_from_slice(plain);
        buffer.extend_from_slice(&[0; AES_BLOCK]);
        let ciphertext = parameters
            .encrypt_in_place(passphrase.0.as_bytes(), &mut buffer, plain.len())
            .map_err(|_| WriteKeyError::Encoding)?
            .to_vec();
        Ok(Self {
            parameters,
            ciphertext,
        })
    }

    pub(super) fn to_der(&self) -> Result<Vec<u8>, WriteKeyError> {
        let encrypted_data =
            OctetStringRef::new(&self.ciphertext).map_err(|_| WriteKeyError::Encoding)?;
        EncryptedPrivateKeyInfoRef {
            encryption_algorithm: self.parameters.clone().into(),
            encrypted_data,
        }
        .to_der()
        .map_err(|_| WriteKeyError::Encoding)
    }
}

impl fmt::Debug for EncryptedKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("EncryptedKey(…)")
    }
}

/// Can a passphrase be tried at all, and at a price that is known beforehand?
fn is_sound(parameters: &Parameters) -> Result<(), ReadKeyError> {
    if let Some(length) = parameters.kdf.key_length()
        && usize::from(length) != parameters.encryption.key_size()
    {
        return Err(ReadKeyError::Malformed);
    }
    match &parameters.kdf {
        Kdf::Scrypt(scrypt) => {
            let (n, r, p) = (
                scrypt.cost_parameter,
                u64::from(scrypt.block_size),
                u64::from(scrypt.parallelization),
            );
            // Also keeps the reader below from counting the bits of zero.
            if n < 2 || !n.is_power_of_two() || r == 0 || p == 0 {
                return Err(ReadKeyError::Malformed);
            }
            if n.saturating_mul(r).saturating_mul(p) > MOST_SCRYPT {
                return Err(ReadKeyError::TooCostly);
            }
            Ok(())
        }
        Kdf::Pbkdf2(pbkdf2) if pbkdf2.prf == Pbkdf2Prf::HmacWithSha1 => {
            Err(ReadKeyError::UnsupportedEncryption)
        }
        Kdf::Pbkdf2(pbkdf2) => match pbkdf2.iteration_count {
            0 => Err(ReadKeyError::Malformed),
            1..=MOST_PBKDF2 => Ok(()),
            _ => Err(ReadKeyError::TooCostly),
        },
        _ => Err(ReadKeyError::UnsupportedEncryption),
    }
}
