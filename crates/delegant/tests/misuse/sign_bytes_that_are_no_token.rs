//! A key signs tokens and nothing else, so what it signed can never be taken for one.

use delegant::{SecretKey, SigPayload, Signer};

fn oracle(key: &SecretKey, bytes: &[u8]) -> [u8; 64] {
    key.sign(SigPayload::new(bytes)).unwrap()
}

fn main() {}
