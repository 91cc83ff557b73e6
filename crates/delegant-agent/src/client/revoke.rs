//! How does a service learn of a revocation?

use delegant::{Container, Parsed, Revocation};
use delegant_http::names::REVOCATIONS_PATH;
use serde::Deserialize;

use crate::client::Client;
use crate::client::call_error::{CallError, Refusal};
use crate::client::exchange::Parts;

/// A service took a revocation in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    sequence: Option<u64>,
}

impl Revoked {
    /// Its number in the service's feed, where the service says it.
    #[must_use]
    pub const fn sequence(&self) -> Option<u64> {
        self.sequence
    }
}

#[derive(Deserialize)]
struct Numbered {
    seq: u64,
}

impl Client {
    /// Hands in a revocation, with the delegations that show on whose authority it is. It is its own
    /// credential: no invocation is signed. Handing it in again does no harm, so it is tried again where
    /// the service was not reached or broke.
    ///
    /// # Errors
    /// [`CallError`]; [`CallError::NotReadable`] where there is not exactly one revocation in it.
    pub async fn revoke(&self, container: &Container) -> Result<Revoked, CallError> {
        let is_revocation = container
            .invocation()
            .and_then(|invocation| Parsed::<Revocation>::decode(invocation.bytes()).map(|_| ()));
        is_revocation.map_err(|cause| CallError::NotReadable {
            what: "the revocation",
            cause: cause.to_string(),
        })?;
        let parts = Parts::container(self.url(REVOCATIONS_PATH)?, container)?;
        self.persist(true, || self.hand_in(&parts), |_| None).await
    }

    async fn hand_in(&self, parts: &Parts) -> Result<Revoked, CallError> {
        let raw = self.transport.send(parts, None).await?;
        if raw.status.is_success() {
            let numbered = serde_json::from_slice::<Numbered>(&raw.body);
            return Ok(Revoked {
                sequence: numbered.ok().map(|numbered| numbered.seq),
            });
        }
        match Refusal::find(&raw, None) {
            Some(refusal) => Err(CallError::Refused(Box::new(refusal))),
            None => Err(CallError::Status { status: raw.status }),
        }
    }
}
