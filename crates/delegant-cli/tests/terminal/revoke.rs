//! Revocations that are handed in, and principals that are refused.

use crate::desk::Desk;
use crate::serving::Serving;

/// A desk with a service whose owner, Alice, let the agent read, and the agent a helper.
fn usual() -> (Desk, Serving, String) {
    let (desk, serving, agent, _) = all();
    (desk, serving, agent)
}

/// As [`usual`], and the CID of the delegation to the helper.
fn all() -> (Desk, Serving, String, String) {
    let mut desk = Desk::new();
    desk.plain_key("alice.pem", "ed25519");
    let agent = desk.plain_key("agent.pem", "p256");
    let helper = desk.plain_key("helper.pem", "ed25519");
    let give = "--command /encounters/read --expires 1h";
    desk.ok(&format!(
        "delegate --key alice.pem --to {agent} {give} -o given.ucan"
    ));
    let passed_on = desk.run(&format!(
        "delegate --key agent.pem --proofs given.ucan --to {helper} {give} -o passed-on.ucan --json"
    ));
    let passed_on = passed_on.json()["cid"].as_str().unwrap().to_owned();
    let serving = Serving::start(&desk.path().join("alice.pem"));
    (desk, serving, agent, passed_on)
}

/// The exit code, and the refusal where it is one.
fn call(desk: &mut Desk, serving: &Serving, who: &str, proofs: &str) -> (i32, String) {
    let answer = desk.run(&format!(
        "call GET {}/encounters/p-17 --key {who} --proofs {proofs} --json
        --command /encounters/read --arg patient=p-17",
        serving.url
    ));
    let code = answer.json()["error"]["code"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    (answer.code, code)
}

const ALLOWED: (i32, String) = (0, String::new());

fn refused(code: &str) -> (i32, String) {
    (1, code.to_owned())
}

#[test]
fn a_revocation_is_handed_in_and_heeded_at_once() {
    let (mut desk, serving, _) = usual();
    assert_eq!(
        call(&mut desk, &serving, "helper.pem", "passed-on.ucan"),
        ALLOWED
    );
    let revoke = "revoke --key alice.pem --of given.ucan";
    let answer = desk.run(&format!("{revoke} --to {}", serving.url));
    assert_eq!(
        (answer.code, answer.out.as_str()),
        (0, ""),
        "{}",
        answer.err
    );
    let accepted = format!("accepted at {}/ as number 1", serving.url);
    assert!(answer.err.contains(&accepted), "{}", answer.err);
    assert_eq!(
        call(&mut desk, &serving, "helper.pem", "passed-on.ucan"),
        refused("Revoked")
    );

    // Once more does no harm; where nobody is, the others have it all the same.
    let again = desk.run(&format!(
        "{revoke} --to http://127.0.0.1:1 --to {} --json",
        serving.url
    ));
    assert_eq!(again.code, 2);
    let told = again.json();
    assert_eq!(told["to"][0]["error"]["code"], "Unreachable");
    assert_eq!(told["to"][1]["sequence"], 1);
    assert!(told["container"].is_string());
}

#[test]
fn who_stands_in_the_middle_shows_how_the_authority_came_to_it() {
    let (mut desk, serving, _, to_helper) = all();
    // A CID alone says nothing of what it is about.
    let alone = desk.run(&format!(
        "revoke --key agent.pem --token {to_helper} --to {} --json",
        serving.url
    ));
    assert_eq!(alone.code, 1, "{}{}", alone.out, alone.err);
    assert_eq!(alone.json()["to"][0]["error"]["code"], "NotServed");
    assert_eq!(
        call(&mut desk, &serving, "helper.pem", "passed-on.ucan"),
        ALLOWED
    );

    let shown = desk.run(&format!(
        "revoke --key agent.pem --of passed-on.ucan --to {}",
        serving.url
    ));
    assert_eq!(shown.code, 0, "{}", shown.err);
    assert_eq!(
        call(&mut desk, &serving, "helper.pem", "passed-on.ucan"),
        refused("Revoked")
    );
    assert_eq!(
        call(&mut desk, &serving, "agent.pem", "given.ucan"),
        ALLOWED
    );
}

#[cfg(feature = "store")]
#[test]
fn a_rogue_agent_is_refused_by_one_command_and_readmitted_by_another() {
    let (mut desk, serving, agent) = usual();
    assert_eq!(
        call(&mut desk, &serving, "agent.pem", "given.ucan"),
        ALLOWED
    );
    let store = "--store sqlite:delegant.db";
    assert_eq!(desk.ok(&format!("refuse --list {store}")), "");
    assert_eq!(
        desk.ok(&format!("refuse {agent} {store}")),
        format!("refused {agent}")
    );
    assert_eq!(desk.ok(&format!("refuse --list {store}")), agent);
    // The service learns of it within a second.
    let mut answer = ALLOWED;
    for _ in 0..20 {
        answer = call(&mut desk, &serving, "helper.pem", "passed-on.ucan");
        if answer != ALLOWED {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert_eq!(answer, refused("RefusedPrincipal"));

    desk.ok(&format!("refuse {agent} --readmit {store}"));
    let listed = desk.run(&format!("refuse --list {store} --json")).json();
    assert_eq!(listed["refused"].as_array().unwrap().len(), 0);
}

#[cfg(feature = "store")]
#[test]
fn a_store_that_is_not_there_is_not_made_by_a_slip_of_the_pen() {
    let (mut desk, _serving, agent) = usual();
    for store in ["sqlite:alcie.db", "memory:", "sqlite::memory:", "mysql://x"] {
        let answer = desk.run(&format!("refuse {agent} --store {store} --json"));
        assert_eq!(answer.refusal(), (2, "Usage".to_owned()), "{store}");
    }
    assert!(!desk.path().join("alcie.db").exists());
    // An address with a password comes from a file, and is not said.
    desk.write_private("address", "postgres://canary:canary@127.0.0.1:1/canary\n");
    let answer = desk.run(&format!("refuse {agent} --store @address --json"));
    assert_eq!(answer.refusal(), (2, "Unavailable".to_owned()));
    assert!(!desk.printed().contains("canary"));
}
