//! Calls by agents, checked in front of axum routes: the whole chain, once, on any machine.
//!
//! ```
//! # use axum::Json;
//! # use delegant_http::Arguments;
//! # use delegant_store::{Store, Verifier};
//! # use serde::{Deserialize, Serialize};
//! # #[derive(Serialize)] struct Encounter { patient: String }
//! use delegant_axum::{Authorized, DelegantLayer, Router, routing::get};
//!
//! #[derive(Serialize, Deserialize)]
//! struct ReadEncounters { patient: String }
//! impl Arguments for ReadEncounters { const COMMAND: &'static str = "/encounters/read"; }
//!
//! async fn read(Authorized(call): Authorized<ReadEncounters>) -> Json<Vec<Encounter>> {
//!     // Checked: who asks, on whose behalf, for this patient, once. `call` is what was signed.
//!     Json(vec![Encounter { patient: call.patient.clone() }])
//! }
//!
//! # async fn serve(service_did: delegant::Did) -> Result<(), Box<dyn std::error::Error>> {
//! let verifier = Verifier::new(service_did).store(Store::open("memory:").await?);
//! let app = Router::new()
//!     .route("/encounters/{patient}", get(read))
//!     .layer(DelegantLayer::new(verifier));
//! # let app: axum::Router = app; Ok(()) }
//! ```
//!
//! A [`Router`] takes only routes whose handler asks for [`Authorized`] first; a route without a
//! decision does not compile. How a call travels is said in `spec/http.md`.

mod call;
mod command;
mod concern;
mod deposit;
mod discovery;
mod extract;
mod feed;
mod gate;
mod inventory;
mod layer;
mod metrics;
mod origin;
mod pending;
mod receipts;
mod rejection;
mod router;
pub mod routing;
mod rpc;

pub use call::Call;
pub use delegant_server::Server;
pub use extract::Authorized;
pub use feed::Feed;
pub use inventory::{Guarded, Inventory};
pub use layer::DelegantLayer;
pub use metrics::Metrics;
pub use rejection::Rejection;
pub use router::Router;
pub use rpc::Rpc;

// The README's examples compile, and those that need no service run.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
