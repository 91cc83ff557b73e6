//! What exactly is said? A client of the legacy era that reads and writes the lines themselves.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Lines {
    child: Child,
    input: ChildStdin,
    output: Receiver<String>,
    errors: PathBuf,
    asked: u64,
}

impl Lines {
    /// Starts a server, or what stands before it; its standard error goes to a file in the folder.
    pub(crate) fn start(command: &[String], folder: &Path) -> Self {
        let errors = folder.join("stderr");
        let mut child = Command::new(&command[0])
            .args(&command[1..])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&errors).unwrap())
            .spawn()
            .unwrap();
        let input = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (send, output) = channel();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = send.send(line);
            }
        });
        Self {
            child,
            input,
            output,
            errors,
            asked: 0,
        }
    }

    /// Shakes hands, and returns the server's part.
    pub(crate) fn greet(&mut self) -> String {
        let client = json!({"name": "lines", "version": "1"});
        let greeting = self.ask(
            "initialize",
            json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client}),
        );
        self.write(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        greeting
    }

    /// Sends a request, and returns the line that answers it.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> String {
        self.asked += 1;
        let id = self.asked;
        let request = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        self.write(&request.to_string());
        self.answer(id)
    }

    /// The next line that answers the request with this `id`.
    pub(crate) fn answer(&mut self, id: u64) -> String {
        loop {
            let line = self.output.recv_timeout(PATIENCE).unwrap_or_else(|_| {
                let said = fs::read_to_string(&self.errors).unwrap_or_default();
                panic!("no answer to {id}; on its standard error: {said}")
            });
            let message: Value = serde_json::from_str(&line).unwrap();
            if message["id"] == id && message["method"].is_null() {
                return line;
            }
        }
    }

    /// Calls a tool, and returns what is said to it.
    pub(crate) fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let answer = self.ask("tools/call", json!({"name": tool, "arguments": arguments}));
        serde_json::from_str(&answer).unwrap()
    }

    pub(crate) fn write(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
        self.input.flush().unwrap();
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        // What stands behind it ends when it does: its input ends.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
