//! Random policies and arguments, made for each other.

use crate::policies::random_selector::{KEYS, selector};
use crate::random::Random;
use crate::value::Value;

const TEXTS: [&str; 12] = [
    "",
    "a",
    "b",
    "ab",
    "aab",
    "a*b",
    "*",
    "\\",
    "\\*",
    "é",
    "e\u{301}",
    "\u{1f600}",
];
const INTEGERS: [i128; 15] = [
    0,
    1,
    2,
    3,
    -1,
    -2,
    255,
    1 << 53,
    (1 << 53) + 1,
    -(1 << 53) - 1,
    i64::MAX as i128,
    i64::MIN as i128,
    i64::MAX as i128 + 1,
    u64::MAX as i128,
    -(1 << 64),
];
const FLOATS: [f64; 16] = [
    0.0,
    -0.0,
    1.0,
    2.0,
    -1.0,
    0.5,
    1.5,
    -1.5,
    9_007_199_254_740_992.0,
    -9_007_199_254_740_994.0,
    9_223_372_036_854_775_808.0,
    18_446_744_073_709_551_616.0,
    -18_446_744_073_709_551_616.0,
    1e300,
    -1e300,
    5e-324,
];

/// Arguments: mostly few, mostly shallow.
pub fn arguments(random: &mut Random) -> Value {
    let count = random.below(4);
    Value::map((0..count).map(|_| (random.of(&KEYS).to_string(), value(random, 2))))
}

/// Any value.
pub fn value(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth == 0 { 12 } else { 20 }) {
        0 => Value::Null,
        1 => Value::Bool(random.percent(50)),
        2..=4 => Value::Integer(integer(random)),
        5 => Value::Float(*random.of(&FLOATS)),
        6..=9 => Value::text(random.of::<&str>(&TEXTS)),
        10 => {
            let length = random.below(4);
            Value::Bytes(random.bytes(length))
        }
        11 => link(random),
        12..=15 => {
            let count = random.below(4);
            Value::List((0..count).map(|_| value(random, depth - 1)).collect())
        }
        _ => {
            let count = random.below(4);
            Value::map((0..count).map(|_| (random.of(&KEYS).to_string(), value(random, depth - 1))))
        }
    }
}

fn integer(random: &mut Random) -> i128 {
    if random.percent(70) {
        *random.of(&INTEGERS[..6])
    } else {
        *random.of(&INTEGERS)
    }
}

fn link(random: &mut Random) -> Value {
    let mut cid = vec![0x01, 0x71, 0x12, 0x20];
    cid.extend([random.below(2) as u8; 32]);
    Value::Link(cid)
}

/// A policy that often has to do with these arguments.
pub fn policy(random: &mut Random, arguments: &Value) -> Value {
    if random.below(500) == 0 {
        return at_a_limit(random);
    }
    let count = *random.of(&[0, 1, 1, 1, 1, 1, 1, 2, 2, 3]);
    let policy = Value::List(
        (0..count)
            .map(|_| statement(random, arguments, 3))
            .collect(),
    );
    if random.percent(2) {
        broken(random, policy)
    } else {
        policy
    }
}

fn statement(random: &mut Random, scope: &Value, depth: usize) -> Value {
    let operators: &[&str] = if depth == 0 {
        &["==", "!=", "<", "<=", ">", ">=", "like"]
    } else {
        &[
            "==", "==", "!=", "!=", "<", "<=", ">", ">=", "like", "like", "not", "and", "or",
            "all", "any",
        ]
    };
    let operator = *random.of(operators);
    let (path, found) = selector(random, scope);
    let operands = match operator {
        "==" | "!=" => vec![path, wanted(random, found)],
        "like" => vec![path, pattern(random, found)],
        "not" => vec![statement(random, scope, depth - 1)],
        "and" | "or" => {
            let count = random.below(4);
            vec![Value::List(
                (0..count)
                    .map(|_| statement(random, scope, depth - 1))
                    .collect(),
            )]
        }
        "all" | "any" => {
            let inside = match found {
                Some(Value::List(list)) if !list.is_empty() => random.of(&list).clone(),
                Some(Value::Map(map)) if !map.is_empty() => random.of(&map).1.clone(),
                _ => value(random, 1),
            };
            vec![path, statement(random, &inside, depth - 1)]
        }
        _ => vec![path, bound(random, found)],
    };
    let mut parts = vec![Value::text(operator)];
    parts.extend(operands);
    if random.below(200) == 0 {
        broken(random, Value::List(parts))
    } else {
        Value::List(parts)
    }
}

/// What was found, perhaps in another spelling of its numbers; or anything.
fn wanted(random: &mut Random, found: Option<Value>) -> Value {
    match found {
        Some(found) if random.percent(60) => respelled(random, found),
        _ => value(random, 1),
    }
}

fn respelled(random: &mut Random, value: Value) -> Value {
    match value {
        Value::Integer(integer) if random.percent(30) => Value::Float(integer as f64),
        Value::Float(float) if random.percent(30) && float.abs() < 1e19 => {
            Value::Integer(float as i128)
        }
        Value::List(list) => Value::List(
            list.into_iter()
                .map(|value| respelled(random, value))
                .collect(),
        ),
        Value::Map(map) => Value::Map(
            map.into_iter()
                .map(|(key, value)| (key, respelled(random, value)))
                .collect(),
        ),
        value => value,
    }
}

fn bound(random: &mut Random, found: Option<Value>) -> Value {
    match found {
        Some(Value::Integer(integer)) if random.percent(70) => match random.below(4) {
            0 => Value::Integer(integer),
            1 => Value::Float(integer as f64),
            2 => Value::Integer((integer + 1).min(u64::MAX.into())),
            _ => Value::Integer((integer - 1).max(-(1 << 64))),
        },
        Some(Value::Float(float)) if random.percent(70) => {
            Value::Float(*random.of(&[float, float.next_up(), float.next_down()]))
        }
        _ if random.percent(60) => Value::Integer(integer(random)),
        _ => Value::Float(*random.of(&FLOATS)),
    }
}

/// A pattern, often of what was found.
fn pattern(random: &mut Random, found: Option<Value>) -> Value {
    let mut pattern = String::new();
    match found {
        Some(Value::Text(text)) if random.percent(75) => {
            for character in text.chars() {
                match random.below(8) {
                    0 => pattern.push('*'),
                    1 => pattern.extend(['*', character]),
                    2 if "*\\".contains(character) => pattern.push(character),
                    _ if "*\\".contains(character) => pattern.extend(['\\', character]),
                    _ => pattern.push(character),
                }
            }
            pattern.push_str(random.of::<&str>(&["", "", "", "*", "a"]));
        }
        _ => {
            let strange = random.percent(5);
            for _ in 0..random.below(5) {
                pattern.push_str(random.of::<&str>(&[
                    "a",
                    "b",
                    "*",
                    "*",
                    "\\*",
                    "\\\\",
                    "é",
                    if strange { "\\a" } else { "ab" },
                ]));
            }
        }
    }
    Value::Text(pattern)
}

/// One part too many, too few, or of another kind.
fn broken(random: &mut Random, value: Value) -> Value {
    let Value::List(mut parts) = value else {
        return value;
    };
    match random.below(4) {
        0 => parts.push(self::value(random, 1)),
        1 => {
            parts.pop();
        }
        2 if !parts.is_empty() => {
            let place = random.below(parts.len());
            parts[place] = self::value(random, 1);
        }
        _ if parts.is_empty() => return self::value(random, 1),
        _ => {
            parts[0] =
                Value::text(random.of::<&str>(&["=", "<>", "AND", "=> ", "Not", "match", ""]))
        }
    }
    Value::List(parts)
}

/// Ruling 17: just within a limit, or just beyond.
fn at_a_limit(random: &mut Random) -> Value {
    let around = |random: &mut Random, limit: usize| limit - 1 + random.below(3);
    let present = Value::List(vec![Value::text("=="), Value::text(".zz?"), Value::Null]);
    let with = |operator: &str, path: String, operand| {
        Value::List(vec![Value::List(vec![
            Value::text(operator),
            Value::Text(path),
            operand,
        ])])
    };
    match random.below(7) {
        0 => {
            let count = around(random, 256);
            Value::List(vec![present; count])
        }
        1 => {
            let count = around(random, 256) - 1;
            Value::List(vec![Value::List(vec![
                Value::text("and"),
                Value::List(vec![present; count]),
            ])])
        }
        2 => {
            let depth = around(random, 32);
            let deep = (1..depth).fold(present, |inner, _| {
                Value::List(vec![Value::text("not"), inner])
            });
            Value::List(vec![deep])
        }
        3 => {
            let steps = around(random, 32);
            with("==", format!("{}?", ".z?".repeat(steps)), Value::Null)
        }
        4 => {
            let length = around(random, 256);
            with("==", format!(".{}?", "z".repeat(length - 2)), Value::Null)
        }
        5 => {
            let stars = around(random, 32);
            with("like", ".a".to_owned(), Value::Text("*a".repeat(stars)))
        }
        _ => {
            let length = around(random, 1024);
            with("like", ".a".to_owned(), Value::Text("a".repeat(length)))
        }
    }
}
