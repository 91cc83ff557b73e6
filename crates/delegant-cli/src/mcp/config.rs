//! `delegant mcp config`: what to write into a client's configuration file.

use std::path::{Path, PathBuf, absolute};

use clap::Args;
use delegant::Did;
use delegant_agent::keyfile::{self, StoredKey};
use serde_json::json;

use crate::failure::{Answer, Done, Failure};
use crate::mcp::clients::{Client, Launch};
use crate::output::Output;

const EXAMPLES: &str = "Examples:
  delegant mcp config --client cursor --key agent.pem --wallet wallet \\
    --service did:web:records.example -- npx some-server

  # a server over HTTP, and a key that another process holds
  delegant mcp config --client codex --signer ~/.delegant/signer \\
    --service did:web:records.example --upstream https://records.example/mcp";

/// Print what makes a client start a server behind `delegant mcp sign`
///
/// Nothing is written: paste it into the file that is named. Paths become whole ones, since clients
/// start servers wherever they like.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The client
    #[arg(long, value_enum)]
    client: Client,

    /// How the client shows the server [default: after the server's command]
    #[arg(long)]
    name: Option<String>,

    /// Key file of the agent
    #[arg(
        long,
        value_name = "FILE",
        requires = "wallet",
        required_unless_present = "signer"
    )]
    key: Option<PathBuf>,

    /// Read the passphrase of the key file from the first line of this file
    #[arg(long, value_name = "FILE", requires = "key")]
    passphrase_file: Option<PathBuf>,

    /// Folder with the delegations that the agent was given
    #[arg(long, value_name = "DIR", requires = "key")]
    wallet: Option<PathBuf>,

    /// Socket of a signer that holds key and wallet: `delegant signer`
    #[arg(long, value_name = "SOCKET", conflicts_with_all = ["key", "wallet"])]
    signer: Option<PathBuf>,

    /// The server to sign for [default: the one that answers]
    #[arg(long, value_name = "DID")]
    service: Option<Did>,

    /// Whose resources are asked for [default: as the server says]
    #[arg(long, value_name = "DID")]
    subject: Option<Did>,

    /// A server over HTTP, instead of a command
    #[arg(
        long,
        value_name = "URL",
        conflicts_with = "command",
        required_unless_present = "command"
    )]
    upstream: Option<String>,

    /// The command that starts the server
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    let launch = arguments.launch()?;
    let snippet = arguments.client.snippet(&launch);
    let file = arguments.client.file();
    if output.is_json() {
        output.json(&json!({
            "file": file,
            "name": launch.name,
            "command": launch.command,
            "args": launch.arguments,
            "snippet": snippet,
        }))?;
        return Ok(Answer::Yes);
    }
    for line in snippet.lines() {
        output.say(line)?;
    }
    output.note(format_args!("for {file}"))?;
    arguments.warn(output)?;
    Ok(Answer::Yes)
}

impl Arguments {
    fn launch(&self) -> Result<Launch, Failure> {
        let mut arguments = vec!["mcp".to_owned(), "sign".to_owned()];
        let mut flag = |name: &str, value: String| arguments.extend([name.to_owned(), value]);
        for (name, path) in [
            ("--key", &self.key),
            ("--passphrase-file", &self.passphrase_file),
            ("--wallet", &self.wallet),
            ("--signer", &self.signer),
        ] {
            if let Some(path) = path {
                flag(name, whole(path)?);
            }
        }
        for (name, did) in [("--service", &self.service), ("--subject", &self.subject)] {
            if let Some(did) = did {
                flag(name, did.to_string());
            }
        }
        if let Some(url) = &self.upstream {
            flag("--upstream", url.clone());
        } else {
            arguments.push("--".to_owned());
            arguments.extend(self.command.iter().cloned());
        }
        Ok(Launch {
            name: self.name.clone().unwrap_or_else(|| self.likely_name()),
            command: this_command(),
            arguments,
        })
    }

    /// What people would call the server: the package or the script that is started, or the host.
    fn likely_name(&self) -> String {
        let mut words = self.command.iter().skip(1).chain(self.command.first());
        let word = words.find(|word| !word.starts_with('-'));
        let host = self.upstream.as_deref().map(|url| {
            let behind = url.split_once("://").map_or(url, |(_, behind)| behind);
            behind.split(['/', ':', '?']).next().unwrap_or_default()
        });
        let text = word.map(String::as_str).or(host).unwrap_or_default();
        let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
        let bare = last.split('@').next().unwrap_or_default();
        match bare {
            "" => "server".to_owned(),
            bare => bare.to_owned(),
        }
    }

    fn warn(&self, output: Output) -> Result<(), Failure> {
        if let Some(key) = &self.key {
            let needs_asking = match keyfile::read(key) {
                Ok(StoredKey::Encrypted(_)) => self.passphrase_file.is_none(),
                Ok(_) => false,
                Err(cause) => {
                    output.warn(&cause)?;
                    false
                }
            };
            if needs_asking {
                output.warn("the key is encrypted, and a client has no terminal to ask for the passphrase on")?;
                output.hint("give `--passphrase-file FILE`, or start `delegant signer` and give its socket with `--signer`")?;
            }
        }
        if self.service.is_none() {
            output.hint(
                "name the server with `--service DID`, so that nobody else can have calls signed",
            )?;
        }
        if self.command.iter().any(|word| word.contains('$')) {
            output.hint("some clients put something else in the place of `$NAME` and `${NAME}`")?;
        }
        Ok(())
    }
}

fn whole(path: &Path) -> Result<String, Failure> {
    let whole = absolute(path)
        .map_err(|cause| Failure::usage(format_args!("`{}`: {cause}", path.display())))?;
    let text = whole.to_str().map(ToOwned::to_owned);
    text.ok_or_else(|| {
        Failure::usage(format_args!(
            "`{}` is not UTF-8, and no configuration file can name it",
            path.display()
        ))
    })
}

/// A client that was not started from a shell may not know where it is.
fn this_command() -> String {
    let path = std::env::current_exe().ok();
    let text = path.and_then(|path| path.to_str().map(ToOwned::to_owned));
    text.unwrap_or_else(|| "delegant".to_owned())
}
