//! What was taken back travels from one service to another, over HTTP or in a file.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::desk::Desk;
use crate::serving::Serving;

const HERE: &str = "--store sqlite:delegant.db";
const THERE: &str = "--store sqlite:elsewhere.db";

/// A service at which one delegation was revoked, and its DID.
fn usual() -> (Desk, Serving, String) {
    let mut desk = Desk::new();
    let alice = desk.plain_key("alice.pem", "ed25519");
    let agent = desk.plain_key("agent.pem", "p256");
    desk.ok(&format!(
        "delegate --key alice.pem --to {agent} --command /encounters/read --expires 1h -o given.ucan"
    ));
    let serving = Serving::start(&desk.path().join("alice.pem"));
    desk.ok(&format!(
        "revoke --key alice.pem --of given.ucan --to {}",
        serving.url
    ));
    (desk, serving, alice)
}

#[test]
fn are_listed_with_who_revoked_what() {
    let (mut desk, _serving, alice) = usual();
    let listed = desk.ok(&format!("revocations list {HERE}"));
    assert!(listed.starts_with("1 bafyrei"), "{listed}");
    assert!(listed.contains(&format!("revoked by {alice}")), "{listed}");
    let listed = desk.run(&format!("revocations list {HERE} --json")).json();
    assert_eq!(
        (
            listed["newest"].as_u64(),
            listed["revocations"][0]["revoker"].as_str()
        ),
        (Some(1), Some(alice.as_str()))
    );
    let behind = desk
        .run(&format!("revocations list {HERE} --after 1 --json"))
        .json();
    assert_eq!(behind["revocations"].as_array().unwrap().len(), 0);
}

#[test]
fn travel_in_a_file_that_the_service_signs() {
    let (mut desk, _serving, alice) = usual();
    desk.ok(&format!(
        "revocations export --key alice.pem {HERE} -o file.json"
    ));
    let taken = desk.ok(&format!(
        "revocations import file.json --service {alice} {THERE}"
    ));
    assert!(taken.starts_with("1 taken, up to number 1"), "{taken}");
    let taken = desk.run(&format!(
        "revocations import file.json --service {alice} {THERE} --json"
    ));
    assert_eq!(taken.json()["taken"], 0);
    assert!(
        desk.ok(&format!("revocations list {THERE}"))
            .contains(&alice)
    );
    // Another service's word is not this one's.
    let agent = desk.ok("key show agent.pem");
    let other = desk.run(&format!(
        "revocations import file.json --service {agent} {THERE} --json"
    ));
    assert_eq!(other.refusal(), (1, "Head".to_owned()));
    let no_file = desk.pipe(
        &format!("revocations import --service {alice} {THERE} --json"),
        "{}",
    );
    assert_eq!(no_file.refusal(), (2, "Malformed".to_owned()));
}

#[test]
fn are_told_by_the_service_when_it_is_asked() {
    let (mut desk, serving, alice) = usual();
    let follow = format!("revocations follow {} --once {THERE}", serving.url);
    let taken = desk.run(&format!("{follow} --service {alice} --json"));
    assert_eq!(taken.json()["taken"], 1, "{}", taken.err);
    let taken = desk.run(&format!("{follow} --service {alice} --json"));
    assert_eq!(
        (
            taken.json()["taken"].as_u64(),
            taken.json()["sequence"].as_u64()
        ),
        (Some(0), Some(1))
    );
    let agent = desk.ok("key show agent.pem");
    let other = desk.run(&format!("{follow} --service {agent} --json"));
    assert_eq!(other.refusal(), (1, "Head".to_owned()));
    let nobody = desk.run(&format!(
        "revocations follow http://127.0.0.1:1 --once {THERE} --service {alice} --json"
    ));
    assert_eq!(nobody.refusal(), (2, "Unreachable".to_owned()));
}

#[test]
fn are_told_as_they_happen() {
    let (mut desk, serving, alice) = usual();
    let agent = desk.ok("key show agent.pem");
    desk.ok(&format!(
        "delegate --key alice.pem --to {agent} --command /other --expires 1h -o other.ucan"
    ));
    let follow = format!(
        "revocations follow {} {THERE} --service {alice} --json",
        serving.url
    );
    let mut following = desk.command(&follow).stderr(Stdio::null()).spawn().unwrap();
    let mut said = BufReader::new(following.stdout.take().unwrap()).lines();
    let mut next =
        || -> serde_json::Value { serde_json::from_str(&said.next().unwrap().unwrap()).unwrap() };
    assert_eq!(next()["sequence"], 1);
    desk.ok(&format!(
        "revoke --key alice.pem --of other.ucan --to {}",
        serving.url
    ));
    let heard = next();
    assert_eq!(
        (heard["taken"].as_u64(), heard["sequence"].as_u64()),
        (Some(1), Some(2))
    );
    following.kill().unwrap();
    following.wait().unwrap();
    let listed = desk.run(&format!("revocations list {THERE} --json")).json();
    assert_eq!(listed["revocations"].as_array().unwrap().len(), 2);
}
