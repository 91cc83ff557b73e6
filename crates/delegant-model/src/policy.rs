//! Do the arguments keep to a policy? Three truth values (ruling 18).

use std::cmp::Ordering;

use crate::glob::Glob;
use crate::reading::Reading;
use crate::selector::{Found, Selector};
use crate::value::{Value, compare, equal};

/// Whether a statement holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    True,
    False,
    Undefined,
}

/// Statements that must all hold.
#[derive(Clone, Debug)]
pub struct Policy(Vec<Statement>);

#[derive(Clone, Debug)]
enum Statement {
    Equal(Selector, Value),
    NotEqual(Selector, Value),
    /// With the orders that satisfy it.
    Compare(Selector, &'static [Ordering], Value),
    Like(Selector, Glob),
    Not(Box<Statement>),
    And(Vec<Statement>),
    Or(Vec<Statement>),
    All(Selector, Box<Statement>),
    Any(Selector, Box<Statement>),
}

impl Policy {
    /// Reads the wire form; `None` where it is no policy (ruling 23).
    pub fn parse(value: &Value) -> Option<Self> {
        let mut count = 0;
        let statements = statements(value, 1, &mut count)?;
        // Ruling 17: 256 statements.
        (count <= 256).then_some(Self(statements))
    }

    /// The list is one large `and`.
    pub fn evaluate(&self, arguments: &Value, reading: &Reading) -> Truth {
        and(self
            .0
            .iter()
            .map(|statement| statement.evaluate(arguments, reading)))
    }
}

fn statements(value: &Value, depth: usize, count: &mut usize) -> Option<Vec<Statement>> {
    let Value::List(values) = value else {
        return None;
    };
    values
        .iter()
        .map(|value| statement(value, depth, count))
        .collect()
}

fn statement(value: &Value, depth: usize, count: &mut usize) -> Option<Statement> {
    *count += 1;
    // Ruling 17: depth 32.
    if depth > 32 {
        return None;
    }
    let Value::List(parts) = value else {
        return None;
    };
    let (operator, operands) = match parts.split_first()? {
        (Value::Text(operator), operands) => (operator.as_str(), operands),
        _ => return None,
    };
    let depth = depth + 1;
    // Ruling 23: these operators, with just so many parts of just these types.
    Some(match (operator, operands) {
        ("==", [Value::Text(path), value]) => {
            Statement::Equal(Selector::parse(path)?, value.clone())
        }
        ("!=", [Value::Text(path), value]) => {
            Statement::NotEqual(Selector::parse(path)?, value.clone())
        }
        (
            "<" | "<=" | ">" | ">=",
            [
                Value::Text(path),
                bound @ (Value::Integer(_) | Value::Float(_)),
            ],
        ) => {
            let orders: &[Ordering] = match operator {
                "<" => &[Ordering::Less],
                "<=" => &[Ordering::Less, Ordering::Equal],
                ">" => &[Ordering::Greater],
                _ => &[Ordering::Greater, Ordering::Equal],
            };
            Statement::Compare(Selector::parse(path)?, orders, bound.clone())
        }
        ("like", [Value::Text(path), Value::Text(pattern)]) => {
            Statement::Like(Selector::parse(path)?, Glob::parse(pattern)?)
        }
        ("not", [inner]) => Statement::Not(Box::new(statement(inner, depth, count)?)),
        ("and", [inner]) => Statement::And(statements(inner, depth, count)?),
        ("or", [inner]) => Statement::Or(statements(inner, depth, count)?),
        ("all", [Value::Text(path), inner]) => Statement::All(
            Selector::parse(path)?,
            Box::new(statement(inner, depth, count)?),
        ),
        ("any", [Value::Text(path), inner]) => Statement::Any(
            Selector::parse(path)?,
            Box::new(statement(inner, depth, count)?),
        ),
        _ => return None,
    })
}

impl Statement {
    fn evaluate(&self, arguments: &Value, reading: &Reading) -> Truth {
        match self {
            Self::Equal(selector, wanted) => is_equal(selector.find(arguments), wanted),
            // "Equivalent to `["not", ["==", selector, value]]`".
            Self::NotEqual(selector, wanted) => {
                not(is_equal(selector.find(arguments), wanted), reading)
            }
            Self::Compare(selector, orders, bound) => match selector.find(arguments) {
                Some(found) => compare(&found.value, bound)
                    .map_or(Truth::Undefined, |order| truth(orders.contains(&order))),
                None => Truth::Undefined,
            },
            Self::Like(selector, pattern) => {
                match selector.find(arguments).map(|found| found.value) {
                    Some(Value::Text(text)) => truth(pattern.matches(&text)),
                    _ => Truth::Undefined,
                }
            }
            Self::Not(inner) => not(inner.evaluate(arguments, reading), reading),
            Self::And(inner) => and(inner.iter().map(|inner| inner.evaluate(arguments, reading))),
            Self::Or(inner) if inner.is_empty() => Truth::True,
            Self::Or(inner) => or(inner.iter().map(|inner| inner.evaluate(arguments, reading))),
            Self::All(selector, inner) => match elements(selector.find(arguments)) {
                Some(elements) => and(elements
                    .iter()
                    .map(|element| inner.evaluate(element, reading))),
                None => Truth::Undefined,
            },
            Self::Any(selector, inner) => match elements(selector.find(arguments)) {
                Some(elements) if elements.is_empty() => reading.any_of_none,
                Some(elements) => or(elements
                    .iter()
                    .map(|element| inner.evaluate(element, reading))),
                None => Truth::Undefined,
            },
        }
    }
}

fn is_equal(found: Option<Found>, wanted: &Value) -> Truth {
    match found {
        Some(found) if !found.unordered => truth(equal(&found.value, wanted)),
        _ => Truth::Undefined,
    }
}

/// A list, or the values of a map; bytes are no collection.
fn elements(found: Option<Found>) -> Option<Vec<Value>> {
    match found?.value {
        Value::List(list) => Some(list),
        Value::Map(entries) => Some(entries.into_iter().map(|(_, value)| value).collect()),
        _ => None,
    }
}

fn truth(holds: bool) -> Truth {
    if holds { Truth::True } else { Truth::False }
}

fn not(inner: Truth, reading: &Reading) -> Truth {
    match inner {
        Truth::True => Truth::False,
        Truth::False => Truth::True,
        Truth::Undefined => reading.not_undefined,
    }
}

/// Kleene's: one false is enough, and then one undefined.
fn and(inner: impl Iterator<Item = Truth>) -> Truth {
    let inner: Vec<_> = inner.collect();
    if inner.contains(&Truth::False) {
        Truth::False
    } else if inner.contains(&Truth::Undefined) {
        Truth::Undefined
    } else {
        Truth::True
    }
}

/// Kleene's: one true is enough, and then one undefined.
fn or(inner: impl Iterator<Item = Truth>) -> Truth {
    let inner: Vec<_> = inner.collect();
    if inner.contains(&Truth::True) {
        Truth::True
    } else if inner.contains(&Truth::Undefined) {
        Truth::Undefined
    } else {
        Truth::False
    }
}
