//! Bytes that are no token or container, and tokens that cannot be made.

use std::collections::BTreeMap;
use std::time::Duration;

use delegant::{
    Algorithm, BuildError, Cid, Container, ContainerError, DecodeError, Delegation, FieldError,
    Invocation, InvocationBuilder, Ipld, Limit, Limits, Nonce, OutOfTime, Parsed, PublicKey,
    Receipt, SecretKey, SigPayload, SignError, Signer, TimeBounds, Timestamp, Token, to_dag_cbor,
};

use super::{are_all, error};

type Map = BTreeMap<String, Ipld>;

const ED25519: &[u8] = b"\x34\x01\xed\x01\xed\x01\x13\x71";
const DELEGATION: &str = "ucan/dlg@1.0.0";

fn key(seed: u8) -> SecretKey {
    SecretKey::from_bytes(Algorithm::Ed25519, &[seed; 32]).unwrap()
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds).unwrap()
}

fn map<const N: usize>(fields: [(&str, Ipld); N]) -> Map {
    fields
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}

/// An envelope that nobody signed.
fn envelope(header: &[u8], tag: &str, payload: Map) -> Vec<u8> {
    let signed = map([("h", header.to_vec().into()), (tag, Ipld::Map(payload))]);
    let envelope = vec![vec![0; 64].into(), Ipld::Map(signed)];
    to_dag_cbor(&Ipld::List(envelope)).unwrap()
}

fn payload() -> Map {
    map([
        ("iss", key(1).did().to_string().into()),
        ("aud", key(2).did().to_string().into()),
        ("sub", key(1).did().to_string().into()),
        ("cmd", "/read".into()),
        ("pol", Ipld::List(Vec::new())),
        ("exp", Ipld::Null),
        ("nonce", Ipld::Bytes(Vec::new())),
    ])
}

/// What a delegation with this field is refused for.
fn with(name: &str, value: impl Into<Ipld>) -> DecodeError {
    let mut payload = payload();
    payload.insert(name.to_owned(), value.into());
    delegation(payload)
}

fn delegation(payload: Map) -> DecodeError {
    let bytes = envelope(ED25519, DELEGATION, payload);
    error(Parsed::<Delegation>::decode(&bytes))
}

fn call() -> Vec<u8> {
    Invocation::builder(key(1).did(), "/read".parse().unwrap())
        .never_expires()
        .sign(&key(1), Nonce::empty())
        .unwrap()
        .bytes()
        .to_vec()
}

fn container(tokens: Vec<Ipld>) -> Vec<u8> {
    let list = map([("ctn-v1", Ipld::List(tokens))]);
    [b"@".as_slice(), &to_dag_cbor(&Ipld::Map(list)).unwrap()].concat()
}

#[test]
fn a_payload_as_it_should_be_is_read() {
    let bytes = envelope(ED25519, DELEGATION, payload());
    assert!(Parsed::<Delegation>::decode(&bytes).is_ok());
}

#[test]
fn each_way_of_not_being_the_wanted_field() {
    let field = |refusal| match refusal {
        DecodeError::Field(error) => error,
        other => panic!("{other}"),
    };
    let mut without = payload();
    without.remove("exp");
    are_all::<FieldError>([
        field(delegation(without)),
        field(with("nonce", "text")),
        field(with("prf", Ipld::List(Vec::new()))),
    ]);
}

#[test]
fn each_way_of_not_being_a_token() {
    let decode = |bytes: &[u8]| error(Token::decode(bytes));
    let file = Ipld::Link(link(b"a file", 0x55));
    let token = Ipld::from(Cid::of(b""));
    let mut late = payload();
    late.extend(map([("nbf", 2.into()), ("exp", 1.into())]));
    let asked = map([
        ("iss", key(1).did().to_string().into()),
        ("sub", key(1).did().to_string().into()),
        ("cmd", "/read".into()),
        ("args", Ipld::Map(Map::new())),
        ("exp", Ipld::Null),
        ("nonce", Ipld::Bytes(Vec::new())),
    ]);
    let proofs = |proofs: Vec<Ipld>| {
        let mut asked = asked.clone();
        asked.insert("prf".to_owned(), Ipld::List(proofs));
        decode(&envelope(ED25519, "ucan/inv@1.0.0", asked))
    };
    are_all::<DecodeError>([
        decode(&[0xff]),
        decode(&[0x80]),
        decode(&envelope(b"RS256", DELEGATION, payload())),
        decode(&envelope(ED25519, "ucan/dlg@2.0.0", payload())),
        error(Parsed::<Delegation>::decode(&call())),
        with("exp", "never"),
        with("iss", "alice"),
        with("cmd", "read"),
        with("pol", vec![Ipld::Null]),
        proofs(vec![file]),
        with("exp", 1_i64 << 53),
        delegation(late),
        with("nonce", vec![0; 65]),
        proofs(vec![token.clone(), token]),
        error(Parsed::<Receipt>::decode(&call())),
        error(Container::decode(b"")),
        error(Container::decode(&container(vec![vec![0].into()]))),
        decode(&[0; 64 * 1024 + 1]),
    ]);
}

/// A CID with this codec.
fn link(bytes: &[u8], codec: u8) -> cid::Cid {
    let mut cid = Cid::of(bytes).to_bytes();
    cid[1] = codec;
    cid::Cid::try_from(cid.as_slice()).unwrap()
}

#[test]
fn each_way_of_not_being_a_container() {
    let small = Limits::DEFAULT.lower(Limit::ContainerBytes, 1024);
    let decode = |bytes: &[u8]| match error(Container::decode_within(bytes, &small)) {
        DecodeError::Container(error) => error,
        other => panic!("{other}"),
    };
    let one: Ipld = call().into();
    let empty = Container::decode(&container(Vec::new())).unwrap();
    let DecodeError::Container(none) = error(empty.invocation()) else {
        panic!("an invocation from nowhere");
    };
    are_all::<ContainerError>([
        decode(b""),
        decode(b"?"),
        decode(b"B!"),
        decode(b"Mnot gzip"),
        decode(b"@\x80"),
        decode(&[b'@'; 1026]),
        decode(&container(vec![one.clone(), one])),
        none,
    ]);
}

/// A signer that answers so, whatever it is asked.
struct Answers(Option<[u8; 64]>);

impl Signer for Answers {
    fn public_key(&self) -> PublicKey {
        key(1).public_key()
    }

    fn sign(&self, _: SigPayload<'_>) -> Result<[u8; 64], SignError> {
        self.0.ok_or_else(|| SignError::new("it is out of reach"))
    }
}

#[test]
fn each_way_of_not_making_a_token() {
    let ask = || Invocation::builder(key(1).did(), "/read".parse().unwrap()).never_expires();
    let sign = |builder: InvocationBuilder| builder.sign(&key(1), Nonce::empty());
    let unsaid = Invocation::builder(key(1).did(), "/read".parse().unwrap());
    are_all::<BuildError>([
        error(sign(unsaid)),
        error(sign(ask().argument("number", f64::NAN))),
        error(sign(ask().proofs([Cid::of(b""), Cid::of(b"")]))),
        error(ask().sign(&Answers(None), Nonce::empty())),
        error(ask().sign(&Answers(Some([1; 64])), Nonce::empty())),
    ]);
}

#[test]
fn each_way_of_being_out_of_time() {
    let bounds = TimeBounds::new(Some(moment(10)), Some(moment(20))).unwrap();
    let check = |now| error(bounds.check(moment(now), Duration::ZERO));
    are_all::<OutOfTime>([check(9), check(21)]);
}
