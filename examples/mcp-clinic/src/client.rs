//! How does the agent speak to its server? MCP over the pipes of a child process, one line a message.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Failure;
use crate::tried::Outcome;

/// A connection to a server, or to what stands before it.
pub(crate) struct Client {
    child: Child,
    input: ChildStdin,
    output: Receiver<String>,
    last: u64,
}

/// No answer of this story takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

impl Client {
    /// Starts a process, and shakes hands with it.
    pub(crate) fn connect(command: Command) -> Result<Self, Failure> {
        let mut client = Self::start(command)?;
        let hello = json!({
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": { "name": "assistant", "version": "1" },
        });
        if let Outcome::Refused { code, why } = client.ask("initialize", hello)? {
            return Err(format!("no handshake: {code}: {why}").into());
        }
        client.write(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)?;
        Ok(client)
    }

    /// Starts a process.
    pub(crate) fn start(mut command: Command) -> Result<Self, Failure> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().ok_or("no pipe to the process")?;
        let output = child.stdout.take().ok_or("no pipe from the process")?;
        let (said, heard) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                // Nobody may listen any more.
                if said.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self {
            child,
            input,
            output: heard,
            last: 0,
        })
    }

    /// Calls a tool.
    pub(crate) fn call(&mut self, tool: &str, arguments: &Value) -> Result<Outcome, Failure> {
        self.ask("tools/call", params(tool, arguments))
    }

    fn ask(&mut self, method: &str, params: Value) -> Result<Outcome, Failure> {
        self.last += 1;
        let line = request(self.last, method, &params);
        self.send(&line)
    }

    /// Sends a line as it is, and hears the answer to it.
    pub(crate) fn send(&mut self, line: &str) -> Result<Outcome, Failure> {
        let sent: Value = serde_json::from_str(line)?;
        self.write(line)?;
        loop {
            let heard = self.output.recv_timeout(PATIENCE);
            let heard = heard.map_err(|_| format!("no answer to {sent}"))?;
            let answer: Value = serde_json::from_str(&heard)?;
            if answer.get("id") == sent.get("id") && answer.get("method").is_none() {
                return Outcome::of(&answer);
            }
        }
    }

    fn write(&mut self, line: &str) -> Result<(), Failure> {
        Ok(writeln!(self.input, "{line}")?)
    }

    /// Ends it, and waits until it and all behind it have ended.
    pub(crate) fn end(mut self) -> Result<(), Failure> {
        drop(self.input);
        self.child.wait()?;
        Ok(())
    }
}

/// A call of a tool, as a line.
pub(crate) fn line(id: u64, tool: &str, arguments: &Value) -> String {
    request(id, "tools/call", &params(tool, arguments))
}

fn params(tool: &str, arguments: &Value) -> Value {
    json!({ "name": tool, "arguments": arguments })
}

fn request(id: u64, method: &str, params: &Value) -> String {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string()
}
