//! Between a client and a server at pipes, when one of them misbehaves.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::process::ExitStatus;

use delegant::{Algorithm, SecretKey, Signer};
use delegant_agent::{Agent, Delegations};
use delegant_mcp::{Guard, Middle, Rules, Signing, stdio};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::process::Command;

fn did() -> delegant::Did {
    SecretKey::generate(Algorithm::Ed25519).unwrap().did()
}

async fn guard() -> Middle {
    let rules = format!(
        "server = \"{}\"\nmode = \"enforce\"\n[tools.x]\nopen = true",
        did()
    );
    Middle::Guard(Guard::open(Rules::parse(&rules).unwrap()).await.unwrap())
}

/// What a client gets that writes this, from a server that is this script of the shell.
async fn exchange(
    middle: Middle,
    script: &str,
    written: &[u8],
    stays: bool,
) -> (Vec<Value>, ExitStatus) {
    let mut server = Command::new("sh");
    server.args(["-c", script]);
    let (mut client, there): (DuplexStream, DuplexStream) = tokio::io::duplex(1 << 16);
    let (input, output) = tokio::io::split(there);
    let running = tokio::spawn(stdio::run(middle, server, input, output));
    client.write_all(written).await.unwrap();
    if !stays {
        client.shutdown().await.unwrap();
    }
    let ended = running.await.unwrap().unwrap();
    let mut read = String::new();
    client.read_to_string(&mut read).await.unwrap();
    (
        read.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
        ended,
    )
}

const CALL: &[u8] =
    b"{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"tools/call\",\"params\":{\"name\":\"x\"}}\n";

/// Answers every request with what it read.
const ECHO: &str = r#"while read -r line; do printf '{"jsonrpc":"2.0","id":"a","result":{"got":%s}}\n' "$line"; done"#;

#[tokio::test]
async fn a_server_that_dies_in_a_call_leaves_nobody_waiting_and_its_exit_code() {
    let (answers, ended) = exchange(guard().await, "read -r line; exit 7", CALL, true).await;
    assert_eq!(ended.code(), Some(7));
    assert_eq!(
        (&answers[0]["id"], &answers[0]["error"]["code"]),
        (&"a".into(), &(-31_502).into())
    );
}

#[tokio::test]
async fn nobody_waits_for_what_was_called_off() {
    let off = b"{\"method\":\"notifications/cancelled\",\"params\":{\"requestId\":\"a\"}}\n";
    let written = [CALL, off.as_slice()].concat();
    let script = "read -r line; read -r line; exit 3";
    let (answers, ended) = exchange(guard().await, script, &written, true).await;
    assert_eq!((answers.len(), ended.code()), (0, Some(3)));
}

#[tokio::test]
async fn a_client_that_leaves_ends_the_server() {
    let (answers, ended) = exchange(guard().await, ECHO, CALL, false).await;
    assert_eq!(ended.code(), Some(0));
    assert_eq!(answers[0]["result"]["got"]["params"]["name"], "x");
}

#[tokio::test]
async fn what_cannot_be_read_is_answered_and_everything_after_it_still_works() {
    let long = format!(
        "{{\"id\":1,\"method\":\"ping\",\"params\":\"{}\"}}\n",
        "x".repeat(5 << 20)
    );
    let written = [
        b"not json\n\xff\xfe\n[1]\n".as_slice(),
        long.as_bytes(),
        CALL,
    ]
    .concat();
    let (answers, _) = exchange(guard().await, ECHO, &written, false).await;
    let errors: Vec<_> = answers
        .iter()
        .map(|answer| answer["error"]["code"].as_i64())
        .collect();
    let (parse, invalid) = (Some(-32_700), Some(-32_600));
    assert_eq!(errors, [parse, parse, invalid, invalid, None]);
    assert_eq!(answers[4]["result"]["got"]["params"]["name"], "x");
}

#[tokio::test]
async fn what_a_server_writes_that_is_no_message_is_passed_on_or_passed_over() {
    let script =
        r#"printf 'starting up\n\377\n{"jsonrpc":"2.0","method":"notifications/message"}\n'"#;
    let mut server = Command::new("sh");
    server.args(["-c", script]);
    let (mut client, there) = tokio::io::duplex(1 << 16);
    let (input, output) = tokio::io::split(there);
    stdio::run(guard().await, server, input, output)
        .await
        .unwrap();
    let mut read = String::new();
    client.read_to_string(&mut read).await.unwrap();
    assert_eq!(
        read.lines().collect::<Vec<_>>(),
        [
            "starting up",
            r#"{"jsonrpc":"2.0","method":"notifications/message"}"#
        ]
    );
}

#[tokio::test]
async fn a_server_that_cannot_be_started_is_an_error_and_not_a_silence() {
    let server = Command::new("/nowhere/server");
    let error = stdio::run(guard().await, server, tokio::io::empty(), tokio::io::sink()).await;
    assert_eq!(error.unwrap_err().kind(), std::io::ErrorKind::NotFound);
}

#[tokio::test]
async fn an_empty_wallet_says_what_is_missing_and_sends_nothing() {
    let key = SecretKey::generate(Algorithm::Ed25519).unwrap();
    let (agent, server) = (Agent::new(key, Delegations::default()), did());
    let signing = Signing::new(agent).server(server.clone());
    let script = "while read -r line; do case $line in *tools/call*) exit 9;; esac; done";
    let (answers, ended) = exchange(Middle::Signing(signing), script, CALL, false).await;
    assert_eq!(ended.code(), Some(0));
    let message = answers[0]["error"]["message"].as_str().unwrap();
    assert!(message.contains("ask for a delegation"), "{message}");
    assert!(!message.contains("did:key"), "{message}");
}
