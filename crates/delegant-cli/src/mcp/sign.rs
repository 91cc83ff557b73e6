//! `delegant mcp sign`: each call is signed by the agent's key, which the model never sees.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use delegant::Did;
use delegant_agent::Agent;
use delegant_mcp::hand_over::{Bounds, HandOver};
use delegant_mcp::signer::SignerClient;
use delegant_mcp::{Hand, Holder, Middle, Signing};

use crate::failure::{Done, Failure};
use crate::keys;
use crate::mcp::between::{Place, wait};
use crate::output::Output;
use crate::proofs::open;
use crate::time::parse_duration;

const EXAMPLES: &str = r#"Examples:
  # in a client's configuration, in front of the command that was there
  delegant mcp sign --key agent.pem --wallet wallet --service did:key:z6Mk… -- npx some-server

  # a server elsewhere, for a client that speaks over pipes or over HTTP
  delegant mcp sign --key agent.pem --wallet wallet --upstream https://tools.example/mcp
  delegant mcp sign --key agent.pem --wallet wallet --upstream https://tools.example/mcp --listen 127.0.0.1:8081

  # the key in a process of its own
  delegant signer --socket run/signer --key agent.pem --wallet wallet
  delegant mcp sign --signer run/signer -- npx some-server"#;

/// Sign every call beside a client: stdio or HTTP
///
/// Picks the chain from the wallet, signs an invocation of this call for this server, and sends it along.
/// What the wallet does not allow is not sent, and the model is told what is missing. A server that does
/// not ask for proofs gets its messages as they were.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Key file of the agent
    #[arg(long, value_name = "FILE", required_unless_present = "signer")]
    key: Option<PathBuf>,

    /// Read the passphrase from the first line of this file instead of asking for it
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,

    /// The delegations that the agent was given: a folder
    #[arg(long, value_name = "DIR", required_unless_present = "signer")]
    wallet: Option<PathBuf>,

    /// The socket of a `delegant signer` that holds key and wallet
    #[arg(long, value_name = "SOCKET", conflicts_with_all = ["key", "wallet", "passphrase_file"])]
    signer: Option<PathBuf>,

    /// Who the server is; without it, who it says it is
    #[arg(long, value_name = "DID")]
    service: Option<Did>,

    /// On whose authority [default: as the server says; else the server's own]
    #[arg(long, value_name = "DID")]
    subject: Option<Did>,

    /// Show the client only those tools that something in the wallet could be for
    #[arg(long, requires = "key")]
    hide_tools: bool,

    /// Let the agent hand over parts of what it may do, by a tool `delegant_delegate`; files for those who
    /// receive them are written there
    #[arg(long, value_name = "DIR", requires = "key")]
    hand_over: Option<PathBuf>,

    /// The most delegations in a chain that is handed over
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 4,
        requires = "hand_over"
    )]
    max_depth: usize,

    /// The longest that what is handed over lasts
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = parse_duration, requires = "hand_over")]
    longest: Duration,

    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    // Before anything waits: a passphrase may be asked for.
    let holder = holder(arguments, output)?;
    arguments.place.tells();
    wait(async {
        let bounds = arguments.hand_over.as_ref().map(|folder| Bounds {
            max_depth: arguments.max_depth,
            longest: arguments.longest,
            folder: folder.clone(),
        });
        let hand_over = bounds
            .zip(holder.as_ref())
            .map(|(bounds, holder)| HandOver::new(holder.clone(), bounds));
        let hand = match (holder, &arguments.signer) {
            (Some(holder), _) => Hand::from(holder),
            (None, Some(socket)) => SignerClient::connect(socket)
                .await
                .map_err(Failure::usage)?
                .into(),
            (None, None) => return Err(Failure::usage("neither `--key` nor `--signer`")),
        };
        let mut signing = Signing::new(hand);
        if let Some(service) = &arguments.service {
            signing = signing.server(service.clone());
        }
        if let Some(subject) = &arguments.subject {
            signing = signing.subject(subject.clone());
        }
        if arguments.hide_tools {
            signing = signing.hides_tools();
        }
        if let Some(hand_over) = hand_over {
            signing = signing.hands_over(hand_over);
        }
        arguments
            .place
            .stand(Middle::Signing(signing), output)
            .await
    })?
}

fn holder(arguments: &Arguments, output: Output) -> Result<Option<Holder>, Failure> {
    let (Some(key), Some(wallet)) = (&arguments.key, &arguments.wallet) else {
        return Ok(None);
    };
    let key = keys::load(key, arguments.passphrase_file.as_deref())?;
    let delegations = open(wallet.clone(), output)?.delegations().clone();
    Ok(Some(Holder::with_wallet(
        Agent::new(key, delegations),
        wallet.clone(),
    )))
}
