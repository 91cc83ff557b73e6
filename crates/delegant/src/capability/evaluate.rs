//! Does a statement hold for these arguments? Yes, no, or it cannot be said.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use ipld_core::ipld::Ipld;

use crate::capability::fuel::Fuel;
use crate::capability::number::Number;
use crate::capability::operand::{Operand, Value};
use crate::capability::selector::Selector;
use crate::capability::statement::{Comparison, Statement};
use crate::capability::step::{Step, To};
use crate::wire::limits::LimitExceeded;

/// Whether a statement holds. Only `True` allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It says nothing about these arguments: a selector finds nothing, a comparison meets the
    /// wrong type, a quantifier meets no collection, or `any` an empty one.
    Undefined,
}

impl Truth {
    const fn of(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }

    const fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Undefined => Self::Undefined,
        }
    }
}

impl fmt::Display for Truth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::True => "true",
            Self::False => "false",
            Self::Undefined => "undefined",
        })
    }
}

/// What a selector has found: borrowed from the arguments, never built.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Found<'a> {
    Null,
    Bool(bool),
    Number(Number),
    Text(&'a str),
    Bytes(&'a [u8]),
    Link(&'a cid::Cid),
    List(&'a [Ipld]),
    Map(&'a BTreeMap<String, Ipld>),
    /// The values of a map, as a list.
    Values(&'a BTreeMap<String, Ipld>),
}

impl<'a> From<&'a Ipld> for Found<'a> {
    fn from(value: &'a Ipld) -> Self {
        match value {
            Ipld::Null => Self::Null,
            Ipld::Bool(value) => Self::Bool(*value),
            Ipld::Integer(value) => Self::Number(Number::Integer(*value)),
            Ipld::Float(value) => Self::Number(Number::Float(*value)),
            Ipld::String(text) => Self::Text(text),
            Ipld::Bytes(bytes) => Self::Bytes(bytes),
            Ipld::Link(cid) => Self::Link(cid),
            Ipld::List(list) => Self::List(list),
            Ipld::Map(map) => Self::Map(map),
        }
    }
}

impl From<Found<'_>> for Ipld {
    fn from(found: Found<'_>) -> Self {
        match found {
            Found::Null => Self::Null,
            Found::Bool(value) => Self::Bool(value),
            Found::Number(number) => number.into(),
            Found::Text(text) => Self::String(text.to_owned()),
            Found::Bytes(bytes) => Self::Bytes(bytes.to_vec()),
            Found::Link(cid) => Self::Link(*cid),
            Found::List(list) => Self::List(list.to_vec()),
            Found::Map(map) => Self::Map(map.clone()),
            Found::Values(map) => Self::List(map.values().cloned().collect()),
        }
    }
}

impl<'a> Found<'a> {
    /// Follows a selector from here; `Err` holds the step that found nothing.
    pub(crate) fn select(
        self,
        selector: &'a Selector,
        fuel: &mut Fuel,
    ) -> Result<Result<Self, Step<'a>>, LimitExceeded> {
        let mut found = self;
        for step in selector.steps() {
            fuel.burn(1)?;
            found = match (found.to(step.to), step.optional) {
                (Some(found), _) => found,
                (None, true) => Self::Null,
                (None, false) => return Ok(Err(step)),
            };
        }
        Ok(Ok(found))
    }

    fn to(self, to: To<'_>) -> Option<Self> {
        match (to, self) {
            (To::Field(name), Self::Map(map)) => map.get(name).map(Self::from),
            (To::Values, Self::Map(map)) => Some(Self::Values(map)),
            (To::Values, Self::List(_) | Self::Values(_)) => Some(self),
            (To::Index(index), Self::List(list)) => {
                list.get(place(index, list.len())?).map(Self::from)
            }
            (To::Index(index), Self::Bytes(bytes)) => bytes
                .get(place(index, bytes.len())?)
                .map(|byte| Self::Number(Number::Integer((*byte).into()))),
            (To::Slice(from, until), Self::List(list)) => {
                list.get(range(from, until, list.len())).map(Self::List)
            }
            (To::Slice(from, until), Self::Bytes(bytes)) => {
                bytes.get(range(from, until, bytes.len())).map(Self::Bytes)
            }
            _ => None,
        }
    }

    /// Undefined for the values of a map, which have no order that all readers share.
    fn equality(self, other: &Operand, fuel: &mut Fuel) -> Result<Truth, LimitExceeded> {
        Ok(Truth::of(match (self, other.value()) {
            (Self::Values(map), _) if map.len() > 1 => return Ok(Truth::Undefined),
            (_, Value::Other(other)) => self.equals(other, fuel)?,
            (found, other) => {
                fuel.burn(1)?;
                match (found, other) {
                    (Self::Null, Value::Null) => true,
                    (Self::Bool(left), Value::Bool(right)) => left == *right,
                    (Self::Number(left), Value::Number(right)) => left == *right,
                    (Self::Text(left), Value::Text(right)) => {
                        same(left.as_bytes(), right.as_bytes(), fuel)?
                    }
                    _ => false,
                }
            }
        }))
    }

    /// Deep equality; numbers by value.
    fn equals(self, other: &Ipld, fuel: &mut Fuel) -> Result<bool, LimitExceeded> {
        fuel.burn(1)?;
        Ok(match (self, other) {
            (Self::Null, Ipld::Null) => true,
            (Self::Bool(left), Ipld::Bool(right)) => left == *right,
            (Self::Number(left), Ipld::Integer(right)) => left == Number::Integer(*right),
            (Self::Number(left), Ipld::Float(right)) => left == Number::Float(*right),
            (Self::Text(left), Ipld::String(right)) => {
                same(left.as_bytes(), right.as_bytes(), fuel)?
            }
            (Self::Bytes(left), Ipld::Bytes(right)) => same(left, right, fuel)?,
            (Self::Link(left), Ipld::Link(right)) => left == right,
            (Self::List(left), Ipld::List(right)) => {
                left.len() == right.len() && all_equal(left.iter().zip(right), fuel)?
            }
            (Self::Values(left), Ipld::List(right)) => {
                left.len() == right.len() && all_equal(left.values().zip(right), fuel)?
            }
            (Self::Map(left), Ipld::Map(right)) => {
                left.len() == right.len()
                    && left.keys().eq(right.keys())
                    && all_equal(left.values().zip(right.values()), fuel)?
            }
            _ => false,
        })
    }

    /// The elements, where quantifiers apply.
    pub(crate) fn elements(self) -> Option<Elements<'a>> {
        match self {
            Self::List(list) => Some(Elements::List(list.iter())),
            Self::Map(map) | Self::Values(map) => Some(Elements::Map(map.values())),
            _ => None,
        }
    }
}

/// The elements of a list, or the values of a map.
pub(crate) enum Elements<'a> {
    List(std::slice::Iter<'a, Ipld>),
    Map(std::collections::btree_map::Values<'a, String, Ipld>),
}

impl<'a> Iterator for Elements<'a> {
    type Item = Found<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::List(list) => list.next(),
            Self::Map(map) => map.next(),
        }
        .map(Found::from)
    }
}

fn same(left: &[u8], right: &[u8], fuel: &mut Fuel) -> Result<bool, LimitExceeded> {
    fuel.burn(left.len() / 64)?;
    Ok(left == right)
}

fn all_equal<'a>(
    pairs: impl Iterator<Item = (&'a Ipld, &'a Ipld)>,
    fuel: &mut Fuel,
) -> Result<bool, LimitExceeded> {
    for (left, right) in pairs {
        if !Found::from(left).equals(right, fuel)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Where an index points, counted from the end where it is negative.
fn place(index: i32, length: usize) -> Option<usize> {
    match usize::try_from(index) {
        Ok(index) => Some(index),
        Err(_) => length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?),
    }
}

/// What a slice covers; bounds beyond the ends are the ends.
fn range(from: i32, until: i32, length: usize) -> std::ops::Range<usize> {
    let clamp = |bound: i32| {
        if bound < 0 {
            place(bound, length).unwrap_or(0)
        } else {
            usize::try_from(bound).unwrap_or(length).min(length)
        }
    };
    let (from, until) = (clamp(from), clamp(until));
    from..until.max(from)
}

impl Statement {
    /// Judges the statement about what has been found so far.
    pub(crate) fn judge(&self, about: Found<'_>, fuel: &mut Fuel) -> Result<Truth, LimitExceeded> {
        fuel.burn(1)?;
        Ok(match self {
            Self::Equal(selector, value) => match about.select(selector, fuel)? {
                Ok(found) => found.equality(value, fuel)?,
                Err(_) => Truth::Undefined,
            },
            Self::NotEqual(selector, value) => match about.select(selector, fuel)? {
                Ok(found) => found.equality(value, fuel)?.not(),
                Err(_) => Truth::Undefined,
            },
            Self::Compare(selector, comparison, bound) => match about.select(selector, fuel)? {
                Ok(Found::Number(found)) => {
                    found.compare(*bound).map_or(Truth::Undefined, |order| {
                        Truth::of(comparison.admits(order))
                    })
                }
                _ => Truth::Undefined,
            },
            Self::Like(selector, pattern) => match about.select(selector, fuel)? {
                Ok(Found::Text(text)) => {
                    // Looking for a piece takes longer than comparing.
                    fuel.burn(text.len() / 16)?;
                    Truth::of(pattern.matches(text))
                }
                _ => Truth::Undefined,
            },
            Self::Not(statement) => statement.judge(about, fuel)?.not(),
            Self::And(statements) => {
                every(statements.iter().map(|statement| (statement, about)), fuel)?
            }
            // The texts fix that an empty `or` is true.
            Self::Or(statements) if statements.is_empty() => Truth::True,
            Self::Or(statements) => {
                some(statements.iter().map(|statement| (statement, about)), fuel)?
            }
            Self::All(selector, statement) => match about.select(selector, fuel)? {
                Ok(found) => match found.elements() {
                    Some(elements) => every(elements.map(|each| (&**statement, each)), fuel)?,
                    None => Truth::Undefined,
                },
                Err(_) => Truth::Undefined,
            },
            Self::Any(selector, statement) => match about.select(selector, fuel)? {
                Ok(found) => match found.elements() {
                    Some(elements) => some(elements.map(|each| (&**statement, each)), fuel)?,
                    None => Truth::Undefined,
                },
                Err(_) => Truth::Undefined,
            },
        })
    }
}

/// A statement that is not true, and its place among its like.
#[derive(Clone, Copy)]
pub(crate) struct Failing<'p> {
    pub(crate) index: usize,
    pub(crate) statement: &'p Statement,
    pub(crate) truth: Truth,
}

/// The first statement that is false, or else the first that is undefined.
pub(crate) fn first_failing<'p>(
    statements: &'p [Statement],
    about: Found<'_>,
    fuel: &mut Fuel,
) -> Result<Option<Failing<'p>>, LimitExceeded> {
    let mut failing = None;
    for (index, statement) in statements.iter().enumerate() {
        let truth = statement.judge(about, fuel)?;
        let this = Failing {
            index,
            statement,
            truth,
        };
        match truth {
            Truth::True => {}
            Truth::False => return Ok(Some(this)),
            Truth::Undefined => failing = failing.or(Some(this)),
        }
    }
    Ok(failing)
}

impl Comparison {
    fn admits(self, order: Ordering) -> bool {
        match self {
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// Kleene's conjunction: false wins, then undefined; true where there is nothing.
fn every<'a>(
    judgements: impl Iterator<Item = (&'a Statement, Found<'a>)>,
    fuel: &mut Fuel,
) -> Result<Truth, LimitExceeded> {
    let mut truth = Truth::True;
    for (statement, about) in judgements {
        match statement.judge(about, fuel)? {
            Truth::True => {}
            Truth::False => return Ok(Truth::False),
            Truth::Undefined => truth = Truth::Undefined,
        }
    }
    Ok(truth)
}

/// Kleene's disjunction: true wins, then undefined; undefined where there is nothing.
fn some<'a>(
    judgements: impl Iterator<Item = (&'a Statement, Found<'a>)>,
    fuel: &mut Fuel,
) -> Result<Truth, LimitExceeded> {
    let mut truth = None;
    for (statement, about) in judgements {
        match (statement.judge(about, fuel)?, truth) {
            (Truth::True, _) => return Ok(Truth::True),
            (Truth::False, None) => truth = Some(Truth::False),
            (Truth::False, _) => {}
            (Truth::Undefined, _) => truth = Some(Truth::Undefined),
        }
    }
    Ok(truth.unwrap_or(Truth::Undefined))
}
