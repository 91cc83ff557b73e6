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
    const fn size(&self) -> usize {
        match self {
            Self::List { size, .. } | Self::Map { size, .. } => *size,
            _ => 1,
        }
    }

    /// The bytes that its canonical encoding takes, without those of what it contains.
    fn encoded_length(&self) -> usize {
        let (argument, behind) = match *self {
            Self::Null | Self::Bool(_) => return 1,
            Self::Float(_) => return 9,
            // A negative integer is written as its complement.
            Self::Integer(value) => (u64::try_from(value.max(!value)).unwrap_or(u64::MAX), 0),
            Self::Text(text) => (text.len() as u64, text.len()),
            Self::Bytes(bytes) => (bytes.len() as u64, bytes.len()),
            // Behind the tag, a zero byte comes first.
            Self::Link(bytes) => {
                let length = bytes.len().saturating_add(1);
                (length as u64, length.saturating_add(2))
            }
            Self::List { length, .. } | Self::Map { length, .. } => (length as u64, 0),
        };
        head_length(argument).saturating_add(behind)
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

/// The bytes of the shortest head with this argument: RFC 8949, section 4.2.1.
const fn head_length(argument: u64) -> usize {
    match argument {
        0..24 => 1,
        24..0x100 => 2,
        0x100..0x1_0000 => 3,
        0x1_0000..0x1_0000_0000 => 5,
        _ => 9,
    }
}

/// A decoded token. Only `wire::dag_cbor` makes one, and never an empty one.
#[derive(Debug)]
pub(crate) struct Tree<'a>(pub(super) Vec<Node<'a>>);

impl<'a> Tree<'a> {
    pub(crate) fn root(&self) -> View<'_, 'a> {
        View(&self.0)
    }

    /// The nodes' memory, for the next tree over the same bytes.
    pub(crate) fn into_scratch(self) -> Scratch<'a> {
        Scratch(self.0)
    }

    /// Is the canonical encoding of this tree exactly `bytes`?
    pub(super) fn encodes_to(&self, bytes: &[u8]) -> bool {
        let mut rest = Rest(bytes);
        self.0.iter().all(|node| rest.continues_with(node)) && rest.0.is_empty()
    }
}

/// Memory for a tree, so that many tokens of one container share an allocation.
#[derive(Debug, Default)]
pub(crate) struct Scratch<'a>(pub(super) Vec<Node<'a>>);

/// One value of a tree and, behind it, what it contains.
#[derive(Debug, Clone, Copy)]
pub struct View<'t, 'a>(&'t [Node<'a>]);

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

    /// The bytes that its canonical encoding takes.
    pub(crate) fn encoded_length(self) -> usize {
        let size = self.node().size();
        let nodes = self.0.get(..size).unwrap_or_default();
        let lengths = nodes.iter().map(Node::encoded_length);
        lengths.fold(0, usize::saturating_add)
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

/// What of the received bytes the canonical encoding has not yet matched.
struct Rest<'b>(&'b [u8]);

impl Rest<'_> {
    fn continues_with(&mut self, node: &Node<'_>) -> bool {
        match *node {
            Node::Null => self.takes(&[0xf6]),
            Node::Bool(value) => self.takes(&[0xf4 | u8::from(value)]),
            Node::Integer(value) => match u64::try_from(value) {
                Ok(value) => self.takes_head(0, value),
                // The head of a negative number holds −1 − n, which is what `!n` is.
                Err(_) => u64::try_from(!value).is_ok_and(|value| self.takes_head(1, value)),
            },
            Node::Float(value) => {
                value.is_finite()
                    && (value != 0.0 || value.is_sign_positive())
                    && self.takes(&[0xfb])
                    && self.takes(&value.to_be_bytes())
            }
            Node::Bytes(bytes) => self.takes_head(2, bytes.len() as u64) && self.takes(bytes),
            Node::Text(text) => {
                self.takes_head(3, text.len() as u64) && self.takes(text.as_bytes())
            }
            Node::List { length, .. } => self.takes_head(4, length as u64),
            Node::Map { length, .. } => self.takes_head(5, length as u64),
            Node::Link(bytes) => {
                self.takes(&[0xd8, 42])
                    && self.takes_head(2, (bytes.len() as u64).saturating_add(1))
                    && self.takes(&[0])
                    && self.takes(bytes)
            }
        }
    }

    fn takes(&mut self, expected: &[u8]) -> bool {
        self.0.strip_prefix(expected).is_some_and(|rest| {
            self.0 = rest;
            true
        })
    }

    /// The shortest head of this major type with this argument: RFC 8949, section 4.2.1.
    fn takes_head(&mut self, major: u8, argument: u64) -> bool {
        let major = major << 5;
        let bytes = argument.to_be_bytes();
        let [.., low] = bytes;
        match argument {
            0..24 => self.takes(&[major | low]),
            24..0x100 => self.takes(&[major | 24, low]),
            0x100..0x1_0000 => self.takes(&[major | 25]) && self.takes(&bytes[6..]),
            0x1_0000..0x1_0000_0000 => self.takes(&[major | 26]) && self.takes(&bytes[4..]),
            _ => self.takes(&[major | 27]) && self.takes(&bytes),
        }
    }
}

#[cfg(test)]
impl<'a> Tree<'a> {
    /// A tree that no bytes were read as, for the tests of what must not rely on that.
    pub(crate) const fn unchecked(nodes: Vec<Node<'a>>) -> Self {
        Self(nodes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::dag_cbor;
    use crate::wire::limits::Limits;

    /// Numbers at the ends of each form of a head, and the shortest head of the first major type.
    const HEADS: [(u64, &[u8]); 10] = [
        (0, &[0x00]),
        (23, &[0x17]),
        (24, &[0x18, 24]),
        (0xff, &[0x18, 0xff]),
        (0x100, &[0x19, 1, 0]),
        (0xffff, &[0x19, 0xff, 0xff]),
        (0x1_0000, &[0x1a, 0, 1, 0, 0]),
        (0xffff_ffff, &[0x1a, 0xff, 0xff, 0xff, 0xff]),
        (0x1_0000_0000, &[0x1b, 0, 0, 0, 1, 0, 0, 0, 0]),
        (u64::MAX, &[0x1b, 255, 255, 255, 255, 255, 255, 255, 255]),
    ];

    /// This head in another major type, and what stands behind it.
    fn bytes(major: u8, head: &[u8], content: &[u8]) -> Vec<u8> {
        let mut bytes = [head, content].concat();
        bytes[0] |= major << 5;
        bytes
    }

    /// This value has this encoding, and no other that is longer, shorter or one byte off.
    fn has_one_encoding(node: Node<'_>, bytes: &[u8]) {
        let encodes_to = |bytes: &[u8]| Tree(vec![node]).encodes_to(bytes);
        assert!(encodes_to(bytes), "{node:?} {bytes:02x?}");
        assert!(!encodes_to(&bytes[1..]), "{node:?}");
        assert!(!encodes_to(&bytes[..bytes.len() - 1]), "{node:?}");
        assert!(!encodes_to(&[bytes, &[0]].concat()), "{node:?}");
        for place in 0..bytes.len().min(12) {
            for bit in 0..8 {
                let mut other = bytes.to_vec();
                other[place] ^= 1 << bit;
                assert!(!encodes_to(&other), "{node:?} {place} {bit}");
            }
        }
    }

    #[test]
    fn every_value_has_the_encoding_with_the_shortest_head_and_no_other() {
        for (number, head) in HEADS {
            let integer = i128::from(number);
            has_one_encoding(Node::Integer(integer), &bytes(0, head, b""));
            has_one_encoding(Node::Integer(-1 - integer), &bytes(1, head, b""));
            let Ok(length @ ..0x1_0001) = usize::try_from(number) else {
                continue;
            };
            let content = vec![b'x'; length];
            let text = std::str::from_utf8(&content).unwrap();
            has_one_encoding(Node::Bytes(&content), &bytes(2, head, &content));
            has_one_encoding(Node::Text(text), &bytes(3, head, &content));
            let list = Node::List { length, size: 1 };
            has_one_encoding(list, &bytes(4, head, b""));
            let map = Node::Map { length, size: 1 };
            has_one_encoding(map, &bytes(5, head, b""));
            if let Some((zero, behind)) = content.split_first() {
                let link = bytes(2, head, &[&[zero - b'x'], behind].concat());
                has_one_encoding(Node::Link(behind), &[&[0xd8, 42], &*link].concat());
            }
        }
        has_one_encoding(Node::Null, &[0xf6]);
        has_one_encoding(Node::Bool(false), &[0xf4]);
        has_one_encoding(Node::Bool(true), &[0xf5]);
        for float in [0.0, 1.5, -1.5, f64::MIN, f64::MAX] {
            let encoded = [&[0xfb], float.to_be_bytes().as_slice()].concat();
            has_one_encoding(Node::Float(float), &encoded);
        }
    }

    #[test]
    fn what_dag_cbor_has_no_encoding_for_has_none() {
        for float in [-0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let encoded = [&[0xfb], float.to_be_bytes().as_slice()].concat();
            assert!(!Tree(vec![Node::Float(float)]).encodes_to(&encoded));
        }
        for wide in [1 << 64, -1 - (1 << 64)] {
            let head = [0x1b, 0, 0, 0, 0, 0, 0, 0, 0];
            assert!(!Tree(vec![Node::Integer(wide)]).encodes_to(&head));
            assert!(!Tree(vec![Node::Integer(wide)]).encodes_to(&bytes(1, &head, b"")));
        }
    }

    #[test]
    fn the_encoded_length_is_the_length_of_the_encoding() {
        let text = |length| Ipld::String("a".repeat(length));
        let integers = HEADS.map(|(number, _)| i128::from(number));
        let mut values: Vec<Ipld> = integers.into_iter().map(Ipld::Integer).collect();
        values.extend(integers.map(|integer| Ipld::Integer(-1 - integer)));
        values.extend([0, 23, 24, 255, 256, 65_535, 65_536].map(text));
        values.extend([Ipld::Null, Ipld::Bool(true), Ipld::Float(0.5)]);
        values.extend([
            Ipld::Bytes(vec![7; 300]),
            crate::wire::cid::Cid::of(b"").into(),
        ]);
        values.push(Ipld::Map([("key".to_owned(), Ipld::List(vec![]))].into()));
        values.push(Ipld::List(values.clone()));
        for value in values {
            let bytes = dag_cbor::to_dag_cbor(&value).unwrap();
            let tree = dag_cbor::decode(&bytes, &Limits::DEFAULT).unwrap();
            assert_eq!(tree.root().encoded_length(), bytes.len(), "{value:?}");
        }
    }
}
