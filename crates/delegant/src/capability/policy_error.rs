//! Why is something not a policy?

use smol_str::SmolStr;
use thiserror::Error;

use crate::capability::glob::ParseGlobError;
use crate::capability::step::ParseSelectorError;
use crate::wire::dag_cbor::{DagCborError, EncodeError};
use crate::wire::dag_json::DagJsonError;
use crate::wire::limits::LimitExceeded;

/// Why something is not a policy, and where in it.
#[derive(Debug, Error)]
#[error("{}{problem}", self.prefix())]
pub struct PolicyError {
    /// Indices from the outermost list inwards, in reverse.
    place: Vec<usize>,
    #[source]
    problem: PolicyProblem,
}

impl PolicyError {
    /// What is wrong.
    #[must_use]
    pub const fn problem(&self) -> &PolicyProblem {
        &self.problem
    }

    /// Where: indices into the wire form, such as `[2][1]`; empty for the policy itself.
    #[must_use]
    pub fn place(&self) -> String {
        self.place
            .iter()
            .rev()
            .map(|index| format!("[{index}]"))
            .collect()
    }

    /// Is it a limit that is broken, here or in a part?
    pub(crate) const fn is_limit(&self) -> bool {
        matches!(
            self.problem,
            PolicyProblem::Limit(_)
                | PolicyProblem::Selector(ParseSelectorError::Limit(_))
                | PolicyProblem::Glob(ParseGlobError::Limit(_))
        )
    }

    fn prefix(&self) -> String {
        if self.place.is_empty() {
            return String::new();
        }
        format!("at {}: ", self.place())
    }

    pub(crate) fn inside(mut self, index: usize) -> Self {
        self.place.push(index);
        self
    }
}

impl<P: Into<PolicyProblem>> From<P> for PolicyError {
    fn from(problem: P) -> Self {
        Self {
            place: Vec::new(),
            problem: problem.into(),
        }
    }
}

/// What is wrong with a policy.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PolicyProblem {
    /// A policy is a list of statements, a statement a list of its parts.
    #[error("must be a list, is {found}")]
    NotAList {
        /// What it is.
        found: &'static str,
    },
    /// A statement begins with its operator.
    #[error("a statement begins with an operator such as \"==\"")]
    NoOperator,
    /// No such operator.
    #[error("`{}` is no operator; there are == != < <= > >= like not and or all any", operator.escape_debug())]
    UnknownOperator {
        /// As found.
        operator: SmolStr,
    },
    /// Too few or too many parts.
    #[error("`{operator}` takes {} parts with itself, not {found}", wanted)]
    Arity {
        /// Of this statement.
        operator: &'static str,
        /// How many parts it has.
        wanted: usize,
        /// How many were found.
        found: usize,
    },
    /// A part of the wrong type.
    #[error("`{operator}` wants {wanted} here, found {found}")]
    Operand {
        /// Of this statement.
        operator: &'static str,
        /// What belongs here.
        wanted: &'static str,
        /// What was found.
        found: &'static str,
    },
    /// Not a selector.
    #[error("not a selector: {0}")]
    Selector(#[source] ParseSelectorError),
    /// Not a pattern.
    #[error("not a pattern: {0}")]
    Glob(#[source] ParseGlobError),
    /// A link that is no CID.
    #[error("a link is not exactly one CID")]
    Link,
    /// Too many statements, or too deep.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
    /// A value that has no encoding.
    #[error(transparent)]
    Encode(EncodeError),
    /// Too large.
    #[error(transparent)]
    Decode(DagCborError),
    /// Not JSON.
    #[error(transparent)]
    Json(DagJsonError),
}
