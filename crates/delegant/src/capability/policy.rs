//! Which arguments are allowed? Statements that must all hold.
//!
//! A function for each statement of the policy language; [`Policy::new`] puts them together:
//!
//! ```
//! use delegant::{Policy, policy};
//!
//! let policy = Policy::new([
//!     policy::equal(".patient", "p-17"),
//!     policy::at_most(".limit", 100),
//!     policy::all(".to", policy::like(".", "*@example.com")),
//! ])?;
//! assert_eq!(
//!     policy.to_string(),
//!     r#"[["==",".patient","p-17"],["<=",".limit",100],["all",".to",["like",".","*@example.com"]]]"#,
//! );
//! assert_eq!(policy.to_string().parse::<Policy>()?, policy);
//! # Ok::<(), delegant::PolicyError>(())
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use ipld_core::ipld::Ipld;

use crate::capability::evaluate::{Failing, Found, Truth, first_failing};
use crate::capability::explanation::Explanation;
use crate::capability::fuel::Fuel;
use crate::capability::glob::Glob;
use crate::capability::number::Number;
use crate::capability::policy_error::{PolicyError, PolicyProblem};
use crate::capability::selector::Selector;
use crate::capability::statement::{Comparison, Reader, Statement, list_footprint};
use crate::wire::dag_cbor;
use crate::wire::dag_json;
use crate::wire::limits::{Limit, LimitExceeded, Limits};
use crate::wire::tree::View;

/// Statements about the arguments of an invocation, all of which must be true.
///
/// Shown and read in the JSON form, which is the wire form. UCAN Delegation, "Policy".
#[derive(Clone, PartialEq, Default)]
pub struct Policy(Box<[Statement]>);

impl Policy {
    /// A policy of these statements.
    ///
    /// # Errors
    /// The first statement that is none, or what breaks a limit; with its place.
    pub fn new(
        statements: impl IntoIterator<Item = Result<Statement, PolicyError>>,
    ) -> Result<Self, PolicyError> {
        let mut list = Vec::new();
        for (index, statement) in statements.into_iter().enumerate() {
            let statement = statement.map_err(|error| error.inside(index))?;
            if !statement.nests_within(Limits::DEFAULT.maximum(Limit::PolicyDepth)) {
                let exceeded = Limits::DEFAULT.exceeded(Limit::PolicyDepth);
                return Err(PolicyError::from(exceeded).inside(index));
            }
            list.push(statement.to_ipld());
        }
        Self::from_ipld(&Ipld::List(list))
    }

    /// Reads the wire form out of a value of the data model.
    ///
    /// # Errors
    /// [`PolicyError`], with the place.
    pub fn from_ipld(value: &Ipld) -> Result<Self, PolicyError> {
        let limits = Limits::DEFAULT;
        // Through the same door as a policy from outside, so that there is one set of checks.
        let bytes = dag_cbor::to_dag_cbor(value).map_err(PolicyProblem::Encode)?;
        let tree = dag_cbor::decode(&bytes, &limits).map_err(PolicyProblem::Decode)?;
        Self::read(tree.root(), &limits)
    }

    pub(crate) fn read(view: View<'_, '_>, limits: &Limits) -> Result<Self, PolicyError> {
        let statements = Reader::new(limits).statements(view, 1)?;
        Ok(Self(statements.into_boxed_slice()))
    }

    /// The wire form as a value of the data model.
    #[must_use]
    pub fn to_ipld(&self) -> Ipld {
        Ipld::List(self.0.iter().map(Statement::to_ipld).collect())
    }

    /// Bytes on the heap.
    pub(crate) fn footprint(&self) -> usize {
        list_footprint(&self.0, self.0.len())
    }

    /// The statements.
    #[must_use]
    pub fn statements(&self) -> &[Statement] {
        &self.0
    }

    /// Judges these arguments.
    ///
    /// # Errors
    /// [`LimitExceeded`] where the fuel is spent before the answer is known.
    pub fn evaluate(
        &self,
        arguments: &BTreeMap<String, Ipld>,
        fuel: &mut Fuel,
    ) -> Result<Truth, LimitExceeded> {
        let failing = self.first_failing(arguments, fuel)?;
        Ok(failing.map_or(Truth::True, |failing| failing.truth))
    }

    /// The first statement that is false, or else the first that is undefined; none where all are true.
    pub(crate) fn first_failing(
        &self,
        arguments: &BTreeMap<String, Ipld>,
        fuel: &mut Fuel,
    ) -> Result<Option<Failing<'_>>, LimitExceeded> {
        first_failing(&self.0, Found::Map(arguments), fuel)
    }

    /// Why these arguments are not allowed; `None` where they are, or where fuel runs out.
    #[must_use]
    pub fn explain(&self, arguments: &BTreeMap<String, Ipld>) -> Option<Explanation> {
        let mut fuel = Fuel::new(&Limits::DEFAULT);
        let failing = self.first_failing(arguments, &mut fuel).ok()??;
        Some(Explanation::of(failing, arguments))
    }
}

impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_ipld(&dag_json::from_dag_json(text).map_err(PolicyProblem::Json)?)
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&dag_json::Shown(&self.to_ipld()), formatter)
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// `==`: what the selector finds equals this value, deeply; numbers by value.
///
/// # Errors
/// Where the selector is none; so for every function here.
pub fn equal(selector: &str, value: impl Into<Ipld>) -> Result<Statement, PolicyError> {
    Ok(Statement::Equal(select(selector)?, value.into().into()))
}

/// `!=`: what the selector finds is another value. Finding nothing does not make it true.
#[expect(clippy::missing_errors_doc, reason = "as for `equal`")]
pub fn not_equal(selector: &str, value: impl Into<Ipld>) -> Result<Statement, PolicyError> {
    Ok(Statement::NotEqual(select(selector)?, value.into().into()))
}

/// `<`: a number below this one.
#[expect(clippy::missing_errors_doc, reason = "as for `equal`")]
pub fn below(selector: &str, bound: impl Into<Ipld>) -> Result<Statement, PolicyError> {
    compare(selector, Comparison::Less, bound.into())
}

/// `<=`: a number up to this one.
#[expect(clippy::missing_errors_doc, reason = "as for `equal`")]
pub fn at_most(selector: &str, bound: impl Into<Ipld>) -> Result<Statement, PolicyError> {
    compare(selector, Comparison::LessOrEqual, bound.into())
}

/// `>`: a number above this one.
#[expect(clippy::missing_errors_doc, reason = "as for `equal`")]
pub fn above(selector: &str, bound: impl Into<Ipld>) -> Result<Statement, PolicyError> {
    compare(selector, Comparison::Greater, bound.into())
}

/// `>=`: a number from this one on.
#[expect(clippy::missing_errors_doc, reason = "as for `equal`")]
pub fn at_least(selector: &str, bound: impl Into<Ipld>) -> Result<Statement, PolicyError> {
    compare(selector, Comparison::GreaterOrEqual, bound.into())
}

/// `like`: a text that matches the pattern as a whole; `*` is any run of characters.
#[expect(clippy::missing_errors_doc, reason = "as for `equal`")]
pub fn like(selector: &str, pattern: &str) -> Result<Statement, PolicyError> {
    let pattern: Glob = pattern.parse().map_err(PolicyProblem::Glob)?;
    Ok(Statement::Like(select(selector)?, pattern))
}

/// `not`: the statement is false. One that is undefined stays undefined.
#[expect(clippy::missing_errors_doc, reason = "as for `equal`")]
pub fn not(statement: Result<Statement, PolicyError>) -> Result<Statement, PolicyError> {
    Ok(Statement::Not(Box::new(statement?)))
}

/// `and`: every one is true.
#[expect(clippy::missing_errors_doc, reason = "as for `equal`")]
pub fn and(
    statements: impl IntoIterator<Item = Result<Statement, PolicyError>>,
) -> Result<Statement, PolicyError> {
    Ok(Statement::And(
        statements.into_iter().collect::<Result<_, _>>()?,
    ))
}

/// `or`: at least one is true. Beware that an empty `or` is true.
#[expect(clippy::missing_errors_doc, reason = "as for `equal`")]
pub fn or(
    statements: impl IntoIterator<Item = Result<Statement, PolicyError>>,
) -> Result<Statement, PolicyError> {
    Ok(Statement::Or(
        statements.into_iter().collect::<Result<_, _>>()?,
    ))
}

/// `all`: the statement is true of every element that the selector finds.
#[expect(clippy::missing_errors_doc, reason = "as for `equal`")]
pub fn all(selector: &str, each: Result<Statement, PolicyError>) -> Result<Statement, PolicyError> {
    Ok(Statement::All(select(selector)?, Box::new(each?)))
}

/// `any`: the statement is true of at least one element that the selector finds.
#[expect(clippy::missing_errors_doc, reason = "as for `equal`")]
pub fn any(selector: &str, each: Result<Statement, PolicyError>) -> Result<Statement, PolicyError> {
    Ok(Statement::Any(select(selector)?, Box::new(each?)))
}

fn select(selector: &str) -> Result<Selector, PolicyError> {
    Ok(selector.parse().map_err(PolicyProblem::Selector)?)
}

fn compare(selector: &str, comparison: Comparison, bound: Ipld) -> Result<Statement, PolicyError> {
    let bound = match bound {
        Ipld::Integer(bound) => Number::Integer(bound),
        Ipld::Float(bound) => Number::Float(bound),
        _ => {
            return Err(PolicyProblem::Operand {
                operator: comparison.operator(),
                wanted: "a number",
                found: "something else",
            }
            .into());
        }
    };
    Ok(Statement::Compare(select(selector)?, comparison, bound))
}
