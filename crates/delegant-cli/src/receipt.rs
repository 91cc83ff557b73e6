//! `delegant receipt`: what came of it?

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgGroup, Args, Subcommand};
use delegant::{
    Cid, Container, Denial, Did, DidKeys, Evidence, Invocation, Limits, Nonce, Outcome, Parsed,
    Receipt, Revocations, Signer, Token, authorize,
};
use serde_json::{Value, json};

use crate::delegate::not_signed;
use crate::failure::{Answer, Done, Failure};
use crate::input;
use crate::keys::KeyArguments;
use crate::output::{Line, Output, Tint};
use crate::show::{self, field};
use crate::time::{self, Moment};
use crate::token_output::TokenOutput;
use crate::verify::denial_json;

/// Sign receipts, and verify them
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Sign(Box<Sign>),
    Verify(Verify),
}

pub(crate) fn run(verb: &Verb, output: Output) -> Done {
    match verb {
        Verb::Sign(arguments) => sign(arguments, output),
        Verb::Verify(arguments) => verify(arguments, output),
    }
}

/// Sign what came of a task; the signer is its executor
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("outcome").required(true).args(["ok", "error"]),
    group = ArgGroup::new("which").required(true).args(["of", "task"]),
    after_help = "Examples:
  delegant receipt sign --key alice.pem --of call.ucan \\
    --ok '{\"found\":3}' -o receipt.ucan
  delegant receipt sign --key alice.pem --of call.ucan \\
    --error '\"no such patient\"'"
)]
pub(crate) struct Sign {
    #[command(flatten)]
    key: KeyArguments,

    /// Container with the invocation that was executed
    #[arg(long, value_name = "FILE")]
    of: Option<PathBuf>,

    /// The task that was executed
    #[arg(long, value_name = "CID")]
    task: Option<Cid>,

    /// It succeeded, with this value as JSON; `@FILE` reads it from a file
    #[arg(long, value_name = "JSON|@FILE")]
    ok: Option<String>,

    /// It failed, for this reason as JSON; `@FILE` reads it from a file
    #[arg(long, value_name = "JSON|@FILE")]
    error: Option<String>,

    /// When the receipt ends
    #[arg(long, value_name = "TIME", default_value = "never")]
    expires: Moment,

    #[command(flatten)]
    form: TokenOutput,
}

fn sign(arguments: &Sign, output: Output) -> Done {
    let now = time::now()?;
    let invocation = arguments.of.as_deref().map(invocation_of).transpose()?;
    let task = match (&invocation, arguments.task) {
        (Some(invocation), _) => task_of(invocation)?,
        (None, Some(task)) => task,
        (None, None) => return Err(Failure::usage("name the task: `--of FILE` or `--task CID`")),
    };
    let outcome = match (&arguments.ok, &arguments.error) {
        (Some(value), _) => Outcome::Ok(input::json_value(value, "--ok")?),
        (None, Some(value)) => Outcome::Error(input::json_value(value, "--error")?),
        (None, None) => return Err(Failure::usage("say what came of it: `--ok` or `--error`")),
    };
    let signer = arguments.key.load()?;
    let executor = signer.did();
    if let Some(invocation) = &invocation
        && *invocation.unverified().executor() != executor
    {
        return Err(Failure::refused(
            "InvalidAudience",
            format_args!(
                "the invocation is for {}, and {executor} signs",
                invocation.unverified().executor()
            ),
        )
        .hint("only the executor of a task can say what came of it"));
    }
    let builder = Receipt::builder(task, outcome).edition(arguments.form.edition());
    let builder = match arguments.expires.seen_from(now) {
        Some(moment) => builder.expiration(moment),
        None => builder.never_expires(),
    };
    let nonce = Nonce::random().map_err(Failure::usage)?;
    let receipt = builder.sign(&signer, nonce).map_err(not_signed)?;
    if !output.is_json() {
        output.note(Line::tinted(Tint::Good, "receipt ").plain(receipt.cid()))?;
        output.note(Line::tinted(Tint::Name, "of task: ").plain(task))?;
    }
    let beside = json!({
        "cid": receipt.cid().to_string(),
        "task": task.to_string(),
        "receipt": show::invocation_json(receipt.cid(), &receipt),
    });
    let token =
        Token::decode(receipt.bytes()).map_err(|cause| Failure::unreadable(cause.code(), cause))?;
    arguments.form.deliver([token], beside, output)?;
    Ok(Answer::Yes)
}

/// Decide whether a receipt is its executor's word, about a certain task
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  delegant receipt verify receipt.ucan --of call.ucan
  delegant receipt verify receipt.ucan --json \\
    --executor \"$(delegant key show alice.pem)\"")]
pub(crate) struct Verify {
    /// Container with the receipt [default: standard input]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// Container with the invocation that it must be about
    #[arg(long, value_name = "FILE", conflicts_with = "task")]
    of: Option<PathBuf>,

    /// The task that it must be about
    #[arg(long, value_name = "CID")]
    task: Option<Cid>,

    /// Who must have signed it [default: the executor of the invocation in `--of`]
    #[arg(long, value_name = "DID")]
    executor: Option<Did>,

    /// Judge at this moment [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<Moment>,
}

/// Why a receipt is not what it is taken for.
enum Refusal {
    Denied(Box<Denial>),
    OtherTask { wanted: Cid },
    OtherExecutor { wanted: Did },
}

fn verify(arguments: &Verify, output: Output) -> Done {
    let container = input::tokens_of(arguments.file.as_deref())?;
    let token = one_receipt(&container)?;
    let parsed = Parsed::<Receipt>::decode(token.bytes())
        .map_err(|cause| Failure::unreadable(cause.code(), cause))?;
    let receipt = parsed.unverified();
    let judged = judge(arguments, token, receipt)?;

    let (kind, value) = match receipt.outcome() {
        Outcome::Ok(value) => ("ok", value),
        Outcome::Error(value) => ("error", value),
    };
    if output.is_json() {
        let mut outcome = serde_json::Map::new();
        outcome.insert(kind.to_owned(), show::ipld_json(value));
        let mut answer = json!({
            "verdict": if judged.is_ok() { "valid" } else { "invalid" },
            "cid": token.cid().to_string(),
            "executor": receipt.executor().to_string(),
            "task": receipt.ran().to_string(),
            "out": outcome,
        });
        if let (Err(refusal), Some(answer)) = (&judged, answer.as_object_mut()) {
            answer.insert("error".to_owned(), refusal.to_json(token.cid()));
        }
        output.json(&answer)?;
    } else {
        match &judged {
            Ok(()) => {
                output.say(Line::tinted(Tint::Good, "valid").plain(": the executor says so"))?
            }
            Err(refusal) => output.say(
                Line::tinted(Tint::Bad, "invalid").plain(format_args!(": {}", refusal.words())),
            )?,
        }
        output.say(field("executor", receipt.executor()))?;
        output.say(field("task", receipt.ran()))?;
        output.say(field(kind, show::ipld_text(value)))?;
        if arguments.of.is_none() && arguments.executor.is_none() {
            output.hint("anyone can sign a receipt for itself: name the executor with `--of` or `--executor`")?;
        }
    }
    Ok(if judged.is_ok() {
        Answer::Yes
    } else {
        Answer::No
    })
}

fn judge(
    arguments: &Verify,
    token: &Parsed<Invocation>,
    receipt: &Receipt,
) -> Result<Result<(), Refusal>, Failure> {
    let now = match arguments.at {
        Some(moment) => moment.one_seen_from(time::now()?, "--at")?,
        None => time::now()?,
    };
    let invocation = arguments.of.as_deref().map(invocation_of).transpose()?;
    let denied = |denial| Ok(Err(Refusal::Denied(Box::new(denial))));
    let verified = match token.verify(&DidKeys) {
        Ok(verified) => verified,
        Err(invalid) => return denied(invalid.into()),
    };
    // A receipt is an invocation of its executor by itself, and is judged like any other.
    let leave = authorize(
        verified,
        Evidence {
            now,
            leeway: Duration::ZERO,
            executor: receipt.executor(),
            keys: &DidKeys,
            proofs: &[],
            revocations: &Revocations::none(),
            limits: &Limits::DEFAULT,
        },
    );
    if let Err(denial) = leave {
        return denied(denial);
    }
    let task = match &invocation {
        Some(invocation) => Some(task_of(invocation)?),
        None => arguments.task,
    };
    if let Some(wanted) = task.filter(|task| *task != receipt.ran()) {
        return Ok(Err(Refusal::OtherTask { wanted }));
    }
    let executor = arguments
        .executor
        .as_ref()
        .or(invocation.as_ref().map(|call| call.unverified().executor()));
    if let Some(wanted) = executor.filter(|executor| *executor != receipt.executor()) {
        let wanted = wanted.clone();
        return Ok(Err(Refusal::OtherExecutor { wanted }));
    }
    Ok(Ok(()))
}

impl Refusal {
    fn words(&self) -> String {
        match self {
            Self::Denied(denial) => format!("{}: {}", denial.reason.code(), denial.reason),
            Self::OtherTask { wanted } => {
                format!("InvalidClaim: it is about another task than {wanted}")
            }
            Self::OtherExecutor { wanted } => {
                format!("InvalidAudience: it is not signed by {wanted}")
            }
        }
    }

    fn to_json(&self, token: Cid) -> Value {
        match self {
            Self::Denied(denial) => denial_json(denial),
            other => {
                let words = other.words();
                let (code, message) = words.split_once(": ").unwrap_or(("InvalidClaim", &words));
                json!({ "code": code, "token": token.to_string(), "message": message })
            }
        }
    }
}

fn one_receipt(container: &Container) -> Result<&Parsed<Invocation>, Failure> {
    container
        .invocation()
        .map_err(|cause| Failure::malformed(format_args!("not one receipt: {cause}")))
}

fn invocation_of(file: &Path) -> Result<Parsed<Invocation>, Failure> {
    let container = input::tokens_of(Some(file))?;
    container
        .invocation()
        .cloned()
        .map_err(|cause| Failure::malformed(format_args!("`{}`: {cause}", file.display())))
}

fn task_of(invocation: &Parsed<Invocation>) -> Result<Cid, Failure> {
    invocation.unverified().task().map_err(Failure::malformed)
}
