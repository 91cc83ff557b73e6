//! Who gives, receives and invokes?

use delegant::{Did, Keys, PublicKey, VerifyingKey};

use crate::did::{self, Algorithm};
use crate::forge::Secret;
use crate::random::Random;

/// Five with Ed25519, one each with P-256 and secp256k1, and one whose key nobody knows.
pub(super) struct Principals {
    pub(super) names: Vec<String>,
    pub(super) dids: Vec<Did>,
    pub(super) secrets: Vec<Secret>,
    pub(super) keys: Vec<VerifyingKey>,
}

impl Keys for Principals {
    fn verifying_key(&self, did: &Did) -> Option<VerifyingKey> {
        let place = self.dids.iter().position(|known| known == did)?;
        self.keys.get(place).cloned()
    }
}

impl Principals {
    pub(super) fn new(random: &mut Random) -> Self {
        const ALGORITHMS: [Algorithm; 7] = [
            Algorithm::Ed25519,
            Algorithm::Ed25519,
            Algorithm::Ed25519,
            Algorithm::Ed25519,
            Algorithm::Ed25519,
            Algorithm::P256,
            Algorithm::Secp256k1,
        ];
        let secrets = ALGORITHMS.map(|algorithm| {
            let mut seed: [u8; 32] = random.bytes(32).try_into().expect("32 bytes");
            seed[0] = 1; // below the order of either curve
            Secret::new(algorithm, seed)
        });
        let mut names: Vec<String> = secrets.iter().map(Secret::did).collect();
        let keys = names.iter().map(|name| ready(name)).collect();
        names.push("did:web:example.com".to_owned());
        let dids = names
            .iter()
            .map(|name| name.parse().expect("a DID"))
            .collect();
        Self {
            names,
            dids,
            secrets: secrets.into(),
            keys,
        }
    }

    /// One without a key signs with one of another.
    pub(super) fn secret(&self, principal: usize) -> &Secret {
        self.secrets.get(principal).unwrap_or(&self.secrets[0])
    }
}

fn ready(name: &str) -> VerifyingKey {
    let (algorithm, key) = did::parse(name).flatten().expect("a did:key");
    let algorithm = match algorithm {
        Algorithm::Ed25519 => delegant::Algorithm::Ed25519,
        Algorithm::P256 => delegant::Algorithm::P256,
        Algorithm::Secp256k1 => delegant::Algorithm::Secp256k1,
    };
    PublicKey::from_bytes(algorithm, &key)
        .expect("a key")
        .decompress()
        .expect("a point")
}
