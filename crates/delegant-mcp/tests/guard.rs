//! What a guard lets through, and what it does not: message by message.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use std::time::Duration;

use delegant::{
    Algorithm, Command, Container, ContainerFormat, Delegation, Did, Invocation, Ipld, Nonce,
    SecretKey, Signer, Timestamp, Token, Verified,
};
use delegant_agent::{Agent, Delegations};
use delegant_mcp::{Arrived, Guard, Outgoing, Returned, Rules, Signing, proof};
use serde_json::{Value, json};

fn key() -> SecretKey {
    SecretKey::generate(Algorithm::Ed25519).unwrap()
}

fn now() -> Timestamp {
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    Timestamp::from_unix(i64::try_from(now.as_secs()).unwrap()).unwrap()
}

fn soon() -> Timestamp {
    now().saturating_add(Duration::from_secs(60))
}

/// Lets `to` call the tool about patient p-17.
fn given(server: &SecretKey, to: &Did, until: Timestamp) -> Verified<Delegation> {
    Delegation::builder(
        to.clone(),
        server.did(),
        "/mcp/tools/call/read".parse().unwrap(),
    )
    .policy(r#"[["==", ".arguments.patient", "p-17"]]"#.parse().unwrap())
    .expiration(until)
    .sign(server, Nonce::random().unwrap())
    .unwrap()
}

async fn guard(server: &SecretKey, more: &str) -> Guard {
    let text = format!(
        "server = \"{}\"\nmode = \"enforce\"\n{more}\n[tools.read]",
        server.did()
    );
    Guard::open(Rules::parse(&text).unwrap()).await.unwrap()
}

fn call(id: u64, patient: &str) -> String {
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call",
        "params": { "name": "read", "arguments": { "patient": patient } } })
    .to_string()
}

async fn signed(signing: &Signing, message: &str) -> String {
    match signing.outgoing(message).await {
        Outgoing::Send {
            message,
            sent: Some(_),
        } => message,
        other => panic!("signed, not {other:?}"),
    }
}

async fn code(guard: &Guard, message: &str) -> String {
    match guard.arrived(message, None).await {
        Arrived::HandOn { .. } => "Allowed".to_owned(),
        Arrived::Dropped => "Dropped".to_owned(),
        Arrived::Answer(answer) => {
            let answer: Value = serde_json::from_str(&answer).unwrap();
            assert!(answer.get("result").is_none(), "{answer}");
            let number = answer["error"]["code"].as_i64().unwrap();
            match answer["error"]["data"]["code"].as_str() {
                Some(code) => {
                    assert!(!(-32_768..=-32_000).contains(&number), "{answer}");
                    code.to_owned()
                }
                None => number.to_string(),
            }
        }
    }
}

/// An invocation that its signer made by hand, in a call of the tool about this patient.
fn by_hand(
    invocation: &Verified<Invocation>,
    proofs: &[Verified<Delegation>],
    patient: &str,
) -> String {
    let tokens = proofs.iter().cloned().map(Token::from);
    let container = Container::from_iter(tokens.chain([Token::from(invocation.clone())]));
    let text = container.encode(ContainerFormat::Base64Url).unwrap();
    proof::attach(&call(1, patient), &String::from_utf8(text).unwrap()).unwrap()
}

fn invoked(
    server: &SecretKey,
    agent: &SecretKey,
    command: &str,
    arguments: &[(&str, Ipld)],
    proofs: &[Verified<Delegation>],
    until: Timestamp,
) -> Verified<Invocation> {
    let command: Command = command.parse().unwrap();
    let mut builder = Invocation::builder(server.did(), command)
        .proofs(proofs.iter().map(|proof| proof.cid()))
        .expiration(until);
    for (name, value) in arguments {
        builder = builder.argument(*name, value.clone());
    }
    builder.sign(agent, Nonce::random().unwrap()).unwrap()
}

fn about(patient: &str) -> Ipld {
    Ipld::Map([("patient".to_owned(), Ipld::from(patient))].into())
}

#[tokio::test]
async fn a_call_is_handed_on_as_it_was_written_and_once() {
    let (server, agent) = (key(), key());
    let guard = guard(&server, "").await;
    let wallet = Delegations::from_iter([given(&server, &agent.did(), soon())]);
    let signing = Signing::new(Agent::new(agent, wallet)).server(server.did());
    let written = r#"{ "id":"a","method":"tools/call", "params":{"arguments":{ "patient" :"p-17"},"name":"read","_meta":{"progressToken":1}},"jsonrpc":"2.0"}"#;
    let sent = signed(&signing, written).await;
    match guard.arrived(&sent, None).await {
        Arrived::HandOn { message, .. } => assert_eq!(message, written),
        other => panic!("handed on, not {other:?}"),
    }
    assert_eq!(code(&guard, &sent).await, "Replayed");
    // Signed anew it is another call.
    assert_eq!(
        code(&guard, &signed(&signing, written).await).await,
        "Allowed"
    );
}

#[tokio::test]
async fn refuses_what_was_changed_after_it_was_signed() {
    let (server, agent) = (key(), key());
    let guard = guard(&server, "[tools.export]").await;
    let wallet = Delegations::from_iter([given(&server, &agent.did(), soon())]);
    let signing = Signing::new(Agent::new(agent, wallet)).server(server.did());
    for (from, to) in [
        ("p-17", "p-18"),
        ("\"name\":\"read\"", "\"name\":\"export\""),
        (
            "\"patient\":\"p-17\"",
            "\"patient\":\"p-17\",\"Patient\":\"p-18\"",
        ),
        ("\"patient\":\"p-17\"", "\"patient\":\"p-17\",\"more\":1"),
        ("\"patient\":\"p-17\"", "\"patient\":[\"p-17\"]"),
        ("\"params\":{", "\"params\":{\"task\":{},"),
        ("\"params\":{", "\"params\":{\"requestState\":\"s\","),
        ("tools/call", "prompts/get"),
    ] {
        let sent = signed(&signing, &call(1, "p-17")).await;
        let changed = sent.replace(from, to);
        assert_ne!(sent, changed, "{from}");
        assert_eq!(code(&guard, &changed).await, "NotBound", "{from} to {to}");
        // And what was signed was not used up by that.
        assert_eq!(code(&guard, &sent).await, "Allowed");
    }
}

#[tokio::test]
async fn refuses_every_chain_that_does_not_hold() {
    let (server, agent, thief) = (key(), key(), key());
    let guard = guard(&server, "").await;
    let whole = [("name", Ipld::from("read")), ("arguments", about("p-17"))];
    let good = [given(&server, &agent.did(), soon())];
    let old = [given(
        &server,
        &agent.did(),
        Timestamp::from_unix(1_700_000_000).unwrap(),
    )];
    let unseen = [given(&server, &agent.did(), soon())];
    let command = "/mcp/tools/call/read";
    let other = key();

    let case = |invocation: &_, proofs: &_, patient| by_hand(invocation, proofs, patient);
    let by = |signer: &SecretKey, command: &str, proofs: &[_]| {
        invoked(&server, signer, command, &whole, proofs, soon())
    };
    for (message, expected) in [
        (case(&by(&agent, command, &good), &good, "p-17"), "Allowed"),
        // A stolen delegation, and a stolen invocation about something else.
        (
            case(&by(&thief, command, &good), &good, "p-17"),
            "InvalidAudience",
        ),
        (case(&by(&agent, command, &good), &good, "p-18"), "NotBound"),
        (case(&by(&agent, command, &old), &old, "p-17"), "Expired"),
        (case(&by(&agent, command, &[]), &[], "p-17"), "InvalidClaim"),
        (
            case(&by(&agent, command, &unseen), &[], "p-17"),
            "UnavailableProof",
        ),
        // Wider than what was given, and of something else altogether.
        (
            case(&by(&agent, "/mcp/tools/call", &good), &good, "p-17"),
            "CommandNotCovered",
        ),
        (
            case(&by(&agent, "/mcp/tools/call/read/x", &good), &good, "p-17"),
            "NotBound",
        ),
        // For another server.
        (
            case(
                &invoked(&other, &agent, command, &whole, &[], soon()),
                &[],
                "p-17",
            ),
            "NotServed",
        ),
    ] {
        assert_eq!(code(&guard, &message).await, expected, "{message}");
    }
    // The policy, where what is signed and what is sent agree.
    let about_another = [("name", Ipld::from("read")), ("arguments", about("p-18"))];
    let invocation = invoked(&server, &agent, command, &about_another, &good, soon());
    let message = by_hand(&invocation, &good, "p-18");
    let Arrived::Answer(answer) = guard.arrived(&message, None).await else {
        panic!("refused");
    };
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let error = &answer["error"];
    assert_eq!(error["data"]["code"], "MatchError");
    assert_eq!(error["data"]["explanation"]["found"], "p-18");
    assert_eq!(error["data"]["wanted"]["command"], command);
    let line = error["message"].as_str().unwrap();
    assert!(
        line.contains(".arguments.patient") && !line.contains("did:") && !line.contains("bafy"),
        "{line}"
    );
    // And who lives too long is refused although everything else holds.
    let long = now().saturating_add(Duration::from_secs(3600));
    let lasting = [given(
        &server,
        &agent.did(),
        long.saturating_add(Duration::from_secs(60)),
    )];
    let invocation = invoked(&server, &agent, command, &whole, &lasting, long);
    assert_eq!(
        code(&guard, &by_hand(&invocation, &lasting, "p-17")).await,
        "LifetimeTooLong"
    );
}

#[tokio::test]
async fn nothing_passes_that_is_no_call_or_carries_no_proof() {
    let server = key();
    let guard = guard(&server, "[tools.hours]\nopen = true").await;
    let with = |proof: Value| {
        let mut message: Value = serde_json::from_str(&call(1, "p-17")).unwrap();
        message["params"]["_meta"] = json!({ "dev.delegant/proof": proof });
        message.to_string()
    };
    for (message, expected) in [
        (call(1, "p-17"), "NoToken"),
        (with(json!({ "v": 2, "ctn": "Ca" })), "UnsupportedVersion"),
        (with(json!({ "v": 1, "ctn": "Caaaa" })), "Malformed"),
        (with(json!("C")), "Malformed"),
        (
            r#"{"id":1,"method":"tools/call","params":{"name":"export"}}"#.to_owned(),
            "NoRule",
        ),
        (
            r#"{"id":1,"method":"tools/call","params":{}}"#.to_owned(),
            "NoRule",
        ),
        (r#"{"id":1,"method":"tools/call"}"#.to_owned(), "NoRule"),
        (
            r#"{"id":1,"method":"tools/call","params":{"name":"hours"}}"#.to_owned(),
            "Allowed",
        ),
        (
            r#"{"id":1,"method":"resources/read","params":{"uri":"a:b"}}"#.to_owned(),
            "NoToken",
        ),
        (
            r#"{"id":1,"method":"tasks/result","params":{"taskId":"1"}}"#.to_owned(),
            "NoToken",
        ),
        (
            r#"{"id":1,"method":"sampling/createMessage"}"#.to_owned(),
            "UnknownCommand",
        ),
        (r#"{"id":1,"method":"tools/list"}"#.to_owned(), "Allowed"),
        // What needs no proof is not looked into.
        (
            r#"{"id":1,"method":"tools/list","params":null}"#.to_owned(),
            "Allowed",
        ),
        (
            r#"{"id":1,"method":"initialize","params":{"n":9007199254740993,"N":1}}"#.to_owned(),
            "Allowed",
        ),
        // Without an `id` nobody waits for an answer, and a server might act all the same.
        (
            r#"{"method":"tools/call","params":{"name":"read"}}"#.to_owned(),
            "Dropped",
        ),
        (
            r#"{"method":"notifications/initialized"}"#.to_owned(),
            "Allowed",
        ),
        (r#"{"id":1,"result":{}}"#.to_owned(), "Allowed"),
        (format!("[{}]", call(1, "p-17")), "-32600"),
        ("{".to_owned(), "-32700"),
        (
            r#"{"id":1,"method":"ping","Method":"tools/call"}"#.to_owned(),
            "-32700",
        ),
    ] {
        assert_eq!(code(&guard, &message).await, expected, "{message}");
    }
}

#[tokio::test]
async fn a_proof_in_the_header_is_the_same_or_it_is_none() {
    let (server, agent) = (key(), key());
    let guard = guard(&server, "").await;
    let wallet = Delegations::from_iter([given(&server, &agent.did(), soon())]);
    let signing = Signing::new(Agent::new(agent, wallet)).server(server.did());
    let sent = signed(&signing, &call(1, "p-17")).await;
    assert!(
        matches!(guard.arrived(&sent, Some("Cother")).await, Arrived::Answer(answer) if answer.contains("NotBound"))
    );
    let message: Value = serde_json::from_str(&sent).unwrap();
    let text = message["params"]["_meta"]["dev.delegant/proof"]["ctn"]
        .as_str()
        .unwrap();
    assert!(matches!(
        guard.arrived(&sent, Some(text)).await,
        Arrived::HandOn { .. }
    ));
}

#[tokio::test]
async fn a_shadow_lets_everything_through_and_records_what_it_would_have_done() {
    let (server, agent) = (key(), key());
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("calls.jsonl");
    let text = format!(
        "server = \"{}\"\nrecord = {:?}\n[tools.read]",
        server.did(),
        record
    );
    let guard = Guard::open(Rules::parse(&text).unwrap()).await.unwrap();
    let wallet = Delegations::from_iter([given(&server, &agent.did(), soon())]);
    let invoker = agent.did();
    let signing = Signing::new(Agent::new(agent, wallet)).server(server.did());
    let sent = signed(&signing, &call(1, "p-17")).await;
    for message in [&sent, &sent, &call(2, "p-18"), &"{".to_owned()] {
        assert!(
            matches!(guard.arrived(message, None).await, Arrived::HandOn { .. }),
            "{message}"
        );
    }
    let recorded = std::fs::read_to_string(&record).unwrap();
    let entries: Vec<Value> = recorded
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let said = |name: &str| {
        entries
            .iter()
            .map(|entry| entry[name].to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(said("code"), ["\"Allowed\"", "\"Replayed\"", "\"NoToken\""]);
    assert_eq!(
        said("decided"),
        ["\"allowed\"", "\"let_through\"", "\"let_through\""]
    );
    assert_eq!(entries[2]["arguments"]["arguments"]["patient"], "p-18");
    assert_eq!(entries[1]["invoker"], invoker.to_string());
    assert!(!recorded.contains("\"ctn\""));
}

#[tokio::test]
async fn after_the_first_call_the_proofs_stay_at_home() {
    let (server, agent) = (key(), key());
    let guard = guard(&server, "").await;
    let wallet = Delegations::from_iter([given(&server, &agent.did(), soon())]);
    let signing = Signing::new(Agent::new(agent, wallet)).server(server.did());
    let proofs = |message: &str| {
        let message: Value = serde_json::from_str(message).unwrap();
        let text = message["params"]["_meta"]["dev.delegant/proof"]["ctn"]
            .as_str()
            .unwrap();
        Container::decode(text.as_bytes())
            .unwrap()
            .delegations()
            .len()
    };
    let Outgoing::Send { message, sent } = signing.outgoing(&call(1, "p-17")).await else {
        panic!("sent");
    };
    assert_eq!(proofs(&message), 1);
    assert_eq!(code(&guard, &message).await, "Allowed");
    assert_eq!(
        signing.returned(r#"{"id":1,"result":{}}"#, sent.as_ref()),
        Returned::HandOn
    );
    let Outgoing::Send { message, sent } = signing.outgoing(&call(2, "p-17")).await else {
        panic!("sent");
    };
    assert_eq!(proofs(&message), 0);
    assert_eq!(code(&guard, &message).await, "Allowed");
    drop(sent);

    // A server that has forgotten says so, and gets the same invocation with all of them.
    let forgetful = another_guard(&server).await;
    let Outgoing::Send { message, sent } = signing.outgoing(&call(3, "p-17")).await else {
        panic!("sent");
    };
    let Arrived::Answer(answer) = forgetful.arrived(&message, None).await else {
        panic!("it lacks a proof");
    };
    // Two that were on their way at once are both sent again.
    let Outgoing::Send { sent: other, .. } = signing.outgoing(&call(4, "p-17")).await else {
        panic!("sent");
    };
    let Returned::Again(again) = signing.returned(&answer, sent.as_ref()) else {
        panic!("sent again: {answer}");
    };
    assert!(matches!(
        signing.returned(&answer, other.as_ref()),
        Returned::Again(_)
    ));
    assert_eq!(proofs(&again), 1);
    assert_eq!(code(&forgetful, &again).await, "Allowed");
}

/// Another guard of the same server, with nothing in its memory.
async fn another_guard(server: &SecretKey) -> Guard {
    guard(server, "").await
}
