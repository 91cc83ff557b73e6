//! What is Delegant built from? Counts the crates beneath the core, and writes a bill of materials.

mod bill;
mod core;

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use bill::Bill;
use core::Core;

/// Where the bill goes, seen from the root.
const BILL: &str = "target/sbom/delegant.cdx.json";

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    match tell(&root) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "it is told to people")]
fn complain(error: &str) {
    eprintln!("supply: {error}");
}

#[expect(clippy::print_stdout, reason = "figures are printed")]
fn tell(root: &Path) -> Result<(), String> {
    let core = Core::ask(root)?;
    println!("figure core-dependencies {} crates", core.crates());
    println!("figure core-owners {} accounts", core.owners());
    let duplicates = core.duplicates();
    let names = duplicates.join(", ");
    println!("figure core-duplicates {} crates {names}", duplicates.len());

    let bill = Bill::ask(root)?;
    let path = root.join(BILL);
    let folder = path.parent().unwrap_or(root);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&path, bill.json + "\n"))
        .map_err(|error| format!("{BILL}: {error}"))?;
    println!("figure sbom-components {} components", bill.components);
    println!("the bill is in {BILL}");
    Ok(())
}

/// What cargo answers.
fn cargo(root: &Path, arguments: &[&str]) -> Result<String, String> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root)
        .output()
        .map_err(|error| format!("cargo: {error}"))?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        return Err(format!("cargo {}: {told}", arguments.join(" ")));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("cargo: {error}"))
}
