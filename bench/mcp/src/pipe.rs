//! A client over pipes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::Failure;
use crate::line::{Line, greet};
use crate::resident;

/// A server as a child process.
pub(crate) struct Pipe {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// What stands between, from the outside in: each is the child of the one before.
    names: &'static [&'static str],
}

impl Pipe {
    /// Starts it, and shakes hands.
    pub(crate) fn connect(
        mut command: Command,
        names: &'static [&'static str],
    ) -> Result<Self, Failure> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().ok_or("no pipe to the process")?;
        let output = child.stdout.take().ok_or("no pipe from the process")?;
        let output = BufReader::new(output);
        let mut pipe = Self {
            child,
            input,
            output,
            names,
        };
        greet(&mut pipe)?;
        Ok(pipe)
    }
}

impl Line for Pipe {
    fn ask(&mut self, message: &str) -> Result<String, Failure> {
        let mut line = message.to_owned();
        line.push('\n');
        self.input.write_all(line.as_bytes())?;
        let mut answer = String::new();
        match self.output.read_line(&mut answer)? {
            0 => Err("the server has ended".into()),
            _ => Ok(answer.trim_end().to_owned()),
        }
    }

    fn between(&self) -> Result<Vec<(&'static str, u32)>, Failure> {
        let (mut between, mut process) = (Vec::new(), self.child.id());
        for name in self.names {
            between.push((*name, process));
            process = resident::child_of(process)?;
        }
        Ok(between)
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        // Those behind it end when nothing comes any more; it may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
