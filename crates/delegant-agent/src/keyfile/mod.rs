//! Where does a secret key rest? In a PKCS#8 PEM file, encrypted unless asked otherwise.
//!
//! The files are those of `openssl pkey`, in both directions. They begin with
//! `-----BEGIN ENCRYPTED PRIVATE KEY-----` or `-----BEGIN PRIVATE KEY-----`, which is what secret
//! scanners look for.
//!
//! [`create`] and [`load`] deal with files, [`to_pem`] and [`StoredKey::from_pem`] with their text.
//!
//! AES-CBC, all that `openssl` reads here, does not notice every change to a file. Whoever may
//! write to a key file can replace the key anyway: compare the DID with the one you expect.

#![cfg_attr(
    not(test),
    warn(
        clippy::arithmetic_side_effects,
        reason = "whoever chose the bytes chose the numbers"
    )
)]

mod encryption;
mod error;
mod file;
mod pem;
mod private_key;

pub use encryption::{EncryptedKey, ParsePassphraseError, Passphrase};
pub use error::{ReadKeyError, WriteKeyError};
pub use file::{KeyFileError, create, load, read};
pub use pem::{Protection, StoredKey, to_pem};
