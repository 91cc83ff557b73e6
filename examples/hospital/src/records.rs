//! Hospital A: the records of its patients, and who has looked at them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use delegant::{Authorization, Did, Policy, SecretKey, Signer, policy};
use delegant_axum::routing::get;
use delegant_axum::{Authorized, Call, DelegantLayer, Feed, Router, Rpc, Server};
use delegant_store::{Store, Verifier};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::commands::{BreakGlass, ReadAccesses, ReadEncounters, ReadObservations};
use crate::patients;
use crate::process::{self, Failure, Ready, new_key};
use crate::root::root;

/// Who looked at what, on whose behalf: from the chain itself, so that nobody can leave it out.
#[derive(Debug, Clone, Serialize)]
struct Access {
    patient: String,
    command: String,
    invoker: String,
    /// Everyone that the authority passed through, from the hospital's own delegation on.
    through: Vec<String>,
    break_glass: Option<String>,
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<Access>>>);

impl Log {
    fn note(&self, patient: &str, leave: &Authorization, break_glass: Option<&str>) {
        let access = Access {
            patient: patient.to_owned(),
            command: leave.command().to_string(),
            invoker: leave.invoker().to_string(),
            through: leave.principals().map(|(did, _)| did.to_string()).collect(),
            break_glass: break_glass.map(str::to_owned),
        };
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(access);
    }

    fn of(&self, patient: &str) -> Vec<Access> {
        let log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        log.iter()
            .filter(|access| access.patient == patient)
            .cloned()
            .collect()
    }
}

async fn encounters(
    Authorized(call): Authorized<ReadEncounters>,
    State(log): State<Log>,
) -> Json<Value> {
    log.note(&call.patient, call.authorization(), None);
    Json(patients::encounters(
        &call.patient,
        Some(&call.kind),
        (call.from, call.to),
    ))
}

async fn observations(
    Authorized(call): Authorized<ReadObservations>,
    State(log): State<Log>,
) -> Json<Value> {
    log.note(&call.patient, call.authorization(), None);
    Json(patients::observations(
        &call.patient,
        Some(&call.code),
        (call.from, call.to),
    ))
}

async fn accesses(
    Authorized(call): Authorized<ReadAccesses>,
    State(log): State<Log>,
) -> Json<Vec<Access>> {
    Json(log.of(&call.patient))
}

/// Serves until its parent goes. The patient gets authority over her own record, and the physician
/// on duty the command for emergencies.
pub(crate) async fn serve(database: &str, patient: Did, on_duty: Did) -> Result<(), Failure> {
    let (key, signer, again) = new_key()?;
    let log = Log::default();
    let glass = log.clone();
    let rpc = Rpc::new(signer).on(move |call: Call<BreakGlass>| {
        glass.note(&call.patient, call.authorization(), Some(&call.reason));
        let always = (0, i64::MAX);
        let record = json!({
            "flag": "break-glass",
            "reason": call.reason,
            "encounters": patients::encounters(&call.patient, None, always),
            "observations": patients::observations(&call.patient, None, always),
        });
        // A receipt holds what the data model holds; the record goes in as text.
        async move { Ok::<_, String>(record.to_string()) }
    });
    let verifier =
        Verifier::new(key.did()).store(Store::open(&format!("sqlite:{database}")).await?);
    let app = Router::new()
        .route("/patients/{patient}/encounters", get(encounters))
        .route("/patients/{patient}/observations", get(observations))
        .route("/patients/{patient}/accesses", get(accesses))
        .with_state(log)
        .rpc(rpc)
        .deposits()
        .feed(Feed::new(again))
        .discoverable()
        .layer(DelegantLayer::new(verifier).realm("Records of hospital A"));
    let hers = Policy::new([policy::equal(".patient", "p-17")])?;
    let with_reason = Policy::new([policy::not(policy::equal(".reason", ""))])?;
    let given = [
        root(
            &key,
            &patient,
            "/record",
            hers,
            Duration::from_secs(24 * 60 * 60),
        )?,
        root(
            &key,
            &on_duty,
            "/break-glass/read",
            with_reason,
            Duration::from_secs(15 * 60),
        )?,
    ];
    stand(app, &key, given.into()).await
}

/// Says where it is and what it gives, and serves until its standard input ends.
pub(crate) async fn stand(
    app: axum::Router,
    key: &SecretKey,
    given: Vec<String>,
) -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    process::say(&Ready {
        did: key.did().to_string(),
        address,
        given,
    })?;
    Server::new(app)
        .stops_when(process::parent_goes())
        .serve(listener)
        .await?;
    Ok(())
}
