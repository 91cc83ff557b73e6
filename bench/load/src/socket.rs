//! One connection, and one call after another on it: as little as HTTP/1.1 lets a caller do.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Failure;

/// A connection that is kept.
pub(crate) struct Socket {
    stream: TcpStream,
    read: Vec<u8>,
}

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// Whether the server will hear more on this connection.
    pub(crate) stays: bool,
}

impl Socket {
    pub(crate) async fn connect(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            read: Vec::with_capacity(4096),
        })
    }

    /// Sends a request, and reads its answer.
    pub(crate) async fn call(&mut self, request: &[u8]) -> Result<Answer, Failure> {
        // A server may answer and close before it has read all.
        let sent = self.stream.write_all(request).await;
        let answer = self.answer().await;
        match sent {
            Ok(()) => answer,
            Err(error) => answer.map_err(|_| error.into()),
        }
    }

    /// Sends bytes, and waits for nothing.
    pub(crate) async fn dribble(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        Ok(self.stream.write_all(bytes).await?)
    }

    /// Reads the next answer.
    pub(crate) async fn answer(&mut self) -> Result<Answer, Failure> {
        self.read.clear();
        let head = loop {
            if let Some(end) = self.read.windows(4).position(|end| end == b"\r\n\r\n") {
                break end + 4;
            }
            self.more().await?;
        };
        let text = std::str::from_utf8(self.read.get(..head).unwrap_or_default())?;
        let status = text.get(9..12).ok_or("no status")?.parse()?;
        let field = |name: &str| {
            text.lines().find_map(|line| {
                let (field, value) = line.split_once(':')?;
                field.eq_ignore_ascii_case(name).then(|| value.trim())
            })
        };
        let length: usize = field("content-length").map_or(Ok(0), str::parse)?;
        let stays = field("connection") != Some("close");
        while self.read.len() < head + length {
            self.more().await?;
        }
        let body = self.read.get(head..head + length).unwrap_or_default();
        Ok(Answer {
            status,
            body: body.to_vec(),
            stays,
        })
    }

    async fn more(&mut self) -> Result<(), Failure> {
        match self.stream.read_buf(&mut self.read).await? {
            0 => Err("the server closed the connection".into()),
            _ => Ok(()),
        }
    }
}
