//! From a first day on which nothing is refused to one on which only what was needed is allowed.

use std::fs;

use serde_json::{Value, json};

use crate::desk::{Answer, Desk};
use crate::mcp::shell;

fn call(patient: &str, more: &Value) -> String {
    let mut arguments = json!({ "patient": patient });
    for (name, value) in more.as_object().unwrap() {
        arguments[name] = value.clone();
    }
    let call = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": { "name": "read", "arguments": arguments },
    });
    format!("{call}\n")
}

/// Was the server reached, or was the call refused on the way?
#[track_caller]
fn reached(answer: &Answer) -> bool {
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert_eq!(answer.out.lines().count(), 1, "{}", answer.out);
    let message: Value = serde_json::from_str(&answer.out).unwrap();
    message.get("result").is_some()
}

/// It answers whatever it is asked.
const SERVER: &str = r#"while read -r line; do
    id=$(printf '%s' "$line" | sed -E 's/.*"id":("[^"]*"|[0-9]+).*/\1/')
    printf '{"jsonrpc":"2.0","id":%s,"result":{"content":[]}}\n' "$id"
done
"#;

#[test]
fn what_was_seen_on_the_first_day_is_what_is_allowed_on_the_second() {
    let mut desk = Desk::new();
    let server = desk.plain_key("server.pem", "ed25519");
    let agent = desk.plain_key("agent.pem", "p256");
    fs::write(desk.path().join("server.sh"), SERVER).unwrap();
    let guard = format!("mcp guard --server {server} --record record");
    let seen = [
        call("p-17", &json!({})),
        call("p-18", &json!({ "kind": "laboratory" })),
    ];
    for message in &seen {
        let answer = desk.pipe(&format!("{guard} -- sh server.sh"), message);
        assert!(reached(&answer), "nothing is refused");
    }

    let suggested = desk.run(&format!(
        "mcp suggest record --json --key server.pem --to {agent}"
    ));
    let line = suggested.json()["suggestions"][0]["delegate"].clone();
    let (done, said) = shell(&desk, line.as_str().unwrap());
    assert!(done, "{said}");
    desk.ok("wallet add --wallet wallet read.ucan");

    let delegant = snapbox::cmd::cargo_bin("delegant");
    let both = format!(
        "mcp sign --key agent.pem --wallet wallet --service {server} -- {} {guard} --mode enforce -- sh server.sh",
        delegant.display()
    );
    for message in &seen {
        assert!(reached(&desk.pipe(&both, message)), "{message}");
    }
    // The signer does not sign it; what is not signed, the guard refuses.
    for message in [
        call("p-99", &json!({})),
        call("p-17", &json!({ "force": true })),
    ] {
        let answer = desk.pipe(&both, &message);
        assert!(answer.out.contains("\"error\""), "{}", answer.out);
        let answer = desk.pipe(&format!("{guard} --mode enforce -- sh server.sh"), &message);
        assert!(answer.out.contains("-31401"), "{}", answer.out);
    }

    // Each decision can be explained.
    let record = fs::read_to_string(desk.path().join("record")).unwrap();
    let entries: Vec<Value> = record
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let decided: Vec<_> = entries
        .iter()
        .map(|entry| entry["decided"].as_str().unwrap())
        .collect();
    assert_eq!(
        decided,
        [
            "let_through",
            "let_through",
            "allowed",
            "allowed",
            "refused",
            "refused"
        ]
    );
    let why = desk.ok(&format!(
        "mcp why {} --record record",
        entries[2]["id"].as_str().unwrap()
    ));
    assert!(why.starts_with("allowed\n"), "{why}");
    assert!(why.contains(&format!("asked by   {agent}")), "{why}");
    assert!(
        why.contains(&format!("{server}\n└─ {agent}  by bafy")),
        "{why}"
    );
    let why = desk.ok(&format!(
        "mcp why {} --record record",
        entries[4]["id"].as_str().unwrap()
    ));
    assert!(why.starts_with("refused (NoToken)"), "{why}");
}
