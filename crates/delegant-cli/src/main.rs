//! `delegant`: capability tokens on the terminal.

#[cfg(feature = "http")]
mod call;
mod completions;
mod delegate;
mod demo;
mod failure;
#[cfg(all(feature = "http", feature = "store"))]
mod follow;
mod input;
mod inspect;
mod invoke;
mod key;
mod keys;
#[cfg(feature = "mcp")]
mod mcp;
mod output;
mod policy;
mod proofs;
mod receipt;
#[cfg(feature = "store")]
mod refuse;
#[cfg(feature = "store")]
mod revocations;
mod revoke;
#[cfg(any(feature = "http", feature = "store", feature = "mcp"))]
mod runtime;
#[cfg(feature = "http")]
mod service;
mod show;
#[cfg(all(feature = "mcp", unix))]
mod signer;
#[cfg(feature = "store")]
mod store;
mod survey;
mod time;
mod token_output;
mod verify;
mod wallet;

use std::process::ExitCode;

use clap::error::ContextValue;
use clap::{Parser, Subcommand};

use crate::failure::{Answer, Done, Failure};
use crate::output::{Output, harmless};

/// Capability tokens for people and the agents that act for them: UCAN 1.0
///
/// A user signs a narrow delegation to an agent, the agent a narrower one to the next; whoever holds
/// the resource verifies the whole chain offline.
#[derive(Debug, Parser)]
#[command(name = "delegant", version, max_term_width = 100, after_help = START)]
pub(crate) struct Cli {
    /// Answer with JSON, on one line
    #[arg(long, global = true)]
    json: bool,

    #[command(subcommand)]
    verb: Verb,
}

const START: &str = "Exit codes: 0 done or valid, 1 refused or invalid, 2 not usable.

Start with `delegant demo`, or with a key of your own: `delegant key new FILE`.";

#[derive(Debug, Subcommand)]
enum Verb {
    #[command(subcommand)]
    Key(key::Verb),
    Delegate(Box<delegate::Arguments>),
    Invoke(Box<invoke::Arguments>),
    Verify(verify::Arguments),
    Inspect(inspect::Arguments),
    #[command(subcommand)]
    Policy(policy::Verb),
    Revoke(revoke::Arguments),
    #[cfg(feature = "http")]
    Call(Box<call::Arguments>),
    #[cfg(feature = "store")]
    Refuse(refuse::Arguments),
    #[cfg(feature = "store")]
    #[command(subcommand)]
    Revocations(Box<revocations::Verb>),
    #[cfg(feature = "mcp")]
    #[command(subcommand)]
    Mcp(Box<mcp::Verb>),
    #[cfg(all(feature = "mcp", unix))]
    Signer(Box<signer::Arguments>),
    #[command(subcommand)]
    Receipt(receipt::Verb),
    #[command(subcommand)]
    Wallet(wallet::Verb),
    Demo(demo::Arguments),
    Completions(completions::Arguments),
}

fn main() -> ExitCode {
    leave_no_core();
    let cli = Cli::try_parse().unwrap_or_else(|error| harmless_usage(error).exit());
    let output = Output::new(cli.json);
    match run(&cli.verb, output) {
        Ok(Answer::Yes) => ExitCode::SUCCESS,
        Ok(Answer::No) => ExitCode::from(1),
        Ok(Answer::Unreadable) => ExitCode::from(2),
        #[cfg(feature = "mcp")]
        Ok(Answer::Ended(code)) => ExitCode::from(code),
        Err(failure) => {
            // Where even this cannot be said, the exit code says it.
            let _ = if output.is_json() {
                output.json(&failure.to_json())
            } else {
                output.fail(&failure)
            };
            ExitCode::from(failure.exit())
        }
    }
}

fn run(verb: &Verb, output: Output) -> Done {
    delegant::self_test().map_err(|weakened| Failure::unreadable("Weakened", weakened))?;
    match verb {
        Verb::Key(verb) => key::run(verb, output),
        Verb::Delegate(arguments) => delegate::run(arguments, output),
        Verb::Invoke(arguments) => invoke::run(arguments, output),
        Verb::Verify(arguments) => verify::run(arguments, output),
        Verb::Inspect(arguments) => inspect::run(arguments, output),
        Verb::Policy(verb) => policy::run(verb, output),
        Verb::Revoke(arguments) => revoke::run(arguments, output),
        #[cfg(feature = "http")]
        Verb::Call(arguments) => call::run(arguments, output),
        #[cfg(feature = "store")]
        Verb::Refuse(arguments) => refuse::run(arguments, output),
        #[cfg(feature = "store")]
        Verb::Revocations(verb) => revocations::run(verb, output),
        #[cfg(feature = "mcp")]
        Verb::Mcp(verb) => mcp::run(verb, output),
        #[cfg(all(feature = "mcp", unix))]
        Verb::Signer(arguments) => signer::run(arguments, output),
        Verb::Receipt(verb) => receipt::run(verb, output),
        Verb::Wallet(verb) => wallet::run(verb, output),
        Verb::Demo(arguments) => demo::run(arguments, output),
        Verb::Completions(arguments) => completions::run(arguments, output),
    }
}

/// The parser repeats the arguments that it refuses, and somebody else may have written them.
fn harmless_usage(mut error: clap::Error) -> clap::Error {
    let repeated: Vec<_> = error
        .context()
        .map(|(kind, value)| (kind, value.clone()))
        .collect();
    for (kind, value) in repeated {
        let value = match value {
            ContextValue::String(text) => ContextValue::String(harmless(&text)),
            ContextValue::Strings(texts) => {
                ContextValue::Strings(texts.iter().map(|text| harmless(text)).collect())
            }
            ours => ours,
        };
        error.insert(kind, value);
    }
    error
}

/// A crash must not leave a key on the disk.
#[cfg(unix)]
fn leave_no_core() {
    let none = rustix::process::Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // Where the system refuses even less than it allows now, there is nothing more to do.
    let _ = rustix::process::setrlimit(rustix::process::Resource::Core, none);
}

#[cfg(not(unix))]
const fn leave_no_core() {}
