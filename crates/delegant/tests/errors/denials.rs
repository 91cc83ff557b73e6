//! Invocations that may not be executed.

use std::time::Duration;

use delegant::{
    Algorithm, Cid, Command, Delegation, DelegationBuilder, Did, DidKeys, Evidence, Invocation,
    InvocationBuilder, Ipld, Keys, Limit, Limits, Nonce, Parsed, Policy, Reason, Revocation,
    Revocations, SecretKey, SignatureProblem, Signer, Subject, Timestamp, Verified, VerifyingKey,
    authorize, policy,
};

use super::{are_all, error};

fn key(seed: u8) -> SecretKey {
    SecretKey::from_bytes(Algorithm::Ed25519, &[seed; 32]).unwrap()
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds).unwrap()
}

fn command(text: &str) -> Command {
    text.parse().unwrap()
}

const NOW: i64 = 1_767_225_600;

/// The owner is 1, its agent 2.
fn given() -> DelegationBuilder {
    to(2, key(1).did())
}

fn to(audience: u8, subject: impl Into<Subject>) -> DelegationBuilder {
    Delegation::builder(key(audience).did(), subject, command("/read")).never_expires()
}

fn sign(builder: DelegationBuilder, seed: u8) -> Parsed<Delegation> {
    builder
        .sign(&key(seed), Nonce::empty())
        .unwrap()
        .to_parsed()
}

fn asked() -> InvocationBuilder {
    Invocation::builder(key(1).did(), command("/read")).never_expires()
}

/// What the agent's call by these proofs is refused for.
fn refused(call: InvocationBuilder, proofs: &[Parsed<Delegation>]) -> Reason {
    judge(call, proofs, &Revocations::none(), &Limits::DEFAULT)
}

fn judge(
    call: InvocationBuilder,
    proofs: &[Parsed<Delegation>],
    revocations: &Revocations,
    limits: &Limits,
) -> Reason {
    let call = call.proofs(proofs.iter().map(Parsed::cid));
    let call = call.sign(&key(2), Nonce::empty()).unwrap();
    decide(call, proofs, revocations, limits)
}

fn decide(
    call: Verified<Invocation>,
    proofs: &[Parsed<Delegation>],
    revocations: &Revocations,
    limits: &Limits,
) -> Reason {
    let evidence = Evidence {
        now: moment(NOW),
        leeway: Duration::ZERO,
        executor: &key(1).did(),
        keys: &DidKeys,
        proofs,
        revocations,
        limits,
    };
    error(authorize(call, evidence)).reason
}

/// The same delegation, from bytes of which one in the signature is another.
fn forged(delegation: &Parsed<Delegation>) -> Parsed<Delegation> {
    let mut bytes = delegation.bytes().to_vec();
    bytes[10] ^= 1;
    Parsed::decode(&bytes).unwrap()
}

#[test]
fn each_reason_to_refuse() {
    let sound = || sign(given(), 1);
    let missing = asked().proofs([Cid::of(b"")]);
    let missing = missing.sign(&key(2), Nonce::empty()).unwrap();
    let narrow = Policy::new([policy::equal(".name", "b")]).unwrap();
    let promise = Ipld::Map([("await/ok".to_owned(), Cid::of(b"").into())].into());
    let mut revoked = Revocations::none();
    let revocation = Revocation::builder(sound().cid()).sign(&key(1)).unwrap();
    revoked
        .add(&revocation, &[], &DidKeys, moment(NOW))
        .unwrap();
    let mut refuses = Revocations::none();
    refuses.refuse(key(2).did());
    let none = Revocations::none();
    are_all::<Reason>([
        refused(asked(), &[forged(&sound())]),
        refused(asked().expiration(moment(NOW - 1)), &[sound()]),
        refused(asked().not_before(moment(NOW + 1)), &[sound()]),
        decide(missing, &[], &none, &Limits::DEFAULT),
        refused(asked(), &[]),
        refused(asked(), &[sign(to(2, Subject::Any), 1)]),
        refused(asked(), &[sign(to(2, key(3).did()), 1)]),
        refused(asked(), &[sign(given(), 3)]),
        refused(asked(), &[sign(to(3, key(1).did()), 1)]),
        refused(asked().audience(key(3).did()), &[sound()]),
        refused(
            Invocation::builder(key(1).did(), command("/write")).never_expires(),
            &[sound()],
        ),
        refused(asked(), &[sign(given().policy(narrow), 1)]),
        refused(asked().argument("name", promise), &[sound()]),
        judge(asked(), &[sound()], &revoked, &Limits::DEFAULT),
        judge(asked(), &[sound()], &refuses, &Limits::DEFAULT),
        judge(
            asked(),
            &[sound()],
            &none,
            &Limits::DEFAULT.lower(Limit::ChainLength, 0),
        ),
    ]);
}

/// Knows no key, or this one for everybody.
struct Holds(Option<SecretKey>);

impl Keys for Holds {
    fn verifying_key(&self, _: &Did) -> Option<VerifyingKey> {
        self.0.as_ref()?.public_key().decompress()
    }
}

#[test]
fn each_way_of_not_being_signed() {
    // Read anew: it does not know yet that its signature holds.
    let given: Parsed<Delegation> = Parsed::decode(sign(given(), 1).bytes()).unwrap();
    let of_another = SecretKey::from_bytes(Algorithm::P256, &[1; 32]).unwrap();
    let problem = |token: &Parsed<Delegation>, keys| error(token.verify(&keys)).cause;
    are_all::<SignatureProblem>([
        problem(&given, Holds(None)),
        problem(&given, Holds(Some(of_another))),
        problem(&forged(&given), Holds(Some(key(1)))),
    ]);
}
