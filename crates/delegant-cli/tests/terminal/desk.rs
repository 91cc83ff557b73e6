//! A folder to work in, and everything that was ever printed there.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use snapbox::cmd::cargo_bin;
use tempfile::TempDir;

pub(crate) struct Desk {
    folder: TempDir,
    printed: Vec<u8>,
}

pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Answer {
    /// The last line of standard output.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.out.lines().last().unwrap()).unwrap()
    }

    /// Its exit code, and the code of its error.
    pub(crate) fn refusal(&self) -> (i32, String) {
        let code = self.json()["error"]["code"].as_str().unwrap().to_owned();
        (self.code, code)
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        let answer = self.json();
        let warnings = answer["warnings"].as_array().unwrap().iter();
        warnings
            .map(|warning| warning["code"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            printed: Vec::new(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn printed(&self) -> String {
        String::from_utf8_lossy(&self.printed).into_owned()
    }

    /// The command with these arguments, which hold no spaces.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(cargo_bin("delegant"));
        command
            .args(arguments.split_ascii_whitespace())
            .current_dir(self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn note(&mut self, output: &Output) -> Answer {
        self.printed.extend(&output.stdout);
        self.printed.extend(&output.stderr);
        Answer {
            code: output.status.code().unwrap(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    pub(crate) fn run(&mut self, arguments: &str) -> Answer {
        let output = self.command(arguments).output().unwrap();
        self.note(&output)
    }

    /// Runs what must succeed, and returns its answer without the line end.
    pub(crate) fn ok(&mut self, arguments: &str) -> String {
        let answer = self.run(arguments);
        assert_eq!(answer.code, 0, "{arguments}: {}{}", answer.out, answer.err);
        answer.out.trim_end().to_owned()
    }

    pub(crate) fn pipe(&mut self, arguments: &str, stdin: impl AsRef<[u8]>) -> Answer {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        pipe.write_all(stdin.as_ref()).unwrap();
        drop(pipe);
        let output = child.wait_with_output().unwrap();
        self.note(&output)
    }

    /// Makes a key that is not encrypted, and returns its DID.
    pub(crate) fn plain_key(&mut self, file: &str, kind: &str) -> String {
        self.ok(&format!("key new --plain --type {kind} {file}"))
    }

    /// Writes a file that only its owner can read.
    pub(crate) fn write_private(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        fs::write(&path, text).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
}
