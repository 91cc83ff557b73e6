//! Are these bytes DAG-CBOR, in the one spelling that it has?
//!
//! A strict door around `serde_ipld_dagcbor`: budgets while the tree grows, and afterwards the tree
//! must encode to the very bytes that were read.

use std::cmp::Ordering;
use std::convert::Infallible;
use std::fmt;

use ipld_core::ipld::Ipld;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use thiserror::Error;

use crate::wire::limits::{Limit, LimitExceeded, Limits};
use crate::wire::tree::{Node, Scratch, Tree, general_cid};

/// Why bytes are not strict DAG-CBOR.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DagCborError {
    /// They are not DAG-CBOR.
    #[error("not DAG-CBOR: {0}")]
    Syntax(#[source] serde_ipld_dagcbor::DecodeError<Infallible>),
    /// They are CBOR, but not the one spelling that DAG-CBOR has for what they say.
    #[error("not in canonical form: the same content has another, shorter or sorted encoding")]
    NotCanonical,
    /// A link is no CID, or has bytes behind its CID.
    #[error("a link is not exactly one CID")]
    Link,
    /// Too deep, or too many values.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
}

/// Why a value has no DAG-CBOR encoding.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// It holds NaN, an infinity or an integer beyond 64 bits.
    #[error("no DAG-CBOR encoding: {0}")]
    Value(#[source] serde_ipld_dagcbor::EncodeError<std::collections::TryReserveError>),
    /// It nests too deep.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
}

/// Reads bytes from outside.
///
/// Borrowed from the bytes; within the limits of depth and number of values; every link a CID and
/// nothing behind it; canonical to the last byte.
pub(crate) fn decode<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Tree<'a>, DagCborError> {
    decode_with(bytes, limits, Scratch::default())
}

/// The same, in memory that an earlier tree has left.
pub(crate) fn decode_with<'a>(
    bytes: &'a [u8],
    limits: &Limits,
    scratch: Scratch<'a>,
) -> Result<Tree<'a>, DagCborError> {
    let mut nodes = scratch.0;
    nodes.clear();
    // A token takes about one value per eight bytes; four leaves room, and costs one allocation. What
    // is larger than tokens are makes room as it grows.
    nodes.reserve(bytes.len().div_ceil(4).min(USUAL));
    let mut builder = Builder {
        bytes,
        nodes,
        limits,
        refusal: None,
    };
    let mut reader = serde_ipld_dagcbor::de::Deserializer::from_slice(bytes);
    let read = Value {
        builder: &mut builder,
        depth: 0,
    }
    .deserialize(&mut reader)
    .and_then(|()| reader.end());
    if let Some(refusal) = builder.refusal {
        return Err(refusal);
    }
    read.map_err(DagCborError::Syntax)?;
    canonical(Tree(builder.nodes), bytes)
}

/// The second lock: whatever the library has let through, the tree must encode to these bytes.
fn canonical<'a>(tree: Tree<'a>, bytes: &[u8]) -> Result<Tree<'a>, DagCborError> {
    if !tree.encodes_to(bytes) {
        return Err(DagCborError::NotCanonical);
    }
    Ok(tree)
}

/// More values than a token has, but for very large ones.
const USUAL: usize = 1024;

/// Writes a value as DAG-CBOR.
///
/// # Errors
/// NaN, infinities, integers beyond 64 bits, and nesting past the limit have no encoding.
pub fn to_dag_cbor(value: &Ipld) -> Result<Vec<u8>, EncodeError> {
    // The library's writer recurses without a bound.
    check_depth(value, 0)?;
    serde_ipld_dagcbor::to_vec(value).map_err(EncodeError::Value)
}

/// Reads bytes as a value of the data model, as strictly as a token.
///
/// # Errors
/// See [`DagCborError`].
pub fn from_dag_cbor(bytes: &[u8], limits: &Limits) -> Result<Ipld, DagCborError> {
    decode(bytes, limits)?
        .root()
        .to_ipld()
        .ok_or(DagCborError::Link)
}

/// Refuses what nests past the limit, before anything else walks it without a bound.
pub(crate) fn check_depth(value: &Ipld, depth: usize) -> Result<(), LimitExceeded> {
    Limits::DEFAULT.check(Limit::Depth, depth)?;
    match value {
        Ipld::List(list) => list
            .iter()
            .try_for_each(|value| check_depth(value, depth.saturating_add(1))),
        Ipld::Map(map) => map
            .values()
            .try_for_each(|value| check_depth(value, depth.saturating_add(1))),
        _ => Ok(()),
    }
}

struct Builder<'a, 'l> {
    bytes: &'a [u8],
    nodes: Vec<Node<'a>>,
    limits: &'l Limits,
    /// Ours, where it was we and not the library who stopped.
    refusal: Option<DagCborError>,
}

impl<'a> Builder<'a, '_> {
    fn push<E: de::Error>(&mut self, node: Node<'a>) -> Result<(), E> {
        match self
            .limits
            .check(Limit::Nodes, self.nodes.len().saturating_add(1))
        {
            Ok(()) => {
                self.nodes.push(node);
                Ok(())
            }
            Err(exceeded) => Err(self.refuse(exceeded.into())),
        }
    }

    fn refuse<E: de::Error>(&mut self, refusal: DagCborError) -> E {
        self.refusal = Some(refusal);
        E::custom("refused")
    }

    /// Writes the head of a list or map, now that its size is known, at the place kept for it.
    fn close(&mut self, place: usize, head: impl FnOnce(usize) -> Node<'a>) {
        let size = self.nodes.len().saturating_sub(place);
        if let Some(node) = self.nodes.get_mut(place) {
            *node = head(size);
        }
    }
}

/// Reads one value onto the builder.
struct Value<'b, 'a, 'l> {
    builder: &'b mut Builder<'a, 'l>,
    depth: usize,
}

impl<'a> DeserializeSeed<'a> for Value<'_, 'a, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        if let Err(exceeded) = self.builder.limits.check(Limit::Depth, self.depth) {
            return Err(self.builder.refuse(exceeded.into()));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Value<'_, 'a, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value of the IPLD data model")
    }

    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        self.builder.push(Node::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<(), E> {
        self.builder.push(Node::Bool(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<(), E> {
        self.builder.push(Node::Integer(value.into()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<(), E> {
        self.builder.push(Node::Integer(value.into()))
    }

    fn visit_i128<E: de::Error>(self, value: i128) -> Result<(), E> {
        self.builder.push(Node::Integer(value))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<(), E> {
        self.builder.push(Node::Float(value))
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'a str) -> Result<(), E> {
        self.builder.push(Node::Text(text))
    }

    fn visit_borrowed_bytes<E: de::Error>(self, bytes: &'a [u8]) -> Result<(), E> {
        self.builder.push(Node::Bytes(bytes))
    }

    // The library announces a link this way.
    fn visit_newtype_struct<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_bytes(Link(self.builder))
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<(), A::Error> {
        let place = self.builder.nodes.len();
        self.builder.push(Node::Null)?;
        let mut length: usize = 0;
        while list
            .next_element_seed(Value {
                builder: self.builder,
                depth: self.depth.saturating_add(1),
            })?
            .is_some()
        {
            length = length.saturating_add(1);
        }
        self.builder
            .close(place, |size| Node::List { length, size });
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        let place = self.builder.nodes.len();
        self.builder.push(Node::Null)?;
        let mut length: usize = 0;
        let mut last: Option<&str> = None;
        while let Some(key) = map.next_key_seed(Key(self.builder.bytes))? {
            if last.is_some_and(|last| canonical_order(last, key) != Ordering::Less) {
                return Err(self.builder.refuse(DagCborError::NotCanonical));
            }
            last = Some(key);
            length = length.saturating_add(1);
            self.builder.push(Node::Text(key))?;
            map.next_value_seed(Value {
                builder: self.builder,
                depth: self.depth.saturating_add(1),
            })?;
        }
        self.builder.close(place, |size| Node::Map { length, size });
        Ok(())
    }
}

/// Reads a key, borrowed from these bytes.
struct Key<'a>(&'a [u8]);

impl<'a> DeserializeSeed<'a> for Key<'a> {
    type Value = &'a str;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<&'a str, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'a> Visitor<'a> for Key<'a> {
    type Value = &'a str;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    // The library borrows a key from the bytes but hands it over as if it had not: we look for it
    // where it lies, and compare, so that an address alone is never believed.
    fn visit_str<E: de::Error>(self, key: &str) -> Result<&'a str, E> {
        if key.is_empty() {
            return Ok("");
        }
        let from = key.as_ptr().addr().wrapping_sub(self.0.as_ptr().addr());
        self.0
            .get(from..)
            .and_then(|behind| behind.get(..key.len()))
            .filter(|bytes| *bytes == key.as_bytes())
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .ok_or_else(|| E::custom("a key that is not among the bytes"))
    }
}

/// Reads the bytes of a link onto the builder.
struct Link<'b, 'a, 'l>(&'b mut Builder<'a, 'l>);

impl<'a> Visitor<'a> for Link<'_, 'a, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the bytes of a CID")
    }

    fn visit_borrowed_bytes<E: de::Error>(self, bytes: &'a [u8]) -> Result<(), E> {
        if general_cid(bytes).is_none() {
            return Err(self.0.refuse(DagCborError::Link));
        }
        self.0.push(Node::Link(bytes))
    }
}

/// DAG-CBOR sorts keys by length, then bytewise.
fn canonical_order(left: &str, right: &str) -> Ordering {
    left.len()
        .cmp(&right.len())
        .then_with(|| left.as_bytes().cmp(right.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_that_encodes_to_other_bytes_is_not_canonical() {
        let tree = || Tree::unchecked(vec![Node::Integer(23)]);
        assert!(canonical(tree(), &[0x17]).is_ok());
        let refusal = canonical(tree(), &[0x18, 0x17]).unwrap_err();
        assert!(matches!(refusal, DagCborError::NotCanonical));
    }

    #[test]
    fn keys_are_in_order_by_length_and_then_by_bytes() {
        for (one, other, order) in [
            ("a", "b", Ordering::Less),
            ("b", "a", Ordering::Greater),
            ("a", "a", Ordering::Equal),
            ("b", "aa", Ordering::Less),
            ("aa", "b", Ordering::Greater),
            ("", "a", Ordering::Less),
        ] {
            assert_eq!(canonical_order(one, other), order, "{one} {other}");
        }
    }
}
