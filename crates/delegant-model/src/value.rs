//! What can a token say? The data model, and when two values are the same.

use std::cmp::Ordering;

/// A value of the data model.
#[derive(Clone, Debug)]
pub enum Value {
    Null,
    Bool(bool),
    /// From −2^64 to 2^64−1, which is what CBOR's heads hold.
    Integer(i128),
    /// Finite.
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Value>),
    /// Keys in the order of DAG-CBOR: the shorter first, then by their bytes.
    Map(Vec<(String, Value)>),
    /// The bytes of a CID.
    Link(Vec<u8>),
}

impl Value {
    /// A map of these entries, sorted; the first of two equal keys counts.
    pub fn map(entries: impl IntoIterator<Item = (String, Self)>) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_by(|(one, _), (other, _)| key_order(one, other));
        entries.dedup_by(|(one, _), (other, _)| one == other);
        Self::Map(entries)
    }

    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// The entry of a map.
    pub fn entry(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(entries) => entries
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value),
            _ => None,
        }
    }
}

/// Ruling 4: the shorter key first, then bytewise.
pub fn key_order(one: &str, other: &str) -> Ordering {
    (one.len(), one.as_bytes()).cmp(&(other.len(), other.as_bytes()))
}

/// Deep equality; numbers by their value at any depth (ruling 20).
pub fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Text(one), Value::Text(other)) => one == other,
        (Value::Bytes(one), Value::Bytes(other)) | (Value::Link(one), Value::Link(other)) => {
            one == other
        }
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Map(one), Value::Map(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| one.0 == other.0 && equal(&one.1, &other.1))
        }
        _ => compare(one, other) == Some(Ordering::Equal),
    }
}

/// The order of two numbers, exactly (ruling 20); `None` where one is none.
pub fn compare(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::Integer(one), Value::Integer(other)) => Some(one.cmp(other)),
        (Value::Float(one), Value::Float(other)) => one.partial_cmp(other),
        (Value::Integer(one), Value::Float(other)) => Some(integer_with_float(*one, *other)),
        (Value::Float(one), Value::Integer(other)) => {
            Some(integer_with_float(*other, *one).reverse())
        }
        _ => None,
    }
}

/// No integer of ours reaches 2^65, so a float beyond that decides by its sign; the whole part of
/// any other float is an integer that `i128` holds exactly, and what is left of it lies in [0, 1).
fn integer_with_float(integer: i128, float: f64) -> Ordering {
    const BEYOND: f64 = 36_893_488_147_419_103_232.0; // 2^65
    if float >= BEYOND {
        return Ordering::Less;
    }
    if float <= -BEYOND {
        return Ordering::Greater;
    }
    let whole = float.floor() as i128;
    let above_whole = float > float.floor();
    match integer.cmp(&whole) {
        Ordering::Equal if above_whole => Ordering::Less,
        order => order,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_their_exact_value() {
        let at = |integer: i128, float: f64| {
            compare(&Value::Integer(integer), &Value::Float(float)).unwrap()
        };
        assert_eq!(at(1, 1.0), Ordering::Equal);
        assert_eq!(at(0, -0.0), Ordering::Equal);
        assert_eq!(at((1 << 53) + 1, (1_u64 << 53) as f64), Ordering::Greater);
        assert_eq!(at(-1, -1.5), Ordering::Greater);
        assert_eq!(at(-2, -1.5), Ordering::Less);
        assert_eq!(
            at(u64::MAX.into(), 18_446_744_073_709_551_616.0),
            Ordering::Less
        );
        assert_eq!(at(0, f64::MAX), Ordering::Less);
        assert_eq!(at(0, 5e-324), Ordering::Less);
        assert_eq!(compare(&Value::Null, &Value::Integer(0)), None);
    }

    #[test]
    fn a_list_of_an_integer_equals_a_list_of_the_same_float() {
        assert!(equal(
            &Value::List(vec![Value::Integer(1)]),
            &Value::List(vec![Value::Float(1.0)])
        ));
        assert!(!equal(&Value::Integer(1), &Value::Bool(true)));
    }
}
