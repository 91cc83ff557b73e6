//! `delegant signer`: a process that holds the key, so that the agent's own holds none.

use std::path::PathBuf;

use clap::Args;
use delegant_agent::Agent;
use delegant_mcp::signer::{Asked, Server};

use crate::failure::{Answer, Done, Failure};
use crate::keys::KeyArguments;
use crate::output::{Line, Output, Tint};
use crate::proofs::open;
use crate::runtime::wait;

const EXAMPLES: &str = "Examples:
  delegant signer --socket ~/.delegant/signer --key agent.pem --wallet wallet

  # the agent runs as a user of its own, who cannot read the key
  delegant signer --socket /run/delegant/signer --key agent.pem \\
    --wallet wallet --allow-uid 1001";

/// Sign invocations for other processes, over a socket
///
/// Whoever asks gets an invocation that the wallet proves, and that lives for a minute at most: never the
/// key, and never a signature on anything else. Only this user may ask, and those that are allowed. It
/// says on standard error who asked for what, without the arguments.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The socket: made now, in a directory that only its owner can enter
    #[arg(long, value_name = "PATH")]
    socket: PathBuf,

    #[command(flatten)]
    key: KeyArguments,

    /// Folder with the delegations that the key was given; looked into again when more is needed
    #[arg(long, value_name = "DIR")]
    wallet: PathBuf,

    /// Let this user ask as well; may be repeated
    #[arg(long, value_name = "UID")]
    allow_uid: Vec<u32>,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    let key = arguments.key.load()?;
    let wallet = open(arguments.wallet.clone(), output)?;
    let agent = Agent::new(key, wallet.delegations().clone());
    wait(serve(arguments, agent, output))?
}

async fn serve(arguments: &Arguments, agent: Agent, output: Output) -> Done {
    let did = agent.did().clone();
    let server = Server::bind(&arguments.socket, agent, &arguments.allow_uid)
        .map_err(Failure::usage)?
        .wallet(arguments.wallet.clone())
        // Where nobody reads it any more, signing goes on.
        .tell(move |asked| drop(output.note(told(asked))));
    let path = arguments.socket.display();
    output.note(
        Line::tinted(Tint::Good, "signing ")
            .plain(format_args!("on `{path}` as "))
            .name(did),
    )?;
    server.serve().await;
    Ok(Answer::Yes)
}

fn told(asked: &Asked<'_>) -> Line {
    let tint = if asked.code == "Signed" {
        Tint::Good
    } else {
        Tint::Bad
    };
    let what = asked.what.map_or_else(String::new, |(subject, command)| {
        format!(" {command} on {subject}")
    });
    let process = asked
        .process
        .map_or_else(String::new, |id| format!(", process {id}"));
    Line::tinted(tint, asked.code).plain(format_args!("{what} for user {}{process}", asked.user))
}
