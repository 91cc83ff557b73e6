//! A service for the terminal to call: real sockets, the real layer.

use std::path::Path;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use delegant::{Container, Did, DidKeys, Parsed, Revocation, SecretKey, Signer as _};
use delegant_agent::{Passphrase, keyfile};
use delegant_axum::routing::get;
use delegant_axum::{Authorized, Call, DelegantLayer, Router, Rpc};
use delegant_http::{Arguments, plain};
use delegant_store::{Store, Verifier};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

#[derive(Serialize, Deserialize)]
struct ReadEncounters {
    patient: String,
}

impl Arguments for ReadEncounters {
    const COMMAND: &'static str = "/encounters/read";
}

async fn read(Authorized(call): Authorized<ReadEncounters>) -> (StatusCode, String) {
    match call.patient.as_str() {
        "p-0" => (StatusCode::NOT_FOUND, "no such patient".to_owned()),
        patient => (StatusCode::OK, format!("encounters of {patient}\n")),
    }
}

async fn file(Authorized(call): Authorized<plain::Get>) -> String {
    format!("{} {}\u{1b}[2J\n", call.path, call.query)
}

async fn store_file(Authorized(_): Authorized<plain::Post>, body: Bytes) -> Bytes {
    body
}

/// Takes revocations in, as the feed does.
async fn take_in((verifier, store): (Verifier, Store), body: Bytes) -> StatusCode {
    let container = Container::decode(&body).unwrap();
    let revocation = container.invocation().unwrap();
    let revocation = Parsed::<Revocation>::decode(revocation.bytes()).unwrap();
    let revocation = revocation.verify(&DidKeys).unwrap();
    let now = verifier.now().unwrap();
    let added = store.add(&revocation, container.delegations(), &DidKeys, now);
    added.await.unwrap();
    StatusCode::NO_CONTENT
}

pub(crate) struct Serving {
    pub(crate) url: String,
    pub(crate) did: Did,
    _runtime: Runtime,
}

impl Serving {
    /// A service that is whoever has this key.
    pub(crate) fn start(key: &Path) -> Self {
        let load = || -> SecretKey {
            keyfile::load(key, || Passphrase::new(String::new().into())).unwrap()
        };
        let did = load().did();
        let runtime = Runtime::new().unwrap();
        let url = runtime.block_on(async {
            let store = Store::memory();
            let verifier = Verifier::new(did.clone()).store(store.clone());
            let layer = DelegantLayer::new(verifier.clone()).receipts(load());
            let rpc = Rpc::new(load()).on(async |call: Call<ReadEncounters>| {
                match call.patient.as_str() {
                    "p-0" => Err("no such patient"),
                    patient => Ok(format!("encounters of {patient}")),
                }
            });
            let app = Router::new()
                .route("/encounters/{patient}", get(read))
                .route("/files/{*rest}", get(file).post(store_file))
                .deposits()
                .rpc(rpc)
                .layer(layer)
                .route(
                    "/revocations",
                    axum::routing::post(async |State(state): State<_>, body: Bytes| {
                        take_in(state, body).await
                    }),
                )
                .with_state((verifier, store));
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
            format!("http://{address}")
        });
        Self {
            url,
            did,
            _runtime: runtime,
        }
    }
}
