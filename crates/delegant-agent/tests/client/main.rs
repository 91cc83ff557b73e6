//! How an agent calls a service over HTTP: over real sockets, against the real verifier.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

mod allowed;
mod faults;
mod proofs;
mod receipts;
mod refused;
mod secrets;
mod service;
mod tries;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use delegant::{
    Algorithm, Delegation, Did, Nonce, Policy, PolicyError, SecretKey, Signer, Statement,
    Timestamp, Verified, policy,
};
use delegant_agent::client::Client;
use delegant_agent::{Agent, Delegations};
use delegant_http::Arguments;
use serde::{Deserialize, Serialize};

use crate::service::Service;

pub(crate) const SERVICE: u8 = 1;
pub(crate) const AGENT: u8 = 2;
pub(crate) const OTHER: u8 = 3;

pub(crate) fn key(seed: u8) -> SecretKey {
    SecretKey::from_bytes(Algorithm::Ed25519, &[seed; 32]).unwrap()
}

/// The same key once more: keys are not copied by accident.
pub(crate) fn again(key: &SecretKey) -> SecretKey {
    SecretKey::from_bytes(key.public_key().algorithm(), &key.to_bytes()).unwrap()
}

pub(crate) fn did(seed: u8) -> Did {
    key(seed).did()
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ReadEncounters {
    pub(crate) patient: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) most: Option<u32>,
}

impl Arguments for ReadEncounters {
    const COMMAND: &'static str = "/encounters/read";
}

pub(crate) fn read(patient: &str) -> ReadEncounters {
    ReadEncounters {
        patient: patient.to_owned(),
        most: None,
    }
}

pub(crate) fn soon() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = Timestamp::from_unix(i64::try_from(since.as_secs()).unwrap()).unwrap();
    now.saturating_add(Duration::from_secs(600))
}

type Rules = Vec<Result<Statement, PolicyError>>;

pub(crate) fn give(from: u8, to: u8, command: &str, rules: Rules) -> Verified<Delegation> {
    Delegation::builder(did(to), did(SERVICE), command.parse().unwrap())
        .policy(Policy::new(rules).unwrap())
        .expiration(soon())
        .sign(&key(from), Nonce::random().unwrap())
        .unwrap()
}

/// From the service to the agent, by way of so many others.
pub(crate) fn chain(length: u8) -> Vec<Verified<Delegation>> {
    let by_way_of = |step: u8| match step {
        0 => SERVICE,
        step if step == length => AGENT,
        step => 100 + step,
    };
    let step = |step| give(by_way_of(step), by_way_of(step + 1), "/", vec![]);
    (0..length).map(step).collect()
}

/// As [`chain`], and each so large that 31 of them fit into no header.
pub(crate) fn heavy_chain() -> Vec<Verified<Delegation>> {
    let note = "a note that makes the delegation larger than it needs to be; ".repeat(3);
    let heavier = |link: Verified<Delegation>, from: &SecretKey| {
        Delegation::builder(link.audience().clone(), did(SERVICE), "/".parse().unwrap())
            .expiration(soon())
            .meta("note", note.as_str())
            .sign(from, Nonce::random().unwrap())
            .unwrap()
    };
    let issuers = (0..31).map(|step| {
        if step == 0 {
            key(SERVICE)
        } else {
            key(100 + step)
        }
    });
    let links = chain(31).into_iter().zip(issuers);
    links.map(|(link, issuer)| heavier(link, &issuer)).collect()
}

pub(crate) fn agent(held: impl IntoIterator<Item = Verified<Delegation>>) -> Agent {
    Agent::new(key(AGENT), Delegations::from_iter(held))
}

pub(crate) async fn service() -> Service {
    Service::start(key(SERVICE)).await
}

/// An agent of these delegations that calls the service as who it is.
pub(crate) fn client_of(
    service: &Service,
    held: impl IntoIterator<Item = Verified<Delegation>>,
) -> Client {
    agent(held)
        .client(&service.url)
        .unwrap()
        .service(did(SERVICE))
}

/// The service, and an agent that may read the encounters of one patient and do anything below `/http`.
pub(crate) async fn usual() -> (Service, Client) {
    let service = service().await;
    let held = [
        give(
            SERVICE,
            AGENT,
            "/encounters",
            vec![policy::equal(".patient", "p-17")],
        ),
        give(SERVICE, AGENT, "/http", vec![]),
        give(SERVICE, AGENT, "/notes", vec![]),
        give(SERVICE, AGENT, "/fail", vec![]),
    ];
    let client = client_of(&service, held);
    (service, client)
}
