//! The chains that the benches verify: each hop narrows the arguments a little further.

use std::time::Duration;

use delegant::{
    Algorithm, Authorization, Container, ContainerFormat, Delegation, Did, DidKeys, Evidence,
    Invocation, Keys, KnownKeys, Limits, Nonce, Policy, ProofCache, Revocations, SecretKey, Signer,
    Timestamp, Token, authorize, policy,
};

/// A container to verify, and who verifies it.
pub(crate) struct Story {
    pub(crate) bytes: Vec<u8>,
    pub(crate) executor: Did,
}

pub(crate) const NOW: i64 = 1_767_225_600;

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds).unwrap()
}

pub(crate) fn key(seed: usize) -> SecretKey {
    let mut bytes = [7; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    SecretKey::from_bytes(Algorithm::Ed25519, &bytes).unwrap()
}

fn nonce(seed: usize) -> Nonce {
    let mut bytes = [9; 16];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    Nonce::from_bytes(&bytes).unwrap()
}

/// A call through this many delegations: one command, three constraints on the arguments.
pub(crate) fn story(delegations: usize) -> Story {
    let subject = key(0).did();
    let command = || "/encounters/read".parse().unwrap();
    let mut tokens: Vec<Token> = Vec::new();
    let mut proofs = Vec::new();
    for hop in 0..delegations {
        let policy = Policy::new([
            policy::equal(".patient", "p-17"),
            policy::like(".code", "lab-*"),
            policy::at_most(".limit", i128::try_from(1000 - hop).unwrap()),
        ])
        .unwrap();
        let delegation = Delegation::builder(key(hop + 1).did(), subject.clone(), command())
            .policy(policy)
            .expiration(at(NOW + 1000))
            .sign(&key(hop), nonce(hop))
            .unwrap();
        proofs.push(delegation.cid());
        tokens.push(delegation.into());
    }
    let invocation = Invocation::builder(subject.clone(), command())
        .argument("patient", "p-17")
        .argument("code", "lab-hba1c")
        .argument("limit", 50)
        .proofs(proofs)
        .expiration(at(NOW + 60))
        .sign(&key(delegations), nonce(1000))
        .unwrap();
    tokens.push(invocation.into());
    Story {
        bytes: tokens
            .into_iter()
            .collect::<Container>()
            .encode(ContainerFormat::Bytes)
            .unwrap(),
        executor: subject,
    }
}

/// From bytes to a decision, with nothing known beforehand.
pub(crate) fn verify(story: &Story) -> Authorization {
    decide(story, Container::decode(&story.bytes).unwrap(), &DidKeys)
}

/// The same where keys and proofs were seen before.
pub(crate) fn verify_warm(story: &Story, cache: &ProofCache, keys: &KnownKeys) -> Authorization {
    let container = Container::decode_known(&story.bytes, cache).unwrap();
    let leave = decide(story, container, keys);
    for delegation in leave.delegations() {
        cache.insert(delegation);
    }
    leave
}

/// From a container to a decision.
pub(crate) fn decide(story: &Story, container: Container, keys: &impl Keys) -> Authorization {
    let invocation = container.invocation().unwrap().verify(keys).unwrap();
    authorize(
        invocation,
        Evidence {
            now: at(NOW),
            leeway: Duration::ZERO,
            executor: &story.executor,
            keys,
            proofs: container.delegations(),
            revocations: &Revocations::none(),
            limits: &Limits::DEFAULT,
        },
    )
    .unwrap()
}
