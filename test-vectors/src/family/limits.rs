//! Limits: what is read at the limit, and refused one beyond it.

use crate::cbor::{Value, map};
use crate::principal::{ALICE, ALL, BOB, Principal};
use crate::row::{Case, Family, LIMIT_EXCEEDED, VALID, Verdict};
use crate::token::{Draft, Token, delegation, invocation};

use super::chain::{drafts, signed};
use super::container::{cbor, row as container, wrap};

pub(super) fn rows() -> Family {
    let mut family = Family::new("limits");
    trees(&mut family);
    chains(&mut family);
    policies(&mut family);
    fuel(&mut family);
    containers(&mut family);
    family
}

/// A token of exactly this many bytes, most of them one argument of zeros.
fn sized(length: usize, nonce: u8) -> Token {
    let of = |filling: usize| {
        invocation(ALICE, ALICE, &[])
            .with("args", map([("x", Value::Bytes(vec![0; filling]))]))
            .with("nonce", Value::Bytes(vec![nonce; 16]))
            .sign()
    };
    let around = of(60_000).bytes.len() - 60_000;
    let more = if length - around > 65_535 { 2 } else { 0 };
    let token = of(length - around - more);
    assert_eq!(token.bytes.len(), length);
    token
}

fn both(
    family: &mut Family,
    kind: &str,
    name: &str,
    ruling: &[u8],
    within: (&str, Token),
    beyond: (&str, Token),
) {
    family.token(
        kind,
        format!("{name}-within"),
        within.0,
        ruling,
        &within.1,
        VALID,
    );
    family.token(
        kind,
        format!("{name}-beyond"),
        beyond.0,
        ruling,
        &beyond.1,
        LIMIT_EXCEEDED,
    );
}

fn trees(family: &mut Family) {
    let nested =
        |levels: usize| (0..levels).fold(Value::from(1), |inside, _| Value::List(vec![inside]));
    // Envelope, what is signed, payload and arguments are four levels already.
    let call = |levels: usize| {
        invocation(ALICE, ALICE, &[])
            .with("args", map([("x", nested(levels - 4))]))
            .sign()
    };
    both(
        family,
        "invocation",
        "depth",
        &[4, 17],
        ("A value inside 64 lists and maps.", call(64)),
        ("A value inside 65 lists and maps.", call(65)),
    );
    let token = call(66);
    family.invocation(
        "depth-more",
        "A value inside 66 lists and maps.",
        &[4, 17],
        &token,
        LIMIT_EXCEEDED,
    );
    let token = call(5_000);
    family.invocation(
        "depth-5000",
        "A value inside 5,000 lists and maps.",
        &[4, 17],
        &token,
        LIMIT_EXCEEDED,
    );
    let maps = (0..61).fold(Value::from(1), |inside, _| map([("a", inside)]));
    let token = invocation(ALICE, ALICE, &[])
        .with("args", map([("x", maps)]))
        .sign();
    family.invocation(
        "depth-maps",
        "A value inside 65 maps and one list.",
        &[4, 17],
        &token,
        LIMIT_EXCEEDED,
    );
    let in_meta = delegation(ALICE, BOB, ALICE)
        .with("meta", map([("x", nested(61))]))
        .sign();
    family.delegation(
        "depth-meta",
        "A value in `meta` inside 65 lists and maps.",
        &[4, 17],
        &in_meta,
        LIMIT_EXCEEDED,
    );
    let list = |length: usize| {
        invocation(ALICE, ALICE, &[])
            .with("args", map([("x", Value::List(vec![Value::Null; length]))]))
            .sign()
    };
    let call = list(16_000);
    family.authorize(
        "nodes-within",
        "A list of 16,000 nulls.",
        &[4, 17],
        &Case::new(&call, &[]),
        VALID,
    );
    family.invocation(
        "nodes-beyond",
        "A list of 16,400 nulls.",
        &[4, 17],
        &list(16_400),
        LIMIT_EXCEEDED,
    );
    let lists = invocation(ALICE, ALICE, &[])
        .with(
            "args",
            map([("x", Value::List(vec![Value::List(Vec::new()); 16_400]))]),
        )
        .sign();
    family.invocation(
        "nodes-lists-beyond",
        "A list of 16,400 empty lists.",
        &[4, 17],
        &lists,
        LIMIT_EXCEEDED,
    );

    let meta = |length: usize| {
        // A map of one entry `x`: a head, two bytes of key, three of the text's head.
        let text = "a".repeat(length - 6);
        let meta = map([("x", text.into())]);
        assert_eq!(meta.encode().len(), length);
        meta
    };
    let with_meta = |draft: Draft, length| draft.with("meta", meta(length)).sign();
    let dlg = || delegation(ALICE, BOB, ALICE);
    both(
        family,
        "delegation",
        "meta-delegation",
        &[17],
        ("`meta` of 8,192 bytes.", with_meta(dlg(), 8_192)),
        ("`meta` of 8,193 bytes.", with_meta(dlg(), 8_193)),
    );
    let token = with_meta(invocation(ALICE, ALICE, &[]), 8_193);
    family.invocation(
        "meta-invocation-beyond",
        "An invocation's `meta` of 8,193 bytes.",
        &[17],
        &token,
        LIMIT_EXCEEDED,
    );
}

fn chains(family: &mut Family) {
    let path =
        |links: usize| -> Vec<Principal> { ALL.into_iter().cycle().take(links + 1).collect() };
    for (links, name, verdict) in [
        (32, "chain-within", VALID),
        (33, "chain-beyond", LIMIT_EXCEEDED),
    ] {
        let path = path(links);
        // The circle passes some pairs again: a nonce each keeps the tokens apart.
        let drafts: Vec<_> = drafts(&path)
            .into_iter()
            .zip(0_u8..)
            .map(|(draft, nonce)| draft.with("nonce", Value::Bytes(vec![nonce; 8])))
            .collect();
        let proofs = signed(&drafts);
        let call = invocation(path[links], ALICE, &proofs).sign();
        family.authorize(
            name,
            format!("A chain of {links} delegations."),
            &[10, 17],
            &Case::new(&call, &proofs),
            verdict,
        );
    }
}

fn policies(family: &mut Family) {
    let with = |policy: Value| delegation(ALICE, BOB, ALICE).with("pol", policy).sign();
    let statement = || Value::parse(r#"["==",".a",1]"#);
    let flat = |count: usize| Value::List(vec![statement(); count]);
    both(
        family,
        "delegation",
        "statements",
        &[17],
        ("A policy of 256 statements.", with(flat(256))),
        ("A policy of 257 statements.", with(flat(257))),
    );
    let nested = |count: usize| Value::List(vec![Value::List(vec!["and".into(), flat(count - 1)])]);
    both(
        family,
        "delegation",
        "statements-nested",
        &[17],
        (
            "A policy of 256 statements, of which one holds the others.",
            with(nested(256)),
        ),
        (
            "A policy of 257 statements, of which one holds the others.",
            with(nested(257)),
        ),
    );
    let not = |depth: usize| {
        let inside = (1..depth).fold(statement(), |inside, _| {
            Value::List(vec!["not".into(), inside])
        });
        Value::List(vec![inside])
    };
    both(
        family,
        "delegation",
        "policy-depth",
        &[17],
        ("A statement inside 31 others.", with(not(32))),
        ("A statement inside 32 others.", with(not(33))),
    );
    let all = |depth: usize| {
        let inside = (1..depth).fold(statement(), |inside, _| {
            Value::List(vec!["all".into(), ".".into(), inside])
        });
        Value::List(vec![inside])
    };
    both(
        family,
        "delegation",
        "quantifier-depth",
        &[17],
        ("31 quantifiers inside each other.", with(all(32))),
        ("32 quantifiers inside each other.", with(all(33))),
    );
    let like = |selector: &str, pattern: &str| {
        with(Value::List(vec![Value::List(vec![
            "like".into(),
            selector.into(),
            pattern.into(),
        ])]))
    };
    let name = |length: usize| format!(".{}", "a".repeat(length - 1));
    both(
        family,
        "delegation",
        "selector-bytes",
        &[17, 21],
        ("A selector of 256 bytes.", like(&name(256), "*")),
        ("A selector of 257 bytes.", like(&name(257), "*")),
    );
    both(
        family,
        "delegation",
        "selector-steps",
        &[17, 21],
        ("A selector of 32 steps.", like(&".a".repeat(32), "*")),
        ("A selector of 33 steps.", like(&".a".repeat(33), "*")),
    );
    both(
        family,
        "delegation",
        "pattern-bytes",
        &[17, 22],
        ("A pattern of 1,024 bytes.", like(".a", &"a".repeat(1_024))),
        ("A pattern of 1,025 bytes.", like(".a", &"a".repeat(1_025))),
    );
    both(
        family,
        "delegation",
        "pattern-stars",
        &[17, 22],
        ("A pattern of 32 stars.", like(".a", &"a*".repeat(32))),
        ("A pattern of 33 stars.", like(".a", &"a*".repeat(33))),
    );
}

fn fuel(family: &mut Family) {
    let judge = |statements: usize, elements: usize| {
        let each = Value::parse(r#"["all",".x",["<",".",5]]"#);
        let proof = delegation(ALICE, BOB, ALICE)
            .with("pol", Value::List(vec![each; statements]))
            .sign();
        let call = invocation(BOB, ALICE, std::slice::from_ref(&proof))
            .with("args", map([("x", Value::List(vec![1.into(); elements]))]))
            .sign();
        Case::new(&call, &[proof])
    };
    let mut row = |name: &str, says: &str, case: &Case, verdict: Verdict| {
        family.authorize(name, says, &[17], case, verdict)
    };
    row(
        "fuel-within",
        "A policy that takes some thousand steps.",
        &judge(20, 100),
        VALID,
    );
    row(
        "fuel-beyond",
        "A policy that looks at 1,000 elements 200 times, and would be true.",
        &judge(200, 1_000),
        LIMIT_EXCEEDED,
    );
    // Two links that each look at half of it: the fuel is for the whole chain.
    let each = Value::parse(r#"["all",".x",["<",".",5]]"#);
    let half: Vec<_> = drafts(&[ALICE, BOB, ALL[2]])
        .into_iter()
        .map(|draft| draft.with("pol", Value::List(vec![each.clone(); 120])))
        .collect();
    let proofs = signed(&half);
    let call = invocation(ALL[2], ALICE, &proofs)
        .with("args", map([("x", Value::List(vec![1.into(); 1_000]))]))
        .sign();
    row(
        "fuel-chain",
        "Two policies that each look at 1,000 elements 120 times.",
        &Case::new(&call, &proofs),
        LIMIT_EXCEEDED,
    );
    let nested = Value::parse(r#"[["not",["any",".x",["any",".",["any",".",["==",".",2]]]]]]"#);
    let cube = Value::List(vec![
        Value::List(vec![Value::List(vec![1.into(); 12]); 12]);
        12
    ]);
    let proof = delegation(ALICE, BOB, ALICE).with("pol", nested).sign();
    let call = invocation(BOB, ALICE, std::slice::from_ref(&proof))
        .with("args", map([("x", cube)]))
        .sign();
    row(
        "fuel-nested-within",
        "Three quantifiers inside each other look at 1,728 elements.",
        &Case::new(&call, &[proof]),
        VALID,
    );
}

fn containers(family: &mut Family) {
    let many = |count: u8| -> Vec<Token> {
        let mut tokens: Vec<_> = (0..count)
            .map(|nonce| {
                delegation(ALICE, BOB, ALICE)
                    .with("nonce", Value::Bytes(vec![nonce; 4]))
                    .sign()
            })
            .collect();
        tokens.sort_by(|one, other| one.bytes.cmp(&other.bytes));
        tokens
    };
    container(
        family,
        "tokens-within",
        "A container of 64 tokens.",
        &[9, 17],
        &wrap(b'@', &cbor(&many(64))),
        &many(64),
        VALID,
    );
    container(
        family,
        "tokens-beyond",
        "A container of 65 tokens.",
        &[9, 17],
        &wrap(b'@', &cbor(&many(65))),
        &[],
        LIMIT_EXCEEDED,
    );
    // Four tokens of the greatest size leave no room for the map around them: five share it.
    let five = |last: usize| -> Vec<Token> {
        let mut tokens: Vec<_> = (1..5).map(|nonce| sized(64_000, nonce)).collect();
        tokens.push(sized(last, 5));
        tokens.sort_by(|one, other| one.bytes.cmp(&other.bytes));
        tokens
    };
    let last = (256 << 10) - cbor(&five(6_000)).len() + 6_000;
    let (within, beyond) = (five(last), five(last + 1));
    assert_eq!(cbor(&within).len(), 256 << 10);
    container(
        family,
        "container-bytes-within",
        "A container of 262,144 bytes, compressed.",
        &[9, 17],
        &wrap(b'M', &cbor(&within)),
        &within,
        VALID,
    );
    container(
        family,
        "container-bytes-beyond",
        "A container of 262,145 bytes, compressed.",
        &[9, 17],
        &wrap(b'M', &cbor(&beyond)),
        &[],
        LIMIT_EXCEEDED,
    );
    let one = [sized(65_536, 0)];
    container(
        family,
        "token-within",
        "A token of 65,536 bytes, in a container and compressed.",
        &[17],
        &wrap(b'M', &cbor(&one)),
        &one,
        VALID,
    );
    let one = [sized(65_537, 0)];
    container(
        family,
        "token-beyond",
        "A token of 65,537 bytes, in a container and compressed.",
        &[9, 17],
        &wrap(b'M', &cbor(&one)),
        &[],
        LIMIT_EXCEEDED,
    );
}
