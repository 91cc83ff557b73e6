//! Mutates what an input says, and not only how it is spelled: a flipped bit in CBOR is mostly no CBOR
//! any more, and nothing behind the door would ever be tried.

use delegant_model::cbor;
use delegant_model::random::Random;
use delegant_model::reading::Reading;
use delegant_model::value::Value;
use libfuzzer_sys::fuzzer_mutate;

/// The mutator of targets whose input is CBOR: one time in eight, and where it is none, the bytes;
/// otherwise the values.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut random = Random::new(seed.into(), 0);
    let value = data
        .get(..size)
        .and_then(|bytes| cbor::read(bytes, &Reading::RULED).ok());
    let Some(mut value) = value.filter(|_| !random.percent(12)) else {
        return fuzzer_mutate(data, size, max_size);
    };
    for _ in 0..=random.below(3) {
        let donor = value.clone();
        edit(&mut value, &donor, &mut random);
    }
    write(&value, data, max_size).unwrap_or_else(|| fuzzer_mutate(data, size, max_size))
}

/// One value, with a part of another in it.
pub fn cross_over(one: &[u8], other: &[u8], out: &mut [u8], seed: u32) -> usize {
    let read = |bytes| cbor::read(bytes, &Reading::RULED).ok();
    let (Some(mut value), Some(donor)) = (read(one), read(other)) else {
        return 0;
    };
    let mut random = Random::new(seed.into(), 1);
    let part = part(&donor, &mut random).clone();
    *place(&mut value, &mut random) = part;
    let longest = out.len();
    write(&value, out, longest).unwrap_or(0)
}

fn write(value: &Value, out: &mut [u8], longest: usize) -> Option<usize> {
    let bytes = cbor::write(value);
    if bytes.len() > longest {
        return None;
    }
    out.get_mut(..bytes.len())?.copy_from_slice(&bytes);
    Some(bytes.len())
}

/// One small change somewhere.
fn edit(value: &mut Value, donor: &Value, random: &mut Random) {
    let place = place(value, random);
    match random.below(10) {
        0 => *place = atom(random),
        1 => *place = part(donor, random).clone(),
        2 => {
            let inner = std::mem::replace(place, Value::Null);
            *place = if random.percent(70) {
                Value::List(vec![inner])
            } else {
                Value::map([(text(donor, random), inner)])
            };
        }
        _ => alter(place, donor, random),
    }
}

fn alter(place: &mut Value, donor: &Value, random: &mut Random) {
    match place {
        Value::Null | Value::Bool(_) => *place = atom(random),
        Value::Integer(integer) => {
            *integer = match random.below(6) {
                0 => -*integer,
                1 => 1 << random.below(65),
                2 => *integer ^ (1 << random.below(64)),
                3 => *integer - 1,
                _ => *integer + 1,
            }
            .clamp(-(1 << 64), (1 << 64) - 1);
        }
        Value::Float(float) => {
            let other = f64::from_bits(float.to_bits() ^ (1 << random.below(64)));
            if other.is_finite() && other != 0.0 {
                *float = other;
            }
        }
        Value::Text(letters) => {
            *letters = match random.below(3) {
                0 => text(donor, random),
                _ => String::from_utf8_lossy(&altered(letters.as_bytes())).into_owned(),
            }
        }
        Value::Bytes(bytes) => *bytes = altered(bytes),
        Value::Link(cid) => {
            if let Some(last) = cid.last_mut() {
                *last = random.below(8) as u8;
            }
        }
        Value::List(list) if list.is_empty() => list.push(part(donor, random).clone()),
        Value::List(list) => {
            let (one, other) = (random.below(list.len()), random.below(list.len()));
            match random.below(4) {
                0 => drop(list.remove(one)),
                1 => list.swap(one, other),
                2 => list.insert(one, list[other].clone()),
                _ => list.insert(one, part(donor, random).clone()),
            }
        }
        Value::Map(entries) => {
            let mut entries = std::mem::take(entries);
            if !entries.is_empty() && random.percent(60) {
                let one = random.below(entries.len());
                if random.percent(50) {
                    entries.remove(one);
                } else {
                    entries[one].0 = text(donor, random);
                }
            } else {
                entries.push((text(donor, random), part(donor, random).clone()));
            }
            *place = Value::map(entries);
        }
    }
}

/// Bytes as libFuzzer's own mutations leave them.
fn altered(bytes: &[u8]) -> Vec<u8> {
    let mut buffer = bytes.to_vec();
    buffer.resize(bytes.len() + 16, 0);
    let longest = buffer.len();
    let size = fuzzer_mutate(&mut buffer, bytes.len(), longest);
    buffer.truncate(size);
    buffer
}

fn atom(random: &mut Random) -> Value {
    const TEXTS: [&str; 14] = [
        "", "a", "*", "\\*", ".", ".a", ".a?", ".[0]", ".[]", "==", "not", "any", "all", "/",
    ];
    match random.below(8) {
        0 => Value::Null,
        1 => Value::Bool(random.percent(50)),
        2 => Value::Integer(random.below(3) as i128 - 1),
        3 => Value::Float(*random.of(&[1.0, -0.5, 1e300, 5e-324, 9_007_199_254_740_993.0])),
        4 => Value::Bytes(random.bytes(2)),
        5 => Value::List(Vec::new()),
        6 => Value::Map(Vec::new()),
        _ => Value::text(random.of::<&str>(&TEXTS)),
    }
}

/// A text that stands somewhere in a value, as a key or by itself.
fn text(donor: &Value, random: &mut Random) -> String {
    for _ in 0..8 {
        match part(donor, random) {
            Value::Text(text) => return text.clone(),
            Value::Map(entries) if !entries.is_empty() => return random.of(entries).0.clone(),
            _ => {}
        }
    }
    "a".to_owned()
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::List(list) => list.iter().map(count).sum(),
        Value::Map(entries) => entries.iter().map(|(_, value)| count(value)).sum(),
        _ => 0,
    }
}

/// Any value in this one.
fn part<'v>(value: &'v Value, random: &mut Random) -> &'v Value {
    let mut left = random.below(count(value));
    let mut here = value;
    'down: while left > 0 {
        left -= 1;
        let inner: Vec<&Value> = match here {
            Value::List(list) => list.iter().collect(),
            Value::Map(entries) => entries.iter().map(|(_, value)| value).collect(),
            _ => break,
        };
        for value in inner {
            let size = count(value);
            if left < size {
                here = value;
                continue 'down;
            }
            left -= size;
        }
        break;
    }
    here
}

/// The place of any value in this one.
fn place<'v>(value: &'v mut Value, random: &mut Random) -> &'v mut Value {
    let nth = random.below(count(value));
    find(value, nth)
}

fn find(here: &mut Value, nth: usize) -> &mut Value {
    if nth == 0 {
        return here;
    }
    let mut left = nth - 1;
    let sizes: Vec<usize> = match here {
        Value::List(list) => list.iter().map(count).collect(),
        Value::Map(entries) => entries.iter().map(|(_, value)| count(value)).collect(),
        _ => return here,
    };
    let mut index = 0;
    for size in &sizes {
        if left < *size {
            break;
        }
        left -= size;
        index += 1;
    }
    match here {
        Value::List(list) => find(&mut list[index], left),
        Value::Map(entries) => find(&mut entries[index].1, left),
        other => other,
    }
}
