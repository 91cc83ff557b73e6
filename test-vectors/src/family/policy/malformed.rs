//! What is no policy.

use serde_json::json;

use crate::cbor::Value;
use crate::row::{Family, MALFORMED, both};

pub(super) fn malformed(family: &mut Family) {
    let mut refuse = |ruling: &[u8], name: &str, policy: &str| {
        let mut content = json!({});
        both(&mut content, "policy", &Value::parse(policy));
        family.add(
            "policy",
            format!("no-{name}"),
            format!("`{policy}` is no policy."),
            ruling,
            MALFORMED,
            content,
        );
    };
    for (operator, operand) in [
        ("==", "1"),
        ("!=", "1"),
        ("<", "1"),
        ("<=", "1"),
        (">", "1"),
        (">=", "1"),
        ("like", r#""*""#),
        ("all", r#"["==",".",1]"#),
        ("any", r#"["==",".",1]"#),
    ] {
        refuse(
            &[23],
            &format!("{operator}-alone"),
            &format!(r#"[["{operator}"]]"#),
        );
        refuse(
            &[23],
            &format!("{operator}-two"),
            &format!(r#"[["{operator}",".a"]]"#),
        );
        refuse(
            &[23],
            &format!("{operator}-four"),
            &format!(r#"[["{operator}",".a",{operand},null]]"#),
        );
        refuse(
            &[23],
            &format!("{operator}-selector-missing"),
            &format!(r#"[["{operator}",{operand}]]"#),
        );
        refuse(
            &[21, 23],
            &format!("{operator}-selector-null"),
            &format!(r#"[["{operator}",null,{operand}]]"#),
        );
        refuse(
            &[21, 23],
            &format!("{operator}-selector-bad"),
            &format!(r#"[["{operator}","a",{operand}]]"#),
        );
    }
    for operator in ["not", "and", "or"] {
        let operand = if operator == "not" {
            r#"["==",".a",1]"#
        } else {
            "[]"
        };
        refuse(
            &[23],
            &format!("{operator}-alone"),
            &format!(r#"[["{operator}"]]"#),
        );
        refuse(
            &[23],
            &format!("{operator}-three"),
            &format!(r#"[["{operator}",{operand},{operand}]]"#),
        );
        refuse(
            &[23],
            &format!("{operator}-null"),
            &format!(r#"[["{operator}",null]]"#),
        );
        refuse(
            &[23],
            &format!("{operator}-text"),
            &format!(r#"[["{operator}","x"]]"#),
        );
        refuse(
            &[23],
            &format!("{operator}-selector"),
            &format!(r#"[["{operator}",".a",{operand}]]"#),
        );
    }
    for operator in ["<", "<=", ">", ">="] {
        for (kind, operand) in [
            ("text", r#""1""#),
            ("null", "null"),
            ("bool", "true"),
            ("list", "[1]"),
        ] {
            refuse(
                &[23],
                &format!("{operator}-{kind}"),
                &format!(r#"[["{operator}",".a",{operand}]]"#),
            );
        }
    }
    for (name, policy) in [
        ("map", r"{}"),
        ("null", "null"),
        ("text", r#""[]""#),
        ("statement", r#"["==",".a",1]"#),
        ("empty-statement", "[[]]"),
        ("statement-map", r#"[{"op":"=="}]"#),
        ("statement-text", r#"["=="]"#),
        ("statement-null", "[null]"),
        ("operator-integer", r#"[[1,".a",1]]"#),
        ("operator-null", r#"[[null,".a",1]]"#),
        ("operator-list", r#"[[["=="],".a",1]]"#),
        ("single-equals", r#"[["=",".a",1]]"#),
        ("triple-equals", r#"[["===",".a",1]]"#),
        ("eq-word", r#"[["eq",".a",1]]"#),
        ("empty-operator", r#"[["",".a",1]]"#),
        ("upper-like", r#"[["LIKE",".a","*"]]"#),
        ("upper-not", r#"[["Not",["==",".a",1]]]"#),
        ("in", r#"[["in",".a",[1]]]"#),
        ("none", r#"[["none",".a",["==",".",1]]]"#),
        ("some", r#"[["some",".a",["==",".",1]]]"#),
        ("every", r#"[["every",".a",["==",".",1]]]"#),
        ("xor", r#"[["xor",[]]]"#),
        ("glob", r#"[["glob",".a","*"]]"#),
        ("match", r#"[["match",".a","*"]]"#),
        ("operator-space", r#"[["== ",".a",1]]"#),
        ("and-statement", r#"[["and",["==",".a",1]]]"#),
        ("not-list", r#"[["not",[["==",".a",1]]]]"#),
        ("and-bad-inside", r#"[["and",[["==",".a",1],["?",".a"]]]]"#),
        ("or-bad-inside", r#"[["or",[["==",".a"]]]]"#),
        ("not-bad-inside", r#"[["not",["==",".a"]]]"#),
        ("all-bad-inside", r#"[["all",".a",["=",".",1]]]"#),
        ("all-list", r#"[["all",".a",[["==",".",1]]]]"#),
        ("any-text", r#"[["any",".a","x"]]"#),
        ("last-bad", r#"[["==",".a",1],["==",".b"]]"#),
        ("like-number", r#"[["like",".a",1]]"#),
        ("like-null", r#"[["like",".a",null]]"#),
        ("like-list", r#"[["like",".a",["*"]]]"#),
    ] {
        refuse(&[23], name, policy);
    }
    refuse(&[22], "like-escape", r#"[["like",".a","\\n"]]"#);
    refuse(&[22], "like-backslash-end", r#"[["like",".a","a\\"]]"#);
}
