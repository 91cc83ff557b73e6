//! `delegant wallet`: the delegations that somebody was given.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use delegant::{Command, Did, Ipld, Token};
use delegant_agent::{Miss, NearMiss, NoProof, Request};
use serde_json::json;

use crate::failure::{Answer, Done, Failure};
use crate::input;
use crate::invoke::object;
use crate::output::{Line, Output, Tint};
use crate::proofs::{open, open_or_make, wallet_failure};
use crate::show::{self, Tree, field};
use crate::time::{self, Moment};
use crate::token_output::TokenOutput;

/// Keep the delegations that you were given, and find those that prove something
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Add(Add),
    List(List),
    Prune(Prune),
    Prove(Box<Prove>),
}

pub(crate) fn run(verb: &Verb, output: Output) -> Done {
    match verb {
        Verb::Add(arguments) => add(arguments, output),
        Verb::List(arguments) => list(arguments, output),
        Verb::Prune(arguments) => prune(arguments, output),
        Verb::Prove(arguments) => prove(arguments, output),
    }
}

#[derive(Debug, Args)]
struct Folder {
    /// The wallet: a folder, made where there is none
    #[arg(long, value_name = "DIR")]
    wallet: PathBuf,
}

/// Add the delegations of containers, once they are verified
#[derive(Debug, Args)]
#[command(after_help = "Example:
  delegant wallet add --wallet wallet given.ucan")]
pub(crate) struct Add {
    #[command(flatten)]
    folder: Folder,

    /// Containers [default: standard input]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

fn add(arguments: &Add, output: Output) -> Done {
    let mut wallet = open_or_make(arguments.folder.wallet.clone(), output)?;
    let mut told = Vec::new();
    let files: Vec<Option<&PathBuf>> = match arguments.files.as_slice() {
        [] => vec![None],
        files => files.iter().map(Some).collect(),
    };
    for file in files {
        let container = input::tokens_of(file.map(PathBuf::as_path))?;
        if container.delegations().is_empty() {
            return Err(Failure::malformed("there is no delegation in it"));
        }
        let added = wallet
            .add(container.delegations())
            .map_err(|cause| wallet_failure(&cause))?;
        for added in added {
            if !output.is_json() {
                let word = if added.is_new { "added" } else { "known" };
                output.say(Line::tinted(Tint::Good, format_args!("{word} ")).plain(added.cid))?;
            }
            told.push(json!({ "cid": added.cid.to_string(), "new": added.is_new }));
        }
    }
    if output.is_json() {
        output.json(&json!({ "added": told }))?;
    }
    Ok(Answer::Yes)
}

/// List what is in the wallet
#[derive(Debug, Args)]
#[command(after_help = "Example:
  delegant wallet list --wallet wallet")]
pub(crate) struct List {
    #[command(flatten)]
    folder: Folder,
}

fn list(arguments: &List, output: Output) -> Done {
    let wallet = open(arguments.folder.wallet.clone(), output)?;
    let now = time::now()?;
    if output.is_json() {
        let delegations: Vec<_> = wallet
            .delegations()
            .iter()
            .map(|delegation| show::delegation_json(delegation.cid(), delegation))
            .collect();
        output.json(&json!({ "delegations": delegations }))?;
        return Ok(Answer::Yes);
    }
    for delegation in wallet.delegations().iter() {
        let state = match delegation.bounds().check(now, std::time::Duration::ZERO) {
            Ok(()) => Line::default(),
            Err(out) => Line::tinted(Tint::Warning, format_args!("  {out}")),
        };
        let tree = Tree::new(state.behind(Line::tinted(Tint::Strong, delegation.cid())))
            .with(field("from", delegation.issuer()))
            .with(field("to", delegation.audience()))
            .with(field("subject", delegation.subject()))
            .with_all(show::given_lines(delegation));
        output.say_all(tree.lines())?;
    }
    if wallet.delegations().iter().len() == 0 {
        output.note("the wallet is empty; add to it with `delegant wallet add`")?;
    }
    Ok(Answer::Yes)
}

/// Remove what has expired
#[derive(Debug, Args)]
#[command(after_help = "Example:
  delegant wallet prune --wallet wallet")]
pub(crate) struct Prune {
    #[command(flatten)]
    folder: Folder,

    /// Judge at this moment [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<Moment>,
}

fn prune(arguments: &Prune, output: Output) -> Done {
    let mut wallet = open(arguments.folder.wallet.clone(), output)?;
    let now = match arguments.at {
        Some(moment) => moment.one_seen_from(time::now()?, "--at")?,
        None => time::now()?,
    };
    let pruned = wallet.prune(now).map_err(|cause| wallet_failure(&cause))?;
    if output.is_json() {
        let pruned: Vec<String> = pruned.iter().map(ToString::to_string).collect();
        output.json(&json!({ "pruned": pruned }))?;
        return Ok(Answer::Yes);
    }
    for cid in &pruned {
        output.say(Line::tinted(Tint::Good, "pruned ").plain(cid))?;
    }
    if pruned.is_empty() {
        output.note("nothing has expired")?;
    }
    Ok(Answer::Yes)
}

/// Find the delegations that prove something, or say why each near miss does not
#[derive(Debug, Args)]
#[command(after_help = "Example:
  delegant wallet prove --wallet wallet \\
    --invoker \"$(delegant key show agent.pem)\" \\
    --subject \"$(delegant key show alice.pem)\" \\
    --command /encounters/read --args '{\"patient\":\"p-17\"}'")]
pub(crate) struct Prove {
    #[command(flatten)]
    folder: Folder,

    /// Who would invoke
    #[arg(long, value_name = "DID")]
    invoker: Did,

    /// On whose authority
    #[arg(long, value_name = "DID")]
    subject: Did,

    /// What
    #[arg(long)]
    command: Command,

    /// With which arguments, as a JSON object; `@FILE` reads them from a file
    #[arg(long, value_name = "JSON|@FILE")]
    args: Option<String>,

    /// Judge at this moment [default: now]
    #[arg(long, value_name = "TIME")]
    at: Option<Moment>,

    #[command(flatten)]
    form: TokenOutput,
}

fn prove(arguments: &Prove, output: Output) -> Done {
    let wallet = open(arguments.folder.wallet.clone(), output)?;
    let now = match arguments.at {
        Some(moment) => moment.one_seen_from(time::now()?, "--at")?,
        None => time::now()?,
    };
    let args: BTreeMap<String, Ipld> = match &arguments.args {
        Some(text) => object(text)?,
        None => BTreeMap::new(),
    };
    let chain = wallet
        .prove(&Request {
            invoker: &arguments.invoker,
            subject: &arguments.subject,
            command: &arguments.command,
            arguments: &args,
            now,
        })
        .map_err(|missed| no_proof("in the wallet", &missed))?;
    let cids: Vec<String> = chain.iter().map(|link| link.cid().to_string()).collect();
    if !output.is_json() {
        if chain.is_empty() {
            output.note("the invoker is the subject: no proof is needed")?;
        }
        for link in &chain {
            output.note(Line::tinted(Tint::Name, "proof: ").plain(link.cid()))?;
        }
    }
    arguments.form.deliver(
        chain.into_iter().map(Token::from),
        json!({ "proofs": cids }),
        output,
    )?;
    Ok(Answer::Yes)
}

/// What came close where nothing proves it.
pub(crate) fn no_proof(place: &str, missed: &NoProof) -> Failure {
    let message = format!(
        "nothing {place} proves that {} may `{}` on {}",
        missed.invoker, missed.command, missed.subject
    );
    let failure = Failure::refused("UnavailableProof", message);
    if missed.near_misses.is_empty() {
        return failure.hint("ask the subject, or who holds its authority, for a delegation");
    }
    failure.hints(missed.near_misses.iter().map(near_miss))
}

/// What is in the way, and with which statement where it is a policy.
pub(crate) fn near_miss(miss: &NearMiss) -> String {
    match &miss.miss {
        Miss::Unusable(reason) => match reason.explanation() {
            Some(explanation) => format!("{}: {explanation}", miss.token),
            None => miss.to_string(),
        },
        _ => miss.to_string(),
    }
}
