//! Statements about statements.

use crate::row::Family;

use super::{ALL, ARGS, F, T, U, judge, one};

pub(super) fn text(family: &mut Family) {
    for (name, statement, truth) in [
        ("like", r#"["like",".patient","p-*"]"#, T),
        ("like-not", r#"["like",".patient","q-*"]"#, F),
        ("like-part", r#"["like",".patient","p-1"]"#, F),
        ("like-number", r#"["like",".limit","5*"]"#, U),
        ("like-null", r#"["like",".none","*"]"#, U),
        ("like-bytes", r#"["like",".data","*"]"#, U),
        ("like-list", r#"["like",".tags","*"]"#, U),
        ("like-missing", r#"["like",".missing","*"]"#, U),
        ("not-like", r#"["not",["like",".patient","q-*"]]"#, T),
        ("not-like-number", r#"["not",["like",".limit","q-*"]]"#, U),
        (
            "not-like-missing",
            r#"["not",["like",".missing","q-*"]]"#,
            U,
        ),
    ] {
        one(family, name, &[18, 22], statement, truth);
    }
}

pub(super) fn connectives(family: &mut Family) {
    for one_side in ALL {
        let negated = match one_side {
            T => F,
            F => T,
            U => U,
        };
        one(
            family,
            &format!("not-{}", one_side.name()),
            &[18],
            &format!(r#"["not",{}]"#, one_side.statement()),
            negated,
        );
        one(
            family,
            &format!("not-not-{}", one_side.name()),
            &[18],
            &format!(r#"["not",["not",{}]]"#, one_side.statement()),
            one_side,
        );
        for other in ALL {
            let both = match (one_side, other) {
                (F, _) | (_, F) => F,
                (U, _) | (_, U) => U,
                (T, T) => T,
            };
            let either = match (one_side, other) {
                (T, _) | (_, T) => T,
                (U, _) | (_, U) => U,
                (F, F) => F,
            };
            let names = format!("{}-{}", one_side.name(), other.name());
            let list = format!("[{},{}]", one_side.statement(), other.statement());
            one(
                family,
                &format!("and-{names}"),
                &[18],
                &format!(r#"["and",{list}]"#),
                both,
            );
            one(
                family,
                &format!("or-{names}"),
                &[18],
                &format!(r#"["or",{list}]"#),
                either,
            );
        }
    }
    for (name, statement, truth) in [
        ("and-empty", r#"["and",[]]"#, T),
        ("or-empty", r#"["or",[]]"#, T),
        ("not-and-empty", r#"["not",["and",[]]]"#, F),
        ("not-or-empty", r#"["not",["or",[]]]"#, F),
        ("and-one-undefined", r#"["and",[["==",".missing",1]]]"#, U),
        ("or-one-undefined", r#"["or",[["==",".missing",1]]]"#, U),
        (
            "excluded-middle",
            r#"["or",[["==",".missing",1],["not",["==",".missing",1]]]]"#,
            U,
        ),
        (
            "deny-list",
            r#"["not",["or",[["==",".role","nurse"],["==",".missing","x"]]]]"#,
            U,
        ),
    ] {
        one(family, name, &[18], statement, truth);
    }
}

pub(super) fn quantifiers(family: &mut Family) {
    for (name, statement, truth) in [
        (
            "all-true",
            r#"["all",".to",["like",".","*@example.com"]]"#,
            T,
        ),
        (
            "all-one-false",
            r#"["all",".to",["like",".","alice@*"]]"#,
            F,
        ),
        ("all-empty", r#"["all",".empty",["==",".","x"]]"#, T),
        ("all-empty-map", r#"["all",".nothing",["==",".","x"]]"#, T),
        (
            "all-one-undefined",
            r#"["all",".rows",["==",".ok",true]]"#,
            U,
        ),
        (
            "all-false-and-undefined",
            r#"["all",".rows",["==",".ok",false]]"#,
            F,
        ),
        ("all-map", r#"["all",".point",["<",".",3]]"#, T),
        ("all-map-false", r#"["all",".point",["<",".",2]]"#, F),
        ("all-values", r#"["all",".point[]",[">",".",0]]"#, T),
        ("all-text", r#"["all",".patient",["==",".","p"]]"#, U),
        ("all-number", r#"["all",".limit",["==",".",50]]"#, U),
        ("all-null", r#"["all",".none",["==",".",1]]"#, U),
        ("all-bool", r#"["all",".flag",["==",".",true]]"#, U),
        ("all-bytes", r#"["all",".data",["<",".",9]]"#, U),
        ("all-missing", r#"["all",".missing",["==",".",1]]"#, U),
        (
            "not-all-missing",
            r#"["not",["all",".missing",["==",".",1]]]"#,
            U,
        ),
        (
            "not-all-text",
            r#"["not",["all",".patient",["==",".","x"]]]"#,
            U,
        ),
        (
            "not-all-empty",
            r#"["not",["all",".empty",["==",".",1]]]"#,
            F,
        ),
        ("any-true", r#"["any",".tags",["==",".","b"]]"#, T),
        ("any-false", r#"["any",".tags",["==",".","c"]]"#, F),
        ("any-empty", r#"["any",".empty",["==",".",1]]"#, U),
        ("any-empty-map", r#"["any",".nothing",["==",".",1]]"#, U),
        (
            "not-any-empty",
            r#"["not",["any",".empty",["==",".",1]]]"#,
            U,
        ),
        (
            "any-true-and-undefined",
            r#"["any",".rows",["==",".ok",true]]"#,
            T,
        ),
        (
            "any-false-and-undefined",
            r#"["any",".rows",["==",".ok",false]]"#,
            U,
        ),
        (
            "any-undefined",
            r#"["any",".rows",["==",".missing",false]]"#,
            U,
        ),
        ("any-map", r#"["any",".point",["==",".",2]]"#, T),
        ("any-map-false", r#"["any",".point",["==",".",3]]"#, F),
        ("any-text", r#"["any",".patient",["==",".","p"]]"#, U),
        ("any-number", r#"["any",".limit",["==",".",50]]"#, U),
        ("any-bytes", r#"["any",".data",["==",".",1]]"#, U),
        ("any-missing", r#"["any",".missing",["==",".",1]]"#, U),
        (
            "not-any-true",
            r#"["not",["any",".tags",["==",".","b"]]]"#,
            F,
        ),
        (
            "not-any-false",
            r#"["not",["any",".tags",["==",".","c"]]]"#,
            T,
        ),
        ("all-all", r#"["all",".deep",["all",".",["<",".",4]]]"#, T),
        ("all-any", r#"["all",".deep",["any",".",["<",".",3]]]"#, F),
        ("any-all", r#"["any",".deep",["all",".",[">",".",2]]]"#, T),
        ("any-any", r#"["any",".deep",["any",".",["==",".",9]]]"#, F),
        ("all-inner-path", r#"["all",".rows",[">=",".id",1]]"#, T),
        (
            "all-inner-root",
            r#"["all",".rows",["==",".patient","p-17"]]"#,
            U,
        ),
        ("all-slice", r#"["all",".sizes[1:]",[">",".",1]]"#, T),
        (
            "all-and",
            r#"["all",".sizes",["and",[[">",".",0],["<",".",3]]]]"#,
            F,
        ),
        ("any-not", r#"["any",".sizes",["not",["<",".",3]]]"#, T),
    ] {
        one(family, name, &[18], statement, truth);
    }
}

pub(super) fn whole(family: &mut Family) {
    judge(
        family,
        "empty",
        "A policy without statements allows everything.",
        &[18],
        "[]",
        ARGS,
        T,
    );
    judge(
        family,
        "empty-args",
        "A policy without statements allows even no arguments.",
        &[18],
        "[]",
        "{}",
        T,
    );
    for one_side in ALL {
        for other in ALL {
            let truth = match (one_side, other) {
                (F, _) | (_, F) => F,
                (U, _) | (_, U) => U,
                (T, T) => T,
            };
            let says = format!(
                "A policy of a statement that is {} and one that is {}.",
                one_side.name(),
                other.name()
            );
            let policy = format!("[{},{}]", one_side.statement(), other.statement());
            judge(
                family,
                &format!("policy-{}-{}", one_side.name(), other.name()),
                &says,
                &[18],
                &policy,
                ARGS,
                truth,
            );
        }
    }
}
