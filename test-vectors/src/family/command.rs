//! Commands: their grammar, and which covers which.

use serde_json::json;

use crate::cbor::Value;
use crate::principal::{ALICE, BOB};
use crate::row::{COMMAND_NOT_COVERED, Family, MALFORMED, VALID};
use crate::token::{delegation, invocation};

pub(super) fn rows() -> Family {
    let mut family = Family::new("command");
    grammar(&mut family);
    covering(&mut family);
    in_tokens(&mut family);
    family
}

fn grammar(family: &mut Family) {
    for (name, says, command) in [
        ("all", "All commands.", "/".to_owned()),
        ("one-segment", "One segment.", "/crm".to_owned()),
        (
            "segments",
            "Several segments.",
            "/crm/contact/read".to_owned(),
        ),
        (
            "marks",
            "Digits and marks in a segment.",
            "/a-1/b_2/c.3/d~4/e+5".to_owned(),
        ),
        (
            "unicode",
            "Lower-case letters beyond ASCII.",
            "/\u{fc}bersicht/\u{8aad}\u{3080}".to_owned(),
        ),
        ("colon", "A colon in a segment.", "/ns:read".to_owned()),
        ("most-segments", "16 segments.", "/a".repeat(16)),
        ("longest", "256 bytes.", format!("/{}", "a".repeat(255))),
        (
            "dots-inside",
            "Dots inside a segment.",
            "/a..b/.c".to_owned(),
        ),
    ] {
        family.add(
            "command",
            name,
            says,
            &[14],
            VALID,
            json!({"command": command}),
        );
    }
    for (name, says, command) in [
        ("empty", "An empty text.", String::new()),
        ("no-slash", "No leading slash.", "crm/read".to_owned()),
        ("trailing-slash", "A trailing slash.", "/crm/".to_owned()),
        (
            "two-slashes",
            "Two slashes and nothing else.",
            "//".to_owned(),
        ),
        (
            "empty-segment",
            "An empty segment inside.",
            "/crm//read".to_owned(),
        ),
        (
            "leading-empty",
            "An empty segment at the start.",
            "//crm".to_owned(),
        ),
        (
            "trailing-empty",
            "An empty segment at the end.",
            "/crm//".to_owned(),
        ),
        (
            "upper",
            "An upper-case letter at the start of a segment.",
            "/Crm".to_owned(),
        ),
        (
            "upper-inside",
            "An upper-case letter inside.",
            "/crm/readAll".to_owned(),
        ),
        ("upper-all", "A command in upper case.", "/CRM".to_owned()),
        (
            "upper-unicode",
            "An upper-case letter beyond ASCII.",
            "/\u{dc}bersicht".to_owned(),
        ),
        (
            "upper-greek",
            "An upper-case Greek letter.",
            "/\u{3a9}".to_owned(),
        ),
        (
            "upper-without-lower",
            "An upper-case letter that has no lower case.",
            "/\u{1d400}".to_owned(),
        ),
        (
            "title-case",
            "A letter in title case.",
            "/\u{1c5}".to_owned(),
        ),
        ("dot", "A segment `.`.", "/crm/./read".to_owned()),
        ("dot-dot", "A segment `..`.", "/crm/../admin".to_owned()),
        (
            "dot-dot-end",
            "A segment `..` at the end.",
            "/crm/..".to_owned(),
        ),
        (
            "leading-space",
            "A space before the slash.",
            " /crm".to_owned(),
        ),
        ("tab", "A tab inside.", "/crm\tread".to_owned()),
        ("newline", "A newline at the end.", "/crm\n".to_owned()),
        ("nul", "A NUL inside.", "/crm\0".to_owned()),
        (
            "escape",
            "An escape character inside.",
            "/crm\u{1b}[31m".to_owned(),
        ),
        (
            "delete",
            "A delete character inside.",
            "/crm\u{7f}".to_owned(),
        ),
        (
            "c1",
            "A control character of the second set.",
            "/crm\u{85}".to_owned(),
        ),
        (
            "backslash",
            "A backslash in the place of the slash.",
            "\\crm".to_owned(),
        ),
        ("url", "A URL.", "https://example.com/crm".to_owned()),
        ("star-alone", "A star.", "*".to_owned()),
        ("too-many-segments", "17 segments.", "/a".repeat(17)),
        ("too-long", "257 bytes.", format!("/{}", "a".repeat(256))),
        (
            "too-long-unicode",
            "257 bytes, though fewer letters.",
            format!("/{}", "\u{fc}".repeat(128)),
        ),
    ] {
        family.add(
            "command",
            name,
            says,
            &[14],
            MALFORMED,
            json!({"command": command}),
        );
    }
}

fn covering(family: &mut Family) {
    for (name, command, covers) in [
        ("itself", "/crm/read", "/crm/read"),
        ("all-itself", "/", "/"),
        ("all-one", "/", "/crm"),
        ("all-deep", "/", "/crm/contact/read"),
        ("one-below", "/crm", "/crm/read"),
        ("two-below", "/crm", "/crm/contact/read"),
        ("reserved", "/ucan", "/ucan/revoke"),
    ] {
        let says = format!("`{command}` covers `{covers}`.");
        family.add(
            "command",
            format!("covers-{name}"),
            says,
            &[14],
            VALID,
            json!({"command": command, "covers": covers}),
        );
    }
    for (name, command, covers) in [
        ("parent", "/crm/read", "/crm"),
        ("all", "/crm", "/"),
        ("prefix", "/crm", "/crmadmin"),
        ("prefix-segment", "/crm/read", "/crm/readall"),
        ("prefix-dash", "/crm/read", "/crm/read-all"),
        ("prefix-dot", "/crm", "/crm.admin/read"),
        ("sibling", "/crm/read", "/crm/write"),
        ("suffix", "/read", "/crm/read"),
        ("inside", "/contact", "/crm/contact/read"),
        ("star", "/crm/*", "/crm/read"),
        ("star-inside", "/*/read", "/crm/read"),
        ("one-letter", "/a", "/b"),
        ("encoded-slash", "/crm/read", "/crm%2fread"),
        ("decomposed", "/\u{fc}", "/u\u{308}"),
        ("full-width-slash", "/crm", "/crm\u{ff0f}read"),
    ] {
        let says = format!("`{command}` does not cover `{covers}`.");
        family.add(
            "command",
            format!("not-{name}"),
            says,
            &[14],
            COMMAND_NOT_COVERED,
            json!({"command": command, "covers": covers}),
        );
    }
}

fn in_tokens(family: &mut Family) {
    for (name, command) in [
        ("relative", "crm/read"),
        ("upper", "/CRM"),
        ("trailing-slash", "/crm/"),
        ("empty-segment", "/crm//read"),
        ("nul", "/crm\0"),
        ("empty", ""),
    ] {
        let dlg = delegation(ALICE, BOB, ALICE).with("cmd", command).sign();
        family.delegation(
            format!("delegation-{name}"),
            format!("The delegation's `cmd` is `{}`.", command.escape_debug()),
            &[14],
            &dlg,
            MALFORMED,
        );
        let inv = invocation(ALICE, ALICE, &[]).with("cmd", command).sign();
        family.invocation(
            format!("invocation-{name}"),
            format!("The invocation's `cmd` is `{}`.", command.escape_debug()),
            &[14],
            &inv,
            MALFORMED,
        );
    }
    let inv = invocation(ALICE, ALICE, &[])
        .with("cmd", Value::List(vec!["crm".into(), "read".into()]))
        .sign();
    family.invocation(
        "invocation-list",
        "The invocation's `cmd` is a list of segments.",
        &[5, 14],
        &inv,
        MALFORMED,
    );
    let dlg = delegation(ALICE, BOB, ALICE).with("cmd", "/").sign();
    family.delegation(
        "delegation-all",
        "The delegation is of all commands.",
        &[14],
        &dlg,
        VALID,
    );
}
