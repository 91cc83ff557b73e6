//! How is a call refused over MCP? By an error of JSON-RPC that nobody takes for a result.

use delegant::{Command, Container, Did};
use delegant_http::{Explained, NotBound, Problem};
use delegant_store::Refusal;
use serde_json::{Value, json};

use crate::message::{Id, failure};
use crate::proof::ProofError;
use crate::wanted::NotRebuilt;
use crate::words;

/// Why a request is not done, as it is told to the one who sent it.
#[derive(Debug, Clone)]
pub struct Refused {
    problem: Box<Problem>,
    /// Why, in words that name no key and no token.
    line: Option<String>,
    signer: Option<Did>,
}

/// The codes of JSON-RPC are below those of HTTP by so much, outside of what JSON-RPC and MCP keep.
const BELOW: i32 = -31_000;

impl Refused {
    /// The verifier refuses; `sent` is what came with the call.
    #[must_use]
    pub fn by_verifier(refusal: &Refusal, sent: Option<&Container>) -> Self {
        let problem = refusal.problem(sent);
        let line = problem.explanation().and_then(policy_line);
        Self {
            problem: Box::new(problem),
            line,
            signer: refusal.signed_by().cloned(),
        }
    }

    /// There is no proof.
    #[must_use]
    pub fn no_token() -> Self {
        Self::of(401, "NoToken").because(
            "the request carries no proof; put a signer beside the client: `delegant mcp sign`",
        )
    }

    /// What is there is no proof.
    #[must_use]
    pub fn no_proof(error: &ProofError) -> Self {
        let code = match error {
            ProofError::Version { .. } => "UnsupportedVersion",
            _ => "Malformed",
        };
        Self::of(400, code).because(error.to_string())
    }

    /// The header and the message carry different proofs.
    #[must_use]
    pub fn other_header() -> Self {
        Self::of(400, "NotBound").because(
            "`Authorization` and `_meta` do not carry the same proof; leave the header out",
        )
    }

    /// The request can be read in two ways.
    #[must_use]
    pub fn not_rebuilt(error: &NotRebuilt) -> Self {
        Self::of(400, "NotBound").because(error.to_string())
    }

    /// The request is not the one that was signed.
    #[must_use]
    pub fn not_bound(refusal: &NotBound, signer: &Did) -> Self {
        let mut refused = Self::of(400, refusal.code()).because(refusal.to_string());
        let problem = refused.problem.with_explanation(Explained::from(refusal));
        refused.problem = Box::new(problem);
        refused.signer = Some(signer.clone());
        refused
    }

    /// No command stands for the method.
    #[must_use]
    pub fn no_command(method: &str) -> Self {
        Self::of(403, "UnknownCommand").because(format!(
            "no command stands for the method {method:?}; the operator may list it as `open`"
        ))
    }

    /// The operator said nothing of this tool.
    #[must_use]
    pub fn no_rule() -> Self {
        Self::of(403, "NoRule").because(
            "the operator of this server wrote no rule for this tool, so nobody may call it",
        )
    }

    /// The store, the clock or the record fail.
    #[must_use]
    pub fn unavailable() -> Self {
        Self::of(503, "Unavailable")
    }

    fn of(status: u16, code: &str) -> Self {
        Self {
            problem: Box::new(Problem::new(status, code)),
            line: None,
            signer: None,
        }
    }

    fn because(self, line: impl Into<String>) -> Self {
        let line = line.into();
        Self {
            problem: Box::new(self.problem.with_detail(line.clone())),
            line: Some(line),
            signer: self.signer,
        }
    }

    /// The name of the refusal, such as `MatchError`.
    #[must_use]
    pub fn code(&self) -> &str {
        self.problem.code()
    }

    /// The refusal as a document.
    #[must_use]
    pub const fn problem(&self) -> &Problem {
        &self.problem
    }

    /// Who signed the invocation, where that is certain.
    #[must_use]
    pub const fn signed_by(&self) -> Option<&Did> {
        self.signer.as_ref()
    }

    /// The code that JSON-RPC carries.
    #[must_use]
    pub fn number(&self) -> i32 {
        BELOW.saturating_sub(i32::from(self.problem.status()))
    }

    /// The reason in one line, for whoever called: no key, no token.
    #[must_use]
    pub fn message(&self) -> String {
        let said = format!("refused ({}): {}", self.code(), self.problem.title());
        match &self.line {
            Some(line) => format!("{said}: {line}"),
            None => said,
        }
    }

    /// The refusal as data beside the message.
    #[must_use]
    pub fn data(&self, context: &Context<'_>) -> Value {
        let mut data: Value = serde_json::from_str(&self.problem.to_json()).unwrap_or_default();
        if let Some(data) = data.as_object_mut() {
            data.remove("type");
            data.remove("status");
            let mut wanted = json!({ "audience": context.server.to_string() });
            if let (Some(wanted), Some(subject)) = (wanted.as_object_mut(), context.subject) {
                wanted.insert("subject".to_owned(), subject.to_string().into());
            }
            if let (Some(wanted), Some(command)) = (wanted.as_object_mut(), context.command) {
                wanted.insert("command".to_owned(), command.as_str().into());
            }
            data.insert("wanted".to_owned(), wanted);
            if let Some(ask) = context.ask {
                data.insert("ask".to_owned(), ask.into());
            }
        }
        data
    }

    /// As it is answered.
    #[must_use]
    pub fn answer(&self, context: &Context<'_>) -> RefusalAnswer {
        RefusalAnswer {
            code: self.number(),
            message: self.message(),
            data: self.data(context),
        }
    }
}

/// An error of JSON-RPC that says a refusal.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RefusalAnswer {
    /// The code of JSON-RPC.
    pub code: i32,
    /// The reason in one line, for whoever called.
    pub message: String,
    /// The reason for a program.
    pub data: Value,
}

impl RefusalAnswer {
    /// The whole message.
    #[must_use]
    pub fn whole(&self, id: &Id) -> String {
        failure(Some(id), self.code, &self.message, Some(self.data.clone()))
    }
}

/// What another invocation would have to name.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The server.
    pub server: &'a Did,
    /// The one subject that is served, where it is one.
    pub subject: Option<&'a Did>,
    /// The narrowest command for the request.
    pub command: Option<&'a Command>,
    /// Where to ask for a delegation.
    pub ask: Option<&'a str>,
}

/// What an argument is, and what the policy wants it to be.
fn policy_line(explained: &Explained) -> Option<String> {
    let statement = explained.statement.as_ref()?.to_string();
    let found = explained.found.as_ref().map(Value::to_string);
    Some(words::unmet(
        explained.selector.as_deref(),
        found.as_deref(),
        &statement,
    ))
}
