//! What was seen in a record, tool by tool?

use std::collections::BTreeMap;

use delegant::{Command, Fuel, Ipld, Limits, Policy, Truth, from_dag_json, policy};

use crate::record::{Decided, Entry};
use crate::suggest::choices::Choices;
use crate::suggest::error::SuggestError;
use crate::suggest::finding::{Finding, Shape};
use crate::suggest::learn::{Learner, Map};
use crate::suggest::render::render;
use crate::suggest::rule::Rule;

/// The calls of a record.
#[derive(Debug, Clone, Default)]
pub struct Survey {
    groups: BTreeMap<(String, String, Option<String>), Group>,
    passed_over: PassedOver,
}

#[derive(Debug, Clone, Default)]
struct Group {
    /// Different arguments, by how they are written, and how often they came.
    calls: BTreeMap<String, (Map, usize)>,
}

/// Entries that nothing is learnt from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PassedOver {
    /// They were refused.
    pub refused: usize,
    /// Their arguments were not recorded, or could not be read.
    pub without_arguments: usize,
    /// No command stands for them.
    pub without_command: usize,
}

/// The narrowest delegation for what was seen of one tool, or of one method.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// The method.
    pub method: String,
    /// The tool or prompt.
    pub name: Option<String>,
    /// The command to delegate.
    pub command: Command,
    /// The policy to delegate it with.
    pub policy: Policy,
    /// How many calls were seen.
    pub calls: usize,
    /// What of each argument was seen, and what was made of it.
    pub findings: Vec<Finding>,
}

impl Survey {
    /// Takes an entry into account.
    pub fn add(&mut self, entry: &Entry) {
        if entry.decided == Decided::Refused {
            self.passed_over.refused = self.passed_over.refused.saturating_add(1);
            return;
        }
        let Some(command) = &entry.command else {
            let count = self.passed_over.without_command;
            self.passed_over.without_command = count.saturating_add(1);
            return;
        };
        let text = entry.arguments.as_ref().map(ToString::to_string);
        let read = text.and_then(|text| match from_dag_json(&text).ok()? {
            Ipld::Map(map) => Some((text, map)),
            _ => None,
        });
        let Some((text, arguments)) = read else {
            let count = self.passed_over.without_arguments;
            self.passed_over.without_arguments = count.saturating_add(1);
            return;
        };
        // A resource is an argument like others; a tool and a prompt are what is delegated.
        let is_named = ["tools/call", "prompts/get"].contains(&entry.method.as_str());
        let name = entry.name.clone().filter(|_| is_named);
        let key = (entry.method.clone(), command.clone(), name);
        let calls = &mut self.groups.entry(key).or_default().calls;
        let seen = calls.entry(text).or_insert((arguments, 0));
        seen.1 = seen.1.saturating_add(1);
    }

    /// What was not taken into account.
    #[must_use]
    pub const fn passed_over(&self) -> PassedOver {
        self.passed_over
    }

    /// The narrowest delegation for each tool that was seen. Each was tried on every call.
    ///
    /// # Errors
    /// [`SuggestError`]
    pub fn suggest(&self, choices: &Choices) -> Result<Vec<Suggestion>, SuggestError> {
        let mut suggestions = Vec::new();
        for ((method, command, name), group) in &self.groups {
            let Ok(command) = command.parse::<Command>() else {
                continue;
            };
            suggestions.push(group.suggest(method, command, name.as_deref(), choices)?);
        }
        let known = |path: &str| {
            let mut findings = suggestions.iter().flat_map(|one| &one.findings);
            findings.any(|finding| finding.path == path)
        };
        match choices.at.keys().find(|path| !known(path)) {
            None => Ok(suggestions),
            Some(path) => Err(SuggestError::NoSuchPath {
                path: path.clone(),
                known: paths(&suggestions),
            }),
        }
    }
}

impl Group {
    fn suggest(
        &self,
        method: &str,
        command: Command,
        name: Option<&str>,
        choices: &Choices,
    ) -> Result<Suggestion, SuggestError> {
        let calls: Vec<&Map> = self
            .calls
            .values()
            .flat_map(|(map, count)| std::iter::repeat_n(map, *count))
            .collect();
        let mut learner = Learner::new(choices);
        let members = learner.members(&calls, ".", name.map(|_| "name"))?;
        let findings = learner.findings;
        let rule = Rule::Members {
            members,
            closed: false,
        };
        let last = command.as_str().rsplit('/').next();
        let said = name.filter(|name| Some(*name) != last);
        let is_it = said.map(|name| policy::equal(".name", name));
        let statements = is_it.into_iter().chain(render(&rule, "."));
        let policy = Policy::new(statements).map_err(|cause| SuggestError::TooLarge {
            command: command.clone(),
            largest: largest(&findings),
            cause: Box::new(cause),
        })?;
        let allows = |(arguments, _): &(Map, usize)| {
            let truth = policy.evaluate(arguments, &mut Fuel::new(&Limits::DEFAULT));
            truth.is_ok_and(|truth| truth == Truth::True)
        };
        if !self.calls.values().all(allows) {
            return Err(SuggestError::NotAllowed { command });
        }
        Ok(Suggestion {
            method: method.to_owned(),
            name: name.map(ToOwned::to_owned),
            command,
            policy,
            calls: calls.len(),
            findings,
        })
    }
}

/// The argument with the most values listed.
fn largest(findings: &[Finding]) -> Option<String> {
    let listed = |finding: &&Finding| match &finding.shape {
        Shape::OneOf { values, .. } => values.len(),
        _ => 0,
    };
    let largest = findings.iter().max_by_key(listed)?;
    Some(largest.path.clone())
}

fn paths(suggestions: &[Suggestion]) -> Vec<String> {
    let findings = suggestions.iter().flat_map(|one| &one.findings);
    let mut paths: Vec<_> = findings.map(|finding| finding.path.clone()).collect();
    paths.sort();
    paths.dedup();
    paths
}
