//! Which keys do we read, and which signatures do we accept? Judged on the published edge cases.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a fixture that is not as expected fails its test"
)]

use std::collections::BTreeMap;
use std::fs;

use data_encoding::HEXLOWER;
use delegant::{Algorithm, ParseKeyError, PublicKey};
use ed25519_dalek as dalek;
use figures::Figure;
use serde_json::Value;

mod figures;
mod fixtures;

/// Signatures of Wycheproof and CCTV; a wrong verdict fails its test.
static SIGNATURES: Figure = Figure::of(
    4,
    ["fixtures-signatures", "fixtures-signatures-wrong"],
    "signatures",
);

/// A signature, and whether it is one.
struct Case {
    number: u64,
    key: Vec<u8>,
    message: Vec<u8>,
    signature: Vec<u8>,
    valid: bool,
}

#[test]
fn ed25519_judges_the_wycheproof_cases_as_they_say() {
    let Some(cases) = wycheproof("ed25519/wycheproof.json", "pk") else {
        return;
    };
    let mut verdicts = BTreeMap::new();
    for case in &cases {
        let verdict = accepts(Algorithm::Ed25519, case);
        assert_eq!(verdict, case.valid, "{}", case.number);
        *verdicts.entry(verdict).or_insert(0) += 1;
    }
    assert_eq!(verdicts, BTreeMap::from([(false, 63), (true, 88)]));
    SIGNATURES.add(cases.len(), 0);
}

#[test]
fn ed25519_accepts_of_the_cctv_cases_exactly_what_strict_verification_accepts() {
    let Some(cases) = cctv() else { return };
    let mut verdicts = BTreeMap::new();
    for case in &cases {
        let verdict = accepts(Algorithm::Ed25519, case);
        assert_eq!(verdict, is_strictly_valid(case), "{}", case.number);
        *verdicts.entry(verdict).or_insert(0) += 1;
    }
    assert_eq!(verdicts, BTreeMap::from([(false, 871), (true, 43)]));
    SIGNATURES.add(cases.len(), 0);
}

#[test]
fn an_ed25519_key_is_refused_exactly_where_it_is_weak_or_has_another_spelling() {
    let (Some(cctv), Some(wycheproof)) = (cctv(), wycheproof("ed25519/wycheproof.json", "pk"))
    else {
        return;
    };
    let (mut read, mut refused) = (0, 0);
    for case in cctv.iter().chain(&wycheproof) {
        let bytes: [u8; 32] = case.key.as_slice().try_into().unwrap();
        let key = dalek::VerifyingKey::from_bytes(&bytes).unwrap();
        let is_canonical = key.to_edwards().compress().to_bytes() == bytes;
        match PublicKey::from_bytes(Algorithm::Ed25519, &bytes) {
            Ok(key) => {
                assert!(is_canonical, "{}", case.number);
                assert!(!is_weak(&bytes), "{}", case.number);
                assert_eq!(key.as_bytes(), bytes);
                read += 1;
            }
            Err(error) => {
                assert_eq!(error, ParseKeyError::Weak);
                assert!(!is_canonical || is_weak(&bytes), "{}", case.number);
                refused += 1;
            }
        }
    }
    assert_eq!((read, refused), (539, 526));
}

#[test]
fn no_bit_of_an_ed25519_signature_may_change() {
    let Some(cases) = cctv() else { return };
    let case = cases.iter().find(|case| is_strictly_valid(case)).unwrap();
    for bit in 0..512 {
        let mut signature = case.signature.clone();
        signature[bit / 8] ^= 1 << (bit % 8);
        assert!(!verifies(Algorithm::Ed25519, case, &signature), "{bit}");
    }
}

#[test]
fn p256_judges_the_wycheproof_cases_in_both_spellings_of_s() {
    let Some(cases) = wycheproof("ecdsa/wycheproof-p256.json", "uncompressed") else {
        return;
    };
    assert_eq!(
        ecdsa_verdicts(Algorithm::P256, &P256_ORDER, &cases),
        BTreeMap::from([(false, 89), (true, 173)])
    );
    SIGNATURES.add(cases.len(), 0);
}

#[test]
fn secp256k1_judges_the_wycheproof_cases_in_both_spellings_of_s() {
    let Some(cases) = wycheproof("ecdsa/wycheproof-secp256k1.json", "uncompressed") else {
        return;
    };
    assert_eq!(
        ecdsa_verdicts(Algorithm::Secp256k1, &SECP256K1_ORDER, &cases),
        BTreeMap::from([(false, 85), (true, 167)])
    );
    SIGNATURES.add(cases.len(), 0);
}

#[test]
fn ecdsa_keys_have_one_form() {
    for (algorithm, path) in [
        (Algorithm::P256, "ecdsa/wycheproof-p256.json"),
        (Algorithm::Secp256k1, "ecdsa/wycheproof-secp256k1.json"),
    ] {
        let Some(cases) = wycheproof(path, "uncompressed") else {
            return;
        };
        for case in &cases {
            let compressed = compress(&case.key);
            let (x, y) = case.key[1..].split_at(32);
            let form = |head: u8, tail: &[&[u8]]| [&[head], tail.concat().as_slice()].concat();
            let key = PublicKey::from_bytes(algorithm, &compressed).unwrap();
            assert_eq!(key.as_bytes(), compressed);
            assert!(key.decompress().is_some(), "{}", case.number);
            for (name, other) in [
                ("uncompressed", case.key.clone()),
                ("hybrid, even", form(6, &[x, y])),
                ("hybrid, odd", form(7, &[x, y])),
                ("compact", form(5, &[x])),
                ("no head", x.to_vec()),
                ("no head, both coordinates", [x, y].concat()),
                ("identity", vec![0]),
                ("identity, padded", vec![0; 33]),
                ("compressed, with y behind", form(compressed[0], &[x, y])),
                ("compressed, one byte short", compressed[..32].to_vec()),
                ("compressed, one byte more", form(compressed[0], &[x, &[0]])),
                ("empty", vec![]),
            ] {
                assert!(PublicKey::from_bytes(algorithm, &other).is_err(), "{name}");
            }
        }
    }
}

/// Every verdict, counted; and where one is yes, that the other spelling has the same.
fn ecdsa_verdicts(algorithm: Algorithm, order: &[u8; 32], cases: &[Case]) -> BTreeMap<bool, usize> {
    let mut verdicts = BTreeMap::new();
    for case in cases {
        let case = Case {
            key: compress(&case.key),
            message: case.message.clone(),
            signature: case.signature.clone(),
            ..*case
        };
        let verdict = accepts(algorithm, &case);
        assert_eq!(verdict, case.valid, "{}", case.number);
        if verdict {
            let (r, s) = case.signature.split_at(32);
            let twin = [r, &subtract(order, s)].concat();
            assert_ne!(twin, case.signature);
            assert!(verifies(algorithm, &case, &twin), "{}", case.number);
        }
        *verdicts.entry(verdict).or_insert(0) += 1;
    }
    verdicts
}

/// The orders of the curves' groups: SEC 2, version 2.0, sections 2.4.1 and 2.4.2.
const SECP256K1_ORDER: [u8; 32] = *b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xba\xae\xdc\xe6\xaf\x48\xa0\x3b\xbf\xd2\x5e\x8c\xd0\x36\x41\x41";
const P256_ORDER: [u8; 32] = *b"\xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";

/// `order - s`, most significant byte first.
fn subtract(order: &[u8; 32], s: &[u8]) -> [u8; 32] {
    let mut difference = [0; 32];
    let mut borrow = false;
    for place in (0..32).rev() {
        let (once, first) = order[place].overflowing_sub(s[place]);
        let (twice, second) = once.overflowing_sub(borrow.into());
        difference[place] = twice;
        borrow = first || second;
    }
    assert!(!borrow, "s is beyond the order");
    difference
}

/// A point of 65 bytes in 33.
fn compress(uncompressed: &[u8]) -> Vec<u8> {
    assert_eq!((uncompressed.len(), uncompressed[0]), (65, 4));
    let (x, y) = uncompressed[1..].split_at(32);
    [&[2 | (y[31] & 1)], x].concat()
}

fn accepts(algorithm: Algorithm, case: &Case) -> bool {
    verifies(algorithm, case, &case.signature)
}

/// A key that is refused verifies nothing.
fn verifies(algorithm: Algorithm, case: &Case, signature: &[u8]) -> bool {
    PublicKey::from_bytes(algorithm, &case.key)
        .ok()
        .and_then(|key| key.decompress())
        .is_some_and(|key| key.verify(&case.message, signature).is_ok())
}

/// What the library by itself says, with nothing of ours before it.
fn is_strictly_valid(case: &Case) -> bool {
    let key = case.key.as_slice().try_into().unwrap();
    let signature = dalek::Signature::from_slice(&case.signature).unwrap();
    dalek::VerifyingKey::from_bytes(key)
        .is_ok_and(|key| key.verify_strict(&case.message, &signature).is_ok())
}

fn is_weak(key: &[u8; 32]) -> bool {
    dalek::VerifyingKey::from_bytes(key).unwrap().is_weak()
}

fn cctv() -> Option<Vec<Case>> {
    let file = read("ed25519/cctv.json")?;
    let cases: Vec<_> = file
        .as_array()
        .unwrap()
        .iter()
        .map(|case| Case {
            number: case["number"].as_u64().unwrap(),
            key: hex(&case["key"]),
            message: case["msg"].as_str().unwrap().as_bytes().to_vec(),
            signature: hex(&case["sig"]),
            // It depends on the rules of whoever verifies.
            valid: false,
        })
        .collect();
    assert_eq!(cases.len(), 914);
    Some(cases)
}

fn wycheproof(path: &str, key: &str) -> Option<Vec<Case>> {
    let file = read(path)?;
    let mut cases = Vec::new();
    for group in file["testGroups"].as_array().unwrap() {
        for case in group["tests"].as_array().unwrap() {
            assert!(case["result"] == "valid" || case["result"] == "invalid");
            cases.push(Case {
                number: case["tcId"].as_u64().unwrap(),
                key: hex(&group["publicKey"][key]),
                message: hex(&case["msg"]),
                signature: hex(&case["sig"]),
                valid: case["result"] == "valid",
            });
        }
    }
    assert_eq!(file["numberOfTests"], cases.len());
    Some(cases)
}

fn read(path: &str) -> Option<Value> {
    let file = fixtures::path(path)?;
    Some(serde_json::from_slice(&fs::read(file).unwrap()).unwrap())
}

fn hex(value: &Value) -> Vec<u8> {
    HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap()
}
