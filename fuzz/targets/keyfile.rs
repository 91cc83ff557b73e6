//! Key files: the text of one; or, behind a byte 0xff, its DER, which the target writes as PEM (plain
//! behind a zero, and else encrypted).
#![no_main]

use delegant::{SecretKey, Signer as _};
use delegant_agent::keyfile::{Passphrase, Protection, StoredKey, to_pem};
use delegant_fuzz::{begin, bounded};
use libfuzzer_sys::fuzz_target;
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::Decode as _;
use pkcs8::der::pem::{self, LineEnding};
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::Kdf;

fuzz_target!(init: begin(), |data: &[u8]| {
    match data {
        [0xff, kind, der @ ..] => {
            let label = if *kind == 0 { "PRIVATE KEY" } else { "ENCRYPTED PRIVATE KEY" };
            if let Ok(text) = pem::encode_string(label, LineEnding::LF, der) {
                check(&text);
            }
        }
        text => {
            if let Ok(text) = std::str::from_utf8(text) {
                check(text);
            }
        }
    }
});

fn check(text: &str) {
    match bounded(|| StoredKey::from_pem(text)) {
        Ok(StoredKey::Plain(key)) => is_written_and_read(&key),
        Ok(StoredKey::Encrypted(key)) => {
            assert_eq!(format!("{key:?}"), "EncryptedKey(…)");
            if costs_little(text) {
                let passphrase = Passphrase::new("a".to_owned().into()).expect("one line");
                if let Ok(key) = bounded(|| key.decrypt(&passphrase)) {
                    is_written_and_read(&key);
                }
            }
        }
        Err(_) => {}
    }
}

fn is_written_and_read(key: &SecretKey) {
    let text = to_pem(key, Protection::Plain).expect("it was read");
    let Ok(StoredKey::Plain(again)) = StoredKey::from_pem(&text) else {
        panic!("what is written is not read");
    };
    assert_eq!(*again.to_bytes(), *key.to_bytes());
    assert_eq!(again.public_key(), key.public_key());
    assert_eq!(
        *to_pem(&again, Protection::Plain).expect("it was read"),
        *text
    );
}

/// Trying a passphrase takes as long as the file says; here, only where that is hardly any time.
fn costs_little(text: &str) -> bool {
    let Ok((_, der)) = pem::decode_vec(text.trim_end().as_bytes()) else {
        return false;
    };
    let Ok(info) = EncryptedPrivateKeyInfoRef::from_der(&der) else {
        return false;
    };
    let EncryptionScheme::Pbes2(parameters) = info.encryption_algorithm else {
        return false;
    };
    match parameters.kdf {
        Kdf::Scrypt(scrypt) => {
            let (r, p) = (scrypt.block_size.into(), scrypt.parallelization.into());
            scrypt.cost_parameter.saturating_mul(r).saturating_mul(p) <= 64
        }
        Kdf::Pbkdf2(pbkdf2) => pbkdf2.iteration_count <= 64,
        _ => false,
    }
}
