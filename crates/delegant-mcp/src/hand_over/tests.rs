//! What is handed over, and what is not.

use std::fs;

use delegant::{DidKeys, Nonce, SecretKey, Signer};
use delegant_agent::{Agent, Delegations};
use delegant_testing::tokens::{at, key, now};
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

/// Of the server, to a first agent and from that to the one that hands over.
fn held() -> Vec<Verified<Delegation>> {
    let (server, first, agent) = (key(1), key(2), key(3));
    let give = |from: &SecretKey, to: &SecretKey, policy: &str| {
        Delegation::builder(to.did(), key(1).did(), "/mcp/tools/call".parse().unwrap())
            .policy(policy.parse().unwrap())
            .expiration(at(4_102_444_800))
            .sign(from, Nonce::random().unwrap())
            .unwrap()
    };
    vec![
        give(&server, &first, "[]"),
        give(&first, &agent, r#"[["==",".arguments.patient","p-17"]]"#),
    ]
}

fn hand_over(folder: &TempDir) -> HandOver {
    let agent = Agent::new(key(3), Delegations::from_iter(held()));
    let bounds = Bounds {
        max_depth: 3,
        longest: Duration::from_secs(3600),
        folder: folder.path().join("handed"),
    };
    HandOver::new(agent, bounds)
}

fn refused(arguments: Value) -> String {
    let folder = TempDir::new().unwrap();
    let result = hand_over(&folder).call(&key(1).did(), &arguments);
    assert_eq!(result["isError"], true, "{result}");
    assert!(!folder.path().join("handed").exists(), "no file: {result}");
    result["content"][0]["text"].as_str().unwrap().to_owned()
}

#[test]
fn each_tool_becomes_a_delegation_in_a_file_for_the_other_agent() {
    let folder = TempDir::new().unwrap();
    let arguments = json!({
        "to": key(4).did().to_string(),
        "tools": ["read", "getSum"],
        "policy": [["==", ".arguments.kind", "laboratory"]],
        "seconds": 600,
    });
    let result = hand_over(&folder).call(&key(1).did(), &arguments);
    assert_eq!(result["isError"], false, "{result}");
    let file = result["structuredContent"]["file"].as_str().unwrap();
    let bytes = fs::read(file).unwrap();
    let container = Container::decode(&bytes).unwrap();
    // The two that it rests on, once, and the two that are new.
    assert_eq!(container.delegations().len(), 4);
    let new: Vec<_> = container
        .delegations()
        .iter()
        .map(|delegation| delegation.verify(&DidKeys).unwrap())
        .filter(|delegation| *delegation.audience() == key(4).did())
        .collect();
    let mut said: Vec<_> = new
        .iter()
        .map(|delegation| format!("{} {}", delegation.command(), delegation.policy()))
        .collect();
    // A container keeps no order.
    said.sort();
    assert_eq!(
        said,
        [
            r#"/mcp/tools/call [["==",".name","getSum"],["==",".arguments.kind","laboratory"]]"#,
            r#"/mcp/tools/call/read [["==",".arguments.kind","laboratory"]]"#,
        ]
    );
    let end = new[0].bounds().expiration().unwrap();
    assert!(end <= now().saturating_add(Duration::from_secs(600)));
    // The CIDs are told, and neither the tokens nor a key.
    let text = result.to_string();
    assert!(text.contains(&new[1].cid().to_string()), "{text}");
    let token = String::from_utf8(bytes[1..40].to_vec()).unwrap();
    assert!(!text.contains(&token), "{text}");
}

#[cfg(unix)]
#[test]
fn nobody_else_reads_the_file() {
    use std::os::unix::fs::MetadataExt as _;
    let folder = TempDir::new().unwrap();
    let arguments = json!({ "to": key(4).did().to_string(), "tools": ["read"] });
    let handed = hand_over(&folder).give(&key(1).did(), &arguments).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(&handed.file), 0o600);
    assert_eq!(mode(handed.file.parent().unwrap()), 0o700);
}

#[test]
fn refuses_what_lies_beyond_its_bounds_and_says_them() {
    let to = key(4).did().to_string();
    for (arguments, says) in [
        (
            json!({ "to": to, "tools": ["read"], "seconds": 3601 }),
            "from 1 to 3600",
        ),
        (
            json!({ "to": to, "tools": ["read"], "seconds": 0 }),
            "from 1 to 3600",
        ),
        (json!({ "to": to, "command": "/" }), "below `/mcp`"),
        (json!({ "to": to, "command": "/mcpx" }), "below `/mcp`"),
        (
            json!({ "to": to, "command": "/mcp" }),
            "nothing in the wallet allows `/mcp`",
        ),
        (json!({ "to": to, "command": "mcp" }), "`command`"),
        (json!({ "to": to }), "either `tools` or a `command`"),
        (
            json!({ "to": to, "tools": [] }),
            "either `tools` or a `command`",
        ),
        (
            json!({ "to": to, "tools": ["a"], "command": "/mcp/tools" }),
            "either",
        ),
        (json!({ "to": to, "tools": vec!["a"; 17] }), "more than 16"),
        (
            json!({ "to": key(3).did().to_string(), "tools": ["a"] }),
            "your own DID",
        ),
        (json!({ "to": "bob", "tools": ["a"] }), "`to` is not a DID"),
        (json!({ "to": to, "tools": ["a"], "polcy": [] }), "polcy"),
        (
            json!({ "to": to, "tools": ["a"], "policy": [["=", ".a", 1]] }),
            "`policy`",
        ),
        (
            json!({ "to": to, "tools": ["a"], "policy": {} }),
            "`policy`",
        ),
        (
            json!({ "to": to, "tools": ["a"], "policy": [["==", ".arguments.patient", "p-18"]] }),
            "contradicts",
        ),
        (json!([]), "arguments"),
    ] {
        let text = refused(arguments.clone());
        assert!(text.contains(says), "{arguments}: {text}");
    }
}

#[test]
fn nothing_is_handed_on_deeper_than_the_bounds_say() {
    let folder = TempDir::new().unwrap();
    let mut deep = hand_over(&folder);
    deep.bounds.max_depth = 2;
    let arguments = json!({ "to": key(4).did().to_string(), "tools": ["read"] });
    let error = deep.give(&key(1).did(), &arguments).unwrap_err();
    assert!(
        matches!(error, HandOverError::TooDeep { depth: 3, most: 2 }),
        "{error}"
    );
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none());
}

#[test]
fn the_definition_names_what_the_tool_takes() {
    let definition = tool_definition();
    let schema = &definition["inputSchema"];
    let named: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(named, ["command", "policy", "seconds", "to", "tools"]);
    assert_eq!(definition["name"], TOOL);
    assert_eq!(schema["additionalProperties"], false);
}

proptest! {
    #[test]
    fn whatever_a_model_writes_is_answered_in_the_form_of_a_result(
        to in prop_oneof![Just(key(4).did().to_string()), ".*"],
        tools in prop::option::of(prop::collection::vec(".{0,40}", 0..4)),
        command in prop::option::of(".{0,40}"),
        policy in prop::option::of(".{0,40}"),
        seconds in prop::option::of(any::<u64>()),
    ) {
        let folder = TempDir::new().unwrap();
        let arguments = json!({
            "to": to, "tools": tools, "command": command, "policy": policy, "seconds": seconds,
        });
        let result = hand_over(&folder).call(&key(1).did(), &arguments);
        let is_error = result["isError"].as_bool().unwrap();
        prop_assert_eq!(is_error, !folder.path().join("handed").exists());
        prop_assert!(result["content"][0]["text"].is_string());
    }
}
