//! What is the one encoding of a tree?

use crate::wire::tree::{Node, Tree, View};

impl Tree<'_> {
    /// Is the canonical encoding of this tree exactly `bytes`?
    pub(super) fn encodes_to(&self, bytes: &[u8]) -> bool {
        let mut rest = Rest(bytes);
        self.0.iter().all(|node| rest.continues_with(node)) && rest.0.is_empty()
    }
}

impl View<'_, '_> {
    /// The bytes that its canonical encoding takes.
    pub(crate) fn encoded_length(self) -> usize {
        let size = self.node().size();
        let nodes = self.0.get(..size).unwrap_or_default();
        let lengths = nodes.iter().map(Node::encoded_length);
        lengths.fold(0, usize::saturating_add)
    }
}

impl Node<'_> {
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
mod tests {
    use ipld_core::ipld::Ipld;

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
