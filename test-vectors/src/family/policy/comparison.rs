//! Comparisons: numbers by their exact value.

use crate::row::Family;

use super::{F, T, U, judge, one};

pub(super) fn comparisons(family: &mut Family) {
    for (slug, operator, below, same, above) in [
        ("lt", "<", T, F, F),
        ("le", "<=", T, T, F),
        ("gt", ">", F, F, T),
        ("ge", ">=", F, T, T),
    ] {
        for (place, bound, truth) in [
            ("below", 51, below),
            ("same", 50, same),
            ("above", 49, above),
        ] {
            one(
                family,
                &format!("{slug}-{place}"),
                &[18],
                &format!(r#"["{operator}",".limit",{bound}]"#),
                truth,
            );
        }
        for (kind, selector) in [
            ("text", ".patient"),
            ("null", ".none"),
            ("bool", ".flag"),
            ("list", ".sizes"),
            ("map", ".point"),
            ("bytes", ".data"),
            ("missing", ".missing"),
        ] {
            one(
                family,
                &format!("{slug}-{kind}"),
                &[18],
                &format!(r#"["{operator}","{selector}",1]"#),
                U,
            );
        }
        let inner = format!(r#"["{operator}",".patient",1]"#);
        one(
            family,
            &format!("not-{slug}-text"),
            &[18],
            &format!(r#"["not",{inner}]"#),
            U,
        );
    }
}

pub(super) fn numbers(family: &mut Family) {
    for (name, says, statement, argument, truth) in [
        (
            "int-float-same",
            "1 equals 1.0.",
            r#"["==",".n",1.0]"#,
            "1",
            T,
        ),
        (
            "float-int-same",
            "1.0 equals 1.",
            r#"["==",".n",1]"#,
            "1.0",
            T,
        ),
        (
            "nested-same",
            "Numbers inside lists are compared by value, too.",
            r#"["==",".n",[1.0,2]]"#,
            "[1,2.0]",
            T,
        ),
        (
            "int-float-other",
            "1 does not equal 1.5.",
            r#"["==",".n",1.5]"#,
            "1",
            F,
        ),
        (
            "ne-int-float",
            "`!=` knows that 1 equals 1.0.",
            r#"["!=",".n",1.0]"#,
            "1",
            F,
        ),
        (
            "2-53-plus-1-eq",
            "2^53 + 1 does not equal 2^53 as a float.",
            r#"["==",".n",9007199254740992.0]"#,
            "9007199254740993",
            F,
        ),
        (
            "2-53-eq",
            "2^53 equals 2^53 as a float.",
            r#"["==",".n",9007199254740992.0]"#,
            "9007199254740992",
            T,
        ),
        (
            "2-53-plus-1-gt",
            "2^53 + 1 is greater than 2^53 as a float.",
            r#"[">",".n",9007199254740992.0]"#,
            "9007199254740993",
            T,
        ),
        (
            "2-53-plus-1-le",
            "2^53 + 1 is not at most 2^53 as a float.",
            r#"["<=",".n",9007199254740992.0]"#,
            "9007199254740993",
            F,
        ),
        (
            "2-53-plus-1-ge-reversed",
            "2^53 as a float is not at least 2^53 + 1.",
            r#"[">=",".n",9007199254740993]"#,
            "9007199254740992.0",
            F,
        ),
        (
            "-2-53-minus-1",
            "-2^53 - 1 is less than -2^53 as a float.",
            r#"["<",".n",-9007199254740992.0]"#,
            "-9007199254740993",
            T,
        ),
        (
            "2-63-float",
            "2^63 - 1 is less than 2^63 as a float.",
            r#"["<",".n",9223372036854775808.0]"#,
            "9223372036854775807",
            T,
        ),
        (
            "2-63-eq",
            "2^63 - 1 does not equal 2^63 as a float.",
            r#"["==",".n",9223372036854775808.0]"#,
            "9223372036854775807",
            F,
        ),
        (
            "-2-63-eq",
            "-2^63 equals -2^63 as a float.",
            r#"["==",".n",-9223372036854775808.0]"#,
            "-9223372036854775808",
            T,
        ),
        (
            "u64-lt",
            "2^64 - 1 is less than 2^64 as a float.",
            r#"["<",".n",18446744073709551616.0]"#,
            "18446744073709551615",
            T,
        ),
        (
            "u64-int",
            "2^64 - 1 is greater than 2^63, both integers.",
            r#"[">",".n",9223372036854775808]"#,
            "18446744073709551615",
            T,
        ),
        (
            "u64-int-neighbour",
            "2^64 - 2 does not equal 2^64 - 1.",
            r#"["==",".n",18446744073709551615]"#,
            "18446744073709551614",
            F,
        ),
        (
            "huge-float",
            "2^63 - 1 is not greater than 1e300.",
            r#"[">",".n",1e300]"#,
            "9223372036854775807",
            F,
        ),
        (
            "negative-huge-float",
            "-2^63 is not less than -1e300.",
            r#"["<",".n",-1e300]"#,
            "-9223372036854775808",
            F,
        ),
        (
            "fraction-above",
            "1 is less than 1.5.",
            r#"["<",".n",1.5]"#,
            "1",
            T,
        ),
        (
            "fraction-below",
            "-1 is greater than -1.5.",
            r#"[">",".n",-1.5]"#,
            "-1",
            T,
        ),
        (
            "fraction-between",
            "-1 is not at most -1.5.",
            r#"["<=",".n",-1.5]"#,
            "-1",
            F,
        ),
        (
            "zero-fraction",
            "0 is not at least 0.5.",
            r#"[">=",".n",0.5]"#,
            "0",
            F,
        ),
        (
            "tiny",
            "0 is less than the smallest float.",
            r#"["<",".n",5e-324]"#,
            "0",
            T,
        ),
        (
            "tiny-eq",
            "0 does not equal the smallest float.",
            r#"["==",".n",5e-324]"#,
            "0",
            F,
        ),
        (
            "tenths",
            "0.1 is the same float as 0.1.",
            r#"["==",".n",0.1]"#,
            "0.1",
            T,
        ),
        (
            "tenths-sum",
            "0.3 is not the float that 0.1 + 0.2 gives.",
            r#"["==",".n",0.30000000000000004]"#,
            "0.3",
            F,
        ),
    ] {
        judge(
            family,
            &format!("number-{name}"),
            says,
            &[20],
            &format!("[{statement}]"),
            &format!(r#"{{"n":{argument}}}"#),
            truth,
        );
    }
}
