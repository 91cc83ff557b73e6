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
    /// It counts on the authority of the revoker, who signed it, wherever the revoker issued the
    /// link or one above. Where it is about another subject, it counts on that one's authority, too,
    /// if `proofs` show that the subject delegated `/ucan/revoke` (or `/ucan`; `/` does not do) to
    /// the revoker, valid at `now` without leeway.
    ///
    /// # Errors
    /// [`Denial`] where they do not. On the revoker's own authority it counts all the same.
    pub fn add(
        &mut self,
        revocation: &Verified<Revocation>,
        proofs: &[Parsed<Delegation>],
        keys: &(impl Keys + ?Sized),
        now: Timestamp,
    ) -> Result<(), Denial> {
        self.remember(revocation.revoked(), revocation.revoker().clone());
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
