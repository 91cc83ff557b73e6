//! What does a review say?

use std::fmt;

use delegant::{Cid, Command, Did, Statement, Timestamp};
use thiserror::Error;

/// Something to know before giving the delegation. It is valid all the same.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Warning {
    /// Broad: the command is `/`.
    #[error("broad: it gives every command; name one with `--command`")]
    AllCommands,
    /// Broad: no statement narrows the arguments.
    #[error("broad: its policy is empty, so {}", if *above == 0 { "any arguments will do" } else { "only the policies above it narrow the arguments" })]
    EmptyPolicy {
        /// How many statements there are in the delegations above.
        above: usize,
    },
    /// Broad: only revocation ends it.
    #[error("broad: it never expires; only a revocation ends it")]
    NeverExpires,
    /// Broad: it is for every subject.
    #[error("broad: a powerline gives whatever its issuer may do now or later, on any subject")]
    Powerline,
    /// Idle: it says that it is valid for longer than what it rests on.
    #[error("idle: the delegations above it end at {ends}, and it with them, whatever it says")]
    Outlives {
        /// When the first of those above ends.
        ends: Timestamp,
    },
    /// Idle: the policies can never both be true.
    #[error(
        "idle: {here} contradicts {there}{}, so nothing will ever be allowed",
        proof.map(|proof| format!(" of {proof}")).unwrap_or_default()
    )]
    Contradiction {
        /// A statement of this delegation.
        here: Box<Statement>,
        /// The other one.
        there: Box<Statement>,
        /// The delegation above that says the other one; `None` for this one.
        proof: Option<Cid>,
    },
    /// Idle until somebody shows the rest: the chain does not begin with the subject.
    #[error("idle: nothing here shows that {issuer} may act for {subject}; add its proofs")]
    Unproven {
        /// With whom the chain begins.
        issuer: Did,
        /// Whose authority it would be.
        subject: Did,
    },
    /// Idle: the issuer gives it to itself.
    #[error("idle: its issuer gives it to itself")]
    ToItself,
}

impl Warning {
    /// A name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AllCommands => "AllCommands",
            Self::EmptyPolicy { .. } => "EmptyPolicy",
            Self::NeverExpires => "NeverExpires",
            Self::Powerline => "Powerline",
            Self::Outlives { .. } => "Outlives",
            Self::Contradiction { .. } => "Contradiction",
            Self::Unproven { .. } => "Unproven",
            Self::ToItself => "ToItself",
        }
    }
}

/// One thing that a delegation takes away from what its issuer has.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Narrowing {
    /// One subject, where a powerline gave any.
    Subject {
        /// This one.
        to: Did,
    },
    /// A command below the issuer's.
    Command {
        /// The issuer's; `/` where it is the subject.
        from: Command,
        /// What is given.
        to: Command,
    },
    /// A statement about the arguments that nobody above has made.
    Statement(Statement),
    /// A later beginning.
    NotBefore {
        /// It.
        to: Timestamp,
    },
    /// An earlier end.
    Expiration {
        /// The issuer's own, where it has one.
        from: Option<Timestamp>,
        /// What is given.
        to: Timestamp,
    },
}

impl fmt::Display for Narrowing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Subject { to } => write!(formatter, "only on {to}"),
            Self::Command { from, to } => write!(formatter, "`{from}` down to `{to}`"),
            Self::Statement(statement) => write!(formatter, "only where {statement}"),
            Self::NotBefore { to } => write!(formatter, "not before {to}"),
            Self::Expiration { from: None, to } => write!(formatter, "until {to}"),
            Self::Expiration {
                from: Some(from),
                to,
            } => write!(formatter, "until {to}, not {from}"),
        }
    }
}

/// Why a delegation could never be used.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ReviewError {
    /// It rests on a delegation that was given to somebody else.
    #[error("{proof} was given to {audience}, not to {issuer} who would pass it on")]
    WrongIssuer {
        /// The delegation above.
        proof: Cid,
        /// Whom it was given to.
        audience: Did,
        /// Who would use it.
        issuer: Did,
    },
    /// It rests on a delegation about another subject.
    #[error("{proof} is about {found}, not about {wanted}")]
    WrongSubject {
        /// The delegation above.
        proof: Cid,
        /// Its subject.
        found: Did,
        /// The subject of the new one.
        wanted: Did,
    },
    /// The subject itself gave a powerline, which names no subject to begin with.
    #[error(
        "{proof} is a powerline from the subject itself; a chain begins with a delegation that names it"
    )]
    PowerlineAtRoot {
        /// It.
        proof: Cid,
    },
    /// It gives a command that its issuer was not given.
    #[error("`{wanted}` is wider than `{granted}`, which {proof} gives")]
    Widens {
        /// The delegation above.
        proof: Cid,
        /// Its command.
        granted: Command,
        /// What does not fit below it.
        wanted: Command,
    },
    /// Its time is over already.
    #[error("it would expire at {expiration}, and it is {now}")]
    Expired {
        /// Its end.
        expiration: Timestamp,
        /// When it was judged.
        now: Timestamp,
    },
    /// What it rests on is over already.
    #[error("{proof} expired at {expiration}, and it is {now}; ask its issuer for a new one")]
    ProofExpired {
        /// The delegation above.
        proof: Cid,
        /// Its end.
        expiration: Timestamp,
        /// When it was judged.
        now: Timestamp,
    },
    /// There is no moment at which it and all those above are valid.
    #[error("it would never be valid at the same time as {proof}")]
    NeverTogether {
        /// The delegation above.
        proof: Cid,
    },
    /// Its policy holds an empty `or`, which is always true.
    #[error("the policy has an empty `or` at {place}, which is always true; leave it out")]
    EmptyOr {
        /// Indices into the wire form of the policy.
        place: String,
    },
    /// No validator would follow the chain.
    #[error("a chain has at most {maximum} delegations")]
    TooLong {
        /// How many.
        maximum: usize,
    },
}

impl ReviewError {
    /// A name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WrongIssuer { .. } => "WrongIssuer",
            Self::WrongSubject { .. } => "WrongSubject",
            Self::PowerlineAtRoot { .. } => "PowerlineAtRoot",
            Self::Widens { .. } => "Widens",
            Self::Expired { .. } => "Expired",
            Self::ProofExpired { .. } => "ProofExpired",
            Self::NeverTogether { .. } => "NeverTogether",
            Self::EmptyOr { .. } => "EmptyOr",
            Self::TooLong { .. } => "TooLong",
        }
    }
}
