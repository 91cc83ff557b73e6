//! May it be done now? Chains of proof, and the one decision.

pub(crate) mod admit;
pub(crate) mod authorization;
pub(crate) mod authorize;
pub(crate) mod denial;
pub(crate) mod proof_chain;
pub(crate) mod revocations;
pub(crate) mod self_test;
