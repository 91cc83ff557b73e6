//! A service to call: real sockets, the real layer, and in front of it what can go wrong.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use delegant::{
    Cid, Did, DidKeys, Revocation, SecretKey, Signer, Timestamp, Verified, to_dag_json,
};
use delegant_axum::routing::{get, post};
use delegant_axum::{Authorized, Call, DelegantLayer, Rpc};
use delegant_http::{Arguments, BodyDigest, plain};
use delegant_store::{Store, Verifier};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::faults::{Faults, in_front};
use crate::{OTHER, ReadEncounters, again, did};

/// What the service saw of one request.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) invocation: Option<Cid>,
    pub(crate) delegations: usize,
    pub(crate) header: usize,
}

pub(crate) struct Service {
    pub(crate) url: String,
    pub(crate) shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

pub(crate) struct Shared {
    pub(crate) key: SecretKey,
    pub(crate) seen: Mutex<Vec<Seen>>,
    pub(crate) faults: Mutex<Faults>,
    store: Mutex<Store>,
    app: Mutex<Router>,
    ran: Arc<AtomicUsize>,
    /// Seconds that its clock is ahead.
    pub(crate) ahead: Arc<AtomicI64>,
}

impl Service {
    pub(crate) async fn start(key: SecretKey) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::on(listener, key)
    }

    pub(crate) fn on(listener: TcpListener, key: SecretKey) -> Self {
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            key,
            seen: Mutex::default(),
            faults: Mutex::default(),
            store: Mutex::new(Store::memory()),
            app: Mutex::default(),
            ran: Arc::default(),
            ahead: Arc::default(),
        });
        shared.begin_anew();
        let app = Router::new()
            .fallback(in_front)
            .with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            url,
            shared,
            serving,
        }
    }

    pub(crate) fn fail(&self, set: impl FnOnce(&mut Faults)) {
        set(&mut self.shared.faults.lock().unwrap());
    }

    /// What was seen since the last time.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.shared.seen.lock().unwrap())
    }

    /// How often a handler ran.
    pub(crate) fn ran(&self) -> usize {
        self.shared.ran.load(Ordering::SeqCst)
    }

    pub(crate) fn forget_all(&self) {
        self.shared.begin_anew();
    }

    /// Sets its clock.
    pub(crate) fn set_ahead(&self, seconds: i64) {
        self.shared.ahead.store(seconds, Ordering::SeqCst);
        self.shared.begin_anew();
    }

    pub(crate) async fn refuse(&self, seed: u8) {
        self.refuse_did(&did(seed)).await;
    }

    pub(crate) async fn refuse_did(&self, principal: &Did) {
        let store = self.shared.store.lock().unwrap().clone();
        store.refuse(principal).await.unwrap();
    }

    pub(crate) async fn revoke(&self, revocation: &Verified<Revocation>) {
        let store = self.shared.store.lock().unwrap().clone();
        let added = store.add(revocation, &[], &DidKeys, now(0));
        added.await.unwrap();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn now(ahead: i64) -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_unix(i64::try_from(since.as_secs()).unwrap() + ahead).unwrap()
}

impl Shared {
    /// As after a restart without its store.
    pub(crate) fn begin_anew(&self) {
        let store = Store::memory();
        let (ahead, us) = (Arc::clone(&self.ahead), self.key.did());
        let verifier = Verifier::new(self.key.did())
            .store(store.clone())
            .serves(move |subject| *subject == us || *subject == did(OTHER))
            .decide_at(move || now(ahead.load(Ordering::SeqCst)));
        let layer = DelegantLayer::new(verifier).receipts(again(&self.key));
        let app = routes(&self.ran)
            .deposits()
            .rpc(rpc(again(&self.key), &self.ran))
            .layer(layer);
        *self.store.lock().unwrap() = store;
        *self.app.lock().unwrap() = app;
    }

    pub(crate) fn app(&self) -> Router {
        let app = self.app.lock();
        app.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct WriteNote {
    pub(crate) patient: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<BodyDigest>,
}

impl Arguments for WriteNote {
    const COMMAND: &'static str = "/notes/write";
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Fail {}

impl Arguments for Fail {
    const COMMAND: &'static str = "/fail";
}

/// Says what was signed and what was sent.
fn say<C: Arguments>(ran: &AtomicUsize, call: &Call<C>, body: &Bytes) -> String {
    ran.fetch_add(1, Ordering::SeqCst);
    let signed = delegant::Ipld::Map(call.authorization().arguments().clone());
    let signed = to_dag_json(&signed).unwrap();
    let sent = String::from_utf8_lossy(body).escape_default().to_string();
    format!(r#"{{"signed":{signed},"sent":"{sent}"}}"#)
}

fn routes(ran: &Arc<AtomicUsize>) -> delegant_axum::Router {
    macro_rules! echo {
        ($arguments:ty) => {{
            let ran = Arc::clone(ran);
            move |Authorized(call): Authorized<$arguments>, body: Bytes| async move {
                say(&ran, &call, &body)
            }
        }};
    }
    let nothing = Arc::clone(ran);
    delegant_axum::Router::new()
        .route("/encounters/{patient}", get(echo!(ReadEncounters)))
        .route("/notes", post(echo!(WriteNote)))
        .route(
            "/files/{*rest}",
            get(echo!(plain::Get))
                .post(echo!(plain::Post))
                .put(echo!(plain::Put))
                .patch(echo!(plain::Patch))
                .delete(echo!(plain::Delete)),
        )
        .route(
            "/nothing",
            get(
                move |Authorized(call): Authorized<plain::Get>, body: Bytes| async move {
                    (StatusCode::NOT_FOUND, say(&nothing, &call, &body))
                },
            ),
        )
}

fn rpc(key: SecretKey, ran: &Arc<AtomicUsize>) -> Rpc {
    let (reads, fails) = (Arc::clone(ran), Arc::clone(ran));
    Rpc::new(key)
        .on(move |call: Call<ReadEncounters>| {
            reads.fetch_add(1, Ordering::SeqCst);
            let found = BTreeMap::from([("patient", call.patient.clone())]);
            async move { Ok::<_, String>(found) }
        })
        .on(move |_: Call<Fail>| {
            fails.fetch_add(1, Ordering::SeqCst);
            async move { Err::<(), _>(BTreeMap::from([("code", "Full")])) }
        })
}
