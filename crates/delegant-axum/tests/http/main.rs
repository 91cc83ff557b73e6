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
mod receipts;
mod routes;
mod service;
mod stores;
mod tenants;
