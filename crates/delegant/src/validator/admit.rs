//! Does a revocation hold? Then it is remembered for good.

use std::time::Duration;

use crate::capability::command::Command;
use crate::identity::did::Keys;
use crate::token::delegation::Delegation;
use crate::token::envelope::{Parsed, Verified};
use crate::token::revocation::Revocation;
use crate::token::time::Timestamp;
use crate::validator::denial::{Denial, Reason};
use crate::validator::proof_chain::ProofChain;
use crate::validator::revocations::Revocations;
use crate::wire::limits::Limits;

impl Revocations {
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
        self.remember(revocation.revoked(), revocation.subject().clone());
        Ok(())
    }
}
