//! The decision.

use std::time::Duration;

use crate::identity::did::{Did, Keys};
use crate::token::delegation::Delegation;
use crate::token::envelope::{Parsed, Verified};
use crate::token::invocation::Invocation;
use crate::token::time::Timestamp;
use crate::validator::authorization::Authorization;
use crate::validator::denial::Denial;
use crate::validator::proof_chain::{ProofChain, in_time};
use crate::validator::revocations::Revocations;
use crate::wire::limits::Limits;

/// Everything that a decision depends on besides the invocation.
///
/// Written out as a literal, so that a forgotten field does not compile; nothing has a default.
#[derive(Debug)]
pub struct Evidence<'a, K: Keys + ?Sized> {
    /// The moment to judge at.
    pub now: Timestamp,
    /// How far the clocks of issuers may be off: granted once on each side of every bound. Servers
    /// take 60 seconds, an exact check none.
    pub leeway: Duration,
    /// Who judges and would act. The invocation must be for this principal.
    pub executor: &'a Did,
    /// The keys of issuers.
    pub keys: &'a K,
    /// The delegations at hand. Only those that the invocation names are used.
    pub proofs: &'a [Parsed<Delegation>],
    /// What has been taken back, and who is refused.
    pub revocations: &'a Revocations,
    /// How much to look at.
    pub limits: &'a Limits,
}

/// Decides whether an invocation may be executed now.
///
/// In this order, and the first that fails is the answer: time of the invocation; proofs at hand;
/// for each hop from the root its signature, time, subject and issuer; invoker; commands; promises;
/// policies; revocations; executor. UCAN 1.0, "Validation"; UCAN Delegation, "Token Validation".
///
/// Everyone may act on itself: the answer says on whose authority ([`Authorization::subject`]), and
/// whether that one's resource is yours to serve is for the caller to know.
///
/// Whether the invocation was used before is for the caller to find out, afterwards and atomically:
/// key it on the issuer and [`Verified::payload_digest`].
///
/// # Errors
/// [`Denial`]: the token at fault and the reason.
pub fn authorize<K: Keys + ?Sized>(
    invocation: Verified<Invocation>,
    evidence: Evidence<'_, K>,
) -> Result<Authorization, Denial> {
    let Evidence {
        now,
        leeway,
        executor,
        keys,
        proofs,
        revocations,
        limits,
    } = evidence;
    in_time(invocation.bounds(), now, leeway).map_err(|reason| reason.of(invocation.cid()))?;
    let chain = ProofChain::link(invocation, proofs, keys, now, leeway, limits)?;
    chain.covers_command()?;
    chain.has_no_promise()?;
    chain.permits_arguments(limits)?;
    chain.not_revoked(revocations)?;
    chain.is_for(executor)?;
    Ok(Authorization::new(chain))
}
