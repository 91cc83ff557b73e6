//! What was taken back? The door where revocations come in, and the feed that tells others.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::header::{ACCEPT, CACHE_CONTROL, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use delegant::{
    Container, ContainerFormat, DidKeys, Nonce, Parsed, Revocation, Signer, Token, Verified,
};
use delegant_http::{Entry, Head, Page};
use delegant_store::{Refusal, StoreError};
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::concern::is_concerned;
use crate::deposit::{answer, body};
use crate::layer::Shared;
use crate::rejection::Rejection;

/// What was revoked here: taken in at `POST /revocations`, and told at `GET /revocations` to
/// whoever asks.
///
/// It tells CIDs and who revoked them, and not what the revoked delegations say.
///
/// ```
/// # use delegant_axum::{Feed, Router};
/// # fn routes(key: delegant::SecretKey) -> Router {
/// Router::new().feed(Feed::new(key))
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Feed {
    signer: Arc<dyn Signer + Send + Sync>,
    every: Duration,
    followers: Arc<Semaphore>,
}

/// So many followers are told as it happens where nothing is said.
const MOST_FOLLOWERS: usize = 1024;
/// As many entries are in one answer.
const PAGE: usize = 500;

impl Feed {
    /// Signs the feed's head as this service. A head is good for ten seconds where nothing else is
    /// [said](Self::every).
    pub fn new(service: impl Signer + Send + Sync + 'static) -> Self {
        Self {
            signer: Arc::new(service),
            every: Duration::from_secs(10),
            followers: Arc::new(Semaphore::new(MOST_FOLLOWERS)),
        }
    }

    /// How soon there is a new head at the latest, in whole seconds: at least one, at most a day.
    pub fn every(mut self, period: Duration) -> Self {
        self.every = period.clamp(Duration::from_secs(1), Duration::from_secs(24 * 60 * 60));
        self
    }

    /// How many may follow as it happens; 1024 where nothing is said. Others are told when they ask.
    pub fn most_followers(mut self, followers: usize) -> Self {
        self.followers = Arc::new(Semaphore::new(followers.min(Semaphore::MAX_PERMITS)));
        self
    }

    pub(crate) fn into_route<S>(self, shared: Arc<Shared>) -> MethodRouter<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let (feed, taking) = (self, Arc::clone(&shared));
        get(async move |uri: Uri, headers: HeaderMap| {
            let told = feed.tell(&shared, &uri, &headers).await;
            told.unwrap_or_else(IntoResponse::into_response)
        })
        .post(async move |request: Request| answer(take(&taking, request).await))
    }

    async fn tell(
        &self,
        shared: &Arc<Shared>,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<Response, Rejection> {
        let follows = accepts_events(headers);
        let after = match (follows, last_event(headers)) {
            (true, Some(last)) => last,
            _ => after(uri.query().unwrap_or_default())?,
        };
        if follows {
            let place = Arc::clone(&self.followers)
                .try_acquire_owned()
                .map_err(|_| Rejection::busy())?;
            return Ok(self.events(Arc::clone(shared), after, place));
        }
        let (page, newest) = self.page(shared, after).await?;
        let tag =
            HeaderValue::from_str(&format!("\"{newest}\"")).map_err(|_| Rejection::internal())?;
        let head = HeaderValue::from_str(&page.head).map_err(|_| Rejection::internal())?;
        let mut response = if headers.get(IF_NONE_MATCH) == Some(&tag) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            axum::Json(page).into_response()
        };
        let said = response.headers_mut();
        said.insert(ETAG, tag);
        said.insert(HEAD, head);
        said.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        said.insert(VARY, HeaderValue::from_static("accept"));
        Ok(response)
    }

    async fn page(&self, shared: &Shared, after: u64) -> Result<(Page, u64), Rejection> {
        // Before the entries are read: what comes meanwhile is not claimed to be among them.
        let newest = shared.verifier.kept_in().newest();
        let entries = entries(shared, after).await?;
        let head = self.head(shared, newest)?;
        Ok((Page { entries, head }, newest))
    }

    /// The head, and for how long it is fresh. What is known here may itself be some moments old.
    fn head(&self, shared: &Shared, seq: u64) -> Result<String, Rejection> {
        let unavailable = |refusal: Refusal| shared.refused(&refusal, None, None);
        let now = shared
            .verifier
            .now()
            .map_err(|error| unavailable(error.into()))?;
        let age = shared.verifier.kept_in().staleness().as_secs();
        let time = now
            .to_unix()
            .saturating_sub(i64::try_from(age).unwrap_or(i64::MAX));
        let head = Head {
            seq,
            time,
            next_update: now.saturating_add(self.every).to_unix(),
        };
        let nonce = Nonce::random().map_err(|_| Rejection::internal())?;
        head.sign(&*self.signer, nonce)
            .map_err(|_| Rejection::internal())
    }

    /// What there is, and then what comes, for as long as anybody reads.
    fn events(&self, shared: Arc<Shared>, after: u64, place: OwnedSemaphorePermit) -> Response {
        let feed = self.clone();
        let told = stream::unfold(Some((after, false)), move |state| {
            let (feed, shared) = (feed.clone(), Arc::clone(&shared));
            async move {
                let (after, has_begun) = state?;
                feed.next(&shared, after, has_begun).await
            }
        });
        let events = told.flat_map(stream::iter).map(move |event| {
            // The place is free again when the stream is dropped.
            let _ = &place;
            Ok::<Event, Infallible>(event)
        });
        sse(events)
    }

    /// The next events: entries as they come, and a head behind them or when the last one is over.
    async fn next(
        &self,
        shared: &Shared,
        after: u64,
        has_begun: bool,
    ) -> Option<(Vec<Event>, Option<(u64, bool)>)> {
        let store = shared.verifier.kept_in();
        if has_begun {
            // Half of a head's time: the next one is there before it is over.
            let _ = tokio::time::timeout(self.every / 2, store.beyond(after)).await;
        }
        let (page, newest) = self.page(shared, after).await.ok()?;
        let last = page.entries.last().map_or(after, |entry| entry.seq);
        let mut events = Vec::new();
        for entry in &page.entries {
            let event = Event::default()
                .event("revocation")
                .id(entry.seq.to_string());
            events.push(event.json_data(entry).ok()?);
        }
        // The head speaks of all that it names: not before the last of them is sent.
        if last >= newest || page.entries.is_empty() {
            events.push(Event::default().event("head").data(page.head));
        }
        let has_all = last >= newest || page.entries.is_empty();
        Some((events, Some((last.max(after), has_all))))
    }
}

fn sse(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response()
}

/// Carries the head also where nothing has changed.
const HEAD: HeaderName = HeaderName::from_static("ucan-feed-head");

async fn entries(shared: &Shared, after: u64) -> Result<Vec<Entry>, Rejection> {
    let kept = shared
        .verifier
        .kept_in()
        .after(after, PAGE)
        .await
        .map_err(|error| unavailable(shared, error))?;
    let mut entries = Vec::with_capacity(kept.len());
    for entry in kept {
        entries.push(Entry {
            seq: entry.sequence,
            container: told(&entry.container).ok_or_else(Rejection::internal)?,
        });
    }
    Ok(entries)
}

/// The revocation and the proofs that it names, and nothing of what it revokes.
fn told(container: &[u8]) -> Option<String> {
    let kept = Container::decode(container).ok()?;
    let invocation = kept.invocation().ok()?;
    let named = invocation.unverified().proofs();
    let proofs = kept
        .delegations()
        .iter()
        .filter(|proof| named.contains(&proof.cid()));
    let text = proofs
        .cloned()
        .map(Token::from)
        .chain([Token::from(invocation.clone())])
        .collect::<Container>()
        .encode(ContainerFormat::Base64Url)
        .ok()?;
    String::from_utf8(text).ok()
}

#[derive(Serialize)]
struct Taken {
    seq: u64,
}

/// Takes a revocation in, durably before the answer.
async fn take(shared: &Shared, request: Request) -> Result<Response, Rejection> {
    let bytes: Bytes = body(shared, request).await?;
    let _permit = shared.admit()?;
    let container = shared.decode(&bytes, None)?;
    let (revocation, delegations) = read(shared, &container)?;
    if !is_concerned(&revocation, delegations, |subject| {
        shared.verifier.does_serve(subject)
    }) {
        return Err(Rejection::not_concerned());
    }
    let now = shared
        .verifier
        .now()
        .map_err(|error| shared.refused(&error.into(), None, None))?;
    let accepted = shared
        .verifier
        .kept_in()
        .add(&revocation, delegations, &DidKeys, now)
        .await
        .map_err(|error| unavailable(shared, error))?;
    let seq = accepted.sequence;
    Ok(axum::Json(Taken { seq }).into_response())
}

fn read<'c>(
    shared: &Shared,
    container: &'c Container,
) -> Result<(Verified<Revocation>, &'c [Parsed<delegant::Delegation>]), Rejection> {
    let refuse = |refusal: Refusal| shared.refused(&refusal, None, None);
    let invocation = shared.one_invocation(container, None)?;
    let revocation = Parsed::<Revocation>::decode(invocation.bytes())
        .map_err(|error| refuse(error.into()))?
        .verify(&DidKeys)
        .map_err(|error| refuse(error.into()))?;
    Ok((revocation, container.delegations()))
}

fn unavailable(shared: &Shared, error: StoreError) -> Rejection {
    shared.refused(&Refusal::from(error), None, None)
}

fn accepts_events(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).iter().any(|value| {
        value.to_str().is_ok_and(|accepted| {
            accepted
                .split(',')
                .filter_map(|range| range.split(';').next())
                .any(|range| range.trim().eq_ignore_ascii_case("text/event-stream"))
        })
    })
}

fn last_event(headers: &HeaderMap) -> Option<u64> {
    headers.get("last-event-id")?.to_str().ok()?.parse().ok()
}

/// The number in `after=N`; 0 where there is none.
fn after(query: &str) -> Result<u64, Rejection> {
    let mut after = None;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        if let Some(number) = pair.strip_prefix("after=") {
            let number = number
                .parse()
                .map_err(|_| Rejection::batch("`after` is a number of the feed, such as 17"))?;
            after = Some(number);
        }
    }
    Ok(after.unwrap_or(0))
}

impl fmt::Debug for Feed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Feed({})", self.signer.did())
    }
}
