//! How things show themselves, to people and in logs.

use std::cell::Cell;
use std::time::Duration;

use delegant::{
    Algorithm, Cid, Command, Delegation, Did, DidKeys, Evidence, Glob, Invocation, Ipld, Keys,
    Kind, KnownKeys, Limit, LimitExceeded, Limits, Nonce, Parsed, Policy, ProofCache, PublicKey,
    Revocations, SecretKey, Selector, SigPayload, SignError, Signer, Subject, Truth, VerifyingKey,
    authorize, from_dag_json, policy,
};

use super::{key, moment};

#[test]
fn nouns_show_their_text() {
    let command: Command = "/read".parse().unwrap();
    assert_eq!(format!("{command} {command:?}"), r#"/read "/read""#);
    let selector: Selector = r#".["a"]"#.parse().unwrap();
    assert_eq!(format!("{selector} {selector:?}"), r#".[\"a\"] ".[\"a\"]""#);
    let glob: Glob = "*.pdf".parse().unwrap();
    assert_eq!(format!("{glob:?} {}", glob.as_str()), r#""*.pdf" *.pdf"#);
    let did: Did = "did:web:example.com".parse().unwrap();
    assert_eq!(
        format!("{did} {did:?}"),
        "did:web:example.com did:web:example.com"
    );
    assert_eq!(Subject::Did(did).to_string(), "did:web:example.com");
    assert_eq!(Subject::Any.to_string(), "any subject");
    let cid = Cid::of(b"");
    assert_eq!(format!("{cid:?}"), cid.to_string());
    assert_eq!(format!("{:?}", moment(0)), "1970-01-01T00:00:00Z");
    assert_eq!(
        format!("{:?}", Nonce::from_bytes(&[0, 255]).unwrap()),
        "00ff"
    );
    assert_eq!(Kind::Delegation.to_string(), "a delegation");
    assert_eq!(Kind::Invocation.to_string(), "an invocation");
    let truths = [Truth::True, Truth::False, Truth::Undefined];
    assert_eq!(
        truths.map(|truth| truth.to_string()),
        ["true", "false", "undefined"]
    );
    let names = Algorithm::ALL.map(|algorithm| algorithm.to_string());
    assert_eq!(names, ["Ed25519", "P-256", "secp256k1"]);
}

#[test]
fn keys_show_what_is_public_of_them() {
    let secret = SecretKey::from_bytes(Algorithm::P256, &[1; 32]).unwrap();
    let public = secret.public_key();
    let hexadecimal: String = public
        .as_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(format!("{public:?}"), format!("P-256 {hexadecimal}"));
    assert_eq!(
        format!("{secret:?}"),
        format!("SecretKey(P-256 {hexadecimal})")
    );
}

#[test]
fn tokens_and_caches_show_no_more_than_names_and_numbers() {
    let given = Delegation::builder(key(2).did(), Subject::Any, Command::all())
        .never_expires()
        .sign(&key(1), Nonce::empty())
        .unwrap();
    let cid = given.cid();
    assert_eq!(format!("{given:?}"), format!("Verified({cid})"));
    assert_eq!(format!("{:?}", given.to_parsed()), format!("Parsed({cid})"));
    let cache = ProofCache::with_capacity(1 << 20, Limits::DEFAULT);
    cache.insert(&given);
    assert_eq!(format!("{cache:?}"), "ProofCache(1 delegations)");
    assert_eq!(format!("{:?}", KnownKeys::with_capacity(1)), "KnownKeys(0)");
}

#[test]
fn a_policy_shows_itself_in_the_form_in_which_it_is_read() {
    let text = r#"[["==",".a",1],["not",["like",".b","c*"]]]"#;
    let read: Policy = text.parse().unwrap();
    assert_eq!(format!("{read} {read:?}"), format!("{text} {text}"));
    let statement = &read.statements()[1];
    let shown = r#"["not",["like",".b","c*"]]"#;
    assert_eq!(
        format!("{statement} {statement:?}"),
        format!("{shown} {shown}")
    );
}

#[test]
fn an_explanation_shows_the_statement_and_its_truth_but_no_value_in_a_log() {
    let read = Policy::new([policy::and([policy::equal(".a", 2)])]).unwrap();
    let arguments = [("a".to_owned(), 1.into())].into();
    let explanation = read.explain(&arguments).unwrap();
    assert_eq!(
        format!("{explanation:?}"),
        "Explanation([0][1][0] is false)"
    );
    let shown = r#"statement [0][1][0] ["==",".a",2] is false: `.a` found 1"#;
    assert_eq!(explanation.to_string(), shown);
    assert_eq!(explanation.found(), Some(&1.into()));
    assert_eq!(explanation.truth(), Truth::False);
    assert!(explanation.elements().is_empty());
    let missed = read.explain(&[].into()).unwrap().to_string();
    assert!(
        missed.contains("is undefined: `.a` found nothing"),
        "{missed}"
    );
}

#[test]
fn what_is_wrong_with_a_policy_is_said_with_its_place() {
    let wrong = |text: &str| text.parse::<Policy>().unwrap_err().to_string();
    let error = wrong(r#"[["and",[["==",".a",1],["~",".a",1]]]]"#);
    assert!(error.starts_with("at [0][1][1]: "), "{error}");
    assert!(!wrong("7").starts_with("at "));
}

#[test]
fn a_limit_says_of_what_there_is_too_much() {
    let limit = Limit::Fuel;
    let exceeded = LimitExceeded { limit, maximum: 3 };
    assert_eq!(
        exceeded.to_string(),
        "more than 3 steps of policy evaluation"
    );
}

#[test]
fn a_chain_in_reverse_is_told_to_turn_round() {
    let link = |from: u8, to: u8| {
        Delegation::builder(key(to).did(), key(1).did(), Command::all())
            .never_expires()
            .sign(&key(from), Nonce::empty())
            .unwrap()
    };
    let (first, second) = (link(1, 2), link(2, 3));
    let refusal = |proofs: &[Cid]| {
        let call = Invocation::builder(key(1).did(), Command::all())
            .proofs(proofs.iter().copied())
            .never_expires()
            .sign(&key(3), Nonce::empty())
            .unwrap();
        let evidence = Evidence {
            now: moment(0),
            leeway: Duration::ZERO,
            executor: &key(1).did(),
            keys: &DidKeys,
            proofs: &[first.to_parsed(), second.to_parsed()],
            revocations: &Revocations::none(),
            limits: &Limits::DEFAULT,
        };
        authorize(call, evidence)
            .map(drop)
            .map_err(|denial| denial.to_string())
    };
    assert_eq!(refusal(&[first.cid(), second.cid()]), Ok(()));
    let turned = refusal(&[second.cid(), first.cid()]).unwrap_err();
    assert!(
        turned.ends_with("in reverse: the subject's own comes first"),
        "{turned}"
    );
    let headless = refusal(&[second.cid()]).unwrap_err();
    assert!(!headless.contains("reverse"), "{headless}");
}

/// Counts how often it is asked.
struct Counting(Cell<usize>);

impl Keys for Counting {
    fn verifying_key(&self, did: &Did) -> Option<VerifyingKey> {
        self.0.set(self.0.get() + 1);
        DidKeys.verifying_key(did)
    }
}

#[test]
fn the_key_of_who_issued_twice_is_asked_for_once() {
    // From bytes, so that no signature is known to hold: 1 to itself, twice, and then to 2.
    let link = |to: u8, nonce: &[u8]| {
        let signed = Delegation::builder(key(to).did(), key(1).did(), Command::all())
            .never_expires()
            .sign(&key(1), Nonce::from_bytes(nonce).unwrap())
            .unwrap();
        Parsed::<Delegation>::decode(signed.bytes()).unwrap()
    };
    let proofs = [link(1, b"a"), link(1, b"b"), link(2, b"c")];
    let call = Invocation::builder(key(1).did(), Command::all())
        .proofs(proofs.iter().map(Parsed::cid))
        .never_expires()
        .sign(&key(2), Nonce::empty())
        .unwrap();
    let keys = Counting(Cell::new(0));
    let evidence = Evidence {
        now: moment(0),
        leeway: Duration::ZERO,
        executor: &key(1).did(),
        keys: &keys,
        proofs: &proofs,
        revocations: &Revocations::none(),
        limits: &Limits::DEFAULT,
    };
    assert!(authorize(call, evidence).is_ok());
    assert_eq!(keys.0.get(), 1);
}

#[test]
fn an_explanation_goes_as_deep_as_what_is_at_fault() {
    for (policy, arguments, place, optional, shown) in [
        (
            r#"[["or",[["==",".a",1]]]]"#,
            r#"{"a":2}"#,
            "[0][1][0]",
            None,
            "found 2",
        ),
        (
            r#"[["or",[["==",".a",1],["==",".a",3]]]]"#,
            r#"{"a":2}"#,
            "[0]",
            None,
            "is false",
        ),
        (
            r#"[["not",["==",".a",1]]]"#,
            "{}",
            "[0][1]",
            Some(".a?"),
            "found nothing",
        ),
        (
            r#"[["not",["==",".a",1]]]"#,
            r#"{"a":1}"#,
            "[0]",
            None,
            "is false",
        ),
        (
            r#"[["==",".a.b",1]]"#,
            r#"{"a":{}}"#,
            "[0]",
            Some(".a.b?"),
            "`.a.b?`",
        ),
        (r#"[["==",".a.b",1]]"#, "{}", "[0]", None, "found nothing"),
        (
            r#"[[">",".a",1]]"#,
            r#"{"a":"x"}"#,
            "[0]",
            None,
            r#"found "x""#,
        ),
        (
            r#"[["==",".a[]",1]]"#,
            r#"{"a":1}"#,
            "[0]",
            None,
            "found nothing",
        ),
    ] {
        let read: Policy = policy.parse().unwrap();
        let Ok(Ipld::Map(arguments)) = from_dag_json(arguments) else {
            panic!("arguments");
        };
        let explanation = read.explain(&arguments).unwrap();
        let told = explanation.to_string();
        assert_eq!(explanation.place(), place, "{told}");
        assert_eq!(explanation.optional_selector(), optional, "{told}");
        assert!(told.contains(shown), "{told}");
        assert!(
            optional.is_some() || !told.contains("may be absent"),
            "{told}"
        );
    }
    let within: Policy = r#"[["or",[["==",".a",1],["==",".b",1]]]]"#.parse().unwrap();
    let told = within.explain(&[].into()).unwrap().to_string();
    assert!(!told.contains("found"), "it has no selector: {told}");
}

#[test]
fn a_statement_shows_its_operand_and_what_is_signed_its_length_alone() {
    let statement = policy::equal(".a", "operand").unwrap();
    assert!(format!("{statement:?}").contains("operand"));
    struct Shows;
    impl Signer for Shows {
        fn public_key(&self) -> PublicKey {
            key(1).public_key()
        }
        fn sign(&self, payload: SigPayload<'_>) -> Result<[u8; 64], SignError> {
            let shown = format!("{payload:?}");
            assert!(
                shown.starts_with("SigPayload(") && shown.ends_with(" bytes)"),
                "{shown}"
            );
            key(1).sign(payload)
        }
    }
    let signed = Delegation::builder(key(2).did(), Subject::Any, Command::all())
        .never_expires()
        .sign(&Shows, Nonce::empty());
    assert!(signed.is_ok());
}

#[test]
fn as_many_keys_are_known_as_verified_something() {
    let keys = KnownKeys::with_capacity(10);
    assert!(keys.is_empty());
    for issuer in 1..=3 {
        let signed = Delegation::builder(key(9).did(), Subject::Any, Command::all())
            .never_expires()
            .sign(&key(issuer), Nonce::empty())
            .unwrap();
        let read: Parsed<Delegation> = Parsed::decode(signed.bytes()).unwrap();
        read.verify(&keys).unwrap();
    }
    assert_eq!(keys.len(), 3);
    assert!(!keys.is_empty());
}
