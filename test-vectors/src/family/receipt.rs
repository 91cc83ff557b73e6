//! Receipts: what the executor says came of a task.

use crate::cbor::{Value, map};
use crate::principal::{ALICE, BOB, MALLORY, PAULA, SAM, SERVICE};
use crate::row::{Family, INVALID_SIGNATURE, MALFORMED, VALID};
use crate::text;
use crate::token::{Draft, NOW, delegation, invocation};

pub(super) fn rows() -> Family {
    let mut family = Family::new("receipt");
    tasks(&mut family);
    sound(&mut family);
    refused(&mut family);
    family
}

fn ran() -> Value {
    let task = invocation(ALICE, ALICE, &[]).sign().task();
    Value::Link(text::cid_bytes(&task))
}

fn receipt(out: Value) -> Draft {
    with_args(map([("ran", ran()), ("out", out)]))
}

fn with_args(args: Value) -> Draft {
    invocation(SERVICE, SERVICE, &[])
        .with("cmd", "/ucan/assert/receipt")
        .with("args", args)
}

fn ok() -> Value {
    map([("ok", map([("size", 3.into())]))])
}

/// The CID of the task depends on four fields, and on nothing else.
fn tasks(family: &mut Family) {
    let call = invocation(ALICE, ALICE, &[]);
    let same = call.sign().task();
    for (name, says, draft) in [
        (
            "task",
            "An invocation, and the CID of its task.",
            call.clone(),
        ),
        (
            "task-invoker",
            "Another invoker asks for the same task.",
            invocation(BOB, ALICE, &[]),
        ),
        (
            "task-proofs",
            "The same task by way of a proof.",
            invocation(ALICE, ALICE, &[delegation(ALICE, ALICE, ALICE).sign()]),
        ),
        (
            "task-time",
            "The same task at another time.",
            call.clone()
                .with("exp", Value::Null)
                .with("nbf", NOW)
                .with("iat", NOW),
        ),
        (
            "task-audience",
            "The same task for another executor.",
            call.clone().with("aud", SERVICE.did()),
        ),
        (
            "task-meta",
            "The same task with `meta` and a cause.",
            call.clone()
                .with("meta", map([("a", 1.into())]))
                .with("cause", call.sign().link()),
        ),
        (
            "task-edition",
            "The same task in an older edition.",
            call.clone().tag("ucan/inv@1.0.0-rc.1"),
        ),
    ] {
        let token = draft.sign();
        assert_eq!(token.task(), same);
        family.invocation(name, says, &[24], &token, VALID);
    }
    for (name, says, draft) in [
        (
            "other-task-subject",
            "Another subject makes another task.",
            invocation(ALICE, BOB, &[]),
        ),
        (
            "other-task-command",
            "Another command makes another task.",
            call.clone().with("cmd", "/crm"),
        ),
        (
            "other-task-args",
            "Other arguments make another task.",
            call.clone().with("args", map([("id", "c-2".into())])),
        ),
        (
            "other-task-nonce",
            "No nonce makes another task, the same whenever it is asked for.",
            call.clone().with("nonce", Value::Bytes(Vec::new())),
        ),
    ] {
        let token = draft.sign();
        assert_ne!(token.task(), same);
        family.invocation(name, says, &[24], &token, VALID);
    }
}

fn sound(family: &mut Family) {
    for (name, says, token) in [
        ("ok", "It succeeded, with a map.", receipt(ok()).sign()),
        (
            "ok-null",
            "It succeeded, with null.",
            receipt(map([("ok", Value::Null)])).sign(),
        ),
        (
            "ok-nested-error",
            "It succeeded, with a value that has an `error` inside.",
            receipt(map([("ok", map([("error", 1.into())]))])).sign(),
        ),
        (
            "error",
            "It failed, with text.",
            receipt(map([("error", "not found".into())])).sign(),
        ),
        (
            "error-map",
            "It failed, with a map.",
            receipt(map([("error", map([("name", "NotFound".into())]))])).sign(),
        ),
        (
            "cause",
            "A cause is named.",
            receipt(ok())
                .with("cause", delegation(ALICE, BOB, ALICE).sign().link())
                .sign(),
        ),
        (
            "rc",
            "A receipt of 1.0.0-rc.1.",
            receipt(ok()).tag("ucan/inv@1.0.0-rc.1").sign(),
        ),
        (
            "audience-self",
            "The audience repeats the executor.",
            receipt(ok()).with("aud", SERVICE.did()).sign(),
        ),
        (
            "never-expires",
            "A receipt that never expires.",
            receipt(ok()).with("exp", Value::Null).sign(),
        ),
    ] {
        family.token("receipt", name, says, &[24], &token, VALID);
    }
    for executor in [PAULA, SAM] {
        let draft = receipt(ok())
            .with("iss", executor.did())
            .with("sub", executor.did())
            .header_bytes(&executor.curve.header())
            .signed_by(executor);
        family.token(
            "receipt",
            executor.name,
            format!("The executor's key is {}.", executor.curve.name()),
            &[3, 24],
            &draft.sign(),
            VALID,
        );
    }
}

fn refused(family: &mut Family) {
    let raw_cid = Value::Link([&[1, 0x55, 0x12, 0x20][..], &[7; 32]].concat());
    let task_text: Value = invocation(ALICE, ALICE, &[]).sign().task().into();
    for (name, says, draft) in [
        (
            "command",
            "The command is `/ucan/receipt`.",
            receipt(ok()).with("cmd", "/ucan/receipt"),
        ),
        (
            "command-above",
            "The command is `/ucan/assert`.",
            receipt(ok()).with("cmd", "/ucan/assert"),
        ),
        (
            "command-below",
            "The command is `/ucan/assert/receipt/ok`.",
            receipt(ok()).with("cmd", "/ucan/assert/receipt/ok"),
        ),
        (
            "command-all",
            "The command is `/`.",
            receipt(ok()).with("cmd", "/"),
        ),
        (
            "other-subject",
            "The subject is another than the issuer.",
            receipt(ok()).with("sub", ALICE.did()),
        ),
        (
            "other-issuer",
            "Mallory says what came of the service's task.",
            receipt(ok()).with("iss", MALLORY.did()).signed_by(MALLORY),
        ),
        (
            "audience",
            "There is an audience that is not the executor.",
            receipt(ok()).with("aud", ALICE.did()),
        ),
        (
            "no-arguments",
            "There are no arguments.",
            with_args(map([])),
        ),
        (
            "no-ran",
            "`ran` is missing.",
            with_args(map([("out", ok())])),
        ),
        (
            "no-out",
            "`out` is missing.",
            with_args(map([("ran", ran())])),
        ),
        (
            "more",
            "There is a third argument.",
            with_args(map([("ran", ran()), ("out", ok()), ("fx", Value::Null)])),
        ),
        (
            "ran-text",
            "`ran` is the CID's text.",
            with_args(map([("ran", task_text), ("out", ok())])),
        ),
        (
            "ran-null",
            "`ran` is null.",
            with_args(map([("ran", Value::Null), ("out", ok())])),
        ),
        (
            "ran-list",
            "`ran` is a list of links.",
            with_args(map([("ran", Value::List(vec![ran()])), ("out", ok())])),
        ),
        (
            "ran-raw",
            "`ran` is a link to raw bytes.",
            with_args(map([("ran", raw_cid), ("out", ok())])),
        ),
        (
            "ran-case",
            "The argument is called `Ran`.",
            with_args(map([("Ran", ran()), ("out", ok())])),
        ),
        ("out-empty", "`out` is an empty map.", receipt(map([]))),
        (
            "out-both",
            "`out` is both.",
            receipt(map([("ok", 1.into()), ("error", 2.into())])),
        ),
        (
            "out-more",
            "`out` has more than `ok`.",
            receipt(map([("ok", 1.into()), ("fork", Value::Null)])),
        ),
        (
            "out-other",
            "`out` is neither `ok` nor `error`.",
            receipt(map([("result", 1.into())])),
        ),
        (
            "out-case",
            "`out` is `Ok`.",
            receipt(map([("Ok", 1.into())])),
        ),
        (
            "out-list",
            "`out` is a list.",
            receipt(Value::List(vec!["ok".into(), 1.into()])),
        ),
        ("out-null", "`out` is null.", receipt(Value::Null)),
        ("out-text", "`out` is text.", receipt("ok".into())),
        (
            "ordinary",
            "An invocation of an ordinary command.",
            invocation(SERVICE, SERVICE, &[]),
        ),
        (
            "revocation",
            "A revocation is no receipt.",
            with_args(map([("revoke", ran())])).with("cmd", "/ucan/revoke"),
        ),
    ] {
        family.token(
            "receipt",
            format!("not-{name}"),
            says,
            &[24],
            &draft.sign(),
            MALFORMED,
        );
    }
    family.token(
        "receipt",
        "not-delegation",
        "A delegation of `/ucan/assert/receipt` is no receipt.",
        &[24],
        &delegation(SERVICE, BOB, SERVICE)
            .with("cmd", "/ucan/assert/receipt")
            .sign(),
        MALFORMED,
    );
    family.token(
        "receipt",
        "not-signed",
        "Mallory signed in the service's name.",
        &[24],
        &receipt(ok()).signed_by(MALLORY).sign(),
        INVALID_SIGNATURE,
    );
    let (signature, _) = receipt(ok()).sign().parts();
    let altered = receipt(map([("ok", map([("size", 4.into())]))]));
    family.token(
        "receipt",
        "not-altered",
        "The result was altered after the service signed.",
        &[24],
        &altered.with_signature(signature, altered.sig_payload()),
        INVALID_SIGNATURE,
    );
    family.token(
        "receipt",
        "not-bit",
        "A bit of the signature is flipped.",
        &[24],
        &receipt(ok()).sign().forged(),
        INVALID_SIGNATURE,
    );
}
