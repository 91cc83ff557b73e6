//! How is an ordinary request bound to a call? REST.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use delegant::{Cid, Command, Did, Ipld};
use delegant_http::names::{RECEIPT_HEADER, RECEIPT_WANTED};
use delegant_http::{Arguments, BodyDigest, Request as Bound, plain};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde::Serialize;

use crate::agent::{Ask, Call};
use crate::client::Client;
use crate::client::call_error::{CallError, Refusal};
use crate::client::exchange::{Parts, Way, is_passing, retry_after};
use crate::client::response::Response;
use crate::client::transport::Raw;

/// A request in the making.
///
/// Unless it is given a command and arguments, its call is the request itself: `/http/get` and so on,
/// with its host, path, query and body.
#[must_use = "nothing is sent before `send`"]
pub struct Request<'c> {
    client: &'c Client,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Bytes,
    subject: Option<Did>,
    said: Option<Result<Said, CallError>>,
    is_idempotent: bool,
    is_receipt_wanted: bool,
    cause: Option<Cid>,
}

/// A command and its arguments.
type Said = (Command, BTreeMap<String, Ipld>);

impl<'c> Request<'c> {
    pub(super) const fn new(client: &'c Client, method: Method, path: String) -> Self {
        Self {
            client,
            method,
            path,
            headers: Vec::new(),
            body: Bytes::new(),
            subject: None,
            said: None,
            is_idempotent: false,
            is_receipt_wanted: false,
            cause: None,
        }
    }

    /// On whose authority; unless said, the service's own.
    pub fn subject(mut self, subject: Did) -> Self {
        self.subject = Some(subject);
        self
    }

    /// Signs this command with its arguments, of which the request repeats some in its path and query.
    /// The digest of a body is added as the argument `body`.
    pub fn arguments<C: Arguments>(mut self, arguments: &C) -> Self {
        self.said = Some(said(arguments));
        self
    }

    /// As [`arguments`](Self::arguments), where there is no Rust type for them.
    pub fn command(mut self, command: Command, arguments: BTreeMap<String, Ipld>) -> Self {
        self.said = Some(Ok((command, arguments)));
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sends a body.
    pub fn body(mut self, media_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header(CONTENT_TYPE.as_str(), media_type)
    }

    /// Sends a value as JSON.
    ///
    /// # Errors
    /// [`CallError::NotReadable`] where it has no form in JSON.
    pub fn json(self, value: &impl Serialize) -> Result<Self, CallError> {
        let body = serde_json::to_vec(value).map_err(|cause| CallError::NotReadable {
            what: "the value for the body",
            cause: cause.to_string(),
        })?;
        Ok(self.body("application/json", body))
    }

    /// Says that doing it twice does no harm: then it is tried again, with a new invocation, where the
    /// service was not reached or broke.
    pub const fn idempotent(mut self) -> Self {
        self.is_idempotent = true;
        self
    }

    /// Asks for a receipt, and takes no answer without one that holds.
    pub const fn receipt(mut self) -> Self {
        self.is_receipt_wanted = true;
        self
    }

    /// Names the receipt that led to it.
    pub const fn cause(mut self, receipt: Cid) -> Self {
        self.cause = Some(receipt);
        self
    }

    /// Signs and sends it.
    ///
    /// # Errors
    /// [`CallError`]: where it could not be signed or sent, was refused, or was not answered. Whatever the
    /// service answers to an allowed request, such as 404, is a [`Response`].
    pub async fn send(self) -> Result<Response, CallError> {
        let client = self.client;
        let url = client.url(&self.path)?;
        let (command, arguments) = match self.said {
            Some(said) => with_body(said?, &self.body),
            None => bound(&self.method, &url, &self.body)?,
        };
        let subject = self.subject.or_else(|| client.service.clone());
        let subject = subject.ok_or(CallError::NoSubject)?;
        let mut ask = Ask::new(subject, command).arguments(arguments);
        if let Some(service) = client.service.as_ref().filter(|did| **did != ask.subject) {
            ask = ask.audience(service.clone());
        }
        if let Some(cause) = self.cause {
            ask = ask.cause(cause);
        }
        let mut parts = Parts::new(self.method, url);
        parts.body = self.body;
        for (name, value) in self.headers {
            let (name, value) = header(&name, &value).ok_or(CallError::Header { name })?;
            parts.headers.insert(name, value);
        }
        if self.is_receipt_wanted {
            let wanted = HeaderValue::from_static(RECEIPT_WANTED);
            parts.headers.insert(RECEIPT_HEADER, wanted);
        }
        let way = InHeader {
            parts,
            is_receipt_wanted: self.is_receipt_wanted,
        };
        client.execute(&ask, &way, self.is_idempotent).await
    }
}

/// The headers that are not the caller's to set.
const OURS: [HeaderName; 2] = [AUTHORIZATION, HOST];

fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let name: HeaderName = name.parse().ok()?;
    let is_ours = OURS.contains(&name) || name == RECEIPT_HEADER;
    let value = value.parse().ok()?;
    (!is_ours).then_some((name, value))
}

fn said<C: Arguments>(arguments: &C) -> Result<Said, CallError> {
    Ok((C::command()?, arguments.to_arguments()?))
}

/// What is sent is what is signed, whatever the arguments said of it before.
fn with_body((command, mut arguments): Said, body: &Bytes) -> Said {
    if let Some(digest) = BodyDigest::of_some(body) {
        arguments.insert("body".to_owned(), digest.into());
    }
    (command, arguments)
}

/// The request itself as a call.
fn bound(method: &Method, url: &Url, body: &Bytes) -> Result<Said, CallError> {
    let authority = match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (host, _) => host.unwrap_or_default().to_owned(),
    };
    let request = Bound {
        method: method.as_str(),
        authority: &authority,
        path: url.path(),
        query: url.query().unwrap_or_default(),
        body: BodyDigest::of_some(body),
    };
    Ok((plain::command(method.as_str())?, plain::arguments(&request)))
}

/// A request that carries its call in a header.
struct InHeader {
    parts: Parts,
    is_receipt_wanted: bool,
}

impl Way for InHeader {
    type Answer = Response;

    async fn send(
        &self,
        client: &Client,
        call: &Call,
        proofs: &HashSet<Cid>,
    ) -> Result<Raw, CallError> {
        client.send_in_header(call, proofs, &self.parts).await
    }

    fn read(&self, call: &Call, raw: Raw) -> Result<Response, CallError> {
        match Refusal::find(&raw, Some(call)) {
            Some(refusal) => Err(CallError::Refused(Box::new(refusal))),
            None => Ok(Response::new(raw, call, self.is_receipt_wanted)?),
        }
    }

    fn again_after(answer: &Response) -> Option<Duration> {
        let pause = retry_after(answer.headers()).unwrap_or_default();
        is_passing(answer.status()).then_some(pause)
    }
}

// Path, headers and body may hold anything.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Request")
            .field("client", &self.client)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}
