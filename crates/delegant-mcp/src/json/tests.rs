//! What everyone reads the same, and what not.

use super::*;

fn integer(value: i128) -> Ipld {
    Ipld::Integer(value)
}

#[test]
fn a_number_is_its_value_however_it_is_spelled() {
    for text in ["1", "1.0", "10e-1", "0.1e1", "1E0"] {
        assert_eq!(to_ipld(text).unwrap(), integer(1), "{text}");
    }
    for text in ["0", "-0", "-0.0", "0e9"] {
        assert_eq!(to_ipld(text).unwrap(), integer(0), "{text}");
    }
    assert_eq!(to_ipld("1.5").unwrap(), Ipld::Float(1.5));
    assert_eq!(to_ipld("5e-324").unwrap(), Ipld::Float(5e-324));
    // The digits at which a quick reading is off by one.
    assert_eq!(
        to_ipld("2.638344616030823e-256").unwrap(),
        Ipld::Float(2.638_344_616_030_823e-256)
    );
}

#[test]
fn refuses_integers_that_some_readers_round() {
    let largest = 9_007_199_254_740_992_i128;
    for text in [
        "9007199254740992",
        "9007199254740992.0",
        "9.007199254740992e15",
    ] {
        assert_eq!(to_ipld(text).unwrap(), integer(largest), "{text}");
    }
    assert_eq!(to_ipld("-9007199254740992").unwrap(), integer(-largest));
    for text in [
        "9007199254740993",
        "-9007199254740993",
        "18446744073709551615",
        "18446744073709551616",
        "9007199254740994.0",
        "1e300",
        "-1e300",
        "1e400",
    ] {
        assert!(to_ipld(text).is_err(), "{text}");
    }
}

#[test]
fn refuses_a_name_that_occurs_twice_wherever_it_is() {
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"\u0061":1}"#,
        r#"[[{"b":{"a":1,"c":2,"a":1}}]]"#,
        r#"{"A":1,"a":1}"#,
    ] {
        assert!(
            to_ipld(text)
                .unwrap_err()
                .to_string()
                .contains("\"a\" twice"),
            "{text}"
        );
    }
    assert!(to_ipld(r#"{"S":1,"ſ":1}"#).is_err());
    assert!(to_ipld(r#"{"k":1,"\u212a":1}"#).is_err());
    assert!(Members::of(r#"{"id":1,"Id":1}"#).is_err());
}

#[test]
fn refuses_what_is_no_text_or_no_json() {
    for text in [
        r#""\ud800""#,
        "NaN",
        "[1,]",
        "{\"a\":1,}",
        "01",
        "1 2",
        "",
        "'a'",
        "\"\u{1}\"",
    ] {
        assert!(to_ipld(text).is_err(), "{text}");
    }
    let deep = "[".repeat(200);
    assert!(to_ipld(&deep).is_err());
}

#[test]
fn a_member_is_set_and_everything_else_stays_as_it_was() {
    let set = |text: &str| Members::of(text).unwrap().with("k", "7");
    assert_eq!(set("{}"), r#"{"k":7}"#);
    assert_eq!(set(" { } "), r#" {"k":7 } "#);
    assert_eq!(set(r#"{ "a" : 1.0 }"#), r#"{ "a" : 1.0,"k":7 }"#);
    assert_eq!(set(r#"{"k": {"x":1} , "b":"}"}"#), r#"{"k": 7 , "b":"}"}"#);
}

#[test]
fn a_member_is_taken_out_and_everything_else_stays_as_it_was() {
    let cut = |text: &str| Members::of(text).unwrap().without("k");
    assert_eq!(cut(r#"{"k":7}"#), "{}");
    assert_eq!(cut(r#"{ "k" : 7 , "b" : 1}"#), r#"{ "b" : 1}"#);
    assert_eq!(cut(r#"{"a":1, "k":7, "b":2}"#), r#"{"a":1, "b":2}"#);
    assert_eq!(cut(r#"{"a":1, "k":7 }"#), r#"{"a":1 }"#);
    assert_eq!(cut(r#"{"a":1}"#), r#"{"a":1}"#);
}

#[test]
fn a_member_is_set_deep_inside() {
    let deep = |text| with_deep(text, &["p", "m", "k"], "7");
    assert_eq!(deep("{}").unwrap(), r#"{"p":{"m":{"k":7}}}"#);
    assert_eq!(
        deep(r#"{"p":{"x":1,"m":{}},"q":2}"#).unwrap(),
        r#"{"p":{"x":1,"m":{"k":7}},"q":2}"#
    );
    assert!(deep(r#"{"p":[]}"#).is_err());
}
