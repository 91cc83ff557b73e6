//! What a revocation looks like.

use crate::cbor::{Value, map};
use crate::principal::{BOB, MALLORY};
use crate::row::{Family, INVALID_SIGNATURE, MALFORMED, VALID};
use crate::token::{NOW, Token, delegation, links};

use crate::family::chain::{PATH, drafts, signed};

use super::revocation;

pub(super) fn shape(family: &mut Family) {
    let proofs = signed(&drafts(&PATH));
    let draft = revocation(BOB, &proofs[1]);
    let args = |args: Value| draft.clone().with("args", args).sign();
    let revoke = || ("revoke", proofs[1].link());
    let mut row = |name: &str, says: &str, token: &Token, verdict| {
        family.token("revocation", name, says, &[25], token, verdict);
    };
    row(
        "sound",
        "Bob revokes what he gave to Carol.",
        &draft.sign(),
        VALID,
    );
    row(
        "sound-path",
        "The path from the revoker's delegation to the revoked one is given.",
        &args(map([revoke(), ("path", links(&proofs[..2]))])),
        VALID,
    );
    row(
        "sound-rc",
        "A revocation of 1.0.0-rc.1.",
        &draft.clone().tag("ucan/inv@1.0.0-rc.1").sign(),
        VALID,
    );
    for (name, says, command) in [
        ("command-short", "The command is `/revoke`.", "/revoke"),
        (
            "command-can",
            "The command is `/ucan/can/revoke`.",
            "/ucan/can/revoke",
        ),
        (
            "command-below",
            "The command is `/ucan/revoke/all`.",
            "/ucan/revoke/all",
        ),
        ("command-above", "The command is `/ucan`.", "/ucan"),
        (
            "command-relative",
            "The command is `ucan/revoke`.",
            "ucan/revoke",
        ),
        (
            "command-upper",
            "The command is `/UCAN/revoke`.",
            "/UCAN/revoke",
        ),
    ] {
        row(
            name,
            says,
            &draft.clone().with("cmd", command).sign(),
            MALFORMED,
        );
    }
    let cid = proofs[1].cid();
    let link = |token: &Token| token.link();
    let raw_cid = Value::Link([&[1, 0x55, 0x12, 0x20][..], &[7; 32]].concat());
    for (name, says, arguments) in [
        ("no-arguments", "There are no arguments.", map([])),
        (
            "no-revoke",
            "`revoke` is missing.",
            map([("path", links(&proofs))]),
        ),
        (
            "revoke-text",
            "`revoke` is the CID's text.",
            map([("revoke", cid.as_str().into())]),
        ),
        (
            "revoke-bytes",
            "`revoke` is the token itself.",
            map([("revoke", Value::Bytes(proofs[1].bytes.clone()))]),
        ),
        (
            "revoke-list",
            "`revoke` is a list of links.",
            map([("revoke", links(&proofs))]),
        ),
        (
            "revoke-null",
            "`revoke` is null.",
            map([("revoke", Value::Null)]),
        ),
        (
            "revoke-raw",
            "`revoke` is a link to raw bytes.",
            map([("revoke", raw_cid.clone())]),
        ),
        (
            "older-name",
            "The argument is called `ucan`, as in an older draft.",
            map([("ucan", link(&proofs[1]))]),
        ),
        (
            "path-null",
            "`path` is null.",
            map([revoke(), ("path", Value::Null)]),
        ),
        (
            "path-link",
            "`path` is a link.",
            map([revoke(), ("path", link(&proofs[0]))]),
        ),
        (
            "path-texts",
            "`path` holds text.",
            map([revoke(), ("path", Value::List(vec![cid.as_str().into()]))]),
        ),
        (
            "path-raw",
            "`path` holds a link to raw bytes.",
            map([revoke(), ("path", Value::List(vec![raw_cid]))]),
        ),
        (
            "path-duplicate",
            "`path` names a delegation twice.",
            map([
                revoke(),
                (
                    "path",
                    Value::List(vec![link(&proofs[0]), link(&proofs[0])]),
                ),
            ]),
        ),
        (
            "more-arguments",
            "There is a further argument.",
            map([
                revoke(),
                ("path", Value::List(Vec::new())),
                ("until", NOW.into()),
            ]),
        ),
    ] {
        row(name, says, &args(arguments), MALFORMED);
    }
    row(
        "delegation",
        "A delegation of `/ucan/revoke` is no revocation.",
        &delegation(BOB, BOB, BOB).with("cmd", "/ucan/revoke").sign(),
        MALFORMED,
    );
    row(
        "forged",
        "Mallory signed in Bob's name.",
        &draft.clone().signed_by(MALLORY).sign(),
        INVALID_SIGNATURE,
    );
    row(
        "bit",
        "A bit of the signature is flipped.",
        &draft.sign().forged(),
        INVALID_SIGNATURE,
    );
}
