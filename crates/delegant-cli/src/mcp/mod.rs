//! `delegant mcp`: proofs for MCP, without changing a client or a server.

mod between;
mod clients;
mod config;
mod guard;
mod sign;
mod suggest;
mod why;

use clap::Subcommand;

use crate::failure::Done;
use crate::output::Output;

/// Prove each call of an MCP tool, without changing client or server
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Guard(guard::Arguments),
    Sign(sign::Arguments),
    Suggest(Box<suggest::Arguments>),
    Why(why::Arguments),
    Config(Box<config::Arguments>),
}

pub(crate) fn run(verb: &Verb, output: Output) -> Done {
    match verb {
        Verb::Guard(arguments) => guard::run(arguments, output),
        Verb::Sign(arguments) => sign::run(arguments, output),
        Verb::Suggest(arguments) => suggest::run(arguments, output),
        Verb::Why(arguments) => why::run(arguments, output),
        Verb::Config(arguments) => config::run(arguments, output),
    }
}
