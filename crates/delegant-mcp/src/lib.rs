//! How does an MCP call carry a proof? A guard before any server, a signer beside any client.

pub mod record;
