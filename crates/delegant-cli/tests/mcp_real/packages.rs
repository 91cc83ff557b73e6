//! Which clients and servers are these? Pinned here, and installed by name into `target/mcp-real`.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The inspector wants a newer Node than many machines have, so Node is among them.
const NPM: [&str; 5] = [
    "node@24.21.0",
    "@modelcontextprotocol/client@2.4.0",
    "@modelcontextprotocol/conformance@0.2.0-alpha.12",
    "@modelcontextprotocol/inspector@2.12.0",
    "@modelcontextprotocol/server-everything@2026.8.31",
];
const PYPI: [&str; 2] = ["mcp==2.3.0", "fastmcp==4.2.3"];
/// What they themselves need is as it was on this day. The `pip` that understands this is installed first.
const DAY: &str = "2026-11-24T00:00:00Z";
const PIP: &str = "pip==26.2";

pub(crate) struct Packages {
    folder: PathBuf,
}

impl Packages {
    /// Installs them where they are not; `None` where they cannot be had.
    ///
    /// # Panics
    /// Under `CI=true`, where they cannot be had.
    pub(crate) fn get() -> Option<&'static Self> {
        static PACKAGES: OnceLock<Result<Packages, String>> = OnceLock::new();
        match PACKAGES.get_or_init(install) {
            Ok(packages) => Some(packages),
            Err(why) => {
                let is_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
                assert!(!is_ci, "CI must run this: {why}");
                // Not `eprintln`, which the harness keeps to itself.
                let _ = writeln!(io::stderr(), "skipped: {why}");
                None
            }
        }
    }

    pub(crate) fn node(&self) -> String {
        self.path("node_modules/node/bin/node")
    }

    pub(crate) fn python(&self) -> String {
        self.path("python/bin/python")
    }

    /// The inspector on the command line.
    pub(crate) fn inspector(&self) -> Vec<String> {
        let launcher =
            "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js";
        vec![self.node(), self.path(launcher), "--cli".to_owned()]
    }

    /// What judges a server by the specification.
    pub(crate) fn conformance(&self) -> Vec<String> {
        let program = "node_modules/@modelcontextprotocol/conformance/dist/index.js";
        vec![self.node(), self.path(program), "server".to_owned()]
    }

    /// The server with something of everything; it speaks `stdio` or `streamableHttp`.
    pub(crate) fn everything(&self, transport: &str) -> Vec<String> {
        let program = "node_modules/@modelcontextprotocol/server-everything/dist/index.js";
        vec![self.node(), self.path(program), transport.to_owned()]
    }

    /// Where scripts find what they import.
    pub(crate) fn path(&self, below: &str) -> String {
        self.folder.join(below).display().to_string()
    }
}

fn install() -> Result<Packages, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("mcp-real");
    let no_file = |error: io::Error| format!("{}: {error}", folder.display());
    fs::create_dir_all(&folder).map_err(no_file)?;
    // Two runs at once do not install into one folder.
    let lock = File::create(folder.join("lock")).map_err(no_file)?;
    lock.lock().map_err(no_file)?;
    let pins = [&NPM[..], &PYPI[..], &[PIP, DAY]].concat().join("\n");
    let installed = folder.join("installed");
    if fs::read_to_string(&installed).is_ok_and(|text| text == pins) {
        return Ok(Packages { folder });
    }
    for old in ["node_modules", "python", "package-lock.json"] {
        let old = folder.join(old);
        let _ = fs::remove_dir_all(&old);
        let _ = fs::remove_file(&old);
    }
    fs::write(folder.join("package.json"), r#"{"private": true}"#).map_err(no_file)?;
    let before = format!("--before={DAY}");
    let npm = [
        "install",
        "--save-exact",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        &before,
    ];
    run(&folder, "npm", &[&npm[..], &NPM[..]].concat())?;
    run(&folder, "python3", &["-m", "venv", "python"])?;
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ];
    run(&folder, "python/bin/python", &[&pip[..], &[PIP]].concat())?;
    let dated = ["--only-binary=:all:", "--uploaded-prior-to", DAY];
    run(
        &folder,
        "python/bin/python",
        &[&pip[..], &dated[..], &PYPI[..]].concat(),
    )?;
    fs::write(&installed, pins).map_err(no_file)?;
    Ok(Packages { folder })
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let mut lines = said.lines();
    let error = lines.find(|line| line.to_ascii_lowercase().contains("error"));
    Err(format!(
        "{program} cannot install what this is tested with: {}",
        error.unwrap_or(&said)
    ))
}
