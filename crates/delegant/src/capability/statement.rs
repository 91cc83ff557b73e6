//! One statement of a policy: what can it say, and how is it written?

use std::fmt;

use ipld_core::ipld::Ipld;

use crate::capability::glob::Glob;
use crate::capability::number::Number;
use crate::capability::operand::{Operand, Value};
use crate::capability::policy_error::{PolicyError, PolicyProblem};
use crate::capability::selector::Selector;
use crate::wire::dag_cbor::check_depth;
use crate::wire::dag_json;
use crate::wire::footprint;
use crate::wire::limits::{Limit, Limits};
use crate::wire::tree::{Node, View};

/// One statement about arguments; shown in the JSON form, which is the wire form.
///
/// [`policy`](crate::policy) has a function for each. UCAN Delegation, "Policy".
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Statement {
    /// `==`: what is found equals the value, deeply.
    Equal(Selector, Operand),
    /// `!=`: it does not.
    NotEqual(Selector, Operand),
    /// `<`, `<=`, `>`, `>=`: the number found against the bound.
    Compare(Selector, Comparison, Number),
    /// `like`: the text found matches the pattern.
    Like(Selector, Glob),
    /// `not`: the statement is false.
    Not(Box<Self>),
    /// `and`: all are true; true where there is none.
    And(Vec<Self>),
    /// `or`: one is true; true where there is none.
    Or(Vec<Self>),
    /// `all`: the statement is true of every element found.
    All(Selector, Box<Self>),
    /// `any`: the statement is true of one element found.
    Any(Selector, Box<Self>),
}

/// How two numbers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    pub(crate) const fn operator(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

impl Statement {
    /// Its operator on the wire.
    #[must_use]
    pub const fn operator(&self) -> &'static str {
        match self {
            Self::Equal(..) => "==",
            Self::NotEqual(..) => "!=",
            Self::Compare(_, comparison, _) => comparison.operator(),
            Self::Like(..) => "like",
            Self::Not(_) => "not",
            Self::And(_) => "and",
            Self::Or(_) => "or",
            Self::All(..) => "all",
            Self::Any(..) => "any",
        }
    }

    /// Its selector, for all but `not`, `and` and `or`.
    #[must_use]
    pub const fn selector(&self) -> Option<&Selector> {
        match self {
            Self::Equal(selector, _)
            | Self::NotEqual(selector, _)
            | Self::Compare(selector, ..)
            | Self::Like(selector, _)
            | Self::All(selector, _)
            | Self::Any(selector, _) => Some(selector),
            Self::Not(_) | Self::And(_) | Self::Or(_) => None,
        }
    }

    /// Is it nested in no more levels than these, and its values in no more than a token's?
    pub(crate) fn nests_within(&self, levels: usize) -> bool {
        let Some(inside) = levels.checked_sub(1) else {
            return false;
        };
        match self {
            Self::Not(statement) | Self::All(_, statement) | Self::Any(_, statement) => {
                statement.nests_within(inside)
            }
            Self::And(statements) | Self::Or(statements) => statements
                .iter()
                .all(|statement| statement.nests_within(inside)),
            Self::Equal(_, value) | Self::NotEqual(_, value) => match value.value() {
                Value::Other(value) => check_depth(value, 0).is_ok(),
                _ => true,
            },
            Self::Compare(..) | Self::Like(..) => true,
        }
    }

    /// Bytes on the heap.
    pub(crate) fn footprint(&self) -> usize {
        let selector = self.selector().map_or(0, Selector::footprint);
        selector.saturating_add(match self {
            Self::Equal(_, value) | Self::NotEqual(_, value) => value.footprint(),
            Self::Compare(..) => 0,
            Self::Like(_, pattern) => pattern.footprint(),
            Self::Not(statement) | Self::All(_, statement) | Self::Any(_, statement) => {
                footprint::boxed(&**statement).saturating_add(statement.footprint())
            }
            Self::And(statements) | Self::Or(statements) => {
                list_footprint(statements, statements.capacity())
            }
        })
    }

    /// The wire form.
    pub(crate) fn to_ipld(&self) -> Ipld {
        let mut tuple = vec![Ipld::String(self.operator().to_owned())];
        if let Some(selector) = self.selector() {
            tuple.push(Ipld::String(selector.as_str().to_owned()));
        }
        tuple.push(match self {
            Self::Equal(_, value) | Self::NotEqual(_, value) => value.to_ipld(),
            Self::Compare(_, _, bound) => (*bound).into(),
            Self::Like(_, pattern) => Ipld::String(pattern.as_str().to_owned()),
            Self::And(statements) | Self::Or(statements) => {
                Ipld::List(statements.iter().map(Self::to_ipld).collect())
            }
            Self::Not(statement) | Self::All(_, statement) | Self::Any(_, statement) => {
                statement.to_ipld()
            }
        });
        Ipld::List(tuple)
    }
}

/// Bytes on the heap of statements in a list with so much room.
pub(crate) fn list_footprint(statements: &[Statement], capacity: usize) -> usize {
    let each = statements.iter().map(Statement::footprint);
    each.fold(
        footprint::list::<Statement>(capacity),
        usize::saturating_add,
    )
}

impl fmt::Display for Statement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.nests_within(Limits::DEFAULT.maximum(Limit::PolicyDepth)) {
            return formatter.write_str("(a statement nested too deep)");
        }
        fmt::Display::fmt(&dag_json::Shown(&self.to_ipld()), formatter)
    }
}

impl fmt::Debug for Statement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Reads statements and counts them.
pub(crate) struct Reader<'l> {
    limits: &'l Limits,
    count: usize,
}

impl<'l> Reader<'l> {
    pub(crate) const fn new(limits: &'l Limits) -> Self {
        Self { limits, count: 0 }
    }

    /// Reads a list of statements, each at its place in it.
    pub(crate) fn statements(
        &mut self,
        view: View<'_, '_>,
        depth: usize,
    ) -> Result<Vec<Statement>, PolicyError> {
        let list = view.list().ok_or(PolicyProblem::NotAList {
            found: view.node().kind(),
        })?;
        let mut statements = Vec::with_capacity(list.clone().count());
        for (index, view) in list.enumerate() {
            statements.push(
                self.statement(view, depth)
                    .map_err(|error| error.inside(index))?,
            );
        }
        Ok(statements)
    }

    fn statement(&mut self, view: View<'_, '_>, depth: usize) -> Result<Statement, PolicyError> {
        self.limits.check(Limit::PolicyDepth, depth)?;
        self.count = self.count.saturating_add(1);
        self.limits.check(Limit::PolicyStatements, self.count)?;
        let mut tuple = view.list().ok_or(PolicyProblem::NotAList {
            found: view.node().kind(),
        })?;
        let length = tuple.clone().count();
        let operator = match tuple.next().map(|view| view.node()) {
            Some(Node::Text(operator)) => operator,
            _ => return Err(PolicyProblem::NoOperator.into()),
        };
        let known = OPERATORS
            .iter()
            .find(|(known, _)| *known == operator)
            .copied()
            .ok_or_else(|| PolicyProblem::UnknownOperator {
                operator: operator.into(),
            })?;
        let (operator, wanted) = known;
        let arity = PolicyProblem::Arity {
            operator,
            wanted,
            found: length,
        };
        if length != wanted {
            return Err(arity.into());
        }
        let (Some(second), third) = (tuple.next(), tuple.next()) else {
            return Err(arity.into());
        };
        match (operator, third) {
            ("not", _) => Ok(Statement::Not(Box::new(self.nested(second, depth, 1)?))),
            ("and", _) => Ok(Statement::And(self.list(second, depth)?)),
            ("or", _) => Ok(Statement::Or(self.list(second, depth)?)),
            (_, Some(third)) => self.selecting(operator, second, third, depth),
            (_, None) => Err(arity.into()),
        }
    }

    /// Reads the statements that have a selector.
    fn selecting(
        &mut self,
        operator: &'static str,
        selector: View<'_, '_>,
        operand: View<'_, '_>,
        depth: usize,
    ) -> Result<Statement, PolicyError> {
        let selector = match selector.node() {
            Node::Text(text) => Selector::read(text, self.limits)
                .map_err(|problem| PolicyError::from(PolicyProblem::Selector(problem)).inside(1))?,
            found => return Err(operand_error(operator, "a selector", found).inside(1)),
        };
        let compare = |comparison| {
            match operand.node() {
                Node::Integer(bound) => Ok(Number::Integer(bound)),
                Node::Float(bound) => Ok(Number::Float(bound)),
                found => Err(operand_error(operator, "a number", found).inside(2)),
            }
            .map(|bound| Statement::Compare(selector.clone(), comparison, bound))
        };
        match operator {
            "==" => Ok(Statement::Equal(selector, value(operand)?)),
            "!=" => Ok(Statement::NotEqual(selector, value(operand)?)),
            "<" => compare(Comparison::Less),
            "<=" => compare(Comparison::LessOrEqual),
            ">" => compare(Comparison::Greater),
            ">=" => compare(Comparison::GreaterOrEqual),
            "like" => match operand.node() {
                Node::Text(text) => Glob::read(text, self.limits)
                    .map(|pattern| Statement::Like(selector, pattern))
                    .map_err(|problem| PolicyError::from(PolicyProblem::Glob(problem)).inside(2)),
                found => Err(operand_error(operator, "a pattern", found).inside(2)),
            },
            "all" => Ok(Statement::All(
                selector,
                Box::new(self.nested(operand, depth, 2)?),
            )),
            _ => Ok(Statement::Any(
                selector,
                Box::new(self.nested(operand, depth, 2)?),
            )),
        }
    }

    fn nested(
        &mut self,
        view: View<'_, '_>,
        depth: usize,
        place: usize,
    ) -> Result<Statement, PolicyError> {
        self.statement(view, depth.saturating_add(1))
            .map_err(|error| error.inside(place))
    }

    fn list(&mut self, view: View<'_, '_>, depth: usize) -> Result<Vec<Statement>, PolicyError> {
        self.statements(view, depth.saturating_add(1))
            .map_err(|error| error.inside(1))
    }
}

/// Every operator, and how many elements its tuple has.
const OPERATORS: [(&str, usize); 12] = [
    ("==", 3),
    ("!=", 3),
    ("<", 3),
    ("<=", 3),
    (">", 3),
    (">=", 3),
    ("like", 3),
    ("not", 2),
    ("and", 2),
    ("or", 2),
    ("all", 3),
    ("any", 3),
];

fn value(view: View<'_, '_>) -> Result<Operand, PolicyError> {
    Operand::read(view).ok_or_else(|| PolicyError::from(PolicyProblem::Link).inside(2))
}

fn operand_error(operator: &'static str, wanted: &'static str, found: Node<'_>) -> PolicyError {
    PolicyProblem::Operand {
        operator,
        wanted,
        found: found.kind(),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::tree::Tree;

    #[test]
    fn an_operand_that_links_to_nothing_is_refused_with_its_place() {
        let tree = Tree::unchecked(vec![Node::Link(&[1])]);
        let error = value(tree.root()).unwrap_err();
        assert_eq!(error.place(), "[2]");
        assert!(matches!(error.problem(), PolicyProblem::Link));
    }
}
