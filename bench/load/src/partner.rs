//! How is a server started in a process of its own, and ended?

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::Failure;

/// A process of this program that serves.
pub(crate) struct Partner {
    child: Child,
    /// Open for as long as it is to run.
    _input: ChildStdin,
    pub(crate) address: SocketAddr,
}

impl Partner {
    /// Starts this program with these words, and waits until it says where it listens.
    pub(crate) fn start(words: &[&str]) -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take().ok_or("no pipe to the process")?;
        let output = child.stdout.take().ok_or("no pipe from the process")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        Ok(Self {
            child,
            _input: input,
            address: line.trim().parse()?,
        })
    }

    /// What it has in memory, in bytes.
    pub(crate) fn resident(&self) -> Result<u64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
        let kilobytes: u64 = kilobytes.ok_or("the process has ended")?.parse()?;
        Ok(kilobytes * 1024)
    }
}

impl Drop for Partner {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Says where it listens.
pub(crate) fn say(address: SocketAddr) {
    println!("{address}");
    // Whoever started this is gone when its end of the pipe is.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
}
