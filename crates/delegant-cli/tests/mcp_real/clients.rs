//! What do the clients of others make of a refusal? An error, and never a result.

use serde_json::{Value, json};

use crate::packages::Packages;
use crate::parties::Parties;
use crate::programs::{nobody_is_left, run};
use crate::unchanged::{records, script};

#[derive(Debug, Clone, Copy)]
enum Client {
    TypeScript,
    Python,
    FastMcp,
}

const CLIENTS: [Client; 3] = [Client::TypeScript, Client::Python, Client::FastMcp];
const ERAS: [&str; 2] = ["legacy", "modern"];

/// What is said to each of these calls.
fn call(
    client: Client,
    server: &[String],
    era: &str,
    parties: &Parties,
    calls: &Value,
) -> Vec<Value> {
    let packages = Packages::get().unwrap();
    let asked = json!({"server": server, "era": era, "calls": calls}).to_string();
    let (python, node) = (packages.python(), packages.node());
    let command = match client {
        Client::TypeScript => vec![node, script("call.cjs"), asked],
        Client::Python => vec![python, script("call.py"), "mcp".to_owned(), asked],
        Client::FastMcp => vec![python, script("call.py"), "fastmcp".to_owned(), asked],
    };
    let modules = packages.path("node_modules");
    let said = run(&command, parties.folder(), &[("NODE_PATH", &modules)]);
    assert_eq!(said.code, Some(0), "{client:?}: {}", said.err);
    let lines = said
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let answers: Vec<Value> = lines.collect();
    assert_eq!(
        answers.len(),
        calls.as_array().unwrap().len(),
        "{client:?}: {}",
        said.err
    );
    assert!(
        answers.iter().all(|answer| answer["era"] == era),
        "{client:?}: {answers:?}"
    );
    answers
}

/// The number and the name of a refusal, which must have been raised.
fn raised(answer: &Value) -> (i64, &str) {
    assert!(answer["returned"].is_null(), "{answer}");
    let raised = &answer["raised"];
    let name = raised["data"]["code"]
        .as_str()
        .unwrap_or_else(|| panic!("{answer}"));
    let message = raised["message"].as_str().unwrap();
    assert!(message.contains(name), "{message}");
    (raised["code"].as_i64().unwrap(), name)
}

#[test]
fn every_client_gets_what_is_allowed_and_raises_what_is_refused() {
    if Packages::get().is_none() {
        return;
    }
    let parties = Parties::new();
    parties.allow("/mcp/tools/call/add", "[]", "1h");
    let patient = r#"[["==",".arguments.patient","p-17"]]"#;
    parties.allow("/mcp/tools/call", patient, "1h");
    // Nobody said a word about pictures, so that nobody may have them.
    parties.rules("[tools.add]\n[tools.read_encounters]\n");
    let server = records(Packages::get().unwrap());
    let signed = parties.sign(&parties.guard(&server));
    let calls = json!([
        ["read_encounters", {"patient": "p-17"}],
        ["read_encounters", {"patient": "p-18"}],
        ["picture", {"patient": "p-17"}],
        ["add", {"a": 1, "b": 2.5}],
    ]);
    for client in CLIENTS {
        for era in ERAS {
            let answers = call(client, &signed, era, &parties, &calls);
            let plain = call(client, &server, era, &parties, &json!([calls[0], calls[3]]));
            assert_eq!(answers[0], plain[0], "{client:?}, {era}");
            assert_eq!(answers[3], plain[1], "{client:?}, {era}");
            assert_eq!(
                raised(&answers[1]),
                (-31_403, "NoProof"),
                "{client:?}, {era}"
            );
            // It says what would have been allowed.
            let why = answers[1]["raised"]["message"].as_str().unwrap();
            assert!(why.contains("p-17"), "{client:?}, {era}: {why}");
            assert_eq!(
                raised(&answers[2]),
                (-31_403, "NoRule"),
                "{client:?}, {era}"
            );
        }
    }
    nobody_is_left(parties.folder());
}

#[test]
fn every_client_without_a_signer_raises_that_there_is_no_proof() {
    if Packages::get().is_none() {
        return;
    }
    let parties = Parties::with_everything();
    let guarded = parties.guard(&records(Packages::get().unwrap()));
    let calls = json!([["add", {"a": 1, "b": 2}]]);
    for client in CLIENTS {
        for era in ERAS {
            let answers = call(client, &guarded, era, &parties, &calls);
            assert_eq!(
                raised(&answers[0]),
                (-31_401, "NoToken"),
                "{client:?}, {era}"
            );
        }
    }
    nobody_is_left(parties.folder());
}
