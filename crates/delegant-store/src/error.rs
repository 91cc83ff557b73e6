//! Could we find out? An answer that is missing is never a verdict.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use delegant::Timestamp;
use thiserror::Error;

use crate::backend::Sequence;

/// The store could not say, or could not keep what it was given. Refuse, and try again later.
///
/// Never says where the store is: an address may hold a password.
#[derive(Debug, Clone, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It does not answer, or answers with an error of its own.
    #[error("the store cannot be used: {cause}")]
    Unavailable {
        /// What its driver says.
        #[source]
        cause: Arc<dyn Error + Send + Sync>,
    },
    /// It takes too long. Whether what was asked has been done is not known.
    #[error("the store has not answered for {} ms", after.as_millis())]
    Timeout {
        /// How long it was waited for.
        after: Duration,
    },
    /// There is no room, and nothing that still counts is thrown out to make some.
    #[error("the store is full: {0}")]
    Full(Full),
    /// What is kept cannot be what was written.
    #[error("the store is damaged: {what}; restore it from a copy that is not")]
    Corrupt {
        /// What, and how one sees.
        what: &'static str,
    },
    /// Whether it was used is forgotten already, because it should have expired by now.
    #[error(
        "what was to be remembered until {until} is already forgotten, up to {horizon}; has a clock gone back?"
    )]
    Forgotten {
        /// How long this one should have been remembered.
        until: Timestamp,
        /// Up to where everything is forgotten.
        horizon: Timestamp,
    },
    /// It knows fewer revocations than it did: an older copy has taken its place.
    #[error(
        "the store knew {had} revocations and knows {has}: an older copy has taken its place; restore the later one, or start anew to accept this one"
    )]
    RolledBack {
        /// The newest that was known.
        had: Sequence,
        /// The newest that is known now.
        has: Sequence,
    },
    /// It would forget what it acknowledged.
    #[error("the store does not keep what it acknowledges: {found}; {way_out}")]
    NotDurable {
        /// Which setting says so.
        found: String,
        /// What to do about it.
        way_out: &'static str,
    },
    /// The address of the store is none.
    #[error(
        "not the address of a store: {problem}; write `memory:`, `sqlite:FILE`, `postgres://…` or `redis://…`"
    )]
    Address {
        /// What is wrong.
        problem: &'static str,
    },
}

/// What is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Full {
    /// One issuer has as many invocations in use as it may.
    #[error("this issuer has {maximum} used invocations that have not expired")]
    Issuer {
        /// As many as it may.
        maximum: u64,
    },
    /// All issuers together have.
    #[error("there are {maximum} used invocations that have not expired")]
    Total {
        /// As many as they may.
        maximum: u64,
    },
    /// The place where it is kept.
    #[error("no space is left where it is kept")]
    Space,
}

impl StoreError {
    /// The error of a driver.
    pub fn unavailable(cause: impl Error + Send + Sync + 'static) -> Self {
        Self::Unavailable {
            cause: Arc::new(cause),
        }
    }
}
