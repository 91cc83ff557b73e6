//! How does one call reach its service? With the proofs that it needs, and used once.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use delegant::{Cid, Container, ContainerFormat, Timestamp, Verified};
use delegant_http::carrier::{self, WriteError};
use delegant_http::names::{CONTAINER_TYPE, DEPOSIT_PATH};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, StatusCode, Url};

use crate::agent::{Ask, Call, InvokeError};
use crate::client::Client;
use crate::client::call_error::{CallError, Refusal};
use crate::client::transport::Raw;
use crate::clock;

/// A request without its call.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Parts {
    pub(super) fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    /// A container in a body.
    pub(super) fn container(url: Url, container: &Container) -> Result<Self, WriteError> {
        let mut parts = Self::new(Method::POST, url);
        let media_type = HeaderValue::from_static(CONTAINER_TYPE);
        parts.headers.insert(CONTENT_TYPE, media_type);
        parts.body = container.encode(ContainerFormat::Bytes)?.into();
        Ok(parts)
    }
}

/// A way for a call to travel, and to read what came back.
pub(super) trait Way {
    /// What comes of it.
    type Answer;

    /// Sends the invocation and these of its proofs.
    async fn send(
        &self,
        client: &Client,
        call: &Call,
        proofs: &HashSet<Cid>,
    ) -> Result<Raw, CallError>;

    /// Reads the answer: a [`CallError::Refused`] where the service refused.
    fn read(&self, call: &Call, raw: Raw) -> Result<Self::Answer, CallError>;

    /// Is this answer worth another try, and after how long at least?
    fn again_after(_answer: &Self::Answer) -> Option<Duration> {
        None
    }
}

/// How often something is tried where it may be.
const TRIES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// A service that wants to be left alone for longer is not asked again by itself.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How often one invocation goes out, each time with more of its proofs.
const ROUNDS: usize = 3;

impl Client {
    /// Signs and sends; signs anew and sends again where the service was not reached or broke, if doing
    /// it twice does no harm.
    pub(super) async fn execute<W: Way>(
        &self,
        ask: &Ask,
        way: &W,
        is_idempotent: bool,
    ) -> Result<W::Answer, CallError> {
        let once = || self.once(ask, way);
        self.persist(is_idempotent, once, W::again_after).await
    }

    /// Does something up to three times, where it may be done twice.
    pub(super) async fn persist<A, F: Future<Output = Result<A, CallError>>>(
        &self,
        is_idempotent: bool,
        once: impl Fn() -> F,
        again_after: impl Fn(&A) -> Option<Duration>,
    ) -> Result<A, CallError> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..TRIES {
            let outcome = once().await;
            let again = match &outcome {
                Ok(answer) => again_after(answer),
                Err(cause) => cause.again_after(),
            };
            let Some(wanted) = again.filter(|wanted| is_idempotent && *wanted <= LONGEST_PAUSE)
            else {
                return outcome;
            };
            tokio::time::sleep(wanted.max(pause)).await;
            pause = pause.saturating_mul(4);
        }
        once().await
    }

    /// One invocation, used once.
    async fn once<W: Way>(&self, ask: &Ask, way: &W) -> Result<W::Answer, CallError> {
        let now: Timestamp = clock::now().map_err(InvokeError::from)?;
        let call = self.agent.invoke_at(ask.clone(), now)?;
        let mut proofs = self.known.unknown_of(&call);
        let mut round = 1;
        loop {
            let raw = way.send(self, &call, &proofs).await?;
            let answer = way.read(&call, raw);
            let missing = match &answer {
                Err(CallError::Refused(refusal)) => refusal.problem().missing(),
                Err(_) => return answer,
                Ok(_) => {
                    self.known.add_proofs_of(&call);
                    return answer;
                }
            };
            // What is asked for once more, or is of another chain, would not help.
            let more: Vec<Cid> = call.proofs().iter().map(Verified::cid).collect();
            let more = more
                .into_iter()
                .filter(|cid| missing.contains(cid) && !proofs.contains(cid));
            let more: Vec<Cid> = more.collect();
            if more.is_empty() || round == ROUNDS {
                return answer;
            }
            self.known.forget(&more);
            proofs.extend(more);
            round += 1;
            if round == ROUNDS {
                proofs.extend(call.proofs().iter().map(Verified::cid));
            }
        }
    }

    /// Sends in the header; what does not fit there goes ahead.
    pub(super) async fn send_in_header(
        &self,
        call: &Call,
        proofs: &HashSet<Cid>,
        parts: &Parts,
    ) -> Result<Raw, CallError> {
        let container = call.container_with(|cid| proofs.contains(&cid));
        let header = match carrier::write(&container) {
            Err(WriteError::TooLong { .. }) if !proofs.is_empty() => {
                self.deposit(call).await?;
                carrier::write(&call.container_with(|_| false))
            }
            written => written,
        };
        self.transport.send(parts, Some(&header?)).await
    }

    /// Leaves the proofs at the service; it checks them, and uses nothing.
    async fn deposit(&self, call: &Call) -> Result<(), CallError> {
        let url = self.url(DEPOSIT_PATH)?;
        let parts = Parts::container(url, &call.container())?;
        let raw = self.transport.send(&parts, None).await?;
        if raw.status.is_success() {
            return Ok(());
        }
        match Refusal::find(&raw, Some(call)) {
            Some(refusal) => Err(CallError::Refused(Box::new(refusal))),
            None => Err(CallError::Status { status: raw.status }),
        }
    }
}

/// What the service says about trying again, in seconds; dates are not read.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse();
    seconds.ok().map(Duration::from_secs)
}

/// Did a server in between, or the service, break or rest? Then another try may do.
pub(super) fn is_passing(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
    )
}
