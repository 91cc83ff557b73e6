//! How do people and programs see tokens?

use delegant::{
    Authorization, Cid, Delegation, Did, DidKeys, Edition, Explanation, Invocation, Ipld, Parsed,
    Payload, Subject, TimeBounds, Timestamp, Truth, to_dag_json,
};
use serde_json::{Value, json};

use crate::output::{Line, Tint};

/// A line with others hanging from it.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    line: Line,
    children: Vec<Self>,
}

impl Tree {
    pub(crate) fn new(line: impl Into<Line>) -> Self {
        Self {
            line: line.into(),
            children: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, child: impl Into<Self>) -> Self {
        self.children.push(child.into());
        self
    }

    pub(crate) fn with_all<T: Into<Self>>(self, children: impl IntoIterator<Item = T>) -> Self {
        children.into_iter().fold(self, Self::with)
    }

    /// The tree drawn, one line for each.
    pub(crate) fn lines(&self) -> Vec<Line> {
        let mut lines = vec![self.line.clone()];
        self.draw("", &mut lines);
        lines
    }

    fn draw(&self, indent: &str, lines: &mut Vec<Line>) {
        for (index, child) in self.children.iter().enumerate() {
            let (branch, below) = if index + 1 == self.children.len() {
                ("└─ ", "   ")
            } else {
                ("├─ ", "│  ")
            };
            let start = Line::tinted(Tint::Faint, format!("{indent}{branch}"));
            lines.push(child.line.clone().behind(start));
            child.draw(&format!("{indent}{below}"), lines);
        }
    }
}

impl<L: Into<Line>> From<L> for Tree {
    fn from(line: L) -> Self {
        Self::new(line)
    }
}

/// A named value, the names aligned.
pub(crate) fn field(name: &str, value: impl ToString) -> Line {
    Line::tinted(Tint::Faint, format!("{name:<10} ")).plain(value)
}

/// A value of the data model as JSON text.
pub(crate) fn ipld_text(value: &Ipld) -> String {
    to_dag_json(value).unwrap_or_else(|cause| format!("({cause})"))
}

/// A value of the data model as JSON.
pub(crate) fn ipld_json(value: &Ipld) -> Value {
    to_dag_json(value)
        .ok()
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or(Value::Null)
}

/// From when until when, in words.
pub(crate) fn bounds_text(bounds: TimeBounds) -> String {
    match (bounds.not_before(), bounds.expiration()) {
        (None, None) => "always".to_owned(),
        (None, Some(until)) => format!("until {until}"),
        (Some(from), None) => format!("from {from}, for ever"),
        (Some(from), Some(until)) => format!("from {from} until {until}"),
    }
}

pub(crate) fn moment_json(moment: Option<Timestamp>) -> Value {
    moment.map_or(Value::Null, |moment| json!(moment.to_string()))
}

/// A subject as JSON: null for any.
pub(crate) fn subject_json(subject: &Subject) -> Value {
    subject
        .did()
        .map_or(Value::Null, |did| json!(did.to_string()))
}

/// How long after `from` this is, in the largest unit that leaves a short number.
pub(crate) fn distance(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.to_unix().saturating_sub(from.to_unix());
    let (number, unit) = match seconds {
        ..120 => (seconds, "second"),
        120..7_200 => (seconds / 60, "minute"),
        7_200..172_800 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// Whether the issuer signed a token, in words.
pub(crate) fn signature_text<P: Payload>(token: &Parsed<P>) -> (bool, String) {
    match token.verify(&DidKeys) {
        Ok(verified) => (true, format!("holds ({})", verified.algorithm())),
        Err(invalid) => (false, format!("does not hold: {}", invalid.cause)),
    }
}

pub(crate) fn signature_line<P: Payload>(token: &Parsed<P>) -> Line {
    let (holds, text) = signature_text(token);
    let tint = if holds { Tint::Good } else { Tint::Bad };
    field("signature", "").push(tint, text)
}

pub(crate) const fn edition_text(edition: Edition) -> &'static str {
    match edition {
        Edition::Final => "1.0.0",
        Edition::ReleaseCandidate => "1.0.0-rc.1",
    }
}

/// A delegation for programs.
pub(crate) fn delegation_json(cid: Cid, delegation: &Delegation) -> Value {
    json!({
        "kind": "delegation",
        "cid": cid.to_string(),
        "issuer": delegation.issuer().to_string(),
        "audience": delegation.audience().to_string(),
        "subject": subject_json(delegation.subject()),
        "command": delegation.command().as_str(),
        "policy": ipld_json(&delegation.policy().to_ipld()),
        "notBefore": moment_json(delegation.bounds().not_before()),
        "expiration": moment_json(delegation.bounds().expiration()),
        "nonce": format!("{:?}", delegation.nonce()),
        "meta": delegation.meta().map(|meta| ipld_json(&Ipld::Map(meta.clone()))),
    })
}

/// An invocation for programs.
pub(crate) fn invocation_json(cid: Cid, invocation: &Invocation) -> Value {
    let proofs: Vec<String> = invocation.proofs().iter().map(Cid::to_string).collect();
    json!({
        "kind": "invocation",
        "cid": cid.to_string(),
        "issuer": invocation.issuer().to_string(),
        "subject": invocation.subject().to_string(),
        "audience": invocation.audience().map(Did::to_string),
        "executor": invocation.executor().to_string(),
        "command": invocation.command().as_str(),
        "arguments": ipld_json(&Ipld::Map(invocation.arguments().clone())),
        "proofs": proofs,
        "notBefore": moment_json(invocation.bounds().not_before()),
        "expiration": moment_json(invocation.bounds().expiration()),
        "issuedAt": moment_json(invocation.issued_at()),
        "cause": invocation.cause().map(|cid| cid.to_string()),
        "nonce": format!("{:?}", invocation.nonce()),
        "task": invocation.task().ok().map(|cid| cid.to_string()),
        "meta": invocation.meta().map(|meta| ipld_json(&Ipld::Map(meta.clone()))),
    })
}

/// Why a policy did not let it through, for programs.
pub(crate) fn explanation_json(explanation: &Explanation) -> Value {
    json!({
        "place": explanation.place(),
        "elements": explanation.elements(),
        "statement": explanation.statement().to_string(),
        "truth": explanation.truth().to_string(),
        "found": explanation.found().map(ipld_json),
        "optionalSelector": explanation.optional_selector(),
        "message": explanation.to_string(),
    })
}

/// Why a policy did not let it through, in words.
pub(crate) fn explanation_lines(explanation: &Explanation) -> Vec<Line> {
    let mut lines = vec![
        field("statement", explanation.statement()).faint(format!("  at {}", explanation.place())),
    ];
    let selector = explanation.statement().selector();
    let what = match (selector, explanation.found()) {
        (Some(selector), Some(found)) => format!("`{selector}` is {}", ipld_text(found)),
        (Some(selector), None) => format!("there is nothing at `{selector}`"),
        (None, Some(found)) => ipld_text(found),
        (None, None) => "no part of it is true".to_owned(),
    };
    let place: String = explanation
        .elements()
        .iter()
        .map(|index| format!(" (element {index})"))
        .collect();
    lines.push(field(
        "found",
        format!("{what}{place}, so it is {}", explanation.truth()),
    ));
    if let Some(optional) = explanation.optional_selector() {
        lines.push(field(
            "mend",
            format!("send the argument, or have the policy say `{optional}` if it may be absent"),
        ));
    } else if explanation.truth() == Truth::Undefined {
        lines.push(field(
            "mend",
            "send the argument in the form that the statement asks for",
        ));
    }
    lines
}

/// The chain of an authorization: each principal, what it was given, and below it to whom it went on.
pub(crate) fn chain_tree(leave: &Authorization, name: &dyn Fn(&Did) -> String) -> Tree {
    let arguments = ipld_text(&Ipld::Map(leave.arguments().clone()));
    let asks = Line::tinted(Tint::Good, "invokes ")
        .name(leave.command())
        .plain(format!(" {arguments}"));
    let mut tree = Tree::new(asks);
    for link in leave.delegations().iter().rev() {
        tree = Tree::new(Line::tinted(Tint::Strong, name(link.audience())))
            .with_all(given_lines(link))
            .with(tree);
    }
    let root = Line::tinted(Tint::Strong, name(leave.subject())).faint("  (the subject)");
    Tree::new(root).with(tree)
}

/// What a delegation gives.
pub(crate) fn given_lines(link: &Delegation) -> Vec<Line> {
    let mut lines = vec![
        Line::tinted(Tint::Faint, "may ")
            .name(link.command())
            .faint(format!(" {}", bounds_text(link.bounds()))),
    ];
    if *link.subject() == Subject::Any {
        lines.push(Line::tinted(Tint::Faint, "on any subject (a powerline)"));
    }
    for statement in link.policy().statements() {
        lines.push(Line::tinted(Tint::Faint, "only where ").plain(statement));
    }
    lines
}
