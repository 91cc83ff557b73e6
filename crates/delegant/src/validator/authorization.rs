//! What was decided?

use std::collections::BTreeMap;

use ipld_core::ipld::Ipld;

use crate::capability::command::Command;
use crate::identity::did::Did;
use crate::token::delegation::Delegation;
use crate::token::envelope::Verified;
use crate::token::invocation::Invocation;
use crate::token::time::TimeBounds;
use crate::validator::proof_chain::ProofChain;
use crate::wire::cid::Cid;

/// Leave to execute one invocation, once.
///
/// Only [`authorize`](crate::authorize) gives it, and it cannot be cloned. It owns the chain, so
/// that a record of who acted on whose behalf needs nothing else.
#[derive(Debug)]
#[must_use = "an authorization is for acting on, or for refusing on other grounds"]
pub struct Authorization(ProofChain);

impl Authorization {
    pub(crate) const fn new(chain: ProofChain) -> Self {
        Self(chain)
    }

    /// On whose authority. Serve this one's resources to the invoker, and nobody else's: a stranger
    /// may well be authorized on itself.
    #[must_use]
    pub fn subject(&self) -> &Did {
        self.invocation().subject()
    }

    /// Who asked.
    #[must_use]
    pub fn invoker(&self) -> &Did {
        self.invocation().issuer()
    }

    /// Who shall act.
    #[must_use]
    pub fn executor(&self) -> &Did {
        self.invocation().executor()
    }

    /// What shall be done.
    #[must_use]
    pub fn command(&self) -> &Command {
        self.invocation().command()
    }

    /// With what: the very arguments that the policies were judged by.
    #[must_use]
    pub fn arguments(&self) -> &BTreeMap<String, Ipld> {
        self.invocation().arguments()
    }

    /// Everyone that the authority passed to on its way from the subject, each with the CID of the
    /// delegation to it; the last is the invoker. Empty where the subject itself asked.
    pub fn principals(&self) -> impl Iterator<Item = (&Did, Cid)> {
        self.delegations()
            .iter()
            .map(|link| (link.audience(), link.cid()))
    }

    /// The delegations, the subject's own first.
    #[must_use]
    pub fn delegations(&self) -> &[Verified<Delegation>] {
        self.0.links()
    }

    /// The invocation.
    #[must_use]
    pub const fn invocation(&self) -> &Verified<Invocation> {
        self.0.invocation()
    }

    /// The time in which the whole chain holds, without any leeway; `None` where its bounds share no
    /// moment, and only leeway made it pass.
    #[must_use]
    pub fn window(&self) -> Option<TimeBounds> {
        self.0.window()
    }
}
