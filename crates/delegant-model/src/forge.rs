//! Tokens as bytes, in order and out of it. Ed25519, P-256 and secp256k1 sign; the rest is ours.

use k256::ecdsa::signature::Signer as _;

use crate::cbor;
use crate::did::{self, Algorithm};
use crate::value::Value;

/// A key that signs.
pub struct Secret {
    algorithm: Algorithm,
    seed: [u8; 32],
    ed25519: ed25519_dalek::SigningKey,
}

/// What is wrong with a token, besides what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    None,
    /// One bit of the signature differs.
    FlippedBit,
    /// Another key signed.
    OtherKey,
    /// 63 bytes of signature.
    ShortSignature,
    /// 65 bytes of signature.
    LongSignature,
    /// No signature at all.
    NoSignature,
    /// The other spelling of an ECDSA signature, which is none (ruling 8).
    Twin,
    /// The header of another algorithm.
    OtherHeader,
    /// The header of an algorithm that nobody reads.
    UnknownHeader,
    /// A tag that nobody reads.
    UnknownTag,
    /// A field that nobody reads.
    UnknownField,
    /// `exp` is not there.
    NoExpiration,
    /// `nbf` is null.
    NullNotBefore,
    /// `nonce` is not there.
    NoNonce,
    /// The bytes go on behind the token.
    TrailingByte,
}

impl Flaw {
    /// Those that leave a token in order.
    pub const OF_SIGNATURES: [Self; 7] = [
        Self::FlippedBit,
        Self::OtherKey,
        Self::ShortSignature,
        Self::LongSignature,
        Self::NoSignature,
        Self::Twin,
        Self::OtherHeader,
    ];
    /// Those that do not.
    pub const OF_FORM: [Self; 7] = [
        Self::UnknownHeader,
        Self::UnknownTag,
        Self::UnknownField,
        Self::NoExpiration,
        Self::NullNotBefore,
        Self::NoNonce,
        Self::TrailingByte,
    ];
}

impl Secret {
    /// The key of these 32 bytes.
    pub fn new(algorithm: Algorithm, seed: [u8; 32]) -> Self {
        Self {
            algorithm,
            seed,
            ed25519: ed25519_dalek::SigningKey::from_bytes(&seed),
        }
    }

    /// Its DID.
    pub fn did(&self) -> String {
        let key = match self.algorithm {
            Algorithm::Ed25519 => self.ed25519.verifying_key().to_bytes().to_vec(),
            Algorithm::P256 => self
                .p256()
                .verifying_key()
                .to_sec1_point(true)
                .as_bytes()
                .to_vec(),
            Algorithm::Secp256k1 => self
                .k256()
                .verifying_key()
                .to_sec1_point(true)
                .as_bytes()
                .to_vec(),
        };
        format!(
            "did:key:z{}",
            did::to_base58(&[&self.algorithm.code()[..], &key].concat())
        )
    }

    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The secret bytes: of a key for tests.
    pub const fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self.algorithm {
            Algorithm::Ed25519 => self.ed25519.sign(message).to_bytes().to_vec(),
            Algorithm::P256 => {
                let signature: p256::ecdsa::Signature = self.p256().sign(message);
                signature.to_vec()
            }
            Algorithm::Secp256k1 => {
                let signature: k256::ecdsa::Signature = self.k256().sign(message);
                signature.to_vec()
            }
        }
    }

    fn p256(&self) -> p256::ecdsa::SigningKey {
        p256::ecdsa::SigningKey::from_slice(&self.seed).expect("the seeds are below the order")
    }

    fn k256(&self) -> k256::ecdsa::SigningKey {
        k256::ecdsa::SigningKey::from_slice(&self.seed).expect("the seeds are below the order")
    }
}

/// The token that this key signs: `kind` is `dlg` or `inv`.
pub fn token(
    secret: &Secret,
    kind: &str,
    edition: &str,
    mut fields: Vec<(String, Value)>,
    flaw: Flaw,
) -> Vec<u8> {
    let gone = match flaw {
        Flaw::NoExpiration => "exp",
        Flaw::NoNonce => "nonce",
        Flaw::NullNotBefore => "nbf",
        _ => "",
    };
    fields.retain(|(name, _)| name != gone);
    match flaw {
        Flaw::UnknownField => fields.push(("admin".to_owned(), Value::Bool(true))),
        Flaw::NullNotBefore => fields.push(("nbf".to_owned(), Value::Null)),
        _ => {}
    }
    let header = match (flaw, secret.algorithm()) {
        (Flaw::OtherHeader, Algorithm::Ed25519) => Algorithm::P256.header(),
        (Flaw::OtherHeader, Algorithm::P256) => Algorithm::Secp256k1.header(),
        (Flaw::OtherHeader, Algorithm::Secp256k1) => Algorithm::Ed25519.header(),
        // DAG-JSON is signed.
        (Flaw::UnknownHeader, _) => &[0x34, 0x01, 0xed, 0x01, 0xed, 0x01, 0x13, 0xa9, 0x02],
        (_, algorithm) => algorithm.header(),
    };
    let tag = if flaw == Flaw::UnknownTag {
        format!("ucan/{kind}@2.0.0")
    } else {
        format!("ucan/{kind}@{edition}")
    };
    let signed = cbor::write(&Value::map([
        ("h".to_owned(), Value::Bytes(header.to_vec())),
        (tag, Value::map(fields)),
    ]));
    let mut signature = match flaw {
        Flaw::OtherKey => Secret::new(secret.algorithm(), [7; 32]).sign(&signed),
        _ => secret.sign(&signed),
    };
    match flaw {
        Flaw::FlippedBit => signature[40] ^= 4,
        Flaw::ShortSignature => signature.truncate(63),
        Flaw::LongSignature => signature.push(0),
        Flaw::NoSignature => signature.clear(),
        Flaw::Twin => signature = did::twin(secret.algorithm(), &signature).unwrap_or(signature),
        _ => {}
    }
    let mut bytes = vec![0x82];
    cbor::append(&mut bytes, &Value::Bytes(signature));
    bytes.extend(signed);
    if flaw == Flaw::TrailingByte {
        bytes.push(0);
    }
    bytes
}
