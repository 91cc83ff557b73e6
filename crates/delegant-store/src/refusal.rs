//! Why is a call not let through?

use std::time::Duration;

use delegant::{Cid, DecodeError, Denial, Did, InvalidSignature};
use thiserror::Error;

use crate::clock::ClockError;
use crate::error::StoreError;

/// A call that is not let through: why, and to whom that may be told.
#[derive(Debug, Error)]
#[error("{}", self.0.cause)]
pub struct Refusal(Box<Inner>);

#[derive(Debug)]
struct Inner {
    cause: Cause,
    signed_by: Option<Did>,
}

/// Why a call is not let through.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Cause {
    /// It is no token.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The invoker did not sign it.
    #[error(transparent)]
    Signature(#[from] InvalidSignature),
    /// It may not be done, or not again.
    #[error(transparent)]
    Denial(#[from] Denial),
    /// Nothing of this subject is here.
    #[error("nothing of {subject} is served here")]
    NotServed {
        /// On whose authority it would be.
        subject: Did,
    },
    /// Its proofs were not all sent, and with those that are known no chain leads to whoever asks.
    /// Which of them are known is not said: that may be somebody else's business.
    #[error("{}", not_at_hand(missing.len()))]
    MissingProofs {
        /// All that were not sent. Send them, with the same invocation: it has not been used.
        missing: Vec<Cid>,
    },
    /// It may have been revoked without our knowing.
    #[error("nothing was heard of revocations for {} s, and this command allows for {} s", age.as_secs(), maximum.as_secs())]
    RevocationStale {
        /// How old what is known is.
        age: Duration,
        /// How old it may be.
        maximum: Duration,
    },
    /// The clock cannot be right.
    #[error(transparent)]
    Clock(#[from] ClockError),
    /// It could not be found out.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The thread that verified it is gone.
    #[error("the verification was broken off")]
    BrokenOff,
}

impl Refusal {
    pub(crate) fn new(cause: impl Into<Cause>, signed_by: Option<&Did>) -> Self {
        Self(Box::new(Inner {
            cause: cause.into(),
            signed_by: signed_by.cloned(),
        }))
    }

    /// Why.
    #[must_use]
    pub fn cause(&self) -> &Cause {
        &self.0.cause
    }

    /// The name of the refusal, the same in every implementation where the fixtures have one.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.cause() {
            Cause::Decode(error) => error.code(),
            Cause::Signature(_) => "InvalidSignature",
            Cause::Denial(denial) => denial.reason.code(),
            Cause::NotServed { .. } => "NotServed",
            Cause::MissingProofs { .. } => "UnavailableProof",
            Cause::RevocationStale { .. } => "RevocationStale",
            Cause::Clock(_) | Cause::Store(_) | Cause::BrokenOff => "Unavailable",
        }
    }

    /// Who signed the invocation, where that is certain: the one to whom the reason may be
    /// explained. Anybody else gets the code.
    #[must_use]
    pub fn signed_by(&self) -> Option<&Did> {
        self.0.signed_by.as_ref()
    }

    /// Is it our fault? The same call may be let through later.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(
            self.cause(),
            Cause::RevocationStale { .. } | Cause::Clock(_) | Cause::Store(_) | Cause::BrokenOff
        )
    }
}

impl From<DecodeError> for Refusal {
    fn from(cause: DecodeError) -> Self {
        Self::new(cause, None)
    }
}

impl From<InvalidSignature> for Refusal {
    fn from(cause: InvalidSignature) -> Self {
        Self::new(cause, None)
    }
}

impl From<StoreError> for Refusal {
    fn from(cause: StoreError) -> Self {
        Self::new(cause, None)
    }
}

impl From<ClockError> for Refusal {
    fn from(cause: ClockError) -> Self {
        Self::new(cause, None)
    }
}

fn not_at_hand(count: usize) -> String {
    match count {
        1 => "one of its proofs is not at hand; send it along".to_owned(),
        count => format!("{count} of its proofs are not at hand; send them along"),
    }
}
