//! How does an agent call a service over HTTP?
//!
//! An [`Agent`] makes a [`Client`] for one service; the client picks the proofs, signs, leaves out what
//! the service knows, sends what it asks for, and says what a refusal means and whom to ask. See
//! `spec/http.md` for what travels.
//!
//! ```no_run
//! use delegant_agent::{Agent, Passphrase};
//!
//! # async fn call() -> Result<(), Box<dyn std::error::Error>> {
//! let agent = Agent::load("agent.pem", "wallet", || Passphrase::new("…".to_owned().into()))?;
//! let hospital = "did:key:z6MkgGykN9ARNFjEzowVq4mLP2kL4NsyAaDGXeJFQ5qE1bfg".parse()?;
//! let records = agent.client("https://records.example")?.service(hospital);
//!
//! let encounters = records.get("/encounters?patient=p-17").receipt().send().await?;
//! println!("{} {}", encounters.status(), encounters.text());
//! # Ok(())
//! # }
//! ```
//!
//! # What is sent twice, and what is not
//!
//! An invocation is used once. The same one goes again only where the service said that it lacks proofs,
//! which it says before it uses anything. Where a service was not reached, or broke, a *new* invocation is
//! signed only for a request that was called [`idempotent`](Request::idempotent); for all others the error
//! says whether it [may have run](CallError::may_have_run). Redirections are not followed: the request was
//! signed for one service.
//!
//! # Beside a `reqwest` of your own
//!
//! This client brings its cryptography for TLS with it and installs nothing for the whole process. It builds
//! `reqwest` with the feature `rustls-no-provider`, though, and features are shared by all who use a crate: where
//! `reqwest::Client::new()` of your own then panics with "no provider set", say once, at the start of your program,
//! `rustls::crypto::ring::default_provider().install_default()`, or give your own `reqwest` the feature `rustls`.

mod advice;
mod call_error;
mod exchange;
mod known;
mod request;
mod response;
mod revoke;
mod rpc;
mod skew;
mod transport;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use delegant::Did;
use delegant_http::Discovery;
use delegant_http::names::DISCOVERY_PATH;
use reqwest::Url;
use thiserror::Error;

use crate::agent::Agent;
use crate::client::exchange::Parts;
use crate::client::known::Known;
use crate::client::transport::Transport;

pub use call_error::{CallError, Refusal};
pub use request::Request;
pub use reqwest::{Method, StatusCode, header};
pub use response::{ReceiptError, Response};
pub use revoke::Revoked;
pub use rpc::Done;
pub use skew::Skew;

/// An agent's line to one service. Cloning is cheap, and the clones share connections and what they know
/// of the service.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    base: Url,
    service: Option<Did>,
    known: Arc<Known>,
    transport: Transport,
}

impl Agent {
    /// A client for the service at this URL: `https`, or `http` on this machine.
    ///
    /// Certificates are judged as the system does. Where the environment names certificates
    /// (`SSL_CERT_FILE`, `SSL_CERT_DIR`), these count instead on most systems.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn client(&self, base: &str) -> Result<Client, ClientError> {
        Client::new(self.clone(), base, false)
    }

    /// As [`client`](Self::client), where the network in between is trusted: whoever listens to plain
    /// `http` can read every answer, and use an invocation before the service does.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn client_in_the_clear(&self, base: &str) -> Result<Client, ClientError> {
        Client::new(self.clone(), base, true)
    }
}

impl Client {
    fn new(agent: Agent, base: &str, in_the_clear: bool) -> Result<Self, ClientError> {
        let base = Url::parse(base).map_err(|_| ClientError::NoUrl)?;
        let is_plain = match base.scheme() {
            "https" => false,
            "http" => true,
            _ => return Err(ClientError::NoUrl),
        };
        if base.cannot_be_a_base()
            || !base.username().is_empty()
            || base.password().is_some()
            || base.query().is_some()
            || base.fragment().is_some()
        {
            return Err(ClientError::Superfluous);
        }
        if is_plain && !in_the_clear && !is_this_machine(&base) {
            return Err(ClientError::InTheClear);
        }
        Ok(Self {
            transport: Transport::new(!is_plain).map_err(ClientError::Tls)?,
            agent,
            base,
            service: None,
            known: Arc::default(),
        })
    }

    /// Who the service is, where that is not the subject of the calls: their audience, and who signs the
    /// receipts. It is also the subject where a request names none.
    #[must_use]
    pub fn service(mut self, did: Did) -> Self {
        self.service = Some(did);
        self
    }

    /// How long one attempt may take from its beginning to the end of the answer; 30 seconds unless said.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.transport.timeout = timeout;
        self
    }

    /// How long an answer may be in bytes; 16 MiB unless said. A longer one is refused.
    #[must_use]
    pub const fn longest_answer(mut self, bytes: usize) -> Self {
        self.transport.longest = bytes;
        self
    }

    /// Who calls.
    #[must_use]
    pub const fn agent(&self) -> &Agent {
        &self.agent
    }

    /// The URL that paths are added to.
    #[must_use]
    pub fn base(&self) -> &str {
        self.base.as_str()
    }

    /// A request to the path, percent-encoded and with its query, behind the base.
    pub fn request(&self, method: Method, path: impl Into<String>) -> Request<'_> {
        Request::new(self, method, path.into())
    }

    /// A `GET`.
    pub fn get(&self, path: impl Into<String>) -> Request<'_> {
        self.request(Method::GET, path)
    }

    /// A `POST`.
    pub fn post(&self, path: impl Into<String>) -> Request<'_> {
        self.request(Method::POST, path)
    }

    /// A `PUT`.
    pub fn put(&self, path: impl Into<String>) -> Request<'_> {
        self.request(Method::PUT, path)
    }

    /// A `PATCH`.
    pub fn patch(&self, path: impl Into<String>) -> Request<'_> {
        self.request(Method::PATCH, path)
    }

    /// A `DELETE`.
    pub fn delete(&self, path: impl Into<String>) -> Request<'_> {
        self.request(Method::DELETE, path)
    }

    /// Asks the service what it offers. It is not signed: the connection alone vouches for it.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn discover(&self) -> Result<Discovery, CallError> {
        let parts = Parts::new(Method::GET, self.url(DISCOVERY_PATH)?);
        let raw = self.transport.send(&parts, None).await?;
        if raw.status != StatusCode::OK {
            return Err(CallError::Status { status: raw.status });
        }
        serde_json::from_slice(&raw.body).map_err(|cause| CallError::NotReadable {
            what: "the discovery document",
            cause: cause.to_string(),
        })
    }

    /// The URL of a path behind the base; never one of another service.
    fn url(&self, path: &str) -> Result<Url, CallError> {
        if !path.starts_with('/') {
            return Err(CallError::Path);
        }
        let base = self.base.as_str().trim_end_matches('/');
        let url = Url::parse(&format!("{base}{path}")).map_err(|_| CallError::Path)?;
        if url.origin() != self.base.origin() || url.fragment().is_some() {
            return Err(CallError::Path);
        }
        Ok(url)
    }
}

fn is_this_machine(base: &Url) -> bool {
    base.host_str().is_some_and(|host| {
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    })
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("agent", &self.agent)
            .field("base", &self.base.as_str())
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

/// Why there is no client.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClientError {
    /// Not a URL of a web server.
    #[error("not a URL that begins with `https://` or `http://`")]
    NoUrl,
    /// More than an origin and a path.
    #[error("the URL of a service has no user, password, query or fragment: leave them out")]
    Superfluous,
    /// Plain `http` to another machine.
    #[error(
        "plain `http` to another machine: whoever listens could use an invocation first; use `https`, or say that the network is trusted"
    )]
    InTheClear,
    /// TLS could not be set up, such as for want of the system's certificates.
    #[error("cannot set up TLS: {0}")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}
