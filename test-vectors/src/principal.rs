//! Who signs? Principals with published keys, which must never be used for anything else.

use k256::ecdsa::signature::Signer as _;

use crate::text::base58;

/// A principal whose secret key is one byte, 32 times over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Principal {
    pub(crate) name: &'static str,
    pub(crate) curve: Curve,
    seed: u8,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Curve {
    Ed25519,
    P256,
    Secp256k1,
}

use Curve::{Ed25519, P256, Secp256k1};

const fn principal(name: &'static str, curve: Curve, seed: u8) -> Principal {
    Principal { name, curve, seed }
}

/// Owns what the chains are about: their subject and usual executor.
pub(crate) const ALICE: Principal = principal("alice", Ed25519, 1);
pub(crate) const BOB: Principal = principal("bob", Ed25519, 2);
pub(crate) const CAROL: Principal = principal("carol", Ed25519, 3);
pub(crate) const DAVE: Principal = principal("dave", Ed25519, 4);
/// Another owner.
pub(crate) const ERIN: Principal = principal("erin", Ed25519, 5);
/// Has no part in anything.
pub(crate) const MALLORY: Principal = principal("mallory", Ed25519, 6);
/// Executes for others.
pub(crate) const SERVICE: Principal = principal("service", Ed25519, 7);
pub(crate) const PAULA: Principal = principal("paula", P256, 8);
pub(crate) const PETER: Principal = principal("peter", P256, 9);
pub(crate) const SAM: Principal = principal("sam", Secp256k1, 10);
pub(crate) const SUE: Principal = principal("sue", Secp256k1, 11);

pub(crate) const ALL: [Principal; 11] = [
    ALICE, BOB, CAROL, DAVE, ERIN, MALLORY, SERVICE, PAULA, PETER, SAM, SUE,
];

impl Curve {
    /// The varsig header over DAG-CBOR.
    pub(crate) const fn header(self) -> [u8; 8] {
        match self {
            Ed25519 => [0x34, 0x01, 0xed, 0x01, 0xed, 0x01, 0x13, 0x71],
            P256 => [0x34, 0x01, 0xec, 0x01, 0x80, 0x24, 0x12, 0x71],
            Secp256k1 => [0x34, 0x01, 0xec, 0x01, 0xe7, 0x01, 0x12, 0x71],
        }
    }

    pub(crate) const fn codec(self) -> [u8; 2] {
        match self {
            Ed25519 => [0xed, 0x01],
            P256 => [0x80, 0x24],
            Secp256k1 => [0xe7, 0x01],
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Ed25519 => "Ed25519",
            P256 => "P-256",
            Secp256k1 => "secp256k1",
        }
    }
}

/// `did:key` of these bytes behind this codec.
pub(crate) fn did_key(codec: &[u8], key: &[u8]) -> String {
    format!("did:key:z{}", base58(&[codec, key].concat()))
}

impl Principal {
    pub(crate) const fn secret(self) -> [u8; 32] {
        [self.seed; 32]
    }

    /// The public key: 32 bytes for Ed25519, 33 for the others.
    pub(crate) fn public(self) -> Vec<u8> {
        match self.curve {
            Ed25519 => self.ed25519().verifying_key().to_bytes().to_vec(),
            P256 => self
                .p256()
                .verifying_key()
                .to_sec1_point(true)
                .as_bytes()
                .to_vec(),
            Secp256k1 => self
                .secp256k1()
                .verifying_key()
                .to_sec1_point(true)
                .as_bytes()
                .to_vec(),
        }
    }

    pub(crate) fn did(self) -> String {
        did_key(&self.curve.codec(), &self.public())
    }

    /// RFC 8032, or RFC 6979 with the low `s`: the same bytes at every run.
    pub(crate) fn sign(self, message: &[u8]) -> Vec<u8> {
        match self.curve {
            Ed25519 => self.ed25519().sign(message).to_bytes().to_vec(),
            P256 => {
                let signature: p256::ecdsa::Signature = self.p256().sign(message);
                signature.normalize_s().to_bytes().to_vec()
            }
            Secp256k1 => {
                let signature: k256::ecdsa::Signature = self.secp256k1().sign(message);
                signature.normalize_s().to_bytes().to_vec()
            }
        }
    }

    pub(crate) fn ed25519(self) -> ed25519_dalek::SigningKey {
        ed25519_dalek::SigningKey::from_bytes(&self.secret())
    }

    pub(crate) fn p256(self) -> p256::ecdsa::SigningKey {
        p256::ecdsa::SigningKey::from_slice(&self.secret()).unwrap()
    }

    pub(crate) fn secp256k1(self) -> k256::ecdsa::SigningKey {
        k256::ecdsa::SigningKey::from_slice(&self.secret()).unwrap()
    }
}
