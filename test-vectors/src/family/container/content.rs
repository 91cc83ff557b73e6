//! What is inside: the map, and its tokens.

use crate::cbor::{Value, map, raw};
use crate::principal::{ALICE, CAROL};
use crate::row::{Family, MALFORMED, UNSUPPORTED_ALGORITHM, UNSUPPORTED_VERSION};
use crate::text::{base64, unhex};
use crate::token::delegation;

use crate::family::chain::{PATH, drafts, signed};

use super::{cbor, refuse, row, tokens, wrap};

pub(super) fn shape(family: &mut Family) {
    let tokens = tokens();
    let list = || {
        Value::List(
            tokens
                .iter()
                .map(|token| Value::Bytes(token.bytes.clone()))
                .collect(),
        )
    };
    for (name, says, content) in [
        (
            "no-map",
            "There is no map around the list.",
            list().encode(),
        ),
        ("empty-map", "The map is empty.", map([]).encode()),
        (
            "other-key",
            "The map's key is `ctn-v2`.",
            map([("ctn-v2", list())]).encode(),
        ),
        (
            "upper-key",
            "The map's key is `CTN-v1`.",
            map([("CTN-v1", list())]).encode(),
        ),
        (
            "short-key",
            "The map's key is `ctn`.",
            map([("ctn", list())]).encode(),
        ),
        (
            "second-key",
            "The map has a second key.",
            map([("ctn-v1", list()), ("meta-v1", Value::Null)]).encode(),
        ),
        (
            "key-first",
            "The map has a second key before the one.",
            map([("ctn-v1", list()), ("a", Value::Null)]).encode(),
        ),
        (
            "null",
            "The list is null.",
            map([("ctn-v1", Value::Null)]).encode(),
        ),
        (
            "bytes",
            "There are bytes in the place of the list.",
            map([("ctn-v1", Value::Bytes(tokens[0].bytes.clone()))]).encode(),
        ),
        (
            "map",
            "There is a map of CIDs in the place of the list.",
            map([(
                "ctn-v1",
                Value::Map(
                    tokens
                        .iter()
                        .map(|token| (token.cid(), Value::Bytes(token.bytes.clone())))
                        .collect(),
                ),
            )])
            .encode(),
        ),
        (
            "nested-list",
            "The list is inside a list.",
            map([("ctn-v1", Value::List(vec![list()]))]).encode(),
        ),
        (
            "texts",
            "The tokens are base64 text.",
            map([("ctn-v1", Value::List(vec![base64(&tokens[0].bytes).into()]))]).encode(),
        ),
        (
            "embedded",
            "A token is there as itself, not as bytes.",
            map([("ctn-v1", Value::List(vec![raw(&tokens[0].bytes)]))]).encode(),
        ),
        (
            "links",
            "The tokens are links.",
            map([("ctn-v1", Value::List(vec![tokens[0].link()]))]).encode(),
        ),
        (
            "null-token",
            "A token is null.",
            map([("ctn-v1", Value::List(vec![Value::Null]))]).encode(),
        ),
        (
            "trailing",
            "A byte follows the map.",
            [&cbor(&tokens)[..], &[0]].concat(),
        ),
        (
            "cut",
            "The last byte is missing.",
            cbor(&tokens)[..cbor(&tokens).len() - 1].to_vec(),
        ),
        (
            "two-maps",
            "A second map follows the first.",
            [cbor(&tokens[..1]), cbor(&tokens[1..])].concat(),
        ),
        (
            "indefinite-list",
            "The list is of indefinite length.",
            [
                &unhex("a16663746e2d76319f")[..],
                &Value::Bytes(tokens[0].bytes.clone()).encode(),
                &[0xff],
            ]
            .concat(),
        ),
        (
            "wide-list",
            "The head of the list takes a byte too many.",
            [
                &unhex("a16663746e2d76319801")[..],
                &Value::Bytes(tokens[0].bytes.clone()).encode(),
            ]
            .concat(),
        ),
        (
            "wide-token",
            "The length of a token takes two bytes too many.",
            {
                let length = u32::try_from(tokens[0].bytes.len()).unwrap();
                [
                    &unhex("a16663746e2d7631815a")[..],
                    &length.to_be_bytes(),
                    &tokens[0].bytes,
                ]
                .concat()
            },
        ),
        (
            "duplicate-key",
            "The map has its key twice.",
            unhex("a26663746e2d7631806663746e2d763180"),
        ),
        (
            "duplicate",
            "A token is there twice, side by side.",
            cbor(&[tokens[0].clone(), tokens[0].clone()]),
        ),
        (
            "duplicate-apart",
            "A token is there twice, others between.",
            cbor(&[tokens.clone(), vec![tokens[0].clone()]].concat()),
        ),
        (
            "duplicate-delegation",
            "A delegation is there twice.",
            cbor(&[signed(&drafts(&PATH)), signed(&drafts(&PATH[..2]))].concat()),
        ),
        (
            "tagged",
            "The map stands behind the tag that says CBOR.",
            [&unhex("d9d9f7")[..], &cbor(&tokens)].concat(),
        ),
        ("json", "The map is JSON.", br#"{"ctn-v1":[]}"#.to_vec()),
    ] {
        refuse(
            family,
            &format!("shape-{name}"),
            says,
            &wrap(b'@', &content),
        );
    }
}

pub(super) fn bad_tokens(family: &mut Family) {
    let good = tokens();
    let sound = delegation(ALICE, CAROL, ALICE);
    for (name, says, bad, verdict) in [
        (
            "unknown-field",
            "One token of several has an unknown field.",
            sound.clone().with("x", Value::Null).sign(),
            MALFORMED,
        ),
        (
            "no-token",
            "One token of several is an empty map.",
            sound.sign().spelled(vec![0xa0]),
            MALFORMED,
        ),
        (
            "empty-token",
            "One token of several has no bytes.",
            sound.sign().spelled(Vec::new()),
            MALFORMED,
        ),
        (
            "trailing",
            "One token of several has a byte behind it.",
            sound
                .sign()
                .spelled([&sound.sign().bytes[..], &[0]].concat()),
            MALFORMED,
        ),
        (
            "wide",
            "One token of several has a head that is too wide.",
            sound
                .sign()
                .spelled([&unhex("9802")[..], &sound.sign().bytes[1..]].concat()),
            MALFORMED,
        ),
        (
            "weak-issuer",
            "One token of several has an issuer with a weak key.",
            sound
                .clone()
                .with(
                    "aud",
                    crate::principal::did_key(
                        &[0xed, 1],
                        &unhex(&format!("01{}", "00".repeat(31))),
                    ),
                )
                .sign(),
            MALFORMED,
        ),
        (
            "other-algorithm",
            "One token of several has the header of another algorithm.",
            sound
                .clone()
                .header_bytes(&unhex("3401ec0181242071"))
                .sign(),
            UNSUPPORTED_ALGORITHM,
        ),
        (
            "other-version",
            "One token of several is of another version.",
            sound.clone().tag("ucan/dlg@2.0.0").sign(),
            UNSUPPORTED_VERSION,
        ),
        (
            "container",
            "One token of several is a container.",
            sound.sign().spelled(wrap(b'@', &cbor(&good))),
            MALFORMED,
        ),
    ] {
        for (place, tokens) in [
            ("first", [vec![bad.clone()], good.clone()].concat()),
            ("last", [good.clone(), vec![bad.clone()]].concat()),
        ] {
            let says = format!("{} It stands {place}.", says);
            row(
                family,
                &format!("bad-{name}-{place}"),
                &says
                    .replacen(". It", ", and it", 1)
                    .replace("and it stands", "and stands"),
                &[9],
                &wrap(b'@', &cbor(&tokens)),
                &[],
                verdict,
            );
        }
    }
}
