//! What a key says of itself, and whether it agrees with itself.

use delegant::{Algorithm, ParseKeyError, SecretKey, Signer as _};
use delegant_agent::{ReadKeyError, StoredKey};

use crate::{decode, encode, key, plain, refusal};

const ED25519: [u8; 7] = [0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];

fn element(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let contents = contents.concat();
    assert!(contents.len() < 128);
    [&[tag, contents.len() as u8][..], &contents].concat()
}

fn ed25519(version: u8, secret: &[u8], public: Option<&[u8]>) -> String {
    let public = public.map_or_else(Vec::new, |public| element(0x81, &[&[0], public]));
    let secret = element(0x04, &[&element(0x04, &[secret])]);
    let der = element(0x30, &[&[0x02, 0x01, version], &ED25519, &secret, &public]);
    encode("PRIVATE KEY", &der)
}

/// Swaps some bytes of a plain key for others of the same length.
fn exchanged(key: &SecretKey, old: &[u8], new: &[u8]) -> String {
    let mut der = decode(&plain(key));
    let place = der
        .windows(old.len())
        .position(|window| window == old)
        .unwrap();
    der[place..place + new.len()].copy_from_slice(new);
    encode("PRIVATE KEY", &der)
}

fn public_point(key: &SecretKey) -> Vec<u8> {
    let der = decode(&plain(key));
    der[der.len() - 65..].to_vec()
}

#[test]
fn may_name_the_public_key_where_it_is_that_of_the_secret_key() {
    let alice = key(Algorithm::Ed25519);
    let mallory = key(Algorithm::Ed25519);
    let secret = *alice.to_bytes();
    let read = |public: &[u8]| StoredKey::from_pem(&ed25519(1, &secret, Some(public)));

    let public = alice.public_key();
    match read(public.as_bytes()) {
        Ok(StoredKey::Plain(key)) => assert_eq!(key.did(), alice.did()),
        other => panic!("{other:?}"),
    }
    for public in [
        mallory.public_key().as_bytes(),
        &public.as_bytes()[..31],
        &[0; 32],
        &[],
    ] {
        assert_eq!(read(public).unwrap_err(), ReadKeyError::PublicKeyMismatch);
    }
    // The pair that RUSTSEC-2022-0093 is about: 64 bytes, the second half of them chosen.
    let pair = [&secret, mallory.public_key().as_bytes()].concat();
    assert_eq!(refusal(&ed25519(0, &pair, None)), ReadKeyError::Malformed);
    // The public key is a matter of version 2, and is what makes it that.
    let public = Some(public.as_bytes());
    assert_eq!(
        refusal(&ed25519(0, &secret, public)),
        ReadKeyError::Malformed
    );
    assert_eq!(refusal(&ed25519(1, &secret, None)), ReadKeyError::Malformed);
    assert_eq!(
        refusal(&ed25519(2, &secret, public)),
        ReadKeyError::Malformed
    );
}

#[test]
fn of_an_ec_key_may_not_name_another_public_key() {
    for algorithm in [Algorithm::P256, Algorithm::Secp256k1] {
        let alice = key(algorithm);
        let own = public_point(&alice);
        let other = public_point(&key(algorithm));
        let mut off_the_curve = own.clone();
        off_the_curve[63] ^= 1;
        let mut no_form = own.clone();
        no_form[0] = 7;
        for public in [other, off_the_curve, no_form, vec![0; 65]] {
            let error = refusal(&exchanged(&alice, &own, &public));
            assert_eq!(error, ReadKeyError::PublicKeyMismatch, "{algorithm}");
        }
        // The other way round: the secret key changed under the public one.
        let mut secret = *alice.to_bytes();
        secret[31] ^= 1;
        let error = refusal(&exchanged(&alice, &*alice.to_bytes(), &secret));
        assert_eq!(error, ReadKeyError::PublicKeyMismatch, "{algorithm}");
    }
}

#[test]
fn of_one_curve_are_not_read_as_those_of_another() {
    let alice = key(Algorithm::P256);
    let p256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    let p192 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x01];
    let text = exchanged(&alice, &p256, &p192);
    assert_eq!(refusal(&text), ReadKeyError::UnsupportedCurve);

    let alice = key(Algorithm::Ed25519);
    let text = exchanged(&alice, &[0x2b, 0x65, 0x70], &[0x2b, 0x65, 0x6e]);
    assert_eq!(refusal(&text), ReadKeyError::UnsupportedAlgorithm);
}

#[test]
fn are_a_secret_key_of_the_curve() {
    for algorithm in [Algorithm::P256, Algorithm::Secp256k1] {
        let alice = key(algorithm);
        for wrong in [[0; 32], [0xff; 32]] {
            let error = refusal(&exchanged(&alice, &*alice.to_bytes(), &wrong));
            assert_eq!(
                error,
                ReadKeyError::Key(ParseKeyError::Secret),
                "{algorithm}"
            );
        }
    }
}

#[test]
fn of_an_ed25519_key_are_exactly_a_seed() {
    for length in [0, 31, 33] {
        let text = ed25519(0, &vec![7; length], None);
        assert_eq!(refusal(&text), ReadKeyError::Malformed);
    }
    assert!(StoredKey::from_pem(&ed25519(0, &[7; 32], None)).is_ok());
}
