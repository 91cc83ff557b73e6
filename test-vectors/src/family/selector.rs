//! Selectors: their grammar, and what they find in arguments.

use serde_json::{Value as Json, json};

use crate::cbor::Value;
use crate::row::{Family, LIMIT_EXCEEDED, MALFORMED, MATCH_ERROR, VALID, both};

pub(super) fn rows() -> Family {
    let mut family = Family::new("selector");
    grammar(&mut family);
    finding(&mut family);
    family
}

fn grammar(family: &mut Family) {
    for (name, selector) in [
        ("empty", ""),
        ("no-dot", "foo"),
        ("no-dot-bracket", "[0]"),
        ("dollar", "$.foo"),
        ("recursive", ".."),
        ("recursive-field", "..foo"),
        ("recursive-inside", ".foo..bar"),
        ("trailing-dot", ".foo."),
        ("dot-bracket", ".foo.[0]"),
        ("digit", ".1foo"),
        ("dash", ".foo-bar"),
        ("space", ".foo bar"),
        ("leading-space", " .foo"),
        ("trailing-space", ".foo "),
        ("unicode", ".gr\u{fc}n"),
        ("dollar-field", ".$foo"),
        ("star", ".*"),
        ("star-index", ".[*]"),
        ("slash", ".foo/bar"),
        ("behind-bracket", ".[0]foo"),
        ("open-bracket", ".foo["),
        ("open-index", ".foo[0"),
        ("open-quote", ".[\"foo"),
        ("open-quote-bracket", ".[\"foo]"),
        ("quote-not-closed", ".[\"foo\""),
        ("single-quotes", ".['foo']"),
        ("no-quotes", ".[foo]"),
        ("close-bracket", ".foo]"),
        ("quote-in-quote", ".[\"a\"b\"]"),
        ("backslash", ".[\"a\\\"b\"]"),
        ("backslash-letter", ".[\"a\\nb\"]"),
        ("two-names", ".[\"a\",\"b\"]"),
        ("two-indices", ".[0,1]"),
        ("step", ".[0:4:2]"),
        ("only-colons", ".[::]"),
        ("float-index", ".[1.0]"),
        ("hex-index", ".[0x1]"),
        ("leading-zero", ".[01]"),
        ("plus", ".[+1]"),
        ("minus-zero", ".[-0]"),
        ("minus-alone", ".[-]"),
        ("index-space", ".[ 0 ]"),
        ("slice-letter", ".[a:b]"),
        ("slice-leading-zero", ".[00:1]"),
        ("question-alone", "?"),
        ("question-before", ".?foo"),
        ("question-in-bracket", ".[0?]"),
        ("question-behind-dot", ".?"),
        ("filter", ".[?(@.a)]"),
        ("pipe", ".foo|.bar"),
        ("function", ".foo()"),
        ("index-behind-values", ".foo[][0]"),
        ("slice-behind-values", ".foo[][1:]"),
        ("index-behind-optional-values", ".foo[]?[0]"),
        ("newline", ".foo\n"),
        ("nul", ".foo\0"),
    ] {
        let says = match name {
            "index-behind-values" | "slice-behind-values" | "index-behind-optional-values" => {
                format!(
                    "`{selector}` counts values of a map, which have no order that all readers share."
                )
            }
            _ => format!("`{}` is no selector.", selector.escape_debug()),
        };
        family.add(
            "selector",
            name,
            says,
            &[21],
            MALFORMED,
            json!({"selector": selector}),
        );
    }
    for (name, says, selector) in [
        ("longest", "256 bytes.", format!(".{}", "a".repeat(255))),
        ("most-steps", "32 steps.", ".a".repeat(32)),
        (
            "most-brackets",
            "32 steps in brackets.",
            format!(".{}", "[0]".repeat(32)),
        ),
        (
            "quoted-brackets",
            "Brackets, dots and a colon between quotes.",
            ".[\"a.b[0]:c\"]".to_owned(),
        ),
        (
            "underscore",
            "A name of an underscore and digits.",
            "._0".to_owned(),
        ),
    ] {
        family.add(
            "selector",
            name,
            says,
            &[17, 21],
            VALID,
            json!({"selector": selector}),
        );
    }
    for (name, says, selector) in [
        ("too-long", "257 bytes.", format!(".{}", "a".repeat(256))),
        (
            "too-long-quoted",
            "258 bytes between and with the quotes.",
            format!(".[\"{}\"]", "a".repeat(253)),
        ),
        ("too-many-steps", "33 steps.", ".a".repeat(33)),
        (
            "too-many-brackets",
            "33 steps in brackets.",
            format!(".{}", "[0]".repeat(33)),
        ),
    ] {
        family.add(
            "selector",
            name,
            says,
            &[17],
            LIMIT_EXCEEDED,
            json!({"selector": selector}),
        );
    }
}

/// What most selectors look into.
fn arguments() -> Value {
    Value::parse(
        r#"{"name":"ada","age":36,"none":null,"tags":["a","b","c"],"deep":{"a":{"b":3}},"rows":[{"id":1},{"id":2}],"x-id":7,"":0,"a.b":1,"bytes":{"/":{"bytes":"AAEC/w"}},"empty":[],"nothing":{},"one":{"k":5}}"#,
    )
}

fn finding(family: &mut Family) {
    let args = arguments();
    let mut find = |ruling: &[u8], name: &str, selector: &str, found: Option<Json>| {
        let shown = found.as_ref().map(Json::to_string);
        let (says, verdict) = match &shown {
            Some(found) => (
                format!(
                    "`{selector}` finds {}.",
                    if found.len() > 40 {
                        "what it names"
                    } else {
                        found
                    }
                ),
                VALID,
            ),
            None => (format!("`{selector}` finds nothing."), MATCH_ERROR),
        };
        let mut content = json!({"selector": selector});
        both(&mut content, "args", &args);
        if let Some(found) = found {
            content["found"] = found;
        }
        family.add(
            "selector",
            format!("find-{name}"),
            says,
            ruling,
            verdict,
            content,
        );
    };
    let bytes = |base64: &str| json!({"/": {"bytes": base64}});
    for (name, selector, found) in [
        ("identity", ".", args.to_json()),
        ("field", ".name", json!("ada")),
        ("null", ".none", Json::Null),
        ("path", ".deep.a.b", json!(3)),
        ("quoted", ".[\"x-id\"]", json!(7)),
        ("quoted-dot", ".[\"a.b\"]", json!(1)),
        ("quoted-empty", ".[\"\"]", json!(0)),
        ("quoted-name", ".[\"deep\"][\"a\"].b", json!(3)),
        ("index", ".tags[0]", json!("a")),
        ("index-last", ".tags[-1]", json!("c")),
        ("index-first-negative", ".tags[-3]", json!("a")),
        ("index-then-field", ".rows[1].id", json!(2)),
        ("slice", ".tags[1:3]", json!(["b", "c"])),
        ("slice-from", ".tags[1:]", json!(["b", "c"])),
        ("slice-until", ".tags[:1]", json!(["a"])),
        ("slice-all", ".tags[:]", json!(["a", "b", "c"])),
        ("slice-negative", ".tags[-2:-1]", json!(["b"])),
        ("slice-beyond", ".tags[1:99]", json!(["b", "c"])),
        ("slice-before", ".tags[-99:1]", json!(["a"])),
        ("slice-outside", ".tags[5:9]", json!([])),
        ("slice-backwards", ".tags[2:1]", json!([])),
        ("slice-of-slice", ".tags[1:][0]", json!("b")),
        ("byte", ".bytes[1]", json!(1)),
        ("byte-last", ".bytes[-1]", json!(255)),
        ("byte-slice", ".bytes[1:3]", bytes("AQI")),
        ("byte-slice-beyond", ".bytes[3:9]", bytes("/w")),
        ("byte-slice-empty", ".bytes[4:]", bytes("")),
        ("values-of-list", ".tags[]", json!(["a", "b", "c"])),
        ("values-of-one", ".one[]", json!([5])),
        ("values-of-none", ".nothing[]", json!([])),
    ] {
        find(&[21], name, selector, Some(found));
    }
    for (name, selector, found) in [
        ("optional-there", ".name?", json!("ada")),
        ("optional-missing", ".missing?", Json::Null),
        ("optional-three", ".missing???", Json::Null),
        ("optional-index", ".tags[9]?", Json::Null),
        ("optional-field-of-text", ".name.first?", Json::Null),
        ("optional-field-of-null", ".none.a?", Json::Null),
        ("optional-twice", ".missing?.a?", Json::Null),
        ("optional-deep", ".deep.x?", Json::Null),
        ("optional-values-of-text", ".name[]?", Json::Null),
        ("optional-slice-of-text", ".name[0:1]?", Json::Null),
        ("optional-in-the-middle", ".deep?.a.b", json!(3)),
    ] {
        find(&[19], name, selector, Some(found));
    }
    for (name, selector) in [
        ("missing", ".missing"),
        ("case", ".Name"),
        ("missing-deep", ".deep.a.c"),
        ("field-of-list", ".tags.a"),
        ("field-of-text", ".name.first"),
        ("field-of-null", ".none.a"),
        ("field-of-bytes", ".bytes.a"),
        ("field-of-rows", ".rows.id"),
        ("index-of-map", ".deep[0]"),
        ("index-beyond", ".tags[3]"),
        ("index-before", ".tags[-4]"),
        ("index-of-empty", ".empty[0]"),
        ("index-of-text", ".name[0]"),
        ("index-of-number", ".age[0]"),
        ("index-of-null", ".none[0]"),
        ("index-huge", ".tags[9007199254740991]"),
        ("byte-beyond", ".bytes[4]"),
        ("byte-before", ".bytes[-5]"),
        ("slice-of-text", ".name[0:1]"),
        ("slice-of-map", ".deep[0:1]"),
        ("slice-of-null", ".none[:]"),
        ("values-of-text", ".name[]"),
        ("values-of-number", ".age[]"),
        ("values-of-bytes", ".bytes[]"),
        ("values-of-null", ".none[]"),
        ("index-as-name", ".tags[\"0\"]"),
        ("name-with-dot", ".a.b"),
    ] {
        find(&[18, 21], &format!("not-{name}"), selector, None);
    }
    for (name, selector) in [
        ("optional-later", ".missing.a?"),
        ("optional-earlier", ".missing?.a"),
        ("optional-earlier-index", ".missing?[0]"),
        ("optional-of-root", ".deep.name"),
        ("optional-last-of-three", ".missing.a.b?"),
        ("optional-then-values", ".missing?[]"),
    ] {
        find(&[18, 19], &format!("not-{name}"), selector, None);
    }
}
