//! How is JSON read, so that everyone reads the same? No name twice, no number that rounds.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use delegant::Ipld;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use thiserror::Error;

/// Every reader has the integers from −2^53 to 2^53; beyond, some of them round.
const LARGEST: i64 = 1 << 53;

/// Reads a JSON text as a value of the data model.
///
/// # Errors
/// [`JsonError`] where it is none, or where readers could differ on it.
pub(crate) fn to_ipld(text: &str) -> Result<Ipld, JsonError> {
    let read: Strict = serde_json::from_str(text)?;
    Ok(read.0)
}

/// Why a text is not JSON, or not JSON that everyone reads the same.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct JsonError(#[from] serde_json::Error);

struct Strict(Ipld);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

impl<'de> DeserializeSeed<'de> for StrictVisitor {
    type Value = Ipld;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Ipld, D::Error> {
        deserializer.deserialize_any(self)
    }
}

#[derive(Clone, Copy)]
struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Ipld;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value of JSON")
    }

    fn visit_unit<E>(self) -> Result<Ipld, E> {
        Ok(Ipld::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Ipld, E> {
        Ok(Ipld::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Ipld, E> {
        if (-LARGEST..=LARGEST).contains(&value) {
            return Ok(Ipld::Integer(value.into()));
        }
        Err(E::custom(TOO_LARGE))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Ipld, E> {
        let value = i64::try_from(value).map_err(|_| E::custom(TOO_LARGE))?;
        self.visit_i64(value)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Ipld, E> {
        if value.fract() != 0.0 {
            return Ok(Ipld::Float(value));
        }
        #[expect(clippy::cast_precision_loss, reason = "2^53 is a float")]
        let largest = LARGEST as f64;
        if !(-largest..=largest).contains(&value) {
            return Err(E::custom(TOO_LARGE));
        }
        #[expect(clippy::cast_possible_truncation, reason = "integral, and within 2^53")]
        let integer = value as i64;
        self.visit_i64(integer)
    }

    fn visit_str<E>(self, text: &str) -> Result<Ipld, E> {
        Ok(Ipld::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Ipld, E> {
        Ok(Ipld::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Ipld, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element_seed(self)? {
            list.push(element);
        }
        Ok(Ipld::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Ipld, A::Error> {
        let (mut map, mut names) = (BTreeMap::new(), Names::default());
        while let Some(name) = members.next_key::<String>()? {
            names.add(&name)?;
            map.insert(name, members.next_value_seed(self)?);
        }
        Ok(Ipld::Map(map))
    }
}

const TOO_LARGE: &str =
    "an integer beyond 2^53, which not every reader of JSON has; send it as text";

/// The names in one object. Some readers of JSON take `Patient` for `patient`, and the last one for the one.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl Names {
    fn add<E: serde::de::Error>(&mut self, name: &str) -> Result<(), E> {
        if self.0.insert(folded(name)) {
            return Ok(());
        }
        Err(twice(name))
    }
}

fn twice<E: serde::de::Error>(name: &str) -> E {
    E::custom(format_args!(
        "the name {name:?} twice in one object, perhaps once in other letters"
    ))
}

/// A name without the difference of upper and lower case.
pub(crate) fn folded(name: &str) -> String {
    // In this order `ſ` is `s`, and the sign for kelvin is `k`.
    name.to_uppercase().to_lowercase()
}

/// The members of one object, each as it was written.
#[derive(Debug)]
pub(crate) struct Members<'a> {
    text: &'a str,
    list: Vec<(String, &'a RawValue)>,
}

impl<'a> Members<'a> {
    /// Reads an object; its members are only looked at for where they end.
    pub(crate) fn of(text: &'a str) -> Result<Self, JsonError> {
        let Listed(list) = serde_json::from_str(text)?;
        Ok(Self { text, list })
    }

    /// The text of this member.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        let member = self.list.iter().find(|(key, _)| key == name);
        member.map(|(_, value)| value.get())
    }

    /// Names and texts, as they stand.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.list
            .iter()
            .map(|(key, value)| (key.as_str(), value.get()))
    }

    /// The object with this member, in the place that it had or else at the end; everything else as it was.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        if let Some(old) = self.get(name) {
            let start = offset(self.text, old);
            return spliced(self.text, start, start.saturating_add(old.len()), value);
        }
        let key = serde_json::Value::from(name);
        let (place, comma) = match self.list.last() {
            Some(last) => (self.end_of(last), ","),
            None => (self.after_brace(), ""),
        };
        spliced(self.text, place, place, &format!("{comma}{key}:{value}"))
    }

    /// The object without this member; everything else as it was.
    pub(crate) fn without(&self, name: &str) -> String {
        let Some(place) = self.list.iter().position(|(key, _)| key == name) else {
            return self.text.to_owned();
        };
        let end = self.list.get(place).map_or(0, |member| self.end_of(member));
        let before = place
            .checked_sub(1)
            .and_then(|before| self.list.get(before));
        if let Some(before) = before {
            return spliced(self.text, self.end_of(before), end, "");
        }
        let rest = self.text.get(end..).unwrap_or_default();
        // The comma behind it, where something comes after that.
        let behind = rest.trim_start().strip_prefix(',').unwrap_or(rest);
        let end = self.text.len().saturating_sub(behind.len());
        spliced(self.text, self.after_brace(), end, "")
    }

    fn end_of(&self, (_, value): &(String, &'a RawValue)) -> usize {
        offset(self.text, value.get()).saturating_add(value.get().len())
    }

    fn after_brace(&self) -> usize {
        let brace = self.text.find('{').unwrap_or(0);
        brace.saturating_add(1)
    }

    /// Is there nothing but this member?
    pub(crate) fn is_only(&self, name: &str) -> bool {
        matches!(self.list.as_slice(), [(key, _)] if key == name)
    }
}

/// The object with a member deep in it, and with the objects on the way there.
///
/// # Errors
/// Something on the way is there, and no object; or a name is there in other letters.
pub(crate) fn with_deep(object: &str, path: &[&str], value: &str) -> Result<String, JsonError> {
    let [name, rest @ ..] = path else {
        return Ok(value.to_owned());
    };
    let members = Members::of(object)?;
    if members
        .iter()
        .any(|(there, _)| there != *name && folded(there) == folded(name))
    {
        return Err(JsonError(twice(name)));
    }
    let inner = match rest {
        [] => value.to_owned(),
        _ => with_deep(members.get(name).unwrap_or("{}"), rest, value)?,
    };
    Ok(members.with(name, &inner))
}

/// Where a part of a text begins in it.
fn offset(whole: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}

fn spliced(text: &str, start: usize, end: usize, insert: &str) -> String {
    let before = text.get(..start).unwrap_or_default();
    let after = text.get(end..).unwrap_or_default();
    [before, insert, after].concat()
}

struct Listed<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Listed<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ListedVisitor)
    }
}

struct ListedVisitor;

impl<'de> Visitor<'de> for ListedVisitor {
    type Value = Listed<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Listed<'de>, A::Error> {
        let mut list: Vec<(String, &'de RawValue)> = Vec::new();
        let mut names = Names::default();
        while let Some(name) = members.next_key::<String>()? {
            names.add(&name)?;
            if list.len() >= MOST_MEMBERS {
                return Err(A::Error::custom("more members than a message has"));
            }
            list.push((name, members.next_value()?));
        }
        Ok(Listed(list))
    }
}

/// Of a message, its `params`, its `_meta`: looked through one by one.
const MOST_MEMBERS: usize = 256;

#[cfg(test)]
mod tests;
