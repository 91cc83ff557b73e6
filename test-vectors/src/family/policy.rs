//! The policy language: three truth values, of which only true allows.

mod comparison;
mod connective;
mod malformed;

use serde_json::json;

use crate::cbor::Value;
use crate::principal::{ALICE, BOB};
use crate::row::{Case, Family, LIMIT_EXCEEDED, MALFORMED, MATCH_ERROR, VALID, both};
use crate::token::{delegation, invocation};

pub(super) fn rows() -> Family {
    let mut family = Family::new("policy");
    equality(&mut family);
    comparison::comparisons(&mut family);
    comparison::numbers(&mut family);
    connective::text(&mut family);
    connective::connectives(&mut family);
    connective::quantifiers(&mut family);
    connective::whole(&mut family);
    malformed::malformed(&mut family);
    in_chains(&mut family);
    family
}

const ARGS: &str = r#"{"patient":"p-17","role":"doctor","limit":50,"ratio":1.5,"tags":["a","b"],"sizes":[1,2,3],"none":null,"flag":true,"to":["alice@example.com","bob@example.com"],"point":{"x":1,"y":2},"empty":[],"nothing":{},"data":{"/":{"bytes":"AAEC"}},"rows":[{"id":1,"ok":true},{"id":2}],"deep":[[1,2],[3]]}"#;

/// True, false or undefined.
#[derive(Clone, Copy, PartialEq)]
enum Truth {
    T,
    F,
    U,
}

use Truth::{F, T, U};

impl Truth {
    const fn name(self) -> &'static str {
        match self {
            T => "true",
            F => "false",
            U => "undefined",
        }
    }

    /// A statement about `ARGS` that is so.
    const fn statement(self) -> &'static str {
        match self {
            T => r#"["==",".patient","p-17"]"#,
            F => r#"["==",".patient","p-18"]"#,
            U => r#"["==",".missing","p-17"]"#,
        }
    }
}

const ALL: [Truth; 3] = [T, F, U];

fn judge(
    family: &mut Family,
    name: &str,
    says: &str,
    ruling: &[u8],
    policy: &str,
    args: &str,
    truth: Truth,
) {
    let mut content = json!({"truth": truth.name()});
    both(&mut content, "policy", &Value::parse(policy));
    both(&mut content, "args", &Value::parse(args));
    let verdict = if truth == T { VALID } else { MATCH_ERROR };
    family.add("policy", name, says, ruling, verdict, content);
}

/// One statement about `ARGS`.
fn one(family: &mut Family, name: &str, ruling: &[u8], statement: &str, truth: Truth) {
    let says = format!("`{statement}` is {}.", truth.name());
    judge(
        family,
        name,
        &says,
        ruling,
        &format!("[{statement}]"),
        ARGS,
        truth,
    );
}

fn equality(family: &mut Family) {
    for (name, statement, truth) in [
        ("eq-text", r#"["==",".patient","p-17"]"#, T),
        ("eq-other-text", r#"["==",".patient","p-18"]"#, F),
        ("eq-case", r#"["==",".patient","P-17"]"#, F),
        ("eq-null", r#"["==",".none",null]"#, T),
        ("eq-bool", r#"["==",".flag",true]"#, T),
        ("eq-bool-number", r#"["==",".flag",1]"#, F),
        ("eq-number-text", r#"["==",".limit","50"]"#, F),
        ("eq-null-false", r#"["==",".none",false]"#, F),
        ("eq-null-empty", r#"["==",".none",""]"#, F),
        ("eq-list", r#"["==",".tags",["a","b"]]"#, T),
        ("eq-list-order", r#"["==",".tags",["b","a"]]"#, F),
        ("eq-list-longer", r#"["==",".tags",["a","b","c"]]"#, F),
        ("eq-list-shorter", r#"["==",".tags",["a"]]"#, F),
        ("eq-element", r#"["==",".tags","a"]"#, F),
        ("eq-map", r#"["==",".point",{"x":1,"y":2}]"#, T),
        ("eq-map-more", r#"["==",".point",{"x":1,"y":2,"z":3}]"#, F),
        ("eq-map-less", r#"["==",".point",{"x":1}]"#, F),
        ("eq-map-key", r#"["==",".point",{"x":1,"z":2}]"#, F),
        ("eq-empty-list-map", r#"["==",".empty",{}]"#, F),
        ("eq-bytes", r#"["==",".data",{"/":{"bytes":"AAEC"}}]"#, T),
        (
            "eq-bytes-other",
            r#"["==",".data",{"/":{"bytes":"AAED"}}]"#,
            F,
        ),
        ("eq-bytes-list", r#"["==",".data",[0,1,2]]"#, F),
        ("eq-bytes-text", r#"["==",".data","AAEC"]"#, F),
        ("eq-missing", r#"["==",".missing","x"]"#, U),
        ("eq-missing-null", r#"["==",".missing",null]"#, U),
        ("ne-other-text", r#"["!=",".patient","p-18"]"#, T),
        ("ne-same", r#"["!=",".patient","p-17"]"#, F),
        ("ne-deep-same", r#"["!=",".deep",[[1,2],[3]]]"#, F),
        ("ne-missing", r#"["!=",".missing","admin"]"#, U),
        ("ne-missing-deep", r#"["!=",".point.z",1]"#, U),
        ("ne-missing-index", r#"["!=",".tags[7]","a"]"#, U),
    ] {
        one(family, name, &[18], statement, truth);
    }
    for (name, statement, truth) in [
        ("optional-null", r#"["==",".missing?",null]"#, T),
        ("optional-other", r#"["==",".missing?","x"]"#, F),
        ("optional-ne", r#"["!=",".missing?","admin"]"#, T),
        ("optional-ne-null", r#"["!=",".missing?",null]"#, F),
        ("optional-less", r#"["<",".missing?",5]"#, U),
        ("optional-like", r#"["like",".missing?","*"]"#, U),
        ("optional-all", r#"["all",".missing?",["==",".","x"]]"#, U),
        ("optional-there", r#"["==",".patient?","p-17"]"#, T),
        (
            "optional-behind-missing",
            r#"["==",".missing.role?",null]"#,
            U,
        ),
        (
            "optional-before-missing",
            r#"["==",".missing?.role",null]"#,
            U,
        ),
    ] {
        one(family, name, &[18, 19], statement, truth);
    }
    let cid = delegation(ALICE, BOB, ALICE).sign().cid();
    let other = delegation(BOB, ALICE, BOB).sign().cid();
    let args = format!(r#"{{"link":{{"/":"{cid}"}}}}"#);
    for (name, says, operand, truth) in [
        (
            "eq-link",
            "A link equals the same link.",
            format!(r#"{{"/":"{cid}"}}"#),
            T,
        ),
        (
            "eq-link-other",
            "A link does not equal another.",
            format!(r#"{{"/":"{other}"}}"#),
            F,
        ),
        (
            "eq-link-text",
            "A link does not equal its text.",
            format!(r#""{cid}""#),
            F,
        ),
    ] {
        judge(
            family,
            name,
            says,
            &[18],
            &format!(r#"[["==",".link",{operand}]]"#),
            &args,
            truth,
        );
    }
    judge(
        family,
        "eq-whole",
        "The arguments as a whole equal a map.",
        &[18, 21],
        r#"[["==",".",{"a":1}]]"#,
        r#"{"a":1}"#,
        T,
    );
    judge(
        family,
        "eq-whole-more",
        "The arguments hold more than the map that they should equal.",
        &[18, 21],
        r#"[["==",".",{"a":1}]]"#,
        r#"{"a":1,"b":2}"#,
        F,
    );
    judge(
        family,
        "eq-normalised",
        "Texts are compared byte by byte, and these differ in how an accent is written.",
        &[18],
        "[[\"==\",\".a\",\"\u{e9}\"]]",
        "{\"a\":\"e\u{301}\"}",
        F,
    );
    judge(
        family,
        "values-order",
        "The values of a map with two keys have no order, so nothing is said about their list.",
        &[18, 21],
        r#"[["==",".a[]",[1,2]]]"#,
        r#"{"a":{"x":1,"y":2}}"#,
        U,
    );
    judge(
        family,
        "values-order-ne",
        "Nor is anything said by `!=`.",
        &[18, 21],
        r#"[["!=",".a[]",[2,1]]]"#,
        r#"{"a":{"x":1,"y":2}}"#,
        U,
    );
}

/// The same, as a decision about a chain.
fn in_chains(family: &mut Family) {
    let args = Value::parse(ARGS);
    for (name, says, policy, verdict) in [
        (
            "true",
            "The delegation's policy is true of the arguments.",
            r#"[["==",".patient","p-17"]]"#,
            VALID,
        ),
        (
            "false",
            "The delegation's policy is false of the arguments.",
            r#"[["==",".patient","p-18"]]"#,
            MATCH_ERROR,
        ),
        (
            "undefined",
            "The delegation's policy says nothing about the arguments: `!=` of what is missing.",
            r#"[["!=",".missing","admin"]]"#,
            MATCH_ERROR,
        ),
        (
            "not-undefined",
            "The delegation's policy says nothing about the arguments, and `not` does not change that.",
            r#"[["not",["==",".missing","admin"]]]"#,
            MATCH_ERROR,
        ),
        (
            "optional",
            "The delegation's policy takes what is missing for null.",
            r#"[["!=",".missing?","admin"]]"#,
            VALID,
        ),
        (
            "any-empty",
            "The delegation's policy wants any of none.",
            r#"[["any",".empty",["==",".",1]]]"#,
            MATCH_ERROR,
        ),
        (
            "unknown",
            "The delegation's policy has an operator that nobody knows.",
            r#"[["~=",".patient","p-17"]]"#,
            MALFORMED,
        ),
        (
            "arity",
            "The delegation's policy has a statement with a fourth part.",
            r#"[["==",".patient","p-17",null]]"#,
            MALFORMED,
        ),
        (
            "long-pattern",
            "The delegation's policy has a pattern of 33 stars.",
            r#"[["like",".patient","*********************************"]]"#,
            LIMIT_EXCEEDED,
        ),
    ] {
        let proof = delegation(ALICE, BOB, ALICE)
            .with("pol", Value::parse(policy))
            .sign();
        let call = invocation(BOB, ALICE, std::slice::from_ref(&proof))
            .with("args", args.clone())
            .sign();
        let mut case = Case::new(&call, std::slice::from_ref(&proof));
        if verdict == MATCH_ERROR {
            case = case.at(&proof);
        }
        let ruling: &[u8] = match verdict {
            MALFORMED => &[23],
            LIMIT_EXCEEDED => &[17],
            _ => &[18],
        };
        family.authorize(format!("chain-{name}"), says, ruling, &case, verdict);
    }
    let every = r#"[["==",".patient","p-17"],["!=",".patient","x"],["<",".limit",51],["<=",".limit",50],[">",".limit",49],[">=",".limit",50],["like",".role","doc*"],["not",["==",".role","nurse"]],["and",[["==",".flag",true]]],["or",[["==",".flag",false],["==",".flag",true]]],["all",".sizes",["<",".",4]],["any",".sizes",["==",".",2]]]"#;
    judge(
        family,
        "every-operator",
        "Each of the twelve operators, with as many parts as it takes.",
        &[23],
        every,
        ARGS,
        T,
    );
}
