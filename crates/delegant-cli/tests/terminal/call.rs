//! Calls of a service from the terminal.

use std::fs;

use crate::desk::Desk;
use crate::serving::Serving;

/// A desk with a service whose owner, Alice, let the agent read the encounters of one patient.
fn usual() -> (Desk, Serving) {
    let mut desk = Desk::new();
    desk.plain_key("alice.pem", "p256");
    let agent = desk.plain_key("agent.pem", "ed25519");
    desk.ok(&format!(
        r#"delegate --key alice.pem --to {agent} --command /encounters/read
        --policy [["==",".patient","p-17"]] --expires 1h -o given.ucan"#
    ));
    desk.ok("wallet add --wallet wallet given.ucan");
    let serving = Serving::start(&desk.path().join("alice.pem"));
    (desk, serving)
}

const AGENT: &str = "call --key agent.pem --wallet wallet";

#[test]
fn prints_what_the_service_answers() {
    let (mut desk, serving) = usual();
    let answer = desk.run(&format!(
        "{AGENT} GET {}/encounters/p-17 --command /encounters/read --arg patient=p-17",
        serving.url
    ));
    assert_eq!(
        (answer.code, answer.out.as_str()),
        (0, "encounters of p-17\n"),
        "{}",
        answer.err
    );
    assert!(answer.err.contains("200 OK"), "{}", answer.err);
    let answer = desk.run(&format!(
        "{AGENT} --json GET {}/encounters/p-17 --command /encounters/read --arg patient=p-17",
        serving.url
    ));
    let json = answer.json();
    assert_eq!(
        (json["status"].as_u64(), json["body"].as_str()),
        (Some(200), Some("encounters of p-17\n"))
    );
    assert!(json["receipt"].is_null());
}

#[test]
fn the_request_itself_is_the_call_where_no_command_is_said() {
    let (mut desk, serving) = usual();
    let answer = desk.run(&format!(
        "call --key alice.pem get {}/files/a%20b?c=d",
        serving.url
    ));
    // A program gets what was sent; only a screen is spared.
    let sent = "/files/a%20b c=d\u{1b}[2J\n";
    assert_eq!(
        (answer.code, answer.out.as_str()),
        (0, sent),
        "{}",
        answer.err
    );
    let sent = desk.pipe(
        &format!(
            "call --key alice.pem POST {}/files/x --body @-",
            serving.url
        ),
        "hello",
    );
    assert_eq!((sent.code, sent.out.as_str()), (0, "hello"), "{}", sent.err);
    desk.ok(&format!(
        "call --key alice.pem POST {}/files/x --body hello -o answer",
        serving.url
    ));
    assert_eq!(
        fs::read_to_string(desk.path().join("answer")).unwrap(),
        "hello"
    );
}

#[test]
fn a_receipt_is_verified_and_kept() {
    let (mut desk, serving) = usual();
    for call in [
        format!("GET {}/encounters/p-17", serving.url),
        format!("RPC {}", serving.url),
    ] {
        let answer = desk.run(&format!(
            "{AGENT} {call} --command /encounters/read --arg patient=p-17 --receipt receipt.ucan"
        ));
        assert_eq!(answer.code, 0, "{}", answer.err);
        assert!(
            answer.err.contains(&format!("signed by {}", serving.did)),
            "{}",
            answer.err
        );
        let verified = desk.run(&format!(
            "receipt verify receipt.ucan --executor {}",
            serving.did
        ));
        assert_eq!(verified.code, 0, "{}", verified.err);
    }
}

#[test]
fn an_rpc_prints_the_outcome() {
    let (mut desk, serving) = usual();
    let rpc = format!("{AGENT} RPC {} --command /encounters/read", serving.url);
    let answer = desk.run(&format!("{rpc} --arg patient=p-17"));
    assert_eq!(
        (answer.code, answer.out.as_str()),
        (0, "\"encounters of p-17\"\n"),
        "{}",
        answer.err
    );
    let answer = desk.run(&format!("{rpc} --arg patient=p-17 --json"));
    assert_eq!(answer.json()["ok"], "encounters of p-17");
    let failed = desk.run(&format!(
        "call --key alice.pem RPC {} --command /encounters/read --arg patient=p-0 --json",
        serving.url
    ));
    assert_eq!(failed.refusal(), (1, "Failed".to_owned()));
    let usage = desk.run(&format!("{AGENT} RPC {} --json", serving.url));
    assert_eq!(usage.refusal(), (2, "Usage".to_owned()));
}

#[test]
fn what_the_service_has_not_ends_with_one() {
    let (mut desk, serving) = usual();
    let answer = desk.run(&format!(
        "call --key alice.pem GET {}/encounters/p-0 --command /encounters/read --arg patient=p-0",
        serving.url
    ));
    assert_eq!(
        (answer.code, answer.out.as_str()),
        (1, "no such patient"),
        "{}",
        answer.err
    );
}

#[test]
fn what_the_wallet_does_not_give_is_not_sent_and_says_why() {
    let (mut desk, serving) = usual();
    let refused = desk.run(&format!(
        "{AGENT} GET {}/encounters/p-18 --command /encounters/read --arg patient=p-18",
        serving.url
    ));
    assert_eq!(refused.code, 1);
    assert!(
        refused.err.contains("nothing at hand proves"),
        "{}",
        refused.err
    );
    assert!(
        refused.err.contains(r#"["==",".patient","p-17"]"#),
        "{}",
        refused.err
    );
}

#[test]
fn a_refusal_explains_itself() {
    let (mut desk, serving) = usual();
    // The request says another patient than was signed.
    let refused = desk.run(&format!(
        "{AGENT} GET {}/encounters/p-18 --command /encounters/read --arg patient=p-17",
        serving.url
    ));
    assert_eq!(refused.code, 1, "{}", refused.out);
    for said in ["refused (400)", "signed `patient` \"p-17\"", "sent p-18"] {
        assert!(refused.err.contains(said), "{said}: {}", refused.err);
    }
    // Another route than the one that the command is for.
    let refused = desk.run(&format!(
        "call --key alice.pem --json GET {}/encounters/p-17",
        serving.url
    ));
    assert_eq!(refused.refusal(), (1, "NotBound".to_owned()));
    // Somebody who is nobody here.
    let nobody = desk.plain_key("nobody.pem", "ed25519");
    let refused = desk.run(&format!(
        "call --key nobody.pem --subject {nobody} GET {}/files/x",
        serving.url
    ));
    assert_eq!(refused.code, 1);
    for said in ["refused (403)", "only the resources of", "--service"] {
        assert!(refused.err.contains(said), "{said}: {}", refused.err);
    }
}

#[test]
fn a_service_that_is_not_there_ends_with_two() {
    let (mut desk, _serving) = usual();
    let down = desk.run("call --key alice.pem --json GET http://127.0.0.1:1/files/x");
    assert_eq!(down.refusal(), (2, "Unreachable".to_owned()));
    let clear = desk.run("call --key alice.pem --json GET http://records.example/files/x");
    assert_eq!(clear.refusal(), (2, "Usage".to_owned()));
    assert!(
        clear.json()["error"]["hints"][0]
            .as_str()
            .unwrap()
            .contains("--in-the-clear")
    );
    let no_url = desk.run("call --key alice.pem GET records.example/files/x");
    assert_eq!(no_url.code, 2);
    let twice =
        desk.run("call --key alice.pem --json --header authorization:x GET http://127.0.0.1:1/x");
    assert_eq!(twice.refusal(), (2, "Usage".to_owned()));
}
