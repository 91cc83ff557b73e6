//! Why does a policy not allow these arguments? For the person who must mend the call.

use std::collections::BTreeMap;
use std::fmt;

use ipld_core::ipld::Ipld;

use crate::capability::evaluate::{Failing, Found, Truth, first_failing};
use crate::capability::fuel::Fuel;
use crate::capability::selector::Selector;
use crate::capability::statement::Statement;
use crate::capability::step::{Step, To};
use crate::wire::dag_json;

/// The statement that kept a policy from being true, and what it met in the arguments.
///
/// It holds values from the arguments: show it to whoever sent them, and keep it out of logs.
#[derive(Clone, PartialEq)]
pub struct Explanation {
    place: Vec<usize>,
    elements: Vec<usize>,
    statement: Statement,
    truth: Truth,
    found: Option<Ipld>,
    absent: Option<Absent>,
}

#[derive(Clone, PartialEq)]
struct Absent {
    /// The selector that would make absence null, where one would.
    optional: Option<String>,
}

impl Explanation {
    pub(crate) fn of(failing: Failing<'_>, arguments: &BTreeMap<String, Ipld>) -> Self {
        let search = Search {
            fuel: Fuel::of(STEPS),
            place: Vec::new(),
            elements: Vec::new(),
        };
        search
            .descend(&[], failing, Found::Map(arguments))
            .unwrap_or_else(|| Self {
                place: vec![failing.index],
                elements: Vec::new(),
                statement: failing.statement.clone(),
                truth: failing.truth,
                found: None,
                absent: None,
            })
    }

    /// Where the statement stands: indices into the wire form of the policy, such as `[2][1]`.
    #[must_use]
    pub fn place(&self) -> String {
        self.place
            .iter()
            .map(|index| format!("[{index}]"))
            .collect()
    }

    /// The elements at which `all` failed, from the outermost quantifier inwards, from 0.
    #[must_use]
    pub fn elements(&self) -> &[usize] {
        &self.elements
    }

    /// The innermost statement that failed; a whole one of the policy where that is too large.
    #[must_use]
    pub const fn statement(&self) -> &Statement {
        &self.statement
    }

    /// False, or undefined.
    #[must_use]
    pub const fn truth(&self) -> Truth {
        self.truth
    }

    /// What its selector found; `None` where it found nothing, there is no selector, or the policy is too
    /// large to be looked through again.
    #[must_use]
    pub const fn found(&self) -> Option<&Ipld> {
        self.found.as_ref()
    }

    /// The selector to write if absence was meant to be null, such as `.role?`.
    #[must_use]
    pub fn optional_selector(&self) -> Option<&str> {
        self.absent.as_ref()?.optional.as_deref()
    }
}

// A `Denial` in a log carries this along: no value of the arguments or of the policy may.
impl fmt::Debug for Explanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Explanation({} is {})", self.place(), self.truth)
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "statement {} {} is {}",
            self.place(),
            self.statement,
            self.truth
        )?;
        for index in &self.elements {
            write!(formatter, " at element {index}")?;
        }
        match (self.statement.selector(), &self.found) {
            (Some(selector), Some(found)) => {
                write!(formatter, ": `{selector}` found {}", dag_json::Shown(found))?;
            }
            (Some(selector), None) if self.absent.is_some() => {
                write!(formatter, ": `{selector}` found nothing")?;
            }
            _ => {}
        }
        if let Some(optional) = self.optional_selector() {
            write!(
                formatter,
                "; send the argument, or have the policy say `{}` if it may be absent",
                optional.escape_debug()
            )?;
        }
        Ok(())
    }
}

/// How far we look for the reason: a refusal must not cost much more than the judgement did.
const STEPS: usize = 20_000;

struct Search {
    fuel: Fuel,
    place: Vec<usize>,
    elements: Vec<usize>,
}

impl Search {
    /// Follows a failing statement to the innermost one that makes it fail; `None` where the fuel is spent.
    /// `list` is where in the one around it the list begins that it stands in.
    fn descend(
        mut self,
        list: &[usize],
        failing: Failing<'_>,
        about: Found<'_>,
    ) -> Option<Explanation> {
        let Failing {
            index,
            statement,
            truth,
        } = failing;
        self.place.extend(list);
        self.place.push(index);
        let inside = |index, statement| Failing {
            index,
            statement,
            truth,
        };
        match statement {
            Statement::And(statements) => {
                let failing = first_failing(statements, about, &mut self.fuel).ok()??;
                self.descend(&[1], failing, about)
            }
            Statement::Or(statements) if statements.len() == 1 => {
                self.descend(&[1], inside(0, statements.first()?), about)
            }
            // What is negated is true, or says nothing; only in the second case is it at fault.
            Statement::Not(inner) if truth == Truth::Undefined => {
                self.descend(&[], inside(1, inner), about)
            }
            Statement::All(selector, each) => {
                if let Ok(found) = about.select(selector, &mut self.fuel).ok()?
                    && let Some(elements) = found.elements()
                {
                    for (element, about) in elements.enumerate() {
                        if each.judge(about, &mut self.fuel).ok()? == truth {
                            self.elements.push(element);
                            return self.descend(&[], inside(2, each), about);
                        }
                    }
                }
                self.stop(statement, truth, about)
            }
            _ => self.stop(statement, truth, about),
        }
    }

    fn stop(
        mut self,
        statement: &Statement,
        truth: Truth,
        about: Found<'_>,
    ) -> Option<Explanation> {
        let mut explanation = Explanation {
            place: self.place,
            elements: self.elements,
            statement: statement.clone(),
            truth,
            found: None,
            absent: None,
        };
        // `not` has no selector of its own: what its statement found is what is at fault.
        let selector = match statement {
            Statement::Not(inner) => inner.selector(),
            _ => statement.selector(),
        };
        if let Some(selector) = selector {
            match about.select(selector, &mut self.fuel).ok()? {
                Ok(found) => explanation.found = Some(found.into()),
                Err(step) => {
                    explanation.absent = Some(Absent {
                        optional: optional(selector.steps().last(), step, selector.as_str()),
                    });
                }
            }
        }
        Some(explanation)
    }
}

/// `?` helps only behind the last step, and not where a type is wrong.
fn optional(last: Option<Step<'_>>, missing: Step<'_>, selector: &str) -> Option<String> {
    let helps = last == Some(missing) && matches!(missing.to, To::Field(_) | To::Index(_));
    let optional = helps.then(|| format!("{selector}?"));
    // It may be one byte more than a selector has.
    optional.filter(|optional| optional.parse::<Selector>().is_ok())
}
