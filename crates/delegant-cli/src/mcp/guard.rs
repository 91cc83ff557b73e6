//! `delegant mcp guard`: no call reaches the server that no chain allows.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use delegant::Did;
use delegant_mcp::{Guard, GuardError, Middle, Mode, Rules};

use crate::failure::{Done, Failure};
use crate::mcp::between::{Place, wait};
use crate::output::Output;

const EXAMPLES: &str = r#"Examples:
  # the first day: nothing is refused, everything is recorded
  delegant mcp guard --server "$(delegant key show server.pem)" --record calls.jsonl -- npx some-server

  # later, by rules: `delegant mcp suggest calls.jsonl` helps to delegate what is needed
  delegant mcp guard --rules guard.toml -- npx some-server
  delegant mcp guard --rules guard.toml --listen 127.0.0.1:8080 --upstream http://127.0.0.1:3001/mcp

A file of rules:
  server = "did:key:z6Mk…"        # calls must be for it
  mode = "enforce"                # or "shadow": record, and let through
  store = "sqlite:guard.db"       # what was used and revoked; or postgres://…, redis://…
  record = "calls.jsonl"
  [tools.read_encounters]         # needs a proof
  [tools.opening_hours]
  open = true                     # needs none
  # any other tool is refused, unless [tools."*"] says what it needs"#;

/// Check every call before a server: stdio or HTTP
///
/// Starts in shadow mode unless the rules say `enforce`: decides, records, and lets everything through.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The rules
    #[arg(
        long,
        visible_alias = "policy",
        value_name = "FILE",
        required_unless_present = "server"
    )]
    rules: Option<PathBuf>,

    /// Without rules: who the server is; every tool needs a proof
    #[arg(long, value_name = "DID", conflicts_with = "rules")]
    server: Option<Did>,

    /// Whether refused calls are refused [default: as the rules say; without rules, shadow]
    #[arg(long, value_enum)]
    mode: Option<ModeName>,

    /// Record decisions there [default: as the rules say]
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,

    /// Keep there what was used and revoked: `sqlite:FILE`, `postgres://…`, `redis://…` [default: as the rules
    /// say; without rules, in memory]
    #[arg(long, value_name = "URL")]
    store: Option<String>,

    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ModeName {
    /// Decide, record, and let through
    Shadow,
    /// Decide, and refuse
    Enforce,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    let rules = rules(arguments)?;
    if rules.mode == Mode::Enforce && rules.store == "memory:" {
        output.warn("the store is in memory: an invocation that was used just before a restart may be used again")?;
    }
    arguments.place.tells();
    wait(async {
        let guard = Guard::open(rules).await.map_err(failure)?;
        arguments.place.stand(Middle::Guard(guard), output).await
    })?
}

fn rules(arguments: &Arguments) -> Result<Rules, Failure> {
    let mut rules = match (&arguments.rules, &arguments.server) {
        (Some(path), _) => Rules::read(path)
            .map_err(|cause| Failure::usage(format_args!("`{}`: {cause}", path.display())))?,
        (None, Some(server)) => Rules::for_server(server.clone()),
        (None, None) => return Err(Failure::usage("neither `--rules` nor `--server`")),
    };
    match arguments.mode {
        Some(ModeName::Shadow) => rules.mode = Mode::Shadow,
        Some(ModeName::Enforce) => rules.mode = Mode::Enforce,
        None => {}
    }
    if let Some(store) = &arguments.store {
        rules.store.clone_from(store);
    }
    if let Some(record) = &arguments.record {
        rules.record = Some(record.clone());
    }
    Ok(rules)
}

fn failure(cause: GuardError) -> Failure {
    match cause {
        GuardError::Store(cause) => crate::store::failure(cause),
        other => Failure::usage(other),
    }
}
