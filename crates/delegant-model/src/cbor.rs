//! What do the bytes say? Strict DAG-CBOR, read item by item (ruling 4), and written.

use crate::reading::Reading;
use crate::value::{Value, key_order};

/// Lists and maps around a value (ruling 4).
const DEPTH: usize = 64;
/// Values in one token, keys among them (ruling 4).
const NODES: usize = 16_384;

/// Why bytes are not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not strict DAG-CBOR.
    Malformed,
    /// Too deep or too many values.
    LimitExceeded,
}

/// Reads exactly one value.
pub fn read(bytes: &[u8], reading: &Reading) -> Result<Value, Refusal> {
    let mut reader = Reader {
        rest: bytes,
        nodes: 0,
        reading,
    };
    let value = reader.value(0)?;
    // Trailing bytes are refused.
    if reader.rest.is_empty() {
        Ok(value)
    } else {
        Err(Refusal::Malformed)
    }
}

struct Reader<'a> {
    rest: &'a [u8],
    nodes: usize,
    reading: &'a Reading,
}

impl<'a> Reader<'a> {
    fn value(&mut self, around: usize) -> Result<Value, Refusal> {
        self.count()?;
        if around > DEPTH {
            return Err(Refusal::LimitExceeded);
        }
        let first = self.take(1)?[0];
        let (major, additional) = (first >> 5, first & 0b1_1111);
        if major == 7 {
            return self.simple_or_float(additional);
        }
        let argument = self.argument(additional)?;
        match major {
            0 => Ok(Value::Integer(i128::from(argument))),
            1 => Ok(Value::Integer(-1 - i128::from(argument))),
            2 => Ok(Value::Bytes(self.take(argument)?.to_vec())),
            3 => self.text(argument).map(Value::Text),
            4 => {
                let mut list = Vec::new();
                for _ in 0..argument {
                    list.push(self.value(around + 1)?);
                }
                Ok(Value::List(list))
            }
            5 => {
                let mut map: Vec<(String, Value)> = Vec::new();
                for _ in 0..argument {
                    let key = self.key()?;
                    // Ascending, and never twice.
                    if let Some((before, _)) = map.last()
                        && key_order(before, &key).is_ge()
                        && self.reading.ascending_keys
                    {
                        return Err(Refusal::Malformed);
                    }
                    let value = self.value(around + 1)?;
                    map.push((key, value));
                }
                Ok(Value::Map(map))
            }
            _ if argument == 42 => self.link(),
            _ => Err(Refusal::Malformed),
        }
    }

    /// The number in a head, in its shortest form only; no indefinite lengths.
    fn argument(&mut self, additional: u8) -> Result<u64, Refusal> {
        let (width, least) = match additional {
            0..=23 => return Ok(additional.into()),
            24 => (1, 24),
            25 => (2, 1 << 8),
            26 => (4, 1 << 16),
            27 => (8, 1 << 32),
            _ => return Err(Refusal::Malformed),
        };
        let number = self
            .take(width)?
            .iter()
            .fold(0, |number, byte| number << 8 | u64::from(*byte));
        if number < least {
            Err(Refusal::Malformed)
        } else {
            Ok(number)
        }
    }

    /// false, true, null and 64-bit floats that are numbers; nothing else of major type 7. Minus zero
    /// is another spelling of zero (reading l).
    fn simple_or_float(&mut self, additional: u8) -> Result<Value, Refusal> {
        match additional {
            20 => Ok(Value::Bool(false)),
            21 => Ok(Value::Bool(true)),
            22 => Ok(Value::Null),
            27 => {
                let bits = self
                    .take(8)?
                    .iter()
                    .fold(0, |number, byte| number << 8 | u64::from(*byte));
                let float = f64::from_bits(bits);
                if float.is_finite() && bits != 1 << 63 {
                    Ok(Value::Float(float))
                } else {
                    Err(Refusal::Malformed)
                }
            }
            _ => Err(Refusal::Malformed),
        }
    }

    fn count(&mut self) -> Result<(), Refusal> {
        self.nodes += 1;
        if self.nodes > NODES {
            Err(Refusal::LimitExceeded)
        } else {
            Ok(())
        }
    }

    /// A key counts as a value (ruling 17).
    fn key(&mut self) -> Result<String, Refusal> {
        self.count()?;
        let first = self.take(1)?[0];
        if first >> 5 != 3 {
            return Err(Refusal::Malformed);
        }
        let length = self.argument(first & 0b1_1111)?;
        self.text(length)
    }

    fn text(&mut self, length: u64) -> Result<String, Refusal> {
        String::from_utf8(self.take(length)?.to_vec()).map_err(|_| Refusal::Malformed)
    }

    /// Tag 42 holds bytes: a zero, and then one CID and nothing else.
    fn link(&mut self) -> Result<Value, Refusal> {
        let first = self.take(1)?[0];
        if first >> 5 != 2 {
            return Err(Refusal::Malformed);
        }
        let length = self.argument(first & 0b1_1111)?;
        match self.take(length)? {
            [0, cid @ ..] if is_one_cid(cid) => Ok(Value::Link(cid.to_vec())),
            _ => Err(Refusal::Malformed),
        }
    }

    fn take(&mut self, length: impl TryInto<usize>) -> Result<&'a [u8], Refusal> {
        let length = length.try_into().map_err(|_| Refusal::Malformed)?;
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(Refusal::Malformed)?;
        self.rest = rest;
        Ok(taken)
    }
}

/// CIDv0, which is a bare SHA-256 multihash, or CIDv1: version, codec and multihash, to the last
/// byte.
fn is_one_cid(bytes: &[u8]) -> bool {
    if let [0x12, 0x20, digest @ ..] = bytes {
        return digest.len() == 32;
    }
    let mut rest = bytes;
    let (Some(1), Some(_codec), Some(_hash), Some(length)) = (
        varint(&mut rest),
        varint(&mut rest),
        varint(&mut rest),
        varint(&mut rest),
    ) else {
        return false;
    };
    // The libraries hold digests of up to 64 bytes.
    length <= 64 && rest.len() as u64 == length
}

/// An unsigned varint in its shortest form, within 64 bits.
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number: u128 = 0;
    for position in 0..10 {
        let (first, others) = rest.split_first()?;
        *rest = others;
        number |= u128::from(first & 0x7f) << (7 * position);
        if first & 0x80 == 0 {
            let shortest = *first != 0 || position == 0;
            return u64::try_from(number).ok().filter(|_| shortest);
        }
    }
    None
}

/// Writes a value in its one spelling.
pub fn write(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    append(&mut bytes, value);
    bytes
}

/// Writes a value behind what is there.
pub fn append(bytes: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => bytes.push(0xf6),
        Value::Bool(false) => bytes.push(0xf4),
        Value::Bool(true) => bytes.push(0xf5),
        Value::Integer(number @ 0..) => head(bytes, 0, *number as u64),
        Value::Integer(number) => head(bytes, 1, (-1 - number) as u64),
        Value::Float(float) => {
            bytes.push(0xfb);
            bytes.extend(float.to_bits().to_be_bytes());
        }
        Value::Text(text) => {
            head(bytes, 3, text.len() as u64);
            bytes.extend(text.as_bytes());
        }
        Value::Bytes(content) => {
            head(bytes, 2, content.len() as u64);
            bytes.extend(content);
        }
        Value::List(values) => {
            head(bytes, 4, values.len() as u64);
            for value in values {
                append(bytes, value);
            }
        }
        Value::Map(entries) => {
            head(bytes, 5, entries.len() as u64);
            for (key, value) in entries {
                head(bytes, 3, key.len() as u64);
                bytes.extend(key.as_bytes());
                append(bytes, value);
            }
        }
        Value::Link(cid) => {
            bytes.extend([0xd8, 0x2a]);
            head(bytes, 2, cid.len() as u64 + 1);
            bytes.push(0);
            bytes.extend(cid);
        }
    }
}

/// A head in its shortest form.
pub fn head(bytes: &mut Vec<u8>, major: u8, number: u64) {
    let major = major << 5;
    match number {
        0..24 => bytes.push(major | number as u8),
        24..0x100 => bytes.extend([major | 24, number as u8]),
        0x100..0x1_0000 => {
            bytes.push(major | 25);
            bytes.extend((number as u16).to_be_bytes());
        }
        0x1_0000..0x1_0000_0000 => {
            bytes.push(major | 26);
            bytes.extend((number as u32).to_be_bytes());
        }
        _ => {
            bytes.push(major | 27);
            bytes.extend(number.to_be_bytes());
        }
    }
}
