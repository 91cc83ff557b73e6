//! The fields of a payload: each missing, null, of another type, or unknown.

use crate::cbor::{Value, map, raw};
use crate::principal::{ALICE, BOB};
use crate::row::{Family, MALFORMED, VALID};
use crate::text::unhex;
use crate::token::{Draft, NOW, delegation, invocation};

pub(super) fn rows() -> Family {
    let mut family = Family::new("payload");
    sound(&mut family);
    fields(
        &mut family,
        "delegation",
        &full_delegation(),
        &["iss", "aud", "sub", "cmd", "pol", "exp", "nonce"],
        &["nbf", "meta"],
    );
    fields(
        &mut family,
        "invocation",
        &full_invocation(),
        &["iss", "sub", "cmd", "args", "prf", "exp", "nonce"],
        &["aud", "nbf", "iat", "cause", "meta"],
    );
    nonces(&mut family);
    family
}

fn full_delegation() -> Draft {
    delegation(ALICE, BOB, ALICE)
        .with("nbf", NOW)
        .with("meta", map([("note", "hello".into())]))
}

fn full_invocation() -> Draft {
    let proof = delegation(ALICE, BOB, ALICE).sign();
    invocation(BOB, ALICE, std::slice::from_ref(&proof))
        .with("aud", ALICE.did())
        .with("nbf", NOW)
        .with("iat", NOW)
        .with("cause", proof.link())
        .with("meta", map([("note", "hello".into())]))
}

fn sound(family: &mut Family) {
    family.delegation(
        "delegation-least",
        "A delegation with the required fields alone.",
        &[5],
        &delegation(ALICE, BOB, ALICE).sign(),
        VALID,
    );
    family.delegation(
        "delegation-most",
        "A delegation with every field there is.",
        &[5],
        &full_delegation().sign(),
        VALID,
    );
    family.invocation(
        "invocation-least",
        "An invocation with the required fields alone.",
        &[5],
        &invocation(ALICE, ALICE, &[]).sign(),
        VALID,
    );
    family.invocation(
        "invocation-most",
        "An invocation with every field there is.",
        &[5],
        &full_invocation().sign(),
        VALID,
    );
    family.delegation(
        "delegation-exp-null",
        "`exp` is null: the delegation never expires.",
        &[5],
        &delegation(ALICE, BOB, ALICE)
            .with("exp", Value::Null)
            .sign(),
        VALID,
    );
    family.invocation(
        "invocation-exp-null",
        "`exp` is null: the invocation never expires.",
        &[5],
        &invocation(ALICE, ALICE, &[])
            .with("exp", Value::Null)
            .sign(),
        VALID,
    );
    family.delegation(
        "delegation-meta-empty",
        "`meta` is an empty map.",
        &[5],
        &delegation(ALICE, BOB, ALICE)
            .with("meta", Value::Map(Vec::new()))
            .sign(),
        VALID,
    );
    family.delegation(
        "delegation-meta-anything",
        "`meta` holds names of fields, null, and more, none of which counts.",
        &[5],
        &delegation(ALICE, BOB, ALICE)
            .with("meta", Value::parse(r#"{"exp":null,"iss":1,"":[[]]}"#))
            .sign(),
        VALID,
    );
    family.invocation(
        "invocation-args-empty",
        "`args` is an empty map.",
        &[5],
        &invocation(ALICE, ALICE, &[])
            .with("args", Value::Map(Vec::new()))
            .sign(),
        VALID,
    );
}

/// What fits into no field but the one that is named for it.
fn others(field: &str) -> Vec<(&'static str, Value)> {
    let all = [
        ("text", Value::from("2026")),
        ("bytes", Value::Bytes(vec![1; 16])),
        ("integer", 1.into()),
        ("float", Value::Float(1_767_312_000.0)),
        ("boolean", Value::Bool(true)),
        ("list", Value::List(Vec::new())),
        ("map", Value::Map(Vec::new())),
        ("link", delegation(ALICE, BOB, ALICE).sign().link()),
    ];
    let fits: &[&str] = match field {
        "iss" | "aud" | "sub" | "cmd" => &["text", "float", "list"],
        "pol" | "prf" => &["list", "float", "link"],
        "exp" | "nbf" | "iat" => &["integer", "link", "map"],
        "nonce" => &["bytes", "float", "map"],
        "cause" => &["link", "boolean", "float"],
        _ => &["map", "float", "boolean"],
    };
    all.into_iter()
        .filter(|(kind, _)| !fits.contains(kind))
        .collect()
}

fn fields(family: &mut Family, kind: &str, draft: &Draft, required: &[&str], optional: &[&str]) {
    for name in required {
        family.token(
            kind,
            format!("{kind}-{name}-missing"),
            format!("`{name}` is missing."),
            &[5],
            &draft.clone().without(name).sign(),
            MALFORMED,
        );
    }
    let nullable = if kind == "delegation" {
        ["exp", "sub"]
    } else {
        ["exp", "exp"]
    };
    for name in required.iter().chain(optional) {
        if !nullable.contains(name) {
            family.token(
                kind,
                format!("{kind}-{name}-null"),
                format!("`{name}` is null, which is not the same as missing."),
                &[4, 5],
                &draft.clone().with(name, Value::Null).sign(),
                MALFORMED,
            );
        }
        for (found, value) in others(name) {
            let article = if found == "integer" { "an" } else { "a" };
            let says = match found {
                "text" | "bytes" => format!("`{name}` is {found}."),
                _ => format!("`{name}` is {article} {found}."),
            };
            family.token(
                kind,
                format!("{kind}-{name}-{found}"),
                says,
                &[5],
                &draft.clone().with(name, value).sign(),
                MALFORMED,
            );
        }
    }
    let strange: &[(&str, Value)] = if kind == "delegation" {
        &[
            ("iat", NOW.into()),
            ("prf", Value::List(Vec::new())),
            ("args", Value::Map(Vec::new())),
            ("cause", Value::Null),
            ("fct", Value::Map(Vec::new())),
        ]
    } else {
        &[
            ("pol", Value::List(Vec::new())),
            ("arg", Value::Map(Vec::new())),
            ("rsc", "x".into()),
            ("fct", Value::Map(Vec::new())),
        ]
    };
    for (name, value) in strange {
        family.token(
            kind,
            format!("{kind}-{name}-unknown"),
            format!("There is a field `{name}`, which a {kind} does not have.")
                .replace("a inv", "an inv"),
            &[5],
            &draft.clone().with(name, value.clone()).sign(),
            MALFORMED,
        );
    }
    for (slug, says, name, value) in [
        ("unknown", "There is an unknown field.", "x", Value::Null),
        (
            "unknown-empty",
            "There is a field without a name.",
            "",
            1.into(),
        ),
        (
            "unknown-case",
            "There is a field `Exp` besides `exp`.",
            "Exp",
            Value::Null,
        ),
        (
            "unknown-space",
            "There is a field `exp ` besides `exp`.",
            "exp ",
            Value::Null,
        ),
        (
            "unknown-nan",
            "There is an unknown field, and NaN in it.",
            "x",
            raw(&unhex("fb7ff8000000000000")),
        ),
        (
            "unknown-tag",
            "There is an unknown field, and a tag in it.",
            "x",
            raw(&unhex("d86301")),
        ),
        (
            "unknown-indefinite",
            "There is an unknown field, and a list of indefinite length in it.",
            "x",
            raw(&unhex("9fff")),
        ),
    ] {
        family.token(
            kind,
            format!("{kind}-{slug}"),
            says,
            &[5],
            &draft.clone().with(name, value).sign(),
            MALFORMED,
        );
    }
}

fn nonces(family: &mut Family) {
    for length in [0, 1, 12, 32, 64] {
        let nonce = Value::Bytes(vec![0xa5; length]);
        let says = format!("The invocation's nonce has {length} bytes.");
        family.invocation(
            format!("invocation-nonce-{length}"),
            says,
            &[5],
            &invocation(ALICE, ALICE, &[]).with("nonce", nonce).sign(),
            VALID,
        );
    }
    for length in [65, 128, 256] {
        let nonce = || Value::Bytes(vec![0xa5; length]);
        let says = |kind| format!("The {kind}'s nonce has {length} bytes.");
        family.invocation(
            format!("invocation-nonce-{length}"),
            says("invocation"),
            &[5],
            &invocation(ALICE, ALICE, &[]).with("nonce", nonce()).sign(),
            MALFORMED,
        );
        family.delegation(
            format!("delegation-nonce-{length}"),
            says("delegation"),
            &[5],
            &delegation(ALICE, BOB, ALICE).with("nonce", nonce()).sign(),
            MALFORMED,
        );
    }
    for length in [0, 64] {
        let says = format!("The delegation's nonce has {length} bytes.");
        family.delegation(
            format!("delegation-nonce-{length}"),
            says,
            &[5],
            &delegation(ALICE, BOB, ALICE)
                .with("nonce", Value::Bytes(vec![0xa5; length]))
                .sign(),
            VALID,
        );
    }
}
