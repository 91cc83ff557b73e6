//! What do the values that were seen at one place have in common?

use std::collections::{BTreeMap, BTreeSet};

use delegant::{Ipld, to_dag_json};

use crate::suggest::choices::{Choice, Choices};
use crate::suggest::error::SuggestError;
use crate::suggest::finding::Finding;
use crate::suggest::render::below;
use crate::suggest::rule::{Member, Rule};

/// A map of arguments, or a part of one.
pub(super) type Map = BTreeMap<String, Ipld>;

/// Learns rules, and writes down what they rest on.
pub(super) struct Learner<'c> {
    choices: &'c Choices,
    pub(super) findings: Vec<Finding>,
}

/// What the server gives out and the client sends back. It is new each time, so a policy has nothing to
/// say of it.
const STATE: &str = ".requestState";

impl<'c> Learner<'c> {
    pub(super) const fn new(choices: &'c Choices) -> Self {
        Self {
            choices,
            findings: Vec::new(),
        }
    }

    /// The members of maps, each by itself, all but this one.
    pub(super) fn members(
        &mut self,
        maps: &[&Map],
        path: &str,
        but: Option<&str>,
    ) -> Result<Vec<Member>, SuggestError> {
        let names: BTreeSet<&String> = maps.iter().flat_map(|map| map.keys()).collect();
        let mut members = Vec::new();
        for name in names {
            if but == Some(name.as_str()) {
                continue;
            }
            let mut values: Vec<&Ipld> = maps.iter().filter_map(|map| map.get(name)).collect();
            let seen = values.len();
            let optional = seen < maps.len();
            if optional {
                values.retain(|value| **value != Ipld::Null);
            }
            let absent = maps.len().saturating_sub(values.len());
            let rule = match below(path, name) {
                Some(place) => self.rule(&values, &place, absent)?,
                // No statement can name it, which is told.
                None => self.told(
                    Rule::Anything,
                    &format!("{path}[{name:?}]"),
                    &values,
                    absent,
                ),
            };
            members.push(Member {
                name: name.clone(),
                rule,
                optional,
                null: values.len() < seen,
            });
        }
        Ok(members)
    }

    /// The rule for these values. What is told of it comes before what is told of its parts.
    fn rule(&mut self, values: &[&Ipld], path: &str, absent: usize) -> Result<Rule, SuggestError> {
        let different = distinct(values);
        let place = self.findings.len();
        let rule = match self.choices.at(path) {
            Some(choice) => chosen(choice, &different, path)?,
            None if path == STATE => Rule::Anything,
            None => self.learnt(values, &different, path)?,
        };
        let rule = self.told(rule, path, values, absent);
        if let Some(of_parts) = self.findings.get_mut(place..) {
            of_parts.rotate_right(1);
        }
        Ok(rule)
    }

    fn told(&mut self, rule: Rule, path: &str, values: &[&Ipld], absent: usize) -> Rule {
        // What somebody has chosen needs no second look.
        let is_chosen = self.choices.at(path).is_some();
        let most = if is_chosen {
            usize::MAX
        } else {
            self.choices.most
        };
        self.findings.push(Finding {
            path: path.to_owned(),
            shape: rule.shape(most),
            seen: values.len(),
            different: distinct(values).len(),
            absent,
        });
        rule
    }

    fn learnt(
        &mut self,
        values: &[&Ipld],
        different: &[&Ipld],
        path: &str,
    ) -> Result<Rule, SuggestError> {
        let has_choices = self.choices.is_below(path);
        if different.len() <= 1 && !has_choices {
            return Ok(listed(different));
        }
        let maps: Vec<&Map> = values.iter().filter_map(|value| map(value)).collect();
        if maps.len() == values.len() && all_have_selectors(&maps, path) {
            let members = self.members(&maps, path, None)?;
            let is_open = members.iter().any(|member| member.rule.is_open());
            let closed = !self.choices.open && !is_open && !members.is_empty();
            return Ok(Rule::Members { members, closed });
        }
        let lists: Vec<&Vec<Ipld>> = values.iter().filter_map(|value| list(value)).collect();
        if lists.len() == values.len() {
            let elements: Vec<&Ipld> = lists.iter().copied().flatten().collect();
            if !elements.is_empty() {
                let each = Box::new(self.rule(&elements, &format!("{path}[]"), 0)?);
                let may_be_empty = lists.iter().any(|list| list.is_empty());
                return Ok(Rule::Elements { each, may_be_empty });
            }
        }
        if different.len() <= self.choices.most {
            return Ok(listed(different));
        }
        if let Some(rule) = shared_prefix(different).or_else(|| range(different)) {
            return Ok(rule);
        }
        let kinds = by_kind(different);
        if kinds.len() == 1 {
            return Ok(listed(different));
        }
        let rules = kinds.values().map(|values| self.kind(values));
        Ok(Rule::Either(rules.collect()))
    }

    /// The values of one kind among several. Maps and lists are compared as a whole: a part of them has no
    /// path of its own that would not also be one of the others.
    fn kind(&self, different: &[&Ipld]) -> Rule {
        if different.len() <= self.choices.most {
            return listed(different);
        }
        shared_prefix(different)
            .or_else(|| range(different))
            .unwrap_or_else(|| listed(different))
    }
}

fn chosen(choice: &Choice, different: &[&Ipld], path: &str) -> Result<Rule, SuggestError> {
    let path = || path.to_owned();
    match choice {
        Choice::Anything => Ok(Rule::Anything),
        Choice::Exactly => Ok(listed(different)),
        Choice::Range => range(different).ok_or_else(|| SuggestError::NoRange { path: path() }),
        Choice::Prefix(asked) => {
            let none = || SuggestError::NoPrefix {
                path: path(),
                asked: asked.clone(),
            };
            let texts = texts(different).ok_or_else(none)?;
            let shared = common(&texts);
            match asked {
                None if shared.is_empty() => Err(none()),
                None => Ok(prefix(shared, &texts)),
                Some(asked) if shared.starts_with(asked.as_str()) => Ok(prefix(asked, &texts)),
                Some(_) => Err(none()),
            }
        }
    }
}

fn listed(different: &[&Ipld]) -> Rule {
    Rule::OneOf(different.iter().map(|value| (*value).clone()).collect())
}

/// The values without those that are there already, in the order of how they are written.
fn distinct<'a>(values: &[&'a Ipld]) -> Vec<&'a Ipld> {
    let written = values.iter().map(|value| {
        let text = to_dag_json(value).unwrap_or_default();
        ((text.len(), text), *value)
    });
    written.collect::<BTreeMap<_, _>>().into_values().collect()
}

fn by_kind<'a>(values: &[&'a Ipld]) -> BTreeMap<&'static str, Vec<&'a Ipld>> {
    let mut kinds: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for value in values {
        let kind = match value {
            Ipld::Integer(_) | Ipld::Float(_) => "number",
            Ipld::String(_) => "text",
            Ipld::Map(_) => "map",
            Ipld::List(_) => "list",
            _ => "other",
        };
        kinds.entry(kind).or_default().push(*value);
    }
    kinds
}

fn map(value: &Ipld) -> Option<&Map> {
    match value {
        Ipld::Map(map) => Some(map),
        _ => None,
    }
}

fn list(value: &Ipld) -> Option<&Vec<Ipld>> {
    match value {
        Ipld::List(list) => Some(list),
        _ => None,
    }
}

fn all_have_selectors(maps: &[&Map], path: &str) -> bool {
    let mut names = maps.iter().flat_map(|map| map.keys());
    names.all(|name| below(path, name).is_some())
}

fn texts<'a>(values: &[&'a Ipld]) -> Option<Vec<&'a str>> {
    let text = |value: &&'a Ipld| match value {
        Ipld::String(text) => Some(text.as_str()),
        _ => None,
    };
    values.iter().map(text).collect()
}

/// What at least three texts begin with, where it says something.
fn shared_prefix(different: &[&Ipld]) -> Option<Rule> {
    let texts = texts(different)?;
    let shared = common(&texts);
    let says_something = different.len() >= 3 && shared.chars().count() >= 3;
    // `https://exam` would let every host pass that begins so.
    let is_whole_host = match shared.split_once("://") {
        Some((_, rest)) => rest.contains('/'),
        None => !texts.iter().any(|text| text.contains("://")),
    };
    (says_something && is_whole_host).then(|| prefix(shared, &texts))
}

fn prefix(prefix: &str, texts: &[&str]) -> Rule {
    let candidates: &[&str] = if prefix.contains("://") {
        &["..", "%"]
    } else if prefix.contains(['/', '\\']) {
        &[".."]
    } else {
        &[]
    };
    // A path that begins right can still lead out again.
    let absent = candidates
        .iter()
        .filter(|candidate| !texts.iter().any(|text| text.contains(**candidate)));
    Rule::Prefix {
        prefix: prefix.to_owned(),
        without: absent.map(|text| (*text).to_owned()).collect(),
    }
}

/// No pattern is longer, stars and escapes included.
const LONGEST_PREFIX: usize = 400;

fn common<'a>(texts: &[&'a str]) -> &'a str {
    let Some((first, others)) = texts.split_first() else {
        return "";
    };
    let shared = others.iter().fold(first.len(), |shared, other| {
        let same = first.bytes().zip(other.bytes());
        same.take_while(|(one, other)| one == other)
            .count()
            .min(shared)
    });
    let mut end = shared.min(LONGEST_PREFIX);
    while !first.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    first.get(..end).unwrap_or_default()
}

fn range(different: &[&Ipld]) -> Option<Rule> {
    let numbers: Option<Vec<(f64, &Ipld)>> = different
        .iter()
        .map(|value| match value {
            #[expect(
                clippy::cast_precision_loss,
                reason = "arguments have none beyond 2^53"
            )]
            Ipld::Integer(number) => Some((*number as f64, *value)),
            Ipld::Float(number) => Some((*number, *value)),
            _ => None,
        })
        .collect();
    let numbers = numbers?;
    let least = numbers
        .iter()
        .min_by(|one, other| one.0.total_cmp(&other.0))?;
    let greatest = numbers
        .iter()
        .max_by(|one, other| one.0.total_cmp(&other.0))?;
    Some(Rule::Range {
        from: least.1.clone(),
        to: greatest.1.clone(),
    })
}
