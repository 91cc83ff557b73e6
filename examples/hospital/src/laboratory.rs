//! The laboratory of organisation B: results, for whoever ordered them. It knows nobody of A but one
//! physician's DID, and shares no identity provider with anyone.

use std::time::Duration;

use axum::Json;
use delegant::{Did, Policy, Signer, policy};
use delegant_axum::routing::get;
use delegant_axum::{Authorized, DelegantLayer, Router};
use delegant_store::{Store, Verifier};
use serde_json::{Value, json};

use crate::commands::ReadResult;
use crate::process::{Failure, new_key};
use crate::records::stand;
use crate::root::root;

async fn result(Authorized(call): Authorized<ReadResult>) -> Json<Value> {
    Json(json!({
        "resourceType": "DiagnosticReport",
        "status": "final",
        "identifier": [{ "value": call.order }],
        "conclusion": "LDL cholesterol 3.1 mmol/L",
    }))
}

/// Serves until its parent goes. The physician gets the results of what hospital A ordered.
pub(crate) async fn serve(database: &str, physician: Did) -> Result<(), Failure> {
    let (key, _, _) = new_key()?;
    let verifier =
        Verifier::new(key.did()).store(Store::open(&format!("sqlite:{database}")).await?);
    let app = Router::new()
        .route("/results/{order}", get(result))
        .deposits()
        .discoverable()
        .layer(DelegantLayer::new(verifier).realm("Laboratory B"));
    let ordered = Policy::new([policy::like(".order", "A-*")])?;
    let given = root(
        &key,
        &physician,
        "/results/read",
        ordered,
        Duration::from_secs(24 * 60 * 60),
    )?;
    stand(app, &key, vec![given]).await
}
