//! Promises: an argument that waits for the outcome of another task.

use crate::cbor::Value;
use crate::principal::{ALICE, BOB};
use crate::row::{Case, Family, UNRESOLVED_PROMISE, VALID};
use crate::token::{delegation, invocation};

pub(super) fn rows() -> Family {
    let mut family = Family::new("promise");
    let task = invocation(ALICE, ALICE, &[]).sign().task();
    let proof = delegation(ALICE, BOB, ALICE).sign();
    let call = |args: &str| {
        invocation(BOB, ALICE, std::slice::from_ref(&proof)).with(
            "args",
            Value::parse(&args.replace("TASK", &format!(r#"{{"/":"{task}"}}"#))),
        )
    };
    for (name, says, args) in [
        (
            "ok",
            "An argument waits for a result.",
            r#"{"id":{"await/ok":TASK}}"#,
        ),
        (
            "error",
            "An argument waits for a failure.",
            r#"{"id":{"await/error":TASK}}"#,
        ),
        (
            "any",
            "An argument waits for either.",
            r#"{"id":{"await/*":TASK}}"#,
        ),
        (
            "second",
            "The second argument waits.",
            r#"{"a":1,"b":{"await/ok":TASK}}"#,
        ),
        (
            "in-list",
            "An element of a list waits.",
            r#"{"ids":["c-1",{"await/ok":TASK}]}"#,
        ),
        (
            "in-map",
            "A value in a map waits.",
            r#"{"who":{"id":{"await/*":TASK}}}"#,
        ),
        (
            "deep",
            "A value deep inside waits.",
            r#"{"a":[[{"b":[{"await/error":TASK}]}]]}"#,
        ),
        (
            "two",
            "Two arguments wait.",
            r#"{"a":{"await/ok":TASK},"b":{"await/error":TASK}}"#,
        ),
        (
            "all-arguments",
            "The arguments as a whole wait.",
            r#"{"await/ok":TASK}"#,
        ),
    ] {
        let token = call(args).sign();
        family.invocation(
            format!("token-{name}"),
            format!("{says} The token is sound; it only cannot be executed yet.")
                .replace(". The", ": the"),
            &[27],
            &token,
            VALID,
        );
        family.authorize(
            name,
            says,
            &[27],
            &Case::new(&token, std::slice::from_ref(&proof)).at(&token),
            UNRESOLVED_PROMISE,
        );
    }
    let own = invocation(ALICE, ALICE, &[])
        .with(
            "args",
            Value::parse(&format!(r#"{{"id":{{"await/ok":{{"/":"{task}"}}}}}}"#)),
        )
        .sign();
    family.authorize(
        "self-issued",
        "The subject herself waits for a result.",
        &[15, 27],
        &Case::new(&own, &[]).at(&own),
        UNRESOLVED_PROMISE,
    );
    for (name, says, args) in [
        ("link", "A link that is no promise.", r#"{"id":TASK}"#),
        (
            "other-word",
            "A map of one entry that is not among the three.",
            r#"{"id":{"await/all":TASK}}"#,
        ),
        (
            "no-slash",
            "A map of one entry `await`.",
            r#"{"id":{"await":TASK}}"#,
        ),
        (
            "text-of-it",
            "The words of a promise as text.",
            r#"{"id":"await/ok"}"#,
        ),
        ("empty-map", "An empty map.", r#"{"id":{}}"#),
        (
            "ok-alone",
            "A map of one entry `ok`, as a resolved promise leaves it.",
            r#"{"id":{"ok":"c-1"}}"#,
        ),
    ] {
        family.authorize(
            format!("not-{name}"),
            says,
            &[27],
            &Case::new(&call(args).sign(), std::slice::from_ref(&proof)),
            VALID,
        );
    }
    let meta = call("{}")
        .with(
            "meta",
            Value::parse(&format!(r#"{{"id":{{"await/ok":{{"/":"{task}"}}}}}}"#)),
        )
        .sign();
    family.authorize(
        "not-in-meta",
        "The promise stands in `meta`, which is no argument.",
        &[27],
        &Case::new(&meta, std::slice::from_ref(&proof)),
        VALID,
    );
    family
}
