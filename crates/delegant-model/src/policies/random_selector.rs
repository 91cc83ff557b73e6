//! Random selectors, made for what they select from.

use crate::random::Random;
use crate::selector::Selector;
use crate::value::Value;

pub(super) const KEYS: [&str; 7] = ["a", "b", "c", "_x1", "a b", "é", ""];

/// A selector, and what it finds in the scope; sometimes broken.
pub(super) fn selector(random: &mut Random, scope: &Value) -> (Value, Option<Value>) {
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
