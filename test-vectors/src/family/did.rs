//! DIDs: `did:key` in its one spelling, and keys that are keys.

use serde_json::json;

use crate::principal::{ALICE, ALL, BOB, Curve, PAULA, SAM, did_key};
use crate::row::{Family, MALFORMED, UNSUPPORTED_ALGORITHM, VALID, Verdict};
use crate::text::{base32, base58, base64, hex, unhex};
use crate::token::delegation;

pub(super) fn rows() -> Family {
    let mut family = Family::new("did");
    for principal in ALL {
        let content = json!({
            "did": principal.did(),
            "key": {"algorithm": principal.curve.name(), "bytes": hex(&principal.public())},
        });
        let says = format!("The {} key of {}.", principal.curve.name(), principal.name);
        family.add("did", principal.name, says, &[7], VALID, content);
    }
    for (name, did) in [
        ("web", "did:web:example.com"),
        ("plc", "did:plc:ewvi7nxzyoun6zhxrhs64oiz"),
        ("web-port", "did:web:localhost%3A8080:user"),
    ] {
        family.add(
            "did",
            name,
            format!("A `{}`, whose key is elsewhere.", &did[..7]),
            &[7],
            VALID,
            json!({"did": did, "key": null}),
        );
    }
    spellings(&mut family);
    codecs(&mut family);
    weak(&mut family);
    in_tokens(&mut family);
    family
}

fn refuse(family: &mut Family, name: &str, says: &str, did: &str, verdict: Verdict) {
    family.add("did", name, says, &[7], verdict, json!({"did": did}));
}

fn spellings(family: &mut Family) {
    let alice = ALICE.did();
    let encoded = &alice["did:key:".len()..];
    let bytes = [&ALICE.curve.codec()[..], &ALICE.public()].concat();
    for (name, says, did) in [
        ("empty", "An empty text.", String::new()),
        ("bare", "The key without `did:key:`.", encoded.to_owned()),
        ("no-key", "`did:key:` with no key.", "did:key:".to_owned()),
        (
            "no-method",
            "A DID without a method.",
            format!("did:{encoded}"),
        ),
        (
            "upper-scheme",
            "The scheme in upper case.",
            format!("DID:key:{encoded}"),
        ),
        (
            "upper-method",
            "The method in upper case.",
            format!("did:KEY:{encoded}"),
        ),
        ("no-z", "The key without its `z`.", alice.replace(":z", ":")),
        (
            "upper-z",
            "`Z`, which is base58flickr, in the place of `z`.",
            alice.replace(":z", ":Z"),
        ),
        (
            "base16",
            "The key in base16.",
            format!("did:key:f{}", hex(&bytes)),
        ),
        (
            "base32",
            "The key in base32.",
            format!("did:key:b{}", base32(&bytes)),
        ),
        (
            "base64",
            "The key in base64.",
            format!("did:key:m{}", base64(&bytes)),
        ),
        (
            "base64url",
            "The key in base64url.",
            format!(
                "did:key:u{}",
                base64(&bytes).replace('+', "-").replace('/', "_")
            ),
        ),
        (
            "letter-0",
            "A `0`, which base58 does not have.",
            alice.replace(":z6", ":z0"),
        ),
        (
            "letter-l",
            "An `l`, which base58 does not have.",
            alice.replace(":z6", ":zl"),
        ),
        ("leading-space", "A leading space.", format!(" {alice}")),
        ("trailing-space", "A trailing space.", format!("{alice} ")),
        ("newline", "A trailing newline.", format!("{alice}\n")),
        ("nul", "A trailing NUL.", format!("{alice}\0")),
        (
            "non-ascii",
            "A Cyrillic letter that looks like a Latin one.",
            alice.replace("did:key", "did:k\u{435}y"),
        ),
        (
            "full-width",
            "A full-width digit among the letters.",
            alice.replace(":z6", ":z\u{ff16}"),
        ),
        (
            "fragment",
            "A fragment, as in the documents of `did:key`.",
            format!("{alice}#{encoded}"),
        ),
        ("empty-fragment", "An empty fragment.", format!("{alice}#")),
        (
            "query",
            "A query.",
            format!("{alice}?versionTime=2026-01-01"),
        ),
        ("path", "A path.", format!("{alice}/inbox")),
        ("parameter", "A parameter.", format!("{alice};service=x")),
        (
            "version",
            "A version before the key.",
            alice.replace(":z", ":1.1:z"),
        ),
        (
            "percent",
            "A letter of the key in percent encoding.",
            alice.replace(":z6", ":z%36"),
        ),
        ("quotes", "Quotes around the DID.", format!("\"{alice}\"")),
        (
            "url",
            "The DID behind `https://`.",
            format!("https://{alice}"),
        ),
        (
            "too-long",
            "`did:key` with 129 characters.",
            format!("did:key:z{}", "6".repeat(120)),
        ),
        (
            "much-too-long",
            "`did:key` with 10,000 characters, which must not be decoded.",
            format!("did:key:z{}", "6".repeat(9_991)),
        ),
        (
            "web-too-long",
            "`did:web` with 129 characters.",
            format!("did:web:{}", "a".repeat(121)),
        ),
        (
            "web-fragment",
            "`did:web` with a fragment.",
            "did:web:example.com#key-1".to_owned(),
        ),
        (
            "web-empty",
            "`did:web` without a name.",
            "did:web:".to_owned(),
        ),
        (
            "web-space",
            "`did:web` with a space.",
            "did:web:example com".to_owned(),
        ),
    ] {
        refuse(family, name, says, &did, MALFORMED);
    }
}

fn codecs(family: &mut Family) {
    let (ed25519, p256) = (ALICE.public(), PAULA.public());
    for (name, says, codec, key) in [
        ("x25519", "An X25519 key.", &[0xec, 0x01][..], &ed25519[..]),
        ("ed448", "An Ed448 key.", &[0x83, 0x24], &[0x11; 57]),
        ("p-384", "A P-384 key.", &[0x81, 0x24], &[0x02; 49]),
        ("p-521", "A P-521 key.", &[0x82, 0x24], &[0x02; 67]),
        ("bls", "A BLS12-381 key.", &[0xeb, 0x01], &[0x99; 48]),
        (
            "sha2-256",
            "A hash where a key belongs.",
            &[0x12, 0x20],
            &ed25519,
        ),
        (
            "identity",
            "The codec for no encoding.",
            &[0x00, 0x20],
            &ed25519,
        ),
        (
            "ed25519-secret",
            "The codec for a secret key.",
            &[0x80, 0x26],
            &ed25519,
        ),
        (
            "ed25519-padded-codec",
            "The Ed25519 codec as a longer varint.",
            &[0xed, 0x81, 0x00],
            &ed25519,
        ),
        (
            "p-256-padded-codec",
            "The P-256 codec as a longer varint.",
            &[0x80, 0xa4, 0x00],
            &p256,
        ),
        (
            "ed25519-code-alone",
            "The first byte of the Ed25519 codec alone.",
            &[0xed],
            &ed25519,
        ),
    ] {
        refuse(
            family,
            name,
            says,
            &did_key(codec, key),
            UNSUPPORTED_ALGORITHM,
        );
    }
    refuse(
        family,
        "leading-1",
        "A leading `1`, which is a zero byte before the codec.",
        &ALICE.did().replace(":z", ":z1"),
        UNSUPPORTED_ALGORITHM,
    );
    for principal in [ALICE, PAULA, SAM] {
        let (curve, key) = (principal.curve, principal.public());
        let (slug, name) = (curve.name().to_lowercase(), curve.name());
        let short = did_key(&curve.codec(), &key[..key.len() - 1]);
        refuse(
            family,
            &format!("{slug}-short"),
            &format!("An {name} key without its last byte.")
                .replace("An P", "A P")
                .replace("An s", "A s"),
            &short,
            MALFORMED,
        );
        let long = did_key(&curve.codec(), &[&key[..], &[0]].concat());
        refuse(
            family,
            &format!("{slug}-long"),
            &format!("An {name} key with a byte too many.")
                .replace("An P", "A P")
                .replace("An s", "A s"),
            &long,
            MALFORMED,
        );
        let none = did_key(&curve.codec(), &[]);
        refuse(
            family,
            &format!("{slug}-none"),
            &format!("The codec of {name}, and no key."),
            &none,
            MALFORMED,
        );
    }
    for principal in [PAULA, SAM] {
        let (curve, key) = (principal.curve, principal.public());
        let (slug, name) = (curve.name().to_lowercase(), curve.name());
        for first in [0x00, 0x01, 0x04, 0x05, 0x06, 0xff] {
            let did = did_key(&curve.codec(), &[&[first], &key[1..]].concat());
            refuse(
                family,
                &format!("{slug}-first-byte-{first:02x}"),
                &format!("A {name} key of 33 bytes that begin with {first:02x}."),
                &did,
                MALFORMED,
            );
        }
        let whole = match curve {
            Curve::P256 => principal
                .p256()
                .verifying_key()
                .to_sec1_point(false)
                .as_bytes()
                .to_vec(),
            _ => principal
                .secp256k1()
                .verifying_key()
                .to_sec1_point(false)
                .as_bytes()
                .to_vec(),
        };
        refuse(
            family,
            &format!("{slug}-uncompressed"),
            &format!("A {name} key as an uncompressed point."),
            &did_key(&curve.codec(), &whole),
            MALFORMED,
        );
        refuse(
            family,
            &format!("{slug}-x-only"),
            &format!("A {name} key as its x coordinate alone."),
            &did_key(&curve.codec(), &key[1..]),
            MALFORMED,
        );
    }
}

/// The encodings of points of small order, and of points with a second encoding.
fn small_and_second() -> Vec<(&'static str, &'static str, String)> {
    let zeros = "00".repeat(30);
    let ones = "ff".repeat(30);
    vec![
        ("identity", "the identity", format!("01{zeros}00")),
        (
            "identity-sign",
            "the identity with the sign of -0",
            format!("01{zeros}80"),
        ),
        ("order-2", "the point of order two", format!("ec{ones}7f")),
        (
            "order-2-sign",
            "the point of order two with the sign of -0",
            format!("ec{ones}ff"),
        ),
        ("order-4", "a point of order four", format!("00{zeros}00")),
        (
            "order-4-sign",
            "the other point of order four",
            format!("00{zeros}80"),
        ),
        (
            "order-8-a",
            "a point of order eight",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05".to_owned(),
        ),
        (
            "order-8-b",
            "the second point of order eight",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85".to_owned(),
        ),
        (
            "order-8-c",
            "the third point of order eight",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a".to_owned(),
        ),
        (
            "order-8-d",
            "the fourth point of order eight",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa".to_owned(),
        ),
        (
            "y-p",
            "y = p, a second spelling of y = 0",
            format!("ed{ones}7f"),
        ),
        (
            "y-p-plus-1",
            "y = p + 1, a second spelling of the identity",
            format!("ee{ones}7f"),
        ),
        (
            "y-p-plus-1-sign",
            "y = p + 1 with the sign of -0",
            format!("ee{ones}ff"),
        ),
        (
            "y-p-plus-3",
            "y = p + 3, a second spelling of y = 3",
            format!("f0{ones}7f"),
        ),
        (
            "y-max",
            "y = 2^255 - 1, a second spelling of y = 18",
            format!("ff{ones}7f"),
        ),
    ]
}

fn weak(family: &mut Family) {
    for (name, says, key) in small_and_second() {
        let did = did_key(&Curve::Ed25519.codec(), &unhex(&key));
        refuse(
            family,
            &format!("weak-{name}"),
            &format!("The Ed25519 key is {says}."),
            &did,
            MALFORMED,
        );
    }
}

fn in_tokens(family: &mut Family) {
    let alice = ALICE.did();
    let weak = did_key(
        &Curve::Ed25519.codec(),
        &unhex(&format!("01{}", "00".repeat(31))),
    );
    for field in ["iss", "aud", "sub"] {
        for (name, says, did, verdict) in [
            ("weak", "a DID of a weak key", weak.clone(), MALFORMED),
            (
                "fragment",
                "a DID with a fragment",
                format!("{alice}#{}", &alice[8..]),
                MALFORMED,
            ),
            (
                "base16",
                "the key in base16",
                format!(
                    "did:key:f{}",
                    hex(&[&ALICE.curve.codec()[..], &ALICE.public()].concat())
                ),
                MALFORMED,
            ),
            (
                "leading-1",
                "a DID with a leading `1`, and so a zero byte before the codec",
                alice.replace(":z", ":z1"),
                UNSUPPORTED_ALGORITHM,
            ),
            ("name", "a name", "alice".to_owned(), MALFORMED),
            ("empty", "an empty text", String::new(), MALFORMED),
            (
                "x25519",
                "a DID of an X25519 key",
                format!(
                    "did:key:z{}",
                    base58(&[&[0xec, 0x01][..], &ALICE.public()].concat())
                ),
                UNSUPPORTED_ALGORITHM,
            ),
        ] {
            let token = delegation(ALICE, BOB, ALICE).with(field, did).sign();
            family.delegation(
                format!("{field}-{name}"),
                format!("`{field}` is {says}."),
                &[7],
                &token,
                verdict,
            );
        }
    }
}
