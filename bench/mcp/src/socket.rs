//! A client over HTTP, with a connection that is kept.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::Failure;
use crate::line::{Line, greet};

/// A process that listens.
pub(crate) struct Listening {
    child: Child,
    /// `127.0.0.1:…`
    pub(crate) address: String,
}

impl Listening {
    /// Starts it, and waits until it says where.
    pub(crate) fn start(mut command: Command) -> Result<Self, Failure> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut said = BufReader::new(child.stderr.take().ok_or("no pipe from the process")?);
        let mut all = String::new();
        let address = loop {
            let mut line = String::new();
            if said.read_line(&mut line)? == 0 {
                return Err(format!("it does not listen: {all}").into());
            }
            if let Some((_, address)) = line.split_once("listening on http://") {
                break address.trim().to_owned();
            }
            all.push_str(&line);
        };
        // Whatever else it says must not stop it.
        thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Ok(Self { child, address })
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection, and the processes that it leads through.
pub(crate) struct Socket {
    stream: BufReader<TcpStream>,
    host: String,
    /// From the outside in; the last is the server.
    processes: Vec<(&'static str, Listening)>,
}

impl Socket {
    /// Connects to the first, and shakes hands.
    pub(crate) fn connect(processes: Vec<(&'static str, Listening)>) -> Result<Self, Failure> {
        let (_, first) = processes.first().ok_or("nobody listens")?;
        let host = first.address.clone();
        let stream = TcpStream::connect(&host)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let stream = BufReader::new(stream);
        let mut socket = Self {
            stream,
            host,
            processes,
        };
        greet(&mut socket)?;
        Ok(socket)
    }

    fn head_line(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        match self.stream.read_line(&mut line)? {
            0 => Err("the server closed the connection".into()),
            _ => Ok(line.trim_end().to_ascii_lowercase()),
        }
    }

    fn read(&mut self, length: usize) -> Result<Vec<u8>, Failure> {
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

impl Line for Socket {
    fn ask(&mut self, message: &str) -> Result<String, Failure> {
        let request = format!(
            "POST /mcp HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: {}\r\n\r\n{message}",
            self.host,
            message.len()
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let status = self.head_line()?;
        let mut length = None;
        loop {
            let line = self.head_line()?;
            if line.is_empty() {
                break;
            }
            if let Some(said) = line.strip_prefix("content-length:") {
                length = Some(said.trim().parse()?);
            }
        }
        let body = match length {
            Some(length) => self.read(length)?,
            // In pieces, the last of which is empty.
            None => {
                let mut body = Vec::new();
                loop {
                    let length = usize::from_str_radix(&self.head_line()?, 16)?;
                    body.extend(self.read(length)?);
                    self.head_line()?;
                    if length == 0 {
                        break body;
                    }
                }
            }
        };
        let body = String::from_utf8(body)?;
        match status.starts_with("http/1.1 200") {
            true => Ok(body),
            false => Err(format!("{status}: {body}").into()),
        }
    }

    fn between(&self) -> Result<Vec<(&'static str, u32)>, Failure> {
        let (_, between) = self.processes.split_last().ok_or("nobody listens")?;
        let named = between
            .iter()
            .map(|(name, process)| (*name, process.child.id()));
        Ok(named.collect())
    }
}
