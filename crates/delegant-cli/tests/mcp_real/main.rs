//! Clients and servers of MCP that others wrote, with signer and guard between them.
//!
//! They are installed by name from their registries, once, into `target/mcp-real`. Where that cannot be done a line says
//! so and there is nothing to do; under `CI=true` that is a failure.

#![cfg(all(unix, feature = "mcp"))]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails, and what an answer does not hold is null"
)]

mod clients;
mod conformance;
mod lines;
mod packages;
mod parties;
mod programs;
mod refused;
mod unchanged;
