//! What a review refuses, warns of, and calls narrower.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::collections::{BTreeMap, HashMap};

use delegant::{
    Algorithm, Delegation, DelegationBuilder, Fuel, Ipld, Limits, Nonce, Policy, SecretKey, Signer,
    Subject, Timestamp, Truth, Verified,
};
use delegant_agent::review::{ReviewError, Warning, review};

const NOW: i64 = 1_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds).unwrap()
}

fn key(seed: u8) -> SecretKey {
    SecretKey::from_bytes(Algorithm::Ed25519, &[seed; 32]).unwrap()
}

/// From the principal with this number to the next, on the subject 1, for a day.
fn hop(from: u8, command: &str, policy: &str) -> DelegationBuilder {
    Delegation::builder(key(from + 1).did(), key(1).did(), command.parse().unwrap())
        .policy(policy.parse().unwrap())
        .expiration(at(NOW + 86_400))
}

fn sign(builder: DelegationBuilder, by: u8) -> Verified<Delegation> {
    builder
        .sign(&key(by), Nonce::from_bytes(&[by]).unwrap())
        .unwrap()
}

fn refusal(draft: &Delegation, above: &[Verified<Delegation>]) -> &'static str {
    review(draft, above, at(NOW)).unwrap_err().code()
}

fn warnings(draft: &Delegation, above: &[Verified<Delegation>]) -> Vec<&'static str> {
    let review = review(draft, above, at(NOW)).unwrap();
    review.warnings.iter().map(Warning::code).collect()
}

const ONE: &str = r#"[["==",".a",1]]"#;

#[test]
fn a_narrower_hop_passes_without_a_warning_and_says_what_it_narrows() {
    let root = sign(hop(1, "/read", ONE), 1);
    let draft = hop(2, "/read/labs", r#"[["==",".a",1],["like",".b","x*"]]"#)
        .not_before(at(NOW + 1))
        .expiration(at(NOW + 60));
    let review = review(&sign(draft, 2), &[root], at(NOW)).unwrap();
    assert_eq!(review.warnings, []);
    let narrows: Vec<String> = review.narrows.iter().map(ToString::to_string).collect();
    assert_eq!(
        narrows,
        [
            "`/read` down to `/read/labs`",
            r#"only where ["like",".b","x*"]"#,
            "not before 1970-01-12T13:46:41Z",
            "until 1970-01-12T13:47:40Z, not 1970-01-13T13:46:40Z",
        ]
    );
}

#[test]
fn passing_everything_on_narrows_nothing() {
    let root = sign(hop(1, "/read", ONE), 1);
    let review = review(&sign(hop(2, "/read", ONE), 2), &[root], at(NOW)).unwrap();
    assert_eq!(review.narrows, []);
}

#[test]
fn refuses_what_could_never_be_used() {
    let root = sign(hop(1, "/read", ONE), 1);
    let draft = |builder| sign(builder, 2);
    for (builder, code) in [
        (hop(2, "/write", ONE), "Widens"),
        (hop(2, "/", ONE), "Widens"),
        (hop(2, "/read", ONE).expiration(at(NOW - 1)), "Expired"),
        (hop(2, "/read", r#"[["or",[]]]"#), "EmptyOr"),
        (
            hop(2, "/read", r#"[["and",[["not",["all",".x",["or",[]]]]]]]"#),
            "EmptyOr",
        ),
        (
            hop(2, "/read", ONE)
                .not_before(at(NOW + 86_401))
                .never_expires(),
            "NeverTogether",
        ),
        (
            Delegation::builder(key(3).did(), key(9).did(), "/read".parse().unwrap())
                .expiration(at(NOW)),
            "WrongSubject",
        ),
    ] {
        assert_eq!(refusal(&draft(builder), std::slice::from_ref(&root)), code);
    }
    let by_a_stranger = sign(hop(2, "/read", ONE), 7);
    assert_eq!(
        refusal(&by_a_stranger, std::slice::from_ref(&root)),
        "WrongIssuer"
    );
    let over = sign(hop(1, "/read", ONE).expiration(at(NOW - 1)), 1);
    assert_eq!(
        refusal(&draft(hop(2, "/read", ONE)), &[over]),
        "ProofExpired"
    );
    let powerline = Delegation::builder(key(2).did(), Subject::Any, "/read".parse().unwrap())
        .expiration(at(NOW + 1));
    let powerline = sign(powerline, 1);
    assert_eq!(
        refusal(&draft(hop(2, "/read", ONE)), &[powerline]),
        "PowerlineAtRoot"
    );
}

#[test]
fn the_end_itself_still_counts() {
    let root = sign(hop(1, "/read", ONE).expiration(at(NOW)), 1);
    let draft = sign(hop(2, "/read", ONE).expiration(at(NOW)), 2);
    assert!(review(&draft, &[root], at(NOW)).is_ok());
}

#[test]
fn an_empty_or_is_found_where_it_stands() {
    let draft = sign(
        hop(1, "/read", r#"[["==",".a",1],["any",".x",["or",[]]]]"#),
        1,
    );
    let error = review(&draft, &[], at(NOW)).unwrap_err();
    let place = "[1][2]".to_owned();
    assert_eq!(error, ReviewError::EmptyOr { place });
}

#[test]
fn warns_of_what_is_broad() {
    let root = Delegation::builder(key(2).did(), Subject::Any, "/".parse().unwrap());
    let root = sign(root.never_expires(), 1);
    assert_eq!(
        warnings(&root, &[]),
        ["AllCommands", "EmptyPolicy", "NeverExpires", "Powerline"]
    );
}

#[test]
fn warns_of_what_is_idle() {
    let root = sign(hop(1, "/read", ONE), 1);
    let above = std::slice::from_ref(&root);
    let longer = sign(hop(2, "/read", ONE).expiration(at(NOW + 86_401)), 2);
    assert_eq!(warnings(&longer, above), ["Outlives"]);
    let never = sign(hop(2, "/read", ONE).never_expires(), 2);
    assert_eq!(warnings(&never, above), ["NeverExpires", "Outlives"]);
    let contrary = sign(hop(2, "/read", r#"[["==",".a",2]]"#), 2);
    assert_eq!(warnings(&contrary, above), ["Contradiction"]);
    let unproven = sign(hop(2, "/read", ONE), 2);
    assert_eq!(warnings(&unproven, &[]), ["Unproven"]);
    let to_itself = sign(hop(1, "/read", ONE), 2);
    assert_eq!(warnings(&to_itself, above), ["ToItself"]);
}

fn contradict(one: &str, other: &str) -> bool {
    let draft = sign(hop(1, "/read", &format!("[{one},{other}]")), 1);
    warnings(&draft, &[]).contains(&"Contradiction")
}

#[test]
fn finds_the_contradictions_that_people_write() {
    for (one, other) in [
        (r#"["==",".a",1]"#, r#"["==",".a",2]"#),
        (r#"["==",".a","p-17"]"#, r#"["like",".a","q*"]"#),
        (r#"["==",".a",5]"#, r#"["<",".a",5]"#),
        (r#"["==",".a?",null]"#, r#"["like",".a?","*"]"#),
        (r#"["<",".a",5]"#, r#"[">",".a",7]"#),
        (r#"["<",".a",5]"#, r#"[">=",".a",5]"#),
        (r#"["<=",".a",5]"#, r#"[">",".a",5.0]"#),
        (r#"["like",".a","p-*"]"#, r#"["like",".a","q-*"]"#),
        (r#"["like",".a","p-*"]"#, r#"["<",".a",1]"#),
        (r#"["==",".a",1]"#, r#"["not",["==",".a",1]]"#),
        (r#"["<",".a",1]"#, r#"["not",["<",".a",1]]"#),
        (r#"["==",".a",[1,2]]"#, r#"["all",".a",["<",".",2]]"#),
        (r#"["and",[["==",".a",1]]]"#, r#"["or",[["==",".a",2]]]"#),
    ] {
        assert!(contradict(one, other), "{one} {other}");
        assert!(contradict(other, one), "{other} {one}");
    }
}

const CONSTANTS: [&str; 18] = [
    "null",
    "true",
    "0",
    "1",
    "1.0",
    "1.5",
    "2",
    r#""""#,
    r#""a""#,
    r#""ab""#,
    r#""b""#,
    r#""a*""#,
    "[]",
    "[1]",
    "[1,2]",
    r#"["a"]"#,
    "{}",
    r#"{"x":1}"#,
];

fn statements_about(selector: &str) -> Vec<String> {
    let mut statements = Vec::new();
    for constant in CONSTANTS {
        statements.push(format!(r#"["==","{selector}",{constant}]"#));
        statements.push(format!(r#"["!=","{selector}",{constant}]"#));
    }
    for bound in ["0", "1", "1.0", "1.5", "2"] {
        for operator in ["<", "<=", ">", ">="] {
            statements.push(format!(r#"["{operator}","{selector}",{bound}]"#));
        }
    }
    for pattern in ["*", "a", "a*", "*b", "ab*", "b*", r"a\\*", r"a\\**", ""] {
        statements.push(format!(r#"["like","{selector}","{pattern}"]"#));
    }
    for quantifier in ["all", "any"] {
        statements.push(format!(r#"["{quantifier}","{selector}",["<",".",2]]"#));
        statements.push(format!(r#"["{quantifier}","{selector}",["==",".","a"]]"#));
    }
    let negated: Vec<_> = statements
        .iter()
        .map(|statement| format!(r#"["not",{statement}]"#))
        .collect();
    statements.extend(negated);
    statements
}

/// Every pair of these statements against every one of these values: what is called a
/// contradiction is never true of any of them.
#[test]
fn never_claims_a_contradiction_that_is_none() {
    let values = CONSTANTS.map(|constant| delegant::from_dag_json(constant).unwrap());
    let mut all_arguments = vec![BTreeMap::new()];
    all_arguments.extend(values.map(|value| BTreeMap::from([("v".to_owned(), value)])));

    let mut claimed = 0;
    for selector in [".v", ".v?", ".v[]", ".v.x?"] {
        let statements = statements_about(selector);
        let truths: HashMap<String, Vec<bool>> = statements
            .iter()
            .map(|statement| {
                let policy: Policy = format!("[{statement}]").parse().unwrap();
                let holds = |arguments: &BTreeMap<String, Ipld>| {
                    policy.evaluate(arguments, &mut Fuel::new(&Limits::DEFAULT)) == Ok(Truth::True)
                };
                let truths = all_arguments.iter().map(holds).collect();
                (policy.statements()[0].to_string(), truths)
            })
            .collect();
        // A policy has 256 statements at most, nested ones included.
        for (first, chunk) in statements.chunks(40).enumerate() {
            for other in statements.chunks(40).skip(first) {
                let both: Vec<&str> = chunk.iter().chain(other).map(String::as_str).collect();
                let draft = sign(hop(1, "/read", &format!("[{}]", both.join(","))), 1);
                for warning in review(&draft, &[], at(NOW)).unwrap().warnings {
                    let Warning::Contradiction { here, there, .. } = warning else {
                        continue;
                    };
                    claimed += 1;
                    let (one, two) = (&truths[&here.to_string()], &truths[&there.to_string()]);
                    for (arguments, both) in all_arguments.iter().zip(one.iter().zip(two)) {
                        assert_ne!(both, (&true, &true), "{here} and {there}: {arguments:?}");
                    }
                }
            }
        }
    }
    assert!(claimed > 5_000, "{claimed}");
}
