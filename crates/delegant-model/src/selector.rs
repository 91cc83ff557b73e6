//! Which part of the arguments does a selector find? (rulings 19 and 21)

use crate::value::Value;

/// One step of a selector.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// `.name` or `["name"]`
    Field(String),
    /// `[]`
    Values,
    /// `[0]`
    Index(i64),
    /// `[1:2]`
    Slice(Option<i64>, Option<i64>),
}

/// A selector: steps, each with whether a `?` follows it.
#[derive(Clone, Debug)]
pub struct Selector(Vec<(Step, bool)>);

/// What a selector found.
#[derive(Clone, Debug)]
pub struct Found {
    pub value: Value,
    /// These are the values of a map with more than one entry, in no order that all readers share.
    pub unordered: bool,
}

impl Selector {
    /// Reads a selector; `None` where it is none.
    pub fn parse(source: &str) -> Option<Self> {
        // Ruling 17: a selector has 256 bytes.
        if source.len() > 256 {
            return None;
        }
        let mut rest = source.strip_prefix('.')?;
        let mut steps: Vec<(Step, bool)> = Vec::new();
        // The dot alone is the whole of the arguments.
        while !rest.is_empty() {
            let (step, behind) = if let Some(inside) = rest.strip_prefix('[') {
                bracket(inside)?
            } else if steps.is_empty() {
                // The first dot is the one the selector begins with.
                name(rest)?
            } else {
                name(rest.strip_prefix('.')?)?
            };
            // The values of a map have no order, so none of them has a place.
            let behind_values = matches!(steps.last(), Some((Step::Values, _)));
            if behind_values && matches!(step, Step::Index(_) | Step::Slice(..)) {
                return None;
            }
            // `???` is one `?`.
            rest = behind.trim_start_matches('?');
            steps.push((step, rest.len() < behind.len()));
        }
        // Ruling 17: and 32 steps.
        (steps.len() <= 32).then_some(Self(steps))
    }

    /// Left to right; the first step that fails ends it, unless it has a `?`.
    pub fn find(&self, arguments: &Value) -> Option<Found> {
        let mut found = Found {
            value: arguments.clone(),
            unordered: false,
        };
        for (step, optional) in &self.0 {
            found = match step.find(&found) {
                Some(found) => found,
                None if *optional => Found {
                    value: Value::Null,
                    unordered: false,
                },
                None => return None,
            };
        }
        Some(found)
    }
}

impl Step {
    fn find(&self, from: &Found) -> Option<Found> {
        let ordered = |value| Found {
            value,
            unordered: false,
        };
        match (self, &from.value) {
            (Self::Field(name), map @ Value::Map(_)) => map.entry(name).cloned().map(ordered),
            (Self::Values, Value::List(_)) => Some(from.clone()),
            (Self::Values, Value::Map(entries)) => Some(Found {
                value: Value::List(entries.iter().map(|(_, value)| value.clone()).collect()),
                unordered: entries.len() > 1,
            }),
            (Self::Index(index), Value::List(list)) => {
                list.get(place(*index, list.len())?).cloned().map(ordered)
            }
            (Self::Index(index), Value::Bytes(bytes)) => bytes
                .get(place(*index, bytes.len())?)
                .map(|byte| ordered(Value::Integer((*byte).into()))),
            (Self::Slice(from, to), Value::List(list)) => {
                let (from, to) = clamp(*from, *to, list.len());
                Some(ordered(Value::List(
                    list.get(from..to).unwrap_or_default().to_vec(),
                )))
            }
            (Self::Slice(from, to), Value::Bytes(bytes)) => {
                let (from, to) = clamp(*from, *to, bytes.len());
                Some(ordered(Value::Bytes(
                    bytes.get(from..to).unwrap_or_default().to_vec(),
                )))
            }
            _ => None,
        }
    }
}

/// As in Python: from the end where negative.
fn place(index: i64, length: usize) -> Option<usize> {
    let index = i128::from(index);
    let index = if index < 0 {
        index + length as i128
    } else {
        index
    };
    usize::try_from(index).ok()
}

/// As in Python: from the end where negative, and never beyond either end.
fn clamp(from: Option<i64>, to: Option<i64>, length: usize) -> (usize, usize) {
    let length = length as i128;
    let clamped = |bound: i64| {
        let bound = i128::from(bound);
        let bound = if bound < 0 { bound + length } else { bound };
        bound.clamp(0, length) as usize
    };
    (from.map_or(0, clamped), to.map_or(length as usize, clamped))
}

/// `[A-Za-z_][A-Za-z0-9_]*`
fn name(source: &str) -> Option<(Step, &str)> {
    let end = source
        .find(|character: char| !character.is_ascii_alphanumeric() && character != '_')
        .unwrap_or(source.len());
    let (name, behind) = source.split_at(end);
    let first = name.chars().next()?;
    (!first.is_ascii_digit()).then(|| (Step::Field(name.to_owned()), behind))
}

/// What stands between the brackets, and what is behind them.
fn bracket(inside: &str) -> Option<(Step, &str)> {
    // No backslash between the quotes, and so no quote.
    if let Some(quoted) = inside.strip_prefix('"') {
        let (name, behind) = quoted.split_once('"')?;
        let behind = behind.strip_prefix(']')?;
        return (!name.contains('\\')).then(|| (Step::Field(name.to_owned()), behind));
    }
    let (inside, behind) = inside.split_once(']')?;
    let step = match inside.split_once(':') {
        None if inside.is_empty() => Step::Values,
        None => Step::Index(index(inside)?),
        Some((from, to)) => Step::Slice(bound(from)?, bound(to)?),
    };
    Some((step, behind))
}

fn bound(source: &str) -> Option<Option<i64>> {
    if source.is_empty() {
        Some(None)
    } else {
        index(source).map(Some)
    }
}

/// An integer that would be written just so: no `+1`, `01` or `-0`.
fn index(source: &str) -> Option<i64> {
    let index: i64 = source.parse().ok()?;
    (index.to_string() == source).then_some(index)
}
