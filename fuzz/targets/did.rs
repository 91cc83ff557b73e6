//! DIDs: a principal has one name. Behind a first byte 0xff stand the bytes of a key, which the target
//! spells, as mutating base58 seldom leads to another key.
#![no_main]

use delegant::{Algorithm, Did, PublicKey};
use delegant_fuzz::{begin, bounded};
use delegant_model::did;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: begin(), |data: &[u8]| {
    match data {
        [0xff, key @ ..] => is_read_as_one_name(&format!("did:key:z{}", did::to_base58(key))),
        text => {
            if let Ok(text) = std::str::from_utf8(text) {
                is_read_as_one_name(text);
            }
        }
    }
});

fn is_read_as_one_name(text: &str) {
    let parsed = bounded(|| text.parse::<Did>());
    let modelled = did::parse(text);
    let Ok(did) = parsed else {
        assert!(modelled.is_none(), "the model reads {modelled:?}");
        return;
    };
    assert_eq!(did.to_string(), text);
    let modelled = modelled.expect("the model refuses it");
    let key = did.public_key().map(|key| {
        let algorithm = match key.algorithm() {
            Algorithm::Ed25519 => did::Algorithm::Ed25519,
            Algorithm::P256 => did::Algorithm::P256,
            _ => did::Algorithm::Secp256k1,
        };
        (algorithm, key.as_bytes().to_vec())
    });
    assert_eq!(key, modelled);
    if let Some(key) = did.public_key() {
        let again = PublicKey::from_bytes(key.algorithm(), key.as_bytes());
        assert_eq!(again, Ok(*key));
        assert_eq!(Did::from(*key), did);
        bounded(|| key.decompress());
    }
}
