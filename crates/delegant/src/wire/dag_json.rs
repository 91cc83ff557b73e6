//! How do people read it? DAG-JSON, for eyes and logs, never the wire.

use std::fmt;

use ipld_core::ipld::Ipld;
use serde::ser;
use thiserror::Error;

use crate::wire::dag_cbor::check_depth;
use crate::wire::limits::LimitExceeded;

/// Why a text is not DAG-JSON, or a value has no DAG-JSON form.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DagJsonError {
    /// The text is not DAG-JSON.
    #[error("not DAG-JSON: {0}")]
    Syntax(#[source] serde_ipld_dagjson::DecodeError),
    /// An integer that would be read as a float, rounded.
    #[error("an integer beyond 64 bits")]
    Integer,
    /// The value holds NaN, an infinity or an integer beyond 64 bits.
    #[error("no DAG-JSON form: {0}")]
    Value(#[source] serde_ipld_dagjson::EncodeError),
    /// DAG-JSON keeps the key `/` for links and bytes: such a map would be read as one of them.
    #[error("no DAG-JSON form: a map has the key `/`")]
    ReservedKey,
    /// It nests too deep.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
}

/// Writes a value as DAG-JSON on one line, keys sorted.
///
/// # Errors
/// NaN, infinities, integers beyond 64 bits, maps with the key `/` and nesting past 64 levels have no
/// DAG-JSON form.
pub fn to_dag_json(value: &Ipld) -> Result<String, DagJsonError> {
    check_depth(value, 0)?;
    if has_reserved_key(value) {
        return Err(DagJsonError::ReservedKey);
    }
    let bytes = serde_ipld_dagjson::to_vec(value).map_err(DagJsonError::Value)?;
    // JSON is always UTF-8; a library that wrote anything else would have written no JSON.
    String::from_utf8(bytes).map_err(|error| DagJsonError::Value(ser::Error::custom(error)))
}

fn has_reserved_key(value: &Ipld) -> bool {
    match value {
        Ipld::List(list) => list.iter().any(has_reserved_key),
        Ipld::Map(map) => map.contains_key("/") || map.values().any(has_reserved_key),
        _ => false,
    }
}

/// A value as DAG-JSON, or words that say it has none: showing never fails.
pub(crate) struct Shown<'a>(pub(crate) &'a Ipld);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match to_dag_json(self.0) {
            Ok(json) => formatter.write_str(&json),
            Err(error) => write!(formatter, "({error})"),
        }
    }
}

/// Reads a DAG-JSON text.
///
/// # Errors
/// Text that is not DAG-JSON, or nests deeper than 128 levels; integers below −2^63 or from 2^64 on.
pub fn from_dag_json(text: &str) -> Result<Ipld, DagJsonError> {
    if has_integer_beyond_64_bits(text) {
        return Err(DagJsonError::Integer);
    }
    serde_ipld_dagjson::from_slice(text.as_bytes()).map_err(DagJsonError::Syntax)
}

/// The library would take them for floats.
fn has_integer_beyond_64_bits(mut json: &str) -> bool {
    while let Some((between, text)) = json.split_once('"') {
        if has_wide_number(between) {
            return true;
        }
        json = behind_text(text);
    }
    has_wide_number(json)
}

/// What stands behind the quote that ends this text.
fn behind_text(json: &str) -> &str {
    let mut escaped = false;
    let quote = json.find(|letter| {
        let ends = letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        ends
    });
    quote
        .and_then(|quote| json.get(quote..)?.strip_prefix('"'))
        .unwrap_or_default()
}

fn has_wide_number(json: &str) -> bool {
    let in_a_number = |letter: char| letter.is_ascii_digit() || "+-.eE".contains(letter);
    json.split(|letter| !in_a_number(letter)).any(|number| {
        let digits = number.strip_prefix('-').unwrap_or(number);
        !digits.is_empty()
            && digits.bytes().all(|digit| digit.is_ascii_digit())
            && number.parse::<i64>().is_err()
            && number.parse::<u64>().is_err()
    })
}
