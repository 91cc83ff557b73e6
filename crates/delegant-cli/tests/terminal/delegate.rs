//! What `delegant delegate` refuses, and what it warns of.

use crate::desk::Desk;

/// Alice has given `/read` to the agent for an hour, in `given.ucan`.
fn desk_with_a_delegation() -> (Desk, String, String) {
    let mut desk = Desk::new();
    let alice = desk.plain_key("alice.pem", "ed25519");
    let agent = desk.plain_key("agent.pem", "ed25519");
    desk.ok(&format!(
        "delegate --key alice.pem --to {agent} --command /read --expires 1h -o given.ucan"
    ));
    (desk, alice, agent)
}

#[test]
fn refuses_what_could_never_be_used() {
    let (mut desk, alice, agent) = desk_with_a_delegation();
    let on = format!("delegate --key agent.pem --to {alice} --proofs given.ucan --json --command");
    for (rest, code) in [
        ("/ --expires 1m", "Widens"),
        ("/readers --expires 1m", "Widens"),
        ("/read --expires 2000-01-01T00:00:00Z", "Expired"),
        ("/read --expires 2h --not-before 90m", "NeverTogether"),
        (
            r#"/read --expires 1m --policy [["not",["or",[]]]]"#,
            "EmptyOr",
        ),
        ("/read --expires 1m --not-before 2m", "Malformed"),
    ] {
        let answer = desk.run(&format!("{on} {rest}"));
        assert_eq!(answer.refusal(), (1, code.to_owned()), "{rest}");
    }
    // On its own subject the agent needs nobody's proof.
    desk.ok(&format!("{on} /write --expires 1m --subject {agent}"));

    let stranger = desk.run(&format!(
        "delegate --key alice.pem --to {agent} --proofs given.ucan --json --command /read --expires 1h"
    ));
    assert_eq!(stranger.refusal(), (1, "WrongIssuer".to_owned()));
}

#[test]
fn warns_of_what_is_broad() {
    let (mut desk, _, agent) = desk_with_a_delegation();
    let answer = desk.run(&format!(
        "delegate --key alice.pem --to {agent} --command / --expires never --powerline --json"
    ));
    assert_eq!(answer.code, 0);
    let broad = ["AllCommands", "EmptyPolicy", "NeverExpires", "Powerline"];
    assert_eq!(answer.warnings(), broad);
}

#[test]
fn warns_of_what_is_idle() {
    let (mut desk, alice, agent) = desk_with_a_delegation();
    let answer = desk.run(&format!(
        r#"delegate --key agent.pem --to {alice} --proofs given.ucan --command /read --expires 1d
        --policy [["==",".a",1],["==",".a",2]] --json"#
    ));
    assert_eq!(answer.warnings(), ["Outlives", "Contradiction"]);
    let answer = desk.run(&format!(
        r#"delegate --key alice.pem --to {agent} --subject {agent} --command /read --expires 1d
        --policy [["==",".a",1]] --json"#
    ));
    assert_eq!(answer.warnings(), ["Unproven"]);
}

#[test]
fn several_subjects_must_be_told_apart() {
    let (mut desk, alice, agent) = desk_with_a_delegation();
    let bob = desk.plain_key("bob.pem", "ed25519");
    desk.ok(&format!(
        "delegate --key bob.pem --to {agent} --command /read --expires 1h -o bobs.ucan"
    ));
    let on = format!(
        "delegate --key agent.pem --to {alice} --proofs given.ucan bobs.ucan --command /read --expires 1m --json"
    );
    let answer = desk.run(&on);
    assert_eq!(answer.code, 2);
    assert!(answer.out.contains(&bob), "{}", answer.out);
    let answer = desk.run(&format!("{on} --subject {bob}"));
    assert_eq!(answer.json()["proofs"].as_array().unwrap().len(), 1);
}
