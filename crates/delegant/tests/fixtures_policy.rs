//! What does a policy say of arguments? The published cases, and the rules that they leave open.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a case that is not as expected fails its test"
)]

use std::collections::BTreeMap;
use std::fs;

use delegant::Truth::{False, True, Undefined};
use delegant::{Cid, Fuel, Limits, Policy, PolicyProblem, Selector, Truth, from_dag_json, policy};
use figures::Figure;
use ipld_core::ipld::Ipld;

mod figures;
mod fixtures;

/// Policies with arguments as published; a wrong verdict fails its test.
static POLICIES: Figure = Figure::of(
    2,
    ["fixtures-policies", "fixtures-policies-wrong"],
    "policies",
);

#[test]
fn the_published_valid_policies_are_all_true() {
    let Some(cases) = published("valid") else {
        return;
    };
    assert_eq!(cases.len(), 17);
    for (policy, arguments) in &cases {
        assert_eq!(judge(policy, arguments), True, "{policy}");
        assert_eq!(policy.explain(arguments), None, "{policy}");
    }
    POLICIES.add(cases.len(), 0);
}

#[test]
fn the_published_invalid_policies_are_never_true() {
    let Some(cases) = published("invalid") else {
        return;
    };
    let mut counts = (0, 0);
    for (policy, arguments) in &cases {
        match judge(policy, arguments) {
            True => panic!("{policy}"),
            False => counts.0 += 1,
            // The statement under `all` says nothing of an element that has no `.b`.
            Undefined => counts.1 += 1,
        }
        let explanation = policy.explain(arguments).unwrap();
        assert_eq!(explanation.truth(), judge(policy, arguments));
    }
    assert_eq!(counts, (7, 1));
    POLICIES.add(cases.len(), 0);
}

#[test]
fn every_published_policy_comes_back_from_its_text_and_its_value() {
    let mut count = 0;
    for kind in ["valid", "invalid"] {
        let Some(cases) = published(kind) else { return };
        for (policy, _) in cases {
            assert_eq!(policy.to_string().parse::<Policy>().unwrap(), policy);
            assert_eq!(Policy::from_ipld(&policy.to_ipld()).unwrap(), policy);
            count += 1;
        }
    }
    assert_eq!(count, 25);
}

/// What most of the tables below ask about.
const ARGUMENTS: &str = r#"{
    "null": null,
    "yes": true,
    "one": 1,
    "half": 0.5,
    "large": 9007199254740993,
    "text": "héllo",
    "empty_text": "",
    "list": [10, 20, 30, 40],
    "mixed": [1, "a", null],
    "empty": [],
    "none": {},
    "map": {"x": 1, "y": 2},
    "people": [{"name": "Ada", "age": 36}, {"name": "Bob"}],
    "bytes": {"/": {"bytes": "AQIDBA"}},
    "no_bytes": {"/": {"bytes": ""}},
    "not-a-name": 7,
    "": 8
}"#;

#[test]
fn absence_is_undefined_and_negation_does_not_cure_it() {
    check(&[
        (r#"["==", ".role", "admin"]"#, Undefined),
        (r#"["!=", ".role", "admin"]"#, Undefined),
        (r#"["<", ".role", 1]"#, Undefined),
        (r#"["like", ".role", "*"]"#, Undefined),
        (r#"["all", ".role", ["==", ".", 1]]"#, Undefined),
        (r#"["any", ".role", ["==", ".", 1]]"#, Undefined),
        (r#"["not", ["==", ".role", "admin"]]"#, Undefined),
        (r#"["not", ["not", ["==", ".role", "admin"]]]"#, Undefined),
        (r#"["not", ["any", ".role", ["==", ".", 1]]]"#, Undefined),
        (r#"["not", ["and", [["==", ".role", "admin"]]]]"#, Undefined),
        (r#"["!=", ".role?", "admin"]"#, True),
        (r#"["not", ["==", ".role?", "admin"]]"#, True),
    ]);
}

#[test]
fn a_comparison_of_the_wrong_type_is_undefined_but_equality_has_an_answer() {
    check(&[
        (r#"["<", ".text", 1]"#, Undefined),
        (r#"[">=", ".null", 0]"#, Undefined),
        (r#"["<=", ".yes", 1]"#, Undefined),
        (r#"[">", ".list", 1]"#, Undefined),
        (r#"["not", ["<", ".text", 1]]"#, Undefined),
        (r#"["like", ".one", "1"]"#, Undefined),
        (r#"["like", ".null", "*"]"#, Undefined),
        (r#"["like", ".bytes", "*"]"#, Undefined),
        (r#"["not", ["like", ".one", "1"]]"#, Undefined),
        (r#"["==", ".one", "1"]"#, False),
        (r#"["!=", ".one", "1"]"#, True),
        (r#"["==", ".one", true]"#, False),
        (r#"["==", ".null", null]"#, True),
        (r#"["==", ".null", false]"#, False),
        (r#"["==", ".empty", {}]"#, False),
    ]);
}

#[test]
fn and_and_or_are_kleenes_and_true_where_they_are_empty() {
    let statements = [
        (True, r#"["==", ".one", 1]"#),
        (False, r#"["==", ".one", 2]"#),
        (Undefined, r#"["==", ".role", 1]"#),
    ];
    for (left, first) in statements {
        for (right, second) in statements {
            let and = match (left, right) {
                (False, _) | (_, False) => False,
                (True, True) => True,
                _ => Undefined,
            };
            let or = match (left, right) {
                (True, _) | (_, True) => True,
                (False, False) => False,
                _ => Undefined,
            };
            check(&[
                (&format!(r#"["and", [{first}, {second}]]"#), and),
                (&format!(r#"["or", [{first}, {second}]]"#), or),
                (&format!("{first}, {second}"), and),
            ]);
        }
    }
    check(&[
        (r#"["and", []]"#, True),
        (r#"["or", []]"#, True),
        (r#"["not", ["and", []]]"#, False),
        (r#"["not", ["or", []]]"#, False),
        ("", True),
    ]);
}

#[test]
fn quantifiers_are_kleenes_over_lists_and_maps_and_undefined_over_all_else() {
    check(&[
        (r#"["all", ".list", [">", ".", 0]]"#, True),
        (r#"["all", ".list", [">", ".", 10]]"#, False),
        (r#"["any", ".list", [">", ".", 30]]"#, True),
        (r#"["any", ".list", [">", ".", 40]]"#, False),
        (r#"["all", ".map", [">", ".", 0]]"#, True),
        (r#"["any", ".map", ["==", ".", 2]]"#, True),
        (r#"["any", ".map", ["==", ".", "x"]]"#, False),
        (r#"["all", ".map[]", [">", ".", 0]]"#, True),
        // False wins over undefined under `all`, true under `any`.
        (r#"["all", ".mixed", [">", ".", 0]]"#, Undefined),
        (r#"["all", ".mixed", ["<", ".", 0]]"#, False),
        (r#"["any", ".mixed", [">", ".", 0]]"#, True),
        (r#"["any", ".mixed", ["<", ".", 0]]"#, Undefined),
        (r#"["all", ".people", [">", ".age", 18]]"#, Undefined),
        (r#"["any", ".people", [">", ".age", 18]]"#, True),
        (r#"["any", ".people", [">", ".age", 40]]"#, Undefined),
        (r#"["all", ".people", ["like", ".name", "*"]]"#, True),
        (r#"["all", ".empty", ["==", ".", 1]]"#, True),
        (r#"["any", ".empty", ["==", ".", 1]]"#, Undefined),
        (r#"["not", ["all", ".empty", ["==", ".", 1]]]"#, False),
        (r#"["not", ["any", ".empty", ["==", ".", 1]]]"#, Undefined),
        (r#"["all", ".none", ["==", ".", 1]]"#, True),
        (r#"["any", ".none", ["==", ".", 1]]"#, Undefined),
        (r#"["all", ".one", ["==", ".", 1]]"#, Undefined),
        (r#"["any", ".one", ["==", ".", 1]]"#, Undefined),
        (r#"["all", ".text", ["==", ".", "h"]]"#, Undefined),
        (r#"["any", ".bytes", ["==", ".", 1]]"#, Undefined),
        (r#"["all", ".null", ["==", ".", 1]]"#, Undefined),
        (r#"["all", ".role?", ["==", ".", 1]]"#, Undefined),
        (r#"["all", ".", ["!=", ".", "no such value"]]"#, True),
        (r#"["any", ".", ["==", ".", 7]]"#, True),
    ]);
}

#[test]
fn a_question_mark_makes_absence_null_at_its_own_step_only() {
    check(&[
        (r#"["==", ".foo?", null]"#, True),
        (r#"["==", ".foo???", null]"#, True),
        (r#"["==", ".one?", 1]"#, True),
        (r#"["==", ".one?", null]"#, False),
        (r#"["==", ".one???", 1]"#, True),
        // From left to right, and no further than the first step that finds nothing.
        (r#"["==", ".a.b?", null]"#, Undefined),
        (r#"["==", ".a?.b", null]"#, Undefined),
        (r#"["==", ".a?.b?", null]"#, True),
        (r#"["==", ".a?[0]?", null]"#, True),
        (r#"["==", ".one.b?", null]"#, True),
        (r#"["==", ".text.b?", null]"#, True),
        (r#"["==", ".list[9]?", null]"#, True),
        (r#"["==", ".list.x?", null]"#, True),
        (r#"["==", ".map[0]?", null]"#, True),
        (r#"["==", ".one[]?", null]"#, True),
        (r#"["==", ".text[0]?", null]"#, True),
        (r#"["==", ".text[0:1]?", null]"#, True),
        (r#"["like", ".foo?", "*"]"#, Undefined),
    ]);
}

#[test]
fn indices_and_slices_are_as_in_python_on_lists() {
    check(&[
        (r#"["==", ".list[0]", 10]"#, True),
        (r#"["==", ".list[3]", 40]"#, True),
        (r#"["==", ".list[4]", 40]"#, Undefined),
        (r#"["==", ".list[-1]", 40]"#, True),
        (r#"["==", ".list[-4]", 10]"#, True),
        (r#"["==", ".list[-5]", 10]"#, Undefined),
        (r#"["==", ".list[9223372036854775807]?", null]"#, True),
        (r#"["==", ".list[-9223372036854775808]?", null]"#, True),
        (r#"["==", ".list[1:3]", [20, 30]]"#, True),
        (r#"["==", ".list[1:]", [20, 30, 40]]"#, True),
        (r#"["==", ".list[:2]", [10, 20]]"#, True),
        (r#"["==", ".list[:]", [10, 20, 30, 40]]"#, True),
        (r#"["==", ".list[0:-2]", [10, 20]]"#, True),
        (r#"["==", ".list[-2:]", [30, 40]]"#, True),
        (r#"["==", ".list[-3:-1]", [20, 30]]"#, True),
        (r#"["==", ".list[2:99]", [30, 40]]"#, True),
        (r#"["==", ".list[-99:2]", [10, 20]]"#, True),
        (r#"["==", ".list[99:]", []]"#, True),
        (r#"["==", ".list[:-99]", []]"#, True),
        (r#"["==", ".list[3:1]", []]"#, True),
        (r#"["==", ".list[2:2]", []]"#, True),
        (
            r#"["==", ".list[-9223372036854775808:9223372036854775807]", [10, 20, 30, 40]]"#,
            True,
        ),
        (r#"["==", ".list[1:][0]", 20]"#, True),
        (r#"["==", ".list[1:3][-1]", 30]"#, True),
        (r#"["==", ".empty[0]", 1]"#, Undefined),
        (r#"["==", ".empty[0:1]", []]"#, True),
        (r#"["any", ".list[1:3]", ["==", ".", 10]]"#, False),
        (r#"["==", ".map[0]", 1]"#, Undefined),
        (r#"["==", ".map[0:1]", [1]]"#, Undefined),
        (r#"["==", ".one[0]", 1]"#, Undefined),
        (r#"["==", ".one[:]", 1]"#, Undefined),
    ]);
}

#[test]
fn bytes_are_indexed_to_integers_and_sliced_to_bytes() {
    check(&[
        (r#"["==", ".bytes", {"/": {"bytes": "AQIDBA"}}]"#, True),
        (r#"["==", ".bytes", [1, 2, 3, 4]]"#, False),
        (r#"["==", ".bytes[0]", 1]"#, True),
        (r#"["==", ".bytes[-1]", 4]"#, True),
        (r#"[">", ".bytes[3]", 3.5]"#, True),
        (r#"["==", ".bytes[4]", 0]"#, Undefined),
        (r#"["==", ".bytes[-5]", 0]"#, Undefined),
        (r#"["==", ".bytes[1:3]", {"/": {"bytes": "AgM"}}]"#, True),
        (r#"["==", ".bytes[-2:]", {"/": {"bytes": "AwQ"}}]"#, True),
        (
            r#"["==", ".bytes[-99:99]", {"/": {"bytes": "AQIDBA"}}]"#,
            True,
        ),
        (r#"["==", ".bytes[3:1]", {"/": {"bytes": ""}}]"#, True),
        (r#"["==", ".bytes[1:3]", [2, 3]]"#, False),
        (r#"["==", ".bytes[1:][0]", 2]"#, True),
        (r#"["==", ".no_bytes[0]", 0]"#, Undefined),
        (r#"["==", ".no_bytes[:]", {"/": {"bytes": ""}}]"#, True),
        (r#"["==", ".bytes[]", [1, 2, 3, 4]]"#, Undefined),
    ]);
}

#[test]
fn texts_have_no_parts() {
    check(&[
        (r#"["==", ".text[0]", "h"]"#, Undefined),
        (r#"["==", ".text[-1]", "o"]"#, Undefined),
        (r#"["==", ".text[0:1]", "h"]"#, Undefined),
        (r#"["==", ".text[:]", "héllo"]"#, Undefined),
        (r#"["==", ".text[]", "héllo"]"#, Undefined),
        (r#"["==", ".text.length", 5]"#, Undefined),
        (r#"["!=", ".text[0]", "x"]"#, Undefined),
        (r#"["==", ".empty_text[0:0]", ""]"#, Undefined),
    ]);
}

#[test]
fn empty_brackets_are_a_list_itself_or_the_values_of_a_map() {
    check(&[
        (r#"["==", ".list[]", [10, 20, 30, 40]]"#, True),
        (r#"["==", ".list[][]", [10, 20, 30, 40]]"#, True),
        (r#"["==", ".empty[]", []]"#, True),
        // The values of a map have no order that all readers share.
        (r#"["==", ".map[]", [1, 2]]"#, Undefined),
        (r#"["!=", ".map[]", [2, 1]]"#, Undefined),
        (r#"["==", ".map[][]", [1, 2]]"#, Undefined),
        (r#"["any", ".map[]", ["==", ".", 2]]"#, True),
        (r#"["all", ".map[]", ["<", ".", 3]]"#, True),
        (r#"["==", ".none[]", []]"#, True),
        (r#"["==", ".map[].x", 1]"#, Undefined),
        // No step goes into every element at once.
        (r#"["==", ".people[].name", "Ada"]"#, Undefined),
        (r#"["==", ".one[]", [1]]"#, Undefined),
        (r#"["==", ".null[]", []]"#, Undefined),
    ]);
}

#[test]
fn a_name_in_quotes_is_any_name() {
    check(&[
        (r#"["==", ".[\"one\"]", 1]"#, True),
        (r#"["==", ".[\"not-a-name\"]", 7]"#, True),
        (r#"["==", ".[\"\"]", 8]"#, True),
        (r#"["==", ".map[\"x\"]", 1]"#, True),
        (r#"["==", ".[\"map\"].x", 1]"#, True),
        (r#"["==", ".[\"map.x\"]", 1]"#, Undefined),
        (r#"["==", ".[\"foo\"]?", null]"#, True),
        (r#"["==", ".list[\"0\"]", 10]"#, Undefined),
    ]);
}

#[test]
fn numbers_compare_exactly() {
    check(&[
        (r#"["==", ".one", 1.0]"#, True),
        (r#"["!=", ".one", 1.0]"#, False),
        (r#"["<=", ".one", 1.0]"#, True),
        (r#"["<", ".one", 1.0]"#, False),
        (r#"[">", ".one", 0.5]"#, True),
        (r#"["==", ".half", 0.5]"#, True),
        (r#"["<", ".half", 1]"#, True),
        (r#"[">", ".half", 0]"#, True),
        // 2^53 + 1, which no float is.
        (r#"["==", ".large", 9007199254740993]"#, True),
        (r#"["==", ".large", 9007199254740992]"#, False),
        (r#"["==", ".large", 9007199254740992.0]"#, False),
        (r#"["!=", ".large", 9007199254740992.0]"#, True),
        (r#"[">", ".large", 9007199254740992.0]"#, True),
        (r#"["<", ".large", 9007199254740994.0]"#, True),
        (r#"["==", ".list", [10.0, 20, 30.0, 40]]"#, True),
        (r#"["==", ".map", {"x": 1.0, "y": 2}]"#, True),
        (r#"["==", ".map", {"x": 1}]"#, False),
        (r#"["<", ".one", 18446744073709551615]"#, True),
        (r#"[">", ".one", -9223372036854775808]"#, True),
        (r#"["<", ".one", 1e300]"#, True),
        (r#"[">", ".one", -1e300]"#, True),
    ]);
}

#[test]
fn integers_of_65_bits_compare_exactly() {
    let least = Ipld::Integer(-(1 << 64));
    let arguments = BTreeMap::from([("least".to_owned(), least.clone())]);
    for (statement, expected) in [
        (policy::equal(".least", least.clone()), True),
        (
            policy::equal(".least", Ipld::Float(-(2_f64.powi(64)))),
            True,
        ),
        (policy::below(".least", Ipld::Integer(1 - (1 << 64))), True),
        (
            policy::above(".least", Ipld::Float(-(2_f64.powi(65)))),
            True,
        ),
        (policy::at_least(".least", i64::MIN), False),
    ] {
        let policy = Policy::new([statement]).unwrap();
        assert_eq!(judge(&policy, &arguments), expected, "{policy:?}");
    }
}

#[test]
fn links_are_equal_where_their_cids_are() {
    let (one, other) = (Cid::of(b"one"), Cid::of(b"other"));
    let arguments = BTreeMap::from([("link".to_owned(), one.into())]);
    for (statement, expected) in [
        (policy::equal(".link", Ipld::from(one)), True),
        (policy::equal(".link", Ipld::from(other)), False),
        (policy::equal(".link", one.to_string()), False),
        (policy::equal(".link[0]", 1), Undefined),
        (policy::like(".link", "*"), Undefined),
    ] {
        let policy = Policy::new([statement]).unwrap();
        assert_eq!(judge(&policy, &arguments), expected, "{policy}");
    }
}

#[test]
fn like_matches_whole_texts_with_one_wildcard_and_two_escapes() {
    for (pattern, text, expected) in [
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("*", "anything\nat all", True),
        ("a*", "a", True),
        ("a*", "ba", False),
        ("*a", "ab", False),
        ("a*b*c", "a-b-c", True),
        ("a*b*c", "acb", False),
        ("ab*ba", "aba", False),
        (r"\*", "*", True),
        (r"\*", "a", False),
        (r"a\*b", "a*b", True),
        (r"a\*b", "axb", False),
        (r"\\", r"\", True),
        (r"\\*", r"\anything", True),
        (r"\\\*", r"\*", True),
        (r"\\\*", r"\a", False),
        ("?", "a", False),
        ("?", "?", True),
        ("[a-z]", "a", False),
        ("a.c", "abc", False),
        ("h*llo", "héllo", True),
        // One character in two spellings: no normalisation.
        ("h\u{e9}llo", "he\u{301}llo", False),
        ("A*", "abc", False),
    ] {
        let arguments = BTreeMap::from([("text".to_owned(), Ipld::from(text))]);
        let policy = Policy::new([policy::like(".text", pattern)]).unwrap();
        assert_eq!(judge(&policy, &arguments), expected, "{pattern} {text}");
    }
    for pattern in [r"\", r"a\", r"\\\", r"\n", r"\?", r"a\b", r"*\x"] {
        let refusal = Policy::new([policy::like(".text", pattern)]).unwrap_err();
        let problem = refusal.problem();
        assert!(matches!(problem, PolicyProblem::Glob(_)), "{pattern}");
    }
}

#[test]
fn what_is_no_statement_is_refused_with_its_place() {
    use PolicyProblem as P;
    type Expected = fn(&P) -> bool;
    let unknown: Expected = |problem| matches!(problem, P::UnknownOperator { .. });
    let arity: Expected = |problem| matches!(problem, P::Arity { .. });
    let operand: Expected = |problem| matches!(problem, P::Operand { .. });
    let selector: Expected = |problem| matches!(problem, P::Selector(_));
    let no_list: Expected = |problem| matches!(problem, P::NotAList { .. });
    let no_operator: Expected = |problem| matches!(problem, P::NoOperator);
    let glob: Expected = |problem| matches!(problem, P::Glob(_));
    let json: Expected = |problem| matches!(problem, P::Json(_));
    for (text, expected, place) in [
        (r#"[["===", ".a", 1]]"#, unknown, "[0]"),
        (r#"[["=", ".a", 1]]"#, unknown, "[0]"),
        (r#"[["<>", ".a", 1]]"#, unknown, "[0]"),
        (r#"[["AND", []]]"#, unknown, "[0]"),
        (r#"[["every", ".a", ["==", ".", 1]]]"#, unknown, "[0]"),
        (r#"[["some", ".a", ["==", ".", 1]]]"#, unknown, "[0]"),
        (r#"[["==", ".a", 1], ["", ".a", 1]]"#, unknown, "[1]"),
        (r#"[["not", ["xor", []]]]"#, unknown, "[0][1]"),
        (
            r#"[["and", [["or", []], ["xor", []]]]]"#,
            unknown,
            "[0][1][1]",
        ),
        (r#"[["all", ".a", ["xor", []]]]"#, unknown, "[0][2]"),
        (r#"[["=="]]"#, arity, "[0]"),
        (r#"[["==", ".a"]]"#, arity, "[0]"),
        (r#"[["==", ".a", 1, 2]]"#, arity, "[0]"),
        (r#"[["==", ".a", 1, null]]"#, arity, "[0]"),
        (r#"[["<", ".a"]]"#, arity, "[0]"),
        (r#"[["like", ".a", "*", "i"]]"#, arity, "[0]"),
        (r#"[["not"]]"#, arity, "[0]"),
        (r#"[["not", ["and", []], ["and", []]]]"#, arity, "[0]"),
        (r#"[["and"]]"#, arity, "[0]"),
        (
            r#"[["and", ["==", ".a", 1], ["==", ".b", 1]]]"#,
            arity,
            "[0]",
        ),
        (r#"[["or", [], []]]"#, arity, "[0]"),
        (r#"[["all", ".a"]]"#, arity, "[0]"),
        (r#"[["any", ".a", ["==", ".", 1], 1]]"#, arity, "[0]"),
        (r#"[["<", ".a", "1"]]"#, operand, "[0][2]"),
        (r#"[[">", ".a", null]]"#, operand, "[0][2]"),
        (r#"[["like", ".a", 1]]"#, operand, "[0][2]"),
        (r#"[["==", 1, 1]]"#, operand, "[0][1]"),
        (r#"[["all", ["a"], ["==", ".", 1]]]"#, operand, "[0][1]"),
        (r#"[["==", "a", 1]]"#, selector, "[0][1]"),
        (r#"[["==", "", 1]]"#, selector, "[0][1]"),
        (r#"[["==", "..", 1]]"#, selector, "[0][1]"),
        (r#"[["any", ".a..b", ["==", ".", 1]]]"#, selector, "[0][1]"),
        (r#"[["not", ["==", "$.a", 1]]]"#, selector, "[0][1][1]"),
        (r#"[["like", ".a", "\\n"]]"#, glob, "[0][2]"),
        (r#"{}"#, no_list, ""),
        (r#"null"#, no_list, ""),
        (r#"["==", ".a", 1]"#, no_list, "[0]"),
        (r#"[{"==": [".a", 1]}]"#, no_list, "[0]"),
        (r#"[["not", "a"]]"#, no_list, "[0][1]"),
        (r#"[["and", ["==", ".a", 1]]]"#, no_list, "[0][1][0]"),
        (r#"[["and", {}]]"#, no_list, "[0][1]"),
        (r#"[["any", ".a", true]]"#, no_list, "[0][2]"),
        (r#"[[]]"#, no_operator, "[0]"),
        (r#"[[1, ".a", 1]]"#, no_operator, "[0]"),
        (r#"[[["=="], ".a", 1]]"#, no_operator, "[0]"),
        (r#"[["==", ".a", 18446744073709551616]]"#, json, ""),
        (r#"[["==", ".a", 1],]"#, json, ""),
    ] {
        let refusal = text.parse::<Policy>().unwrap_err();
        assert!(expected(refusal.problem()), "{text}: {refusal}");
        assert_eq!(refusal.place(), place, "{text}: {refusal}");
    }
}

#[test]
fn what_is_no_selector_is_refused() {
    for text in [
        "",
        "foo",
        "[0]",
        " .",
        ". ",
        "..",
        "...",
        ".a..b",
        ".a.",
        ".1",
        ".1a",
        ".?",
        ".a-b",
        ".é",
        ".a b",
        ".*",
        ".a.*",
        ".a.[0]",
        ".[0]a",
        ".[",
        ".[0",
        ".]",
        ".[\"a]",
        ".[\"a\"",
        ".['a']",
        ".[a]",
        ".[01]",
        ".[-0]",
        ".[+1]",
        ".[1.0]",
        ".[ 1]",
        ".[1:2:3]",
        ".[0,1]",
        ".[\"a\\\"b\"]",
        ".[9223372036854775808]",
        ".a?b",
        "?",
        "$",
        "$.a",
        "@",
    ] {
        assert!(text.parse::<Selector>().is_err(), "{text}");
    }
}

#[test]
fn an_explanation_says_where_what_and_how_to_mend_it() {
    /// Of a refused policy: place, elements, truth, what was found, what to write instead.
    type Row<'a> = (
        &'a str,
        &'a str,
        &'a [usize],
        Truth,
        Option<&'a str>,
        Option<&'a str>,
    );
    let rows: [Row<'_>; 14] = [
        (
            r#"["!=", ".role", "admin"]"#,
            "[0]",
            &[],
            Undefined,
            None,
            Some(".role?"),
        ),
        (r#"["==", ".one", 2]"#, "[0]", &[], False, Some("1"), None),
        (
            r#"["==", ".one", 1], ["==", ".one", 2]"#,
            "[1]",
            &[],
            False,
            Some("1"),
            None,
        ),
        // What is false is told before what is undefined.
        (
            r#"["==", ".role", 1], ["==", ".one", 2]"#,
            "[1]",
            &[],
            False,
            Some("1"),
            None,
        ),
        (
            r#"["and", [["==", ".one", 1], ["==", ".map.z", 2]]]"#,
            "[0][1][1]",
            &[],
            Undefined,
            None,
            Some(".map.z?"),
        ),
        (
            r#"["or", [["==", ".one", 2], ["==", ".one", 3]]]"#,
            "[0]",
            &[],
            False,
            None,
            None,
        ),
        (
            r#"["or", [["==", ".one", 2]]]"#,
            "[0][1][0]",
            &[],
            False,
            Some("1"),
            None,
        ),
        (
            r#"["not", ["==", ".role", 1]]"#,
            "[0][1]",
            &[],
            Undefined,
            None,
            Some(".role?"),
        ),
        (
            r#"["not", ["==", ".one", 1]]"#,
            "[0]",
            &[],
            False,
            Some("1"),
            None,
        ),
        (
            r#"["all", ".list", ["<", ".", 30]]"#,
            "[0][2]",
            &[2],
            False,
            Some("30"),
            None,
        ),
        (
            r#"["all", ".people", [">", ".age", 18]]"#,
            "[0][2]",
            &[1],
            Undefined,
            None,
            Some(".age?"),
        ),
        (
            r#"["all", ".people", ["all", ".", ["like", ".", "*"]]]"#,
            "[0][2][2]",
            &[0, 0],
            Undefined,
            Some("36"),
            None,
        ),
        // `?` would not help where an earlier step finds nothing.
        (r#"["==", ".a.b", 1]"#, "[0]", &[], Undefined, None, None),
        (
            r#"["<", ".text", 1]"#,
            "[0]",
            &[],
            Undefined,
            Some("\"héllo\""),
            None,
        ),
    ];
    let arguments = map(ARGUMENTS);
    for (statements, place, elements, truth, found, optional) in rows {
        let policy: Policy = format!("[{statements}]").parse().unwrap();
        assert_eq!(judge(&policy, &arguments), truth, "{policy}");
        let explanation = policy.explain(&arguments).unwrap();
        assert_eq!(explanation.place(), place, "{policy}");
        assert_eq!(explanation.elements(), elements, "{policy}");
        assert_eq!(explanation.truth(), truth, "{policy}");
        let found = found.map(|found| from_dag_json(found).unwrap());
        assert_eq!(explanation.found(), found.as_ref(), "{policy}");
        assert_eq!(explanation.optional_selector(), optional, "{policy}");
    }
}

#[test]
fn an_explanation_proposes_no_selector_that_would_be_too_long() {
    for (letters, proposed) in [(254, true), (255, false)] {
        let selector = format!(".{}", "a".repeat(letters));
        let policy = Policy::new([policy::equal(&selector, 1)]).unwrap();
        let explanation = policy.explain(&map("{}")).unwrap();
        assert_eq!(explanation.optional_selector().is_some(), proposed);
    }
}

#[test]
fn the_selector_that_an_explanation_proposes_makes_the_policy_true() {
    let arguments = map(ARGUMENTS);
    for text in [
        r#"[["!=", ".role", "admin"]]"#,
        r#"[["not", ["==", ".map.z", 1]]]"#,
        r#"[["!=", ".list[9]", 1]]"#,
    ] {
        let policy: Policy = text.parse().unwrap();
        let explanation = policy.explain(&arguments).unwrap();
        let selector = explanation.statement().selector().unwrap().as_str();
        let mended = text.replace(selector, explanation.optional_selector().unwrap());
        assert_eq!(
            judge(&mended.parse().unwrap(), &arguments),
            True,
            "{mended}"
        );
    }
}

/// Checks policies of these statements against the arguments above, in these truths.
fn check(rows: &[(&str, Truth)]) {
    let arguments = map(ARGUMENTS);
    for (statements, expected) in rows {
        let policy: Policy = format!("[{statements}]").parse().unwrap();
        assert_eq!(judge(&policy, &arguments), *expected, "{statements}");
        assert_eq!(policy.explain(&arguments).is_none(), *expected == True);
    }
}

fn judge(policy: &Policy, arguments: &BTreeMap<String, Ipld>) -> Truth {
    let mut fuel = Fuel::new(&Limits::default());
    policy.evaluate(arguments, &mut fuel).unwrap()
}

/// The published policies of one kind, each with its arguments.
fn published(kind: &str) -> Option<Vec<(Policy, BTreeMap<String, Ipld>)>> {
    let file = fixtures::path("ucan-1.0.0/policy.json")?;
    let mut groups = map(&repair(&fs::read_to_string(file).unwrap()));
    let mut cases = Vec::new();
    for group in list(groups.remove(kind).unwrap()) {
        let Ipld::Map(mut group) = group else {
            panic!("{group:?}");
        };
        let Some(Ipld::Map(arguments)) = group.remove("args") else {
            panic!("{group:?}");
        };
        for policy in list(group.remove("policies").unwrap()) {
            cases.push((Policy::from_ipld(&policy).unwrap(), arguments.clone()));
        }
    }
    Some(cases)
}

/// As published, the file is no JSON: one object has a second pair of braces around its content.
fn repair(text: &str) -> String {
    assert!(from_dag_json(text).is_err());
    let mut repaired = text.to_owned();
    for (stray, meant) in [
        ("{\n\t\t\t\t\t{\n", "{\n"),
        ("}\n\t\t\t\t\t}\n\t\t\t\t}\n", "}\n\t\t\t\t}\n"),
    ] {
        assert_eq!(repaired.matches(stray).count(), 1);
        repaired = repaired.replace(stray, meant);
    }
    fixtures::say("repaired: a second pair of braces in ucan-1.0.0/policy.json");
    repaired
}

fn map(text: &str) -> BTreeMap<String, Ipld> {
    match from_dag_json(text).unwrap() {
        Ipld::Map(map) => map,
        other => panic!("{other:?}"),
    }
}

fn list(value: Ipld) -> Vec<Ipld> {
    match value {
        Ipld::List(list) => list,
        other => panic!("{other:?}"),
    }
}
