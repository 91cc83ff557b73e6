//! What does an agent pass on, and what may it not?

use std::time::Duration;

use delegant::{
    BuildError, Command, Container, Delegation, Did, EmptyBounds, LimitExceeded, Policy,
    RandomError, TimeBounds, Timestamp, Token, Verified,
};
use thiserror::Error;

use crate::agent::call::text;
use crate::clock::NoTime;
use crate::prove::NoProof;
use crate::review::{Review, ReviewError, Warning};

/// What of its authority an agent wants to give, before anything is signed.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "nothing is given until an agent delegates it"]
pub struct Narrower {
    pub(crate) subject: Did,
    pub(crate) command: Command,
    pub(crate) policy: Policy,
    not_before: Option<Timestamp>,
    until: Until,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// What it rests on ends.
    ItsProofs,
    At(Timestamp),
    In(Duration),
}

impl Narrower {
    /// This command on this subject, for as long as the agent has it itself.
    pub fn new(subject: Did, command: Command) -> Self {
        Self {
            subject,
            command,
            policy: Policy::default(),
            not_before: None,
            until: Until::ItsProofs,
        }
    }

    /// Narrows the arguments, beside what the delegations above say.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// It begins then.
    pub const fn not_before(mut self, moment: Timestamp) -> Self {
        self.not_before = Some(moment);
        self
    }

    /// It ends then, or before, where the agent's own authority does.
    pub const fn until(mut self, moment: Timestamp) -> Self {
        self.until = Until::At(moment);
        self
    }

    /// It ends after this long, or before, where the agent's own authority does; in whole seconds.
    pub const fn lasting(mut self, duration: Duration) -> Self {
        self.until = Until::In(duration);
        self
    }

    /// The time asked for.
    pub(crate) fn bounds(&self, now: Timestamp) -> Result<TimeBounds, EmptyBounds> {
        let until = match self.until {
            Until::ItsProofs => None,
            Until::At(moment) => Some(moment),
            Until::In(duration) => Some(now.saturating_add(duration)),
        };
        TimeBounds::new(self.not_before, until)
    }
}

/// A delegation that an agent gave, and what it rests on.
#[derive(Debug, Clone)]
pub struct Given {
    pub(crate) delegation: Verified<Delegation>,
    pub(crate) proofs: Vec<Verified<Delegation>>,
    pub(crate) review: Review,
}

impl Given {
    /// The new delegation.
    #[must_use]
    pub const fn delegation(&self) -> &Verified<Delegation> {
        &self.delegation
    }

    /// The delegations that it rests on, the subject's own first; none where the agent is the
    /// subject.
    #[must_use]
    pub fn proofs(&self) -> &[Verified<Delegation>] {
        &self.proofs
    }

    /// What it narrows, and what in it is broad or idle.
    #[must_use]
    pub const fn review(&self) -> &Review {
        &self.review
    }

    /// All of them, for whoever receives it.
    #[must_use]
    pub fn container(&self) -> Container {
        let all = self.proofs.iter().chain([&self.delegation]);
        Container::from_iter(all.cloned().map(Token::from))
    }

    /// All of them, written as text.
    ///
    /// # Errors
    /// [`LimitExceeded`] where every reader would refuse it.
    pub fn to_text(&self) -> Result<String, LimitExceeded> {
        text(&self.container())
    }
}

/// Why an agent gave nothing.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DelegateError {
    /// It has no such authority to give; with what came close, and whom to ask.
    #[error(transparent)]
    NoProof(#[from] Box<NoProof>),
    /// Neither the agent's own authority ends nor does what it would give.
    #[error("it would never end: say `until(…)` or `lasting(…)`")]
    Endless,
    /// It would end before it begins.
    #[error(transparent)]
    Empty(#[from] EmptyBounds),
    /// Its own statements, or one of them and one above, can never both be true.
    #[error(transparent)]
    NeverTrue(Warning),
    /// It could never be used.
    #[error(transparent)]
    Useless(#[from] ReviewError),
    /// The clock.
    #[error(transparent)]
    NoTime(#[from] NoTime),
    /// The system had no randomness for the nonce.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// It would be refused by every reader, or the signer failed.
    #[error(transparent)]
    Build(#[from] BuildError),
}
