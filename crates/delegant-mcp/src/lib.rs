//! How does an MCP call carry a proof? A guard before any server, a signer beside any client.
//!
//! ```
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! use delegant::{Algorithm, Delegation, Nonce, SecretKey, Signer, Timestamp};
//! use delegant_agent::{Agent, Delegations};
//! use delegant_mcp::{Arrived, Guard, Outgoing, Rules, Signing};
//!
//! # let (server, key) = (SecretKey::generate(Algorithm::Ed25519)?, SecretKey::generate(Algorithm::Ed25519)?);
//! // The hospital lets the agent call one tool, about one patient.
//! let given = Delegation::builder(key.did(), server.did(), "/mcp/tools/call/read_encounters".parse()?)
//!     .policy(r#"[["==", ".arguments.patient", "p-17"]]"#.parse()?)
//!     .expiration(Timestamp::from_unix(4_102_444_800)?)
//!     .sign(&server, Nonce::random()?)?;
//! let signing = Signing::new(Agent::new(key, Delegations::from_iter([given]))).server(server.did());
//!
//! let rules = format!("server = \"{}\"\nmode = \"enforce\"\n[tools.read_encounters]", server.did());
//! let guard = Guard::open(Rules::parse(&rules)?).await?;
//!
//! // What the client writes, what travels, what the server gets.
//! let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call",
//!     "params":{"name":"read_encounters","arguments":{"patient":"p-17"}}}"#;
//! let Outgoing::Send { message, .. } = signing.outgoing(call).await else { panic!("signed") };
//! let Arrived::HandOn { message, .. } = guard.arrived(&message, None).await else { panic!("allowed") };
//! assert_eq!(message, call);
//!
//! // The same, unsigned, is refused.
//! assert!(matches!(guard.arrived(call, None).await, Arrived::Answer(_)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What travels is said in `spec/mcp.md`, for other languages.

mod announcement;
#[cfg(feature = "http")]
pub mod bridge;
#[cfg(feature = "http")]
mod events;
mod guard;
mod hand;
pub mod hand_over;
#[cfg(feature = "http")]
pub mod http;
mod json;
#[cfg(any(feature = "process", feature = "http"))]
mod lines;
pub mod message;
#[cfg(any(feature = "process", feature = "http"))]
mod middle;
#[cfg(feature = "http")]
mod mirrored;
pub mod proof;
pub mod record;
mod refusal;
mod rules;
#[cfg(feature = "rmcp")]
pub mod service;
mod sign;
#[cfg(unix)]
pub mod signer;
#[cfg(feature = "process")]
pub mod stdio;
pub mod suggest;
mod tools;
#[cfg(feature = "rmcp")]
pub mod transport;
#[cfg(feature = "http")]
mod upstream;
mod wanted;
mod words;

pub use guard::{Arrived, Awaited, Guard, GuardError, Settled};
pub use hand::{Hand, Holder, NotSigned, Wish};
pub use json::JsonError;
#[cfg(any(feature = "process", feature = "http"))]
pub use middle::Middle;
pub use refusal::{Context, RefusalAnswer, Refused};
pub use rules::{Mode, Needs, Rules, RulesError, Tool, is_open};
pub use sign::{Outgoing, Returned, Sent, Signing};
#[cfg(feature = "http")]
pub use upstream::UpstreamError;
pub use wanted::{NotRebuilt, Wanted};
