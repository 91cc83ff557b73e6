//! `like`: what a pattern is, and which texts match it as a whole.

use serde_json::json;

use crate::row::{Family, LIMIT_EXCEEDED, MALFORMED, MATCH_ERROR, VALID};

pub(super) fn rows() -> Family {
    let mut family = Family::new("glob");
    for (name, pattern, text) in [
        ("same", "abc", "abc"),
        ("empty", "", ""),
        ("star-nothing", "*", ""),
        ("star-anything", "*", "any text at all"),
        ("star-newline", "*", "a\nb"),
        ("suffix", "*@example.com", "alice@example.com"),
        ("prefix", "/docs/*", "/docs/a/b"),
        ("middle", "a*c", "abbbc"),
        ("middle-nothing", "a*c", "ac"),
        ("two-stars", "**", "abc"),
        ("last-of-several", "*.x", "a.x.b.x"),
        ("overlap", "*aab", "aaaab"),
        ("escaped-star", r"a\*b", "a*b"),
        ("escaped-backslash", r"a\\b", r"a\b"),
        ("backslash-then-star", r"a\\*", r"a\anything"),
        ("question-mark", "a?c", "a?c"),
        ("brackets", "[ab]", "[ab]"),
        ("dot", "a.c", "a.c"),
        ("unicode", "Gr\u{fc}*", "Gr\u{fc}\u{df}e"),
        (
            "specification",
            r"Alice\*, Bob*, Carol.",
            "Alice*, Bob, Dan, Erin, Carol.",
        ),
    ] {
        let says = format!("`{pattern}` matches `{}`.", text.escape_debug());
        family.add(
            "glob",
            name,
            says,
            &[22],
            VALID,
            json!({"pattern": pattern, "text": text}),
        );
    }
    for (name, pattern, text) in [
        ("longer", "abc", "abcd"),
        ("shorter", "abc", "ab"),
        ("inside", "b", "abc"),
        ("not-empty", "", "a"),
        ("case", "abc", "Abc"),
        ("suffix-more", "*@example.com", "alice@example.com.evil"),
        ("prefix-more", "/docs/*", "/x/docs/a"),
        ("middle-end", "a*c", "abcd"),
        ("overlapping-ends", "ab*ba", "aba"),
        ("one-letter-twice", "a*a", "a"),
        ("order", "*a*b*", "ba"),
        ("escaped-star", r"a\*b", "axb"),
        ("escaped-star-nothing", r"a\*b", "ab"),
        ("escaped-star-backslash", r"\*", r"\"),
        ("escaped-star-both", r"\*", r"\*"),
        ("escaped-backslash-two", r"a\\b", r"a\\b"),
        ("question-mark", "a?c", "abc"),
        ("question-mark-nothing", "a?c", "ac"),
        ("class", "[ab]", "a"),
        ("class-not", "[!a]", "b"),
        ("braces", "{a,b}", "a"),
        ("dot", "a.c", "abc"),
        ("regular-star", "ab*", "a"),
        ("plus", "a+", "aa"),
        ("anchor", "^a$", "a"),
        ("decomposed", "\u{e9}", "e\u{301}"),
        ("composed", "e\u{301}", "\u{e9}"),
        (
            "specification-start",
            r"Alice\*, Bob*, Carol.",
            "Alice, Bob, Carol.",
        ),
        (
            "specification-end",
            r"Alice\*, Bob*, Carol.",
            "Alice*, Bob*, Carol!",
        ),
        (
            "specification-space",
            r"Alice\*, Bob*, Carol.",
            " Alice*, Bob, Carol. ",
        ),
        ("leading-space", "a*", " a"),
        ("trailing-newline", "*a", "a\n"),
        ("percent", "a%", "abc"),
        ("underscore", "a_", "ab"),
    ] {
        let says = format!("`{pattern}` does not match `{}`.", text.escape_debug());
        family.add(
            "glob",
            format!("not-{name}"),
            says,
            &[22],
            MATCH_ERROR,
            json!({"pattern": pattern, "text": text}),
        );
    }
    let many = "a*".repeat(31);
    let says = "31 stars and a text of one letter, 600 times, that lacks the last: no search may go back over it.";
    family.add(
        "glob",
        "slow",
        says,
        &[17, 22],
        MATCH_ERROR,
        json!({"pattern": format!("{many}b"), "text": "a".repeat(600)}),
    );
    for (name, says, pattern) in [
        ("escape-n", "A backslash before `n`.", r"a\n"),
        ("escape-question", "A backslash before `?`.", r"a\?"),
        ("escape-quote", "A backslash before a quote.", "a\\\""),
        (
            "escape-unicode",
            "A backslash before a letter beyond ASCII.",
            "\\\u{e9}",
        ),
        ("escape-space", "A backslash before a space.", r"\ a"),
        ("escape-end", "A backslash at the end.", r"a\"),
        ("escape-alone", "A backslash alone.", r"\"),
        ("escape-odd", "Three backslashes at the end.", r"a\\\"),
    ] {
        family.add(
            "glob",
            name,
            says,
            &[22],
            MALFORMED,
            json!({"pattern": pattern}),
        );
    }
    family.add(
        "glob",
        "most-stars",
        "32 stars.",
        &[17, 22],
        VALID,
        json!({"pattern": "*".repeat(32)}),
    );
    family.add(
        "glob",
        "longest",
        "1024 bytes.",
        &[17, 22],
        VALID,
        json!({"pattern": "a".repeat(1024)}),
    );
    family.add(
        "glob",
        "escaped-stars",
        "33 stars, all of them escaped.",
        &[17, 22],
        VALID,
        json!({"pattern": r"\*".repeat(33)}),
    );
    family.add(
        "glob",
        "too-many-stars",
        "33 stars side by side.",
        &[17],
        LIMIT_EXCEEDED,
        json!({"pattern": "*".repeat(33)}),
    );
    family.add(
        "glob",
        "too-many-stars-apart",
        "33 stars with a letter between them.",
        &[17],
        LIMIT_EXCEEDED,
        json!({"pattern": "a*".repeat(33)}),
    );
    family.add(
        "glob",
        "too-long",
        "1025 bytes.",
        &[17],
        LIMIT_EXCEEDED,
        json!({"pattern": "a".repeat(1025)}),
    );
    family.add(
        "glob",
        "too-long-unicode",
        "1026 bytes, though 513 letters.",
        &[17],
        LIMIT_EXCEEDED,
        json!({"pattern": "\u{e9}".repeat(513)}),
    );
    family
}
