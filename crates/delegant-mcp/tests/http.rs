//! Between a client and a server over HTTP: client at a pipe → signer → guard → server.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

use std::time::Duration;

use axum::Router;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use delegant::{Algorithm, Delegation, Nonce, SecretKey, Signer, Timestamp};
use delegant_agent::{Agent, Delegations};
use delegant_mcp::{Guard, Middle, Rules, Signing, bridge, http};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

fn key() -> SecretKey {
    SecretKey::generate(Algorithm::Ed25519).unwrap()
}

/// A server that answers with what it got: the handshake and the tool `stream` as a stream of events.
async fn answer(headers: HeaderMap, body: String) -> Response {
    let message: Value = serde_json::from_str(&body).unwrap();
    let Some(id) = message.get("id") else {
        return StatusCode::ACCEPTED.into_response();
    };
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let result = match message["method"].as_str() {
        Some("initialize") => json!({ "protocolVersion": "2025-11-25", "capabilities": {} }),
        Some("server/discover") => {
            let error = json!({ "code": -32601, "message": "no" });
            return axum_json(&json!({ "jsonrpc": "2.0", "id": id, "error": error }), &[]);
        }
        _ => json!({
            "params": message["params"],
            "session": header("mcp-session-id"),
            "version": header("mcp-protocol-version"),
            "named": header("mcp-name"),
            "authorization": header(AUTHORIZATION.as_str()),
        }),
    };
    let answer = json!({ "jsonrpc": "2.0", "id": id, "result": result });
    let streams = message["method"] == "initialize" || message["params"]["name"] == "stream";
    if !streams {
        return axum_json(&answer, &[]);
    }
    let progress = json!({ "jsonrpc": "2.0", "method": "notifications/progress" });
    let events = format!("event: message\ndata: {progress}\n\nid: 7\ndata: {answer}\n\n");
    (
        [
            (CONTENT_TYPE.as_str(), "text/event-stream"),
            ("mcp-session-id", "s-1"),
        ],
        events,
    )
        .into_response()
}

fn axum_json(value: &Value, headers: &[(&'static str, &'static str)]) -> Response {
    let mut response = ([(CONTENT_TYPE, "application/json")], value.to_string()).into_response();
    for (name, value) in headers {
        response.headers_mut().insert(*name, value.parse().unwrap());
    }
    response
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/mcp", listener.local_addr().unwrap());
    (listener, url)
}

/// The server, and a guard before it that lets the agent call one tool; the URL of the guard.
async fn guarded(server: &SecretKey) -> String {
    let (listener, upstream) = listen().await;
    let app = Router::new().route("/mcp", post(answer));
    tokio::spawn(async move { axum::serve(listener, app).await });
    let rules = format!(
        "server = \"{}\"\nmode = \"enforce\"\n[tools.read]\n[tools.stream]",
        server.did()
    );
    let guard = Guard::open(Rules::parse(&rules).unwrap()).await.unwrap();
    let (listener, url) = listen().await;
    tokio::spawn(async move {
        http::serve(
            Middle::Guard(guard),
            &upstream,
            listener,
            std::future::pending(),
        )
        .await
    });
    url
}

fn signing(server: &SecretKey) -> Signing {
    let agent = key();
    let command = "/mcp/tools/call".parse().unwrap();
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let until = Timestamp::from_unix(i64::try_from(now.as_secs()).unwrap() + 60).unwrap();
    let given = Delegation::builder(agent.did(), server.did(), command)
        .policy(r#"[["==", ".arguments.patient", "p-17"]]"#.parse().unwrap())
        .expiration(until)
        .sign(server, Nonce::random().unwrap())
        .unwrap();
    Signing::new(Agent::new(agent, Delegations::from_iter([given])))
}

fn call(id: u64, tool: &str, patient: &str) -> String {
    let params = json!({ "name": tool, "arguments": { "patient": patient } });
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params }).to_string()
}

#[tokio::test]
async fn a_client_at_a_pipe_calls_a_guarded_server_and_knows_nothing_of_it() {
    let server = key();
    let url = guarded(&server).await;
    let (client, there) = tokio::io::duplex(1 << 16);
    let (input, output) = tokio::io::split(there);
    let middle = Middle::Signing(signing(&server));
    let running = tokio::spawn(async move { bridge::run(middle, &url, input, output).await });
    let (read, mut write) = tokio::io::split(client);
    let mut read = BufReader::new(read).lines();
    let mut next = async || -> Value {
        serde_json::from_str(&read.next_line().await.unwrap().unwrap()).unwrap()
    };

    let hello = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}"#;
    write
        .write_all(format!("{hello}\n").as_bytes())
        .await
        .unwrap();
    assert_eq!(next().await["method"], "notifications/progress");
    let extension = &next().await["result"]["capabilities"]["extensions"]["dev.delegant/proof"];
    assert_eq!(extension["carriers"], json!(["meta", "header"]));

    for (id, tool) in [(2, "read"), (3, "stream")] {
        write
            .write_all(format!("{}\n", call(id, tool, "p-17")).as_bytes())
            .await
            .unwrap();
        let mut answer = next().await;
        if tool == "stream" {
            assert_eq!(answer["method"], "notifications/progress");
            answer = next().await;
        }
        let got = &answer["result"];
        assert_eq!(got["params"]["arguments"]["patient"], "p-17");
        assert_eq!(
            (&got["session"], &got["version"]),
            (&json!("s-1"), &json!("2025-11-25"))
        );
        assert_eq!(
            (&got["named"], &got["authorization"]),
            (&json!(tool), &Value::Null)
        );
        assert!(got["params"].get("_meta").is_none(), "{got}");
    }
    write
        .write_all(format!("{}\n", call(4, "read", "p-18")).as_bytes())
        .await
        .unwrap();
    assert_eq!(next().await["error"]["code"], -31_403);
    write.shutdown().await.unwrap();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_is_posted_is_read_whatever_the_path_and_nothing_else_is_let_through() {
    let server = key();
    let url = guarded(&server).await;
    let http = tokio::task::spawn_blocking(move || {
        let ask = |request: &str| -> String {
            use std::io::{Read, Write};
            let host = url
                .strip_prefix("http://")
                .unwrap()
                .split('/')
                .next()
                .unwrap();
            let mut stream = std::net::TcpStream::connect(host).unwrap();
            stream
                .set_read_timeout(Some(Duration::from_secs(10)))
                .unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        };
        let post = |path: &str, more: &str, body: &str| {
            let length = body.len();
            ask(&format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{more}\r\n{body}"
            ))
        };
        let unsigned = call(1, "read", "p-17");
        for path in ["/mcp", "/other", "/mcp?x=1", "/"] {
            let answer = post(path, "", &unsigned);
            assert!(answer.contains("NoToken"), "{path}: {answer}");
        }
        let encoded = post("/mcp", "Content-Encoding: gzip\r\n", &unsigned);
        assert!(encoded.starts_with("HTTP/1.1 415"), "{encoded}");
        assert!(post("/mcp", "", "{").contains("-32700"));
        let put = ask(&format!(
            "PUT /mcp HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{unsigned}",
            unsigned.len()
        ));
        assert!(put.starts_with("HTTP/1.1 405"), "{put}");
        let dropped = post(
            "/mcp",
            "",
            r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"read"}}"#,
        );
        assert!(dropped.starts_with("HTTP/1.1 202"), "{dropped}");
    });
    http.await.unwrap();
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_message_by_message() {
    let (listener, url) = listen().await;
    drop(listener);
    let (mut client, there) = tokio::io::duplex(1 << 16);
    let (input, output) = tokio::io::split(there);
    let server = key();
    let signing = signing(&server).server(server.did());
    let running =
        tokio::spawn(
            async move { bridge::run(Middle::Signing(signing), &url, input, output).await },
        );
    client
        .write_all(format!("{}\n", call(1, "read", "p-17")).as_bytes())
        .await
        .unwrap();
    client.shutdown().await.unwrap();
    running.await.unwrap().unwrap();
    let mut read = String::new();
    client.read_to_string(&mut read).await.unwrap();
    let answer: Value = serde_json::from_str(&read).unwrap();
    assert_eq!(
        (&answer["id"], &answer["error"]["code"]),
        (&json!(1), &json!(-31_502))
    );
}

#[tokio::test]
async fn a_head_that_never_ends_is_not_waited_for() {
    let url = guarded(&key()).await;
    let address = url.strip_prefix("http://").unwrap().replace("/mcp", "");
    let mut slow = tokio::net::TcpStream::connect(address).await.unwrap();
    slow.write_all(b"POST /mcp HTTP/1.1\r\nhost: a\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(20), slow.read_to_end(&mut answer));
    assert!(closed.await.is_ok(), "still open after twenty seconds");
}
