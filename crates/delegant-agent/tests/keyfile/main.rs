//! Key files, from both sides: what we write, what others write, and what nobody should have.
#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking, in its helpers too"
)]

mod contents;
mod encryption;
mod files;
mod openssl;
mod round_trip;
mod secrets;
mod text;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use delegant::{Algorithm, SecretKey};
use delegant_agent::{KeyFileError, Passphrase, Protection, ReadKeyError, StoredKey, keyfile};
use pkcs8::der::{Decode as _, pem};
use pkcs8::pkcs5::pbes2;
use pkcs8::{LineEnding, PrivateKeyInfoRef};
use tempfile::TempDir;

const WORDS: &str = "correct horse battery staple";

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned().into()).unwrap()
}

fn key(algorithm: Algorithm) -> SecretKey {
    SecretKey::generate(algorithm).unwrap()
}

fn directory() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("alice.pem");
    (directory, path)
}

/// Puts a text where a key file would be, as closed as one.
fn put(path: &Path, text: impl AsRef<[u8]>) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn load_plain(path: &Path) -> Result<SecretKey, KeyFileError> {
    keyfile::load(path, || Err("nobody should be asked"))
}

fn load_encrypted(path: &Path, text: &str) -> Result<SecretKey, KeyFileError> {
    keyfile::load(path, || Ok::<_, std::io::Error>(passphrase(text)))
}

fn decode(text: &str) -> Vec<u8> {
    pem::decode_vec(text.as_bytes()).unwrap().1
}

fn encode(label: &str, der: &[u8]) -> String {
    pem::encode_string(label, LineEnding::LF, der).unwrap()
}

fn plain(key: &SecretKey) -> String {
    keyfile::to_pem(key, Protection::Plain)
        .unwrap()
        .as_str()
        .to_owned()
}

fn refusal(text: &str) -> ReadKeyError {
    match StoredKey::from_pem(text) {
        Ok(found) => panic!("{found:?}"),
        Err(error) => error,
    }
}

/// A key encrypted under [`WORDS`] with parameters of our choosing.
fn encrypted_anew(choose: impl FnOnce(&mut pbes2::Parameters)) -> String {
    let mut parameters =
        pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(1, &[1; 16], [2; 16]).unwrap();
    choose(&mut parameters);
    let der = decode(&plain(&key(Algorithm::Ed25519)));
    let info = PrivateKeyInfoRef::from_der(&der).unwrap();
    let document = info.encrypt_with_params(parameters, WORDS).unwrap();
    encode("ENCRYPTED PRIVATE KEY", document.as_bytes())
}
