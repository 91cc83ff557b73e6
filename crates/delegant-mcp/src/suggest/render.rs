//! How is a rule written down as statements?

use delegant::{Ipld, PolicyError, Selector, Statement, policy};

use crate::suggest::rule::{Member, Rule};

/// Statements that must all hold; none where anything will do.
type Statements = Vec<Result<Statement, PolicyError>>;

/// What lies at this name, below what this selector finds; none where no selector leads there.
pub(super) fn below(selector: &str, name: &str) -> Option<String> {
    let is_plain = name
        .bytes()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
        && name.starts_with(|first: char| !first.is_ascii_digit());
    let below = match (selector, is_plain) {
        (".", true) => format!(".{name}"),
        (_, true) => format!("{selector}.{name}"),
        (_, false) => format!("{selector}[\"{name}\"]"),
    };
    let is_one = !name.contains(['"', '\\']) && format!("{below}?").parse::<Selector>().is_ok();
    is_one.then_some(below)
}

/// A rule about what this selector finds.
pub(super) fn render(rule: &Rule, selector: &str) -> Statements {
    written(rule, selector, true)
}

/// `closes` where maps are closed as well: not in copies for what is closed already.
fn written(rule: &Rule, selector: &str, closes: bool) -> Statements {
    match rule {
        Rule::Anything => Vec::new(),
        Rule::OneOf(_) | Rule::Either(_) => vec![one_of(alternatives(rule, selector, closes))],
        Rule::Prefix { prefix, without } => {
            let begins = policy::like(selector, &format!("{}*", escaped(prefix)));
            let lacks = without
                .iter()
                .map(|text| policy::not(policy::like(selector, &format!("*{}*", escaped(text)))));
            [begins].into_iter().chain(lacks).collect()
        }
        Rule::Range { from, to } => vec![
            policy::at_least(selector, from.clone()),
            policy::at_most(selector, to.clone()),
        ],
        Rule::Members { members, closed } => {
            let mut statements: Statements = members
                .iter()
                .flat_map(|member| of_member(member, selector, closes))
                .collect();
            if *closed && closes {
                statements.push(policy::all(selector, one_of(values_of(members))));
            }
            statements
        }
        Rule::Elements { each, may_be_empty } => {
            // Only lists have slices: `all` would take a map as well.
            let is_a_list = if *may_be_empty {
                policy::equal(&sliced(selector, "[0:0]"), Vec::<Ipld>::new())
            } else {
                policy::not_equal(&sliced(selector, "[0:1]"), Vec::<Ipld>::new())
            };
            let each = written(each, ".", closes);
            let elements = (!each.is_empty()).then(|| policy::all(selector, all_of(each)));
            [is_a_list].into_iter().chain(elements).collect()
        }
    }
}

fn of_member(member: &Member, above: &str, closes: bool) -> Statements {
    let Some(selector) = below(above, &member.name) else {
        return Vec::new();
    };
    let statements = written(&member.rule, &selector, closes);
    if !member.optional || statements.is_empty() {
        return statements;
    }
    let mut either = vec![policy::equal(&format!("{selector}?"), Ipld::Null)];
    either.extend(alternatives(&member.rule, &selector, closes));
    vec![one_of(either)]
}

/// Statements of which one must hold.
fn alternatives(rule: &Rule, selector: &str, closes: bool) -> Statements {
    match rule {
        Rule::OneOf(values) => values
            .iter()
            .map(|value| policy::equal(selector, value.clone()))
            .collect(),
        Rule::Either(rules) => rules
            .iter()
            .flat_map(|rule| alternatives(rule, selector, closes))
            .collect(),
        rule => vec![all_of(written(rule, selector, closes))],
    }
}

/// What any member of the map may be, whatever its name.
fn values_of(members: &[Member]) -> Statements {
    let mut values: Statements = Vec::new();
    for member in members {
        let null = member.null.then(|| policy::equal(".", Ipld::Null));
        for value in alternatives(&member.rule, ".", false)
            .into_iter()
            .chain(null)
        {
            let is_new = |other: &Result<Statement, _>| !matches!((other, &value), (Ok(one), Ok(other)) if one == other);
            if values.iter().all(is_new) {
                values.push(value);
            }
        }
    }
    values
}

fn one_of(mut statements: Statements) -> Result<Statement, PolicyError> {
    match (statements.len(), statements.pop()) {
        (1, Some(only)) => only,
        (_, last) => policy::or(statements.into_iter().chain(last)),
    }
}

fn all_of(mut statements: Statements) -> Result<Statement, PolicyError> {
    match (statements.len(), statements.pop()) {
        (1, Some(only)) => only,
        (_, last) => policy::and(statements.into_iter().chain(last)),
    }
}

fn sliced(selector: &str, slice: &str) -> String {
    format!("{selector}{slice}")
}

/// As a pattern that matches nothing else.
fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('*', r"\*")
}
