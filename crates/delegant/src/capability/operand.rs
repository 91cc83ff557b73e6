//! What is an argument compared with?

use std::fmt;

use ipld_core::ipld::Ipld;
use smol_str::SmolStr;

use crate::capability::number::Number;
use crate::wire::footprint;
use crate::wire::tree::{Node, View};

/// The value in an `==` or `!=`: any of the data model, the common ones without an allocation.
#[derive(Clone, PartialEq)]
pub struct Operand(Value);

#[derive(Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(SmolStr),
    /// Bytes, a link, a list or a map.
    Other(Box<Ipld>),
}

impl Operand {
    /// `None` where a link in it is no well-formed CID.
    pub(crate) fn read(view: View<'_, '_>) -> Option<Self> {
        Some(Self(match view.node() {
            Node::Null => Value::Null,
            Node::Bool(value) => Value::Bool(value),
            Node::Integer(value) => Value::Number(Number::Integer(value)),
            Node::Float(value) => Value::Number(Number::Float(value)),
            Node::Text(text) => Value::Text(text.into()),
            Node::Bytes(_) | Node::Link(_) | Node::List { .. } | Node::Map { .. } => {
                Value::Other(Box::new(view.to_ipld()?))
            }
        }))
    }

    /// The value in the data model.
    #[must_use]
    pub fn to_ipld(&self) -> Ipld {
        match &self.0 {
            Value::Null => Ipld::Null,
            Value::Bool(value) => Ipld::Bool(*value),
            Value::Number(number) => (*number).into(),
            Value::Text(text) => Ipld::String(text.to_string()),
            Value::Other(value) => Ipld::clone(value),
        }
    }

    pub(crate) const fn value(&self) -> &Value {
        &self.0
    }

    /// Bytes on the heap.
    pub(crate) fn footprint(&self) -> usize {
        match &self.0 {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::Text(text) => footprint::text(text),
            Value::Other(value) => footprint::boxed(value).saturating_add(footprint::value(value)),
        }
    }
}

impl From<Ipld> for Operand {
    fn from(value: Ipld) -> Self {
        Self(match value {
            Ipld::Null => Value::Null,
            Ipld::Bool(value) => Value::Bool(value),
            Ipld::Integer(value) => Value::Number(Number::Integer(value)),
            Ipld::Float(value) => Value::Number(Number::Float(value)),
            Ipld::String(text) => Value::Text(text.into()),
            Ipld::Bytes(_) | Ipld::Link(_) | Ipld::List(_) | Ipld::Map(_) => {
                Value::Other(Box::new(value))
            }
        })
    }
}

impl fmt::Debug for Operand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_ipld(), formatter)
    }
}
