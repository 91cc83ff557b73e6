//! Texts and values that are not the noun they are read as.

use std::collections::BTreeMap;

use delegant::{
    Algorithm, Cid, Command, DagCborError, DagJsonError, Did, EncodeError, Glob, Ipld, Limits,
    ParseCidError, ParseCommandError, ParseDidError, ParseGlobError, ParseKeyError,
    ParseSelectorError, Policy, PolicyProblem, PublicKey, RandomError, SecretKey, Selector,
    from_dag_cbor, from_dag_json, to_dag_cbor, to_dag_json,
};

use super::{are_all, error};

/// Deeper than anything may nest.
fn deep() -> Ipld {
    (0..66).fold(Ipld::Null, |value, _| Ipld::List(vec![value]))
}

#[test]
fn each_way_of_not_being_a_cid() {
    are_all::<ParseCidError>([
        error("bafy".parse::<Cid>()),
        error(Cid::from_bytes(&[1, 0x55, 0x12, 0x20])),
    ]);
}

#[test]
fn each_way_of_not_being_dag_cbor() {
    let read = |bytes: &[u8]| error(from_dag_cbor(bytes, &Limits::DEFAULT));
    are_all::<DagCborError>([
        read(&[0xff]),
        read(&[0xd8, 42, 0x42, 0, 1]),
        read(&[[0x81; 66].as_slice(), &[0x80]].concat()),
    ]);
}

#[test]
fn each_way_of_having_no_dag_cbor() {
    are_all::<EncodeError>([
        error(to_dag_cbor(&Ipld::Float(f64::NAN))),
        error(to_dag_cbor(&deep())),
    ]);
}

#[test]
fn each_way_of_not_being_dag_json_or_having_none() {
    let reserved = Ipld::Map(BTreeMap::from([("/".to_owned(), Ipld::Null)]));
    are_all::<DagJsonError>([
        error(from_dag_json("{")),
        error(from_dag_json("18446744073709551616")),
        error(to_dag_json(&Ipld::Float(f64::INFINITY))),
        error(to_dag_json(&reserved)),
        error(to_dag_json(&deep())),
    ]);
}

fn did_key(bytes: &[u8]) -> String {
    format!("did:key:z{}", bs58::encode(bytes).into_string())
}

/// The neutral point of Ed25519, under which one signature holds for every message.
fn neutral() -> [u8; 32] {
    let mut key = [0; 32];
    key[0] = 1;
    key
}

#[test]
fn each_way_of_not_being_a_did() {
    let read = |text: &str| error(text.parse::<Did>());
    are_all::<ParseDidError>([
        read(&format!("did:web:{}", "a".repeat(121))),
        read("alice"),
        read("did:web:example.com#key-1"),
        read("did:key:z0"),
        read(&did_key(&[0x85, 0x24, 1, 2, 3])),
        read(&did_key(&[[0xed, 0x01].as_slice(), &neutral()].concat())),
    ]);
}

#[test]
fn each_way_of_not_being_a_key() {
    are_all::<ParseKeyError>([
        error(PublicKey::from_bytes(Algorithm::Ed25519, &[2; 31])),
        error(PublicKey::from_bytes(Algorithm::P256, &[4; 33])),
        error(PublicKey::from_bytes(Algorithm::Ed25519, &neutral())),
        error(SecretKey::from_bytes(Algorithm::Secp256k1, &[0; 32])),
    ]);
}

#[test]
fn what_a_system_without_randomness_gives_is_tested_beside_it() {
    are_all::<RandomError>(None::<RandomError>);
}

#[test]
fn each_way_of_not_being_a_command() {
    let read = |text: &str| error(text.parse::<Command>());
    are_all::<ParseCommandError>([
        read("read"),
        read("/Read"),
        read("/read/"),
        read("/read/../write"),
        read("/read\n"),
        read(&format!("/{}", "a".repeat(256))),
        read(&"/a".repeat(17)),
    ]);
}

#[test]
fn each_way_of_not_being_a_pattern() {
    are_all::<ParseGlobError>([
        error(r"\a".parse::<Glob>()),
        error("*a".repeat(33).parse::<Glob>()),
    ]);
}

#[test]
fn each_way_of_not_being_a_selector() {
    let read = |text: &str| error(text.parse::<Selector>());
    are_all::<ParseSelectorError>([
        read("name"),
        read("..name"),
        read(".name-of"),
        read(".[0"),
        read(r#".["a\"b"]"#),
        read(".a[][0]"),
        read(".[01]"),
        read(&".a".repeat(33)),
    ]);
}

#[test]
fn each_way_of_not_being_a_policy() {
    let read = |text: &str| error(text.parse::<Policy>());
    let value = |value| error(Policy::from_ipld(&value));
    let wide = Ipld::List(vec![Ipld::Null; 16_384]);
    let errors = [
        read("{}"),
        read("[[1]]"),
        read(r#"[["~",".a",1]]"#),
        read(r#"[["==",".a"]]"#),
        read(r#"[["<",".a","b"]]"#),
        read(r#"[["==","a",1]]"#),
        read(r#"[["like",".a","\\a"]]"#),
        read(&format!("[{}]", vec![r#"["and",[]]"#; 257].join(","))),
        value(Ipld::Float(f64::NAN)),
        value(wide),
        read("["),
    ];
    // By its problem, which is not to be had alone.
    are_all::<PolicyProblem>(errors.iter().map(|error| error.problem()));
}
