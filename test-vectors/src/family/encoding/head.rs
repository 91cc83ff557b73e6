//! Heads that are too wide, and lengths that are not said.

use crate::cbor::{Value, head, raw, width};
use crate::principal::BOB;
use crate::row::{Family, MALFORMED};
use crate::text::unhex;
use crate::token::{DELEGATION, wide};

use super::{argument, argument_raw, rich, token_cid};

/// Every head of a token, with its argument in more bytes than it needs.
pub(super) fn heads(family: &mut Family) {
    let token = rich().sign();
    let next = |width: usize| match width {
        0 => 1,
        1 => 2,
        2 => 4,
        _ => 8,
    };
    let place = |place: &str| match place {
        "" => "what is signed".to_owned(),
        _ => format!(
            "`{}`",
            place
                .trim_start_matches('.')
                .replace(DELEGATION, "payload")
                .replace("payload.", "")
        ),
    };
    let signed = rich().sig_payload();
    for (index, (at, width)) in signed
        .heads()
        .into_iter()
        .enumerate()
        .filter(|(_, (_, width))| *width < 8)
    {
        let bytes = raw(&signed.encode_widened(index, next(width)));
        family.delegation(
            format!("wide-head-{index}"),
            format!(
                "The head of {} is written in {} bytes where {} would do, and the signature covers it so.",
                place(&at),
                1 + next(width),
                1 + width
            ),
            &[1, 4],
            &rich().sign_bytes(bytes),
            MALFORMED,
        );
    }
    let (signature, body) = token.parts();
    let body = body.encode();
    for (name, says, start) in [
        (
            "wide-envelope",
            "The head of the envelope takes one byte more than it needs; the signature still holds.",
            unhex("98025840"),
        ),
        (
            "wide-signature",
            "The length of the signature takes two bytes; the signature still holds.",
            unhex("82590040"),
        ),
        (
            "widest-signature",
            "The length of the signature takes eight bytes; the signature still holds.",
            unhex("825b0000000000000040"),
        ),
    ] {
        let bytes = [start, signature.clone(), body.clone()].concat();
        family.delegation(name, says, &[1, 4], &token.spelled(bytes), MALFORMED);
    }
    for (name, says, major, argument) in [
        ("integer", "an integer", 0, 5),
        ("negative", "a negative integer", 1, 5),
        ("large", "an integer that needs one byte", 0, 200),
    ] {
        for wider in [1, 2, 4, 8]
            .into_iter()
            .filter(|wider| *wider > width(argument))
        {
            family.invocation(
                format!("wide-{name}-{wider}"),
                format!("The argument is {says} in {wider} bytes behind the head."),
                &[4],
                &argument_raw(&head(major, argument, wider)),
                MALFORMED,
            );
        }
    }
    let link = [&[0][..], &unhex(&token_cid())].concat();
    for (name, says, value) in [
        (
            "wide-bytes",
            "bytes whose length takes a byte too many",
            wide(2, 3, 1, &[1, 2, 3]),
        ),
        (
            "wide-text",
            "text whose length takes a byte too many",
            wide(3, 3, 1, b"abc"),
        ),
        (
            "wide-list",
            "a list whose length takes a byte too many",
            wide(4, 1, 1, &[1]),
        ),
        (
            "wide-map",
            "a map whose length takes a byte too many",
            wide(5, 1, 1, &[0x61, b'a', 1]),
        ),
        (
            "wide-key",
            "a map with a key whose length takes a byte too many",
            raw(&[0xa1, 0x78, 1, b'a', 1]),
        ),
        (
            "wide-tag",
            "a link whose tag takes two bytes",
            raw(&[&unhex("d9002a5825")[..], &link].concat()),
        ),
        (
            "wide-link",
            "a link whose length takes two bytes",
            raw(&[&unhex("d82a590025")[..], &link].concat()),
        ),
    ] {
        let says = format!("The argument is {says}.");
        family.invocation(name, says, &[4], &argument(value), MALFORMED);
    }
}

pub(super) fn indefinite(family: &mut Family) {
    let did = BOB.did();
    let text = |text: &str| [&[0x7f][..], &Value::from(text).encode(), &[0xff]].concat();
    for (name, says, token) in [
        (
            "text",
            "`aud` is text of indefinite length",
            rich().with("aud", raw(&text(&did))).sign(),
        ),
        (
            "text-chunks",
            "`cmd` is text in two chunks",
            rich()
                .with("cmd", raw(&unhex("7f642f63726d652f72656164ff")))
                .sign(),
        ),
        (
            "bytes",
            "`nonce` is bytes of indefinite length",
            rich()
                .with("nonce", raw(&unhex("5f4c000102030405060708090a0bff")))
                .sign(),
        ),
        (
            "no-chunks",
            "`nonce` is bytes of indefinite length, and none",
            rich().with("nonce", raw(&unhex("5fff"))).sign(),
        ),
        (
            "list",
            "`pol` is a list of indefinite length",
            rich().with("pol", raw(&unhex("9fff"))).sign(),
        ),
        (
            "map",
            "`meta` is a map of indefinite length",
            rich().with("meta", raw(&unhex("bf616101ff"))).sign(),
        ),
    ] {
        let says = format!("{says}.");
        family.delegation(format!("indefinite-{name}"), says, &[4], &token, MALFORMED);
    }
    let payload = rich().payload().encode();
    let payload = [&[0xbf], &payload[1..], &[0xff]].concat();
    let token = rich().sign_payload(raw(&payload));
    family.delegation(
        "indefinite-payload",
        "The payload is a map of indefinite length.",
        &[4],
        &token,
        MALFORMED,
    );
    let signed = rich().sig_payload().encode();
    let token = rich().sign_bytes(raw(&[&[0xbf], &signed[1..], &[0xff]].concat()));
    family.delegation(
        "indefinite-signed",
        "What is signed is a map of indefinite length.",
        &[1, 4],
        &token,
        MALFORMED,
    );
    let token = rich().sign();
    let bytes = [&[0x9f], &token.bytes[1..], &[0xff]].concat();
    family.delegation(
        "indefinite-envelope",
        "The envelope is a list of indefinite length; the signature still holds.",
        &[1, 4],
        &token.spelled(bytes),
        MALFORMED,
    );
    let (signature, signed) = token.parts();
    let bytes = [
        &[0x82, 0x5f, 0x58, 0x40][..],
        &signature,
        &[0xff],
        &signed.encode(),
    ]
    .concat();
    family.delegation(
        "indefinite-signature",
        "The signature is bytes of indefinite length, and still holds.",
        &[1, 4],
        &token.spelled(bytes),
        MALFORMED,
    );
    for (name, says, bytes) in [
        ("argument-list", "a list of indefinite length", "9f01ff"),
        ("argument-map", "a map of indefinite length", "bf616101ff"),
        ("argument-text", "text of indefinite length", "7f6161ff"),
        ("argument-bytes", "bytes of indefinite length", "5f4101ff"),
        (
            "argument-key",
            "a map whose key is of indefinite length",
            "a17f6161ff01",
        ),
    ] {
        let says = format!("The argument is {says}.");
        family.invocation(
            format!("indefinite-{name}"),
            says,
            &[4],
            &argument_raw(&unhex(bytes)),
            MALFORMED,
        );
    }
}
