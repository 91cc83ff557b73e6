//! Who is there: the server alone, and behind a guard and a signer, each a process of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use delegant::Signer as _;
use delegant_agent::Wallet;
use delegant_agent::keyfile::{self, Protection};
use tempfile::TempDir;

use crate::Failure;
use crate::chain::Chain;
use crate::pipe::Pipe;
use crate::socket::{Listening, Socket};

/// Where a guard keeps what was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    InMemory,
    /// SQLite, which waits for the disk.
    OnDisk,
}

impl Kept {
    /// As figures name it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::InMemory => "memory",
            Self::OnDisk => "sqlite",
        }
    }
}

/// The chain has so many delegations.
const LENGTH: usize = 4;

/// Keys, rules and programs.
pub(crate) struct Stage {
    folder: TempDir,
    server: String,
    delegant: PathBuf,
    this: PathBuf,
}

impl Stage {
    pub(crate) fn new(kept: Kept) -> Result<Self, Failure> {
        let this = std::env::current_exe()?;
        let delegant = match std::env::var_os("DELEGANT") {
            Some(named) => named.into(),
            None => this.with_file_name("delegant"),
        };
        if !delegant.exists() {
            return Err(
                "`delegant` is not built: cargo build --release --locked -p delegant-cli".into(),
            );
        }
        let chain = Chain::of(LENGTH)?;
        // Not below `/tmp`, which may have no disk under it.
        let beside = this.parent().ok_or("this program lies nowhere")?;
        let folder = tempfile::tempdir_in(beside)?;
        let path = |name: &str| folder.path().join(name);
        keyfile::create(path("agent.pem"), &chain.agent, Protection::Plain)?;
        Wallet::open(path("wallet"))?.add(chain.given.container().delegations())?;
        let server = chain.server.did().to_string();
        let store = match kept {
            Kept::InMemory => "memory:".to_owned(),
            Kept::OnDisk => format!("sqlite:{}", path("guard.db").display()),
        };
        let rules = format!(
            "server = \"{server}\"\nmode = \"enforce\"\nstore = \"{store}\"\nrecord = \"{}\"\n[tools.read_encounters]\n",
            path("record.jsonl").display(),
        );
        fs::write(path("guard.toml"), rules)?;
        Ok(Self {
            folder,
            server,
            delegant,
            this,
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn echo(&self, how: &str) -> Command {
        let mut command = Command::new(&self.this);
        command.arg(how);
        command
    }

    fn guard(&self) -> Command {
        let mut command = Command::new(&self.delegant);
        command.args(["mcp", "guard", "--rules"]);
        command.arg(self.folder().join("guard.toml"));
        command
    }

    fn sign(&self) -> Command {
        let mut command = Command::new(&self.delegant);
        command.args(["mcp", "sign", "--service", &self.server]);
        command.arg("--key").arg(self.folder().join("agent.pem"));
        command.arg("--wallet").arg(self.folder().join("wallet"));
        command
    }

    /// The server over pipes.
    pub(crate) fn pipe_alone(&self) -> Result<Pipe, Failure> {
        Pipe::connect(self.echo("echo"), &[])
    }

    /// The same behind both.
    pub(crate) fn pipe_through(&self) -> Result<Pipe, Failure> {
        let guard = before(self.guard(), &self.echo("echo"));
        Pipe::connect(before(self.sign(), &guard), &["sign", "guard"])
    }

    /// The server over HTTP.
    pub(crate) fn socket_alone(&self) -> Result<Socket, Failure> {
        let server = Listening::start(self.echo("echo-http"))?;
        Socket::connect(vec![("server", server)])
    }

    /// The same behind both.
    pub(crate) fn socket_through(&self) -> Result<Socket, Failure> {
        let server = Listening::start(self.echo("echo-http"))?;
        let guard = Listening::start(listening(self.guard(), &server))?;
        let sign = Listening::start(listening(self.sign(), &guard))?;
        Socket::connect(vec![("sign", sign), ("guard", guard), ("server", server)])
    }
}

/// In front of a command.
fn before(mut command: Command, behind: &Command) -> Command {
    command.arg("--").arg(behind.get_program());
    command.args(behind.get_args());
    command
}

/// In front of somebody who listens.
fn listening(mut command: Command, behind: &Listening) -> Command {
    let upstream = format!("http://{}/mcp", behind.address);
    command.args(["--listen", "127.0.0.1:0", "--upstream", &upstream]);
    command
}
