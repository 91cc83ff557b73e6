//! Who may have what signed? The process that holds the key.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

use delegant::{Command, Did};
use delegant_agent::{Agent, InvokeError};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;

use crate::hand::{Holder, Wish};
use crate::signer::error::ServeError;
use crate::signer::protocol::{LONGEST, Question, Reply};
use crate::signer::socket;
use crate::words;

/// Signs for who asks on a socket.
///
/// It signs what its wallet proves. Delegations that come into the wallet later are found when they
/// are needed.
pub struct Server {
    listener: UnixListener,
    path: PathBuf,
    desk: Arc<Desk>,
}

struct Desk {
    holder: Holder,
    owner: u32,
    allowed: Vec<u32>,
    told: Box<dyn Fn(&Asked<'_>) + Send + Sync>,
}

/// Who asked for what, and what came of it. It holds no arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asked<'a> {
    /// The user at the other end.
    pub user: u32,
    /// The process, where the system says it.
    pub process: Option<i32>,
    /// On whose resource, and what; none where something else was asked for.
    pub what: Option<(&'a Did, &'a Command)>,
    /// `Signed`, or why not.
    pub code: &'a str,
}

/// Who is at the other end, by the system's word.
#[derive(Debug, Clone, Copy)]
struct Peer {
    user: u32,
    process: Option<i32>,
}

impl Peer {
    const fn asked<'a>(self, what: Option<(&'a Did, &'a Command)>, code: &'a str) -> Asked<'a> {
        Asked {
            user: self.user,
            process: self.process,
            what,
            code,
        }
    }
}

/// More connections than these wait.
const MOST: usize = 64;

/// After a connection could not be taken: of file handles there may be more in a moment.
const PAUSE: Duration = Duration::from_millis(100);

impl Server {
    /// Listens on a socket that is made now, and that only this user and these can connect to.
    ///
    /// A directory that is not there is made. A socket that a signer left behind is replaced.
    ///
    /// # Errors
    /// [`ServeError`]
    pub fn bind(path: &Path, agent: Agent, allowed: &[u32]) -> Result<Self, ServeError> {
        let (listener, owner) = socket::bind(path, !allowed.is_empty())?;
        Ok(Self {
            listener,
            path: path.to_owned(),
            desk: Arc::new(Desk {
                holder: Holder::new(agent),
                owner,
                allowed: allowed.to_vec(),
                told: Box::new(|_| {}),
            }),
        })
    }

    /// Looks into this wallet again where what it knows does not prove what is asked for.
    #[must_use]
    pub fn wallet(self, folder: PathBuf) -> Self {
        self.with(|desk| desk.holder = Holder::with_wallet(desk.holder.agent(), folder))
    }

    /// Tells what was asked for.
    #[must_use]
    pub fn tell(self, told: impl Fn(&Asked<'_>) + Send + Sync + 'static) -> Self {
        self.with(|desk| desk.told = Box::new(told))
    }

    fn with(mut self, change: impl FnOnce(&mut Desk)) -> Self {
        // Nobody else holds it before it serves.
        if let Some(desk) = Arc::get_mut(&mut self.desk) {
            change(desk);
        }
        self
    }

    #[cfg(test)]
    pub(super) fn belongs_to_another(&mut self) {
        if let Some(desk) = Arc::get_mut(&mut self.desk) {
            desk.owner ^= 1;
        }
    }

    /// Serves until the process ends.
    pub async fn serve(self) {
        let places = Arc::new(Semaphore::new(MOST));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    let desk = Arc::clone(&self.desk);
                    tokio::spawn(async move {
                        // One that is gone has seen enough.
                        let _ = desk.converse(stream).await;
                        drop(place);
                    });
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // What cannot be removed is replaced by the next one.
        let _ = fs::remove_file(&self.path);
    }
}

impl Desk {
    async fn converse(&self, mut stream: UnixStream) -> io::Result<()> {
        let peer = stream.peer_cred()?;
        let peer = Peer {
            user: peer.uid(),
            process: peer.pid(),
        };
        if peer.user != self.owner && !self.allowed.contains(&peer.user) {
            (self.told)(&peer.asked(None, "NotAllowed"));
            let reply = Reply::refused(
                "NotAllowed",
                "this signer does not sign for your user; its owner may start it with `--allow-uid`",
            );
            return stream.write_all(&reply.line()).await;
        }
        let mut stream = BufReader::new(stream);
        loop {
            let mut line = Vec::new();
            let mut within = (&mut stream).take(LONGEST);
            within.read_until(b'\n', &mut line).await?;
            if line.is_empty() {
                return Ok(());
            }
            let is_whole = line.last() == Some(&b'\n');
            let reply = if is_whole {
                self.reply(&line, peer)
            } else {
                (self.told)(&peer.asked(None, "Malformed"));
                Reply::refused("Malformed", "the line has no end")
            };
            stream.write_all(&reply.line()).await?;
            if !is_whole {
                return Ok(());
            }
        }
    }

    fn reply(&self, line: &[u8], peer: Peer) -> Reply {
        match Question::read(line) {
            Err(why) => {
                (self.told)(&peer.asked(None, "Malformed"));
                Reply::refused("Malformed", why)
            }
            Ok(Question::Who) => Reply::Known {
                did: self.holder.did().to_string(),
            },
            Ok(Question::Invoke(wish)) => {
                let (subject, command) = (wish.subject.clone(), wish.command.clone());
                let reply = self.sign(wish);
                let code = match &reply {
                    Reply::Refused { error } => error.code.as_str(),
                    _ => "Signed",
                };
                (self.told)(&peer.asked(Some((&subject, &command)), code));
                reply
            }
        }
    }

    fn sign(&self, wish: Wish) -> Reply {
        let call = match self.holder.call(wish.into()) {
            Ok(call) => call,
            Err(error @ InvokeError::NoProof(_)) => {
                return Reply::refused("NoProof", words::not_signed(&error));
            }
            Err(error) => return Reply::refused("NotSigned", words::not_signed(&error)),
        };
        match call.to_text() {
            Ok(ctn) => Reply::Signed {
                did: self.holder.did().to_string(),
                ctn,
            },
            Err(error) => Reply::refused("NotSigned", error),
        }
    }
}
