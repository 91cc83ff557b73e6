//! Where is the `delegant` command? Named by `DELEGANT`, built beside this program, or built now.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;
use std::{fs, io};

use crate::Failure;

/// The path of the command.
pub(crate) fn find() -> Result<PathBuf, Failure> {
    if let Some(named) = std::env::var_os("DELEGANT") {
        return Ok(named.into());
    }
    let this = std::env::current_exe()?;
    let beside = this.with_file_name(format!("delegant{}", std::env::consts::EXE_SUFFIX));
    if !is_current(&beside).unwrap_or(false) {
        // Cargo says where it is to whatever it runs.
        let cargo = std::env::var_os("CARGO").ok_or(HOW)?;
        build(cargo, &this)?;
    }
    if beside.exists() {
        Ok(beside)
    } else {
        Err(HOW.into())
    }
}

const HOW: &str = "the `delegant` command is not there; start this with `cargo run -p mcp-clinic`, \
    or say where it is: DELEGANT=/path/to/delegant";

/// Is it younger than all that it may be made of?
fn is_current(program: &Path) -> io::Result<bool> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let made = fs::metadata(program)?.modified()?;
    let mut newest = changed(&workspace.join("Cargo.lock"))?;
    for member in fs::read_dir(workspace.join("crates"))? {
        let member = member?.path();
        newest = newest.max(changed(&member.join("Cargo.toml"))?);
        newest = newest.max(changed(&member.join("src"))?);
    }
    Ok(newest <= made)
}

/// When a file, or anything in a folder, was last changed.
fn changed(path: &Path) -> io::Result<SystemTime> {
    let about = fs::metadata(path)?;
    let mut newest = about.modified()?;
    if about.is_dir() {
        for inside in fs::read_dir(path)? {
            newest = newest.max(changed(&inside?.path())?);
        }
    }
    Ok(newest)
}

fn build(cargo: OsString, this: &Path) -> Result<(), Failure> {
    let mut build = Command::new(cargo);
    build
        .args(["build", "--quiet", "--package", "delegant-cli"])
        .args(["--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml"));
    // What Cargo tells this program of its package is not for the build scripts of another: they would run anew.
    let of_this = |name: &str| {
        let about = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"];
        about.iter().any(|about| name.starts_with(about))
    };
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(of_this) {
            build.env_remove(name);
        }
    }
    if this
        .parent()
        .is_some_and(|folder| folder.ends_with("release"))
    {
        build.arg("--release");
    }
    match build.status()?.success() {
        true => Ok(()),
        false => Err("the `delegant` command does not compile".into()),
    }
}
