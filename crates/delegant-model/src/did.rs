//! Who is a principal, and did they sign? (rulings 7 and 8)

use k256::ecdsa::signature::hazmat::PrehashVerifier as _;
use sha2::{Digest as _, Sha256};

/// An algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Ed25519,
    P256,
    Secp256k1,
}

impl Algorithm {
    /// Ruling 3: one header for each, whole.
    pub const fn header(self) -> &'static [u8] {
        match self {
            Self::Ed25519 => &[0x34, 0x01, 0xed, 0x01, 0xed, 0x01, 0x13, 0x71],
            Self::P256 => &[0x34, 0x01, 0xec, 0x01, 0x80, 0x24, 0x12, 0x71],
            Self::Secp256k1 => &[0x34, 0x01, 0xec, 0x01, 0xe7, 0x01, 0x12, 0x71],
        }
    }

    /// The algorithm with this header.
    pub fn of_header(header: &[u8]) -> Option<Self> {
        [Self::Ed25519, Self::P256, Self::Secp256k1]
            .into_iter()
            .find(|algorithm| algorithm.header() == header)
    }

    /// What stands before a public key.
    pub const fn code(self) -> [u8; 2] {
        match self {
            Self::Ed25519 => [0xed, 0x01],
            Self::P256 => [0x80, 0x24],
            Self::Secp256k1 => [0xe7, 0x01],
        }
    }
}

/// The key in a `did:key`; `None` inside for a DID of another method.
pub type Key = Option<(Algorithm, Vec<u8>)>;

/// Reads a DID; `None` where it is none.
pub fn parse(text: &str) -> Option<Key> {
    // Ruling 7 and reading o.
    if text.len() > 128 {
        return None;
    }
    if let Some(encoded) = text.strip_prefix("did:key:") {
        return key(encoded).map(Some);
    }
    // DID Core, "DID Syntax"; fragments, queries and paths are of DID URLs.
    let (method, id) = text.strip_prefix("did:")?.split_once(':')?;
    let method_fits = !method.is_empty()
        && method
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let id_fits = !id.is_empty() && !id.ends_with(':') && is_id(id);
    (method_fits && id_fits).then_some(None)
}

fn is_id(id: &str) -> bool {
    let mut bytes = id.bytes();
    while let Some(byte) = bytes.next() {
        let fits = match byte {
            b'%' => {
                let mut hexadecimal = || bytes.next().is_some_and(|byte| byte.is_ascii_hexdigit());
                hexadecimal() && hexadecimal()
            }
            byte => byte.is_ascii_alphanumeric() || b".-_:".contains(&byte),
        };
        if !fits {
            return false;
        }
    }
    true
}

fn key(encoded: &str) -> Option<(Algorithm, Vec<u8>)> {
    let digits = encoded.strip_prefix('z')?;
    let decoded = from_base58(digits)?;
    if to_base58(&decoded) != digits {
        return None;
    }
    let (code, key) = decoded.split_at_checked(2)?;
    let algorithm = [Algorithm::Ed25519, Algorithm::P256, Algorithm::Secp256k1]
        .into_iter()
        .find(|algorithm| algorithm.code() == code)?;
    let fits = match algorithm {
        Algorithm::Ed25519 => key.len() == 32 && !is_weak_or_not_canonical(key),
        Algorithm::P256 | Algorithm::Secp256k1 => key.len() == 33 && (key[0] == 2 || key[0] == 3),
    };
    fits.then(|| (algorithm, key.to_vec()))
}

fn is_weak_or_not_canonical(key: &[u8]) -> bool {
    // p = 2^255 − 19, little-endian; the highest bit is the sign of x.
    let beyond_p =
        key[0] >= 0xed && key[1..31].iter().all(|byte| *byte == 0xff) && key[31] & 0x7f == 0x7f;
    let weak = ed25519_key(key).is_some_and(|key| key.is_weak());
    beyond_p || weak
}

fn ed25519_key(key: &[u8]) -> Option<ed25519_dalek::VerifyingKey> {
    ed25519_dalek::VerifyingKey::from_bytes(key.try_into().ok()?).ok()
}

/// Did the key of this principal sign this message, with this header? (rulings 3, 8 and 12)
pub fn signed(key: &Key, header: Algorithm, message: &[u8], signature: &[u8]) -> bool {
    let Some((algorithm, key)) = key else {
        return false;
    };
    if *algorithm != header || signature.len() != 64 {
        return false;
    }
    match algorithm {
        Algorithm::Ed25519 => {
            let (Some(key), Ok(signature)) = (
                ed25519_key(key),
                ed25519_dalek::Signature::from_slice(signature),
            ) else {
                return false;
            };
            key.verify_strict(message, &signature).is_ok()
        }
        Algorithm::P256 => {
            use p256::ecdsa::{Signature, VerifyingKey};
            let (Ok(key), Ok(signature)) = (
                VerifyingKey::from_sec1_bytes(key),
                Signature::from_slice(signature),
            ) else {
                return false;
            };
            key.verify_prehash(&Sha256::digest(message), &signature.normalize_s())
                .is_ok()
        }
        Algorithm::Secp256k1 => {
            use k256::ecdsa::{Signature, VerifyingKey};
            let (Ok(key), Ok(signature)) = (
                VerifyingKey::from_sec1_bytes(key),
                Signature::from_slice(signature),
            ) else {
                return false;
            };
            key.verify_prehash(&Sha256::digest(message), &signature.normalize_s())
                .is_ok()
        }
    }
}

/// The other spelling of an ECDSA signature: `(r, n − s)` (ruling 8).
pub fn twin(algorithm: Algorithm, signature: &[u8]) -> Option<Vec<u8>> {
    match algorithm {
        Algorithm::Ed25519 => None,
        Algorithm::P256 => {
            let (r, s) = p256::ecdsa::Signature::from_slice(signature)
                .ok()?
                .split_scalars();
            Some(p256::ecdsa::Signature::from_scalars(r, -s).ok()?.to_vec())
        }
        Algorithm::Secp256k1 => {
            let (r, s) = k256::ecdsa::Signature::from_slice(signature)
                .ok()?
                .split_scalars();
            Some(k256::ecdsa::Signature::from_scalars(r, -s).ok()?.to_vec())
        }
    }
}

const DIGITS: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// By hand: each digit multiplies what is there by 58; every leading `1` is a zero byte.
fn from_base58(digits: &str) -> Option<Vec<u8>> {
    let mut number: Vec<u8> = Vec::new(); // little-endian
    for digit in digits.bytes() {
        let mut carry = DIGITS.iter().position(|known| *known == digit)?;
        for byte in &mut number {
            carry += usize::from(*byte) * 58;
            *byte = carry as u8;
            carry >>= 8;
        }
        while carry > 0 {
            number.push(carry as u8);
            carry >>= 8;
        }
    }
    number.extend(digits.bytes().take_while(|digit| *digit == b'1').map(|_| 0));
    number.reverse();
    Some(number)
}

/// By hand, the other way.
pub fn to_base58(bytes: &[u8]) -> String {
    let mut number: Vec<u8> = Vec::new(); // digits, little-endian
    for byte in bytes {
        let mut carry = usize::from(*byte);
        for digit in &mut number {
            carry += usize::from(*digit) << 8;
            *digit = (carry % 58) as u8;
            carry /= 58;
        }
        while carry > 0 {
            number.push((carry % 58) as u8);
            carry /= 58;
        }
    }
    number.extend(bytes.iter().take_while(|byte| **byte == 0).map(|_| 0));
    number
        .iter()
        .rev()
        .map(|digit| char::from(DIGITS[usize::from(*digit)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base58_goes_both_ways() {
        assert_eq!(to_base58(b"Hello World!"), "2NEpo7TZRRrLZSi2U");
        assert_eq!(from_base58("2NEpo7TZRRrLZSi2U").unwrap(), b"Hello World!");
        assert_eq!(from_base58("112").unwrap(), [0, 0, 1]);
        assert_eq!(to_base58(&[0, 0, 1]), "112");
        assert_eq!(from_base58("0"), None);
    }

    #[test]
    fn reads_the_published_keys() {
        let key = parse("did:key:z6MkgGykN9ARNFjEzowVq4mLP2kL4NsyAaDGXeJFQ5qE1bfg")
            .unwrap()
            .unwrap();
        assert_eq!(key.0, Algorithm::Ed25519);
        let key = parse("did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv")
            .unwrap()
            .unwrap();
        assert_eq!(key.0, Algorithm::P256);
        let key = parse("did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme")
            .unwrap()
            .unwrap();
        assert_eq!(key.0, Algorithm::Secp256k1);
    }
}
