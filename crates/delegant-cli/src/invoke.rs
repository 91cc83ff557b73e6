//! `delegant invoke`: asks for something to be done, and brings the proofs along.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Args;
use delegant::{
    Cid, Command, Delegation, Denial, Did, DidKeys, Evidence, Invocation, Ipld, Limits, Nonce,
    Parsed, Revocations, Signer, Token, Verified, authorize,
};
use delegant_agent::{Delegations, NoProof, Request};
use serde_json::json;

use crate::delegate::not_signed;
use crate::failure::{Answer, Done, Failure};
use crate::keys::KeyArguments;
use crate::output::{Line, Output, Tint};
use crate::proofs::{self, Goal, ProofArguments};
use crate::time::Moment;
use crate::token_output::TokenOutput;
use crate::wallet::near_miss;
use crate::{input, show, time};

const EXAMPLES: &str = r#"Examples:
  delegant invoke --key agent.pem --command /encounters/read \
    --arg patient=p-17 --proofs given.ucan -o call.ucan

  # on one's own authority, and straight to whoever decides
  delegant invoke --key alice.pem --command /ping | delegant verify"#;

/// How long an invocation lives where nothing is said: it is meant to be used at once.
const LIFETIME: Duration = Duration::from_secs(300);

/// Sign an invocation: the executor shall do this command with these arguments
///
/// Picks the proofs, judges the result as the executor would, and prints a container with the
/// invocation and its proofs. What would be refused now is not printed.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    key: KeyArguments,

    /// On whose authority [default: that of the proofs; without proofs, the signer's own]
    #[arg(long, value_name = "DID")]
    subject: Option<Did>,

    /// What shall be done
    #[arg(long)]
    command: Command,

    /// The arguments as a JSON object; `@FILE` reads them from a file
    #[arg(long, value_name = "JSON|@FILE")]
    args: Option<String>,

    /// One argument, its value as JSON where it is, and else as text; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = input::named_value)]
    arg: Vec<(String, Ipld)>,

    /// Who shall do it, where that is not the subject
    #[arg(long, value_name = "DID")]
    audience: Option<Did>,

    /// When it ends [default: 5m]
    #[arg(long, value_name = "TIME")]
    expires: Option<Moment>,

    /// When it begins
    #[arg(long, value_name = "TIME")]
    not_before: Option<Moment>,

    /// The receipt that led to it
    #[arg(long, value_name = "CID")]
    cause: Option<Cid>,

    /// Something to remember in it, never part of a decision; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = input::named_value)]
    meta: Vec<(String, Ipld)>,

    /// Leave the nonce empty: the same call again is the same task
    #[arg(long)]
    nonce_empty: bool,

    /// Sign even what would be refused now
    #[arg(long)]
    unchecked: bool,

    #[command(flatten)]
    proofs: ProofArguments,

    #[command(flatten)]
    form: TokenOutput,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    let now = time::now()?;
    let args = together(arguments.args.as_deref(), &arguments.arg)?;
    let signer = arguments.key.load()?;
    let invoker = signer.did();
    let known = arguments.proofs.load(output)?;
    let subject = arguments
        .proofs
        .subject(arguments.subject.as_ref(), &invoker, &known)?;
    let request = Request {
        invoker: &invoker,
        subject: &subject,
        command: &arguments.command,
        arguments: &args,
        now,
    };
    let (chain, missed) = prove(&known, &request);

    let mut builder = Invocation::builder(subject.clone(), arguments.command.clone())
        .arguments(args.clone())
        .proofs(chain.iter().map(|link| link.cid()))
        .issued_at(now)
        .edition(arguments.form.edition());
    let expires = arguments.expires.unwrap_or(Moment::In(LIFETIME));
    builder = match expires.seen_from(now) {
        Some(moment) => builder.expiration(moment),
        None => builder.never_expires(),
    };
    if let Some(moment) = arguments.not_before {
        builder = builder.not_before(moment.one_seen_from(now, "--not-before")?);
    }
    if let Some(audience) = &arguments.audience {
        builder = builder.audience(audience.clone());
    }
    if let Some(cause) = arguments.cause {
        builder = builder.cause(cause);
    }
    for (name, value) in &arguments.meta {
        builder = builder.meta(name, value.clone());
    }
    let nonce = if arguments.nonce_empty {
        Nonce::empty()
    } else {
        Nonce::random().map_err(Failure::usage)?
    };
    let invocation = builder.sign(&signer, nonce).map_err(not_signed)?;

    let links: Vec<Parsed<Delegation>> = chain.iter().map(Verified::to_parsed).collect();
    let judged = authorize(
        invocation.clone(),
        Evidence {
            now,
            leeway: Duration::ZERO,
            executor: invocation.executor(),
            keys: &DidKeys,
            proofs: &links,
            revocations: &Revocations::none(),
            limits: &Limits::DEFAULT,
        },
    );
    match judged {
        Err(denial) if !arguments.unchecked => return Err(refused(&denial, missed.as_deref())),
        Err(denial) => output.warn(format_args!("it would be refused now: {}", denial.reason))?,
        Ok(_) => {}
    }

    if !output.is_json() {
        output.note(Line::tinted(Tint::Good, "invocation ").plain(invocation.cid()))?;
        match invocation.bounds().expiration() {
            Some(end) if arguments.expires.is_none() => {
                output.note(Line::tinted(Tint::Name, "expires: ").plain(format_args!(
                    "in {}, at {end}; say when with `--expires`",
                    show::distance(now, end)
                )))?
            }
            None => {
                output.warn("broad: it never expires; its executor must remember it for ever")?
            }
            Some(_) => {}
        }
    }
    let beside = json!({
        "cid": invocation.cid().to_string(),
        "invocation": show::invocation_json(invocation.cid(), &invocation),
    });
    let tokens = chain
        .into_iter()
        .map(Token::from)
        .chain([Token::from(invocation)]);
    arguments.form.deliver(tokens, beside, output)?;
    Ok(Answer::Yes)
}

/// The arguments of `--args` and `--arg` together.
pub(crate) fn together(
    args: Option<&str>,
    arg: &[(String, Ipld)],
) -> Result<BTreeMap<String, Ipld>, Failure> {
    let mut arguments = match args {
        None => BTreeMap::new(),
        Some(text) => object(text)?,
    };
    for (name, value) in arg {
        if arguments.insert(name.clone(), value.clone()).is_some() {
            return Err(Failure::usage(format_args!(
                "the argument `{name}` is there twice"
            )));
        }
    }
    Ok(arguments)
}

/// Reads a JSON object.
pub(crate) fn object(argument: &str) -> Result<BTreeMap<String, Ipld>, Failure> {
    match input::json_value(argument, "--args")? {
        Ipld::Map(map) => Ok(map),
        _ => Err(Failure::malformed(
            "`--args` must be a JSON object, such as {\"patient\":\"p-17\"}",
        )),
    }
}

/// The chain that proves the request; or else one that does not, so that it can be said why.
fn prove(
    known: &Delegations,
    request: &Request<'_>,
) -> (Vec<Verified<Delegation>>, Option<Box<NoProof>>) {
    match known.prove(request) {
        Ok(chain) => (chain, None),
        Err(missed) => {
            let goal = Goal {
                signer: request.invoker,
                subject: request.subject,
                command: request.command,
                now: request.now,
            };
            (proofs::chain(known, goal), Some(missed))
        }
    }
}

fn refused(denial: &Denial, missed: Option<&NoProof>) -> Failure {
    let mut failure = Failure::refused(
        denial.reason.code(),
        format_args!("it would be refused now: {denial}"),
    );
    if let Some(explanation) = denial.reason.explanation() {
        failure = failure.hint(explanation);
    }
    let misses = missed.map_or(&[][..], |missed| &missed.near_misses);
    failure = failure.hints(
        misses
            .iter()
            .filter(|miss| miss.token != denial.token)
            .take(4)
            .map(near_miss),
    );
    failure.hint("sign it all the same with `--unchecked`")
}
