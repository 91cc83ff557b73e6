//! What is written comes back, with the right passphrase and no other.

use std::fs;

use delegant::{Algorithm, Signer as _};
use delegant_agent::{
    KeyFileError, ParsePassphraseError, Passphrase, Protection, ReadKeyError, StoredKey, keyfile,
};
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::Decode as _;
use pkcs8::pkcs5::pbes2::{Kdf, Pbkdf2Params};

use crate::{
    WORDS, decode, directory, encrypted_anew, key, load_encrypted, load_plain, passphrase,
};

#[test]
fn reads_back_what_it_wrote_plain() {
    for algorithm in Algorithm::ALL {
        let (_directory, path) = directory();
        let alice = key(algorithm);
        keyfile::create(&path, &alice, Protection::Plain).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("-----BEGIN PRIVATE KEY-----\n"),
            "{algorithm}"
        );
        assert!(!keyfile::read(&path).unwrap().is_encrypted());
        let again = load_plain(&path).unwrap();
        assert_eq!(again.did(), alice.did());
        assert_eq!(again.to_bytes(), alice.to_bytes());
    }
}

#[test]
fn reads_back_what_it_wrote_encrypted() {
    for algorithm in Algorithm::ALL {
        let (_directory, path) = directory();
        let alice = key(algorithm);
        keyfile::create(&path, &alice, Protection::Passphrase(&passphrase(WORDS))).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"),
            "{algorithm}"
        );
        assert!(keyfile::read(&path).unwrap().is_encrypted());
        let again = load_encrypted(&path, WORDS).unwrap();
        assert_eq!(again.to_bytes(), alice.to_bytes());
    }
}

#[test]
fn two_files_of_one_key_share_neither_salt_nor_iv() {
    let alice = key(Algorithm::Ed25519);
    let words = passphrase(WORDS);
    let [one, other] = [(), ()].map(|()| {
        let text = keyfile::to_pem(&alice, Protection::Passphrase(&words)).unwrap();
        let der = decode(&text);
        let info = EncryptedPrivateKeyInfoRef::from_der(&der).unwrap();
        let pbes2 = info.encryption_algorithm.pbes2().unwrap().clone();
        let salt = pbes2.kdf.scrypt().unwrap().salt;
        (salt, pbes2.encryption)
    });
    assert_ne!(one.0, other.0);
    assert_ne!(one.1, other.1);
}

#[test]
fn refuses_a_wrong_passphrase() {
    let (_directory, path) = directory();
    let alice = key(Algorithm::P256);
    keyfile::create(&path, &alice, Protection::Passphrase(&passphrase(WORDS))).unwrap();
    let error = load_encrypted(&path, "correct horse").unwrap_err();
    assert!(matches!(
        error,
        KeyFileError::NotAKey {
            source: ReadKeyError::WrongPassphrase,
            ..
        }
    ));
    assert!(error.to_string().contains(path.to_str().unwrap()));

    let error = keyfile::load(&path, || Err::<Passphrase, _>("there is no terminal")).unwrap_err();
    assert!(matches!(error, KeyFileError::NoPassphrase { .. }));
    assert!(
        error.to_string().ends_with("there is no terminal"),
        "{error}"
    );
}

#[test]
fn refuses_every_wrong_passphrase_even_where_the_padding_looks_right() {
    // One round, so that there is time for many; one in 256 pads well by chance.
    let text = encrypted_anew(|pbes2| {
        pbes2.kdf = Kdf::Pbkdf2(Pbkdf2Params::hmac_sha256(1, b"salt and pepper").unwrap());
    });
    let StoredKey::Encrypted(stored) = StoredKey::from_pem(&text).unwrap() else {
        panic!("not encrypted");
    };
    for number in 0..2_000 {
        let error = stored
            .decrypt(&passphrase(&number.to_string()))
            .unwrap_err();
        assert_eq!(error, ReadKeyError::WrongPassphrase);
    }
    stored.decrypt(&passphrase(WORDS)).unwrap();
}

#[test]
fn a_passphrase_is_one_line_that_is_not_empty() {
    let refused = |text: &str| Passphrase::new(text.to_owned().into()).unwrap_err();
    assert_eq!(refused(""), ParsePassphraseError::Empty);
    assert_eq!(refused("one\n"), ParsePassphraseError::LineBreak);
    assert_eq!(refused("one\r\ntwo"), ParsePassphraseError::LineBreak);
}
