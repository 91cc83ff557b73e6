//! What does a call look like over HTTP? Pure: no IO, no async, no clock.
//!
//! Both sides build on it, the server that checks a call and the client that makes one, so that they
//! cannot disagree. What is here is written down for other languages in `spec/http.md`.
//!
//! ```
//! use delegant::{Algorithm, Container, DidKeys, Invocation, Nonce, SecretKey, Signer};
//! use delegant_http::*;
//! use serde::{Deserialize, Serialize};
//!
//! /// Lists the encounters of one patient.
//! #[derive(Serialize, Deserialize)]
//! struct ReadEncounters { patient: String }
//!
//! impl Arguments for ReadEncounters { const COMMAND: &'static str = "/encounters/read"; }
//!
//! let hospital = SecretKey::generate(Algorithm::Ed25519)?;
//! let call = ReadEncounters { patient: "p-17".to_owned() };
//! let invocation = Invocation::builder(hospital.did(), ReadEncounters::command()?)
//!     .arguments(call.to_arguments()?).never_expires().sign(&hospital, Nonce::random()?)?;
//! let header = carrier::write(&Container::from_iter([invocation]))?;
//!
//! // At the other end, `GET /encounters/p-17`:
//! let container = Container::decode(carrier::read([header.as_bytes()])?)?;
//! let invocation = container.invocation()?.verify(&DidKeys)?;
//! let request = Request { method: "GET", authority: "records.example", path: "/encounters/p-17", query: "", body: None };
//! bind_typed(&invocation, &ReadEncounters::command()?, [("patient", "p-17")], &request)?;
//! assert_eq!(ReadEncounters::from_arguments(invocation.arguments())?.patient, "p-17");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod arguments;
mod binding;
mod body_digest;
pub mod carrier;
mod challenge;
mod discovery;
mod explained;
mod feed;
mod form;
pub mod names;
mod not_bound;
pub mod plain;
mod problem;
mod text;

pub use answer::{Answer, AnswerError};
pub use arguments::{Arguments, ArgumentsError};
pub use binding::{Request, bind, bind_plain, bind_typed};
pub use body_digest::BodyDigest;
pub use challenge::{Challenge, ChallengeError};
pub use discovery::{Bounds, Discovery, Offer};
pub use explained::Explained;
pub use feed::{Entry, Head, HeadError, Page};
pub use not_bound::NotBound;
pub use problem::{Problem, ProblemError};
