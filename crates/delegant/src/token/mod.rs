//! What was signed? Envelopes, the four payloads, and containers.

pub(crate) mod builder;
pub(crate) mod container;
pub(crate) mod container_format;
pub(crate) mod decode_error;
pub(crate) mod delegation;
pub(crate) mod envelope;
pub(crate) mod invocation;
pub(crate) mod kind;
pub(crate) mod nonce;
pub(crate) mod proof_cache;
pub(crate) mod read;
pub(crate) mod receipt;
pub(crate) mod revocation;
pub(crate) mod time;
