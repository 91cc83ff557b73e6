//! Containers: many tokens in one string, in six forms.

mod content;
mod form;

use serde_json::json;

use crate::cbor::{Value, map};
use crate::gzip::Gzip;
use crate::principal::{ALICE, BOB};
use crate::row::{Family, MALFORMED, VALID, Verdict};
use crate::text::{BASE64, BASE64_URL, based, hex, unhex};
use crate::token::{Token, invocation};

use super::chain::{PATH, drafts, signed};

pub(super) fn rows() -> Family {
    let mut family = Family::new("container");
    sound(&mut family);
    headers(&mut family);
    content::shape(&mut family);
    content::bad_tokens(&mut family);
    form::base64s(&mut family);
    form::gzips(&mut family);
    family
}

/// A delegation and the invocation that it proves.
fn tokens() -> Vec<Token> {
    let mut tokens = signed(&drafts(&PATH[..2]));
    tokens.push(invocation(BOB, ALICE, &tokens).sign());
    tokens.sort_by(|one, other| one.bytes.cmp(&other.bytes));
    tokens
}

pub(super) fn cbor(tokens: &[Token]) -> Vec<u8> {
    let list = tokens
        .iter()
        .map(|token| Value::Bytes(token.bytes.clone()))
        .collect();
    map([("ctn-v1", Value::List(list))]).encode()
}

/// Base64 in the alphabet of the form, with its padding.
fn text(content: &[u8], url: bool) -> Vec<u8> {
    if url {
        return based(content, BASE64_URL, 6).into_bytes();
    }
    let mut text = based(content, BASE64, 6);
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text.into_bytes()
}

/// The content in the form of this header.
pub(super) fn wrap(header: u8, content: &[u8]) -> Vec<u8> {
    let gzipped = || Gzip::default().write(content);
    let body = match header {
        b'@' => content.to_vec(),
        b'B' => text(content, false),
        b'C' => text(content, true),
        b'M' => gzipped(),
        b'O' => text(&gzipped(), false),
        _ => text(&gzipped(), true),
    };
    [&[header], &body[..]].concat()
}

const HEADERS: [(u8, &str); 6] = [
    (b'@', "bytes"),
    (b'B', "base64"),
    (b'C', "base64url"),
    (b'M', "gzip"),
    (b'O', "gzip in base64"),
    (b'P', "gzip in base64url"),
];

pub(super) fn row(
    family: &mut Family,
    name: &str,
    says: &str,
    ruling: &[u8],
    bytes: &[u8],
    found: &[Token],
    verdict: Verdict,
) {
    let mut content = json!({"bytes": hex(bytes)});
    if verdict.is_ok() {
        let mut cids: Vec<_> = found.iter().map(Token::cid).collect();
        cids.sort_unstable();
        content["tokens"] = json!(cids);
    }
    family.add("container", name, says, ruling, verdict, content);
}

fn refuse(family: &mut Family, name: &str, says: &str, bytes: &[u8]) {
    row(family, name, says, &[9], bytes, &[], MALFORMED);
}

fn sound(family: &mut Family) {
    let tokens = tokens();
    let content = cbor(&tokens);
    for (header, form) in HEADERS {
        let name = format!("sound-{}", header as char).replace('@', "at");
        row(
            family,
            &name,
            &format!("A delegation and an invocation as {form}."),
            &[9],
            &wrap(header, &content),
            &tokens,
            VALID,
        );
    }
    let mut reversed = tokens.clone();
    reversed.reverse();
    row(
        family,
        "unsorted",
        "The tokens are not sorted, which is read as well.",
        &[9],
        &wrap(b'C', &cbor(&reversed)),
        &tokens,
        VALID,
    );
    row(
        family,
        "one",
        "One invocation alone.",
        &[9],
        &wrap(b'C', &cbor(&tokens[..1])),
        &tokens[..1],
        VALID,
    );
    row(
        family,
        "delegations",
        "Delegations alone, as a wallet hands them on.",
        &[9],
        &wrap(b'B', &cbor(&signed(&drafts(&PATH)))),
        &signed(&drafts(&PATH)),
        VALID,
    );
    let forged = [tokens[0].forged()];
    row(
        family,
        "forged",
        "A container is read before any signature is checked.",
        &[9],
        &wrap(b'@', &cbor(&forged)),
        &forged,
        VALID,
    );
    let named = Gzip {
        flags: 8,
        extra: b"tokens.cbor\0".to_vec(),
        ..Gzip::default()
    };
    row(
        family,
        "gzip-name",
        "The gzip header has a file name, which does not count.",
        &[9],
        &[b"M", &named.write(&content)[..]].concat(),
        &tokens,
        VALID,
    );
    let stored = [b"M", &stored(&content)[..]].concat();
    row(
        family,
        "gzip-stored",
        "The gzip stream stores its content without compressing it.",
        &[9],
        &stored,
        &tokens,
        VALID,
    );
}

/// A gzip member of one stored block.
fn stored(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    let mut bytes = unhex("1f8b08000000000000ff01");
    bytes.extend(length.to_le_bytes());
    bytes.extend((!length).to_le_bytes());
    bytes.extend(content);
    bytes.extend(crate::gzip::crc32(content).to_le_bytes());
    bytes.extend(u32::from(length).to_le_bytes());
    bytes
}

fn headers(family: &mut Family) {
    let content = cbor(&tokens()[..1]);
    refuse(family, "empty", "There are no bytes.", &[]);
    for header in [b'@', b'C', b'M'] {
        let name = format!("header-alone-{}", header as char).replace('@', "at");
        refuse(
            family,
            &name,
            &format!("The header `{}` and nothing behind it.", header as char),
            &[header],
        );
    }
    for (name, header, body) in [
        ("00", 0x00, content.clone()),
        ("a1", 0xa1, content[1..].to_vec()),
        ("A", b'A', content.clone()),
        ("D", b'D', text(&content, true)),
        ("E", b'E', text(&content, true)),
        ("F", b'F', text(&content, true)),
        ("N", b'N', Gzip::default().write(&content)),
        ("Q", b'Q', text(&Gzip::default().write(&content), true)),
        ("lower-b", b'b', text(&content, false)),
        ("lower-c", b'c', text(&content, true)),
        ("lower-m", b'm', Gzip::default().write(&content)),
        ("c0", 0xc0, content.clone()),
        ("ff", 0xff, content.clone()),
        ("space", b' ', wrap(b'C', &content)),
    ] {
        let says = if name == "a1" {
            "There is no header before the map.".to_owned()
        } else {
            format!("The header is the byte {header:02x}, which says nothing.")
        };
        refuse(
            family,
            &format!("header-{name}"),
            &says,
            &[&[header], &body[..]].concat(),
        );
    }
    for (name, says, header, body) in [
        (
            "bytes-as-base64",
            "The header says base64, and bytes follow.",
            b'B',
            content.clone(),
        ),
        (
            "base64-as-bytes",
            "The header says bytes, and base64 follows.",
            b'@',
            text(&content, false),
        ),
        (
            "gzip-as-bytes",
            "The header says bytes, and gzip follows.",
            b'@',
            Gzip::default().write(&content),
        ),
        (
            "bytes-as-gzip",
            "The header says gzip, and no gzip follows.",
            b'M',
            content.clone(),
        ),
        (
            "base64-of-gzip-as-base64",
            "The header says base64, and base64 of gzip follows.",
            b'C',
            text(&Gzip::default().write(&content), true),
        ),
        (
            "base64-as-base64-of-gzip",
            "The header says base64 of gzip, and base64 of no gzip follows.",
            b'P',
            text(&content, true),
        ),
    ] {
        refuse(family, name, says, &[&[header], &body[..]].concat());
    }
}
