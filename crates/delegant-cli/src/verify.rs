//! `delegant verify`: may it be done? The one verb whose answer is a decision.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use delegant::{
    Authorization, Cid, Container, DecodeError, Delegation, Denial, Did, DidKeys, Evidence,
    Invocation, Limits, Parsed, Revocation, Revocations, Timestamp, authorize,
};
use serde_json::{Map, Value, json};

use crate::failure::{Answer, Done, Failure};
use crate::input;
use crate::output::{Line, Output, Tint};
use crate::show::{self, Tree, field};
use crate::time::{self, Moment};

const EXAMPLES: &str = "Examples:
  delegant verify call.ucan
  delegant invoke --key alice.pem --command /ping | delegant verify --json
  delegant verify call.ucan --executor \"$(delegant key show alice.pem)\" \\
    --revocations revoked.ucan";

/// Decide whether an invocation may be executed
///
/// Reads a container of any form, or one bare token. Exit code 0: it may; 1: it may not; 2: that is
/// no invocation. Whether it was used before is not known here: executors must remember.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Container with the invocation and its proofs [default: standard input]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// Judge at this moment [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<Moment>,

    /// How far the clocks of issuers may be off
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = time::parse_duration)]
    leeway: Duration,

    /// Who would execute it [default: whom the invocation is for]
    #[arg(long, value_name = "DID")]
    executor: Option<Did>,

    /// Revocations to heed: containers, one in a file or one on each line; may be repeated
    #[arg(long, value_name = "FILE", num_args = 1..)]
    revocations: Vec<PathBuf>,

    /// Refuse every chain that this principal has a part in; may be repeated
    #[arg(long, value_name = "DID", num_args = 1..)]
    refuse: Vec<Did>,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    let question = match Question::read(arguments, output) {
        Ok(question) => question,
        Err(failure) if output.is_json() => {
            let error = json!({ "code": failure.code(), "message": failure.message() });
            output.json(&verdict(Some(error), Map::new()))?;
            return Ok(Answer::Unreadable);
        }
        Err(failure) => return Err(failure),
    };
    let answer = question.decide(arguments.leeway);
    if output.is_json() {
        output.json(&question.to_json(&answer))?;
    } else {
        question.tell(&answer, output)?;
    }
    Ok(if answer.is_ok() {
        Answer::Yes
    } else {
        Answer::No
    })
}

/// Everything that the decision depends on.
struct Question {
    container: Container,
    invocation: Parsed<Invocation>,
    now: Timestamp,
    executor: Did,
    executor_is_given: bool,
    revocations: Revocations,
}

impl Question {
    fn read(arguments: &Arguments, output: Output) -> Result<Self, Failure> {
        let now = match arguments.at {
            Some(moment) => moment.one_seen_from(time::now()?, "--at")?,
            None => time::now()?,
        };
        let container = input::tokens_of(arguments.file.as_deref())?;
        let invocation = only_invocation(&container)?;
        let own = invocation.unverified().executor();
        let mut revocations = Revocations::none();
        for file in &arguments.revocations {
            heed(file, now, &mut revocations, output)?;
        }
        for principal in &arguments.refuse {
            revocations.refuse(principal.clone());
        }
        Ok(Self {
            executor: arguments.executor.clone().unwrap_or_else(|| own.clone()),
            executor_is_given: arguments.executor.is_some(),
            now,
            invocation,
            container,
            revocations,
        })
    }

    fn decide(&self, leeway: Duration) -> Result<Authorization, Denial> {
        let invocation = self.invocation.verify(&DidKeys)?;
        authorize(
            invocation,
            Evidence {
                now: self.now,
                leeway,
                executor: &self.executor,
                keys: &DidKeys,
                proofs: self.container.delegations(),
                revocations: &self.revocations,
                limits: &Limits::DEFAULT,
            },
        )
    }

    /// The delegations that the invocation names, as far as they are there.
    fn links(&self) -> impl Iterator<Item = &Parsed<Delegation>> {
        let proofs = self.invocation.unverified().proofs();
        proofs.iter().filter_map(|cid| {
            let delegations = self.container.delegations();
            delegations.iter().find(|link| link.cid() == *cid)
        })
    }

    fn to_json(&self, answer: &Result<Authorization, Denial>) -> Value {
        let invocation = self.invocation.unverified();
        let chain: Vec<Value> = self
            .links()
            .map(|link| show::delegation_json(link.cid(), link.unverified()))
            .collect();
        let mut fields = Map::new();
        let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        set("token", json!(self.invocation.cid().to_string()));
        set("subject", json!(invocation.subject().to_string()));
        set("invoker", json!(invocation.issuer().to_string()));
        set("executor", json!(self.executor.to_string()));
        set("executorGiven", json!(self.executor_is_given));
        set("command", json!(invocation.command().as_str()));
        set(
            "arguments",
            show::ipld_json(&invocation.arguments().clone().into()),
        );
        set("chain", json!(chain));
        set("at", json!(self.now.to_string()));
        match answer {
            Ok(leave) => {
                let window = leave.window().map(|window| {
                    json!({
                        "from": show::moment_json(window.not_before()),
                        "until": show::moment_json(window.expiration()),
                    })
                });
                set("window", json!(window));
                verdict(None, fields)
            }
            Err(denial) => verdict(Some(denial_json(denial)), fields),
        }
    }

    fn tell(&self, answer: &Result<Authorization, Denial>, output: Output) -> Result<(), Failure> {
        let mut executor = vec![field("executor", &self.executor)];
        if !self.executor_is_given {
            executor.push(
                field("", "")
                    .faint("whom the invocation is for; say who you are with `--executor`"),
            );
        }
        match answer {
            Ok(leave) => {
                output.say(Line::tinted(Tint::Good, "valid").plain(format_args!(
                    ": it may be executed {}",
                    leave.window().map_or_else(|| "within the leeway".to_owned(), show::bounds_text)
                )))?;
                output.say_all(executor)?;
                output.say("")?;
                output.say_all(show::chain_tree(leave, &|did| did.to_string()).lines())?;
            }
            Err(denial) => {
                let code = denial.reason.code();
                output.say(Line::tinted(Tint::Bad, "invalid").plain(format_args!(": {code}")))?;
                output.say(
                    field("token", denial.token).faint(format_args!("  {}", self.part(denial))),
                )?;
                output.say(field("reason", &denial.reason))?;
                if let Some(explanation) = denial.reason.explanation() {
                    output.say_all(show::explanation_lines(explanation))?;
                }
                output.say(field("judged at", self.now))?;
                output.say_all(executor)?;
                output.say("")?;
                output.say_all(self.claims(denial).lines())?;
            }
        }
        Ok(())
    }

    /// Which part the token at fault has in the chain.
    fn part(&self, denial: &Denial) -> String {
        if denial.token == self.invocation.cid() {
            return "the invocation".to_owned();
        }
        let proofs = self.invocation.unverified().proofs();
        match proofs.iter().position(|cid| *cid == denial.token) {
            Some(index) => format!("delegation {} of {}", index + 1, proofs.len()),
            None => "no part of the chain".to_owned(),
        }
    }

    /// What was claimed, for a person to find the mistake in.
    fn claims(&self, denial: &Denial) -> Tree {
        let invocation = self.invocation.unverified();
        let arguments = show::ipld_text(&invocation.arguments().clone().into());
        let title = |kind: &str, cid: Cid| {
            let fault = if cid == denial.token {
                "  ← refused"
            } else {
                ""
            };
            Tree::new(
                Line::tinted(Tint::Strong, format_args!("{kind} "))
                    .plain(cid)
                    .push(Tint::Bad, fault),
            )
        };
        Tree::new(Line::tinted(Tint::Warning, "what was claimed"))
            .with(field("subject", invocation.subject()))
            .with_all(self.links().map(|link| {
                title("delegation", link.cid())
                    .with(field("from", link.unverified().issuer()))
                    .with(field("to", link.unverified().audience()))
                    .with_all(show::given_lines(link.unverified()))
            }))
            .with(
                title("invocation", self.invocation.cid())
                    .with(field("by", invocation.issuer()))
                    .with(field("for", invocation.executor()))
                    .with(
                        field("invokes", "")
                            .name(invocation.command())
                            .plain(format_args!(" {arguments}")),
                    )
                    .with(field("valid", show::bounds_text(invocation.bounds()))),
            )
    }
}

fn verdict(error: Option<Value>, mut fields: Map<String, Value>) -> Value {
    let valid = error.is_none();
    for name in ["subject", "invoker", "executor", "command", "window"] {
        fields.entry(name).or_insert(Value::Null);
    }
    fields.entry("chain").or_insert_with(|| json!([]));
    fields.insert(
        "verdict".to_owned(),
        json!(if valid { "valid" } else { "invalid" }),
    );
    if let Some(error) = error {
        fields.insert("error".to_owned(), error);
    }
    Value::Object(fields)
}

/// A denial for programs.
pub(crate) fn denial_json(denial: &Denial) -> Value {
    let mut error = Map::new();
    error.insert("code".to_owned(), json!(denial.reason.code()));
    error.insert("token".to_owned(), json!(denial.token.to_string()));
    error.insert("message".to_owned(), json!(denial.reason.to_string()));
    if let Some(explanation) = denial.reason.explanation() {
        error.insert(
            "explanation".to_owned(),
            show::explanation_json(explanation),
        );
    }
    Value::Object(error)
}

fn only_invocation(container: &Container) -> Result<Parsed<Invocation>, Failure> {
    match container.invocation() {
        Ok(invocation) => Ok(invocation.clone()),
        Err(cause) if container.invocations().is_empty() => {
            Err(Failure::malformed(format_args!(
                "there is nothing to decide about: {cause}"
            ))
            .hint("a delegation alone asks for nothing; look at it with `delegant inspect`"))
        }
        Err(cause) => Err(Failure::malformed(cause)
            .hint("verify them one by one, each in a container with its proofs; revocations go to `--revocations`")),
    }
}

/// Takes in the revocations of a file, with the delegations of `/ucan/revoke` beside them.
fn heed(
    file: &Path,
    now: Timestamp,
    revocations: &mut Revocations,
    output: Output,
) -> Result<(), Failure> {
    let containers = input::containers(file)?;
    let name = file.display();
    let refuse = |cause: DecodeError| {
        Failure::unreadable(cause.code(), format_args!("`{name}`: {cause}"))
            .hint("`--revocations` takes only what `delegant revoke` writes")
    };
    let mut count = 0;
    for container in &containers {
        for token in container.invocations() {
            count += 1;
            let revocation = Parsed::<Revocation>::decode(token.bytes())
                .map_err(refuse)?
                .verify(&DidKeys)
                .map_err(|cause| Failure::malformed(format_args!("`{name}`: {cause}")))?;
            if let Err(denial) =
                revocations.add(&revocation, container.delegations(), &DidKeys, now)
            {
                output.warn(format_args!(
                    "`{name}`: the revocation of {} does not count: {denial}",
                    revocation.revoked()
                ))?;
            }
        }
    }
    if count == 0 {
        return Err(Failure::malformed(format_args!(
            "`{name}` holds no revocation"
        )));
    }
    Ok(())
}
