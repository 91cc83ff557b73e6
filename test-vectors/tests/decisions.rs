//! Keeps `spec/DECISIONS.md` honest: what it says pins or holds a ruling is there, and does.
#![expect(
    clippy::unwrap_used,
    reason = "a claim that does not hold fails its test"
)]

use std::time::Duration;

use delegant::{
    Algorithm, Command, DecodeError, Delegation, DidKeys, Evidence, Invocation, Ipld, Limits,
    Nonce, Parsed, Policy, Receipt, Revocation, Revocations, SecretKey, Signer, Timestamp,
    Verified, authorize, policy,
};

use claims::{is_test, rows};

mod claims;

const DECISIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/DECISIONS.md");

/// One ruling or further reading: what stands under a heading.
struct Section {
    /// `1` to `27`, or a letter.
    mark: String,
    pinned_by: Vec<String>,
    /// A file from the root of the project, and a test in it.
    held_by: Vec<(String, String)>,
}

fn sections() -> Vec<Section> {
    let text = std::fs::read_to_string(DECISIONS).unwrap();
    let mut sections = Vec::new();
    // What stands before a heading of another level is no ruling's.
    for chapter in text.split("\n## ") {
        for section in chapter.split("\n### ").skip(1) {
            let (heading, content) = section.split_once('\n').unwrap();
            let (mark, _) = heading.split_once(". ").unwrap();
            let held_by = names(content, "\n- Held by: ");
            sections.push(Section {
                mark: mark.to_owned(),
                pinned_by: names(content, "\n- Pinned by: "),
                held_by: held_by
                    .chunks_exact(2)
                    .map(|pair| match pair {
                        [file, test] => (file.clone(), test.clone()),
                        _ => (String::new(), String::new()),
                    })
                    .collect(),
            });
        }
    }
    sections
}

/// What stands in backticks in the item of the list that begins so.
fn names(content: &str, item: &str) -> Vec<String> {
    let Some((_, behind)) = content.split_once(item) else {
        return Vec::new();
    };
    let item = behind.split("\n- ").next().unwrap_or_default();
    let item = item.split("\n\n").next().unwrap_or_default();
    let quoted = item.split('`').skip(1).step_by(2);
    quoted.map(str::to_owned).collect()
}

#[test]
fn every_row_that_is_named_exists() {
    let rows = rows();
    let mut missing = Vec::new();
    for section in sections() {
        for name in section.pinned_by {
            if !rows.contains_key(&name) {
                missing.push(format!("{}: {name}", section.mark));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_ruling_has_a_section_and_rows_that_pin_it() {
    let (rows, sections) = (rows(), sections());
    let rulings: Vec<u64> = sections
        .iter()
        .filter_map(|section| section.mark.parse().ok())
        .collect();
    assert_eq!(rulings, (1..=27).collect::<Vec<u64>>());
    for section in &sections {
        assert!(!section.pinned_by.is_empty(), "{}", section.mark);
        let Ok(ruling) = section.mark.parse() else {
            continue;
        };
        let pins = |name: &String| rows.get(name).is_some_and(|pins| pins.contains(&ruling));
        assert!(
            section.pinned_by.iter().any(pins),
            "no row under {ruling} says that it pins it"
        );
    }
}

#[test]
fn the_further_readings_have_letters_in_order() {
    let letters: String = sections()
        .iter()
        .filter(|section| section.mark.parse::<u64>().is_err())
        .map(|section| section.mark.as_str())
        .collect();
    assert!(letters.len() >= 12, "{letters}");
    assert!(
        "abcdefghijklmnopqrstuvwxyz".starts_with(&letters),
        "{letters}"
    );
}

#[test]
fn every_test_that_is_named_exists() {
    let mut count = 0;
    for section in sections() {
        for (file, test) in section.held_by {
            assert!(is_test(&file, &test), "{}: {file} {test}", section.mark);
            count += 1;
        }
    }
    assert!(count > 0);
}

const NOW: i64 = 1_767_225_600;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds).unwrap()
}

fn key(byte: u8) -> SecretKey {
    SecretKey::from_bytes(Algorithm::Ed25519, &[byte; 32]).unwrap()
}

fn command(text: &str) -> Command {
    text.parse().unwrap()
}

/// Alice's delegation to Bob of `/read`.
fn given(alice: &SecretKey, bob: &SecretKey, policy: Policy) -> Verified<Delegation> {
    Delegation::builder(bob.did(), alice.did(), command("/read"))
        .policy(policy)
        .never_expires()
        .sign(alice, Nonce::empty())
        .unwrap()
}

/// The name of the refusal, if it is refused.
fn decide(
    call: Verified<Invocation>,
    given: &Verified<Delegation>,
    alice: &SecretKey,
    revocations: &Revocations,
) -> Option<&'static str> {
    let evidence = Evidence {
        now: at(NOW),
        leeway: Duration::ZERO,
        executor: &alice.did(),
        keys: &DidKeys,
        proofs: &[given.to_parsed()],
        revocations,
        limits: &Limits::DEFAULT,
    };
    authorize(call, evidence)
        .err()
        .map(|denial| denial.reason.code())
}

#[test]
fn a_revocation_counts_whatever_its_time_audience_and_nonce() {
    let (alice, bob) = (key(1), key(2));
    let given = given(&alice, &bob, Policy::default());
    let begin = || {
        Invocation::builder(alice.did(), command("/ucan/revoke"))
            .argument("revoke", Ipld::from(given.cid()))
    };
    for unusual in [
        begin().expiration(at(NOW - 1)),
        begin().not_before(at(NOW + 1)).never_expires(),
        begin().audience(bob.did()).never_expires(),
    ] {
        let nonce = Nonce::from_bytes(&[7; 16]).unwrap();
        let bytes = unusual.sign(&alice, nonce).unwrap().bytes().to_vec();
        let revocation = Parsed::<Revocation>::decode(&bytes).unwrap();
        let revocation = revocation.verify(&DidKeys).unwrap();
        let mut revocations = Revocations::none();
        let call = || {
            Invocation::builder(alice.did(), command("/read"))
                .proofs([given.cid()])
                .never_expires()
                .sign(&bob, Nonce::empty())
                .unwrap()
        };
        assert_eq!(decide(call(), &given, &alice, &revocations), None);
        revocations
            .add(&revocation, &[], &DidKeys, at(NOW))
            .unwrap();
        assert_eq!(
            decide(call(), &given, &alice, &revocations),
            Some("Revoked")
        );
    }
}

#[test]
fn a_receipt_has_no_proofs() {
    let (alice, bob) = (key(1), key(2));
    let given = given(&alice, &bob, Policy::default());
    let out = Ipld::Map([("ok".to_owned(), Ipld::Null)].into());
    let receipt = || {
        Invocation::builder(alice.did(), command("/ucan/assert/receipt"))
            .argument("ran", Ipld::from(given.cid()))
            .argument("out", out.clone())
            .never_expires()
    };
    let read = |token: Verified<Invocation>| Parsed::<Receipt>::decode(token.bytes());
    assert!(read(receipt().sign(&alice, Nonce::empty()).unwrap()).is_ok());
    let proven = receipt().proofs([given.cid()]);
    assert!(matches!(
        read(proven.sign(&alice, Nonce::empty()).unwrap()),
        Err(DecodeError::WrongShape { .. })
    ));
}

#[test]
fn a_promise_is_named_after_a_command_and_before_a_policy() {
    let (alice, bob) = (key(1), key(2));
    let never = Policy::new([policy::equal(".patient", "p-17")]).unwrap();
    let given = given(&alice, &bob, never);
    let promise = Ipld::Map([("await/ok".to_owned(), Ipld::from(given.cid()))].into());
    for (asked, refusal) in [
        ("/write", "CommandNotCovered"),
        ("/read", "UnresolvedPromise"),
    ] {
        let call = Invocation::builder(alice.did(), command(asked))
            .argument("patient", promise.clone())
            .proofs([given.cid()])
            .never_expires()
            .sign(&bob, Nonce::empty())
            .unwrap();
        let found = decide(call, &given, &alice, &Revocations::none());
        assert_eq!(found, Some(refusal), "{asked}");
    }
}
