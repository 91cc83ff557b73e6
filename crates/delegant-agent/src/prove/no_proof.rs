//! Why does no chain prove it? What came close, and whom to ask.

use std::fmt;

use delegant::{Cid, Command, Did, Reason, Statement};
use thiserror::Error;

/// No chain proves the request.
#[derive(Debug, Clone, PartialEq, Error)]
#[error(
    "nothing proves that {invoker} may `{command}` on {subject}; {}",
    summary(near_misses)
)]
pub struct NoProof {
    /// Who wanted to invoke.
    pub invoker: Did,
    /// On whose authority.
    pub subject: Did,
    /// What.
    pub command: Command,
    /// What came close, those next to the invoker first; 16 at most.
    pub near_misses: Vec<NearMiss>,
}

fn summary(misses: &[NearMiss]) -> String {
    match misses {
        [] => "no delegation to it is about that subject; ask the subject, or who holds its authority, for one".to_owned(),
        [miss] => miss.to_string(),
        [miss, others @ ..] => format!("{miss} (and {} more)", others.len()),
    }
}

/// A delegation that would have been part of a chain.
#[derive(Debug, Clone, PartialEq)]
pub struct NearMiss {
    /// Its CID.
    pub token: Cid,
    /// Who gave it.
    pub issuer: Did,
    /// To whom.
    pub audience: Did,
    /// What is in the way.
    pub miss: Miss,
}

/// What keeps a delegation from being part of a chain.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Miss {
    /// It does not hold for this request.
    Unusable(Reason),
    /// It holds, but nobody is known to have given its issuer the authority.
    NothingAbove,
    /// One of its statements and one of the delegation to be given can never both be true.
    Contradicts {
        /// Of the delegation to be given.
        here: Box<Statement>,
        /// Its own.
        there: Box<Statement>,
    },
}

impl fmt::Display for NearMiss {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.miss {
            Miss::Unusable(reason) => write!(formatter, "{}: {reason}", self.token),
            Miss::NothingAbove => write!(
                formatter,
                "{}: no delegation to its issuer {} is known; ask it for its own proofs",
                self.token, self.issuer
            ),
            Miss::Contradicts { here, there } => {
                write!(formatter, "{}: {here} contradicts its {there}", self.token)
            }
        }
    }
}
