//! The same value for both readings.

use delegant::{Ipld, Limits};

use crate::cbor;
use crate::value::Value;

/// A value as `delegant` takes it.
pub fn to_ipld(value: &Value) -> Ipld {
    match value {
        Value::Null => Ipld::Null,
        Value::Bool(bool) => Ipld::Bool(*bool),
        Value::Integer(integer) => Ipld::Integer(*integer),
        Value::Float(float) => Ipld::Float(*float),
        Value::Text(text) => Ipld::String(text.clone()),
        Value::Bytes(bytes) => Ipld::Bytes(bytes.clone()),
        Value::List(values) => Ipld::List(values.iter().map(to_ipld).collect()),
        Value::Map(entries) => Ipld::Map(
            entries
                .iter()
                .map(|(key, value)| (key.clone(), to_ipld(value)))
                .collect(),
        ),
        // Only a reader makes the type that a link has there.
        Value::Link(_) => delegant::from_dag_cbor(&cbor::write(value), &Limits::DEFAULT)
            .expect("the generators make CIDs"),
    }
}

/// A value of `delegant`'s in the model.
pub fn from_ipld(value: &Ipld) -> Value {
    match value {
        Ipld::Null => Value::Null,
        Ipld::Bool(bool) => Value::Bool(*bool),
        Ipld::Integer(integer) => Value::Integer(*integer),
        Ipld::Float(float) => Value::Float(*float),
        Ipld::String(text) => Value::Text(text.clone()),
        Ipld::Bytes(bytes) => Value::Bytes(bytes.clone()),
        Ipld::List(values) => Value::List(values.iter().map(from_ipld).collect()),
        Ipld::Map(entries) => Value::map(
            entries
                .iter()
                .map(|(key, value)| (key.clone(), from_ipld(value))),
        ),
        Ipld::Link(cid) => Value::Link(cid.to_bytes()),
    }
}
