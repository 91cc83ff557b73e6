//! How proofs are found again, and that nobody can make them be forgotten.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::cell::RefCell;
use std::time::Duration;

use delegant::{
    Algorithm, Authorization, Container, ContainerFormat, DecodeError, Delegation,
    DelegationBuilder, Did, DidKeys, Evidence, Invocation, Ipld, Keys, Limits, Nonce, Parsed,
    Policy, ProofCache, Revocations, SecretKey, Signer, Timestamp, Token, Verified, VerifyingKey,
    authorize,
};

fn key(seed: u8) -> SecretKey {
    SecretKey::from_bytes(Algorithm::Ed25519, &[seed; 32]).unwrap()
}

fn give(from: &SecretKey, to: &SecretKey, subject: &SecretKey, nonce: u32) -> Verified<Delegation> {
    Delegation::builder(to.did(), subject.did(), "/read".parse().unwrap())
        .never_expires()
        .sign(from, Nonce::from_bytes(&nonce.to_be_bytes()).unwrap())
        .unwrap()
}

fn call(invoker: &SecretKey, subject: &SecretKey, proofs: &[Verified<Delegation>]) -> Vec<Token> {
    let invocation = Invocation::builder(subject.did(), "/read".parse().unwrap())
        .proofs(proofs.iter().map(Verified::cid))
        .never_expires()
        .sign(invoker, Nonce::empty())
        .unwrap();
    let proofs = proofs.iter().cloned().map(Token::from);
    proofs.chain([invocation.into()]).collect()
}

fn bytes(tokens: Vec<Token>) -> Vec<u8> {
    let container: Container = tokens.into_iter().collect();
    container.encode(ContainerFormat::Bytes).unwrap()
}

/// Knows every `did:key`, and who was asked for.
#[derive(Default)]
struct Asked(RefCell<Vec<Did>>);

impl Keys for Asked {
    fn verifying_key(&self, did: &Did) -> Option<VerifyingKey> {
        self.0.borrow_mut().push(did.clone());
        DidKeys.verifying_key(did)
    }
}

/// As a server does it: from bytes to a decision, and what held is remembered.
fn serve(bytes: &[u8], executor: &Did, cache: &ProofCache, keys: &impl Keys) -> Authorization {
    let container = Container::decode_known(bytes, cache).unwrap();
    let leave = authorize(
        container.invocation().unwrap().verify(keys).unwrap(),
        Evidence {
            now: Timestamp::from_unix(1_767_225_600).unwrap(),
            leeway: Duration::ZERO,
            executor,
            keys,
            proofs: container.delegations(),
            revocations: &Revocations::none(),
            limits: &Limits::DEFAULT,
        },
    )
    .unwrap();
    for delegation in leave.delegations() {
        cache.insert(delegation);
    }
    leave
}

/// Alice, Bob, Carol, Dan: three delegations and a call.
fn chain() -> ([SecretKey; 4], Vec<u8>) {
    let keys = [1, 2, 3, 4].map(key);
    let [alice, bob, carol, dan] = &keys;
    let proofs = [
        give(alice, bob, alice, 0),
        give(bob, carol, alice, 0),
        give(carol, dan, alice, 0),
    ];
    let call = bytes(call(dan, alice, &proofs));
    (keys, call)
}

#[test]
fn a_flood_of_proofs_that_are_used_once_does_not_evict_a_chain_that_is_used_all_along() {
    let ([alice, .., dan], hot) = chain();
    let (mallory, accomplice) = (key(66), key(67));
    let cache = ProofCache::with_capacity(256 * 1024, Limits::default());
    for _ in 0..2 {
        drop(serve(&hot, &alice.did(), &cache, &DidKeys));
    }
    let mut most = 0;
    for nonce in 0..6_000 {
        // Mallory may act on itself: every one of these is sound, and enters.
        let proof = give(&mallory, &accomplice, &mallory, nonce);
        let junk = bytes(call(&accomplice, &mallory, &[proof]));
        drop(serve(&junk, &mallory.did(), &cache, &DidKeys));
        most = most.max(cache.len());
        if nonce % 100 == 99 {
            let asked = Asked::default();
            drop(serve(&hot, &alice.did(), &cache, &asked));
            let asked = asked.0.into_inner();
            assert_eq!(asked, [dan.did()], "after {nonce}: proofs were forgotten");
        }
    }
    // What was sent is many times what fits.
    assert!((10..600).contains(&most), "{most}");
}

#[test]
fn remembered_proofs_are_found_in_whatever_order_they_are_sent() {
    let ([alice, .., dan], hot) = chain();
    let cache = ProofCache::with_capacity(1 << 20, Limits::default());
    drop(serve(&hot, &alice.did(), &cache, &DidKeys));
    let tokens = Container::split(&hot, &Limits::DEFAULT).unwrap();
    for turn in 0..tokens.len() {
        let mut tokens = tokens.clone();
        tokens.rotate_left(turn);
        tokens.swap(0, 1);
        let asked = Asked::default();
        drop(serve(&in_this_order(&tokens), &alice.did(), &cache, &asked));
        assert_eq!(asked.0.into_inner(), [dan.did()]);
    }
}

/// A container of these tokens, which the writer would have sorted.
fn in_this_order(tokens: &[Vec<u8>]) -> Vec<u8> {
    let count = u8::try_from(tokens.len()).unwrap();
    let mut bytes = b"@\xa1\x66ctn-v1".to_vec();
    bytes.push(0x80 | count);
    for token in tokens {
        let length = u16::try_from(token.len()).unwrap();
        match length {
            0..256 => bytes.extend([0x58, u8::try_from(length).unwrap()]),
            _ => bytes.extend([&[0x59], length.to_be_bytes().as_slice()].concat()),
        }
        bytes.extend(token);
    }
    bytes
}

fn outcome(read: Result<Container, DecodeError>) -> Result<Vec<String>, String> {
    let container = read.map_err(|error| format!("{error:?}"))?;
    let delegations = container.delegations().iter().map(|token| token.cid());
    let invocations = container.invocations().iter().map(|token| token.cid());
    Ok(delegations
        .chain(invocations)
        .map(|cid| cid.to_string())
        .collect())
}

#[test]
fn a_container_reads_the_same_with_and_without_a_memory_whatever_byte_is_changed() {
    let ([alice, ..], hot) = chain();
    let cache = ProofCache::with_capacity(1 << 20, Limits::default());
    drop(serve(&hot, &alice.did(), &cache, &DidKeys));
    let mut refused = 0;
    for place in 0..hot.len() {
        for change in [1, 0x20, 0x80] {
            let mut changed = hot.clone();
            *changed.get_mut(place).unwrap() ^= change;
            let plain = outcome(Container::decode(&changed));
            refused += usize::from(plain.is_err());
            let known = outcome(Container::decode_known(&changed, &cache));
            assert_eq!(plain, known, "byte {place} ^ {change:#x}");
        }
    }
    assert!(refused > hot.len(), "{refused}");
}

#[test]
fn a_token_that_is_there_twice_is_refused_with_and_without_a_memory() {
    let ([alice, ..], hot) = chain();
    let cache = ProofCache::with_capacity(1 << 20, Limits::default());
    drop(serve(&hot, &alice.did(), &cache, &DidKeys));
    let tokens = Container::split(&hot, &Limits::DEFAULT).unwrap();
    for (place, twice) in tokens.iter().enumerate() {
        for to in 0..=tokens.len() {
            let mut tokens = tokens.clone();
            tokens.insert(to, twice.clone());
            let bytes = in_this_order(&tokens);
            let plain = outcome(Container::decode(&bytes));
            assert!(plain.is_err(), "{place} at {to}");
            assert_eq!(plain, outcome(Container::decode_known(&bytes, &cache)));
        }
    }
}

#[test]
fn with_two_invocations_both_are_read() {
    let ([alice, _, _, dan], hot) = chain();
    let cache = ProofCache::with_capacity(1 << 20, Limits::default());
    drop(serve(&hot, &alice.did(), &cache, &DidKeys));
    let mut container = Container::decode(&hot).unwrap();
    let [other] = call(&dan, &dan, &[]).try_into().unwrap();
    assert!(container.insert(other));
    let both = container.encode(ContainerFormat::Bytes).unwrap();
    let plain = outcome(Container::decode(&both));
    assert_eq!(plain, outcome(Container::decode_known(&both, &cache)));
    assert_eq!(plain.unwrap().len(), 5);
}

/// What a delegation takes in memory: as the allocator counts it, and as a cache does.
fn taken(written: &Verified<Delegation>) -> (u64, u64) {
    let mut read = None;
    let counted = allocation_counter::measure(|| {
        let parsed: Parsed<Delegation> = Parsed::decode(written.bytes()).unwrap();
        read = Some(parsed.verify(&DidKeys).unwrap());
    });
    let cache = ProofCache::with_capacity(1 << 30, Limits::default());
    cache.insert(&read.unwrap());
    (counted.bytes_current.try_into().unwrap(), cache.bytes())
}

/// The plain one, with something more.
fn with(policy: &[&str], more: impl Fn(DelegationBuilder) -> DelegationBuilder) -> (u64, u64) {
    let policy: Policy = format!("[{}]", policy.join(",")).parse().unwrap();
    let plain = Delegation::builder(key(2).did(), key(1).did(), "/a".parse().unwrap());
    let written = more(plain.policy(policy).never_expires())
        .sign(&key(1), Nonce::from_bytes(b"once").unwrap())
        .unwrap();
    taken(&written)
}

#[test]
fn a_cache_counts_what_a_proof_takes_in_memory_never_less_and_not_much_more() {
    let as_it_is = |builder: DelegationBuilder| builder;
    let long = "a".repeat(200);
    let plain = with(&[], as_it_is);
    // Its place in the cache, and what an allocator keeps for itself of its two allocations.
    assert!(
        (plain.0 + 136 + 2 * 8..=plain.0 + 300).contains(&plain.1),
        "{plain:?}"
    );

    let quoted = format!("\"{long}\"");
    let operand = |value: &str| format!(r#"["==",".a",{value}]"#);
    let policies = [
        operand("1"),
        operand(&quoted),
        operand(&format!("[{quoted},[{quoted}],{{\"{long}\":{quoted}}}]")),
        format!(r#"["==",".{long}",1]"#),
        format!(r#"["==",".a.b.c[0][1:2].d.e.f[\"{long}\"]",1]"#),
        format!(r#"["like",".a","{long}*b*c*d*e"]"#),
        format!(r#"["not",{}]"#, operand(&quoted)),
        format!(r#"["and",[{0},{0},{0}]]"#, operand(&quoted)),
        format!(r#"["all",".a",{}]"#, operand(&quoted)),
    ];
    let mut all: Vec<(String, (u64, u64))> = Vec::new();
    for policy in &policies {
        all.push((policy.clone(), with(&[policy.as_str()], as_it_is)));
    }
    let many: Vec<&str> = policies.iter().map(String::as_str).collect();
    all.push(("all of these".to_owned(), with(&many, as_it_is)));
    for entries in [1, 4, 11, 12, 40, 100] {
        let name = format!("{entries} entries of `meta`");
        let with_meta = |mut builder: DelegationBuilder| {
            for entry in 0..entries {
                builder = builder.meta(format!("{entry:030}"), Ipld::Bytes(vec![0; 30]));
            }
            builder
        };
        all.push((name, with(&[], with_meta)));
    }
    for name in [
        format!("did:web:{}", "a".repeat(100)),
        format!("did:web:{}", "b".repeat(110)),
    ] {
        let audience: Did = name.parse().unwrap();
        let command = format!("/{long}").parse().unwrap();
        let written = Delegation::builder(audience, key(1).did(), command)
            .never_expires()
            .sign(&key(1), Nonce::from_bytes(&[7; 64]).unwrap())
            .unwrap();
        all.push((name, taken(&written)));
    }
    for (what, (counted, told)) in all {
        let (more, told_more) = (counted - plain.0, told - plain.1);
        assert!(told_more >= more, "{what}: {told_more} of {more}");
        // Nodes of maps are counted as if they were a third full.
        assert!(told_more <= 3 * more + 400, "{what}: {told_more} of {more}");
    }
}
