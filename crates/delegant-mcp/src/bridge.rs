//! How does a client at a pipe reach a server over HTTP? Each message is posted, and what comes back is
//! written as lines.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, BufReader};
use tokio::sync::Mutex as Writing;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::events::Replies;
use crate::http::ProxyError;
use crate::lines::{self, Line};
use crate::message::{Id, Message, MessageError, failure};
use crate::middle::{Back, Forward, Middle, Ticket, WHO};
use crate::mirrored::{Mirrored, SESSION, VERSION};
use crate::upstream::{Upstream, UpstreamError, is_stream};

/// A message of a client is at most so long, in bytes.
const LONGEST_MESSAGE: usize = 4 << 20;

/// An answer of a server is at most so long, in bytes.
const LONGEST_ANSWER: usize = 64 << 20;

/// How long to wait for who the server is.
const PATIENCE: Duration = Duration::from_secs(3);

/// Stands between a client at `input` and `output` and the server at `upstream`, until the client ends.
///
/// # Errors
/// [`ProxyError`]. A server that is not reached is none: the client is told, message by message.
pub async fn run(
    middle: Middle,
    upstream: &str,
    input: impl AsyncRead + Unpin,
    output: impl AsyncWrite + Unpin + Send + 'static,
) -> Result<(), ProxyError> {
    let bridge = Arc::new(Bridge {
        middle,
        upstream: Upstream::new(upstream)?,
        output: Writing::new(output),
        session: Mutex::default(),
    });
    let mut input = BufReader::new(input);
    let mut under_way = JoinSet::new();
    let mut has_asked = false;
    loop {
        // What has ended is forgotten.
        while under_way.try_join_next().is_some() {}
        let message = match lines::read(&mut input, LONGEST_MESSAGE).await? {
            Line::End => break,
            Line::Unreadable(why) => {
                bridge.tell(&MessageError::from(why).answer()).await;
                continue;
            }
            Line::Text(message) => message,
        };
        if !has_asked && bridge.middle.wants_to_know(&message) {
            has_asked = true;
            bridge.ask_who().await;
        }
        match bridge.middle.forward(&message, None).await {
            Forward::Answer(answer) => bridge.tell(&answer).await,
            Forward::Dropped => {}
            Forward::On {
                message: on,
                ticket,
            } => {
                let asked = Asked::of(&message);
                let is_first = asked.is_handshake();
                let exchange = Arc::clone(&bridge).exchange(asked, on, ticket);
                if is_first {
                    // What comes after it stands on it.
                    exchange.await;
                    bridge.listen();
                } else {
                    under_way.spawn(exchange);
                }
            }
        }
    }
    let rest = async { while under_way.join_next().await.is_some() {} };
    // Whoever is gone does not wait for the answers; the server may.
    let _ = timeout(GRACE, rest).await;
    bridge.leave().await;
    Ok(())
}

/// How long the answers to a client that is gone may take.
const GRACE: Duration = Duration::from_secs(10);

struct Bridge<W> {
    middle: Middle,
    upstream: Upstream,
    output: Writing<W>,
    session: Mutex<Session>,
}

/// What is remembered between messages.
#[derive(Default)]
struct Session {
    id: Option<HeaderValue>,
    version: Option<HeaderValue>,
    listener: Option<JoinHandle<()>>,
    mirrored: Mirrored,
}

/// A message of the client, as far as the transport is concerned.
struct Asked {
    /// None where no answer is awaited.
    id: Option<Id>,
    method: Option<String>,
    whole: Value,
}

impl Asked {
    fn of(message: &str) -> Self {
        let read = Message::read(message);
        let (id, method) = match read {
            Ok(Message::Request(request)) => (Some(request.id), Some(request.method)),
            Ok(Message::Notification { method }) => (None, Some(method)),
            _ => (None, None),
        };
        Self {
            id,
            method,
            whole: serde_json::from_str(message).unwrap_or_default(),
        }
    }

    fn is(&self, method: &str) -> bool {
        self.method.as_deref() == Some(method)
    }

    fn is_handshake(&self) -> bool {
        self.is("initialize") || self.is("notifications/initialized")
    }
}

impl<W: AsyncWrite + Unpin + Send + 'static> Bridge<W> {
    /// Posts a message, and writes what comes of it.
    async fn exchange(self: Arc<Self>, asked: Asked, on: String, ticket: Ticket) {
        let Some(again) = self.post(&asked, on, &ticket).await else {
            return;
        };
        // With all its proofs; a second time is once too often.
        let _ = self.post(&asked, again, &Ticket::None).await;
    }

    /// What is to be sent again, if anything is.
    async fn post(&self, asked: &Asked, on: String, ticket: &Ticket) -> Option<String> {
        let headers = self.headers(asked);
        let sent = self
            .upstream
            .send(Method::POST, self.upstream.path(), headers, on.into());
        let response = match sent.await {
            Ok(response) => response,
            Err(error) => {
                self.tell_failure(asked, &error.to_string()).await;
                return None;
            }
        };
        if asked.is("initialize")
            && let Some(id) = response.headers().get(SESSION)
        {
            self.session().id = Some(id.clone());
        }
        let status = response.status();
        let mut replies = Replies::of(response, LONGEST_ANSWER);
        let (mut is_answered, mut again) = (asked.id.is_none(), None);
        let broken = loop {
            let message = match replies.next().await {
                Ok(Some(message)) => message,
                Ok(None) => break None,
                Err(error) => break Some(error),
            };
            match self.came(asked, &message, ticket).await {
                Came::Other => {}
                Came::Answer => is_answered = true,
                Came::Again(message) => (is_answered, again) = (true, Some(message)),
            }
        };
        if !is_answered {
            let why = match broken {
                Some(error) => error.to_string(),
                None => format!(
                    "the server answered with HTTP {}, and not with a message",
                    status.as_u16()
                ),
            };
            self.tell_failure(asked, &why).await;
        }
        again
    }

    /// A message of the server.
    async fn came(&self, asked: &Asked, message: &str, ticket: &Ticket) -> Came {
        let Ok(Message::Response { id, .. }) = Message::read(message) else {
            self.tell(message).await;
            return Came::Other;
        };
        if asked.is("initialize") {
            self.hear_version(message);
        }
        if asked.is("tools/list") {
            self.session().mirrored.learn(message);
        }
        match self.middle.back(message, ticket, &[]) {
            Back::On(answer) => self.tell(&answer).await,
            Back::Again(again) => return Came::Again(again),
        }
        // An answer without an `id` is to what the server could not read: to this.
        if id == asked.id || id.is_none() {
            Came::Answer
        } else {
            Came::Other
        }
    }

    fn hear_version(&self, answer: &str) {
        let answer: Value = serde_json::from_str(answer).unwrap_or_default();
        let version = answer
            .pointer("/result/protocolVersion")
            .and_then(Value::as_str);
        if let Some(version) = version.and_then(|version| version.parse().ok()) {
            self.session().version = Some(version);
        }
    }

    fn headers(&self, asked: &Asked) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(
            ACCEPT,
            HeaderValue::from_static("application/json, text/event-stream"),
        );
        self.add_session(&mut headers);
        self.session().mirrored.add(&mut headers, &asked.whole);
        headers
    }

    fn add_session(&self, headers: &mut HeaderMap) {
        let session = self.session();
        for (name, value) in [(SESSION, &session.id), (VERSION, &session.version)] {
            if let Some(value) = value {
                headers.insert(name, value.clone());
            }
        }
    }

    /// What the server of an earlier revision has to say by itself.
    fn listen(self: &Arc<Self>) {
        let mut session = self.session();
        if session.version.is_none() || session.listener.is_some() {
            return;
        }
        let bridge = Arc::clone(self);
        session.listener = Some(tokio::spawn(async move {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
            bridge.add_session(&mut headers);
            let path = bridge.upstream.path();
            let sent = bridge
                .upstream
                .send(Method::GET, path, headers, Bytes::new());
            // A server may have nothing to say, or say it only while it answers.
            let Ok(response) = sent.await else { return };
            if !response.status().is_success() || !is_stream(response.headers()) {
                return;
            }
            let mut replies = Replies::of(response, LONGEST_ANSWER);
            while let Ok(Some(message)) = replies.next().await {
                bridge.tell(&message).await;
            }
        }));
    }

    /// Says goodbye to a server that remembers.
    async fn leave(&self) {
        let mut headers = HeaderMap::new();
        self.add_session(&mut headers);
        if let Some(listener) = self.session().listener.take() {
            listener.abort();
        }
        if headers.contains_key(SESSION) {
            let sent =
                self.upstream
                    .send(Method::DELETE, self.upstream.path(), headers, Bytes::new());
            let _ = timeout(PATIENCE, sent).await;
        }
    }

    /// Asks the server who it is; whether it says so or not, the client's message goes on.
    async fn ask_who(&self) {
        let asked = Asked::of(WHO);
        let exchange = async {
            let headers = self.headers(&asked);
            let sent = self
                .upstream
                .send(Method::POST, self.upstream.path(), headers, WHO.into());
            let mut replies = Replies::of(sent.await?, LONGEST_ANSWER);
            while let Some(message) = replies.next().await? {
                self.middle.back(&message, &Ticket::None, &[]);
            }
            Ok::<(), UpstreamError>(())
        };
        if !matches!(timeout(PATIENCE, exchange).await, Ok(Ok(()))) {
            tracing::warn!(target: "delegant", "the server does not say who it is");
        }
    }

    async fn tell_failure(&self, asked: &Asked, why: &str) {
        match &asked.id {
            Some(id) => self.tell(&failure(Some(id), NOT_REACHED, why, None)).await,
            None => tracing::warn!(target: "delegant", why, "a message was not delivered"),
        }
    }

    async fn tell(&self, message: &str) {
        // The end of the input says when the client is gone.
        if let Err(error) = lines::write(&mut *self.output.lock().await, message).await {
            tracing::debug!(target: "delegant", %error, "the client does not read");
        }
    }

    fn session(&self) -> std::sync::MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a message of the server was.
enum Came {
    /// The answer that was awaited.
    Answer,
    /// Something else.
    Other,
    /// A question for proofs: this is to be sent.
    Again(String),
}

/// Outside of what JSON-RPC and MCP keep, beside the refusals.
const NOT_REACHED: i32 = -31_502;
