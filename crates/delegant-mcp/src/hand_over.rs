//! How does an agent hand a part of what it may do to another one? By a tool that its signer serves,
//! within bounds that the agent does not set.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use delegant::{
    Cid, Command, Container, ContainerFormat, Delegation, Did, LimitExceeded, Policy, Token,
    Verified, policy, to_dag_json,
};
use delegant_agent::{DelegateError, Narrower};
use serde::Deserialize;
use serde_json::{Value, json};
use thiserror::Error;

use crate::hand::Holder;
use crate::wanted;
use crate::words;

/// The name of the tool.
pub const TOOL: &str = "delegant_delegate";

/// How far an agent may hand on what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// The most delegations that a chain may have, the new one and the subject's own counted.
    pub max_depth: usize,
    /// The longest that what is handed over may last.
    pub longest: Duration,
    /// Where files for those who receive it are written; made where it is not there.
    pub folder: PathBuf,
}

/// Hands over parts of what an agent holds.
///
/// What is handed over is narrower than what the agent holds, or the same for a shorter time: every
/// validator checks that again. The delegations are in a file that only this user can read, and the
/// answer names it: neither a key nor a token is ever shown to the model.
///
/// A validator does not know the bounds. Whoever receives a part, with a key of its own, may hand it
/// on by other means; what it cannot do is to make it wider or let it last longer.
#[derive(Debug, Clone)]
pub struct HandOver {
    holder: Holder,
    bounds: Bounds,
}

/// What was handed over.
#[derive(Debug, Clone)]
pub struct HandedOver {
    /// The file that holds it, for whoever receives it.
    pub file: PathBuf,
    /// One delegation for each tool, or one for the command.
    pub delegations: Vec<Verified<Delegation>>,
}

/// What the agent asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    to: String,
    #[serde(default)]
    tools: Option<Vec<String>>,
    #[serde(default)]
    command: Option<String>,
    #[serde(default)]
    policy: Option<Value>,
    #[serde(default)]
    seconds: Option<u64>,
}

/// More tools than these are a command.
const MOST_TOOLS: usize = 16;

/// What a signer for MCP has to give.
const MCP: &str = "/mcp";

/// The tool, as a server lists it.
#[must_use]
pub fn tool_definition() -> Value {
    json!({
        "name": TOOL,
        "title": "Hand over authority",
        "description": "Lets another agent use some of the tools that you may use, for a limited time. \
            Name the other agent's DID, and the tools; narrow their arguments with a policy. \
            It can only be less than what you may do yourself. The answer names a file for the other agent.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "to": {
                    "type": "string",
                    "description": "The DID of the agent that receives it, such as did:key:z6Mk…",
                },
                "tools": {
                    "type": "array",
                    "items": { "type": "string" },
                    "minItems": 1,
                    "maxItems": MOST_TOOLS,
                    "description": "The tools that it may call",
                },
                "command": {
                    "type": "string",
                    "description": "Instead of tools: a command such as /mcp/tools/call, which is every tool",
                },
                "policy": {
                    "type": "array",
                    "description": "Statements that every call must meet, such as [[\"==\",\".arguments.patient\",\"p-17\"]]",
                },
                "seconds": {
                    "type": "integer",
                    "minimum": 1,
                    "description": "For how long; the longest that is allowed where it is left out",
                },
            },
            "required": ["to"],
            "additionalProperties": false,
        },
        "annotations": {
            "readOnlyHint": false,
            "destructiveHint": false,
            "idempotentHint": false,
            "openWorldHint": false,
        },
    })
}

impl HandOver {
    /// Hands over what this agent holds, within these bounds.
    #[must_use]
    pub fn new(holder: impl Into<Holder>, bounds: Bounds) -> Self {
        let holder = holder.into();
        Self { holder, bounds }
    }

    /// Answers a call of the tool: the result of a tool, also where nothing was handed over.
    #[must_use]
    pub fn call(&self, subject: &Did, arguments: &Value) -> Value {
        let (text, structured) = match self.give(subject, arguments) {
            Ok(handed) => (handed.words(), Some(handed.to_json())),
            Err(error) => (format!("nothing was handed over: {error}"), None),
        };
        let mut result = json!({
            "content": [{ "type": "text", "text": text }],
            "isError": structured.is_none(),
        });
        if let (Some(result), Some(structured)) = (result.as_object_mut(), structured) {
            result.insert("structuredContent".to_owned(), structured);
        }
        result
    }

    /// Hands over what the arguments of the tool say, of this subject's.
    ///
    /// # Errors
    /// [`HandOverError`], and then there is no file.
    pub fn give(&self, subject: &Did, arguments: &Value) -> Result<HandedOver, HandOverError> {
        let asked = Asked::deserialize(arguments).map_err(HandOverError::Arguments)?;
        let to: Did = asked
            .to
            .parse()
            .map_err(|cause| HandOverError::To { cause })?;
        if to == *self.holder.did() {
            return Err(HandOverError::Itself);
        }
        let lasting = self.lasting(asked.seconds)?;
        let base = match &asked.policy {
            Some(statements) => statements
                .to_string()
                .parse()
                .map_err(|cause| HandOverError::Policy(Box::new(cause)))?,
            None => Policy::default(),
        };
        // What has come into the wallet meanwhile can be handed over as well.
        let agent = self.holder.looked_again();
        let mut delegations = Vec::new();
        let mut tokens = Container::default();
        for (command, policy) in asked.parts(&base)? {
            let narrower = Narrower::new(subject.clone(), command)
                .policy(policy)
                .lasting(lasting);
            let given = agent
                .delegate(&to, narrower)
                .map_err(|cause| HandOverError::NotGiven(Box::new(cause)))?;
            let depth = given.proofs().len().saturating_add(1);
            if depth > self.bounds.max_depth {
                let most = self.bounds.max_depth;
                return Err(HandOverError::TooDeep { depth, most });
            }
            for token in given.proofs().iter().chain([given.delegation()]) {
                tokens.insert(Token::from(token.clone()));
            }
            delegations.push(given.delegation().clone());
        }
        let file = self.write(&tokens, &delegations)?;
        Ok(HandedOver { file, delegations })
    }

    fn lasting(&self, seconds: Option<u64>) -> Result<Duration, HandOverError> {
        let longest = self.bounds.longest;
        match seconds.map(Duration::from_secs) {
            None => Ok(longest),
            Some(asked) if asked.is_zero() || asked > longest => {
                let longest = longest.as_secs();
                Err(HandOverError::Lifetime { longest })
            }
            Some(asked) => Ok(asked),
        }
    }

    fn write(
        &self,
        tokens: &Container,
        delegations: &[Verified<Delegation>],
    ) -> Result<PathBuf, HandOverError> {
        let bytes = tokens.encode(ContainerFormat::Base64Url)?;
        let name = delegations.first().map(|first| first.cid());
        let name = name.map_or_else(String::new, |cid: Cid| cid.to_string());
        let path = self.bounds.folder.join(format!("{name}.ucan"));
        let failed = |cause| HandOverError::Write {
            path: path.clone(),
            cause,
        };
        make_folder(&self.bounds.folder).map_err(failed)?;
        write_new(&path, &bytes).map_err(failed)?;
        Ok(path)
    }
}

impl Asked {
    /// What is to be delegated, one by one.
    fn parts(&self, base: &Policy) -> Result<Vec<(Command, Policy)>, HandOverError> {
        let tools = match (&self.tools, &self.command) {
            (None, Some(command)) => {
                let command: Command = command
                    .parse()
                    .map_err(|cause| HandOverError::Command { cause })?;
                let is_ours = MCP.parse().is_ok_and(|mcp: Command| mcp.covers(&command));
                if !is_ours {
                    return Err(HandOverError::OtherCommand { command });
                }
                return Ok(vec![(command, base.clone())]);
            }
            (Some(tools), None) if !tools.is_empty() => tools,
            _ => return Err(HandOverError::What),
        };
        if tools.len() > MOST_TOOLS {
            return Err(HandOverError::TooMany);
        }
        tools.iter().map(|tool| of_tool(tool, base)).collect()
    }
}

/// The command of one tool; where no command names it, a statement does.
fn of_tool(tool: &str, base: &Policy) -> Result<(Command, Policy), HandOverError> {
    let command = |cause| HandOverError::Command { cause };
    let calls: Command = wanted::TOOL_CALLS.parse().map_err(command)?;
    if let Some(named) = wanted::named(&calls, tool) {
        return Ok((named, base.clone()));
    }
    let is_it = policy::equal(".name", tool);
    let statements = base.statements().iter().cloned().map(Ok);
    let policy = Policy::new([is_it].into_iter().chain(statements));
    let policy = policy.map_err(|cause| HandOverError::Policy(Box::new(cause)))?;
    Ok((calls, policy))
}

impl HandedOver {
    /// What was handed over, and where it is, for a model to read.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words = "handed over:\n".to_owned();
        for delegation in &self.delegations {
            words.push_str(&format!("- `{}`", delegation.command()));
            if !delegation.policy().statements().is_empty() {
                words.push_str(&format!(" where {}", delegation.policy()));
            }
            if let Some(end) = delegation.bounds().expiration() {
                words.push_str(&format!(", until {end}"));
            }
            words.push_str(&format!(" ({})\n", delegation.cid()));
        }
        words.push_str(&format!(
            "the file for the other agent is {}; it adds it to its wallet with `delegant wallet add`",
            self.file.display()
        ));
        words
    }

    fn to_json(&self) -> Value {
        let given = self.delegations.iter().map(|delegation| {
            let policy = to_dag_json(&delegation.policy().to_ipld()).ok();
            json!({
                "cid": delegation.cid().to_string(),
                "command": delegation.command().as_str(),
                "policy": policy.and_then(|policy| serde_json::from_str::<Value>(&policy).ok()),
                "expires": delegation.bounds().expiration().map(|end| end.to_unix()),
            })
        });
        json!({ "file": self.file.display().to_string(), "given": given.collect::<Vec<_>>() })
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// A file of its own, which nobody else reads; nothing that is there is written over.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}

/// Why nothing was handed over, for the model that asked.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HandOverError {
    /// The arguments of the call.
    #[error("the arguments: {0}")]
    Arguments(#[source] serde_json::Error),
    /// The receiver.
    #[error("`to` is not a DID: {cause}")]
    To {
        /// Why.
        cause: delegant::ParseDidError,
    },
    /// The receiver is the giver.
    #[error("`to` is your own DID; name the other agent's")]
    Itself,
    /// Neither tools nor a command, or both.
    #[error("name either `tools` or a `command`")]
    What,
    /// Too many tools.
    #[error("more than {MOST_TOOLS} tools; hand them over in several calls")]
    TooMany,
    /// The command.
    #[error("`command`: {cause}")]
    Command {
        /// Why.
        cause: delegant::ParseCommandError,
    },
    /// A command of something else.
    #[error("`command` is `{command}`, and only those below `{MCP}` can be handed over here")]
    OtherCommand {
        /// It.
        command: Command,
    },
    /// The policy.
    #[error("`policy`: {0}")]
    Policy(#[source] Box<delegant::PolicyError>),
    /// It would last for too long.
    #[error("`seconds` is from 1 to {longest}")]
    Lifetime {
        /// In seconds.
        longest: u64,
    },
    /// It would be handed on too often.
    #[error(
        "it would be the delegation number {depth} of its chain, and at most {most} are allowed here; the agent above may give it directly"
    )]
    TooDeep {
        /// With it.
        depth: usize,
        /// As the bounds say.
        most: usize,
    },
    /// The agent does not have it to give.
    #[error("{}", words::not_given(.0))]
    NotGiven(Box<DelegateError>),
    /// It would be too large for every reader.
    #[error(transparent)]
    TooLarge(#[from] LimitExceeded),
    /// The file.
    #[error("cannot write `{}`: {cause}", path.display())]
    Write {
        /// It.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
}

#[cfg(test)]
mod tests;
