//! Which chain is picked, and what is said where there is none.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::collections::BTreeMap;

use delegant::{
    Algorithm, Command, Delegation, Did, Ipld, Nonce, Policy, SecretKey, Signer, Subject,
    Timestamp, Verified, policy,
};
use delegant_agent::{Delegations, Miss, Request};

const NOW: i64 = 1_767_225_600;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds).unwrap()
}

fn key(seed: u8) -> SecretKey {
    SecretKey::from_bytes(Algorithm::Ed25519, &[seed; 32]).unwrap()
}

fn command(text: &str) -> Command {
    text.parse().unwrap()
}

struct Give<'k> {
    from: &'k SecretKey,
    to: Did,
    subject: Subject,
    command: &'static str,
    policy: Policy,
    until: i64,
}

impl<'k> Give<'k> {
    fn new(from: &'k SecretKey, to: &SecretKey, subject: &SecretKey) -> Self {
        Self {
            from,
            to: to.did(),
            subject: subject.did().into(),
            command: "/read",
            policy: Policy::default(),
            until: NOW + 1000,
        }
    }

    fn sign(self) -> Verified<Delegation> {
        let nonce = Nonce::from_bytes(&self.until.to_be_bytes()).unwrap();
        Delegation::builder(self.to, self.subject, command(self.command))
            .policy(self.policy)
            .expiration(at(self.until))
            .sign(self.from, nonce)
            .unwrap()
    }
}

fn holding(delegations: impl IntoIterator<Item = Verified<Delegation>>) -> Delegations {
    let mut all = Delegations::default();
    for delegation in delegations {
        assert!(all.insert(delegation));
    }
    all
}

/// The CIDs of the chain that is picked, or why there is none.
fn prove(
    delegations: &Delegations,
    invoker: &SecretKey,
    subject: &SecretKey,
    arguments: &BTreeMap<String, Ipld>,
) -> Result<Vec<delegant::Cid>, Box<delegant_agent::NoProof>> {
    let chain = delegations.prove(&Request {
        invoker: &invoker.did(),
        subject: &subject.did(),
        command: &command("/read/labs"),
        arguments,
        now: at(NOW),
    })?;
    Ok(chain.iter().map(Verified::cid).collect())
}

#[test]
fn picks_the_shortest_chain_and_of_those_the_one_that_expires_last() {
    let (alice, bob, carol, dan) = (key(1), key(2), key(3), key(4));
    let long = [
        Give {
            until: NOW + 9000,
            ..Give::new(&alice, &bob, &alice)
        }
        .sign(),
        Give {
            until: NOW + 9000,
            ..Give::new(&bob, &carol, &alice)
        }
        .sign(),
        Give {
            until: NOW + 9000,
            ..Give::new(&carol, &dan, &alice)
        }
        .sign(),
    ];
    let short = [
        Give {
            until: NOW + 2000,
            ..Give::new(&alice, &carol, &alice)
        }
        .sign(),
        Give {
            until: NOW + 3000,
            ..Give::new(&alice, &carol, &alice)
        }
        .sign(),
    ];
    let expected = vec![short[1].cid(), long[2].cid()];
    for order in [[0, 1], [1, 0]] {
        let mut all = long.to_vec();
        all.extend(order.map(|index| short[index].clone()));
        let held = holding(all);
        assert_eq!(
            prove(&held, &dan, &alice, &BTreeMap::new()),
            Ok(expected.clone())
        );
    }
}

#[test]
fn needs_no_chain_where_the_subject_itself_invokes() {
    let alice = key(1);
    assert_eq!(
        prove(&Delegations::default(), &alice, &alice, &BTreeMap::new()),
        Ok(vec![])
    );
}

#[test]
fn uses_a_powerline_anywhere_but_at_the_root() {
    let (alice, bob, carol) = (key(1), key(2), key(3));
    let root = Give::new(&alice, &bob, &alice).sign();
    let power = Give {
        subject: Subject::Any,
        ..Give::new(&bob, &carol, &alice)
    }
    .sign();
    let held = holding([root.clone(), power.clone()]);
    assert_eq!(
        prove(&held, &carol, &alice, &BTreeMap::new()),
        Ok(vec![root.cid(), power.cid()])
    );
    let at_root = Give {
        subject: Subject::Any,
        ..Give::new(&alice, &bob, &alice)
    }
    .sign();
    let none = prove(&holding([at_root.clone()]), &bob, &alice, &BTreeMap::new()).unwrap_err();
    assert_eq!(none.near_misses.len(), 1, "{none}");
    assert_eq!(none.near_misses[0].token, at_root.cid());
    assert_eq!(none.near_misses[0].miss, Miss::NothingAbove);
}

#[test]
fn does_not_pick_a_chain_that_widens_on_its_way() {
    let (alice, bob, carol) = (key(1), key(2), key(3));
    let narrow = Give {
        command: "/read/labs",
        ..Give::new(&alice, &bob, &alice)
    }
    .sign();
    let wide = Give {
        command: "/read",
        ..Give::new(&bob, &carol, &alice)
    }
    .sign();
    let held = holding([narrow.clone(), wide]);
    let none = prove(&held, &carol, &alice, &BTreeMap::new()).unwrap_err();
    assert_eq!(none.near_misses[0].token, narrow.cid());
    let Miss::Unusable(reason) = &none.near_misses[0].miss else {
        panic!("{none}");
    };
    assert_eq!(reason.code(), "CommandNotCovered");

    // With a root as wide as the hop, there is a chain.
    let root = Give {
        command: "/",
        ..Give::new(&alice, &bob, &alice)
    }
    .sign();
    let mut held = held;
    held.insert(root.clone());
    assert_eq!(
        prove(&held, &carol, &alice, &BTreeMap::new()).unwrap()[0],
        root.cid()
    );
}

#[test]
fn says_of_each_near_miss_why_it_failed() {
    let (alice, bob) = (key(1), key(2));
    let expired = Give {
        until: NOW - 1,
        ..Give::new(&alice, &bob, &alice)
    }
    .sign();
    let other_command = Give {
        command: "/write",
        ..Give::new(&alice, &bob, &alice)
    }
    .sign();
    let policy = Policy::new([policy::equal(".patient", "p-17")]).unwrap();
    let other_patient = Give {
        policy,
        ..Give::new(&alice, &bob, &alice)
    }
    .sign();
    let held = holding([expired, other_command, other_patient]);
    let arguments = BTreeMap::from([("patient".to_owned(), Ipld::from("p-18"))]);
    let none = prove(&held, &bob, &alice, &arguments).unwrap_err();
    let codes: Vec<_> = none
        .near_misses
        .iter()
        .map(|near| match &near.miss {
            Miss::Unusable(reason) => reason.code(),
            _ => "nothing above",
        })
        .collect();
    assert_eq!(codes, ["Expired", "CommandNotCovered", "MatchError"]);

    let stranger = key(9);
    let none = prove(&held, &stranger, &alice, &arguments).unwrap_err();
    assert_eq!(none.near_misses, []);
    assert!(none.to_string().contains("ask the subject"), "{none}");
}

#[test]
fn loops_and_dense_graphs_end() {
    let keys: Vec<_> = (1..=30).map(key).collect();
    let alice = key(99);
    let mut held = Delegations::default();
    for from in &keys {
        for to in &keys {
            held.insert(Give::new(from, to, &alice).sign());
        }
    }
    // Nobody got it from Alice.
    assert!(prove(&held, &keys[29], &alice, &BTreeMap::new()).is_err());
    let root = Give::new(&alice, &keys[0], &alice).sign();
    held.insert(root.clone());
    let chain = prove(&held, &keys[29], &alice, &BTreeMap::new()).unwrap();
    assert_eq!(chain.len(), 2);
    assert_eq!(chain[0], root.cid());
}
