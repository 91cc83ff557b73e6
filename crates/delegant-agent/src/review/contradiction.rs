//! Which statements can never both be true? Only what is certain is claimed.

use std::collections::BTreeMap;

use delegant::{
    Comparison, Delegation, Fuel, Ipld, Limits, Number, Policy, Selector, Statement, Truth,
    Verified,
};

use crate::review::finding::Warning;

/// Pairs of statements that cannot both be true: within the draft, or one of it and one above.
pub(super) fn contradictions(draft: &Delegation, above: &[Verified<Delegation>]) -> Vec<Warning> {
    let own = conjuncts(draft.policy());
    let mut found = Vec::new();
    for (index, here) in own.iter().enumerate() {
        let others = own.iter().skip(index + 1).map(|other| (None, *other));
        let theirs = above.iter().flat_map(|link| {
            conjuncts(link.policy())
                .into_iter()
                .map(|other| (Some(link.cid()), other))
        });
        for (proof, there) in others.chain(theirs) {
            if contradict(here, there) {
                found.push(Warning::Contradiction {
                    here: Box::new((*here).clone()),
                    there: Box::new(there.clone()),
                    proof,
                });
            }
        }
    }
    found
}

/// Two statements, one of each policy, that cannot both be true.
pub(crate) fn never_together<'p>(
    one: &'p Policy,
    other: &'p Policy,
) -> Option<(&'p Statement, &'p Statement)> {
    let theirs = conjuncts(other);
    conjuncts(one).into_iter().find_map(|here| {
        let there = theirs.iter().find(|there| contradict(here, there))?;
        Some((here, *there))
    })
}

/// The statements that all must hold, with nested `and` taken apart.
fn conjuncts(policy: &Policy) -> Vec<&Statement> {
    let mut waiting: Vec<&Statement> = policy.statements().iter().rev().collect();
    let mut conjuncts = Vec::new();
    while let Some(statement) = waiting.pop() {
        match statement {
            Statement::And(list) => waiting.extend(list.iter().rev()),
            Statement::Or(list) if list.len() == 1 => waiting.extend(list),
            _ => conjuncts.push(statement),
        }
    }
    conjuncts
}

/// Can these two never both be true? Never says so of two that can.
fn contradict(one: &Statement, other: &Statement) -> bool {
    // The same selector finds the same value in both.
    let (Some(selector), Some(same)) = (about(one), about(other)) else {
        return false;
    };
    if selector != same {
        return false;
    }
    match (one, other) {
        (Statement::Equal(_, value), rule) | (rule, Statement::Equal(_, value)) => {
            fails_on(rule, &value.to_ipld())
        }
        (Statement::Compare(_, one, low), Statement::Compare(_, other, high))
            if is_lower_bound(*one) && !is_lower_bound(*other) =>
        {
            are_apart((*one, *low), (*other, *high), selector)
        }
        (Statement::Compare(_, one, high), Statement::Compare(_, other, low))
            if !is_lower_bound(*one) && is_lower_bound(*other) =>
        {
            are_apart((*other, *low), (*one, *high), selector)
        }
        (Statement::Like(_, one), Statement::Like(_, other)) => {
            let (one, other) = (beginning(one.as_str()), beginning(other.as_str()));
            !one.starts_with(&other) && !other.starts_with(&one)
        }
        (Statement::Not(denied), rule) | (rule, Statement::Not(denied)) => **denied == *rule,
        _ => matches!((kind(one), kind(other)), (Some(one), Some(other)) if one != other),
    }
}

/// The one selector that decides a statement.
fn about(statement: &Statement) -> Option<&Selector> {
    match statement {
        Statement::Not(inner) => about(inner),
        _ => statement.selector(),
    }
}

/// What must be found for the statement to be true.
fn kind(statement: &Statement) -> Option<&'static str> {
    match statement {
        Statement::Compare(..) => Some("a number"),
        Statement::Like(..) => Some("text"),
        Statement::All(..) | Statement::Any(..) => Some("a collection"),
        _ => None,
    }
}

const fn is_lower_bound(comparison: Comparison) -> bool {
    matches!(comparison, Comparison::Greater | Comparison::GreaterOrEqual)
}

/// Does no number lie above the one bound and below the other?
fn are_apart(low: (Comparison, Number), high: (Comparison, Number), selector: &Selector) -> bool {
    let both_included = low.0 == Comparison::GreaterOrEqual && high.0 == Comparison::LessOrEqual;
    let comparison = if both_included {
        Comparison::GreaterOrEqual
    } else {
        Comparison::Greater
    };
    let rule = Statement::Compare(selector.clone(), comparison, low.1);
    fails_on(&rule, &high.1.into())
}

/// Is the statement anything but true where its selector finds this value?
fn fails_on(statement: &Statement, value: &Ipld) -> bool {
    let judge = || {
        let rule = with_selector(statement, &".found".parse().ok()?)?;
        let arguments = BTreeMap::from([("found".to_owned(), value.clone())]);
        let policy = Policy::new([Ok(rule)]).ok()?;
        policy
            .evaluate(&arguments, &mut Fuel::new(&Limits::DEFAULT))
            .ok()
    };
    // What cannot be judged is not claimed.
    judge().is_some_and(|truth| truth != Truth::True)
}

fn with_selector(statement: &Statement, selector: &Selector) -> Option<Statement> {
    let selector = selector.clone();
    Some(match statement.clone() {
        Statement::Equal(_, value) => Statement::Equal(selector, value),
        Statement::NotEqual(_, value) => Statement::NotEqual(selector, value),
        Statement::Compare(_, comparison, bound) => Statement::Compare(selector, comparison, bound),
        Statement::Like(_, pattern) => Statement::Like(selector, pattern),
        Statement::All(_, inner) => Statement::All(selector, inner),
        Statement::Any(_, inner) => Statement::Any(selector, inner),
        Statement::Not(inner) => Statement::Not(Box::new(with_selector(&inner, &selector)?)),
        _ => return None,
    })
}

/// What every text that matches the pattern begins with.
fn beginning(pattern: &str) -> String {
    let mut beginning = String::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '*' => break,
            '\\' => beginning.extend(letters.next()),
            _ => beginning.push(letter),
        }
    }
    beginning
}
