//! Random policies and arguments, made for each other.

use crate::random::Random;
use crate::selector::Selector;
use crate::value::Value;

const KEYS: [&str; 7] = ["a", "b", "c", "_x1", "a b", "é", ""];
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

/// A selector, and what it finds in the scope; sometimes broken.
fn selector(random: &mut Random, scope: &Value) -> (Value, Option<Value>) {
    let mut path = ".".to_owned();
    let mut found = Some(scope.clone());
    let steps = *random.of(&[0, 1, 1, 1, 1, 1, 2, 2, 3]);
    for place in 0..steps {
        // An index behind `[]` is refused: that is rare here, and exhaustive elsewhere.
        let behind_values = path.trim_end_matches('?').ends_with("[]");
        let step = match &found {
            _ if behind_values && random.percent(95) => "[]".to_owned(),
            Some(Value::Map(map)) if !map.is_empty() && random.percent(75) => {
                let name = random.of(map).0.clone();
                field(random, &name, place == 0)
            }
            Some(Value::Map(_)) if random.percent(50) => "[]".to_owned(),
            Some(Value::List(list)) if random.percent(85) => match random.below(4) {
                0 => slice(random),
                1 => "[]".to_owned(),
                _ => format!(
                    "[{}]",
                    random.below(list.len() + 1) as i64 - random.below(2) as i64
                ),
            },
            Some(Value::Bytes(_)) if random.percent(85) => {
                if random.percent(50) {
                    slice(random)
                } else {
                    format!("[{}]", place_in(random))
                }
            }
            _ => match random.below(5) {
                0 => "[]".to_owned(),
                1 => format!("[{}]", place_in(random)),
                2 => slice(random),
                _ => {
                    let name = *random.of(&KEYS);
                    field(random, name, place == 0)
                }
            },
        };
        path.push_str(&step);
        path.push_str(random.of::<&str>(&["", "", "", "", "", "?", "?", "??"]));
        found = Selector::parse(&path)
            .and_then(|selector| selector.find(scope))
            .map(|found| found.value);
    }
    if random.below(100) == 0 {
        path = broken_text(random, &path);
        found = Selector::parse(&path)
            .and_then(|selector| selector.find(scope))
            .map(|found| found.value);
    }
    (Value::Text(path), found)
}

fn field(random: &mut Random, name: &str, first: bool) -> String {
    let plain = ["a", "b", "c", "_x1"].contains(&name);
    match (plain && random.percent(80), first) {
        (true, true) => name.to_owned(),
        (true, false) => format!(".{name}"),
        (false, _) => format!("[\"{name}\"]"),
    }
}

fn place_in(random: &mut Random) -> String {
    const PLACES: [&str; 14] = [
        "0",
        "1",
        "2",
        "3",
        "-1",
        "-2",
        "-3",
        "-4",
        "9007199254740992",
        "-9007199254740992",
        "9223372036854775807",
        "-9223372036854775808",
        "4294967296",
        "-4294967296",
    ];
    let few = if random.percent(90) { 8 } else { PLACES.len() };
    random.of(&PLACES[..few]).to_string()
}

fn slice(random: &mut Random) -> String {
    let from = if random.percent(30) {
        String::new()
    } else {
        place_in(random)
    };
    let to = if random.percent(30) {
        String::new()
    } else {
        place_in(random)
    };
    format!("[{from}:{to}]")
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

fn broken_text(random: &mut Random, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let odd = *random.of(&[
        '.', '[', ']', '"', '?', ':', '0', '-', '+', '1', 'a', '\\', ' ', '*', '\'', 'é',
    ]);
    let place = random.below(characters.len() + 1);
    match random.below(3) {
        0 if place < characters.len() => characters[place] = odd,
        1 if place < characters.len() => {
            characters.remove(place);
        }
        _ => characters.insert(place, odd),
    }
    characters.into_iter().collect()
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
