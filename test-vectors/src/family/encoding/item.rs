//! Values that DAG-CBOR does not have.

use crate::cbor::{Value, raw};
use crate::principal::{ALICE, BOB};
use crate::row::{Family, MALFORMED};
use crate::text::{hex, unhex};
use crate::token::delegation;

use super::{argument_raw, rich, token_cid};

pub(super) fn floats(family: &mut Family) {
    for (name, says, bytes) in [
        ("f16", "1.5 as a float of two bytes", "f93e00"),
        ("f32", "1.5 as a float of four bytes", "fa3fc00000"),
        ("f16-zero", "0.0 as a float of two bytes", "f90000"),
        ("nan", "NaN", "fb7ff8000000000000"),
        (
            "nan-payload",
            "NaN with bits of its own",
            "fb7ff8000000000001",
        ),
        ("nan-signalling", "a signalling NaN", "fb7ff0000000000001"),
        ("f16-nan", "NaN as a float of two bytes", "f97e00"),
        ("infinity", "infinity", "fb7ff0000000000000"),
        (
            "negative-infinity",
            "negative infinity",
            "fbfff0000000000000",
        ),
        (
            "f32-infinity",
            "infinity as a float of four bytes",
            "fa7f800000",
        ),
        (
            "negative-zero",
            "negative zero, which is a second zero",
            "fb8000000000000000",
        ),
    ] {
        let says = format!("The argument is {says}.");
        family.invocation(
            format!("float-{name}"),
            says,
            &[4],
            &argument_raw(&unhex(bytes)),
            MALFORMED,
        );
    }
    let token = rich()
        .with(
            "pol",
            Value::List(vec![Value::List(vec![
                "<".into(),
                ".size".into(),
                raw(&unhex("fa447a0000")),
            ])]),
        )
        .sign();
    family.delegation(
        "float-f32-policy",
        "The bound of a statement is a float of four bytes.",
        &[4],
        &token,
        MALFORMED,
    );
}

pub(super) fn simple(family: &mut Family) {
    for (name, says, bytes) in [
        ("undefined", "`undefined`", "f7"),
        ("simple-0", "the simple value 0", "e0"),
        ("simple-19", "the simple value 19", "f3"),
        ("simple-32", "the simple value 32", "f820"),
        ("simple-255", "the simple value 255", "f8ff"),
        ("simple-wide-true", "true in two bytes", "f815"),
        ("simple-wide-null", "null in two bytes", "f816"),
        ("break", "a break that ends nothing", "ff"),
        (
            "reserved-28",
            "an integer with the reserved length 28",
            "1c",
        ),
        ("reserved-29", "text with the reserved length 29", "7d"),
        ("reserved-30", "a list with the reserved length 30", "9e"),
        ("reserved-31", "an integer of indefinite length", "1f"),
    ] {
        let says = format!("The argument is {says}.");
        family.invocation(name, says, &[4], &argument_raw(&unhex(bytes)), MALFORMED);
    }
}

pub(super) fn tags(family: &mut Family) {
    let cid = token_cid();
    for (name, says, bytes) in [
        (
            "0",
            "a date as text with tag 0",
            format!("c074{}", hex(b"2026-01-01T00:00:00Z")),
        ),
        ("1", "a time with tag 1", "c11a69573e80".to_owned()),
        (
            "2",
            "a big number with tag 2",
            "c249010000000000000000".to_owned(),
        ),
        (
            "2-small",
            "a number that needs no tag 2",
            "c24101".to_owned(),
        ),
        (
            "3",
            "a negative big number with tag 3",
            "c349010000000000000000".to_owned(),
        ),
        ("24", "CBOR in bytes with tag 24", "d8184101".to_owned()),
        ("32", "a URI with tag 32", "d820636e3a61".to_owned()),
        (
            "55799",
            "a map behind the tag that says CBOR",
            "d9d9f7a0".to_owned(),
        ),
        ("41", "a link with tag 41", format!("d8295825 00{cid}")),
        ("43", "a link with tag 43", format!("d82b5825 00{cid}")),
        ("42-text", "text with tag 42", "d82a6161".to_owned()),
        ("42-list", "a list with tag 42", "d82a80".to_owned()),
        (
            "42-no-zero",
            "a link without its zero byte",
            format!("d82a5824 {cid}"),
        ),
        (
            "42-one",
            "a link behind 01 instead of 00",
            format!("d82a5825 01{cid}"),
        ),
        ("42-empty", "a link of no bytes", "d82a40".to_owned()),
        (
            "42-only-zero",
            "a link of its zero byte alone",
            "d82a4100".to_owned(),
        ),
        (
            "42-base32",
            "a link whose bytes are the CID's text",
            format!(
                "d82a583b{}",
                hex(delegation(ALICE, BOB, ALICE).sign().cid().as_bytes())
            ),
        ),
        (
            "42-twice",
            "a link inside a link's tag",
            format!("d82ad82a5825 00{cid}"),
        ),
    ] {
        let bytes = bytes.replace(' ', "");
        let says = format!("The argument is {says}.");
        family.invocation(
            format!("tag-{name}"),
            says,
            &[4],
            &argument_raw(&unhex(&bytes)),
            MALFORMED,
        );
    }
    let token = rich().sign();
    let bytes = [&unhex("d9d9f7")[..], &token.bytes].concat();
    family.delegation(
        "tag-55799-token",
        "The token stands behind the tag that says CBOR.",
        &[1, 4],
        &token.spelled(bytes),
        MALFORMED,
    );
    let token = rich().with("exp", raw(&unhex("c11a69573e80"))).sign();
    family.delegation(
        "tag-1-exp",
        "`exp` is a time with tag 1.",
        &[4, 5],
        &token,
        MALFORMED,
    );
}

pub(super) fn keys_and_text(family: &mut Family) {
    for (name, says, bytes) in [
        ("key-integer", "a map with an integer as key", "a10101"),
        ("key-bytes", "a map with bytes as key", "a1416101"),
        ("key-null", "a map with null as key", "a1f601"),
        ("key-list", "a map with a list as key", "a18001"),
        ("text-not-utf8", "text that is not UTF-8", "61ff"),
        (
            "text-overlong",
            "text with an overlong form of `/`",
            "62c0af",
        ),
        (
            "text-surrogate",
            "text with half a surrogate pair",
            "63eda080",
        ),
        ("text-cut", "text cut inside a letter", "61c3"),
        (
            "key-not-utf8",
            "a map with a key that is not UTF-8",
            "a161ff01",
        ),
        (
            "map-without-entry",
            "a map that promises two entries and has one",
            "a2616101",
        ),
    ] {
        let says = format!("The argument is {says}.");
        family.invocation(name, says, &[4], &argument_raw(&unhex(bytes)), MALFORMED);
    }
}
