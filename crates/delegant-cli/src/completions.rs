//! `delegant completions`: teaches the shell our verbs.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use crate::Cli;
use crate::failure::{Answer, Done};
use crate::output::Output;

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "Example:
  delegant completions bash > delegant.bash")]
pub(crate) struct Arguments {
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    let mut script = Vec::new();
    generate(
        arguments.shell,
        &mut Cli::command(),
        "delegant",
        &mut script,
    );
    output.deliver(&script, true, None)?;
    Ok(Answer::Yes)
}
