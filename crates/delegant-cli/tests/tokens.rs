//! The tokens in `tests/tokens` are those that this makes.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::fs;
use std::path::Path;

use delegant::{
    Algorithm, Cid, Container, ContainerFormat, Delegation, Invocation, Ipld, Nonce, Outcome,
    Policy, Receipt, Revocation, SecretKey, Signer, Timestamp, Token, Verified, policy,
    to_dag_cbor,
};

struct Cast {
    alice: SecretKey,
    agent: SecretKey,
    helper: SecretKey,
    thief: SecretKey,
}

fn key(algorithm: Algorithm, seed: u8) -> SecretKey {
    SecretKey::from_bytes(algorithm, &[seed; 32]).unwrap()
}

fn nonce(number: u8) -> Nonce {
    Nonce::from_bytes(&[number; 16]).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds).unwrap()
}

const YEAR_BEGINS: i64 = 1_767_225_600;
const FEBRUARY: i64 = 1_769_904_000;
const YEAR_ENDS: i64 = 1_798_761_599;

fn container(tokens: Vec<Token>) -> Vec<u8> {
    Container::from_iter(tokens)
        .encode(ContainerFormat::Base64Url)
        .unwrap()
}

impl Cast {
    fn new() -> Self {
        Self {
            alice: key(Algorithm::Ed25519, 1),
            agent: key(Algorithm::P256, 2),
            helper: key(Algorithm::Secp256k1, 3),
            thief: key(Algorithm::Ed25519, 4),
        }
    }

    fn given(&self) -> Verified<Delegation> {
        let read = "/encounters/read".parse().unwrap();
        Delegation::builder(self.agent.did(), self.alice.did(), read)
            .policy(Policy::new([policy::equal(".patient", "p-17")]).unwrap())
            .not_before(at(YEAR_BEGINS))
            .expiration(at(YEAR_ENDS))
            .sign(&self.alice, nonce(1))
            .unwrap()
    }

    fn passed_on(&self) -> Verified<Delegation> {
        let read = "/encounters/read".parse().unwrap();
        Delegation::builder(self.helper.did(), self.alice.did(), read)
            .policy(Policy::new([policy::equal(".kind", "laboratory")]).unwrap())
            .expiration(at(FEBRUARY))
            .meta("note", "labs only")
            .sign(&self.agent, nonce(2))
            .unwrap()
    }

    fn call(&self, by: &SecretKey, patient: &str, number: u8) -> Verified<Invocation> {
        let read = "/encounters/read".parse().unwrap();
        Invocation::builder(self.alice.did(), read)
            .argument("patient", patient)
            .argument("kind", "laboratory")
            .proofs([self.given().cid(), self.passed_on().cid()])
            .expiration(at(YEAR_ENDS))
            .sign(by, nonce(number))
            .unwrap()
    }

    fn with_proofs(&self, token: impl Into<Token>) -> Vec<u8> {
        container(vec![
            self.given().into(),
            self.passed_on().into(),
            token.into(),
        ])
    }

    fn own(&self) -> Verified<Invocation> {
        let read = "/encounters/read".parse().unwrap();
        Invocation::builder(self.alice.did(), read)
            .argument("patient", "p-17")
            .expiration(at(YEAR_ENDS))
            .issued_at(at(YEAR_BEGINS))
            .sign(&self.alice, nonce(3))
            .unwrap()
    }

    fn tampered(&self) -> Vec<u8> {
        let mut bytes = self.call(&self.helper, "p-17", 4).bytes().to_vec();
        let place = bytes
            .windows(4)
            .position(|window| window == b"p-17")
            .unwrap();
        *bytes.get_mut(place + 3).unwrap() = b'8';
        self.with_proofs(Token::decode(&bytes).unwrap())
    }

    fn hostile(&self) -> Vec<u8> {
        let read = "/encounters/read".parse().unwrap();
        let evil = "\u{1b}[2J\u{1b}]0;owned\u{7}\r\nvalid\u{202e}dilav\u{9b}31m";
        let invocation = Invocation::builder(self.alice.did(), read)
            .argument("patient", evil)
            .argument(evil, 1)
            .never_expires()
            .meta(evil, evil)
            .sign(&self.alice, nonce(7))
            .unwrap();
        container(vec![invocation.into()])
    }

    fn one_bad(&self) -> Vec<u8> {
        let tokens = [self.given().bytes().to_vec(), b"\x82\x40\xa0".to_vec()];
        let list = tokens.into_iter().map(Ipld::Bytes).collect();
        let map = Ipld::Map([("ctn-v1".to_owned(), Ipld::List(list))].into());
        [b"@".to_vec(), to_dag_cbor(&map).unwrap()].concat()
    }

    fn revocation(by: &SecretKey, of: Cid) -> Vec<u8> {
        let revocation = Revocation::builder(of).sign(by).unwrap();
        container(vec![Token::decode(revocation.bytes()).unwrap()])
    }

    fn receipt(&self) -> Vec<u8> {
        let outcome = Outcome::Ok(Ipld::Map([("found".to_owned(), Ipld::Integer(3))].into()));
        let receipt = Receipt::builder(self.own().task().unwrap(), outcome)
            .never_expires()
            .sign(&self.alice, nonce(8))
            .unwrap();
        container(vec![Token::decode(receipt.bytes()).unwrap()])
    }
}

#[test]
fn the_tokens_are_those_that_this_makes() {
    let cast = Cast::new();
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    let given = cast.given().cid();
    let files: [(&str, Vec<u8>); 13] = [
        ("given.ucan", container(vec![cast.given().into()])),
        (
            "passed-on.ucan",
            container(vec![cast.given().into(), cast.passed_on().into()]),
        ),
        (
            "call.ucan",
            cast.with_proofs(cast.call(&cast.helper, "p-17", 4)),
        ),
        ("call.token", cast.own().bytes().to_vec()),
        (
            "call.hex",
            format!("{}\n", hex(cast.own().bytes())).into_bytes(),
        ),
        (
            "other-patient.ucan",
            cast.with_proofs(cast.call(&cast.helper, "p-18", 5)),
        ),
        (
            "stolen.ucan",
            cast.with_proofs(cast.call(&cast.thief, "p-17", 6)),
        ),
        ("tampered.ucan", cast.tampered()),
        ("one-bad.ucan", cast.one_bad()),
        ("hostile.ucan", cast.hostile()),
        ("revoked.ucan", Cast::revocation(&cast.alice, given)),
        ("not-for-us.ucan", Cast::revocation(&cast.helper, given)),
        ("receipt.ucan", cast.receipt()),
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tokens");
    for (name, bytes) in files {
        let path = folder.join(name);
        if std::env::var_os("DELEGANT_WRITE_TOKENS").is_some() {
            fs::write(&path, &bytes).unwrap();
        }
        assert!(fs::read(&path).unwrap() == bytes, "{name} differs");
    }
}
