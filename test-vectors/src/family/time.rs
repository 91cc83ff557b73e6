//! Time: both ends of every token's bounds, with the leeway once on each side.

use crate::cbor::{Value, raw};
use crate::principal::{ALICE, BOB, CAROL, DAVE};
use crate::row::{Case, EXPIRED, Family, MALFORMED, TOO_EARLY, VALID, Verdict};
use crate::text::unhex;
use crate::token::{LATER, NOW, Token, delegation, invocation};

use super::chain::{PATH, PLACES, changed, drafts, signed};

const LARGEST: i64 = (1 << 53) - 1;

pub(super) fn rows() -> Family {
    let mut family = Family::new("time");
    edges(&mut family);
    leeway(&mut family);
    windows(&mut family);
    values(&mut family);
    issued_at(&mut family);
    family
}

/// Dave's invocation and Alice's chain to him, with a field set at one place (3: the invocation).
fn with(place: usize, field: &'static str, value: i64) -> (Token, Vec<Token>) {
    let proofs = if place < 3 {
        changed(place, |draft| draft.with(field, value))
    } else {
        signed(&drafts(&PATH))
    };
    let call = invocation(DAVE, ALICE, &proofs);
    let call = if place < 3 {
        call
    } else {
        call.with(field, value)
    };
    (call.sign(), proofs)
}

fn at_place(place: usize) -> &'static str {
    PLACES.get(place).copied().unwrap_or("invocation")
}

fn edges(family: &mut Family) {
    for place in 0..=3 {
        let name = at_place(place);
        for (field, slug, says, now, verdict) in [
            ("exp", "last-moment", "in its last second", NOW, VALID),
            (
                "exp",
                "after",
                "one second after it expired",
                NOW + 1,
                EXPIRED,
            ),
            (
                "exp",
                "long-after",
                "a year after it expired",
                NOW + 31_536_000,
                EXPIRED,
            ),
            ("nbf", "first-moment", "in its first second", NOW, VALID),
            (
                "nbf",
                "before",
                "one second before it begins",
                NOW - 1,
                TOO_EARLY,
            ),
            (
                "nbf",
                "long-before",
                "a year before it begins",
                NOW - 31_536_000,
                TOO_EARLY,
            ),
        ] {
            let (call, mut proofs) = with(place, field, NOW);
            // Nothing else may be over a year later.
            let mut call = call;
            if slug == "long-after" {
                proofs = drafts(&PATH)
                    .into_iter()
                    .enumerate()
                    .map(|(index, draft)| {
                        draft
                            .with(
                                "exp",
                                if index == place {
                                    NOW.into()
                                } else {
                                    Value::Null
                                },
                            )
                            .sign()
                    })
                    .collect();
                call = invocation(DAVE, ALICE, &proofs)
                    .with("exp", if place == 3 { NOW.into() } else { Value::Null })
                    .sign();
            }
            let mut case = Case::new(&call, &proofs).now(now, 0);
            if verdict.is_err() {
                case = case.at(proofs.get(place).unwrap_or(&call));
            }
            family.authorize(
                format!("{name}-{slug}"),
                format!("The {name} is judged {says}."),
                &[12, 16],
                &case,
                verdict,
            );
        }
    }
}

fn leeway(family: &mut Family) {
    for place in [0, 2, 3] {
        let name = at_place(place);
        for (field, slug, now, leeway, verdict) in [
            ("exp", "60-after", NOW + 60, 60, VALID),
            ("exp", "61-after", NOW + 61, 60, EXPIRED),
            ("exp", "120-after", NOW + 120, 60, EXPIRED),
            ("nbf", "60-before", NOW - 60, 60, VALID),
            ("nbf", "61-before", NOW - 61, 60, TOO_EARLY),
        ] {
            let (call, proofs) = with(place, field, NOW);
            let mut case = Case::new(&call, &proofs).now(now, leeway);
            if verdict.is_err() {
                case = case.at(proofs.get(place).unwrap_or(&call));
            }
            let (seconds, side) = slug.split_once('-').unwrap();
            let bound = if field == "exp" { "expires" } else { "begins" };
            let says = format!(
                "The {name} is judged {seconds} seconds {side} it {bound}, with 60 seconds of leeway."
            );
            family.authorize(format!("{name}-leeway-{slug}"), says, &[16], &case, verdict);
        }
    }
    let proofs = signed(&[
        delegation(ALICE, BOB, ALICE).with("exp", NOW - 30),
        delegation(BOB, CAROL, ALICE).with("nbf", NOW + 30),
    ]);
    let call = invocation(CAROL, ALICE, &proofs).sign();
    family.authorize("leeway-both", "The root is over and the leaf has not begun, both within the leeway: no moment is left that all share.", &[16], &Case::new(&call, &proofs).now(NOW, 60), VALID);
    family.authorize(
        "no-leeway-both",
        "The same without leeway: the root is over.",
        &[16],
        &Case::new(&call, &proofs).at(&proofs[0]),
        EXPIRED,
    );
    let call = invocation(ALICE, ALICE, &[])
        .with("exp", LARGEST)
        .with("nbf", -LARGEST)
        .sign();
    for (name, says, now) in [
        (
            "leeway-largest",
            "The last moment there is, with the greatest leeway there is.",
            LARGEST,
        ),
        (
            "leeway-smallest",
            "The first moment there is, with the greatest leeway there is.",
            -LARGEST,
        ),
    ] {
        let mut case = Case::new(&call, &[]).now(now, 0);
        case.leeway = (1 << 53) - 1;
        family.authorize(name, says, &[16], &case, VALID);
    }
}

fn windows(family: &mut Family) {
    for (name, says, bounds) in [
        (
            "latest-nbf-earliest-exp",
            "The window runs from the latest beginning to the earliest end.",
            [
                (Some(NOW - 10), Some(LATER)),
                (Some(NOW - 5), Some(NOW + 7)),
                (None, Some(NOW + 9)),
            ],
        ),
        (
            "no-nbf",
            "No token says when it begins.",
            [(None, Some(LATER)), (None, Some(NOW + 7)), (None, None)],
        ),
        (
            "no-exp",
            "No token ever expires.",
            [(Some(NOW), None), (None, None), (Some(NOW - 1), None)],
        ),
        (
            "one-moment",
            "One second is left that all share.",
            [(Some(NOW), Some(LATER)), (None, Some(NOW)), (None, None)],
        ),
        (
            "open",
            "No token has bounds at all.",
            [(None, None), (None, None), (None, None)],
        ),
    ] {
        let bounded = |draft: crate::token::Draft, (nbf, exp): (Option<i64>, Option<i64>)| {
            let draft = draft.with("exp", exp.map_or(Value::Null, Value::from));
            match nbf {
                Some(nbf) => draft.with("nbf", nbf),
                None => draft,
            }
        };
        let proofs = signed(&[
            bounded(delegation(ALICE, BOB, ALICE), bounds[0]),
            bounded(delegation(BOB, CAROL, ALICE), bounds[1]),
        ]);
        let call = bounded(invocation(CAROL, ALICE, &proofs), bounds[2]).sign();
        family.authorize(
            format!("window-{name}"),
            says,
            &[16],
            &Case::new(&call, &proofs),
            VALID,
        );
    }
}

fn values(family: &mut Family) {
    let mut row =
        |kind: &str, name: String, says: String, ruling: &[u8], token: &Token, verdict: Verdict| {
            family.token(kind, name, says, ruling, token, verdict);
        };
    for (kind, draft) in [
        ("delegation", delegation(ALICE, BOB, ALICE)),
        ("invocation", invocation(ALICE, ALICE, &[])),
    ] {
        for (slug, says, nbf, exp, verdict) in [
            (
                "same-second",
                "begins and expires in the same second",
                NOW,
                NOW,
                VALID,
            ),
            (
                "backwards",
                "expires one second before it begins",
                NOW + 1,
                NOW,
                MALFORMED,
            ),
            (
                "long-backwards",
                "expires long before it begins",
                LATER,
                0,
                MALFORMED,
            ),
        ] {
            row(
                kind,
                format!("{kind}-{slug}"),
                format!("The {kind} {says}."),
                &[16],
                &draft.clone().with("nbf", nbf).with("exp", exp).sign(),
                verdict,
            );
        }
        let fields: &[&str] = if kind == "delegation" {
            &["exp", "nbf"]
        } else {
            &["exp", "nbf", "iat"]
        };
        for field in fields {
            let draft = if *field == "exp" {
                draft.clone()
            } else {
                draft.clone().with("exp", Value::Null)
            };
            for (slug, says, value, verdict) in [
                ("0", "0", 0.into(), VALID),
                ("-1", "-1", (-1).into(), VALID),
                ("largest", "2^53 - 1", LARGEST.into(), VALID),
                ("smallest", "-(2^53 - 1)", (-LARGEST).into(), VALID),
                ("too-large", "2^53", (LARGEST + 1).into(), MALFORMED),
                ("too-small", "-2^53", (-LARGEST - 1).into(), MALFORMED),
                ("i64-max", "2^63 - 1", i64::MAX.into(), MALFORMED),
                ("i64-min", "-2^63", i64::MIN.into(), MALFORMED),
                (
                    "u64-max",
                    "2^64 - 1",
                    Value::Integer(u64::MAX.into()),
                    MALFORMED,
                ),
                (
                    "-2-64",
                    "-2^64",
                    raw(&unhex("3bffffffffffffffff")),
                    MALFORMED,
                ),
                (
                    "milliseconds-float",
                    "a moment with a fraction",
                    Value::Float(1_767_225_600.5),
                    MALFORMED,
                ),
                (
                    "rfc3339",
                    "a date as text",
                    "2026-01-01T00:00:00Z".into(),
                    MALFORMED,
                ),
            ] {
                row(
                    kind,
                    format!("{kind}-{field}-{slug}"),
                    format!("`{field}` of the {kind} is {says}."),
                    &[5],
                    &draft.clone().with(field, value).sign(),
                    verdict,
                );
            }
        }
    }
}

fn issued_at(family: &mut Family) {
    for (name, says, iat) in [
        (
            "future",
            "`iat` lies a year in the future.",
            NOW + 31_536_000,
        ),
        ("past", "`iat` lies in 1970.", 0),
        ("after-exp", "`iat` lies after `exp`.", LATER + 1),
    ] {
        let call = invocation(ALICE, ALICE, &[]).with("iat", iat).sign();
        family.authorize(
            format!("iat-{name}"),
            says,
            &[16],
            &Case::new(&call, &[]),
            VALID,
        );
    }
    let call = invocation(ALICE, ALICE, &[])
        .with("iat", NOW)
        .with("exp", NOW - 1)
        .sign();
    family.authorize(
        "iat-does-not-help",
        "`iat` is now, but the invocation has expired.",
        &[16],
        &Case::new(&call, &[]).at(&call),
        EXPIRED,
    );
    let call = invocation(ALICE, ALICE, &[])
        .with("iat", NOW - 10)
        .with("nbf", NOW + 1)
        .sign();
    family.authorize(
        "iat-does-not-begin",
        "`iat` is past, but the invocation has not begun.",
        &[16],
        &Case::new(&call, &[]).at(&call),
        TOO_EARLY,
    );
    for (name, exp) in [("zero", 0), ("negative", -1)] {
        let call = invocation(ALICE, ALICE, &[]).with("exp", exp).sign();
        family.authorize(
            format!("exp-{name}"),
            format!("`exp` is {exp}, which is a moment and not the same as never."),
            &[5, 16],
            &Case::new(&call, &[]).at(&call),
            EXPIRED,
        );
    }
}
