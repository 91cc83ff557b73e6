//! What is in the bytes? One flat, borrowed tree per token.
//!
//! The nodes stand in the order of the bytes, each list or map before its content: one allocation
//! for a whole token, and writing the tree out again is one pass from first to last.

use std::collections::BTreeMap;

use ipld_core::ipld::Ipld;

/// One value; a list or map says how many nodes it takes up, itself included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Node<'a> {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
    /// The CID's bytes, without the zero byte that DAG-CBOR puts before them.
    Link(&'a [u8]),
    List {
        length: usize,
        size: usize,
    },
    /// The nodes of its content alternate: a key (always text), its value.
    Map {
        length: usize,
        size: usize,
    },
}

impl Node<'_> {
    pub(super) const fn size(&self) -> usize {
        match self {
            Self::List { size, .. } | Self::Map { size, .. } => *size,
            _ => 1,
        }
    }

    /// The noun for messages.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::Link(_) => "a link",
            Self::List { .. } => "a list",
            Self::Map { .. } => "a map",
        }
    }
}

/// A decoded token. Only `wire::dag_cbor` makes one, and never an empty one.
#[derive(Debug)]
pub(crate) struct Tree<'a>(pub(super) Vec<Node<'a>>);

impl<'a> Tree<'a> {
    pub(crate) fn root(&self) -> View<'_, 'a> {
        View(&self.0)
    }

    /// How much it takes once it is built: a map, which brings room for eleven entries, as much as
    /// fourteen other values.
    pub(crate) fn weight(&self) -> usize {
        const MORE: usize = 13;
        let is_map = |node: &&Node<'_>| matches!(node, Node::Map { .. });
        let maps = self.0.iter().filter(is_map).count();
        maps.saturating_mul(MORE).saturating_add(self.0.len())
    }

    /// The nodes' memory, for the next tree over the same bytes.
    pub(crate) fn into_scratch(self) -> Scratch<'a> {
        Scratch(self.0)
    }
}

/// Memory for a tree, so that many tokens of one container share an allocation.
#[derive(Debug, Default)]
pub(crate) struct Scratch<'a>(pub(super) Vec<Node<'a>>);

/// One value of a tree and, behind it, what it contains.
#[derive(Debug, Clone, Copy)]
pub struct View<'t, 'a>(pub(super) &'t [Node<'a>]);

impl<'t, 'a> View<'t, 'a> {
    pub(crate) fn node(&self) -> Node<'a> {
        self.0.first().copied().unwrap_or(Node::Null)
    }

    /// The elements, where this is a list.
    pub(crate) fn list(self) -> Option<Children<'t, 'a>> {
        match self.node() {
            Node::List { .. } => Some(self.children()),
            _ => None,
        }
    }

    /// The pairs in the order of the bytes, where this is a map.
    pub(crate) fn map(self) -> Option<Entries<'t, 'a>> {
        match self.node() {
            Node::Map { .. } => Some(Entries(self.children())),
            _ => None,
        }
    }

    fn children(self) -> Children<'t, 'a> {
        let size = self.node().size();
        Children(self.0.get(1..size).unwrap_or_default())
    }

    /// An owned copy in the data model that callers know.
    ///
    /// `None` where a link is no well-formed CID or has bytes behind it.
    pub(crate) fn to_ipld(self) -> Option<Ipld> {
        Some(match self.node() {
            Node::Null => Ipld::Null,
            Node::Bool(value) => Ipld::Bool(value),
            Node::Integer(value) => Ipld::Integer(value),
            Node::Float(value) => Ipld::Float(value),
            Node::Text(text) => Ipld::String(text.to_owned()),
            Node::Bytes(bytes) => Ipld::Bytes(bytes.to_vec()),
            Node::Link(bytes) => Ipld::Link(general_cid(bytes)?),
            Node::List { length, .. } => {
                let mut list = Vec::with_capacity(length);
                for child in self.children() {
                    list.push(child.to_ipld()?);
                }
                Ipld::List(list)
            }
            Node::Map { .. } => Ipld::Map(self.to_ipld_map()?),
        })
    }

    /// The same for a map, as a map.
    pub(crate) fn to_ipld_map(self) -> Option<BTreeMap<String, Ipld>> {
        // Collecting into a `BTreeMap` would go through a list of its own.
        let mut map = BTreeMap::new();
        for (key, value) in self.map()? {
            map.insert(key.to_owned(), value.to_ipld()?);
        }
        Some(map)
    }
}

/// A CID of any kind, if these are its bytes to the last one.
pub(super) fn general_cid(bytes: &[u8]) -> Option<cid::Cid> {
    let cid = cid::Cid::try_from(bytes).ok()?;
    // The reader stops where the digest ends and ignores what follows; and it drops what a number
    // holds beyond 64 bits. Both show when the CID is written again: in at most a version, two
    // numbers of ten bytes, a length and a digest of 64 bytes.
    let mut written = [0; 86];
    let length = cid.write_bytes(written.as_mut_slice()).ok()?;
    (written.get(..length) == Some(bytes)).then_some(cid)
}

/// The elements of a list.
#[derive(Debug, Clone)]
pub(crate) struct Children<'t, 'a>(&'t [Node<'a>]);

impl<'t, 'a> Iterator for Children<'t, 'a> {
    type Item = View<'t, 'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let size = self.0.first()?.size();
        let (child, rest) = self.0.split_at_checked(size)?;
        self.0 = rest;
        Some(View(child))
    }
}

/// The pairs of a map.
#[derive(Debug, Clone)]
pub(crate) struct Entries<'t, 'a>(Children<'t, 'a>);

impl<'t, 'a> Iterator for Entries<'t, 'a> {
    type Item = (&'a str, View<'t, 'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let Node::Text(key) = self.0.next()?.node() else {
            return None;
        };
        Some((key, self.0.next()?))
    }
}

#[cfg(test)]
impl<'a> Tree<'a> {
    /// A tree that no bytes were read as, for the tests of what must not rely on that.
    pub(crate) const fn unchecked(nodes: Vec<Node<'a>>) -> Self {
        Self(nodes)
    }
}
