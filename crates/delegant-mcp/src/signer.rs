//! How does an agent's process sign without holding a key? It asks a process that holds one, over a
//! socket of the file system.
//!
//! A question and its answer are a line of JSON each. `who` asks for the DID:
//!
//! ```json
//! {"v":1,"who":true}
//! {"did":"did:key:z6Mk…"}
//! ```
//!
//! `invoke` asks for an invocation, with arguments as DAG-JSON and, where the executor is not the
//! subject, an audience. The answer is a container of it and its proofs:
//!
//! ```json
//! {"v":1,"invoke":{"subject":"did:key:z6Mk…","command":"/mcp/tools/call/x","arguments":{"name":"x"},"seconds":60}}
//! {"did":"did:key:z6Mk…","ctn":"C…"}
//! ```
//!
//! Whatever goes wrong is `{"error":{"code":"NoProof","message":"…"}}`. Many questions may follow each
//! other on one connection. Nothing else can be asked for: not the key, not a signature on bytes of
//! one's own, not an invocation that the wallet does not prove or that lives for more than a minute.
//!
//! Who may ask is decided by the user that the system says is at the other end: the signer's own,
//! and those that it was told of.

mod client;
mod error;
mod protocol;
mod server;
mod socket;
#[cfg(test)]
mod tests;

pub use client::SignerClient;
pub use error::{ServeError, SignerError};
pub use server::{Asked, Server};
