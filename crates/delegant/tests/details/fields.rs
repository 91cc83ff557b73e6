//! What was put into a token can be read off it.

use std::cell::Cell;
use std::collections::BTreeMap;

use delegant::{
    Algorithm, Cid, Container, ContainerError, ContainerFormat, DecodeError, Delegation, Did,
    DidKeys, Edition, Invocation, Ipld, Keys, KnownKeys, Limits, Nonce, Outcome, Parsed, Policy,
    ProofCache, Receipt, Revocation, Revocations, SecretKey, Signer, Subject, Token, VerifyingKey,
    policy,
};

use super::{key, moment};

fn other() -> Cid {
    Cid::of(b"another token")
}

fn map(name: &str, value: impl Into<Ipld>) -> BTreeMap<String, Ipld> {
    BTreeMap::from([(name.to_owned(), value.into())])
}

fn delegation() -> delegant::Verified<Delegation> {
    delegation_of(b"once")
}

fn delegation_of(nonce: &[u8]) -> delegant::Verified<Delegation> {
    Delegation::builder(key(2).did(), key(3).did(), "/read".parse().unwrap())
        .policy(Policy::new([policy::equal(".a", 1)]).unwrap())
        .not_before(moment(10))
        .expiration(moment(20))
        .meta("note", "for a friend")
        .edition(Edition::ReleaseCandidate)
        .sign(&key(1), Nonce::from_bytes(nonce).unwrap())
        .unwrap()
}

fn invocation() -> delegant::Verified<Invocation> {
    Invocation::builder(key(1).did(), "/read".parse().unwrap())
        .audience(key(2).did())
        .arguments(map("a", 1))
        .argument("b", "two")
        .proofs([other()])
        .issued_at(moment(9))
        .cause(other())
        .not_before(moment(10))
        .expiration(moment(20))
        .meta("note", "urgent")
        .sign(&key(3), Nonce::from_bytes(b"once").unwrap())
        .unwrap()
}

#[test]
fn a_delegation_is_read_as_it_was_written() {
    let written = delegation();
    let parsed: Parsed<Delegation> = Parsed::decode(written.bytes()).unwrap();
    let read = parsed.unverified();
    assert_eq!(*read.issuer(), key(1).did());
    assert_eq!(*read.audience(), key(2).did());
    assert_eq!(*read.subject(), Subject::Did(key(3).did()));
    assert_eq!(read.subject().did(), Some(&key(3).did()));
    assert_eq!(Subject::Any.did(), None);
    assert_eq!(read.command().as_str(), "/read");
    assert_eq!(read.policy().to_string(), r#"[["==",".a",1]]"#);
    assert_eq!(read.policy().statements().len(), 1);
    assert_eq!(read.bounds().not_before(), Some(moment(10)));
    assert_eq!(read.bounds().expiration(), Some(moment(20)));
    assert_eq!(read.nonce().as_bytes(), b"once");
    assert_eq!(read.meta(), Some(&map("note", "for a friend")));
    assert_eq!(parsed.edition(), Edition::ReleaseCandidate);
    assert_eq!(parsed.algorithm(), Algorithm::Ed25519);
    assert_eq!(parsed.cid(), Cid::of(written.bytes()));
    assert_eq!(
        parsed.verify(&DidKeys).unwrap().payload_digest(),
        written.payload_digest()
    );
    let another = delegation_of(b"twice");
    assert_ne!(another.payload_digest(), written.payload_digest());
}

#[test]
fn an_invocation_is_read_as_it_was_written() {
    let written = invocation();
    let parsed: Parsed<Invocation> = Parsed::decode(written.bytes()).unwrap();
    let read = parsed.unverified();
    assert_eq!(*read.issuer(), key(3).did());
    assert_eq!(*read.subject(), key(1).did());
    assert_eq!(read.audience(), Some(&key(2).did()));
    assert_eq!(*read.executor(), key(2).did());
    assert_eq!(read.command().as_str(), "/read");
    let mut arguments = map("a", 1);
    arguments.extend(map("b", "two"));
    assert_eq!(*read.arguments(), arguments);
    assert_eq!(read.proofs(), [other()]);
    assert_eq!(read.issued_at(), Some(moment(9)));
    assert_eq!(read.cause(), Some(other()));
    assert_eq!(read.bounds().not_before(), Some(moment(10)));
    assert_eq!(read.bounds().expiration(), Some(moment(20)));
    assert_eq!(read.nonce().as_bytes(), b"once");
    assert_eq!(read.meta(), Some(&map("note", "urgent")));
    assert_eq!(parsed.edition(), Edition::Final);
}

#[test]
fn what_was_not_said_is_not_there() {
    let bare = Invocation::builder(key(1).did(), "/read".parse().unwrap())
        .never_expires()
        .sign(&key(1), Nonce::empty())
        .unwrap();
    assert_eq!(bare.audience(), None);
    assert_eq!(*bare.executor(), key(1).did());
    assert_eq!(bare.issued_at(), None);
    assert_eq!(bare.cause(), None);
    assert_eq!(bare.meta(), None);
    assert!(bare.arguments().is_empty() && bare.proofs().is_empty());
    assert!(bare.nonce().as_bytes().is_empty());
    assert_eq!(bare.bounds().not_before(), None);
    assert_eq!(bare.bounds().expiration(), None);
}

#[test]
fn a_receipt_is_read_as_it_was_written() {
    let outcomes = [
        Outcome::Ok(Ipld::Integer(1)),
        Outcome::Error(Ipld::String("no such file".to_owned())),
    ];
    for outcome in outcomes {
        let written = Receipt::builder(other(), outcome.clone())
            .expiration(moment(20))
            .sign(&key(1), Nonce::empty())
            .unwrap();
        let parsed: Parsed<Receipt> = Parsed::decode(written.bytes()).unwrap();
        let read = parsed.unverified();
        assert_eq!(*read.executor(), key(1).did());
        assert_eq!(read.ran(), other());
        assert_eq!(*read.outcome(), outcome);
        assert_eq!(read.command().as_str(), "/ucan/assert/receipt");
        assert_eq!(read.bounds().expiration(), Some(moment(20)));
    }
}

#[test]
fn a_revocation_is_read_as_it_was_written() {
    let proof = Cid::of(b"a proof");
    let written = Revocation::builder(other())
        .path([proof, other()])
        .on_behalf_of(key(2).did(), [proof])
        .edition(Edition::ReleaseCandidate)
        .sign(&key(1))
        .unwrap();
    let parsed: Parsed<Revocation> = Parsed::decode(written.bytes()).unwrap();
    let read = parsed.unverified();
    assert_eq!(*read.revoker(), key(1).did());
    assert_eq!(read.revoked(), other());
    assert_eq!(read.path(), [proof, other()]);
    assert_eq!(*read.subject(), key(2).did());
    assert_eq!(read.proofs(), [proof]);
    assert_eq!(parsed.edition(), Edition::ReleaseCandidate);
}

#[test]
fn a_container_holds_each_token_once_whichever_way_it_came() {
    let (given, asked) = (delegation(), invocation());
    let mut container = Container::from_iter([Token::from(given.clone()), asked.clone().into()]);
    assert!(!container.insert(given.to_parsed()));
    assert!(!container.insert(asked.to_parsed()));
    let token = Token::decode(given.bytes()).unwrap();
    assert_eq!(token.cid(), given.cid());
    assert_eq!(token.bytes(), given.bytes());
    let token = Token::from(asked.to_parsed());
    assert_eq!((token.cid(), token.bytes()), (asked.cid(), asked.bytes()));
    assert_eq!(container.delegations().len(), 1);
    assert_eq!(container.invocations().len(), 1);
    assert_eq!(container.invocation().unwrap().cid(), asked.cid());
    let second = Invocation::builder(key(1).did(), "/read".parse().unwrap())
        .never_expires()
        .sign(&key(1), Nonce::empty())
        .unwrap();
    assert!(container.insert(second));
    assert!(matches!(
        container.invocation(),
        Err(DecodeError::Container(ContainerError::Invocations {
            found: 2
        }))
    ));
    for format in ContainerFormat::ALL {
        let bytes = container.encode(format).unwrap();
        assert_eq!(bytes[0], format.header());
        assert_eq!(ContainerFormat::of(bytes[0]), Some(format));
        assert_eq!(Container::split(&bytes, &Limits::DEFAULT).unwrap().len(), 3);
    }
    assert_eq!(ContainerFormat::of(b'A'), None);
}

#[test]
fn a_random_nonce_is_sixteen_bytes_and_another_each_time() {
    let (one, other) = (Nonce::random().unwrap(), Nonce::random().unwrap());
    assert_eq!(one.as_bytes().len(), 16);
    assert_ne!(one, other);
}

#[test]
fn a_cache_counts_what_it_holds_and_takes_nothing_twice() {
    let cache = ProofCache::with_capacity(1 << 20, Limits::DEFAULT);
    assert!(cache.is_empty());
    assert_eq!(cache.len(), 0);
    cache.insert(&delegation());
    cache.insert(&delegation());
    assert!(!cache.is_empty());
    assert_eq!(cache.len(), 1);
    let keys = KnownKeys::with_capacity(10);
    assert!(keys.is_empty());
    let fresh: Parsed<Delegation> = Parsed::decode(delegation().bytes()).unwrap();
    fresh.verify(&keys).unwrap();
    assert!(!keys.is_empty());
    assert_eq!(keys.len(), 1);
    assert!((&&keys).verifying_key(&key(1).did()).is_some());
    // A key that may change is not kept, whoever says that it has verified something.
    let named: Did = "did:web:example.com".parse().unwrap();
    let verifying_key = key(1).public_key().decompress().unwrap();
    keys.has_verified(&named, &verifying_key);
    assert_eq!(keys.len(), 1);
}

/// Signs as somebody else than its key, as a key that is named by `did:web` does.
struct Named(SecretKey);

impl Signer for Named {
    fn public_key(&self) -> delegant::PublicKey {
        self.0.public_key()
    }

    fn sign(&self, payload: delegant::SigPayload<'_>) -> Result<[u8; 64], delegant::SignError> {
        self.0.sign(payload)
    }

    fn did(&self) -> Did {
        "did:web:example.com".parse().unwrap()
    }
}

#[test]
fn a_signer_that_is_lent_signs_in_its_own_name() {
    let lent: &dyn Signer = &Named(key(1));
    let signed = Delegation::builder(key(2).did(), Subject::Any, "/".parse().unwrap())
        .never_expires()
        .sign(&lent, Nonce::empty())
        .unwrap();
    assert_eq!(signed.issuer().to_string(), "did:web:example.com");
    assert_eq!(signed.issuer().public_key(), None);
    let by_key = key(1).did();
    assert_eq!(by_key.public_key(), Some(&key(1).public_key()));
    let shared = std::sync::Arc::new(key(1));
    let signed = Delegation::builder(key(2).did(), Subject::Any, "/".parse().unwrap())
        .never_expires()
        .sign(&shared, Nonce::empty())
        .unwrap();
    let read: Parsed<Delegation> = Parsed::decode(signed.bytes()).unwrap();
    assert!(read.verify(&DidKeys).is_ok());
}

#[test]
fn a_name_is_as_long_as_it_may_be_and_no_longer() {
    let named = |length: usize| format!("did:web:{}", "a".repeat(length - 8)).parse::<Did>();
    assert!(named(128).is_ok());
    assert!(named(129).is_err());
}

/// Counts what verified.
struct Told(Cell<u32>);

impl Keys for Told {
    fn verifying_key(&self, did: &Did) -> Option<VerifyingKey> {
        DidKeys.verifying_key(did)
    }

    fn has_verified(&self, _: &Did, _: &VerifyingKey) {
        self.0.set(self.0.get() + 1);
    }
}

#[test]
fn keys_that_are_lent_are_told_what_verified() {
    let keys = Told(Cell::new(0));
    let parsed: Parsed<Delegation> = Parsed::decode(delegation().bytes()).unwrap();
    parsed.verify(&&keys).unwrap();
    assert_eq!(keys.0.get(), 1);
}

#[test]
fn revocations_are_empty_until_something_is_revoked_or_somebody_refused() {
    let mut revocations = Revocations::none();
    assert!(revocations.is_empty());
    revocations.refuse(key(1).did());
    assert!(!revocations.is_empty());
}
