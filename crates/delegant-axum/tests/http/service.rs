//! A service on a socket, and agents that call it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use delegant::{
    Algorithm, Cid, Command, Container, Delegation, Did, Invocation, Ipld, Nonce, Policy,
    SecretKey, Signer, Timestamp, Token, Verified, policy,
};
use delegant_axum::routing::{get, post};
use delegant_axum::{Authorized, Call, DelegantLayer, Router, Rpc};
use delegant_http::{Arguments, BodyDigest, Problem, carrier, plain};
use delegant_store::Verifier;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[derive(Serialize, Deserialize)]
pub(crate) struct ReadEncounters {
    pub(crate) patient: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) most: Option<u64>,
}

impl Arguments for ReadEncounters {
    const COMMAND: &'static str = "/encounters/read";
}

#[derive(Serialize, Deserialize)]
pub(crate) struct DeleteEncounter {
    pub(crate) patient: String,
}

impl Arguments for DeleteEncounter {
    const COMMAND: &'static str = "/encounters/delete";
}

#[derive(Serialize, Deserialize)]
pub(crate) struct WriteEncounter {
    pub(crate) patient: String,
    pub(crate) body: BodyDigest,
}

impl Arguments for WriteEncounter {
    const COMMAND: &'static str = "/encounters/write";
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Fail {
    pub(crate) how: String,
}

impl Arguments for Fail {
    const COMMAND: &'static str = "/fail";
}

/// How often a handler has run.
#[derive(Clone, Default)]
pub(crate) struct Runs(Arc<AtomicUsize>);

impl Runs {
    fn count(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn so_far(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

async fn read(
    Authorized(call): Authorized<ReadEncounters>,
    State(runs): State<Runs>,
) -> Json<(String, Option<u64>)> {
    runs.count();
    Json((call.patient.clone(), call.most))
}

async fn delete(Authorized(call): Authorized<DeleteEncounter>, State(runs): State<Runs>) -> String {
    runs.count();
    format!("deleted {}", call.patient)
}

async fn write(
    Authorized(call): Authorized<WriteEncounter>,
    State(runs): State<Runs>,
    body: Bytes,
) -> String {
    runs.count();
    assert_eq!(BodyDigest::of(&body), call.body);
    format!("{} bytes for {}", body.len(), call.patient)
}

async fn plain_get(Authorized(call): Authorized<plain::Get>, State(runs): State<Runs>) -> String {
    runs.count();
    format!("{}?{}", call.path, call.query)
}

async fn plain_post(
    Authorized(_): Authorized<plain::Post>,
    State(runs): State<Runs>,
    body: Bytes,
) -> Bytes {
    runs.count();
    body
}

async fn fail(Authorized(call): Authorized<Fail>, State(runs): State<Runs>) -> String {
    runs.count();
    panic!("canary-{}", call.how);
}

/// The routes of these tests.
pub(crate) fn routes(runs: &Runs) -> Router {
    Router::new()
        .route(
            "/encounters/{patient}",
            get(read).delete(delete).post(write),
        )
        .route("/plain/{*rest}", get(plain_get).post(plain_post))
        .nest(
            "/below",
            Router::new().route("/plain/{*rest}", get(plain_get)),
        )
        .route("/fail/{how}", post(fail))
        .deposits()
        .with_state(runs.clone())
}

pub(crate) fn rpc(key: SecretKey, runs: &Runs) -> Rpc {
    let (reads, deletes, fails) = (runs.clone(), runs.clone(), runs.clone());
    Rpc::new(key)
        .on(move |call: Call<ReadEncounters>| {
            reads.count();
            let found = BTreeMap::from([("patient", call.patient.clone())]);
            async move { Ok::<_, String>(found) }
        })
        .on(move |call: Call<DeleteEncounter>| {
            deletes.count();
            let answer = Err::<(), _>(format!("nothing of {}", call.patient));
            async move { answer }
        })
        .on(move |call: Call<Fail>| {
            fails.count();
            let how = call.how.clone();
            async move {
                assert_ne!(how, "panic", "canary");
                Ok::<_, String>("x".repeat(how.parse().unwrap()))
            }
        })
}

/// A service that listens.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    pub(crate) key: SecretKey,
    pub(crate) runs: Runs,
}

pub(crate) fn key() -> SecretKey {
    SecretKey::generate(Algorithm::Ed25519).unwrap()
}

/// The same key once more: keys are not copied by accident.
pub(crate) fn again(key: &SecretKey) -> SecretKey {
    SecretKey::from_bytes(key.public_key().algorithm(), &key.to_bytes()).unwrap()
}

impl Service {
    /// One with all that is here.
    pub(crate) async fn start() -> Self {
        Self::with(|layer| layer).await
    }

    /// The same, with a layer that is set up in another way.
    pub(crate) async fn with(set: impl FnOnce(DelegantLayer) -> DelegantLayer) -> Self {
        let key = key();
        let verifier = Verifier::new(key.did());
        let layer = set(DelegantLayer::new(verifier).receipts(again(&key)));
        let runs = Runs::default();
        let app = routes(&runs).rpc(rpc(again(&key), &runs)).layer(layer);
        Self::serve(app, key, runs).await
    }

    pub(crate) async fn serve(app: axum::Router, key: SecretKey, runs: Runs) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, key, runs }
    }

    pub(crate) fn did(&self) -> Did {
        self.key.did()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A chain from the service to an agent, in this many hops.
    pub(crate) fn agent(&self, hops: usize) -> Agent {
        self.agent_with(hops, Policy::default())
    }

    /// The same; the last delegation has this policy.
    pub(crate) fn agent_with(&self, hops: usize, policy: Policy) -> Agent {
        let mut agent = Agent {
            key: again(&self.key),
            subject: self.did(),
            proofs: Vec::new(),
        };
        for hop in 1..=hops {
            let policy = if hop == hops {
                policy.clone()
            } else {
                Policy::default()
            };
            agent = agent.passes_on(policy);
        }
        agent
    }

    /// Sends a request with this header.
    pub(crate) async fn send(&self, method: &str, path: &str, authorization: &str) -> Answered {
        self.send_body(method, path, authorization, Vec::new())
            .await
    }

    pub(crate) async fn send_body(
        &self,
        method: &str,
        path: &str,
        authorization: &str,
        body: Vec<u8>,
    ) -> Answered {
        let request = client()
            .request(method.parse().unwrap(), self.url(path))
            .header("authorization", authorization)
            .body(body);
        Answered::of(request.send().await.unwrap()).await
    }

    /// Sends these bytes, and reads what comes until the server closes.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        let reading = stream.read_to_end(&mut answer);
        let _ = tokio::time::timeout(Duration::from_secs(5), reading).await;
        String::from_utf8_lossy(&answer).into_owned()
    }
}

/// A client of its own for each test, as each has its own runtime.
pub(crate) fn client() -> reqwest::Client {
    // Somebody in this build asks for TLS without saying by whom; the first to say so is enough.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answered {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.bytes().await.unwrap().to_vec(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn problem(&self) -> Problem {
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        let problem = Problem::from_json(&self.body).unwrap();
        assert_eq!(problem.status(), self.status);
        problem
    }

    /// The status and the code of a refusal.
    pub(crate) fn refusal(&self) -> (u16, String) {
        (self.status, self.problem().code().to_owned())
    }
}

pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Timestamp::from_unix(since.unwrap().as_secs().try_into().unwrap()).unwrap()
}

pub(crate) fn soon() -> Timestamp {
    now().saturating_add(Duration::from_secs(60))
}

pub(crate) fn command(text: &str) -> Command {
    text.parse().unwrap()
}

/// Somebody with authority and a key.
pub(crate) struct Agent {
    pub(crate) key: SecretKey,
    pub(crate) subject: Did,
    /// The subject's own first.
    pub(crate) proofs: Vec<Verified<Delegation>>,
}

impl Agent {
    /// Delegates everything to another, who has this chain and one more.
    pub(crate) fn passes_on(self, policy: Policy) -> Self {
        let next = key();
        let given = Delegation::builder(next.did(), self.subject.clone(), Command::all())
            .policy(policy)
            .expiration(now().saturating_add(Duration::from_secs(3600)))
            .sign(&self.key, Nonce::random().unwrap())
            .unwrap();
        let mut proofs = self.proofs;
        proofs.push(given);
        Self {
            key: next,
            subject: self.subject,
            proofs,
        }
    }

    pub(crate) fn invoke<C: Arguments>(&self, arguments: &C) -> Verified<Invocation> {
        self.invoke_with(C::COMMAND, arguments.to_arguments().unwrap())
    }

    pub(crate) fn invoke_with(
        &self,
        name: &str,
        arguments: BTreeMap<String, Ipld>,
    ) -> Verified<Invocation> {
        Invocation::builder(self.subject.clone(), command(name))
            .arguments(arguments)
            .proofs(self.cids())
            .expiration(soon())
            .sign(&self.key, Nonce::random().unwrap())
            .unwrap()
    }

    pub(crate) fn cids(&self) -> Vec<Cid> {
        self.proofs.iter().map(Verified::cid).collect()
    }

    /// The invocation with all of its proofs.
    pub(crate) fn with_proofs(&self, invocation: &Verified<Invocation>) -> Container {
        let mut container = Container::from_iter([Token::from(invocation.clone())]);
        for proof in &self.proofs {
            container.insert(proof.clone());
        }
        container
    }

    /// The header for this call, proofs included.
    pub(crate) fn header<C: Arguments>(&self, arguments: &C) -> String {
        carrier::write(&self.with_proofs(&self.invoke(arguments))).unwrap()
    }

    pub(crate) fn plain_header(&self, request: &delegant_http::Request<'_>) -> String {
        let name = plain::command(request.method).unwrap();
        let invocation = self.invoke_with(name.as_str(), plain::arguments(request));
        carrier::write(&self.with_proofs(&invocation)).unwrap()
    }
}

/// A policy of about a kilobyte, of which every chain of twenty is too long for a header.
pub(crate) fn long_policy() -> Policy {
    let patients = (0..60).map(|number| policy::equal(".patient", format!("p-{number}")));
    Policy::new([policy::or(patients)]).unwrap()
}

pub(crate) fn of_patient(patient: &str) -> ReadEncounters {
    ReadEncounters {
        patient: patient.to_owned(),
        most: None,
    }
}
