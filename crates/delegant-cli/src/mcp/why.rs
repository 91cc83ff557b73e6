//! `delegant mcp why`: the reasons of one decision, as they were recorded.

use std::path::PathBuf;

use clap::Args;
use delegant::Timestamp;
use delegant_mcp::record::{Decided, Entry, RecordError, read};
use serde_json::Value;

use crate::failure::{Answer, Done, Failure};
use crate::output::{Line, Output, Tint};
use crate::show::{Tree, field};

/// Explain a recorded decision: who asked, on whose behalf, what was found, and what to do
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  delegant mcp why 9f86d081884c7d65 --record record.jsonl
  delegant mcp why 9f86 --record record.jsonl --json")]
pub(crate) struct Arguments {
    /// Names the decision; its first letters do where no other begins so
    #[arg(value_name = "ID")]
    id: String,

    /// The record of a guard; may be repeated
    #[arg(long, value_name = "FILE", required = true)]
    record: Vec<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    let entry = find(arguments, output)?;
    if output.is_json() {
        let mut value = serde_json::to_value(&entry).map_err(Failure::malformed)?;
        if let Some(value) = value.as_object_mut() {
            value.insert("todo".to_owned(), todo(&entry).into());
        }
        output.json(&value)?;
    } else {
        output.say_all(lines(&entry))?;
    }
    Ok(Answer::Yes)
}

fn find(arguments: &Arguments, output: Output) -> Result<Entry, Failure> {
    if arguments.id.is_empty() {
        return Err(Failure::usage("an empty name is no decision's"));
    }
    let mut found: Vec<Entry> = Vec::new();
    for path in &arguments.record {
        for entry in read(path).map_err(unreadable)? {
            match entry {
                Ok(entry) if entry.id.starts_with(&arguments.id) => found.push(entry),
                Ok(_) => {}
                Err(error) => output.warn(&error)?,
            }
        }
    }
    let id = &arguments.id;
    match (found.pop(), found.len()) {
        (None, _) => Err(Failure::refused(
            "NotFound",
            format_args!("no decision in the record is named `{id}`"),
        )),
        (Some(entry), 0) => Ok(entry),
        (Some(last), _) => {
            found.push(last);
            let names = found.iter().take(8).map(|entry| entry.id.clone());
            Err(Failure::usage(format_args!(
                "several decisions have a name that begins with `{id}`"
            ))
            .hints(names))
        }
    }
}

/// A record that cannot be read.
pub(crate) fn unreadable(cause: RecordError) -> Failure {
    Failure::malformed(cause)
}

fn lines(entry: &Entry) -> Vec<Line> {
    let mut lines = vec![verdict(entry)];
    let mut say = |name: &str, value: String| lines.push(field(name, value));
    say("when", when(entry.time));
    say(
        "request",
        match &entry.name {
            Some(name) => format!("{} {name}", entry.method),
            None => entry.method.clone(),
        },
    );
    if let Some(command) = &entry.command {
        say("command", command.clone());
    }
    if let Some(arguments) = &entry.arguments {
        say("arguments", arguments.to_string());
    }
    say("server", entry.server.clone());
    let unknown = || "not known".to_owned();
    say("asked by", entry.invoker.clone().unwrap_or_else(unknown));
    say("on behalf", entry.subject.clone().unwrap_or_else(unknown));
    if !entry.chain.is_empty() {
        let links = entry.chain.iter().rev();
        let links = links.fold(None, |below: Option<Tree>, link| {
            let tree = Tree::new(given(&link.principal, &link.token));
            Some(below.into_iter().fold(tree, Tree::with))
        });
        let root = Line::default().name(entry.subject.as_deref().unwrap_or("the subject"));
        lines.push(Line::default().faint("chain"));
        lines.extend(links.into_iter().fold(Tree::new(root), Tree::with).lines());
    }
    if let Some(refusal) = &entry.refusal {
        lines.extend(reasons(refusal));
    }
    lines.extend(todo(entry).into_iter().map(|step| field("to do", step)));
    lines
}

fn given(principal: &str, token: &str) -> Line {
    Line::default()
        .name(principal)
        .faint(format!("  by {token}"))
}

fn verdict(entry: &Entry) -> Line {
    let title = entry
        .refusal
        .as_ref()
        .and_then(|refusal| text(refusal, "title"));
    let reason = title.map_or_else(String::new, |title| format!(": {title}"));
    let code = &entry.code;
    match entry.decided {
        Decided::Allowed => Line::tinted(Tint::Good, "allowed"),
        Decided::LetThrough => Line::tinted(Tint::Warning, "let through")
            .plain(format!(", and would be refused ({code}){reason}")),
        _ => Line::tinted(Tint::Bad, "refused").plain(format!(" ({code}){reason}")),
    }
}

fn when(time: u64) -> String {
    let time = i64::try_from(time).ok();
    let moment = time.and_then(|time| Timestamp::from_unix(time).ok());
    moment.map_or_else(|| "not known".to_owned(), |moment| moment.to_string())
}

/// What the refusal says of itself.
fn reasons(refusal: &Value) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(detail) = text(refusal, "detail") {
        lines.push(field("because", detail));
    }
    let explanation = refusal.get("explanation").unwrap_or(&Value::Null);
    for (name, member) in [
        ("token", "token"),
        ("argument", "argument"),
        ("statement", "statement"),
        ("place", "place"),
        ("found", "found"),
        ("signed", "signed"),
        ("sent", "sent"),
    ] {
        if let Some(value) = text(explanation, member) {
            lines.push(field(name, value));
        }
    }
    if let Some(Value::Array(missing)) = refusal.get("missing") {
        lines.extend(missing.iter().map(|cid| field("missing", plain(cid))));
    }
    let wanted = refusal.get("wanted").unwrap_or(&Value::Null);
    for member in ["audience", "subject", "command"] {
        if let Some(value) = text(wanted, member) {
            lines.push(field("wanted", format!("{member} {value}")));
        }
    }
    lines
}

/// What would change the decision.
fn todo(entry: &Entry) -> Vec<String> {
    let refusal = entry.refusal.as_ref().unwrap_or(&Value::Null);
    let explanation = refusal.get("explanation").unwrap_or(&Value::Null);
    let mut steps = match explanation.get("mend") {
        Some(Value::Array(steps)) => steps.iter().map(plain).collect(),
        Some(Value::Null) | None => Vec::new(),
        Some(step) => vec![plain(step)],
    };
    let name = entry.name.as_deref().unwrap_or("NAME");
    let own = match entry.code.as_str() {
        "Allowed" => None,
        "NoToken" => Some("put a signer beside the client: `delegant mcp sign`, or `delegant mcp config`".to_owned()),
        "NoRule" => Some(format!("write `[tools.{}]` into the rules of the guard, if it may be called", toml_key(name))),
        "UnknownCommand" => Some(format!("list `{}` as `open` in the rules of the guard, if it needs no proof", entry.method)),
        "NotBound" => Some("send the request as it was signed; something between signer and guard may have changed it".to_owned()),
        "Replayed" | "Forgotten" => Some("sign it again: an invocation is used once".to_owned()),
        "Expired" | "TooEarly" | "LifetimeTooLong" => Some("sign it again, with a clock that is right; where it is a delegation, ask for a new one".to_owned()),
        "UnavailableProof" => Some("send the same invocation again with the proofs that are missing".to_owned()),
        "Unavailable" | "Busy" | "RevocationStale" => Some("try it again; the guard could not find out".to_owned()),
        "MatchError" => Some("ask for a delegation whose policy allows this, or call with what it allows".to_owned()),
        _ => Some("ask for a delegation that allows it".to_owned()),
    };
    steps.extend(own);
    if let Some(ask) = text(refusal, "ask").filter(|_| entry.code != "Allowed") {
        steps.push(format!("delegations are given at {ask}"));
    }
    steps
}

fn toml_key(name: &str) -> String {
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    if !name.is_empty() && name.chars().all(is_bare) {
        return name.to_owned();
    }
    Value::from(name).to_string()
}

fn text(value: &Value, member: &str) -> Option<String> {
    match value.get(member)? {
        Value::Null => None,
        // What was found may be a text, and is shown as the statement writes it.
        value if ["found", "signed", "sent"].contains(&member) => Some(value.to_string()),
        value => Some(plain(value)),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}
