//! How are bytes written as text?

use sha2::{Digest, Sha256};

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digit).collect()
}

pub(crate) const BASE64: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
pub(crate) const BASE64_URL: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// Base 2^bits, without padding.
pub(crate) fn based(bytes: &[u8], alphabet: &[u8], bits: usize) -> String {
    let binary: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    binary
        .as_bytes()
        .chunks(bits)
        .map(|chunk| {
            let digit = format!("{:0<bits$}", std::str::from_utf8(chunk).unwrap());
            alphabet[usize::from_str_radix(&digit, 2).unwrap()] as char
        })
        .collect()
}

fn unbased(text: &str, alphabet: &[u8], bits: usize) -> Vec<u8> {
    let binary: String = text
        .bytes()
        .map(|letter| {
            let digit = alphabet.iter().position(|known| *known == letter).unwrap();
            format!("{digit:0bits$b}")
        })
        .collect();
    binary
        .as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect()
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    based(bytes, BASE64, 6)
}

pub(crate) fn unbase64(text: &str) -> Vec<u8> {
    unbased(text, BASE64, 6)
}

pub(crate) fn base32(bytes: &[u8]) -> String {
    based(bytes, BASE32, 5)
}

pub(crate) fn base58(bytes: &[u8]) -> String {
    let mut digits: Vec<u8> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += u32::from(*digit) << 8;
            *digit = u8::try_from(carry % 58).unwrap();
            carry /= 58;
        }
        while carry > 0 {
            digits.push(u8::try_from(carry % 58).unwrap());
            carry /= 58;
        }
    }
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    std::iter::repeat_n('1', zeros)
        .chain(
            digits
                .iter()
                .rev()
                .map(|digit| BASE58[usize::from(*digit)] as char),
        )
        .collect()
}

/// The 36 bytes of the CID of these bytes: CIDv1, dag-cbor, sha2-256.
pub(crate) fn cid_of(bytes: &[u8]) -> Vec<u8> {
    let mut cid = vec![0x01, 0x71, 0x12, 0x20];
    cid.extend(Sha256::digest(bytes));
    cid
}

/// A CID in base32.
pub(crate) fn cid(bytes: &[u8]) -> String {
    format!("b{}", base32(bytes))
}

pub(crate) fn cid_bytes(text: &str) -> Vec<u8> {
    unbased(&text[1..], BASE32, 5)
}
