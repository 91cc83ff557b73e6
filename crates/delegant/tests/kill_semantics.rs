//! What if every byte is in order, but what it says is not? Whoever signs it, no more is authorised
//! than a model of the rules allows, and no less.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

mod chains;
mod figures;
#[path = "chains/model.rs"]
mod model;

use std::slice;

use chains::{
    Actor, Chain, DELEGATION, Draft, NOW, chain, chains, container, envelope, equal, exhaustive,
    judge, map, proofs, say,
};
use delegant::{Algorithm, Cid, Did, Ipld, Revocations};
use figures::Figure;
use model::{Written, allows};

/// Who signs what was altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hand {
    /// The one who signed before: it may say what it likes.
    Owner,
    /// The attacker, in the owner's name, with a key of the same algorithm.
    Forger,
    /// The attacker, in the owner's name, with a key of another algorithm and its header.
    ForgerOfAnotherAlgorithm,
    /// The attacker, in its own name.
    Attacker,
    /// Nobody: the signature over what it said before.
    Nobody,
}

impl Hand {
    const ALL: [Self; 5] = [
        Self::Owner,
        Self::Forger,
        Self::ForgerOfAnotherAlgorithm,
        Self::Attacker,
        Self::Nobody,
    ];

    /// Writes a token; `before` is what its owner signed.
    fn write(self, draft: &Draft, owner: &Actor, before: &[u8]) -> Written {
        let other = match owner.algorithm {
            Algorithm::Ed25519 => Algorithm::P256,
            Algorithm::P256 => Algorithm::Secp256k1,
            _ => Algorithm::Ed25519,
        };
        let signer = match self {
            Self::Owner => owner.clone(),
            Self::Forger | Self::Attacker => attacker(owner.algorithm),
            Self::ForgerOfAnotherAlgorithm => attacker(other),
            Self::Nobody => {
                let bytes = envelope(&before[3..67], &draft.signed(owner.header()));
                return Written {
                    holds: bytes == before,
                    draft: draft.clone(),
                    bytes,
                };
            }
        };
        let draft = match self {
            Self::Attacker => draft.with("iss", Some(signer.did.clone().into())),
            _ => draft.clone(),
        };
        Written {
            bytes: draft.sign(&signer),
            holds: draft.text("iss") == Some(&signer.did),
            draft,
        }
    }
}

/// The attacker has a key of every algorithm, and none of the chain's.
fn attacker(algorithm: Algorithm) -> Actor {
    Actor::new(algorithm, 200)
}

fn is_attacker(did: &Did) -> bool {
    let mut keys = Algorithm::ALL.into_iter().map(attacker);
    keys.any(|key| key.did == did.to_string())
}

/// Cases judged; those with another verdict than the model's, or stolen.
static CASES: Figure = Figure::of(5, ["semantic-cases", "semantic-other-verdicts"], "cases");

/// The cases of one test, and what became of them.
struct Cases {
    /// Of so many cases, one is tried.
    stride: usize,
    met: usize,
    tried: usize,
    authorised: usize,
    /// Where the verdict is not the model's.
    wrong: Vec<String>,
}

impl Cases {
    fn all() -> Self {
        Self::sampled(1)
    }

    fn sampled(stride: usize) -> Self {
        Self {
            stride: if exhaustive() { 1 } else { stride },
            met: 0,
            tried: 0,
            authorised: 0,
            wrong: Vec::new(),
        }
    }

    fn is_chosen(&mut self) -> bool {
        self.met += 1;
        self.met.is_multiple_of(self.stride)
    }

    /// The same, where a case is too telling to be left out.
    fn is_chosen_or(&mut self, always: bool) -> bool {
        self.is_chosen() || always
    }

    /// Compares the verdict with the model's. Was it authorised?
    fn compare(&mut self, call: &Written, links: &[Written], executor: &str, theft: bool) -> bool {
        let tokens: Vec<_> = links
            .iter()
            .chain([call])
            .map(|token| &token.bytes)
            .collect();
        let executor_did = executor.parse().unwrap();
        let leave = judge(&container(&tokens), &executor_did, &Revocations::none());
        self.tried += 1;
        self.authorised += usize::from(leave.is_ok());
        let describe = |problem: &str| {
            let drafts: Vec<_> = links.iter().map(|link| &link.draft).collect();
            format!("{problem}: {:?} by {drafts:?}", call.draft)
        };
        if leave.is_ok() != allows(call, links, executor) {
            self.wrong.push(describe("not the model's verdict"));
        }
        // Whatever an attacker signs, it can use nothing but its own.
        if let Ok(leave) = &leave
            && theft
            && !is_attacker(leave.subject())
        {
            self.wrong.push(describe("stolen"));
        }
        leave.is_ok()
    }

    fn report(&self, what: &str) {
        say(&format!(
            "{what}: {} cases, {} authorised as the model allows, {} other verdicts",
            self.tried,
            self.authorised,
            self.wrong.len(),
        ));
        CASES.add(self.tried, self.wrong.len());
        assert_eq!(self.wrong, Vec::<String>::new());
        assert!(self.tried >= self.met / self.stride && self.tried <= self.met);
    }
}

/// The links of a chain as their issuers signed them.
fn honest(chain: &Chain) -> Vec<Written> {
    let links = chain.links.iter().zip(&chain.actors);
    links
        .map(|(link, actor)| Hand::Owner.write(link, actor, &[]))
        .collect()
}

fn bytes(tokens: &[Written]) -> Vec<&[u8]> {
    tokens.iter().map(|token| token.bytes.as_slice()).collect()
}

/// The chain's call, with these proofs.
fn call(chain: &Chain, links: &[Written]) -> Draft {
    chain.call.with("prf", Some(proofs(&bytes(links))))
}

/// What a field of a token could be instead.
fn alterations(chain: &Chain, draft: &Draft) -> Vec<(&'static str, Option<Ipld>)> {
    let algorithm = chain.actors[0].algorithm;
    let everybody = || {
        let actors = chain.actors.iter().cloned();
        let dids = actors.chain([attacker(algorithm)]).map(|actor| actor.did);
        dids.map(|did| Some(Ipld::from(did)))
    };
    let mut found = Vec::new();
    let mut add = |name, values: Vec<Option<Ipld>>| {
        found.extend(values.into_iter().map(|value| (name, value)));
    };
    for name in ["iss", "aud", "sub"] {
        add(name, everybody().collect());
    }
    let commands = [
        "/",
        "/files",
        "/files/read",
        "/files/read/deep",
        "/files/write",
        "/file",
        "/filesystem",
        "/Files",
        "/files/",
        "files",
    ];
    add("cmd", commands.map(|command| Some(command.into())).into());
    let times = [-1000, -1, 0, 1, 1000].map(|offset| Some((NOW + offset).into()));
    add("exp", times.clone().into());
    add("exp", vec![Some(Ipld::Null), None]);
    add("nbf", times.into());
    add("nbf", vec![None]);
    let nonces = [0, 1, 64, 65].map(|length| Some(vec![7_u8; length].into()));
    add("nonce", nonces.into());
    add("meta", vec![None, Some(map([("role", "admin".into())]))]);
    if draft.tag.starts_with("ucan/dlg") {
        add("sub", vec![Some(Ipld::Null)]);
        let statements = [
            ("name", Ipld::from("a.txt")),
            ("name", "b.txt".into()),
            ("size", 7.into()),
            ("size", 8.into()),
            ("absent", Ipld::Null),
        ]
        .map(|(name, value)| equal(name, &value));
        add("pol", vec![Some(Ipld::List(Vec::new()))]);
        for statement in &statements {
            add("pol", vec![Some(Ipld::List(vec![statement.clone()]))]);
        }
        add("pol", vec![Some(Ipld::List(statements.into()))]);
    } else {
        add("aud", vec![None]);
        let name = |value: &str| ("name", value.into());
        let size = |value: i64| ("size", value.into());
        for arguments in [
            map([]),
            map([name("a.txt")]),
            map([name("b.txt"), size(7)]),
            map([name("a.txt"), size(8)]),
            map([name("a.txt"), size(7), ("more", Ipld::Null)]),
        ] {
            add("args", vec![Some(arguments)]);
        }
        add("iat", vec![None, Some((NOW + 1000).into())]);
        let elsewhere = Ipld::from(Cid::of(b"elsewhere"));
        add("cause", vec![None, Some(elsewhere.clone())]);
        let Some(Ipld::List(named)) = draft.fields.get("prf") else {
            panic!("{draft:?}");
        };
        let more = |links: &[Ipld]| Some(Ipld::List([named, links].concat()));
        add(
            "prf",
            vec![Some(Ipld::List(Vec::new())), more(&[elsewhere])],
        );
        if let [first, rest @ ..] = &named[..] {
            let short = named[..named.len() - 1].to_vec();
            let reverse = named.iter().rev().cloned().collect();
            for links in [rest.to_vec(), short, reverse] {
                add("prf", vec![Some(Ipld::List(links))]);
            }
            add("prf", vec![more(slice::from_ref(first))]);
        }
    }
    found.retain(|(name, value)| draft.fields.get(*name) != value.as_ref());
    found
}

#[test]
fn a_field_altered_by_whoever_signs_it_gives_no_more_than_the_rules_do() {
    let mut cases = Cases::sampled(83);
    let (mut by_owners, mut fields) = (0, Vec::new());
    for (number, chain) in chains().iter().enumerate() {
        // What owners sign is refused, if at all, for what it says alone.
        let is_telling = |hand| hand == Hand::Owner && number % 7 == 0;
        let last = chain.links.len();
        let links = honest(chain);
        let asked = call(chain, &links);
        let invoker = &chain.actors[last];
        let before = Hand::Owner.write(&asked, invoker, &[]);
        let tokens = [links.as_slice(), slice::from_ref(&before)].concat();
        assert_eq!(bytes(&tokens), chain.tokens(), "{}", chain.name);
        assert!(allows(&before, &links, &chain.executor));
        for (place, draft) in chain.links.iter().enumerate() {
            for (name, value) in alterations(chain, draft) {
                let altered = draft.with(name, value);
                fields.push(name);
                for hand in Hand::ALL {
                    for (names_it, caller) in [
                        (false, Hand::Owner),
                        (true, Hand::Owner),
                        (true, Hand::Forger),
                        (true, Hand::Attacker),
                    ] {
                        let always = is_telling(hand) && names_it && is_telling(caller);
                        if !cases.is_chosen_or(always) {
                            continue;
                        }
                        let mut links = links.clone();
                        let owner = &chain.actors[place];
                        links[place] = hand.write(&altered, owner, &links[place].bytes);
                        let asked = match names_it {
                            true => call(chain, &links),
                            false => asked.clone(),
                        };
                        let call = caller.write(&asked, invoker, &before.bytes);
                        let theft = hand != Hand::Owner;
                        if cases.compare(&call, &links, &chain.executor, theft) {
                            by_owners += 1;
                        }
                    }
                }
            }
        }
        for (name, value) in alterations(chain, &asked) {
            let altered = asked.with(name, value);
            fields.push(name);
            for hand in Hand::ALL {
                if cases.is_chosen_or(is_telling(hand)) {
                    let call = hand.write(&altered, invoker, &before.bytes);
                    let theft = hand != Hand::Owner;
                    cases.compare(&call, &links, &chain.executor, theft);
                }
            }
        }
    }
    cases.report("fields altered");
    fields.sort_unstable();
    fields.dedup();
    assert_eq!(fields.len(), 13, "{fields:?}");
    assert!(cases.met > 80_000, "{}", cases.met);
    assert!(by_owners > cases.tried / 200, "{by_owners}");
}

/// A chain of this length over all algorithms.
fn mixed(length: usize, variety: &str) -> Chain {
    let algorithms: Vec<_> = (0..=length)
        .map(|place| Algorithm::ALL[place % 3])
        .collect();
    chain(&algorithms, variety)
}

#[test]
fn links_replaced_inserted_or_dropped_lead_nowhere() {
    let mut cases = Cases::sampled(11);
    for (length, variety) in (1..=4).flat_map(|length| [(length, "plain"), (length, "powerlines")])
    {
        let chain = mixed(length, variety);
        let links = honest(&chain);
        let invoker = &chain.actors[length];
        let mut attempt = |links: &[Written], theft| {
            for caller in [Hand::Owner, Hand::Forger, Hand::Attacker] {
                if cases.is_chosen() {
                    let call = caller.write(&call(&chain, links), invoker, &[]);
                    cases.compare(&call, links, &chain.executor, theft);
                }
            }
        };
        // The attacker's links: from anyone to anyone, about anyone, in its own name or another's.
        let attacker = attacker(Algorithm::Ed25519);
        let everybody: Vec<_> = chain.actors.iter().chain([&attacker]).collect();
        for issuer in &everybody {
            for audience in &everybody {
                for subject in [Some(&chain.actors[0]), Some(&attacker), None] {
                    let subject = subject.map_or(Ipld::Null, |actor| actor.did.clone().into());
                    let forged = delegation(&issuer.did, &audience.did, subject);
                    let forged = Written {
                        bytes: forged.sign(&attacker),
                        holds: issuer.did == attacker.did,
                        draft: forged,
                    };
                    for place in 0..=length {
                        let mut longer = links.clone();
                        longer.insert(place, forged.clone());
                        attempt(&longer, true);
                        if place < length {
                            let mut replaced = links.clone();
                            replaced[place] = forged.clone();
                            attempt(&replaced, true);
                        }
                    }
                }
            }
        }
        // Every choice of the links, but for all of them.
        for choice in 0..(1_u32 << length) - 1 {
            let chosen = (0..length).filter(|place| choice & (1 << place) != 0);
            attempt(
                &chosen.map(|place| links[place].clone()).collect::<Vec<_>>(),
                true,
            );
        }
    }
    cases.report("links replaced, inserted, dropped");
    assert_eq!(cases.authorised, 0);
    assert!(cases.met > 10_000, "{}", cases.met);
}

fn delegation(issuer: &str, audience: &str, subject: Ipld) -> Draft {
    Draft::new(
        DELEGATION,
        [
            ("iss", issuer.into()),
            ("aud", audience.into()),
            ("sub", subject),
            ("cmd", "/".into()),
            ("pol", Ipld::List(Vec::new())),
            ("exp", Ipld::Null),
            ("nonce", Ipld::Bytes(Vec::new())),
        ],
    )
}

/// Every order of the numbers below this one.
fn orders(length: usize) -> Vec<Vec<usize>> {
    (0..length).fold(vec![Vec::new()], |orders, number| {
        let insert = |order: Vec<usize>| {
            (0..=order.len()).map(move |place| {
                let mut order = order.clone();
                order.insert(place, number);
                order
            })
        };
        orders.into_iter().flat_map(insert).collect()
    })
}

#[test]
fn of_all_orders_of_up_to_six_links_only_those_that_the_rules_allow_are_authorised() {
    let factorials = [1, 1, 2, 6, 24, 120, 720];
    let mut cases = Cases::all();
    for length in 0..=6 {
        for variety in ["plain", "powerlines", "one subject"] {
            let mut chain = mixed(
                length,
                if variety == "powerlines" {
                    variety
                } else {
                    "plain"
                },
            );
            if variety == "one subject" {
                // All links but the last from the subject to itself, so that their order is free.
                let subject = chain.actors[0].clone();
                for place in 0..length {
                    let link = &mut chain.links[place];
                    *link = link
                        .with("iss", Some(subject.did.clone().into()))
                        .with("cmd", Some("/".into()));
                    if place + 1 < length {
                        *link = link.with("aud", Some(subject.did.clone().into()));
                        chain.actors[place + 1] = subject.clone();
                    }
                }
            }
            let links = honest(&chain);
            let orders = orders(length);
            assert_eq!(orders.len(), factorials[length]);
            for caller in [Hand::Owner, Hand::Forger, Hand::Attacker] {
                let mut authorised = 0;
                for order in &orders {
                    let ordered: Vec<_> = order.iter().map(|place| links[*place].clone()).collect();
                    let call = caller.write(&call(&chain, &ordered), &chain.actors[length], &[]);
                    assert!(cases.is_chosen());
                    let theft = caller != Hand::Owner;
                    // The container keeps another order than the proofs.
                    if cases.compare(&call, &links, &chain.executor, theft) {
                        authorised += 1;
                    }
                }
                let expected = match (caller, variety) {
                    (Hand::Owner, "one subject") => factorials[length.saturating_sub(1)],
                    (Hand::Owner, _) => 1,
                    _ => 0,
                };
                assert_eq!(authorised, expected, "{length} {variety} {caller:?}");
            }
            // Once more the first link, which would fit where it leads from the subject to itself.
            let names: Vec<_> = links.iter().take(1).chain(&links).cloned().collect();
            let call = Hand::Owner.write(&call(&chain, &names), &chain.actors[length], &[]);
            assert!(cases.is_chosen());
            let is_allowed = cases.compare(&call, &links, &chain.executor, false);
            assert_eq!(is_allowed, length == 0);
        }
    }
    cases.report("orders of up to six links");
    assert_eq!(cases.tried, factorials.iter().sum::<usize>() * 9 + 21);
}

#[test]
fn a_powerline_takes_the_subject_from_above_at_every_place_but_the_first() {
    let mut cases = Cases::all();
    let mut sound = 0;
    for length in 1..=6 {
        let plain = mixed(length, "plain");
        for choice in 0_u32..1 << length {
            let mut chain = mixed(length, "plain");
            for (place, link) in chain.links.iter_mut().enumerate() {
                if choice & (1 << place) != 0 {
                    *link = link.with("sub", Some(Ipld::Null));
                }
            }
            let links = honest(&chain);
            let strangers = [&chain.actors[length], &attacker(Algorithm::P256)];
            for subject in strangers.into_iter().chain([&chain.actors[0]]) {
                for caller in [Hand::Owner, Hand::Forger, Hand::Attacker] {
                    let asked = call(&chain, &links).with("sub", Some(subject.did.clone().into()));
                    let call = caller.write(&asked, &chain.actors[length], &[]);
                    assert!(cases.is_chosen());
                    // Each as its own executor: that much is not what saves it.
                    let theft = caller != Hand::Owner;
                    if cases.compare(&call, &links, &subject.did, theft) {
                        sound += 1;
                    }
                }
            }
            // What is wrong with a link stays wrong where it, or any other, is a powerline.
            for place in 0..length {
                for (name, value) in [
                    ("exp", (NOW - 1).into()),
                    ("nbf", (NOW + 1).into()),
                    ("cmd", "/other".into()),
                    ("pol", Ipld::List(vec![equal("name", &"b.txt".into())])),
                    ("iss", plain.actors[length].did.clone().into()),
                    ("aud", plain.actors[0].did.clone().into()),
                ] {
                    let mut links = links.clone();
                    let draft = chain.links[place].with(name, Some(value));
                    let hand = Hand::Owner;
                    let issuer = match name {
                        "iss" => &chain.actors[length],
                        _ => &chain.actors[place],
                    };
                    links[place] = hand.write(&draft, issuer, &[]);
                    let call = hand.write(&call(&chain, &links), &chain.actors[length], &[]);
                    assert!(cases.is_chosen());
                    assert!(!cases.compare(&call, &links, &chain.executor, false));
                }
            }
        }
    }
    cases.report("powerlines");
    // For each length, the root must name its subject; the other links are free.
    assert_eq!(sound, 1 + 2 + 4 + 8 + 16 + 32);
}

#[test]
fn all_chains_of_up_to_two_links_among_three_are_judged_as_the_model_judges_them() {
    let mut cases = Cases::sampled(7);
    let chain = mixed(0, "plain");
    let actors: Vec<_> = Algorithm::ALL
        .iter()
        .map(|algorithm| Actor::new(*algorithm, 60))
        .collect();
    let did = |actor: &Actor| Ipld::from(actor.did.clone());
    let mut links = Vec::new();
    for issuer in &actors {
        for audience in &actors {
            for subject in actors.iter().map(did).chain([Ipld::Null]) {
                // Two of each, so that a link can follow its like.
                for nonce in 0..2 {
                    let draft = delegation(&issuer.did, &audience.did, subject.clone());
                    let draft = draft.with("nonce", Some(vec![nonce].into()));
                    links.push(Hand::Owner.write(&draft, issuer, &[]));
                }
            }
        }
    }
    let pairs = links.iter().step_by(2).flat_map(|first| {
        let seconds = links.iter().skip(1).step_by(2);
        seconds.map(move |second| vec![first.clone(), second.clone()])
    });
    let singles = links.iter().step_by(2).map(|link| vec![link.clone()]);
    for links in pairs.chain(singles).chain([Vec::new()]) {
        for invoker in &actors {
            for subject in &actors {
                if cases.is_chosen() {
                    let asked = call(&chain, &links)
                        .with("iss", Some(did(invoker)))
                        .with("sub", Some(did(subject)));
                    let call = Hand::Owner.write(&asked, invoker, &[]);
                    cases.compare(&call, &links, &subject.did, false);
                }
            }
        }
    }
    cases.report("all small chains");
    assert_eq!(cases.met, 9 * (36 * 36 + 36 + 1));
    if exhaustive() {
        // Alone: 3. By one link: 9. By two, the second naming the subject or none: 27 * 2.
        assert_eq!(cases.authorised, 3 + 9 + 54);
    }
}
