//! How is a server reached over HTTP? At one origin, and by nobody's redirection.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response, Url};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use thiserror::Error;

/// Connections to one server.
#[derive(Debug, Clone)]
pub(crate) struct Upstream {
    http: Client,
    url: Url,
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

impl Upstream {
    /// To the server at this URL.
    pub(crate) fn new(url: &str) -> Result<Self, UpstreamError> {
        let not_a_url = |why: String| UpstreamError::Url {
            url: url.to_owned(),
            why,
        };
        let url: Url = url.parse().map_err(|why| not_a_url(format!("{why}")))?;
        let is_tls = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => {
                return Err(not_a_url(
                    "it begins with `https://` or `http://`".to_owned(),
                ));
            }
        };
        let http = Client::builder()
            .tls_backend_preconfigured(tls(is_tls)?)
            // A proof is for one server: nobody may send it on to another.
            .redirect(Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .build()?;
        Ok(Self { http, url })
    }

    /// The path at which the server was said to be.
    pub(crate) fn path(&self) -> &str {
        self.url.path()
    }

    /// Sends a request to this path at the server, and waits for the head of the answer.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response, UpstreamError> {
        let mut url = self.url.clone();
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path, None),
        };
        url.set_path(path);
        url.set_query(query);
        let request = self.http.request(method, url).headers(headers).body(body);
        Ok(request.send().await.map_err(reqwest::Error::without_url)?)
    }

    /// The whole body of an answer.
    pub(crate) async fn body(
        mut response: Response,
        maximum: usize,
    ) -> Result<Bytes, UpstreamError> {
        let mut body = BytesMut::new();
        while let Some(piece) = response
            .chunk()
            .await
            .map_err(reqwest::Error::without_url)?
        {
            if body.len().saturating_add(piece.len()) > maximum {
                return Err(UpstreamError::TooLong { maximum });
            }
            body.extend_from_slice(&piece);
        }
        Ok(body.freeze())
    }
}

/// Is the answer a stream of events?
pub(crate) fn is_stream(headers: &HeaderMap) -> bool {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.to_ascii_lowercase().starts_with("text/event-stream"))
}

/// By `ring`, named here and nowhere globally.
fn tls(is_needed: bool) -> Result<ClientConfig, UpstreamError> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?;
    // Plain `http` needs no certificates, and reading the system's takes its time.
    let config = if is_needed {
        config.with_platform_verifier()?
    } else {
        config.with_root_certificates(RootCertStore::empty())
    };
    Ok(config.with_no_client_auth())
}

/// Why a server is not reached.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum UpstreamError {
    /// No URL.
    #[error("`{url}` is not the URL of a server: {why}")]
    Url {
        /// What was said.
        url: String,
        /// Why not.
        why: String,
    },
    /// No TLS.
    #[error("cannot use TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// No connection, or none that lasted.
    #[error("the server was not reached, or broke off: {0}")]
    Http(#[from] reqwest::Error),
    /// More than is read.
    #[error("the server answered with more than {maximum} bytes")]
    TooLong {
        /// So many are.
        maximum: usize,
    },
}
