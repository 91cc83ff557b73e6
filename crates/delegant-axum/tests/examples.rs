//! The examples of `spec/http.md`: made here, kept in `spec/http-examples.json`, and sent to a real server.
//!
//! `DELEGANT_WRITE_EXAMPLES=1 cargo test -p delegant-axum --test examples` writes them anew.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what goes wrong in a test fails it"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use axum::body::Bytes;
use delegant::{
    Algorithm, Container, ContainerFormat, Delegation, Invocation, Ipld, Nonce, Outcome, Policy,
    Receipt, SecretKey, Signer, Timestamp, Token, Verified, policy, to_dag_json,
};
use delegant_axum::routing::get;
use delegant_axum::{Authorized, DelegantLayer, Router, Rpc};
use delegant_http::{Answer, Arguments, BodyDigest, Head, Request, carrier, names, plain};
use delegant_store::Verifier;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[derive(Serialize, Deserialize)]
struct ReadEncounters {
    patient: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    most: Option<u64>,
}

impl Arguments for ReadEncounters {
    const COMMAND: &'static str = "/encounters/read";
}

#[derive(Serialize, Deserialize)]
struct WriteEncounter {
    patient: String,
    body: BodyDigest,
}

impl Arguments for WriteEncounter {
    const COMMAND: &'static str = "/encounters/write";
}

async fn read(Authorized(call): Authorized<ReadEncounters>) -> String {
    format!("encounters of {}", call.patient)
}

async fn write(Authorized(call): Authorized<WriteEncounter>, body: Bytes) -> String {
    format!("{} bytes for {}", body.len(), call.patient)
}

async fn file(Authorized(call): Authorized<plain::Get>) -> String {
    format!("{}?{}", call.path, call.query)
}

const NOW: i64 = 1_767_225_600;
const HOST: &str = "records.example";

fn now() -> Timestamp {
    Timestamp::from_unix(NOW).unwrap()
}

fn key(seed: u8) -> SecretKey {
    SecretKey::from_bytes(Algorithm::Ed25519, &[seed; 32]).unwrap()
}

fn app() -> axum::Router {
    let verifier = Verifier::new(key(1).did()).decide_at(now);
    let rpc = Rpc::new(key(1)).on(async |call: delegant_axum::Call<ReadEncounters>| {
        Ok::<_, String>(format!("encounters of {}", call.patient))
    });
    Router::new()
        .route("/encounters/{patient}", get(read).post(write))
        .route("/files/{*path}", get(file))
        .rpc(rpc)
        .deposits()
        .layer(
            DelegantLayer::new(verifier)
                .realm("Records")
                .receipts(key(1)),
        )
}

/// Makes invocations, no two with the same nonce.
struct Writer {
    given: Verified<Delegation>,
    count: u8,
}

impl Writer {
    fn new() -> Self {
        let only = policy::or([
            policy::like(".patient", "p-1*"),
            policy::like(".path", "/files/*"),
        ]);
        let given = Delegation::builder(key(2).did(), key(1).did(), "/".parse().unwrap())
            .policy(Policy::new([only]).unwrap())
            .expiration(Timestamp::from_unix(NOW + 86_400).unwrap())
            .sign(&key(1), Nonce::from_bytes(&[0; 16]).unwrap())
            .unwrap();
        Self { given, count: 0 }
    }

    fn sign(&mut self, command: &str, arguments: BTreeMap<String, Ipld>) -> Verified<Invocation> {
        self.count += 1;
        Invocation::builder(key(1).did(), command.parse().unwrap())
            .arguments(arguments)
            .proofs([self.given.cid()])
            .expiration(Timestamp::from_unix(NOW + 60).unwrap())
            .sign(&key(2), Nonce::from_bytes(&[self.count; 16]).unwrap())
            .unwrap()
    }

    fn typed<C: Arguments>(&mut self, arguments: &C) -> Verified<Invocation> {
        self.sign(C::COMMAND, arguments.to_arguments().unwrap())
    }

    fn whole(&self, invocation: &Verified<Invocation>) -> Container {
        let mut container = Container::from_iter([Token::from(invocation.clone())]);
        container.insert(self.given.clone());
        container
    }

    fn example(
        &self,
        name: &str,
        (method, target, body): (&str, &str, &str),
        invocation: &Verified<Invocation>,
        sends_proofs: bool,
    ) -> Value {
        let container = if sends_proofs {
            self.whole(invocation)
        } else {
            Container::from_iter([invocation.clone()])
        };
        let arguments = Ipld::Map(invocation.arguments().clone());
        json!({
            "name": name,
            "request": {
                "method": method, "target": target, "body": body,
                "headers": {"authorization": carrier::write(&container).unwrap()},
            },
            "command": invocation.command().as_str(),
            "arguments": serde_json::from_str::<Value>(&to_dag_json(&arguments).unwrap()).unwrap(),
        })
    }
}

/// The story, in this order, without its answers.
fn examples() -> Vec<Value> {
    let mut writer = Writer::new();
    let of = |patient: &str, most| ReadEncounters {
        patient: patient.to_owned(),
        most,
    };
    let read = writer.typed(&of("p-17", Some(10)));
    let later = writer.typed(&of("p-17", None));
    let other = writer.typed(&of("p-20", None));
    let bodied = writer.typed(&WriteEncounter {
        patient: "p-17".to_owned(),
        body: BodyDigest::of(b"{}"),
    });
    let request = Request {
        method: "GET",
        authority: HOST,
        path: "/files/a%20b",
        query: "v=2",
        body: None,
    };
    let file = writer.sign("/http/get", plain::arguments(&request));
    let get = |target| ("GET", target, "");
    let mut examples = vec![
        json!({"name": "no token", "request": {"method": "GET", "target": "/encounters/p-17", "body": "", "headers": {}}}),
        writer.example(
            "a proof that the server does not know",
            get("/encounters/p-17?most=10"),
            &read,
            false,
        ),
        writer.example(
            "a parameter that was not signed",
            get("/encounters/p-17?most=10&all=true"),
            &read,
            true,
        ),
        writer.example(
            "another value than was signed",
            get("/encounters/p-18"),
            &read,
            true,
        ),
        writer.example(
            "a value in a second spelling",
            get("/encounters/p-17?most=010"),
            &read,
            true,
        ),
        writer.example(
            "the same call, typed, with its proof",
            get("/encounters/p-17?most=10"),
            &read,
            true,
        ),
        writer.example(
            "the same call again",
            get("/encounters/p-17?most=10"),
            &read,
            true,
        ),
        writer.example(
            "the proof is known now",
            get("/encounters/p-17"),
            &later,
            false,
        ),
        writer.example(
            "a patient that the policy does not allow",
            get("/encounters/p-20"),
            &other,
            true,
        ),
        writer.example(
            "another body than was signed",
            ("POST", "/encounters/p-17", "{ }"),
            &bodied,
            true,
        ),
        writer.example(
            "a call with a body",
            ("POST", "/encounters/p-17", "{}"),
            &bodied,
            true,
        ),
        writer.example(
            "a plain call with its query in another spelling",
            get("/files/a%20b?v=%32"),
            &file,
            true,
        ),
        writer.example("a plain call", get("/files/a%20b?v=2"), &file, true),
    ];
    let token = later.bytes().to_vec();
    let text = Container::from_iter([Token::decode(&token).unwrap()])
        .encode(ContainerFormat::Base64)
        .unwrap();
    examples.push(json!({
        "name": "a container in a format that is not for headers",
        "request": {
            "method": "GET", "target": "/encounters/p-17", "body": "",
            "headers": {"authorization": format!("UCAN {}", String::from_utf8(text).unwrap())},
        },
    }));
    examples
}

/// Everything else that is signed or written.
fn others() -> Value {
    let mut writer = Writer::new();
    let invocation = writer.typed(&ReadEncounters {
        patient: "p-17".to_owned(),
        most: Some(10),
    });
    let answer = Answer {
        status: 200,
        body: BodyDigest::of(b"encounters of p-17"),
    };
    let receipt = Receipt::builder(invocation.task().unwrap(), Outcome::Ok(answer.into()))
        .never_expires()
        .sign(&key(1), Nonce::from_bytes(&[9; 16]).unwrap())
        .unwrap();
    let receipt = Container::from_iter([Token::decode(receipt.bytes()).unwrap()])
        .encode(ContainerFormat::Base64Url)
        .unwrap();
    let head = Head {
        seq: 18,
        time: NOW,
        next_update: NOW + 60,
    };
    let signed = head
        .sign(&key(1), Nonce::from_bytes(&[8; 16]).unwrap())
        .unwrap();
    json!({
        "receipt": {
            "of": "the same call, typed, with its proof",
            "task": invocation.task().unwrap().to_string(),
            names::RECEIPT_HEADER: String::from_utf8(receipt).unwrap(),
        },
        "head": {"seq": head.seq, "time": head.time, "next_update": head.next_update, "head": signed},
    })
}

/// Sends a request as it stands, and returns status, headers and body.
async fn send(address: std::net::SocketAddr, request: &Value) -> Value {
    let part = |name: &str| request[name].as_str().unwrap();
    let mut text = format!(
        "{} {} HTTP/1.1\r\nhost: {HOST}\r\n",
        part("method"),
        part("target")
    );
    for (name, value) in request["headers"].as_object().unwrap() {
        text += &format!("{name}: {}\r\n", value.as_str().unwrap());
    }
    let body = part("body");
    text += &format!(
        "content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status: u16 = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut answered = json!({"status": status});
    let challenge = head
        .lines()
        .find_map(|line| line.strip_prefix("www-authenticate: "));
    if let Some(challenge) = challenge {
        answered["www-authenticate"] = challenge.into();
    }
    answered["body"] = match status {
        200 => body.into(),
        _ => serde_json::from_str(body).unwrap(),
    };
    answered
}

#[tokio::test]
async fn the_examples_of_the_specification_are_answered_as_it_says() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app()).await.unwrap() });
    let mut examples = examples();
    for example in &mut examples {
        example["answer"] = send(address, &example["request"]).await;
    }
    let principal = |seed: u8| json!({"did": key(seed).did().to_string(), "secret": format!("32 bytes of {seed:#04x}")});
    let document = json!({
        "about": "Examples for http.md, in the order in which one server gets them. Its clock stands at `now`; \
            it serves its own resources alone, by the name `host`. The routes are GET /encounters/{patient} (/encounters/read: \
            patient, and perhaps most), POST /encounters/{patient} (/encounters/write: patient, body) and GET /files/{*path} \
            (/http/get). The keys are Ed25519.",
        "now": NOW, "host": HOST, "service": principal(1), "agent": principal(2),
        "requests": examples, "others": others(),
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap();
    text.push('\n');
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../spec/http-examples.json");
    if std::env::var_os("DELEGANT_WRITE_EXAMPLES").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert!(
        kept == document,
        "write them anew, and look at what has changed"
    );
}
