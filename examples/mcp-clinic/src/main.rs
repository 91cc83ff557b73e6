//! A doctor, her assistant agent, and a record that lies to it.
//!
//! ```console
//! $ cargo run -p mcp-clinic
//! ```
//!
//! runs a records server that has never heard of proofs behind `delegant mcp guard`, and a scripted
//! agent, which believes whatever it reads, behind `delegant mcp sign`; it ends with success where every
//! answer was as it should be.

mod around;
mod client;
mod delegant_command;
mod injected;
mod ledger;
mod people;
mod records;
mod story;
mod telling;
mod tried;
mod wire;

use std::process::ExitCode;

use crate::telling::Telling;

/// Whatever went wrong, in words.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<ExitCode, Failure> {
    delegant::self_test()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => {
            let mut telling = Telling::new(std::io::stdout());
            story::play(&mut telling)?;
            Ok(if telling.end()? {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        ["records", journal] => {
            records::serve(journal.as_ref())?;
            Ok(ExitCode::SUCCESS)
        }
        ["wire", caught] => {
            wire::catch(caught.as_ref())?;
            Ok(ExitCode::SUCCESS)
        }
        _ => Err("it takes no arguments: it starts its other parts by itself".into()),
    }
}
