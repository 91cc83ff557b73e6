//! Strict DAG-CBOR: each row a token signed over bytes that say the same in another spelling.

mod head;
mod item;

use crate::cbor::{Value, map, raw};
use crate::principal::{ALICE, BOB};
use crate::row::{Family, MALFORMED, VALID};
use crate::text::{hex, unhex};
use crate::token::{DELEGATION, Draft, NOW, Token, delegation, invocation};

pub(super) fn rows() -> Family {
    let mut family = Family::new("encoding");
    values(&mut family);
    head::heads(&mut family);
    head::indefinite(&mut family);
    maps(&mut family);
    item::floats(&mut family);
    item::simple(&mut family);
    item::tags(&mut family);
    item::keys_and_text(&mut family);
    ends(&mut family);
    family
}

/// A delegation with something of everything.
fn rich() -> Draft {
    delegation(ALICE, BOB, ALICE)
        .with("nbf", NOW)
        .with(
            "pol",
            Value::parse(r#"[["==",".id","c-1"],["<",".size",1000]]"#),
        )
        .with("meta", map([("note", "hello".into())]))
}

/// An invocation with this argument `x`.
fn argument(x: Value) -> Token {
    invocation(ALICE, ALICE, &[])
        .with("args", map([("x", x)]))
        .sign()
}

fn values(family: &mut Family) {
    let other_cid = [&[0x01, 0x55, 0x12, 0x20][..], &[7; 32]].concat();
    for (name, says, value) in [
        ("null", "null", Value::Null),
        ("true", "true", Value::Bool(true)),
        ("false", "false", Value::Bool(false)),
        ("0", "0, whose head holds it", 0.into()),
        ("23", "23, the last that the head itself holds", 23.into()),
        ("24", "24, the first that takes one byte more", 24.into()),
        ("255", "255, the last in one byte", 255.into()),
        ("256", "256, the first in two bytes", 256.into()),
        ("65535", "65,535, the last in two bytes", 65_535.into()),
        ("65536", "65,536, the first in four bytes", 65_536.into()),
        (
            "4294967295",
            "2^32-1, the last in four bytes",
            4_294_967_295.into(),
        ),
        (
            "4294967296",
            "2^32, the first in eight bytes",
            4_294_967_296.into(),
        ),
        ("i64-max", "2^63-1", i64::MAX.into()),
        ("u64-max", "2^64-1", Value::Integer(u64::MAX.into())),
        ("-1", "-1, whose head holds it", (-1).into()),
        (
            "-24",
            "-24, the last that the head itself holds",
            (-24).into(),
        ),
        (
            "-25",
            "-25, the first that takes one byte more",
            (-25).into(),
        ),
        ("i64-min", "-2^63", i64::MIN.into()),
        ("1.0", "1.0, a float though it is whole", Value::Float(1.0)),
        ("0.0", "0.0", Value::Float(0.0)),
        (
            "-1.5",
            "-1.5, which is a float of eight bytes though two would hold it",
            Value::Float(-1.5),
        ),
        (
            "smallest-float",
            "the smallest float above zero",
            Value::Float(f64::from_bits(1)),
        ),
        ("largest-float", "the largest float", Value::Float(f64::MAX)),
        ("empty-text", "an empty text", "".into()),
        (
            "unicode-text",
            "text beyond ASCII, which is not normalised",
            "e\u{301} \u{e9} \u{1f511}".into(),
        ),
        ("empty-bytes", "no bytes", Value::Bytes(Vec::new())),
        (
            "256-bytes",
            "256 bytes, whose length takes two bytes",
            Value::Bytes(vec![0xa5; 256]),
        ),
        ("empty-list", "an empty list", Value::List(Vec::new())),
        (
            "nested",
            "lists and maps in each other",
            Value::parse(r#"[[],[{"a":[{}]}]]"#),
        ),
        ("empty-map", "an empty map", Value::Map(Vec::new())),
        (
            "key-order",
            "keys sorted by length, then by bytes",
            Value::parse(r#"{"b":1,"c":2,"aa":3}"#),
        ),
        ("empty-key", "an empty key", Value::parse(r#"{"":1}"#)),
        (
            "raw-link",
            "a link to something that is no token: CIDv1, raw",
            Value::Link(other_cid),
        ),
    ] {
        let says = format!("The argument is {says}.");
        family.invocation(format!("value-{name}"), says, &[4], &argument(value), VALID);
    }
    let token = rich().sign();
    family.delegation(
        "rich",
        "Nothing is wrong with the delegation that the rows below re-spell.",
        &[1, 4],
        &token,
        VALID,
    );
}

fn argument_raw(bytes: &[u8]) -> Token {
    argument(raw(bytes))
}

/// The CID of some token, in hex.
fn token_cid() -> String {
    match delegation(ALICE, BOB, ALICE).sign().link() {
        Value::Link(cid) => hex(&cid),
        _ => String::new(),
    }
}

fn maps(family: &mut Family) {
    let pairs = |draft: &Draft, change: fn(&mut Vec<(Value, Value)>)| {
        let Value::Map(mut fields) = draft.payload() else {
            panic!("a payload is a map");
        };
        fields.sort_by_key(|(key, _)| (key.len(), key.clone()));
        let mut fields: Vec<_> = fields
            .into_iter()
            .map(|(key, value)| (Value::from(key), value))
            .collect();
        change(&mut fields);
        draft.sign_payload(Value::Pairs(fields))
    };
    let rich = rich();
    for (name, says, token) in [
        (
            "order-swapped",
            "Two neighbouring keys of the payload are swapped.",
            pairs(&rich, |fields| fields.swap(0, 1)),
        ),
        (
            "order-reversed",
            "The keys of the payload are in reverse.",
            pairs(&rich, |fields| fields.reverse()),
        ),
        (
            "order-by-bytes",
            "The keys of the payload are sorted by bytes alone, `meta` before `nbf`.",
            pairs(&rich, |fields| {
                fields.sort_by_key(|(key, _)| match key {
                    Value::Text(key) => key.clone(),
                    _ => String::new(),
                });
            }),
        ),
        (
            "duplicate-same",
            "`aud` is there twice, with the same value.",
            pairs(&rich, |fields| fields.insert(0, fields[0].clone())),
        ),
        (
            "duplicate-other",
            "`exp` is there twice, with two values.",
            pairs(&rich, |fields| {
                let at = fields
                    .iter()
                    .position(|(key, _)| *key == "exp".into())
                    .unwrap();
                fields.insert(at, ("exp".into(), Value::Null));
            }),
        ),
    ] {
        family.delegation(name, says, &[4], &token, MALFORMED);
    }
    let header = Value::Bytes(ALICE.curve.header().to_vec());
    let signed = Value::Pairs(vec![
        (DELEGATION.into(), rich.payload()),
        ("h".into(), header.clone()),
    ]);
    family.delegation(
        "order-signed",
        "What is signed has its type tag before `h`.",
        &[1, 4],
        &rich.sign_bytes(signed),
        MALFORMED,
    );
    let signed = Value::Pairs(vec![
        ("h".into(), header.clone()),
        ("h".into(), header),
        (DELEGATION.into(), rich.payload()),
    ]);
    family.delegation(
        "duplicate-header",
        "What is signed has `h` twice.",
        &[2, 4],
        &rich.sign_bytes(signed),
        MALFORMED,
    );
    for (name, says, bytes) in [
        (
            "order-argument",
            "a map with `b` before `a`",
            "a2616201616101",
        ),
        (
            "order-argument-length",
            "a map with the longer key first",
            "a262616101616201",
        ),
        (
            "order-deep",
            "a map deep inside with `b` before `a`",
            "8181a2616201616101",
        ),
        (
            "duplicate-argument",
            "a map with `a` twice",
            "a2616101616101",
        ),
        (
            "duplicate-argument-other",
            "a map with `a` twice, of which one is null",
            "a2616101 6161f6",
        ),
        (
            "duplicate-empty-key",
            "a map with the empty key twice",
            "a260016002",
        ),
    ] {
        let says = format!("The argument is {says}.");
        family.invocation(
            name,
            says,
            &[4],
            &argument_raw(&unhex(&bytes.replace(' ', ""))),
            MALFORMED,
        );
    }
}

fn ends(family: &mut Family) {
    let token = rich().sign();
    let behind = |more: &[u8]| token.spelled([&token.bytes, more].concat());
    for (name, says, token) in [
        (
            "trailing-zero",
            "A zero byte follows the token.",
            behind(&[0]),
        ),
        (
            "trailing-null",
            "A null follows the token.",
            behind(&[0xf6]),
        ),
        (
            "trailing-break",
            "A break follows the token.",
            behind(&[0xff]),
        ),
        (
            "trailing-token",
            "The same token follows the token.",
            behind(&token.bytes),
        ),
        ("empty", "There are no bytes.", token.spelled(Vec::new())),
        (
            "first-byte",
            "The token ends after its first byte.",
            token.spelled(vec![0x82]),
        ),
        (
            "in-signature",
            "The token ends inside the signature.",
            token.spelled(token.bytes[..40].to_vec()),
        ),
        (
            "after-signature",
            "The token ends after the signature.",
            token.spelled(token.bytes[..67].to_vec()),
        ),
        (
            "without-last",
            "The token lacks its last byte.",
            token.spelled(token.bytes[..token.bytes.len() - 1].to_vec()),
        ),
        (
            "huge-list",
            "The bytes promise a list of 2^63 values.",
            token.spelled(unhex("9b8000000000000000")),
        ),
        (
            "huge-bytes",
            "The bytes promise 2^64-1 bytes.",
            token.spelled(unhex("825bffffffffffffffff00")),
        ),
        (
            "huge-text",
            "The bytes promise 2^64-1 bytes of text.",
            token.spelled(unhex("7bffffffffffffffff61")),
        ),
        (
            "huge-map",
            "The bytes promise a map of 2^63 entries.",
            token.spelled(unhex("bb8000000000000000616101")),
        ),
        (
            "leading-zero",
            "A zero byte stands before the token.",
            token.spelled([&[0], &token.bytes[..]].concat()),
        ),
        (
            "hex",
            "The token is written in hex.",
            token.spelled(token.hex().into_bytes()),
        ),
        (
            "json",
            "The token is written in DAG-JSON.",
            token.spelled(token.json().to_string().into_bytes()),
        ),
    ] {
        family.delegation(format!("end-{name}"), says, &[1, 4], &token, MALFORMED);
    }
}
