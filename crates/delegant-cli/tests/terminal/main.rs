//! The command as somebody uses it, in a folder of its own.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]
#![expect(
    clippy::indexing_slicing,
    reason = "what an answer does not hold is null"
)]

#[cfg(feature = "http")]
mod call;
mod delegate;
mod desk;
mod edges;
#[cfg(all(feature = "mcp", unix))]
mod mcp;
#[cfg(all(feature = "http", feature = "store"))]
mod revocations;
#[cfg(feature = "http")]
mod revoke;
#[cfg(feature = "http")]
mod serving;
#[cfg(all(feature = "mcp", unix))]
mod shadow;
mod story;
