//! What has been taken back, and who is refused here?

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::capability::command::Command;
use crate::identity::did::{Did, Keys};
use crate::token::delegation::Delegation;
use crate::token::envelope::{Parsed, Verified};
use crate::token::revocation::Revocation;
use crate::token::time::Timestamp;
use crate::validator::denial::{Denial, Reason};
use crate::validator::proof_chain::ProofChain;
use crate::wire::cid::Cid;
use crate::wire::limits::Limits;

/// Revocations that were verified, and principals that this verifier refuses.
///
/// A revocation counts for a chain only where it was made on the authority of an issuer at or above
/// the revoked link in that very chain, so what strangers revoke does no harm.
#[derive(Debug, Clone, Default)]
pub struct Revocations {
    /// On whose authority each delegation was taken back.
    revoked: HashMap<Cid, Vec<Did>>,
    refused: HashSet<Did>,
}

impl Revocations {
    /// None at all: for tests, and for who has thought about it.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Accepts a revocation for good.
    ///
    /// Where the revoker is not the subject of the revocation, `proofs` must show that the subject
    /// delegated `/ucan/revoke` (or `/ucan`; `/` does not do) to the revoker, valid at `now`.
    ///
    /// # Errors
    /// [`Denial`] where they do not.
    pub fn add(
        &mut self,
        revocation: &Verified<Revocation>,
        proofs: &[Parsed<Delegation>],
        keys: &(impl Keys + ?Sized),
        now: Timestamp,
    ) -> Result<(), Denial> {
        let limits = Limits::DEFAULT;
        let invocation = revocation.to_invocation();
        let chain = ProofChain::link(invocation, proofs, keys, now, Duration::ZERO, &limits)?;
        // Who gave away "everything" did not mean the power to cut others off.
        if let Some(link) = chain
            .links()
            .iter()
            .find(|link| *link.command() == Command::all())
        {
            return Err(Reason::CommandNotCovered {
                granted: Command::all(),
                used: revocation.command().clone(),
            }
            .of(link.cid()));
        }
        chain.covers_command()?;
        chain.permits_arguments(&limits)?;
        let revokers = self.revoked.entry(revocation.revoked()).or_default();
        if !revokers.contains(revocation.subject()) {
            revokers.push(revocation.subject().clone());
        }
        Ok(())
    }

    /// Refuses every chain that this principal has a part in.
    pub fn refuse(&mut self, principal: Did) {
        self.refused.insert(principal);
    }

    /// Is nothing revoked and nobody refused?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.revoked.is_empty() && self.refused.is_empty()
    }

    pub(crate) fn refuses(&self, principal: &Did) -> bool {
        self.refused.contains(principal)
    }

    /// On whose authority this link was taken back, if it is one of these.
    pub(crate) fn revoker_of<'a>(
        &self,
        link: &Verified<Delegation>,
        at_or_above: impl Iterator<Item = &'a Did> + Clone,
    ) -> Option<&Did> {
        if self.revoked.is_empty() {
            return None;
        }
        // Both spellings of a signature are one token: revoking either revokes both.
        [Some(link.cid()), link.twin()]
            .into_iter()
            .flatten()
            .filter_map(|cid| self.revoked.get(&cid))
            .flatten()
            .find(|revoker| at_or_above.clone().any(|issuer| issuer == *revoker))
    }
}
