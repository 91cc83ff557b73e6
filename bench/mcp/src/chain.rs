//! A chain from a server to an agent, through so many hands.

use std::time::Duration;

use delegant::{Algorithm, DidKeys, Policy, SecretKey, Signer, policy};
use delegant_agent::{Agent, Delegations, Given, Narrower};

use crate::Failure;

/// What is called.
pub(crate) const COMMAND: &str = "/mcp/tools/call/read_encounters";

/// A server's key, an agent's, and what the agent was given.
pub(crate) struct Chain {
    pub(crate) server: SecretKey,
    pub(crate) agent: SecretKey,
    pub(crate) given: Given,
}

impl Chain {
    /// Of so many delegations; each says something of the arguments.
    pub(crate) fn of(delegations: usize) -> Result<Self, Failure> {
        let server = SecretKey::generate(Algorithm::Ed25519)?;
        let mut holder = again(&server)?;
        let mut given: Option<Given> = None;
        for _ in 0..delegations {
            let next = SecretKey::generate(Algorithm::Ed25519)?;
            let mut held = Delegations::default();
            if let Some(given) = &given {
                for delegation in given.container().delegations() {
                    held.insert(delegation.verify(&DidKeys)?);
                }
            }
            let narrower = Narrower::new(server.did(), COMMAND.parse()?)
                .policy(Policy::new([policy::equal(".arguments.patient", "p-17")])?)
                .lasting(Duration::from_secs(24 * 60 * 60));
            given = Some(Agent::new(holder, held).delegate(&next.did(), narrower)?);
            holder = next;
        }
        Ok(Self {
            server,
            agent: holder,
            given: given.ok_or("a chain has a delegation")?,
        })
    }
}

/// The same key once more: keys are not copied by accident.
fn again(key: &SecretKey) -> Result<SecretKey, Failure> {
    let algorithm = key.public_key().algorithm();
    Ok(SecretKey::from_bytes(algorithm, &key.to_bytes())?)
}
