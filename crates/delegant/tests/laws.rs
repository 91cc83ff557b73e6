//! The laws: what holds for every token, chain and policy, tried on random ones.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use delegant::{
    Algorithm, Authorization, Cid, Container, ContainerFormat, Delegation, Did, DidKeys, Evidence,
    Fuel, Invocation, Ipld, Limits, Nonce, Parsed, Policy, Revocations, SecretKey, Signer, Subject,
    Timestamp, Token, Truth, Verified, authorize, from_dag_cbor, from_dag_json, to_dag_cbor,
    to_dag_json,
};
use proptest::prelude::*;

const NOW: i64 = 1_767_225_600;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds).unwrap()
}

fn key(seed: u8) -> SecretKey {
    let algorithm = Algorithm::ALL[usize::from(seed) % 3];
    SecretKey::from_bytes(algorithm, &[seed + 1; 32]).unwrap()
}

fn decide(
    invocation: &Verified<Invocation>,
    proofs: &[Parsed<Delegation>],
    executor: &Did,
) -> Result<Authorization, delegant::Denial> {
    authorize(
        invocation.clone(),
        Evidence {
            now: at(NOW),
            leeway: Duration::ZERO,
            executor,
            keys: &DidKeys,
            proofs,
            revocations: &Revocations::none(),
            limits: &Limits::DEFAULT,
        },
    )
}

/// Any value of the data model, small; its integers from the lowest one on.
fn value(lowest: i128) -> impl Strategy<Value = Ipld> {
    let leaf = prop_oneof![
        Just(Ipld::Null),
        any::<bool>().prop_map(Ipld::Bool),
        (lowest..(1_i128 << 64)).prop_map(Ipld::Integer),
        any::<f64>()
            .prop_filter("finite, and not the zero with a sign", |float| float
                .is_finite()
                && (*float != 0.0 || float.is_sign_positive()))
            .prop_map(Ipld::Float),
        ".{0,12}".prop_map(Ipld::String),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Ipld::Bytes),
        any::<[u8; 4]>().prop_map(|bytes| Cid::of(&bytes).into()),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Ipld::List),
            prop::collection::btree_map("[^/]{0,6}", inner, 0..6).prop_map(Ipld::Map),
        ]
    })
}

proptest! {
    #[test]
    fn decoding_what_was_encoded_gives_the_same_value_and_the_same_bytes(value in value(-(1 << 64))) {
        let bytes = to_dag_cbor(&value).unwrap();
        let decoded = from_dag_cbor(&bytes, &Limits::DEFAULT).unwrap();
        prop_assert_eq!(&decoded, &value);
        prop_assert_eq!(to_dag_cbor(&decoded).unwrap(), bytes);
    }

    #[test]
    fn arbitrary_bytes_decode_to_something_that_encodes_to_them_or_to_nothing(
        bytes in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        if let Ok(value) = from_dag_cbor(&bytes, &Limits::DEFAULT) {
            prop_assert_eq!(to_dag_cbor(&value).unwrap(), bytes);
        }
    }

    #[test]
    fn a_token_survives_the_wire_and_the_view_for_people(
        seed in 0_u8..9,
        nonce in prop::collection::vec(any::<u8>(), 0..=64),
        arguments in prop::collection::btree_map("[a-z]{1,6}", value(i64::MIN.into()), 0..4),
    ) {
        let alice = key(seed);
        let invocation = Invocation::builder(alice.did(), "/do".parse().unwrap())
            .arguments(arguments)
            .never_expires()
            .sign(&alice, Nonce::from_bytes(&nonce).unwrap())
            .unwrap();
        for format in ContainerFormat::ALL {
            let sent = Container::from_iter([Token::from(invocation.clone())]).encode(format).unwrap();
            let received = Container::decode(&sent).unwrap();
            prop_assert_eq!(received.invocation().unwrap().bytes(), invocation.bytes());
        }
        let token = from_dag_cbor(invocation.bytes(), &Limits::DEFAULT).unwrap();
        let again = from_dag_json(&to_dag_json(&token).unwrap()).unwrap();
        prop_assert_eq!(to_dag_cbor(&again).unwrap(), invocation.bytes());
    }
}

/// One hop of a random chain, from a small alphabet so that chains often hold.
#[derive(Debug, Clone)]
struct Hop {
    issuer: u8,
    audience: u8,
    subject: Option<u8>,
    command: &'static str,
    policy: &'static str,
    expired: bool,
}

fn hop(place: u8) -> impl Strategy<Value = Hop> {
    (
        prop_oneof![8 => Just(place), 1 => 0_u8..5],
        prop_oneof![8 => Just(place + 1), 1 => 0_u8..5],
        prop_oneof![6 => Just(Some(0)), 1 => Just(Some(1)), 2 => Just(None)],
        prop_oneof![4 => Just("/"), 4 => Just("/a"), 2 => Just("/a/b"), 1 => Just("/ab")],
        prop_oneof![
            3 => Just("[]"),
            2 => Just(r#"[["==", ".n", 1]]"#),
            1 => Just(r#"[["<", ".n", 1]]"#),
            1 => Just(r#"[["not", ["==", ".m", 1]]]"#),
        ],
        prop::bool::weighted(0.05),
    )
        .prop_map(
            |(issuer, audience, subject, command, policy, expired)| Hop {
                issuer,
                audience,
                subject,
                command,
                policy,
                expired,
            },
        )
}

fn sign(hop: &Hop) -> Verified<Delegation> {
    let subject = hop
        .subject
        .map_or(Subject::Any, |seed| key(seed).did().into());
    Delegation::builder(
        key(hop.audience).did(),
        subject,
        hop.command.parse().unwrap(),
    )
    .policy(hop.policy.parse().unwrap())
    .expiration(at(if hop.expired { NOW - 1 } else { NOW + 1 }))
    .sign(&key(hop.issuer), Nonce::empty())
    .unwrap()
}

fn invoke(invoker: u8, chain: &[Verified<Delegation>]) -> Option<Verified<Invocation>> {
    Invocation::builder(key(0).did(), "/a/b".parse().unwrap())
        .argument("n", 1)
        .proofs(chain.iter().map(Verified::cid))
        .expiration(at(NOW))
        .sign(&key(invoker), Nonce::empty())
        // A chain that names one delegation twice is no token.
        .ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn appending_a_hop_never_allows_what_was_refused(
        (hops, last) in (0_u8..4).prop_flat_map(|length| (
            (0..length).map(hop).collect::<Vec<_>>(),
            hop(length),
        )),
    ) {
        let subject = key(0).did();
        let chain: Vec<_> = hops.iter().map(sign).collect();
        let proofs: Vec<_> = chain.iter().map(Verified::to_parsed).collect();
        let Some(before) = invoke(last.issuer, &chain) else { return Ok(()) };
        let refused = decide(&before, &proofs, &subject).is_err();

        let mut longer = chain;
        longer.push(sign(&last));
        let proofs: Vec<_> = longer.iter().map(Verified::to_parsed).collect();
        let Some(after) = invoke(last.audience, &longer) else { return Ok(()) };
        // The one to whom the last hop leads may be the subject itself, who needs no chain at all;
        // but the chain it brings is checked all the same.
        if refused {
            prop_assert!(decide(&after, &proofs, &subject).is_err());
        }
    }
}

#[test]
fn flipping_any_one_byte_of_a_valid_chain_never_yields_an_authorization() {
    // Every algorithm signs once in the chain: the subject, the middle, the invoker.
    let hops = [
        Hop {
            issuer: 0,
            audience: 1,
            subject: Some(0),
            command: "/a",
            policy: "[]",
            expired: false,
        },
        Hop {
            issuer: 1,
            audience: 2,
            subject: None,
            command: "/a/b",
            policy: r#"[["==", ".n", 1]]"#,
            expired: false,
        },
    ];
    let subject = key(0).did();
    let chain: Vec<_> = hops.iter().map(sign).collect();
    let call = invoke(2, &chain).unwrap();
    let tokens = chain.iter().cloned().map(Token::from).chain([call.into()]);
    let sent = Container::from_iter(tokens)
        .encode(ContainerFormat::Bytes)
        .unwrap();
    let decide_bytes = |bytes: &[u8]| {
        let container = Container::decode(bytes).ok()?;
        let call = container.invocation().ok()?.verify(&DidKeys).ok()?;
        decide(&call, container.delegations(), &subject).ok()
    };
    assert!(decide_bytes(&sent).is_some());
    let mut mutants = 0;
    for place in 0..sent.len() {
        for flip in [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff] {
            let mut mutant = sent.clone();
            mutant[place] ^= flip;
            assert!(decide_bytes(&mutant).is_none(), "byte {place} ^ {flip:02x}");
            mutants += 1;
        }
    }
    assert!(mutants > 5_000, "{mutants}");
}

/// A reader of policies with two truth values, to whom undefined is `reading` wherever it arises.
///
/// It knows only the selectors `.`, `.name` and `.name?`, which is what the strategy below makes.
fn two_valued(statement: &Ipld, about: Option<&Ipld>, reading: bool) -> bool {
    let Ipld::List(tuple) = statement else {
        panic!("{statement:?}");
    };
    let Ipld::String(operator) = &tuple[0] else {
        panic!("{statement:?}");
    };
    let list = |value: &Ipld| match value {
        Ipld::List(list) => list.clone(),
        other => panic!("{other:?}"),
    };
    match operator.as_str() {
        "not" => return !two_valued(&tuple[1], about, reading),
        "and" => {
            return list(&tuple[1])
                .iter()
                .all(|each| two_valued(each, about, reading));
        }
        "or" => {
            let list = list(&tuple[1]);
            return list.is_empty() || list.iter().any(|each| two_valued(each, about, reading));
        }
        _ => {}
    }
    let Ipld::String(selector) = &tuple[1] else {
        panic!("{statement:?}");
    };
    let name = selector.trim_start_matches('.');
    let found = match (about, name.strip_suffix('?')) {
        (about, _) if name.is_empty() => about.cloned(),
        (Some(Ipld::Map(map)), Some(name)) => Some(map.get(name).cloned().unwrap_or(Ipld::Null)),
        (_, Some(_)) => Some(Ipld::Null),
        (Some(Ipld::Map(map)), None) => map.get(name).cloned(),
        _ => None,
    };
    let Some(found) = found else { return reading };
    let elements = match &found {
        Ipld::List(list) => Some(list.clone()),
        Ipld::Map(map) => Some(map.values().cloned().collect()),
        _ => None,
    };
    match (operator.as_str(), &found, &tuple[2]) {
        ("==", found, value) => found == value,
        ("!=", found, value) => found != value,
        ("<", Ipld::Integer(found), Ipld::Integer(bound)) => found < bound,
        (">=", Ipld::Integer(found), Ipld::Integer(bound)) => found >= bound,
        ("like", Ipld::String(found), Ipld::String(pattern)) => {
            found.starts_with(pattern.trim_end_matches('*'))
        }
        ("all", _, each) => elements.map_or(reading, |elements| {
            elements
                .iter()
                .all(|element| two_valued(each, Some(element), reading))
        }),
        ("any", _, each) => elements.map_or(reading, |elements| {
            if elements.is_empty() {
                return reading;
            }
            elements
                .iter()
                .any(|element| two_valued(each, Some(element), reading))
        }),
        _ => reading,
    }
}

fn statement() -> impl Strategy<Value = Ipld> {
    let selector = || {
        prop_oneof![
            Just("."),
            Just(".a"),
            Just(".b"),
            Just(".c"),
            Just(".a?"),
            Just(".c?")
        ]
        .prop_map(Ipld::from)
    };
    let tuple = |parts: Vec<Ipld>| Ipld::List(parts);
    let leaf =
        prop_oneof![
            (prop_oneof![Just("=="), Just("!=")], selector(), argument())
                .prop_map(move |(op, at, value)| tuple(vec![op.into(), at, value])),
            (prop_oneof![Just("<"), Just(">=")], selector(), 0_i64..3)
                .prop_map(move |(op, at, value)| tuple(vec![op.into(), at, value.into()])),
            (selector(), prop_oneof![Just("x*"), Just("y*")])
                .prop_map(move |(at, value)| tuple(vec!["like".into(), at, value.into()])),
        ];
    leaf.prop_recursive(3, 12, 3, move |inner| {
        prop_oneof![
            inner
                .clone()
                .prop_map(move |each| tuple(vec!["not".into(), each])),
            (
                prop_oneof![Just("and"), Just("or")],
                prop::collection::vec(inner.clone(), 0..3)
            )
                .prop_map(move |(op, list)| tuple(vec![op.into(), Ipld::List(list)])),
            (prop_oneof![Just("all"), Just("any")], selector(), inner)
                .prop_map(move |(op, at, each)| tuple(vec![op.into(), at, each])),
        ]
    })
}

fn argument() -> impl Strategy<Value = Ipld> {
    let leaf = prop_oneof![
        Just(Ipld::Null),
        (0_i64..3).prop_map(Ipld::from),
        prop_oneof![Just("x"), Just("xy"), Just("y")].prop_map(Ipld::from),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Ipld::List),
            prop::collection::btree_map("[a-c]", inner, 0..3).prop_map(Ipld::Map),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn what_is_true_is_true_whichever_way_undefined_is_read(
        statement in statement(),
        arguments in prop::collection::btree_map("[a-c]", argument(), 0..4),
    ) {
        let policy = Policy::from_ipld(&Ipld::List(vec![statement.clone()])).unwrap();
        let truth = policy.evaluate(&arguments, &mut Fuel::new(&Limits::DEFAULT)).unwrap();
        let about = Ipld::Map(arguments.clone());
        for reading in [true, false] {
            let two = two_valued(&statement, Some(&about), reading);
            match truth {
                Truth::True => prop_assert!(two, "{policy} {arguments:?}"),
                Truth::False => prop_assert!(!two, "{policy} {arguments:?}"),
                Truth::Undefined => {}
            }
        }
        let explained = policy.explain(&arguments);
        prop_assert_eq!(explained.is_some(), truth != Truth::True);
    }

    #[test]
    fn a_policy_reads_as_what_it_was_written(statement in statement()) {
        let policy = Policy::from_ipld(&Ipld::List(vec![statement])).unwrap();
        prop_assert_eq!(policy.to_string().parse::<Policy>().unwrap(), policy);
    }
}

#[test]
fn a_value_without_a_json_form_is_shown_all_the_same() {
    let statement = delegant::policy::equal(".a", f64::NAN).unwrap();
    assert!(
        statement.to_string().contains("no DAG-JSON form"),
        "{statement}"
    );
    // Shown in full, but read by no JSON reader without rounding: refused.
    let lowest = Ipld::Integer(-(1 << 64));
    assert!(from_dag_json(&to_dag_json(&lowest).unwrap()).is_err());
    // This would be read as a link.
    let map = BTreeMap::from([("/".to_owned(), Ipld::from(Cid::of(b"").to_string()))]);
    assert!(to_dag_json(&Ipld::Map(map)).is_err());
}

#[test]
fn undefined_arises_often_enough_for_the_law_to_mean_something() {
    let policy: Policy = r#"[["not", ["==", ".role", "admin"]]]"#.parse().unwrap();
    let truth = policy.evaluate(&BTreeMap::new(), &mut Fuel::new(&Limits::DEFAULT));
    assert_eq!(truth, Ok(Truth::Undefined));
}
