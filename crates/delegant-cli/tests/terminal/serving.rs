//! A service for the terminal to call: real sockets, the real layer.

use std::path::Path;

use axum::body::Bytes;
use axum::http::StatusCode;
use delegant::{Did, SecretKey, Signer as _};
use delegant_agent::{Passphrase, keyfile};
use delegant_axum::routing::get;
use delegant_axum::{Authorized, Call, DelegantLayer, Feed, Router, Rpc};
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

pub(crate) struct Serving {
    pub(crate) url: String,
    pub(crate) did: Did,
    _runtime: Runtime,
}

impl Serving {
    /// A service that is whoever has this key, and keeps what it must remember in the folder of the key.
    pub(crate) fn start(key: &Path) -> Self {
        let store = format!("sqlite:{}", key.with_file_name("delegant.db").display());
        let load = || -> SecretKey {
            keyfile::load(key, || Passphrase::new(String::new().into())).unwrap()
        };
        let did = load().did();
        let runtime = Runtime::new().unwrap();
        let url = runtime.block_on(async {
            let store = Store::open(&store).await.unwrap();
            let verifier = Verifier::new(did.clone()).store(store);
            let layer = DelegantLayer::new(verifier).receipts(load());
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
                .feed(Feed::new(load()))
                .layer(layer);
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
