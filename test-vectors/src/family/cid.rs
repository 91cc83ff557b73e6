//! CIDs: their text, and links where a token's CID belongs.

use serde_json::json;

use crate::cbor::Value;
use crate::principal::{ALICE, BOB};
use crate::row::{Family, MALFORMED, VALID};
use crate::text::{base32, base58, base64, cid, cid_of, hex};
use crate::token::{Token, delegation, invocation};

pub(super) fn rows() -> Family {
    let mut family = Family::new("cid");
    texts(&mut family);
    links(&mut family);
    family
}

fn proof() -> Token {
    delegation(ALICE, BOB, ALICE).sign()
}

/// Bytes that are no token's CID, as they might stand in a link.
fn others() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let bytes = cid_of(&proof().bytes);
    let digest = &bytes[4..];
    let with = |prefix: &[u8], digest: &[u8]| [prefix, digest].concat();
    vec![
        (
            "raw",
            "a CID of raw bytes",
            with(&[1, 0x55, 0x12, 0x20], digest),
        ),
        (
            "dag-json",
            "a CID of DAG-JSON",
            with(&[1, 0xa9, 0x02, 0x12, 0x20], digest),
        ),
        (
            "dag-pb",
            "a CID of DAG-PB",
            with(&[1, 0x70, 0x12, 0x20], digest),
        ),
        (
            "cbor",
            "a CID of CBOR that is not DAG-CBOR",
            with(&[1, 0x51, 0x12, 0x20], digest),
        ),
        (
            "version-0",
            "a CID of version 0",
            with(&[0x12, 0x20], digest),
        ),
        (
            "sha-512",
            "a CID with SHA-512",
            with(&[1, 0x71, 0x13, 0x40], &[digest, digest].concat()),
        ),
        (
            "sha-512-cut",
            "a CID that says SHA-512 and holds 32 bytes",
            with(&[1, 0x71, 0x13, 0x20], digest),
        ),
        (
            "sha-1",
            "a CID with SHA-1",
            with(&[1, 0x71, 0x11, 0x14], &digest[..20]),
        ),
        (
            "sha3-256",
            "a CID with SHA3-256",
            with(&[1, 0x71, 0x16, 0x20], digest),
        ),
        (
            "blake3",
            "a CID with BLAKE3",
            with(&[1, 0x71, 0x1e, 0x20], digest),
        ),
        (
            "blake2b",
            "a CID with BLAKE2b-256",
            with(&[1, 0x71, 0xa0, 0xe4, 0x02, 0x20], digest),
        ),
        (
            "identity",
            "a CID with the content itself in it",
            with(&[1, 0x71, 0x00, 0x20], digest),
        ),
        (
            "digest-0",
            "a CID with no digest",
            with(&[1, 0x71, 0x12, 0x00], &[]),
        ),
        (
            "digest-1",
            "a CID with one byte of digest",
            with(&[1, 0x71, 0x12, 0x01], &digest[..1]),
        ),
        (
            "digest-31",
            "a CID with 31 bytes of digest",
            with(&[1, 0x71, 0x12, 0x1f], &digest[..31]),
        ),
        (
            "digest-64",
            "a CID with 64 bytes of digest",
            with(&[1, 0x71, 0x12, 0x40], &[digest, digest].concat()),
        ),
    ]
}

/// Bytes that are no CID at all, and so nowhere a link.
fn no_cids() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let bytes = cid_of(&proof().bytes);
    let digest = &bytes[4..];
    vec![
        (
            "trailing-byte",
            "a token's CID with a byte behind it",
            [&bytes[..], &[7]].concat(),
        ),
        (
            "trailing-cid",
            "a token's CID twice",
            [&bytes[..], &bytes].concat(),
        ),
        (
            "trailing-64",
            "a token's CID with 64 bytes behind it",
            [&bytes[..], &[7; 64]].concat(),
        ),
        (
            "cut",
            "a token's CID without its last byte",
            bytes[..35].to_vec(),
        ),
        (
            "version-2",
            "a CID of version 2",
            [&[2, 0x71, 0x12, 0x20], digest].concat(),
        ),
        (
            "padded-version",
            "a CID whose version is a longer varint",
            [&[0x81, 0, 0x71, 0x12, 0x20], digest].concat(),
        ),
        (
            "padded-codec",
            "a CID whose codec is a longer varint",
            [&[1, 0xf1, 0, 0x12, 0x20], digest].concat(),
        ),
        (
            "padded-hash",
            "a CID whose hash is a longer varint",
            [&[1, 0x71, 0x92, 0, 0x20], digest].concat(),
        ),
        (
            "padded-length",
            "a CID whose length is a longer varint",
            [&[1, 0x71, 0x12, 0xa0, 0], digest].concat(),
        ),
        ("digest-alone", "a digest alone", digest.to_vec()),
    ]
}

fn texts(family: &mut Family) {
    let bytes = cid_of(&proof().bytes);
    let base32_text = cid(&bytes);
    let base58_text = format!("z{}", base58(&bytes));
    for (name, says, text) in [
        ("base32", "A token's CID in base32.", base32_text.clone()),
        ("base58", "A token's CID in base58btc.", base58_text.clone()),
        (
            "base32-of-nothing",
            "The CID of no bytes at all in base32.",
            cid(&cid_of(&[])),
        ),
    ] {
        let bytes = if name == "base32-of-nothing" {
            cid_of(&[])
        } else {
            bytes.clone()
        };
        let content = json!({"cid": text, "bytes": hex(&bytes), "text": cid(&bytes)});
        family.add("cid", name, says, &[6], VALID, content);
    }
    for (name, says, text) in [
        ("empty", "An empty text.", String::new()),
        ("b-alone", "The letter of base32 alone.", "b".to_owned()),
        (
            "no-base",
            "A CID without the letter of its base.",
            base32_text[1..].to_owned(),
        ),
        (
            "base32-upper",
            "Base32 in upper case.",
            base32_text.to_uppercase(),
        ),
        (
            "base32-mixed",
            "Base32 with one letter in upper case.",
            base32_text.replacen("bafyrei", "bafyreI", 1),
        ),
        (
            "base32-padded",
            "Base32 with padding.",
            format!("c{}======", base32(&bytes)),
        ),
        (
            "base32-longer",
            "Base32 with two letters too many.",
            format!("{base32_text}aa"),
        ),
        (
            "base32-shorter",
            "Base32 without its last letter.",
            base32_text[..base32_text.len() - 1].to_owned(),
        ),
        (
            "base16",
            "A token's CID in base16.",
            format!("f{}", hex(&bytes)),
        ),
        (
            "base16-upper",
            "A token's CID in base16, in upper case.",
            format!("F{}", hex(&bytes).to_uppercase()),
        ),
        (
            "base64",
            "A token's CID in base64.",
            format!("m{}", base64(&bytes)),
        ),
        (
            "base64url",
            "A token's CID in base64url.",
            format!("u{}", base64(&bytes).replace('+', "-").replace('/', "_")),
        ),
        (
            "base2",
            "A token's CID in base2.",
            format!(
                "0{}",
                bytes
                    .iter()
                    .map(|byte| format!("{byte:08b}"))
                    .collect::<String>()
            ),
        ),
        (
            "flickr",
            "The letters of base58btc behind the letter of base58flickr.",
            base58_text.replacen('z', "Z", 1),
        ),
        (
            "base58-leading-1",
            "Base58 with a leading `1`.",
            base58_text.replacen('z', "z1", 1),
        ),
        ("ipfs-path", "An IPFS path.", format!("/ipfs/{base32_text}")),
        ("ipfs-url", "An IPFS URL.", format!("ipfs://{base32_text}")),
        (
            "gateway",
            "The URL of a gateway.",
            format!("https://ipfs.io/ipfs/{base32_text}"),
        ),
        (
            "subpath",
            "A path behind the CID.",
            format!("{base32_text}/a"),
        ),
        (
            "leading-space",
            "A leading space.",
            format!(" {base32_text}"),
        ),
        ("newline", "A trailing newline.", format!("{base32_text}\n")),
        (
            "json",
            "The DAG-JSON form of a link.",
            format!("{{\"/\":\"{base32_text}\"}}"),
        ),
        (
            "hash-alone",
            "A hash as `Qm…`.",
            base58(&[&[0x12, 0x20], &bytes[4..]].concat()),
        ),
    ] {
        family.add("cid", name, says, &[6], MALFORMED, json!({"cid": text}));
    }
    for (name, says, bytes) in others().into_iter().chain(no_cids()) {
        let text = cid(&bytes);
        family.add(
            "cid",
            format!("text-{name}"),
            format!("The text of {says}."),
            &[6],
            MALFORMED,
            json!({"cid": text}),
        );
    }
}

fn links(family: &mut Family) {
    let call = |prf: Value| {
        invocation(BOB, ALICE, &[])
            .with("prf", Value::List(vec![prf]))
            .sign()
    };
    family.invocation(
        "prf-token",
        "`prf` holds a token's CID.",
        &[6],
        &call(proof().link()),
        VALID,
    );
    for (name, says, bytes) in others().into_iter().chain(no_cids()) {
        family.invocation(
            format!("prf-{name}"),
            format!("`prf` holds {says}."),
            &[4, 6],
            &call(Value::Link(bytes)),
            MALFORMED,
        );
    }
    for (name, says, value) in [
        ("text", "a CID as text", proof().cid().into()),
        (
            "bytes",
            "a CID as bytes",
            Value::Bytes(cid_of(&proof().bytes)),
        ),
        ("null", "null", Value::Null),
        (
            "list",
            "a list with a link",
            Value::List(vec![proof().link()]),
        ),
        (
            "whole-token",
            "the token itself, as bytes",
            Value::Bytes(proof().bytes),
        ),
        (
            "json-link",
            "the DAG-JSON form of a link, as a map",
            Value::Map(vec![("/".to_owned(), proof().cid().into())]),
        ),
    ] {
        family.invocation(
            format!("prf-{name}"),
            format!("`prf` holds {says}."),
            &[5, 6],
            &call(value),
            MALFORMED,
        );
    }
    let cause = |bytes: Vec<u8>| {
        invocation(ALICE, ALICE, &[])
            .with("cause", Value::Link(bytes))
            .sign()
    };
    family.invocation(
        "cause-token",
        "`cause` is a token's CID.",
        &[6],
        &cause(cid_of(&proof().bytes)),
        VALID,
    );
    for (name, says, bytes) in others() {
        family.invocation(
            format!("cause-{name}"),
            format!("`cause` is {says}."),
            &[6],
            &cause(bytes),
            MALFORMED,
        );
    }
    let argument = |bytes: Vec<u8>| {
        let x = Value::Map(vec![("x".to_owned(), Value::Link(bytes))]);
        invocation(ALICE, ALICE, &[]).with("args", x).sign()
    };
    for (name, says, bytes) in no_cids() {
        if name != "digest-alone" {
            family.invocation(
                format!("argument-{name}"),
                format!("An argument is a link to {says}."),
                &[4],
                &argument(bytes),
                MALFORMED,
            );
        }
    }
}
