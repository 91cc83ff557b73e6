//! The same route, protected in one way or another.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::serve::ListenerExt;
use delegant::Signer;
use delegant_axum::routing::get;
use delegant_axum::{Authorized, DelegantLayer, Router, Server};
use delegant_store::{Quota, Store, Verifier};
use tokio::net::TcpListener;

use crate::Failure;
use crate::chain::{ReadEncounters, WriteEncounter, service};
use crate::partner::say;
use crate::rivals::{Introspection, Jwt, Strict};

/// What is answered by all of them.
type Seen = Json<[String; 1]>;

fn seen(patient: &str) -> Seen {
    Json([format!("seen: {patient}")])
}

async fn open(Path(patient): Path<String>) -> Seen {
    seen(&patient)
}

async fn strict(
    State(strict): State<Arc<Strict>>,
    Path(patient): Path<String>,
    headers: HeaderMap,
) -> Result<Seen, StatusCode> {
    let allows = strict.allows(&headers);
    allows
        .then(|| seen(&patient))
        .ok_or(StatusCode::UNAUTHORIZED)
}

async fn jwt(
    State(jwt): State<Arc<Jwt>>,
    Path(patient): Path<String>,
    headers: HeaderMap,
) -> Result<Seen, StatusCode> {
    let allows = jwt.allows(&headers, &patient);
    allows
        .then(|| seen(&patient))
        .ok_or(StatusCode::UNAUTHORIZED)
}

async fn ask(
    State(introspection): State<Arc<Introspection>>,
    Path((delay, patient)): Path<(u64, String)>,
    headers: HeaderMap,
) -> Result<Seen, StatusCode> {
    let allows = introspection.allows(&headers, delay, &patient).await;
    allows
        .then(|| seen(&patient))
        .ok_or(StatusCode::UNAUTHORIZED)
}

async fn read(Authorized(call): Authorized<ReadEncounters>) -> Seen {
    seen(&call.patient)
}

async fn write(Authorized(call): Authorized<WriteEncounter>, body: Bytes) -> Seen {
    seen(&format!("{}, {} bytes", call.patient, body.len()))
}

/// One agent makes all these calls: as many as it can, and no quota in the way.
const QUOTA: Quota = Quota {
    per_issuer: u64::MAX >> 1,
    total: u64::MAX >> 1,
};

/// The route protected by Delegant, with this store.
fn protected(path: &str, store: Store) -> Result<axum::Router, Failure> {
    let verifier = Verifier::new(service()?.did()).store(store.quota(QUOTA));
    Ok(Router::new()
        .route(path, get(read).post(write))
        .layer(DelegantLayer::new(verifier)))
}

/// Serves all of them, until its parent goes.
pub(crate) async fn serve(office: &str, database: &str) -> Result<(), Failure> {
    use axum::routing::get;
    let office: SocketAddr = office.parse()?;
    let sqlite = Store::open(&format!("sqlite:{database}")).await?;
    let app = axum::Router::new()
        .route("/open/{patient}", get(open))
        .route(
            "/strict/{patient}",
            get(strict).with_state(Arc::new(Strict::new())),
        )
        .route("/jwt/{patient}", get(jwt).with_state(Arc::new(Jwt::new()?)))
        .route(
            "/ask/{delay}/{patient}",
            get(ask).with_state(Arc::new(Introspection::new(office))),
        )
        .merge(protected("/memory/{patient}", Store::memory())?)
        .merge(protected("/sqlite/{patient}", sqlite)?);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say(listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // Best effort: without it an answer waits for the caller's acknowledgement.
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, app).await?)
}

/// Serves one of them as it is served to strangers, until its parent goes.
pub(crate) async fn serve_hardened(database: &str) -> Result<(), Failure> {
    let app = protected(
        "/encounters/{patient}",
        Store::open(&format!("sqlite:{database}")).await?,
    )?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say(listener.local_addr()?);
    Ok(Server::new(app).serve(listener).await?)
}
