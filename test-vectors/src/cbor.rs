//! How is a value written, rightly or wrongly?
//!
//! A writer that spells what it is told, for tokens whose only fault is their encoding.

use serde_json::{Value as Json, json};

use crate::text;

/// A value of the data model, or bytes that pretend to be one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    /// The bytes of a CID, without the zero byte before them.
    Link(Vec<u8>),
    List(Vec<Value>),
    /// Written in canonical order, whatever the order here.
    Map(Vec<(String, Value)>),
    /// Written in this order, with keys of any kind.
    Pairs(Vec<(Value, Value)>),
    /// Written as they are.
    Raw(Vec<u8>),
}

use Value::{Bytes, Link, List, Map, Null, Pairs, Raw, Text};

impl Value {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.write(self, "");
        writer.bytes
    }

    /// Every head in the order of the bytes: where it is, and how many bytes its argument takes.
    pub(crate) fn heads(&self) -> Vec<(String, usize)> {
        let mut writer = Writer::default();
        writer.write(self, "");
        writer.heads
    }

    /// The encoding in which one head takes more bytes for its argument than it needs.
    pub(crate) fn encode_widened(&self, head: usize, width: usize) -> Vec<u8> {
        let mut writer = Writer {
            widen: Some((head, width)),
            ..Writer::default()
        };
        writer.write(self, "");
        writer.bytes
    }

    /// The DAG-JSON form.
    pub(crate) fn to_json(&self) -> Json {
        match self {
            Null => Json::Null,
            Self::Bool(value) => json!(value),
            Self::Integer(value) => match u64::try_from(*value) {
                Ok(value) => json!(value),
                Err(_) => json!(i64::try_from(*value).unwrap()),
            },
            Self::Float(value) => json!(value),
            Text(text) => json!(text),
            Bytes(bytes) => json!({"/": {"bytes": text::base64(bytes)}}),
            Link(cid) => json!({"/": text::cid(cid)}),
            List(list) => list.iter().map(Self::to_json).collect(),
            Map(map) => Json::Object(
                map.iter()
                    .map(|(key, value)| (key.clone(), value.to_json()))
                    .collect(),
            ),
            Pairs(_) | Raw(_) => panic!("no DAG-JSON for what is malformed"),
        }
    }

    /// Reads the DAG-JSON form.
    pub(crate) fn from_json(json: &Json) -> Self {
        match json {
            Json::Null => Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => match (number.as_i64(), number.as_u64()) {
                (Some(value), _) => Self::Integer(value.into()),
                (None, Some(value)) => Self::Integer(value.into()),
                (None, None) => Self::Float(number.as_f64().unwrap()),
            },
            Json::String(text) => Text(text.clone()),
            Json::Array(list) => List(list.iter().map(Self::from_json).collect()),
            Json::Object(map) => match map.get("/") {
                Some(Json::String(cid)) => Link(text::cid_bytes(cid)),
                Some(Json::Object(bytes)) => {
                    Bytes(text::unbase64(bytes["bytes"].as_str().unwrap()))
                }
                _ => Map(map
                    .iter()
                    .map(|(key, value)| (key.clone(), Self::from_json(value)))
                    .collect()),
            },
        }
    }

    /// Reads DAG-JSON text.
    pub(crate) fn parse(json: &str) -> Self {
        Self::from_json(&serde_json::from_str(json).unwrap())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Text(text)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value.into())
    }
}

/// A map of these entries.
pub(crate) fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Map(entries.map(|(key, value)| (key.to_owned(), value)).into())
}

/// Bytes that pretend to be a value.
pub(crate) fn raw(bytes: &[u8]) -> Value {
    Raw(bytes.to_vec())
}

/// The head of this major type with its argument in this many bytes (0 for inside the head).
pub(crate) fn head(major: u8, argument: u64, width: usize) -> Vec<u8> {
    let low = match width {
        0 => return vec![major << 5 | u8::try_from(argument).unwrap()],
        1 => 24,
        2 => 25,
        4 => 26,
        _ => 27,
    };
    let mut bytes = vec![major << 5 | low];
    bytes.extend_from_slice(&argument.to_be_bytes()[8 - width..]);
    bytes
}

/// The fewest bytes that an argument takes.
pub(crate) fn width(argument: u64) -> usize {
    match argument {
        0..24 => 0,
        24..0x100 => 1,
        0x100..0x1_0000 => 2,
        0x1_0000..0x1_0000_0000 => 4,
        _ => 8,
    }
}

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    heads: Vec<(String, usize)>,
    widen: Option<(usize, usize)>,
}

impl Writer {
    fn head(&mut self, major: u8, argument: u64, place: &str) {
        let width = match self.widen {
            Some((head, width)) if head == self.heads.len() => width,
            _ => width(argument),
        };
        self.heads.push((place.to_owned(), width));
        self.bytes.extend(head(major, argument, width));
    }

    fn write(&mut self, value: &Value, place: &str) {
        match value {
            Null => self.bytes.push(0xf6),
            Value::Bool(value) => self.bytes.push(0xf4 | u8::from(*value)),
            Value::Integer(value) => match u64::try_from(*value) {
                Ok(value) => self.head(0, value, place),
                Err(_) => self.head(1, u64::try_from(-1 - value).unwrap(), place),
            },
            Value::Float(value) => {
                self.bytes.push(0xfb);
                self.bytes.extend(value.to_be_bytes());
            }
            Bytes(bytes) => {
                self.head(2, bytes.len() as u64, place);
                self.bytes.extend(bytes);
            }
            Text(text) => {
                self.head(3, text.len() as u64, place);
                self.bytes.extend(text.as_bytes());
            }
            Link(cid) => {
                self.head(6, 42, &format!("{place} (the tag)"));
                self.head(2, cid.len() as u64 + 1, place);
                self.bytes.push(0);
                self.bytes.extend(cid);
            }
            List(list) => {
                self.head(4, list.len() as u64, place);
                for (index, value) in list.iter().enumerate() {
                    self.write(value, &format!("{place}[{index}]"));
                }
            }
            Map(map) => {
                self.head(5, map.len() as u64, place);
                let mut map: Vec<_> = map.iter().collect();
                map.sort_by_key(|(key, _)| (key.len(), key.as_bytes().to_vec()));
                for (key, value) in map {
                    let place = format!("{place}.{key}");
                    self.write(&key.as_str().into(), &format!("{place} (the key)"));
                    self.write(value, &place);
                }
            }
            Pairs(pairs) => {
                self.head(5, pairs.len() as u64, place);
                for (key, value) in pairs {
                    self.write(key, place);
                    self.write(value, place);
                }
            }
            Raw(bytes) => self.bytes.extend(bytes),
        }
    }
}
