//! Has every key one `did:key` and no alias?
#![expect(
    clippy::unwrap_used,
    reason = "a table that is not as expected fails its test"
)]

use std::collections::BTreeSet;

use delegant::{Algorithm, Did, DidKeys, Keys, ParseDidError, ParseKeyError, SecretKey, Signer};
use multibase::Base;

/// Every base of multibase but base58btc, and but identity, which has no text for these bytes.
const OTHER_BASES: [Base; 23] = [
    Base::Base2,
    Base::Base8,
    Base::Base10,
    Base::Base16Lower,
    Base::Base16Upper,
    Base::Base32Lower,
    Base::Base32Upper,
    Base::Base32PadLower,
    Base::Base32PadUpper,
    Base::Base32HexLower,
    Base::Base32HexUpper,
    Base::Base32HexPadLower,
    Base::Base32HexPadUpper,
    Base::Base32Z,
    Base::Base36Lower,
    Base::Base36Upper,
    Base::Base45,
    Base::Base58Flickr,
    Base::Base64,
    Base::Base64Pad,
    Base::Base64Url,
    Base::Base64UrlPad,
    Base::Base256Emoji,
];

#[test]
fn a_key_is_read_in_base58btc_and_printed_as_it_was_read() {
    for algorithm in Algorithm::ALL {
        let key = key(algorithm);
        let text = in_base(
            Base::Base58Btc,
            &named(algorithm, key.public_key().as_bytes()),
        );
        let did: Did = text.parse().unwrap();
        assert_eq!(did, key.did());
        assert_eq!(did.to_string(), text);
        assert_eq!(did.public_key(), Some(&key.public_key()));
        assert!(DidKeys.verifying_key(&did).is_some());
    }
}

#[test]
fn every_other_base_is_refused() {
    let codes: BTreeSet<_> = OTHER_BASES.iter().map(Base::code).collect();
    assert_eq!(codes.len(), OTHER_BASES.len());
    for algorithm in Algorithm::ALL {
        let bytes = named(algorithm, key(algorithm).public_key().as_bytes());
        for base in OTHER_BASES {
            let text = in_base(base, &bytes);
            assert!(text.parse::<Did>().is_err(), "{base:?}: {text}");
            // Nor with the letter that stands for base58btc before it.
            let disguised = format!("did:key:z{}", base.encode(&bytes));
            assert!(disguised.parse::<Did>().is_err(), "{base:?}: {disguised}");
        }
    }
}

#[test]
fn every_other_spelling_of_a_did_key_is_refused() {
    use ParseDidError::{NotADid, NotBase58btc, TooLong, UnsupportedKey, Url};
    for algorithm in Algorithm::ALL {
        let good = key(algorithm).did().to_string();
        let encoded = good.strip_prefix("did:key:z").unwrap();
        for (text, error) in [
            (good.to_uppercase(), NotADid),
            (format!("DID:key:z{encoded}"), NotADid),
            (format!("did:KEY:z{encoded}"), NotADid),
            (format!("did:Key:z{encoded}"), NotADid),
            (format!("did:key:Z{encoded}"), NotBase58btc),
            (format!("did:key:{encoded}"), NotBase58btc),
            (format!("did:key:zz{encoded}"), UnsupportedKey),
            (format!("did:key::z{encoded}"), NotBase58btc),
            (format!("did:key:1.1:z{encoded}"), NotBase58btc),
            (format!("did:key:%7A{encoded}"), NotBase58btc),
            (format!("did:key%3Az{encoded}"), NotADid),
            (format!("did::key:z{encoded}"), NotADid),
            (format!("key:z{encoded}"), NotADid),
            (format!("z{encoded}"), NotADid),
            (format!("{good}#z{encoded}"), Url),
            (format!("{good}#"), Url),
            (format!("{good}?"), Url),
            (format!("{good}?versionId=1"), Url),
            (format!("{good}/"), Url),
            (format!("{good}/path"), Url),
            (format!("{good};service=files"), Url),
            (format!(" {good}"), NotADid),
            (format!("{good} "), NotBase58btc),
            (format!("{good}\n"), NotBase58btc),
            (format!("{good}\0"), NotBase58btc),
            (format!("{good}="), NotBase58btc),
            (format!("{good}:"), NotBase58btc),
            (format!("did:key:z1{encoded}"), UnsupportedKey),
            (format!("did:key:z11{encoded}"), UnsupportedKey),
            ("did:key:".to_owned(), NotBase58btc),
            ("did:key:z".to_owned(), UnsupportedKey),
            ("did:key".to_owned(), NotADid),
            ("did:".to_owned(), NotADid),
            (String::new(), NotADid),
            (format!("did:key:z{}", "1".repeat(120)), TooLong),
            (format!("did:key:z{}", "6".repeat(1_000_000)), TooLong),
            (format!("did:web:{}", "a".repeat(121)), TooLong),
        ] {
            let refusal = text.parse::<Did>().unwrap_err();
            // One more digit, or a shifted one, is another number: too long a key, or of no codec.
            let is_another_number = error == UnsupportedKey && refusal == NotBase58btc;
            assert!(refusal == error || is_another_number, "{text}: {refusal}");
        }
    }
}

#[test]
fn one_changed_letter_is_another_key_or_none() {
    let alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    for algorithm in Algorithm::ALL {
        let did = key(algorithm).did();
        let text = did.to_string();
        for place in "did:key:".len()..text.len() {
            for letter in alphabet.chars().chain(['0', 'O', 'I', 'l', '-', ' ']) {
                let mut other = text.clone();
                other.replace_range(place..=place, letter.encode_utf8(&mut [0; 4]));
                if let Ok(read) = other.parse::<Did>() {
                    assert_eq!(read.to_string(), other);
                    assert_eq!(read == did, other == text, "{other}");
                }
            }
        }
    }
}

#[test]
fn a_point_has_one_form() {
    for algorithm in [Algorithm::P256, Algorithm::Secp256k1] {
        let public = key(algorithm).public_key();
        let (_, x) = public.as_bytes().split_first().unwrap();
        for head in [0, 1, 4, 5, 6, 7, 0x82, 0xff] {
            let point = [&[head], x].concat();
            assert_eq!(
                read(&named(algorithm, &point)),
                Err(ParseDidError::Key(ParseKeyError::NotCompressed)),
                "{head}"
            );
            let both = [&[head], x, x].concat();
            assert_eq!(
                read(&named(algorithm, &both)),
                Err(ParseDidError::Key(ParseKeyError::Length {
                    algorithm,
                    found: 65
                })),
                "{head}"
            );
        }
    }
}

#[test]
fn a_key_of_another_length_is_refused() {
    for algorithm in Algorithm::ALL {
        let public = key(algorithm).public_key();
        let bytes = public.as_bytes();
        for length in 0..bytes.len() {
            let found = bytes.get(..length).unwrap();
            assert_eq!(
                read(&named(algorithm, found)),
                Err(ParseDidError::Key(ParseKeyError::Length {
                    algorithm,
                    found: length
                }))
            );
        }
        assert!(read(&named(algorithm, &[bytes, &[0]].concat())).is_err());
    }
}

#[test]
fn other_codecs_are_refused() {
    let key = key(Algorithm::Ed25519).public_key();
    for (name, codec) in [
        ("x25519-pub", &[0xec, 0x01][..]),
        ("x448-pub", &[0xb6, 0x24]),
        ("ed448-pub", &[0x83, 0x24]),
        ("bls12_381-g1-pub", &[0xea, 0x01]),
        ("bls12_381-g2-pub", &[0xeb, 0x01]),
        ("p384-pub", &[0x81, 0x24]),
        ("p521-pub", &[0x82, 0x24]),
        ("rsa-pub", &[0x85, 0x24]),
        ("jwk_jcs-pub", &[0xd1, 0xd6, 0x03]),
        ("ed25519-priv", &[0x80, 0x26]),
        ("secp256k1-priv", &[0x81, 0x26]),
        ("p256-priv", &[0x86, 0x26]),
        ("identity", &[0x00]),
        ("none", &[]),
        ("ed25519-pub, in one byte", &[0xed]),
        ("ed25519-pub, in three bytes", &[0xed, 0x81, 0x00]),
        ("ed25519-pub, not a varint", &[0x00, 0xed]),
        ("ed25519-pub, other way round", &[0x01, 0xed]),
        ("p256-pub, not a varint", &[0x12, 0x00]),
    ] {
        let bytes = [codec, key.as_bytes()].concat();
        let refusal = read(&bytes).unwrap_err();
        // Where codec and key together have more than 35 bytes, they are not decoded.
        let expected = if bytes.len() > 35 {
            ParseDidError::NotBase58btc
        } else {
            ParseDidError::UnsupportedKey
        };
        assert_eq!(refusal, expected, "{name}");
    }
}

#[test]
fn a_codec_in_more_bytes_than_it_needs_is_refused() {
    for algorithm in Algorithm::ALL {
        let public = key(algorithm).public_key();
        let [low, high] = codec(algorithm);
        for codec in [
            &[low, high | 0x80, 0x00][..],
            &[low, high | 0x80, 0x80, 0x00],
        ] {
            let bytes = [codec, public.as_bytes()].concat();
            assert!(read(&bytes).is_err(), "{codec:02x?}");
            // Nor where the key is shorter by as much, so that the length is right.
            let bytes = bytes.get(..2 + public.as_bytes().len()).unwrap();
            assert_eq!(read(bytes), Err(ParseDidError::UnsupportedKey));
        }
    }
}

#[test]
fn the_key_of_one_algorithm_is_none_under_the_codec_of_another() {
    let ed25519 = key(Algorithm::Ed25519).public_key();
    let p256 = key(Algorithm::P256).public_key();
    for (codec, key) in [
        (Algorithm::P256, ed25519),
        (Algorithm::Secp256k1, ed25519),
        (Algorithm::Ed25519, p256),
    ] {
        assert!(matches!(
            read(&named(codec, key.as_bytes())),
            Err(ParseDidError::Key(ParseKeyError::Length { .. }))
        ));
    }
}

/// The y coordinates of the eight points of small order, as p goes: 0, 1, -1 and the two of order
/// eight, and 0 and 1 in their second spelling; least significant byte first.
const SMALL_ORDER: [&str; 7] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

#[test]
fn the_dids_of_small_order_are_refused() {
    let mut points = BTreeSet::new();
    for y in SMALL_ORDER {
        for sign in [0, 0x80] {
            let mut key = [0; 32];
            data_encoding::HEXLOWER
                .decode_mut(y.as_bytes(), &mut key)
                .unwrap();
            *key.last_mut().unwrap() |= sign;
            let refusal = read(&named(Algorithm::Ed25519, &key)).unwrap_err();
            assert_eq!(refusal, ParseDidError::Key(ParseKeyError::Weak), "{y}");
            if let Ok(point) = ed25519_dalek::VerifyingKey::from_bytes(&key) {
                assert!(point.is_weak(), "{y}");
                points.insert(point.to_edwards().compress().to_bytes());
            }
        }
    }
    // The table misses none: that many there are.
    assert_eq!(points.len(), 8);
}

#[test]
fn the_second_spellings_of_ed25519_keys_are_refused() {
    let mut second_spellings = 0;
    for add in 0..19 {
        for sign in [0x7f, 0xff] {
            // y = p + add, which is add.
            let mut key = [0xff; 32];
            *key.first_mut().unwrap() = 0xed + add;
            *key.last_mut().unwrap() = sign;
            let refusal = read(&named(Algorithm::Ed25519, &key)).unwrap_err();
            assert_eq!(refusal, ParseDidError::Key(ParseKeyError::Weak), "{add}");
            if ed25519_dalek::VerifyingKey::from_bytes(&key).is_ok_and(|key| !key.is_weak()) {
                second_spellings += 1;
            }
        }
    }
    // Of these the library would have accepted some that are not weak.
    assert!(second_spellings > 0);
}

#[test]
fn a_did_whose_bytes_are_no_point_of_the_curve_verifies_nothing() {
    // The primes of the fields, most significant byte first: an x from there on is a second spelling.
    for (algorithm, prime) in [
        (
            Algorithm::P256,
            "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        ),
        (
            Algorithm::Secp256k1,
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
        ),
    ] {
        let prime = data_encoding::HEXLOWER.decode(prime.as_bytes()).unwrap();
        for add in 0..64 {
            for head in [2, 3] {
                let point = [&[head], plus(&prime, add).as_slice()].concat();
                let did = read(&named(algorithm, &point)).unwrap();
                assert!(DidKeys.verifying_key(&did).is_none(), "{algorithm} {add}");
            }
        }
        let highest = [&[2][..], &[0xff; 32]].concat();
        let did = read(&named(algorithm, &highest)).unwrap();
        assert!(DidKeys.verifying_key(&did).is_none());
    }
}

fn plus(number: &[u8], add: u8) -> Vec<u8> {
    let mut sum = number.to_vec();
    let mut carry = add;
    for byte in sum.iter_mut().rev() {
        let (next, overflows) = byte.overflowing_add(carry);
        *byte = next;
        carry = overflows.into();
    }
    sum
}

fn key(algorithm: Algorithm) -> SecretKey {
    SecretKey::from_bytes(algorithm, &[7; 32]).unwrap()
}

const fn codec(algorithm: Algorithm) -> [u8; 2] {
    match algorithm {
        Algorithm::P256 => [0x80, 0x24],
        Algorithm::Secp256k1 => [0xe7, 0x01],
        _ => [0xed, 0x01],
    }
}

/// A key behind its codec.
fn named(algorithm: Algorithm, key: &[u8]) -> Vec<u8> {
    [&codec(algorithm), key].concat()
}

fn in_base(base: Base, bytes: &[u8]) -> String {
    format!("did:key:{}", multibase::encode(base, bytes))
}

fn read(bytes: &[u8]) -> Result<Did, ParseDidError> {
    in_base(Base::Base58Btc, bytes).parse()
}
