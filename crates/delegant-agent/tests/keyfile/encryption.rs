//! How a key may be encrypted, and at what price.

use delegant::Algorithm;
use delegant_agent::{ReadKeyError, StoredKey};
use pkcs8::der::{Decode as _, Encode as _};
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2::{self, Kdf, Pbkdf2Params, Pbkdf2Prf, ScryptParams};
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};

use crate::{WORDS, decode, encode, encrypted_anew, key, passphrase, plain, refusal};

/// The parameters as they are written, whether or not anyone could decrypt with them.
fn claiming(kdf: Kdf) -> String {
    let der = decode(&encrypted_anew(|_| {}));
    let mut info = EncryptedPrivateKeyInfoRef::from_der(&der).unwrap();
    let encryption = info.encryption_algorithm.pbes2().unwrap().encryption;
    info.encryption_algorithm = EncryptionScheme::Pbes2(pbes2::Parameters { kdf, encryption });
    encode("ENCRYPTED PRIVATE KEY", &info.to_der().unwrap())
}

fn scrypt(cost_parameter: u64, block_size: u16, parallelization: u16) -> Kdf {
    Kdf::Scrypt(ScryptParams {
        salt: b"salt and pepper".as_slice().try_into().unwrap(),
        cost_parameter,
        block_size,
        parallelization,
        key_length: None,
    })
}

fn pbkdf2(iteration_count: u32) -> Pbkdf2Params {
    Pbkdf2Params {
        iteration_count,
        ..Pbkdf2Params::hmac_sha256(1, b"salt and pepper").unwrap()
    }
}

#[test]
fn has_a_price_that_is_known_before_it_is_paid() {
    for costly in [
        scrypt(1 << 19, 8, 1),
        scrypt(1 << 18, 8, 2),
        scrypt(1 << 63, u16::MAX, u16::MAX),
        Kdf::Pbkdf2(pbkdf2(10_000_001)),
        Kdf::Pbkdf2(pbkdf2(u32::MAX)),
    ] {
        assert_eq!(refusal(&claiming(costly)), ReadKeyError::TooCostly);
    }
    for nonsense in [
        scrypt(0, 8, 1),
        scrypt(1, 8, 1),
        scrypt(3, 8, 1),
        scrypt(1 << 14, 0, 1),
        scrypt(1 << 14, 8, 0),
        Kdf::Pbkdf2(pbkdf2(0)),
        Kdf::Pbkdf2(Pbkdf2Params {
            key_length: Some(16),
            ..pbkdf2(1)
        }),
    ] {
        assert_eq!(refusal(&claiming(nonsense)), ReadKeyError::Malformed);
    }
    for fair in [
        scrypt(1 << 18, 8, 1),
        scrypt(1 << 17, 8, 1),
        Kdf::Pbkdf2(pbkdf2(10_000_000)),
    ] {
        assert!(StoredKey::from_pem(&claiming(fair)).is_ok());
    }
}

#[test]
fn of_old_is_not_read() {
    let sha1 = Kdf::Pbkdf2(Pbkdf2Params {
        prf: Pbkdf2Prf::HmacWithSha1,
        ..pbkdf2(2048)
    });
    assert_eq!(
        refusal(&claiming(sha1)),
        ReadKeyError::UnsupportedEncryption
    );
}

#[test]
fn around_something_else_says_so_once_the_passphrase_is_right() {
    let der = decode(&plain(&key(Algorithm::Ed25519)));
    let mut info = PrivateKeyInfoRef::from_der(&der).unwrap();
    info.algorithm.oid = pkcs8::ObjectIdentifier::new_unwrap("1.3.101.110");
    let parameters =
        pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(1, &[1; 16], [2; 16]).unwrap();
    let document = info.encrypt_with_params(parameters, WORDS).unwrap();
    let text = encode("ENCRYPTED PRIVATE KEY", document.as_bytes());
    let Ok(StoredKey::Encrypted(stored)) = StoredKey::from_pem(&text) else {
        panic!("not encrypted");
    };
    assert_eq!(
        stored.decrypt(&passphrase(WORDS)).unwrap_err(),
        ReadKeyError::UnsupportedAlgorithm
    );
}
