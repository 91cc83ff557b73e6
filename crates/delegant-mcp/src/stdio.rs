//! How does one stand between a client and a server that speak over pipes? Line by line, both ways.

use std::collections::HashMap;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::{Mutex as Writing, oneshot};
use tokio::time::timeout;

use crate::guard::Guard;
use crate::lines::{self, Line};
use crate::message::{Id, Message, MessageError, called_off};
use crate::middle::{Back, Forward, Middle, Ticket, WHO};

/// A message of a client is at most so long, in bytes.
const LONGEST_MESSAGE: usize = 4 << 20;

/// An answer of a server is at most so long, in bytes.
const LONGEST_ANSWER: usize = 64 << 20;

/// Over pipes a proof has one place.
const CARRIERS: [&str; 1] = ["meta"];

/// How long a server may take to end once nothing comes any more, and once it was told to.
const GRACE: Duration = Duration::from_secs(10);

/// How long to wait for who the server is.
const PATIENCE: Duration = Duration::from_secs(3);

/// Starts a server and stands between it and the client at `input` and `output`, until one of them ends.
/// What the server writes to its standard error goes where ours does.
///
/// # Errors
/// The server cannot be started, or the pipes to it fail.
pub async fn run(
    middle: Middle,
    mut server: Command,
    input: impl AsyncRead + Unpin + Send,
    output: impl AsyncWrite + Unpin + Send,
) -> io::Result<ExitStatus> {
    server
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    let mut server = server.spawn()?;
    let pipes = (server.stdin.take(), server.stdout.take());
    let (Some(to_server), Some(from_server)) = pipes else {
        return Err(io::Error::other("the server has no pipes"));
    };
    let between = Between {
        middle,
        to_server: Writing::new(Some(to_server)),
        to_client: Writing::new(output),
        pending: Mutex::default(),
    };
    let forth = between.forth(BufReader::with_capacity(BUFFER, input));
    let back = between.back(BufReader::with_capacity(BUFFER, from_server));
    tokio::pin!(forth, back);
    let served = tokio::select! {
        // The client is gone: the server sees the end, answers what it has, and ends.
        gone = &mut forth => {
            between.to_server.lock().await.take();
            let rest = timeout(GRACE, &mut back).await;
            gone.and(rest.unwrap_or(Ok(())))
        }
        served = &mut back => served,
    };
    let ended = end(&mut server).await?;
    between.tell_who_waits().await?;
    served.map(|()| ended)
}

const BUFFER: usize = 64 << 10;

/// Waits for a server that has nothing more to say; one that stays is told to go.
async fn end(server: &mut Child) -> io::Result<ExitStatus> {
    if let Ok(ended) = timeout(GRACE, server.wait()).await {
        return ended;
    }
    server.kill().await?;
    server.wait().await
}

struct Between<W> {
    middle: Middle,
    to_server: Writing<Option<ChildStdin>>,
    to_client: Writing<W>,
    /// Requests of the client that were not answered yet.
    pending: Mutex<HashMap<Id, Waiting>>,
}

enum Waiting {
    /// The client waits.
    Client(Ticket),
    /// We do.
    Us(oneshot::Sender<()>),
}

impl<W: AsyncWrite + Unpin> Between<W> {
    async fn forth(&self, mut input: impl AsyncBufRead + Unpin) -> io::Result<()> {
        let mut has_asked = false;
        loop {
            let message = match lines::read(&mut input, LONGEST_MESSAGE).await? {
                Line::End => return Ok(()),
                Line::Unreadable(why) => {
                    self.tell_client(&MessageError::from(why).answer()).await?;
                    continue;
                }
                Line::Text(message) => message,
            };
            if !has_asked && self.middle.wants_to_know(&message) {
                has_asked = true;
                self.ask_who().await?;
            }
            match self.middle.forward(&message, None).await {
                Forward::On {
                    message: on,
                    ticket,
                } => {
                    match Message::read(&message) {
                        Ok(Message::Request(request)) => {
                            self.waits(request.id, Waiting::Client(ticket));
                        }
                        // Whoever calls a request off waits for no answer.
                        _ => {
                            if let Some(id) = called_off(&message) {
                                self.pending().remove(&id);
                            }
                        }
                    }
                    self.tell_server(&on).await?;
                }
                Forward::Answer(answer) => self.tell_client(&answer).await?,
                Forward::Dropped => {}
            }
        }
    }

    async fn back(&self, mut output: impl AsyncBufRead + Unpin) -> io::Result<()> {
        loop {
            let answer = match lines::read(&mut output, LONGEST_ANSWER).await? {
                Line::End => return Ok(()),
                Line::Unreadable(_) => {
                    tracing::warn!(target: "delegant", "the server wrote a line that is no message; passed over");
                    continue;
                }
                Line::Text(answer) => answer,
            };
            let id = match Message::read(&answer) {
                Ok(Message::Response { id, .. }) => id,
                _ => None,
            };
            let ticket = match id.as_ref().and_then(|id| self.pending().remove(id)) {
                Some(Waiting::Us(told)) => {
                    self.middle.back(&answer, &Ticket::None, &CARRIERS);
                    // Whoever asked may have stopped waiting.
                    let _ = told.send(());
                    continue;
                }
                Some(Waiting::Client(ticket)) => ticket,
                None => Ticket::None,
            };
            match self.middle.back(&answer, &ticket, &CARRIERS) {
                Back::On(answer) => self.tell_client(&answer).await?,
                Back::Again(message) => {
                    if let Some(id) = id {
                        self.waits(id, Waiting::Client(Ticket::None));
                    }
                    self.tell_server(&message).await?;
                }
            }
        }
    }

    /// Asks the server who it is; whether it says so or not, the client's message goes on.
    async fn ask_who(&self) -> io::Result<()> {
        let Ok(Message::Request(request)) = Message::read(WHO) else {
            return Ok(());
        };
        let (told, tells) = oneshot::channel();
        self.waits(request.id.clone(), Waiting::Us(told));
        self.tell_server(WHO).await?;
        if timeout(PATIENCE, tells).await.is_err() {
            tracing::warn!(target: "delegant", "the server does not say who it is; calls go on unsigned unless a server was named");
        }
        Ok(())
    }

    /// What nobody will answer any more.
    async fn tell_who_waits(&self) -> io::Result<()> {
        let waits = |(id, waiting)| matches!(waiting, Waiting::Client(_)).then_some(id);
        let waiting: Vec<Id> = self.pending().drain().filter_map(waits).collect();
        for id in waiting {
            // The client may be gone as well.
            if self.tell_client(&Guard::gone(&id)).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    async fn tell_client(&self, message: &str) -> io::Result<()> {
        lines::write(&mut *self.to_client.lock().await, message).await
    }

    async fn tell_server(&self, message: &str) -> io::Result<()> {
        match &mut *self.to_server.lock().await {
            Some(server) => match lines::write(server, message).await {
                // It has ended; whoever reads from it sees that, too, and tells the client.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                written => written,
            },
            None => Ok(()),
        }
    }

    fn waits(&self, id: Id, waiting: Waiting) {
        self.pending().insert(id, waiting);
    }

    fn pending(&self) -> std::sync::MutexGuard<'_, HashMap<Id, Waiting>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
