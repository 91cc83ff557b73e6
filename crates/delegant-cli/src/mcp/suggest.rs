//! `delegant mcp suggest`: from what was seen to the narrowest delegations.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder};
use std::path::{Path, PathBuf};

use clap::Args;
use delegant::Did;
use delegant_mcp::record::read;
use delegant_mcp::suggest::{
    Choice, Choices, Finding, PassedOver, Shape, SuggestError, Suggestion, Survey,
};
use serde_json::{Value, json};

use crate::failure::{Answer, Done, Failure};
use crate::mcp::why::unreadable;
use crate::output::{Line, Output, Tint, harmless_json};
use crate::show::{Tree, ipld_json};

const EXAMPLES: &str = "Examples:
  # what a week in shadow mode would have needed
  delegant mcp suggest record.jsonl

  # notes may say anything, and patients are all those of one ward
  delegant mcp suggest record.jsonl --any .arguments.note \\
    --prefix .arguments.patient=w3-

  # the policies as files, and commands that use them
  delegant mcp suggest record.jsonl --out policies --key server.pem \\
    --to \"$(delegant key show agent.pem)\"";

/// Say which delegations would have allowed what a record holds, and no more
///
/// Each tool gets a command and a policy. What is said of an argument, and what that rests on, is shown;
/// any of it can be chosen otherwise by the path that is shown. Look at the values: what an attacker did
/// in shadow mode is among them.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The record of a guard; may be repeated
    #[arg(value_name = "RECORD", required = true)]
    records: Vec<PathBuf>,

    /// Only this tool; may be repeated
    #[arg(long, value_name = "NAME")]
    tool: Vec<String>,

    /// List up to so many values of one argument
    #[arg(long, value_name = "N", default_value_t = 8)]
    most: usize,

    /// This argument may be anything; may be repeated, as may the next three
    #[arg(long, value_name = "PATH")]
    any: Vec<String>,

    /// This argument is one of those seen, however many they are
    #[arg(long, value_name = "PATH")]
    exactly: Vec<String>,

    /// This argument begins with what all of them begin with, or with TEXT
    #[arg(long, value_name = "PATH[=TEXT]")]
    prefix: Vec<String>,

    /// This argument lies between the least and the greatest seen
    #[arg(long, value_name = "PATH")]
    range: Vec<String>,

    /// Let arguments of other names have any value
    #[arg(long)]
    open: bool,

    /// Write each policy into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Key file of who delegates, for the commands that are shown
    #[arg(long, value_name = "FILE", default_value = "SERVER.pem")]
    key: String,

    /// Who receives it, for the commands that are shown [default: who called, where that is one]
    #[arg(long, value_name = "DID")]
    to: Option<Did>,

    /// When it ends, for the commands that are shown
    #[arg(long, value_name = "TIME", default_value = "8h")]
    expires: String,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    let seen = arguments.look(output)?;
    let choices = arguments.choices()?;
    let suggestions = seen.survey.suggest(&choices).map_err(failure)?;
    let lines = arguments.lines(&suggestions, &seen.invokers)?;
    let over = seen.survey.passed_over();
    if output.is_json() {
        let suggested: Vec<_> = suggestions
            .iter()
            .zip(&lines)
            .map(|(suggestion, line)| to_json(suggestion, line))
            .collect();
        let damaged: Vec<_> = seen.damaged.iter().map(ToString::to_string).collect();
        output.json(&json!({
            "suggestions": suggested,
            "passedOver": {
                "refused": over.refused,
                "withoutArguments": over.without_arguments,
                "withoutCommand": over.without_command,
                "damaged": damaged,
            },
        }))?;
    } else {
        for (suggestion, line) in suggestions.iter().zip(&lines) {
            output.say_all(tree(suggestion).lines())?;
            line.lines().try_for_each(|line| output.say(line))?;
            output.say("")?;
        }
        warn(&suggestions, over, output)?;
    }
    Ok(if suggestions.is_empty() {
        Answer::No
    } else {
        Answer::Yes
    })
}

/// What was read.
struct Seen {
    survey: Survey,
    invokers: BTreeSet<String>,
    damaged: Vec<String>,
}

impl Arguments {
    fn look(&self, output: Output) -> Result<Seen, Failure> {
        let mut seen = Seen {
            survey: Survey::default(),
            invokers: BTreeSet::new(),
            damaged: Vec::new(),
        };
        for path in &self.records {
            let mut entries = read(path).map_err(unreadable)?;
            for entry in &mut entries {
                match entry {
                    Ok(entry) => {
                        let is_asked = |name: &String| self.tool.contains(name);
                        if self.tool.is_empty() || entry.name.as_ref().is_some_and(is_asked) {
                            seen.survey.add(&entry);
                            seen.invokers.extend(entry.invoker);
                        }
                    }
                    Err(error) => {
                        output.warn(&error)?;
                        seen.damaged.push(error.to_string());
                    }
                }
            }
            if let Some(line) = entries.cut_short() {
                let name = path.display();
                output.warn(format_args!(
                    "`{name}`, line {line}: cut short, and passed over"
                ))?;
            }
        }
        Ok(seen)
    }

    fn choices(&self) -> Result<Choices, Failure> {
        let mut choices = Choices::default();
        choices.most = self.most;
        choices.open = self.open;
        let simple = [
            (&self.any, Choice::Anything),
            (&self.exactly, Choice::Exactly),
            (&self.range, Choice::Range),
        ];
        let simple = simple.into_iter().flat_map(|(paths, choice)| {
            paths.iter().map(move |path| (path.clone(), choice.clone()))
        });
        let prefixes = self.prefix.iter().map(|text| match text.split_once('=') {
            Some((path, prefix)) => (path.to_owned(), Choice::Prefix(Some(prefix.to_owned()))),
            None => (text.clone(), Choice::Prefix(None)),
        });
        for (path, choice) in simple.chain(prefixes) {
            if choices.at.insert(path.clone(), choice).is_some() {
                return Err(Failure::usage(format_args!("`{path}` is chosen twice")));
            }
        }
        Ok(choices)
    }

    /// The commands to paste, and the policies as files where that is asked for.
    fn lines(
        &self,
        suggestions: &[Suggestion],
        invokers: &BTreeSet<String>,
    ) -> Result<Vec<String>, Failure> {
        let only = invokers.first().filter(|_| invokers.len() == 1);
        let to = self.to.as_ref().map(ToString::to_string);
        let to = to.or_else(|| only.cloned());
        let to = to.unwrap_or_else(|| "AGENT-DID".to_owned());
        let mut names = BTreeSet::new();
        let mut lines = Vec::new();
        for suggestion in suggestions {
            let name = file_name(suggestion, &mut names);
            let policy = harmless_json(&suggestion.policy.to_string());
            let policy = match &self.out {
                None => policy,
                Some(folder) => {
                    let path = folder.join(format!("{name}.policy.json"));
                    write(folder, &path, &policy)?;
                    format!("@{}", path.display())
                }
            };
            lines.push(format!(
                "delegant delegate --key {} --to {} \\\n  --command {} \\\n  --policy {} \\\n  --expires {} -o {}",
                quoted(&self.key),
                quoted(&to),
                quoted(suggestion.command.as_str()),
                quoted(&policy),
                quoted(&self.expires),
                quoted(&format!("{name}.ucan")),
            ));
        }
        Ok(lines)
    }
}

fn failure(cause: SuggestError) -> Failure {
    match cause {
        SuggestError::TooLarge { .. } => Failure::refused("TooLarge", cause),
        SuggestError::NotAllowed { .. } => Failure::unreadable("NotAllowed", cause),
        _ => Failure::usage(cause),
    }
}

/// A name that every file system takes, and that no other suggestion has.
fn file_name(suggestion: &Suggestion, taken: &mut BTreeSet<String>) -> String {
    let text = suggestion.name.as_ref().unwrap_or(&suggestion.method);
    let plain = |letter: char| {
        if letter.is_ascii_alphanumeric() || "-_".contains(letter) {
            letter
        } else {
            '-'
        }
    };
    let plain: String = text.chars().map(plain).take(60).collect();
    let mut name = plain.clone();
    // Some file systems take upper case for lower case.
    for number in 2.. {
        if taken.insert(name.to_lowercase()) {
            break;
        }
        name = format!("{plain}-{number}");
    }
    name
}

fn write(folder: &Path, path: &Path, policy: &str) -> Result<(), Failure> {
    let failed = |cause| Failure::usage(format_args!("cannot write `{}`: {cause}", path.display()));
    let mut builder = DirBuilder::new();
    builder.recursive(true).create(folder).map_err(failed)?;
    fs::write(path, format!("{policy}\n")).map_err(failed)
}

/// As a shell reads it back.
pub(crate) fn quoted(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:@%+=,".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn tree(suggestion: &Suggestion) -> Tree {
    let calls = counted(suggestion.calls, "call");
    let what = match &suggestion.name {
        Some(name) => format!("{} {name}", suggestion.method),
        None => suggestion.method.clone(),
    };
    let line = Line::tinted(Tint::Strong, &suggestion.command).faint(format!("  {what}, {calls}"));
    let width = suggestion
        .findings
        .iter()
        .map(|finding| finding.path.chars().count());
    let width = width.max().unwrap_or(0);
    Tree::new(line).with_all(suggestion.findings.iter().map(|finding| of(finding, width)))
}

fn of(finding: &Finding, width: usize) -> Line {
    let tint = match finding.shape {
        Shape::OneOf { many: true, .. } | Shape::Anything | Shape::Members { closed: false } => {
            Tint::Warning
        }
        _ => Tint::Plain,
    };
    let mut evidence = format!("  seen {}", finding.seen);
    if finding.different != finding.seen {
        evidence.push_str(&format!(", {} different", finding.different));
    }
    if finding.absent > 0 {
        evidence.push_str(&format!(", {} without", finding.absent));
    }
    Line::default()
        .name(format!("{:<width$}  ", finding.path))
        .push(tint, &finding.shape)
        .faint(evidence)
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

fn warn(suggestions: &[Suggestion], over: PassedOver, output: Output) -> Result<(), Failure> {
    for finding in suggestions.iter().flat_map(|one| &one.findings) {
        if let Shape::OneOf { many: true, values } = &finding.shape {
            output.warn(format_args!(
                "`{0}` has {1} values that share nothing: choose with `--any`, `--prefix` or `--range`, or keep them with `--exactly {0}`",
                finding.path,
                values.len()
            ))?;
        }
    }
    if over.refused > 0 {
        output.note(format_args!(
            "{} not counted: refused",
            counted(over.refused, "request")
        ))?;
    }
    if over.without_arguments > 0 {
        output.warn(format_args!(
            "{} not counted: the arguments are not in the record",
            counted(over.without_arguments, "request")
        ))?;
        output.hint("the guard records them in shadow mode, or with `record_arguments = true`")?;
    }
    if over.without_command > 0 {
        output.note(format_args!(
            "{} not counted: no command stands for it",
            counted(over.without_command, "request")
        ))?;
    }
    if suggestions.is_empty() {
        output.note("nothing was seen that a delegation could be made of")?;
    }
    Ok(())
}

fn to_json(suggestion: &Suggestion, line: &str) -> Value {
    let findings = suggestion.findings.iter().map(|finding| {
        json!({
            "path": finding.path,
            "shape": shape_json(&finding.shape),
            "seen": finding.seen,
            "different": finding.different,
            "absent": finding.absent,
        })
    });
    json!({
        "method": suggestion.method,
        "name": suggestion.name,
        "command": suggestion.command.as_str(),
        "policy": ipld_json(&suggestion.policy.to_ipld()),
        "calls": suggestion.calls,
        "findings": findings.collect::<Vec<_>>(),
        "delegate": line,
    })
}

fn shape_json(shape: &Shape) -> Value {
    match shape {
        Shape::OneOf { values, many } => {
            let values: Vec<_> = values.iter().map(ipld_json).collect();
            json!({ "oneOf": values, "many": many })
        }
        Shape::Prefix { prefix, without } => json!({ "prefix": prefix, "without": without }),
        Shape::Range { from, to } => json!({ "from": ipld_json(from), "to": ipld_json(to) }),
        Shape::Members { closed } => json!({ "members": { "closed": closed } }),
        Shape::Elements { may_be_empty } => json!({ "elements": { "mayBeEmpty": may_be_empty } }),
        Shape::Kinds(kinds) => json!({ "kinds": kinds.iter().map(shape_json).collect::<Vec<_>>() }),
        _ => json!("anything"),
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn what_is_quoted_is_one_word_of_a_shell() {
        assert_eq!(quoted("/mcp/tools/call"), "/mcp/tools/call");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("$(rm *)"), "'$(rm *)'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("~/x"), "'~/x'");
    }
}
