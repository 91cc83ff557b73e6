//! How do bytes go out and come back? Within limits, and to where they were meant to go.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use reqwest::header::{AUTHORIZATION, DATE, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::client::call_error::CallError;
use crate::client::exchange::Parts;
use crate::client::skew::Skew;

/// Connections to one service.
#[derive(Debug, Clone)]
pub(super) struct Transport {
    http: reqwest::Client,
    pub(super) timeout: Duration,
    /// Of an answer, in bytes.
    pub(super) longest: usize,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// How far the clocks are apart, where the service says what it has.
    pub(super) skew: Option<Skew>,
}

const TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const LONGEST: usize = 16 << 20;

impl Transport {
    pub(super) fn new(is_tls: bool) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls(is_tls)?)
            // An invocation is for one service: nobody may send it on to another.
            .redirect(Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(concat!("delegant/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            http,
            timeout: TIMEOUT,
            longest: LONGEST,
        })
    }

    /// Sends once, and reads the whole answer.
    pub(super) async fn send(
        &self,
        parts: &Parts,
        authorization: Option<&str>,
    ) -> Result<Raw, CallError> {
        let mut headers = parts.headers.clone();
        if let Some(value) = authorization {
            let mut value = HeaderValue::from_str(value).map_err(|_| CallError::Header {
                name: AUTHORIZATION.to_string(),
            })?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let began = SystemTime::now();
        let sent = self
            .http
            .request(parts.method.clone(), parts.url.clone())
            .headers(headers)
            .body(parts.body.clone())
            .timeout(self.timeout)
            .send()
            .await;
        let mut response = sent.map_err(not_answered)?;
        let skew = response
            .headers()
            .get(DATE)
            .and_then(|date| Skew::of(date.to_str().ok()?, began, SystemTime::now()));
        let body = self.body(&mut response).await?;
        Ok(Raw {
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
            body,
            skew,
        })
    }

    async fn body(&self, response: &mut Response) -> Result<Bytes, CallError> {
        let too_long = |length: usize| {
            (length > self.longest).then_some(CallError::AnswerTooLong {
                maximum: self.longest,
            })
        };
        let announced = response.content_length().unwrap_or(0);
        if let Some(error) = too_long(usize::try_from(announced).unwrap_or(usize::MAX)) {
            return Err(error);
        }
        let mut body = BytesMut::new();
        while let Some(piece) = response.chunk().await.map_err(not_answered)? {
            if let Some(error) = too_long(body.len().saturating_add(piece.len())) {
                return Err(error);
            }
            body.extend_from_slice(&piece);
        }
        Ok(body.freeze())
    }
}

/// Without a connection nothing was sent; with one, who knows.
fn not_answered(cause: reqwest::Error) -> CallError {
    let is_connect = cause.is_connect();
    // The URL is the caller's, and may name what is nobody else's business.
    let cause = cause.without_url();
    if is_connect {
        CallError::Unreachable(cause)
    } else {
        CallError::NoAnswer(cause)
    }
}

/// By `ring`, named here and nowhere globally.
fn tls(is_needed: bool) -> Result<ClientConfig, Box<dyn Error + Send + Sync>> {
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
