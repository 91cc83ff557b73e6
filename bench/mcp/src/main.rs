//! What do a signer and a guard add to a call over MCP?
//!
//! ```console
//! $ cargo build --release --locked -p delegant-cli
//! $ cargo run --release --locked -p delegant-mcp-bench
//! ```
//!
//! calls a server that only says what it was told, by itself and through `delegant mcp sign` and
//! `delegant mcp guard`, in turn, over pipes and over HTTP, with what was used kept in memory and on disk: how
//! much longer a call takes, and how much memory the two hold after ten thousand calls. A number after
//! `--` is how many calls instead.

mod bytes;
mod chain;
mod disk;
mod echo;
mod line;
mod pairs;
mod pipe;
mod resident;
mod socket;
mod stage;

use crate::stage::{Kept, Stage};

/// Whatever went wrong, in words.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Calls through signer and guard, for each way.
const CALLS: usize = 10_000;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["echo"] => echo::over_pipes(),
        ["echo-http"] => echo::over_http(),
        [] => measure(CALLS),
        [calls] => measure(calls.parse()?),
        _ => Err("it takes the number of calls, or nothing".into()),
    }
}

fn measure(calls: usize) -> Result<(), Failure> {
    bytes::measure()?;
    for kept in [Kept::InMemory, Kept::OnDisk] {
        let stage = Stage::new(kept)?;
        let (alone, through) = (stage.pipe_alone()?, stage.pipe_through()?);
        pairs::measure("stdio", kept, calls, alone, through)?;
        let (alone, through) = (stage.socket_alone()?, stage.socket_through()?);
        pairs::measure("http", kept, calls, alone, through)?;
        if kept == Kept::OnDisk {
            disk::measure(stage.folder())?;
        }
    }
    Ok(())
}

/// Prints one figure.
#[expect(clippy::print_stdout, reason = "this is what the scoreboard reads")]
pub(crate) fn figure(id: &str, number: impl std::fmt::Display, unit: &str, note: &str) {
    println!(
        "{}",
        format!("figure {id} {number} {unit} {note}").trim_end()
    );
}
