//! The first delegation of a chain: from an organisation over what is its own.

use std::time::Duration;

use delegant::{Did, Policy, SecretKey, Signer};
use delegant_agent::{Agent, Delegations, Narrower};

use crate::process::{Failure, again};

/// The text of a container with it.
pub(crate) fn root(
    key: &SecretKey,
    to: &Did,
    command: &str,
    policy: Policy,
    lasting: Duration,
) -> Result<String, Failure> {
    let narrower = Narrower::new(key.did(), command.parse()?)
        .policy(policy)
        .lasting(lasting);
    let organisation = Agent::new(again(key)?, Delegations::default());
    Ok(organisation.delegate(to, narrower)?.to_text()?)
}
