//! Who is there? A server, Alice whom it lets do everything, her agent, somebody else's, and the rules of the guard.

use std::fs;
use std::path::Path;
use std::process::Command;

use snapbox::cmd::cargo_bin;
use tempfile::TempDir;

/// Each in one folder, with keys and delegations made on the command line.
pub(crate) struct Parties {
    folder: TempDir,
    /// Whose tools they are: the server's own.
    pub(crate) server: String,
    agent: String,
}

impl Parties {
    /// The guard wants a proof for every tool, and the agent has none yet.
    pub(crate) fn new() -> Self {
        let mut parties = Self {
            folder: TempDir::new().unwrap(),
            server: String::new(),
            agent: String::new(),
        };
        parties.server = parties.key("server.pem");
        parties.agent = parties.key("agent.pem");
        let alice = parties.key("alice.pem");
        parties.key("other.pem");
        parties.run(&format!(
            "delegate --key server.pem --to {alice} --command /mcp --expires 1h -o alice.ucan"
        ));
        parties.rules("[tools.\"*\"]\n");
        parties
    }

    /// Alice lets the agent use everything.
    pub(crate) fn with_everything() -> Self {
        let parties = Self::new();
        parties.allow("/mcp", "[]", "1h");
        parties
    }

    /// Alice lets the agent use this, where the policy holds, for so long.
    pub(crate) fn allow(&self, command: &str, policy: &str, lifetime: &str) {
        let agent = &self.agent;
        self.run(&format!(
            "delegate --key alice.pem --proofs alice.ucan --to {agent} --command {command} --policy {policy}
             --expires {lifetime} -o agent.ucan"
        ));
        self.run("wallet add --wallet wallet agent.ucan");
    }

    /// What the guard demands of each tool, and whatever else its file says.
    pub(crate) fn rules(&self, rules: &str) {
        let store = self.path("guard.db");
        let server = &self.server;
        let text = format!(
            "server = \"{server}\"\nmode = \"enforce\"\nstore = \"sqlite:{store}\"\n{rules}"
        );
        fs::write(self.path("guard.toml"), text).unwrap();
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, file: &str) -> String {
        self.folder().join(file).display().to_string()
    }

    fn key(&self, file: &str) -> String {
        self.run(&format!("key new --plain --type ed25519 {file}"))
    }

    /// Runs the command with these arguments, which hold no spaces, and returns what it prints.
    pub(crate) fn run(&self, arguments: &str) -> String {
        let mut command = Command::new(cargo_bin("delegant"));
        command.args(arguments.split_ascii_whitespace());
        let output = command.current_dir(self.folder()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments}: {said}");
        String::from_utf8(output.stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    }

    /// The guard before this server.
    pub(crate) fn guard(&self, server: &[String]) -> Vec<String> {
        let rules = self.path("guard.toml");
        [&delegant(&["guard", "--rules", &rules, "--"]), server].concat()
    }

    /// The guard on this port, before a server at this URL.
    pub(crate) fn guard_url(&self, port: u16, upstream: &str) -> Vec<String> {
        let rules = self.path("guard.toml");
        let listen = format!("127.0.0.1:{port}");
        delegant(&[
            "guard",
            "--rules",
            &rules,
            "--listen",
            &listen,
            "--upstream",
            upstream,
        ])
    }

    /// The agent's signer beside whatever starts this command.
    pub(crate) fn sign(&self, command: &[String]) -> Vec<String> {
        [&self.signer("agent.pem", &["--"]), command].concat()
    }

    /// The agent's signer towards a URL.
    pub(crate) fn sign_url(&self, upstream: &str) -> Vec<String> {
        self.signer("agent.pem", &["--upstream", upstream])
    }

    /// A signer with this key and what the agent was given.
    pub(crate) fn signer(&self, key: &str, rest: &[&str]) -> Vec<String> {
        let (key, wallet) = (self.path(key), self.path("wallet"));
        let begin = [
            "sign",
            "--key",
            &key,
            "--wallet",
            &wallet,
            "--service",
            &self.server,
        ];
        delegant(&[&begin[..], rest].concat())
    }
}

fn delegant(arguments: &[&str]) -> Vec<String> {
    let program = cargo_bin("delegant").display().to_string();
    let arguments = arguments.iter().map(|argument| (*argument).to_owned());
    [program, "mcp".to_owned()]
        .into_iter()
        .chain(arguments)
        .collect()
}
