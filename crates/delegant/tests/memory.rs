//! What is remembered between verifications, and what never is.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::time::Duration;

use delegant::{
    Algorithm, Authorization, Container, ContainerFormat, Delegation, Denial, Did, DidKeys,
    Evidence, Invocation, Keys, KnownKeys, Limit, Limits, Nonce, Parsed, ProofCache, PublicKey,
    Revocation, Revocations, SecretKey, SigPayload, SignError, Signer, Timestamp, Token, Verified,
    VerifyingKey, authorize,
};

const NOW: i64 = 1_767_225_600;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds).unwrap()
}

fn key(seed: u8) -> SecretKey {
    SecretKey::from_bytes(Algorithm::Ed25519, &[seed; 32]).unwrap()
}

/// Alice gives to Bob, and Bob calls.
fn call(alice: &impl Signer, bob: &SecretKey) -> (Verified<Delegation>, Vec<u8>) {
    let delegation = Delegation::builder(bob.did(), alice.did(), "/read".parse().unwrap())
        .expiration(at(NOW + 100))
        .sign(alice, Nonce::empty())
        .unwrap();
    let invocation = Invocation::builder(alice.did(), "/read".parse().unwrap())
        .proofs([delegation.cid()])
        .expiration(at(NOW + 1000))
        .sign(bob, Nonce::empty())
        .unwrap();
    let tokens = [Token::from(delegation.clone()), invocation.into()];
    let bytes = Container::from_iter(tokens)
        .encode(ContainerFormat::Bytes)
        .unwrap();
    (delegation, bytes)
}

fn decide(
    container: &Container,
    executor: &Did,
    keys: &impl Keys,
    now: i64,
    revocations: &Revocations,
) -> Result<Authorization, Denial> {
    authorize(
        container.invocation().unwrap().verify(keys)?,
        Evidence {
            now: at(now),
            leeway: Duration::ZERO,
            executor,
            keys,
            proofs: container.delegations(),
            revocations,
            limits: &Limits::DEFAULT,
        },
    )
}

#[test]
fn a_remembered_proof_is_judged_afresh_by_time_and_revocation() {
    let (alice, bob) = (key(1), key(2));
    let (delegation, bytes) = call(&alice, &bob);
    let cache = ProofCache::with_capacity(1 << 20, Limits::default());
    cache.insert(&delegation);
    let container = Container::decode_known(&bytes, &cache).unwrap();
    let none = Revocations::none();
    let verdict = |now, revocations| {
        decide(&container, &alice.did(), &DidKeys, now, revocations)
            .map(drop)
            .map_err(|denial| denial.reason.code())
    };
    assert_eq!(verdict(NOW, &none), Ok(()));
    assert_eq!(verdict(NOW + 101, &none), Err("Expired"));
    let revocation = Revocation::builder(delegation.cid()).sign(&alice).unwrap();
    let mut revocations = Revocations::none();
    revocations
        .add(&revocation, &[], &DidKeys, at(NOW))
        .unwrap();
    assert_eq!(verdict(NOW, &revocations), Err("Revoked"));
}

#[test]
fn what_is_remembered_is_found_by_its_cid_and_by_no_other() {
    let (delegation, _) = call(&key(1), &key(2));
    let (other, _) = call(&key(3), &key(4));
    let cache = ProofCache::with_capacity(1 << 20, Limits::default());
    cache.insert(&delegation);
    let found = cache.get(&delegation.cid()).unwrap();
    assert_eq!(found.bytes(), delegation.bytes());
    assert!(cache.get(&other.cid()).is_none());
}

#[test]
fn an_ecdsa_token_goes_by_two_cids_and_an_ed25519_token_by_one() {
    let p256 = SecretKey::from_bytes(Algorithm::P256, &[7; 32]).unwrap();
    let (low, _) = call(&p256, &key(2));
    let names: Vec<_> = low.spellings().collect();
    assert_eq!(names.len(), 2);
    assert_eq!(names[0], low.cid());
    assert_ne!(names[1], low.cid());
    assert_eq!(low.to_parsed().spellings().collect::<Vec<_>>(), names);
    let (only, _) = call(&key(1), &key(2));
    assert_eq!(only.spellings().collect::<Vec<_>>(), [only.cid()]);
}

#[test]
fn decoding_remembers_nothing_and_junk_has_no_way_in() {
    let (_, bytes) = call(&key(1), &key(2));
    let cache = ProofCache::with_capacity(1 << 20, Limits::default());
    Container::decode_known(&bytes, &cache).unwrap();
    assert!(cache.is_empty());
}

#[test]
fn a_changed_byte_is_another_token_to_the_cache() {
    let (alice, bob) = (key(1), key(2));
    let (delegation, bytes) = call(&alice, &bob);
    let cache = ProofCache::with_capacity(1 << 20, Limits::default());
    cache.insert(&delegation);
    let place = bytes
        .windows(delegation.bytes().len())
        .position(|window| window == delegation.bytes())
        .unwrap();
    // Inside the signature: still in order, but no longer signed.
    let mut forged = bytes;
    *forged.get_mut(place + 20).unwrap() ^= 1;
    let container = Container::decode_known(&forged, &cache).unwrap();
    let proof = container.delegations().first().unwrap();
    assert!(proof.verify(&DidKeys).is_err());
    let denial = decide(
        &container,
        &alice.did(),
        &DidKeys,
        NOW,
        &Revocations::none(),
    )
    .unwrap_err();
    // The invocation names the sound one, which is not there.
    assert_eq!(denial.reason.code(), "UnavailableProof");
}

#[test]
fn the_cache_stays_within_its_bytes_and_reads_within_its_limits() {
    let (alice, bob) = (key(1), key(2));
    let cache = ProofCache::with_capacity(20_000, Limits::default());
    for seed in 0..200_u8 {
        let delegation = Delegation::builder(bob.did(), alice.did(), "/read".parse().unwrap())
            .never_expires()
            .sign(&alice, Nonce::from_bytes(&[seed]).unwrap())
            .unwrap();
        cache.insert(&delegation);
    }
    assert!((1..=20_000 / 512).contains(&cache.len()), "{}", cache.len());

    let strict = Limits::default().lower(Limit::ContainerTokens, 1);
    let (_, bytes) = call(&alice, &bob);
    let refusal = Container::decode_known(&bytes, &ProofCache::with_capacity(1 << 20, strict));
    assert_eq!(refusal.unwrap_err().code(), "LimitExceeded");
}

#[test]
fn only_keys_that_verified_something_are_known() {
    let (alice, bob) = (key(1), key(2));
    let (delegation, bytes) = call(&alice, &bob);
    let keys = KnownKeys::with_capacity(100);
    let mut forged = delegation.bytes().to_vec();
    *forged.get_mut(20).unwrap() ^= 1;
    let forged = Parsed::<Delegation>::decode(&forged).unwrap();
    assert!(forged.verify(&keys).is_err());
    assert!(keys.is_empty());
    let container = Container::decode(&bytes).unwrap();
    drop(decide(&container, &alice.did(), &keys, NOW, &Revocations::none()).unwrap());
    assert_eq!(keys.len(), 2);
    // And again, with the keys known.
    drop(decide(&container, &alice.did(), &keys, NOW, &Revocations::none()).unwrap());
}

/// Signs as a `did:web`, whose key is whatever its document says today.
struct Web(SecretKey);

fn web() -> Did {
    "did:web:hospital.example".parse().unwrap()
}

impl Signer for Web {
    fn public_key(&self) -> PublicKey {
        self.0.public_key()
    }

    fn sign(&self, payload: SigPayload<'_>) -> Result<[u8; 64], SignError> {
        self.0.sign(payload)
    }

    fn did(&self) -> Did {
        web()
    }
}

/// Today's key of the `did:web`.
struct Document(PublicKey);

impl Keys for Document {
    fn verifying_key(&self, did: &Did) -> Option<VerifyingKey> {
        if *did == web() {
            return self.0.decompress();
        }
        DidKeys.verifying_key(did)
    }
}

#[test]
fn what_was_signed_by_a_key_that_may_change_is_never_remembered() {
    let (hospital, bob) = (Web(key(1)), key(2));
    let (delegation, bytes) = call(&hospital, &bob);
    let cache = ProofCache::with_capacity(1 << 20, Limits::default());
    cache.insert(&delegation);
    assert!(cache.is_empty());

    let container = Container::decode(&bytes).unwrap();
    let today = Document(hospital.public_key());
    drop(decide(&container, &web(), &today, NOW, &Revocations::none()).unwrap());
    let tomorrow = Document(key(9).public_key());
    let denial = decide(&container, &web(), &tomorrow, NOW, &Revocations::none()).unwrap_err();
    assert_eq!(denial.reason.code(), "InvalidSignature");
    // Without the document there is no key at all.
    let denial = decide(&container, &web(), &DidKeys, NOW, &Revocations::none()).unwrap_err();
    assert_eq!(denial.reason.code(), "InvalidSignature");
}
