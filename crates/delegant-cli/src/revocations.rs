//! `delegant revocations`: what was taken back, in a store, in a file, or told by another service.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use delegant::{Cid, Container, Did, Parsed, Revocation, Timestamp};
use delegant_store::{Entry, FollowError, Follower, Heard, snapshot};
use serde_json::{Value, json};

use crate::failure::{Answer, Done, Failure};
use crate::input;
use crate::keys::KeyArguments;
use crate::output::{Line, Output, Tint};
use crate::runtime::wait;
use crate::store::{StoreArguments, failure};
use crate::time::{now, parse_duration};

/// Keep what was taken back: follow a service, list, and carry it to where there is no network
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    #[cfg(feature = "http")]
    Follow(crate::follow::Arguments),
    List(List),
    Export(Export),
    Import(Import),
}

pub(crate) fn run(verb: &Verb, output: Output) -> Done {
    match verb {
        #[cfg(feature = "http")]
        Verb::Follow(arguments) => crate::follow::run(arguments, output),
        Verb::List(arguments) => wait(list(arguments, output))?,
        Verb::Export(arguments) => wait(export(arguments, output))?,
        Verb::Import(arguments) => wait(import(arguments, output))?,
    }
}

/// List the revocations of a store
#[derive(Debug, Args)]
#[command(after_help = "Example:
  delegant revocations list --store sqlite:delegant.db")]
pub(crate) struct List {
    #[command(flatten)]
    store: StoreArguments,

    /// Only those behind this number
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: u64,
}

/// So many are asked for at once.
const PAGE: usize = 1000;

async fn list(arguments: &List, output: Output) -> Done {
    let store = arguments.store.open().await?;
    let (mut last, mut told) = (arguments.after, Vec::new());
    loop {
        let entries = store.after(last, PAGE).await.map_err(failure)?;
        let Some(entry) = entries.last() else {
            break;
        };
        last = entry.sequence;
        for entry in &entries {
            let kept = Kept::read(entry)?;
            if output.is_json() {
                told.push(kept.to_json());
            } else {
                output.say(kept.line())?;
            }
        }
    }
    if output.is_json() {
        output.json(&json!({ "revocations": told, "newest": store.newest() }))?;
    } else if store.newest() == 0 {
        output.note("nothing is revoked")?;
    }
    Ok(Answer::Yes)
}

/// A revocation in a store.
struct Kept {
    sequence: u64,
    accepted_at: Timestamp,
    cid: Cid,
    revoked: Cid,
    revoker: Did,
}

impl Kept {
    fn read(entry: &Entry) -> Result<Self, Failure> {
        let damaged = |cause: delegant::DecodeError| {
            Failure::unreadable(
                cause.code(),
                format_args!("number {}: {cause}", entry.sequence),
            )
        };
        let container = Container::decode(&entry.container).map_err(damaged)?;
        let invocation = container.invocation().map_err(damaged)?;
        let revocation = Parsed::<Revocation>::decode(invocation.bytes()).map_err(damaged)?;
        Ok(Self {
            sequence: entry.sequence,
            accepted_at: entry.accepted_at,
            cid: revocation.cid(),
            revoked: revocation.unverified().revoked(),
            revoker: revocation.unverified().revoker().clone(),
        })
    }

    fn line(&self) -> Line {
        Line::tinted(Tint::Strong, self.sequence)
            .plain(format_args!(" {} revoked by ", self.revoked))
            .name(&self.revoker)
            .faint(format_args!(" at {}", self.accepted_at))
    }

    fn to_json(&self) -> Value {
        json!({
            "sequence": self.sequence,
            "acceptedAt": self.accepted_at.to_unix(),
            "cid": self.cid.to_string(),
            "revoked": self.revoked.to_string(),
            "revoker": self.revoker.to_string(),
        })
    }
}

/// Write all revocations of a store to one file, for a verifier that has no network
///
/// The service signs how far it goes and for how long it is fresh. It holds who revoked what, and
/// nothing of what the revoked delegations say.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  delegant revocations export --key alice.pem \\
    --store sqlite:delegant.db -o revocations.json")]
pub(crate) struct Export {
    #[command(flatten)]
    key: KeyArguments,

    #[command(flatten)]
    store: StoreArguments,

    /// How long it is fresh
    #[arg(long, value_name = "DURATION", default_value = "1d", value_parser = parse_duration)]
    fresh_for: Duration,

    /// Write to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

async fn export(arguments: &Export, output: Output) -> Done {
    let until = now()?.saturating_add(arguments.fresh_for);
    let service = arguments.key.load()?;
    let store = arguments.store.open().await?;
    let text = snapshot(&store, &service, until).await.map_err(not_heard)?;
    output.deliver(text.as_bytes(), true, arguments.output.as_deref())?;
    if !output.is_json() {
        output.note(Line::tinted(Tint::Good, "exported ").plain(format_args!(
            "up to number {}, fresh until {until}",
            store.newest()
        )))?;
    }
    Ok(Answer::Yes)
}

/// Take in the revocations that a service wrote to a file
///
/// Each is verified; that none is left out is the service's word.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  delegant revocations import revocations.json \\
    --service \"$(delegant key show alice.pem)\" --store sqlite:elsewhere.db")]
pub(crate) struct Import {
    /// What `delegant revocations export` wrote [default: standard input]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// Whose it must be
    #[arg(long, value_name = "DID")]
    service: Did,

    #[command(flatten)]
    store: StoreArguments,
}

async fn import(arguments: &Import, output: Output) -> Done {
    let bytes = input::read_up_to(arguments.file.as_deref(), LONGEST)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::malformed("not what `delegant revocations export` writes"))?;
    let store = arguments.store.open_or_make().await?;
    let follower = Follower::new(store, arguments.service.clone());
    let heard = follower.import(&text).await.map_err(not_heard)?;
    tell(&heard, output)?;
    Ok(Answer::Yes)
}

/// Of a snapshot, in bytes: some hundred thousand revocations.
const LONGEST: u64 = 256 << 20;

/// Says what was heard.
pub(crate) fn tell(heard: &Heard, output: Output) -> Result<(), Failure> {
    let known_at = heard.head.at().map_err(Failure::malformed)?;
    if output.is_json() {
        output.json(&json!({
            "taken": heard.taken,
            "sequence": heard.sequence,
            "knownAt": known_at.to_unix(),
        }))?;
        return Ok(());
    }
    output.say(
        Line::tinted(Tint::Good, format_args!("{} taken", heard.taken))
            .plain(format_args!(", up to number {}", heard.sequence))
            .faint(format_args!(", as of {known_at}")),
    )?;
    Ok(())
}

/// A feed or snapshot that could not be taken in.
pub(crate) fn not_heard(cause: FollowError) -> Failure {
    match cause {
        FollowError::Store(cause) => failure(cause),
        FollowError::Head(_) => Failure::refused("Head", cause)
            .hint("name the service whose feed it is with `--service`"),
        FollowError::Entry { .. } => Failure::refused("Entry", cause),
        FollowError::RolledBack { .. } => Failure::refused("RolledBack", cause),
        FollowError::Ahead { .. } => Failure::refused("Ahead", cause),
        FollowError::Json(_) => Failure::malformed(cause),
        FollowError::Address => Failure::usage(cause),
        other => Failure::unreadable("Unreachable", other),
    }
}
