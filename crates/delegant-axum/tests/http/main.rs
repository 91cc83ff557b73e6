//! Calls over real sockets, to a real server.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what goes wrong in a test fails it"
)]

mod agents;
mod answers;
mod batches;
mod bindings;
mod bodies;
mod carriers;
mod elision;
mod faults;
mod feed;
mod http2;
mod receipts;
mod redaction;
mod routes;
mod service;
mod standing;
mod stores;
mod tenants;
