//! What is the least that two readings differ on?

use std::cell::Cell;

use crate::value::Value;

/// Questions that shrinking may ask: enough for any case but the largest.
const QUESTIONS: usize = 20_000;

/// Takes the first smaller case that still differs, until there is none.
pub fn shrink<T>(
    mut case: T,
    next: impl Fn(&T, &dyn Fn(&T) -> bool) -> Option<T>,
    differs: impl Fn(&T) -> bool,
) -> T {
    let asked = Cell::new(0);
    let ask = |case: &T| {
        asked.set(asked.get() + 1);
        asked.get() <= QUESTIONS && differs(case)
    };
    while let Some(smaller) = next(&case, &ask) {
        case = smaller;
    }
    case
}

/// Values a little smaller than this one. Each is less by some measure, so that shrinking ends:
/// fewer values, fewer characters, or a plainer value.
pub fn values(value: &Value) -> Vec<Value> {
    let mut smaller = Vec::new();
    match value {
        Value::Null => {}
        Value::Bool(_) => smaller.push(Value::Null),
        Value::Integer(0) => smaller.push(Value::Null),
        Value::Integer(integer) => smaller.extend([Value::Integer(0), Value::Integer(integer / 2)]),
        Value::Float(_) => smaller.push(Value::Null),
        Value::Text(text) => {
            smaller.push(Value::Null);
            smaller.extend(texts(text).into_iter().map(Value::Text));
        }
        Value::Bytes(bytes) => {
            smaller.push(Value::Null);
            for place in 0..bytes.len() {
                let mut fewer = bytes.clone();
                fewer.remove(place);
                smaller.push(Value::Bytes(fewer));
            }
        }
        Value::Link(_) => smaller.push(Value::Null),
        Value::List(list) => {
            smaller.push(Value::Null);
            smaller.extend(list.iter().cloned());
            for place in 0..list.len() {
                let mut fewer = list.clone();
                fewer.remove(place);
                smaller.push(Value::List(fewer));
            }
            for (place, element) in list.iter().enumerate() {
                for element in values(element) {
                    let mut plainer = list.clone();
                    plainer[place] = element;
                    smaller.push(Value::List(plainer));
                }
            }
        }
        Value::Map(map) => {
            smaller.push(Value::Null);
            smaller.extend(map.iter().map(|(_, value)| value.clone()));
            for place in 0..map.len() {
                let mut fewer = map.clone();
                fewer.remove(place);
                smaller.push(Value::Map(fewer));
            }
            for (place, (key, value)) in map.iter().enumerate() {
                for value in values(value) {
                    let mut plainer = map.clone();
                    plainer[place] = (key.clone(), value);
                    smaller.push(Value::Map(plainer));
                }
            }
        }
    }
    smaller
}

/// The text without one of its characters.
fn texts(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    (0..characters.len())
        .map(|gone| {
            characters
                .iter()
                .enumerate()
                .filter(|(place, _)| *place != gone)
                .map(|(_, character)| character)
                .collect()
        })
        .collect()
}
