//! The whole way, from tokens to a decision: both readings must decide alike, and say so with the same
//! code about the same token; and what is remembered must not change that.
//!
//! An input says what is signed, and the target signs it with the published keys of the test vectors
//! (`delegant_seeds`): the verifier that is fuzzed is the one that is shipped, down to its signatures.
#![no_main]

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use delegant::{
    Container, ContainerFormat, Delegation, Did, DidKeys, Evidence, Invocation, Limit, Limits,
    Parsed, ProofCache, Revocation, Revocations, Timestamp, authorize,
};
use delegant_fuzz::{begin, bounded, cross_over, mutate};
use delegant_model::cbor;
use delegant_model::chain::{self, Accepted, accept};
use delegant_model::reading::Reading;
use delegant_model::token::{Cid, Code, Token};
use delegant_seeds::{Case, Principals, Written};
use libfuzzer_sys::{Corpus, fuzz_crossover, fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    mutate(data, size, max_size, seed)
});

fuzz_crossover!(|one: &[u8], other: &[u8], out: &mut [u8], seed: u32| {
    cross_over(one, other, out, seed)
});

thread_local! {
    static FORGE: RefCell<Forge> = RefCell::new(Forge {
        principals: Principals::published(),
        made: HashMap::new(),
    });
}

fuzz_target!(init: begin(), |data: &[u8]| -> Corpus {
    let Some(case) = Case::read(data) else {
        return Corpus::Reject;
    };
    let (Ok(now), Ok(executor)) = (Timestamp::from_unix(case.now), case.executor.parse::<Did>()) else {
        return Corpus::Reject;
    };
    FORGE.with_borrow_mut(|forge| decide(&case, now, &executor, forge));
    Corpus::Keep
});

/// Signs, and remembers: most mutations change one token of several.
struct Forge {
    principals: Principals,
    made: HashMap<Vec<u8>, Made>,
}

/// A token, and what both readings read in it.
#[derive(Clone)]
struct Made {
    bytes: Vec<u8>,
    modelled: Option<Token>,
    /// As a delegation. It remembers that its signature was found to hold, as it would in a server.
    theirs: Option<Parsed<Delegation>>,
}

impl Forge {
    fn make(&mut self, written: &Written, proofs: &[Cid]) -> Made {
        let written = written.resolved(proofs);
        let name = cbor::write(&written.write());
        if let Some(made) = self.made.get(&name) {
            return made.clone();
        }
        let bytes = written.bytes(&self.principals);
        let made = Made {
            modelled: Token::decode(&bytes, &Reading::RULED).ok(),
            theirs: bounded(|| Parsed::decode(&bytes)).ok(),
            bytes,
        };
        let is_delegation = made
            .modelled
            .as_ref()
            .is_some_and(|token| token.delegation().is_some());
        assert_eq!(made.theirs.is_some(), is_delegation);
        if self.made.len() > 4096 {
            self.made.clear();
        }
        self.made.insert(name, made.clone());
        made
    }
}

fn decide(case: &Case, now: Timestamp, executor: &Did, forge: &mut Forge) {
    let mut cids: Vec<Cid> = Vec::new();
    let mut proofs: Vec<Made> = Vec::new();
    for written in &case.proofs {
        let made = forge.make(written, &cids);
        cids.push(delegant_model::token::cid(&made.bytes));
        proofs.push(made);
    }
    let invocation = forge.make(&case.invocation, &cids);
    let revocations: Vec<Made> = case
        .revocations
        .iter()
        .map(|written| forge.make(written, &cids))
        .collect();

    let limits = Limits::DEFAULT.lower(Limit::ChainLength, case.chain_limit);
    let held: Vec<Parsed<Delegation>> = proofs
        .iter()
        .filter_map(|made| made.theirs.clone())
        .collect();
    let modelled_proofs: Vec<&Token> = proofs
        .iter()
        .filter_map(|made| made.modelled.as_ref())
        .collect();
    let refused: Vec<&str> = case.refused.iter().map(String::as_str).collect();
    let mut modelled = chain::Evidence {
        now: case.now,
        leeway: 0,
        executor: &case.executor,
        proofs: &modelled_proofs,
        revocations: &[],
        refused: &refused,
        chain_limit: case.chain_limit,
    };

    let mut known = Revocations::none();
    let mut accepted: Vec<Accepted> = Vec::new();
    for made in &revocations {
        let Ok(parsed) = bounded(|| Parsed::<Revocation>::decode(&made.bytes)) else {
            continue;
        };
        let theirs: Result<(), Code> = match parsed.verify(&DidKeys) {
            Ok(revocation) => known
                .add(&revocation, &held, &DidKeys, now)
                .map_err(|denial| denial.reason.code()),
            Err(_) => Err("InvalidSignature"),
        };
        if theirs == Err("LimitExceeded") {
            return;
        }
        let token = made.modelled.as_ref().expect("both read it");
        let for_subject = match accept(token, &modelled, &Reading::RULED) {
            Ok((revocation, for_subject)) => {
                accepted.push(revocation);
                for_subject
            }
            Err(code) => Err(code),
        };
        assert_eq!(theirs, for_subject, "of a revocation");
    }
    for did in refused.iter().filter_map(|did| did.parse::<Did>().ok()) {
        known.refuse(did);
    }
    modelled.leeway = case.leeway;
    modelled.revocations = &accepted;

    let parsed = bounded(|| Parsed::<Invocation>::decode(&invocation.bytes)).ok();
    let token = invocation
        .modelled
        .as_ref()
        .filter(|token| token.invocation().is_some());
    assert_eq!(parsed.is_some(), token.is_some());
    let (Some(parsed), Some(token)) = (parsed, token) else {
        return;
    };
    let evidence = |proofs| Evidence {
        now,
        leeway: Duration::from_secs(case.leeway.unsigned_abs()),
        executor,
        keys: &DidKeys,
        proofs,
        revocations: &known,
        limits: &limits,
    };
    let verdict = bounded(|| verdict(&parsed, evidence(&held)));
    let decision = chain::authorize(token, &modelled, &Reading::RULED);
    match (verdict, decision.ordered) {
        (Ok(()), _) => assert!(decision.allows(), "model {decision:?}, delegant allows it"),
        // The model counts no steps; and a chain past the limit has no place in its order.
        (Err(("LimitExceeded", _)), _) => {}
        (Err((code, at)), Err(denied)) => {
            assert_eq!(code, denied.code);
            assert!(
                denied.token.is_none_or(|cid| cid == at),
                "{code} at another token"
            );
        }
        (Err(theirs), Ok(())) => panic!("model allows it, delegant {theirs:?}"),
    }

    // Sent in a container, to a server that has seen the delegations before.
    let cache = ProofCache::with_capacity(1 << 20, Limits::DEFAULT);
    for proof in &held {
        if let Ok(verified) = proof.verify(&DidKeys) {
            cache.insert(&verified);
        }
    }
    let mut container = Container::default();
    for proof in &held {
        container.insert(proof.clone());
    }
    container.insert(parsed);
    if let Ok(sent) = container.encode(ContainerFormat::Bytes) {
        let received = bounded(|| Container::decode_known(&sent, &cache)).expect("it was written");
        let parsed = received.invocation().expect("one was sent");
        let again = bounded(|| self::verdict(parsed, evidence(received.delegations())));
        assert_eq!(again, verdict, "what is remembered changes the verdict");
    }
}

fn verdict(
    invocation: &Parsed<Invocation>,
    evidence: Evidence<'_, DidKeys>,
) -> Result<(), (Code, Cid)> {
    let verified = invocation
        .verify(&DidKeys)
        .map_err(|invalid| ("InvalidSignature", invalid.token.to_bytes()))?;
    match authorize(verified, evidence) {
        Ok(_) => Ok(()),
        Err(denial) => Err((denial.reason.code(), denial.token.to_bytes())),
    }
}
