//! Makes the conformance vectors, and with `--check` compares them with the files.
//!
//! Nothing here uses Delegant: what the vectors say must not follow from the code that they test.
//! Keys, nonces and moments are fixed, so every run writes the same bytes.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a generator that meets what it did not expect must stop, and reads nothing from outside"
)]

mod cbor;
mod family;
mod gzip;
mod principal;
mod row;
mod text;
mod token;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let check = std::env::args().nth(1).as_deref() == Some("--check");
    let mut same = true;
    for family in family::all() {
        let path = folder.join(format!("{}.json", family.name));
        let made = family.file();
        if check {
            let found = std::fs::read_to_string(&path).unwrap_or_default();
            if found != made {
                same = false;
                report(&format!(
                    "{}: line {} differs from what the generator writes",
                    path.display(),
                    first_difference(&found, &made)
                ));
            }
        } else {
            std::fs::write(&path, made).unwrap();
        }
    }
    if same {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The first line, counted from 1, that is not the same.
fn first_difference(found: &str, made: &str) -> usize {
    let lines = found.lines().zip(made.lines());
    1 + lines.take_while(|(found, made)| found == made).count()
}

#[expect(
    clippy::print_stderr,
    reason = "the one place where the generator speaks"
)]
fn report(message: &str) {
    eprintln!("{message}");
}
