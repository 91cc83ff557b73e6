//! What a signer signs, for whom, and what it leaves alone: message by message.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use std::time::Duration;

use delegant::{Algorithm, Container, Delegation, Nonce, SecretKey, Signer, Timestamp, Verified};
use delegant_agent::{Agent, Delegations};
use delegant_mcp::hand_over::{Bounds, HandOver};
use delegant_mcp::{Arrived, Guard, Outgoing, Returned, Rules, Signing};
use serde_json::{Value, json};

fn key() -> SecretKey {
    SecretKey::generate(Algorithm::Ed25519).unwrap()
}

fn soon() -> Timestamp {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    Timestamp::from_unix(i64::try_from(now.as_secs()).unwrap() + 600).unwrap()
}

fn given(server: &SecretKey, to: &SecretKey, command: &str, policy: &str) -> Verified<Delegation> {
    Delegation::builder(to.did(), server.did(), command.parse().unwrap())
        .policy(policy.parse().unwrap())
        .expiration(soon())
        .sign(server, Nonce::random().unwrap())
        .unwrap()
}

fn call(tool: &str, arguments: &Value) -> String {
    let params = json!({ "name": tool, "arguments": arguments });
    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params }).to_string()
}

/// The answer to a handshake of a server that takes proofs.
fn hello(server: &SecretKey, mode: &str) -> String {
    let settings = json!({ "v": 1, "server": server.did().to_string(), "mode": mode });
    let extensions = json!({ "dev.delegant/proof": settings });
    json!({ "jsonrpc": "2.0", "id": 0, "result": { "capabilities": { "extensions": extensions } } })
        .to_string()
}

/// For whom a message was signed; none where it was left alone.
async fn signed_for(signing: &Signing, message: &str) -> Option<String> {
    let Outgoing::Send {
        message: sent,
        sent: way,
    } = signing.outgoing(message).await
    else {
        panic!("answered");
    };
    if way.is_none() {
        assert_eq!(sent, message);
        return None;
    }
    let sent: Value = serde_json::from_str(&sent).unwrap();
    let text = sent["params"]["_meta"]["dev.delegant/proof"]["ctn"]
        .as_str()
        .unwrap()
        .to_owned();
    let container = Container::decode(text.as_bytes()).unwrap();
    let invocation = container.invocation().unwrap();
    Some(invocation.unverified().executor().to_string())
}

async fn answered(signing: &Signing, message: &str) -> Value {
    match signing.outgoing(message).await {
        Outgoing::Answer(answer) => serde_json::from_str(&answer).unwrap(),
        Outgoing::Send { .. } => panic!("sent"),
    }
}

#[tokio::test]
async fn signs_once_it_knows_for_whom_and_only_for_the_one_that_was_named() {
    let (server, other, agent) = (key(), key(), key());
    let all = Delegations::from_iter([given(&server, &agent, "/mcp", "[]")]);
    let agent = Agent::new(agent, all);
    let message = call("read", &json!({}));

    let trusting = Signing::new(agent.clone());
    assert!(trusting.wants_to_know(&message));
    assert_eq!(signed_for(&trusting, &message).await, None);
    assert_eq!(
        trusting.returned(&hello(&server, "enforce"), None),
        Returned::HandOn
    );
    assert!(!trusting.wants_to_know(&message));
    assert_eq!(
        signed_for(&trusting, &message).await,
        Some(server.did().to_string())
    );

    // Whoever answers does not choose for whom the calls are.
    let pinned = Signing::new(agent).server(server.did());
    pinned.returned(&hello(&other, "shadow"), None);
    let beyond =
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","requestState":7}}"#;
    assert_eq!(
        answered(&pinned, beyond).await["error"]["data"]["code"],
        "NotBound"
    );
    // What no guard would read is not sent: some readers take one name for the other.
    for params in [
        r#"{"name":"x","_meta":{"dev.delegant/prooF":1}}"#,
        r#"{"name":"x","_META":{}}"#,
    ] {
        let doubled =
            format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}"#);
        let answer = answered(&pinned, &doubled).await;
        assert_eq!(answer["error"]["data"]["code"], "NotBound", "{answer}");
        assert!(answer.to_string().contains("in other letters"), "{answer}");
    }
    assert_eq!(
        signed_for(&pinned, &message).await,
        Some(server.did().to_string())
    );
}

#[tokio::test]
async fn before_a_shadow_what_cannot_be_proven_goes_on_unsigned() {
    let (server, agent) = (key(), key());
    let wallet = Delegations::from_iter([given(&server, &agent, "/mcp/tools/call/read", "[]")]);
    let signing = Signing::new(Agent::new(agent, wallet));
    signing.returned(&hello(&server, "shadow"), None);
    assert_eq!(
        signed_for(&signing, &call("export", &json!({}))).await,
        None
    );
    assert!(
        signed_for(&signing, &call("read", &json!({})))
            .await
            .is_some()
    );
    signing.returned(&hello(&server, "enforce"), None);
    let refused = answered(&signing, &call("export", &json!({}))).await;
    assert_eq!(refused["error"]["data"]["code"], "NoProof");
    // What may be open at the server is the server's to say.
    let complete = r#"{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{}}"#;
    assert_eq!(signed_for(&signing, complete).await, None);
}

#[tokio::test]
async fn shows_only_the_tools_that_something_in_the_wallet_could_be_for() {
    let (server, agent) = (key(), key());
    let wallet = Delegations::from_iter([
        given(
            &server,
            &agent,
            "/mcp/tools/call/read",
            r#"[["==", ".arguments.patient", "p-17"]]"#,
        ),
        given(
            &server,
            &agent,
            "/mcp/tools/call",
            r#"[["==", ".name", "getSum"], [">", ".arguments.a", 0]]"#,
        ),
    ]);
    let signing = Signing::new(Agent::new(agent, wallet))
        .server(server.did())
        .hides_tools();
    let list = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    let Outgoing::Send { sent, .. } = signing.outgoing(list).await else {
        panic!("sent");
    };
    let tools = json!([{ "name": "read" }, { "name": "export" }, { "name": "getSum" }, { "name": "getAll" }]);
    let answer = json!({ "jsonrpc": "2.0", "id": 1, "result": { "tools": tools } }).to_string();
    let Returned::Instead(shown) = signing.returned(&answer, sent.as_ref()) else {
        panic!("edited");
    };
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(
        shown["result"]["tools"],
        json!([{ "name": "read" }, { "name": "getSum" }])
    );
}

#[tokio::test]
async fn an_agent_hands_a_part_over_and_the_other_one_uses_exactly_that() {
    let (server, agent, helper) = (key(), key(), key());
    let folder = tempfile::tempdir().unwrap();
    let wallet = Delegations::from_iter([given(&server, &agent, "/mcp/tools/call", "[]")]);
    let agent = Agent::new(agent, wallet);
    let bounds = Bounds {
        max_depth: 3,
        longest: Duration::from_secs(60),
        folder: folder.path().to_owned(),
    };
    let signing = Signing::new(agent.clone())
        .server(server.did())
        .hands_over(HandOver::new(agent, bounds));

    let list = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    let Outgoing::Send { sent, .. } = signing.outgoing(list).await else {
        panic!("sent");
    };
    let Returned::Instead(listed) = signing.returned(
        r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}"#,
        sent.as_ref(),
    ) else {
        panic!("edited");
    };
    assert!(listed.contains("delegant_delegate"));

    let policy = json!([["==", ".arguments.patient", "p-17"]]);
    let arguments = json!({ "to": helper.did().to_string(), "tools": ["read"], "policy": policy });
    let answer = answered(&signing, &call("delegant_delegate", &arguments)).await;
    assert_eq!(answer["result"]["isError"], false, "{answer}");
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    let bytes = std::fs::read(files[0].as_ref().unwrap().path()).unwrap();
    assert!(
        !answer
            .to_string()
            .contains(String::from_utf8_lossy(&bytes).trim())
    );

    let container = Container::decode(bytes.trim_ascii()).unwrap();
    let verified = container
        .delegations()
        .iter()
        .map(|token| token.verify(&delegant::DidKeys).unwrap());
    let helper = Signing::new(Agent::new(helper, verified.collect())).server(server.did());
    let rules = format!(
        "server = \"{}\"\nmode = \"enforce\"\n[tools.\"*\"]",
        server.did()
    );
    let guard = Guard::open(Rules::parse(&rules).unwrap()).await.unwrap();
    let Outgoing::Send { message, .. } = helper
        .outgoing(&call("read", &json!({ "patient": "p-17" })))
        .await
    else {
        panic!("sent");
    };
    assert!(matches!(
        guard.arrived(&message, None).await,
        Arrived::HandOn { .. }
    ));
    for (tool, patient) in [("read", "p-18"), ("export", "p-17")] {
        let refused = answered(&helper, &call(tool, &json!({ "patient": patient }))).await;
        assert_eq!(refused["error"]["data"]["code"], "NoProof");
    }
}
