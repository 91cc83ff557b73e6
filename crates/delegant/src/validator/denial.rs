//! Why may it not be done?

use thiserror::Error;

use crate::capability::command::Command;
use crate::capability::explanation::Explanation;
use crate::capability::subject::Subject;
use crate::identity::did::Did;
use crate::token::envelope::{InvalidSignature, SignatureProblem};
use crate::token::time::Timestamp;
use crate::wire::cid::Cid;
use crate::wire::limits::LimitExceeded;

/// It may not be done: which token is at fault, and why.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{token}: {reason}")]
pub struct Denial {
    /// The token at fault.
    pub token: Cid,
    /// Why.
    #[source]
    pub reason: Reason,
}

/// Why a token does not let an invocation through.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Reason {
    /// Its issuer did not sign it.
    #[error("not signed by {issuer}: {cause}")]
    InvalidSignature {
        /// Who should have.
        issuer: Did,
        /// What is wrong.
        #[source]
        cause: SignatureProblem,
    },
    /// Its time is over.
    #[error("expired at {expiration}, judged at {now}")]
    Expired {
        /// Its last moment.
        expiration: Timestamp,
        /// The moment of judgement.
        now: Timestamp,
    },
    /// Its time has not come.
    #[error("not valid before {not_before}, judged at {now}")]
    TooEarly {
        /// Its first moment.
        not_before: Timestamp,
        /// The moment of judgement.
        now: Timestamp,
    },
    /// It names a proof that is not at hand.
    #[error("its proof {proof} is not at hand; send it along")]
    UnavailableProof {
        /// The missing delegation.
        proof: Cid,
    },
    /// It names no proofs, and its issuer is not the subject.
    #[error("{invoker} is not the subject {subject} and brings no proofs")]
    NoProofs {
        /// Who asks.
        invoker: Did,
        /// On whose authority.
        subject: Did,
    },
    /// The chain begins with a delegation for any subject.
    #[error("the first delegation of a chain must name its subject; this one is a powerline")]
    PowerlineAtRoot,
    /// It is about another subject than the invocation.
    #[error("it is about {found}, the invocation about {wanted}")]
    InvalidSubject {
        /// The invocation's subject.
        wanted: Did,
        /// The delegation's.
        found: Subject,
    },
    /// The chain does not begin with the subject.
    #[error(
        "the first delegation must be issued by the subject {wanted}, not by {found}{}",
        leaf_first_hint(*leaf_first)
    )]
    RootIssuer {
        /// The subject.
        wanted: Did,
        /// Who issued it.
        found: Did,
        /// Whether the last delegation is the one that the subject issued.
        leaf_first: bool,
    },
    /// It was not given to the one who uses it.
    #[error("it was given to {audience}, but used by {user}")]
    Misaligned {
        /// Whom it was given to.
        audience: Did,
        /// The next issuer, or the invoker.
        user: Did,
    },
    /// The invocation is for another executor.
    #[error("it is for {audience}, not for {executor}")]
    OtherExecutor {
        /// Whom it is for.
        audience: Did,
        /// Who judges.
        executor: Did,
    },
    /// Its command does not cover what follows from it.
    #[error("`{granted}` does not cover `{used}`")]
    CommandNotCovered {
        /// What it gives.
        granted: Command,
        /// What the next token gives or asks.
        used: Command,
    },
    /// Its policy does not allow the arguments.
    #[error("its policy is not true of the arguments, at {}", .0.place())]
    MatchError(Box<Explanation>),
    /// An argument waits for the outcome of another task.
    #[error("an argument is a promise that nobody has resolved")]
    UnresolvedPromise,
    /// It was taken back.
    #[error("revoked by {revoker}")]
    Revoked {
        /// On whose authority.
        revoker: Did,
    },
    /// A principal in the chain is refused here.
    #[error("{principal} is refused here")]
    RefusedPrincipal {
        /// Who.
        principal: Did,
    },
    /// This invocation was used before.
    #[error("used before; sign a new one")]
    Replayed,
    /// The invocation lives longer than this executor can remember.
    #[error("it may live for {maximum} seconds at most here; sign one that expires sooner")]
    LifetimeTooLong {
        /// Seconds.
        maximum: u64,
    },
    /// The chain or its policies are larger than the limits.
    #[error(transparent)]
    LimitExceeded(#[from] LimitExceeded),
}

const fn leaf_first_hint(leaf_first: bool) -> &'static str {
    if leaf_first {
        "; the proofs seem to be in reverse: the subject's own comes first"
    } else {
        ""
    }
}

impl Reason {
    /// The name of the refusal, the same in every implementation where the fixtures have one.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidSignature { .. } => "InvalidSignature",
            Self::Expired { .. } => "Expired",
            Self::TooEarly { .. } => "TooEarly",
            Self::UnavailableProof { .. } => "UnavailableProof",
            Self::NoProofs { .. } | Self::PowerlineAtRoot => "InvalidClaim",
            Self::InvalidSubject { .. } => "InvalidSubject",
            Self::RootIssuer { .. } | Self::Misaligned { .. } | Self::OtherExecutor { .. } => {
                "InvalidAudience"
            }
            Self::CommandNotCovered { .. } => "CommandNotCovered",
            Self::MatchError(_) => "MatchError",
            Self::UnresolvedPromise => "UnresolvedPromise",
            Self::Revoked { .. } => "Revoked",
            Self::RefusedPrincipal { .. } => "RefusedPrincipal",
            Self::Replayed => "Replayed",
            Self::LifetimeTooLong { .. } => "LifetimeTooLong",
            Self::LimitExceeded(_) => "LimitExceeded",
        }
    }

    /// What the policy met in the arguments, where the policy is the reason.
    #[must_use]
    pub fn explanation(&self) -> Option<&Explanation> {
        match self {
            Self::MatchError(explanation) => Some(explanation),
            _ => None,
        }
    }

    pub(crate) const fn of(self, token: Cid) -> Denial {
        Denial {
            token,
            reason: self,
        }
    }
}

impl From<InvalidSignature> for Denial {
    fn from(invalid: InvalidSignature) -> Self {
        Reason::InvalidSignature {
            issuer: invalid.issuer,
            cause: invalid.cause,
        }
        .of(invalid.token)
    }
}
