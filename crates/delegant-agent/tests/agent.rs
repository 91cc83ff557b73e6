//! What an agent invokes and gives, and what it says where it cannot.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::collections::BTreeMap;
use std::time::Duration;

use delegant::{
    Algorithm, Authorization, Container, Delegation, Denial, Did, DidKeys, Evidence, Ipld, Limits,
    Nonce, Policy, PolicyError, Reason, Revocations, SecretKey, Signer, Statement, Subject,
    Timestamp, Verified, authorize, policy,
};
use delegant_agent::keyfile::{self, Passphrase, Protection};
use delegant_agent::review::Warning;
use delegant_agent::{
    Agent, Ask, DelegateError, Delegations, InvokeError, LoadError, Miss, Narrower, Wallet,
};

const NOW: i64 = 1_767_225_600;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix(NOW + seconds).unwrap()
}

fn key(seed: u8) -> SecretKey {
    SecretKey::from_bytes(Algorithm::Ed25519, &[seed; 32]).unwrap()
}

fn did(seed: u8) -> Did {
    key(seed).did()
}

const ALICE: u8 = 1;
const AGENT: u8 = 2;
const HELPER: u8 = 3;
const BOB: u8 = 4;

type Rules = Vec<Result<Statement, PolicyError>>;

fn give(from: u8, to: u8, command: &str, rules: Rules, seconds: i64) -> Verified<Delegation> {
    Delegation::builder(did(to), did(ALICE), command.parse().unwrap())
        .policy(Policy::new(rules).unwrap())
        .expiration(at(seconds))
        .sign(&key(from), Nonce::random().unwrap())
        .unwrap()
}

fn patient(name: &str) -> Rules {
    vec![policy::equal(".patient", name)]
}

fn agent(held: impl IntoIterator<Item = Verified<Delegation>>) -> Agent {
    Agent::new(key(AGENT), Delegations::from_iter(held))
}

fn ask(command: &str, patient: &str) -> Ask {
    Ask::new(did(ALICE), command.parse().unwrap()).argument("patient", patient)
}

fn narrower(command: &str) -> Narrower {
    Narrower::new(did(ALICE), command.parse().unwrap())
}

/// As the executor would.
fn judge(container: &Container, executor: u8, seconds: i64) -> Result<Authorization, Box<Denial>> {
    let invocation = container.invocation().unwrap().verify(&DidKeys).unwrap();
    let evidence = Evidence {
        now: at(seconds),
        leeway: Duration::ZERO,
        executor: &did(executor),
        keys: &DidKeys,
        proofs: container.delegations(),
        revocations: &Revocations::none(),
        limits: &Limits::DEFAULT,
    };
    authorize(invocation, evidence).map_err(Box::new)
}

#[test]
fn an_invocation_carries_the_proofs_that_its_executor_needs() {
    let given = give(ALICE, AGENT, "/encounters", patient("p-17"), 900);
    let other = give(ALICE, AGENT, "/billing", vec![], 900);
    let call = agent([other, given.clone()])
        .invoke_at(ask("/encounters/read", "p-17"), at(0))
        .unwrap();
    let text = call.to_text().unwrap();
    let received = Container::decode(text.as_bytes()).unwrap();
    let leave = judge(&received, ALICE, 30).unwrap();
    assert_eq!(leave.invoker(), &did(AGENT));
    let proofs: Vec<_> = leave.principals().map(|(_, cid)| cid).collect();
    assert_eq!(proofs, [given.cid()]);
    assert_eq!(call.task(), leave.invocation().task().unwrap());
}

#[test]
fn an_invocation_lives_for_a_minute_unless_it_is_told_otherwise() {
    let agent = agent([give(ALICE, AGENT, "/read", vec![], 900)]);
    let call = agent.invoke_at(ask("/read", "p-17"), at(0)).unwrap();
    assert_eq!(call.invocation().bounds().expiration(), Some(at(60)));
    let brief = ask("/read", "p-17").lifetime(Duration::from_secs(5));
    let call = agent.invoke_at(brief, at(0)).unwrap();
    assert_eq!(call.invocation().bounds().expiration(), Some(at(5)));
}

#[test]
fn two_invocations_of_the_same_are_two_tasks() {
    let agent = agent([give(ALICE, AGENT, "/read", vec![], 900)]);
    let one = agent.invoke_at(ask("/read", "p-17"), at(0)).unwrap();
    let other = agent.invoke_at(ask("/read", "p-17"), at(0)).unwrap();
    assert_ne!(one.task(), other.task());
}

#[test]
fn an_invocation_may_be_for_another_executor() {
    let agent = agent([give(ALICE, AGENT, "/read", vec![], 900)]);
    let call = agent
        .invoke_at(ask("/read", "p-17").audience(did(BOB)), at(0))
        .unwrap();
    assert!(judge(&call.container(), BOB, 0).is_ok());
    assert!(judge(&call.container(), ALICE, 0).is_err());
}

#[test]
fn an_agent_that_may_not_says_what_is_in_the_way_and_signs_nothing() {
    let given = give(ALICE, AGENT, "/encounters", patient("p-17"), 900);
    let refused = agent([given.clone()])
        .invoke_at(ask("/encounters/read", "p-18"), at(0))
        .unwrap_err();
    let InvokeError::NoProof(missing) = refused else {
        panic!("{refused}");
    };
    let miss = &missing.near_misses[0];
    assert_eq!(miss.token, given.cid());
    assert!(matches!(miss.miss, Miss::Unusable(Reason::MatchError(_))));
}

#[test]
fn the_system_clock_is_asked_where_no_moment_is_given() {
    let endless = Delegation::builder(did(AGENT), did(ALICE), "/read".parse().unwrap())
        .never_expires()
        .sign(&key(ALICE), Nonce::random().unwrap())
        .unwrap();
    let agent = agent([endless]);
    let read = "/read".parse().unwrap();
    let call = agent.invoke(&did(ALICE), &read, BTreeMap::new()).unwrap();
    let until = call.invocation().bounds().expiration().unwrap();
    assert!(until > at(0), "{until}");
    let lasting = narrower("/read").lasting(Duration::from_secs(60));
    let given = agent.delegate(&did(HELPER), lasting).unwrap();
    assert!(given.delegation().bounds().expiration().unwrap() >= until);
}

#[test]
fn what_an_agent_gives_works_in_the_hands_of_its_helper() {
    let agent = agent([give(ALICE, AGENT, "/encounters", patient("p-17"), 900)]);
    let labs = Policy::new([policy::equal(".kind", "laboratory")]).unwrap();
    let given = agent
        .delegate_at(
            &did(HELPER),
            narrower("/encounters/read").policy(labs),
            at(0),
        )
        .unwrap();

    let container = Container::decode(given.to_text().unwrap().as_bytes()).unwrap();
    let received = container.delegations().iter();
    let received = received.map(|token| token.verify(&DidKeys).unwrap());
    let helper = Agent::new(key(HELPER), received.collect());
    let wanted = ask("/encounters/read", "p-17").argument("kind", "laboratory");
    let call = helper.invoke_at(wanted, at(10)).unwrap();
    let leave = judge(&call.container(), ALICE, 10).unwrap();
    assert_eq!(leave.principals().count(), 2);
    assert!(
        helper
            .invoke_at(ask("/encounters/read", "p-17"), at(10))
            .is_err()
    );
}

#[test]
fn a_delegation_ends_when_what_it_rests_on_ends() {
    let agent = agent([give(ALICE, AGENT, "/read", vec![], 900)]);
    for (wanted, end) in [
        (narrower("/read"), 900),
        (narrower("/read").until(at(9000)), 900),
        (narrower("/read").lasting(Duration::from_secs(9000)), 900),
        (narrower("/read").lasting(Duration::from_secs(60)), 60),
    ] {
        let given = agent.delegate_at(&did(HELPER), wanted, at(0)).unwrap();
        assert_eq!(given.delegation().bounds().expiration(), Some(at(end)));
        let idle = given.review().warnings.iter();
        assert_eq!(
            idle.filter(|warning| matches!(warning, Warning::Outlives { .. }))
                .count(),
            0
        );
    }
}

#[test]
fn nothing_endless_is_given_by_leaving_a_word_out() {
    let alice = Agent::new(key(ALICE), Delegations::default());
    let refused = alice
        .delegate_at(&did(AGENT), narrower("/read"), at(0))
        .unwrap_err();
    assert!(matches!(refused, DelegateError::Endless), "{refused}");
    let lasting = narrower("/read").lasting(Duration::from_secs(60));
    let given = alice.delegate_at(&did(AGENT), lasting, at(0)).unwrap();
    assert!(given.proofs().is_empty());
}

#[test]
fn a_wider_command_is_refused_with_the_delegation_that_came_close() {
    let narrow = give(ALICE, AGENT, "/encounters/read", vec![], 900);
    let refused = agent([narrow.clone()])
        .delegate_at(&did(HELPER), narrower("/encounters"), at(0))
        .unwrap_err();
    let DelegateError::NoProof(missing) = &refused else {
        panic!("{refused}");
    };
    assert_eq!(missing.near_misses[0].token, narrow.cid());
    assert!(matches!(
        missing.near_misses[0].miss,
        Miss::Unusable(Reason::CommandNotCovered { .. })
    ));
}

#[test]
fn what_nobody_gave_is_refused_and_says_whom_to_ask() {
    let refused = agent([])
        .delegate_at(&did(HELPER), narrower("/read"), at(0))
        .unwrap_err();
    assert!(refused.to_string().contains("ask the subject"), "{refused}");
    // Held, but by way of somebody whose own authority nobody shows.
    let dangling = give(BOB, AGENT, "/read", vec![], 900);
    let refused = agent([dangling])
        .delegate_at(&did(HELPER), narrower("/read"), at(0))
        .unwrap_err();
    assert!(
        refused.to_string().contains(&did(BOB).to_string()),
        "{refused}"
    );
}

#[test]
fn what_has_expired_is_not_passed_on() {
    let over = give(ALICE, AGENT, "/read", vec![], -1);
    let refused = agent([over])
        .delegate_at(&did(HELPER), narrower("/read"), at(0))
        .unwrap_err();
    assert!(refused.to_string().contains("expired"), "{refused}");
    // Nor what ends before the new one would begin.
    let brief = give(ALICE, AGENT, "/read", vec![], 10);
    let later = narrower("/read").not_before(at(20));
    let refused = agent([brief])
        .delegate_at(&did(HELPER), later, at(0))
        .unwrap_err();
    assert!(refused.to_string().contains("expired"), "{refused}");
}

#[test]
fn the_chain_with_the_fitting_policy_is_picked() {
    let (one, other) = (
        give(ALICE, AGENT, "/read", patient("p-17"), 900),
        give(ALICE, AGENT, "/read", patient("p-18"), 100),
    );
    let agent = agent([one.clone(), other.clone()]);
    for (name, proof) in [("p-17", &one), ("p-18", &other)] {
        let wanted = narrower("/read").policy(Policy::new(patient(name)).unwrap());
        let given = agent.delegate_at(&did(HELPER), wanted, at(0)).unwrap();
        assert_eq!(given.proofs()[0].cid(), proof.cid(), "{name}");
    }
    let wanted = narrower("/read").policy(Policy::new(patient("p-19")).unwrap());
    let refused = agent.delegate_at(&did(HELPER), wanted, at(0)).unwrap_err();
    assert!(refused.to_string().contains("contradicts"), "{refused}");
}

#[test]
fn the_chain_that_takes_away_the_least_is_picked_however_long() {
    let narrow = give(ALICE, AGENT, "/read", patient("p-17"), 900);
    let wide = [
        give(ALICE, BOB, "/", vec![], 500),
        give(BOB, AGENT, "/read", vec![], 500),
    ];
    let agent = agent([narrow, wide[1].clone(), wide[0].clone()]);
    let given = agent
        .delegate_at(&did(HELPER), narrower("/read"), at(0))
        .unwrap();
    let proofs: Vec<_> = given.proofs().iter().map(Verified::cid).collect();
    assert_eq!(proofs, [wide[0].cid(), wide[1].cid()]);
}

#[test]
fn of_two_chains_alike_the_one_that_lasts_is_picked() {
    let (brief, long) = (
        give(ALICE, AGENT, "/read", vec![], 100),
        give(ALICE, AGENT, "/read", vec![], 900),
    );
    for held in [[brief.clone(), long.clone()], [long.clone(), brief]] {
        let given = agent(held)
            .delegate_at(&did(HELPER), narrower("/read"), at(0))
            .unwrap();
        assert_eq!(given.proofs()[0].cid(), long.cid());
    }
}

#[test]
fn a_powerline_is_passed_on_for_the_subject_that_it_leads_to() {
    let root = give(ALICE, BOB, "/read", vec![], 900);
    let powerline = Delegation::builder(did(AGENT), Subject::Any, "/read".parse().unwrap())
        .expiration(at(800))
        .sign(&key(BOB), Nonce::random().unwrap())
        .unwrap();
    let given = agent([root, powerline])
        .delegate_at(&did(HELPER), narrower("/read"), at(0))
        .unwrap();
    assert_eq!(given.proofs().len(), 2);
    assert_eq!(given.delegation().bounds().expiration(), Some(at(800)));
    // A powerline from the subject itself is no root.
    let from_alice = Delegation::builder(did(AGENT), Subject::Any, "/".parse().unwrap())
        .expiration(at(800))
        .sign(&key(ALICE), Nonce::random().unwrap())
        .unwrap();
    assert!(
        agent([from_alice])
            .delegate_at(&did(HELPER), narrower("/read"), at(0))
            .is_err()
    );
}

#[test]
fn loops_end_and_a_chain_never_grows_too_long_to_verify() {
    let looping = [
        give(BOB, AGENT, "/read", vec![], 900),
        give(AGENT, BOB, "/read", vec![], 900),
    ];
    assert!(
        agent(looping)
            .delegate_at(&did(HELPER), narrower("/read"), at(0))
            .is_err()
    );
    // 32 delegations are the most that is verified, the new one among them.
    for (held, works) in [(31_u8, true), (32, false)] {
        let mut chain = vec![give(ALICE, 100, "/read", vec![], 900)];
        chain.extend((1..held - 1).map(|step| give(99 + step, 100 + step, "/read", vec![], 900)));
        chain.push(give(98 + held, AGENT, "/read", vec![], 900));
        assert_eq!(chain.len(), usize::from(held));
        let given = agent(chain).delegate_at(&did(HELPER), narrower("/read"), at(0));
        assert_eq!(given.is_ok(), works, "{held}");
    }
}

#[test]
fn a_policy_that_can_never_be_true_is_not_given() {
    let alice = Agent::new(key(ALICE), Delegations::default());
    let never = Policy::new([policy::equal(".a", 1), policy::equal(".a", 2)]).unwrap();
    let wanted = narrower("/read").policy(never).until(at(10));
    let refused = alice.delegate_at(&did(AGENT), wanted, at(0)).unwrap_err();
    assert!(matches!(refused, DelegateError::NeverTrue(_)), "{refused}");
}

#[test]
fn an_agent_learns_without_those_that_were_cloned_from_it() {
    let mut one = agent([]);
    let other = one.clone();
    let given = give(ALICE, AGENT, "/read", vec![], 900);
    assert!(one.learn(given.clone()));
    assert!(!one.learn(given));
    assert!(one.invoke_at(ask("/read", "p-17"), at(0)).is_ok());
    assert!(other.invoke_at(ask("/read", "p-17"), at(0)).is_err());
}

#[test]
fn an_agent_is_loaded_from_its_files_and_tells_what_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let (pem, wallet) = (
        folder.path().join("agent.pem"),
        folder.path().join("wallet"),
    );
    let words = || Passphrase::new("correct horse battery staple".to_owned().into());
    keyfile::create(&pem, &key(AGENT), Protection::Passphrase(&words().unwrap())).unwrap();
    let given = give(ALICE, AGENT, "/read", vec![], 900);
    Wallet::open(&wallet)
        .unwrap()
        .add(&[given.to_parsed()])
        .unwrap();
    std::fs::write(wallet.join("broken.ucan"), "no token").unwrap();

    let agent = Agent::load(&pem, &wallet, words).unwrap();
    assert_eq!(agent.did(), &did(AGENT));
    assert_eq!(agent.delegations().iter().len(), 1);
    assert_eq!(agent.passed_over().len(), 1);
    assert!(agent.invoke_at(ask("/read", "p-17"), at(0)).is_ok());

    let nothing = Agent::load(folder.path().join("none.pem"), &wallet, words).unwrap_err();
    assert!(matches!(nothing, LoadError::Key(_)), "{nothing}");
    let no_folder = Agent::load(&pem, &pem, words).unwrap_err();
    assert!(matches!(no_folder, LoadError::Wallet(_)), "{no_folder}");
}

#[test]
fn no_secret_and_no_token_is_in_a_debug_text() {
    let canary = *b"a-canary-in-the-coal-mine-sings!";
    let key = SecretKey::from_bytes(Algorithm::Ed25519, &canary).unwrap();
    let given = Delegation::builder(key.did(), did(ALICE), "/read".parse().unwrap())
        .expiration(at(900))
        .sign(&self::key(ALICE), Nonce::random().unwrap())
        .unwrap();
    let agent = Agent::new(key, Delegations::from_iter([given]));
    let call = agent.invoke_at(ask("/read", "p-canary"), at(0)).unwrap();
    let given = agent
        .delegate_at(&did(HELPER), narrower("/read"), at(0))
        .unwrap();
    let said = format!("{agent:?} {agent:#?} {call:?} {call:#?} {given:?} {given:#?}");
    let hex: String = canary.iter().map(|byte| format!("{byte:02x}")).collect();
    let list = format!("{:?}", &canary[8..16]);
    let token = call.to_text().unwrap();
    for secret in [
        "canary",
        hex.get(16..32).unwrap(),
        list.trim_matches(['[', ']']),
        token.get(40..80).unwrap(),
    ] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
    let _: &BTreeMap<String, Ipld> = call.invocation().arguments();
}
