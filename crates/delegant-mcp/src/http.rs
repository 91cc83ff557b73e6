//! How does one stand between a client and a server that speak over HTTP? As a reverse proxy that
//! reads what is posted.

use std::error::Error;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE,
    HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use delegant_server::Server;
use thiserror::Error;
use tokio::net::TcpListener;

use crate::message::{Message, MessageError};
use crate::middle::{Back, Forward, Middle, Ticket, WHO};
use crate::upstream::{Upstream, UpstreamError, is_stream};

/// A message of a client is at most so long, in bytes.
const LONGEST_MESSAGE: usize = 4 << 20;

/// An answer that is read before it goes on is at most so long, in bytes.
const LONGEST_ANSWER: usize = 16 << 20;

/// Where a proof may be, over HTTP.
const CARRIERS: [&str; 2] = ["meta", "header"];

/// How long a server may take until its answer begins: a tool may have much to do.
const ANSWER_WITHIN: Duration = Duration::from_secs(15 * 60);

/// How long answers may go on once it is to stop: streams would go on for ever.
const GRACE: Duration = Duration::from_secs(10);

/// How long to wait for who the server is.
const PATIENCE: Duration = Duration::from_secs(3);

/// Stands between clients that come to `listener` and the server at `upstream`, until `stop`.
///
/// Requests go on to the same path at the server. What is posted is read, whatever the path; answers that
/// stream are handed on as they come.
///
/// # Errors
/// [`ProxyError`]
pub async fn serve(
    middle: Middle,
    upstream: &str,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ProxyError> {
    let proxy = Proxy {
        middle,
        upstream: Upstream::new(upstream)?,
    };
    let app = Router::new().fallback(proxied).with_state(Arc::new(proxy));
    let server = Server::new(app)
        .answer_within(ANSWER_WITHIN)
        .grace(GRACE)
        .stops_when(stop);
    Ok(server.serve(listener).await?)
}

struct Proxy {
    middle: Middle,
    upstream: Upstream,
}

async fn proxied(State(proxy): State<Arc<Proxy>>, request: Request) -> Response {
    match proxy.answer(request).await {
        Ok(response) => response,
        Err(Unanswered::Message(error)) => json(StatusCode::BAD_REQUEST, error.answer()),
        Err(Unanswered::Method) => StatusCode::METHOD_NOT_ALLOWED.into_response(),
        Err(Unanswered::Encoding) => StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response(),
        Err(Unanswered::Upstream(error)) => {
            tracing::warn!(target: "delegant", error = &error as &dyn Error, "the server is not reached");
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
}

enum Unanswered {
    Message(MessageError),
    Method,
    Encoding,
    Upstream(UpstreamError),
}

impl From<UpstreamError> for Unanswered {
    fn from(error: UpstreamError) -> Self {
        Self::Upstream(error)
    }
}

impl Proxy {
    async fn answer(&self, request: Request) -> Result<Response, Unanswered> {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut headers = parts.headers;
        let header = proof_header(&headers).map(str::to_owned);
        if header.is_some() {
            headers.remove(AUTHORIZATION);
        }
        for_this_hop(&mut headers);
        match parts.method {
            Method::POST => {}
            // These carry no message.
            Method::GET | Method::HEAD | Method::DELETE | Method::OPTIONS => {
                let sent = self
                    .upstream
                    .send(parts.method, path, headers, Bytes::new());
                return Ok(handed_on(sent.await?));
            }
            _ => return Err(Unanswered::Method),
        }
        if headers.contains_key(CONTENT_ENCODING) {
            return Err(Unanswered::Encoding);
        }
        // What comes back may have to be read.
        headers.remove(ACCEPT_ENCODING);
        let body = to_bytes(body, LONGEST_MESSAGE).await.map_err(|_| {
            let maximum = LONGEST_MESSAGE;
            Unanswered::Message(MessageError::TooLarge { maximum })
        })?;
        let message =
            std::str::from_utf8(&body).map_err(|_| Unanswered::Message(MessageError::NotText))?;
        if self.middle.wants_to_know(message) {
            self.ask_who(path, &headers).await;
        }
        match self.middle.forward(message, header.as_deref()).await {
            Forward::Answer(answer) => Ok(json(StatusCode::OK, answer)),
            Forward::Dropped => Ok(StatusCode::ACCEPTED.into_response()),
            Forward::On {
                message: on,
                ticket,
            } => self.exchange(path, headers, message, on, &ticket).await,
        }
    }

    async fn exchange(
        &self,
        path: &str,
        headers: HeaderMap,
        asked: &str,
        on: String,
        ticket: &Ticket,
    ) -> Result<Response, Unanswered> {
        let post = |headers, body: String| {
            let body = Bytes::from(body);
            self.upstream.send(Method::POST, path, headers, body)
        };
        let response = post(headers.clone(), on).await?;
        let is_handshake = matches!(
            Message::read(asked),
            Ok(Message::Request(request)) if ["initialize", "server/discover"].contains(&request.method.as_str())
        );
        let is_stream = is_stream(response.headers());
        // What streams goes on as it comes. Nothing is learned from it: the next call brings all its proofs again.
        let is_read = is_handshake
            || match ticket {
                Ticket::None => false,
                Ticket::Awaited(_) => true,
                Ticket::Sent(_) => !is_stream,
            };
        if !is_read {
            return Ok(handed_on(response));
        }
        let (status, mut answered_headers) = (response.status(), response.headers().clone());
        let body = Upstream::body(response, LONGEST_ANSWER).await?;
        let Ok(text) = std::str::from_utf8(&body) else {
            return Ok(rebuilt(status, answered_headers, body));
        };
        if is_stream {
            let events = text
                .split_inclusive('\n')
                .map(|line| self.event(line, ticket));
            let events: String = events.collect();
            return Ok(rebuilt(status, answered_headers, events.into()));
        }
        match self.middle.back(text, ticket, &CARRIERS) {
            Back::On(answer) => {
                let answer = Bytes::from(answer.into_owned());
                answered_headers.remove(CONTENT_LENGTH);
                Ok(rebuilt(status, answered_headers, answer))
            }
            Back::Again(message) => Ok(handed_on(post(headers, message).await?)),
        }
    }

    /// One line of a stream of events: an answer in it is looked at, everything else stays as it is.
    fn event(&self, line: &str, ticket: &Ticket) -> String {
        let as_it_is = || line.to_owned();
        let Some(data) = line.strip_prefix("data:") else {
            return as_it_is();
        };
        let answer = data.trim();
        if !matches!(Message::read(answer), Ok(Message::Response { .. })) {
            return as_it_is();
        }
        match self.middle.back(answer, ticket, &CARRIERS) {
            Back::On(edited) if edited != answer => format!("data: {edited}\n"),
            _ => as_it_is(),
        }
    }

    /// Asks the server who it is; whether it says so or not, the client's message goes on.
    async fn ask_who(&self, path: &str, headers: &HeaderMap) {
        let mut headers = headers.clone();
        for (name, value) in [
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", "server/discover"),
        ] {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        for name in ["mcp-name", "mcp-session-id"] {
            headers.remove(name);
        }
        let asked = async {
            let body = Bytes::from_static(WHO.as_bytes());
            let response = self
                .upstream
                .send(Method::POST, path, headers, body)
                .await?;
            let is_stream = is_stream(response.headers());
            let body = Upstream::body(response, LONGEST_ANSWER).await?;
            let text = String::from_utf8_lossy(&body);
            if is_stream {
                text.lines()
                    .for_each(|line| drop(self.event(line, &Ticket::None)));
            } else {
                self.middle.back(&text, &Ticket::None, &CARRIERS);
            }
            Ok::<(), UpstreamError>(())
        };
        if !matches!(tokio::time::timeout(PATIENCE, asked).await, Ok(Ok(()))) {
            tracing::warn!(target: "delegant", "the server does not say who it is");
        }
    }
}

/// The container text of an `Authorization: UCAN …`.
fn proof_header(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, text) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("ucan").then_some(text)
}

/// Takes out what is for this connection and no further. RFC 9110, "Connection".
fn for_this_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in [
        CONNECTION,
        TE,
        TRAILER,
        TRANSFER_ENCODING,
        UPGRADE,
        HOST,
        CONTENT_LENGTH,
    ] {
        headers.remove(name);
    }
    for name in [
        "keep-alive",
        "proxy-connection",
        "proxy-authorization",
        "proxy-authenticate",
    ] {
        headers.remove(name);
    }
}

fn handed_on(response: reqwest::Response) -> Response {
    let (status, headers) = (response.status(), response.headers().clone());
    let mut answer = Response::new(Body::from_stream(response.bytes_stream()));
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    // The length of a body that is not streamed on is said again by whoever writes it.
    let length = answer.headers_mut().remove(CONTENT_LENGTH);
    for_this_hop(answer.headers_mut());
    if let Some(length) = length {
        answer.headers_mut().insert(CONTENT_LENGTH, length);
    }
    answer
}

fn rebuilt(status: StatusCode, mut headers: HeaderMap, body: Bytes) -> Response {
    for_this_hop(&mut headers);
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    answer
}

fn json(status: StatusCode, body: String) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

/// Why a proxy does not stand.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// What it stands before.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// The socket.
    #[error("cannot serve: {0}")]
    Listen(#[from] io::Error),
}
