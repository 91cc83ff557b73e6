//! How does an agent's process ask for an invocation?

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io};

use delegant::{Container, Did};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::hand::Wish;
use crate::signer::error::SignerError;
use crate::signer::protocol::{LONGEST, Question, Reply};

/// A signer behind a socket, as who asks it sees it. Cloning is cheap, and shares the connection.
///
/// Where the signer was started anew, it is found again.
#[derive(Clone)]
pub struct SignerClient(Arc<Inner>);

struct Inner {
    path: PathBuf,
    did: Did,
    connection: Mutex<Option<BufReader<UnixStream>>>,
}

/// A signer answers at once; one that does not is stuck.
const PATIENCE: Duration = Duration::from_secs(10);

impl SignerClient {
    /// Asks the signer at this socket who it is.
    ///
    /// # Errors
    /// [`SignerError`]
    pub async fn connect(path: &Path) -> Result<Self, SignerError> {
        let mut connection = None;
        let did = match ask(path, &mut connection, &Question::Who).await? {
            Reply::Known { did } | Reply::Signed { did, .. } => did,
            Reply::Refused { error } => return Err(refused(error.code, error.message)),
        };
        Ok(Self(Arc::new(Inner {
            path: path.to_owned(),
            did: did.parse().map_err(|_| SignerError::Answer)?,
            connection: Mutex::new(connection),
        })))
    }

    /// Who signs.
    #[must_use]
    pub fn did(&self) -> &Did {
        &self.0.did
    }

    /// Asks for an invocation, and its proofs.
    ///
    /// # Errors
    /// [`SignerError`]
    pub async fn invoke(&self, wish: &Wish) -> Result<Container, SignerError> {
        let question = Question::Invoke(wish.clone());
        let mut connection = self.0.connection.lock().await;
        match ask(&self.0.path, &mut connection, &question).await? {
            Reply::Signed { ctn, .. } => {
                Container::decode(ctn.as_bytes()).map_err(|_| SignerError::Answer)
            }
            Reply::Known { .. } => Err(SignerError::Answer),
            Reply::Refused { error } => Err(refused(error.code, error.message)),
        }
    }
}

impl fmt::Debug for SignerClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SignerClient({})", self.did())
    }
}

const fn refused(code: String, message: String) -> SignerError {
    SignerError::Refused { code, message }
}

/// Asks over the connection that there is, and over a new one where that has ended. To ask twice does
/// no harm: what was signed and never sent is never used.
async fn ask(
    path: &Path,
    connection: &mut Option<BufReader<UnixStream>>,
    question: &Question,
) -> Result<Reply, SignerError> {
    let line = question.line()?;
    let unreachable = |cause| SignerError::Unreachable {
        path: path.to_owned(),
        cause,
    };
    // Taken out: whoever gives up half-way leaves no answer behind for the next question.
    if let Some(mut stream) = connection.take()
        && let Ok(answer) = exchange(&mut stream, &line).await
    {
        *connection = Some(stream);
        return read(&answer);
    }
    let stream = UnixStream::connect(path).await.map_err(unreachable)?;
    let mut stream = BufReader::new(stream);
    let answer = exchange(&mut stream, &line).await.map_err(unreachable)?;
    *connection = Some(stream);
    read(&answer)
}

async fn exchange(stream: &mut BufReader<UnixStream>, line: &[u8]) -> io::Result<Vec<u8>> {
    let exchanged = timeout(PATIENCE, async {
        stream.write_all(line).await?;
        let mut answer = Vec::new();
        let mut within = (&mut *stream).take(LONGEST);
        within.read_until(b'\n', &mut answer).await?;
        if answer.last() == Some(&b'\n') {
            return Ok(answer);
        }
        Err(io::ErrorKind::UnexpectedEof.into())
    });
    exchanged.await.map_err(io::Error::from)?
}

fn read(answer: &[u8]) -> Result<Reply, SignerError> {
    serde_json::from_slice(answer).map_err(|_| SignerError::Answer)
}
