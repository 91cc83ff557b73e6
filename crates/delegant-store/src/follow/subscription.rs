//! Over HTTP: asked for, or told as it happens.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use delegant_http::{Head, Page};
use reqwest::header::{ACCEPT, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode, Url};
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};

use crate::clock;
use crate::follow::events::Events;
use crate::follow::{FollowError, Follower, Heard};

/// The feed of another service, at its address.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use delegant_store::{Follower, Store, Subscription};
///
/// let store = Store::open("sqlite:delegant.db").await?;
/// let follower = Follower::new(store.clone(), "did:key:z6MkgGykN9ARNFjEzowVq4mLP2kL4NsyAaDGXeJFQ5qE1bfg".parse()?);
/// let feed = Subscription::new(follower, "https://records.example/revocations")?;
/// tokio::spawn(feed.run(|heard| if let Err(problem) = heard { /* say so */ }));
/// # Ok(())
/// # }
/// ```
pub struct Subscription {
    follower: Follower,
    url: Url,
    http: reqwest::Client,
    tag: Mutex<Option<HeaderValue>>,
}

/// As much is read of one answer, or of one event.
pub(crate) const LONGEST: usize = 16 << 20;

/// Carries the head also where nothing else has changed.
const HEAD: &str = "ucan-feed-head";

/// An answer takes no longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two tries, at first and at most.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(15)];

impl Subscription {
    /// Follows it at this address.
    ///
    /// # Errors
    /// [`FollowError`] where the address is none, or there is no TLS.
    pub fn new(follower: Follower, url: &str) -> Result<Self, FollowError> {
        let url: Url = url.parse().map_err(|_| FollowError::Address)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FollowError::Address);
        }
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(BuilderVerifierExt::with_platform_verifier)
            .map_err(|error| FollowError::Unreachable(Box::new(error)))?
            .with_no_client_auth();
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .referer(false)
            .connect_timeout(Duration::from_secs(5))
            .user_agent(concat!("delegant/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(unreachable)?;
        Ok(Self {
            follower,
            url,
            http,
            tag: Mutex::default(),
        })
    }

    /// Asks for all that is new.
    ///
    /// # Errors
    /// [`FollowError`]
    pub async fn once(&self) -> Result<Heard, FollowError> {
        let mut taken = 0;
        loop {
            let heard = timeout(PATIENCE, self.ask()).await.map_err(late)??;
            taken += heard.taken;
            if heard.is_all {
                return Ok(Heard { taken, ..heard });
            }
        }
    }

    /// Follows it for as long as the future is polled, and tells what is heard: as it happens,
    /// where the service offers that, and else once before each head is over.
    pub async fn run(self, mut tell: impl FnMut(Result<Heard, FollowError>)) {
        let mut pause = PAUSES[0];
        loop {
            let ended = match self.once().await {
                Ok(heard) => {
                    pause = PAUSES[0];
                    tell(Ok(heard));
                    self.listen(heard.head, &mut tell).await
                }
                Err(problem) => Err(problem),
            };
            if let Err(problem) = ended {
                tell(Err(problem));
                sleep(pause).await;
                pause = (pause * 2).min(PAUSES[1]);
            }
        }
    }

    async fn ask(&self) -> Result<Heard, FollowError> {
        let mut tag = self.tag.lock().await;
        let mut request = self.request("application/json");
        if let Some(tag) = &*tag {
            request = request.header(IF_NONE_MATCH, tag);
        }
        let response = request.send().await.map_err(unreachable)?;
        let page = match response.status() {
            StatusCode::OK => {
                let new = response.headers().get(ETAG).cloned();
                let page: Page =
                    serde_json::from_slice(&body(response).await?).map_err(FollowError::Json)?;
                // Until that is taken in, nothing is unchanged.
                *tag = None;
                let heard = self.follower.apply(&page).await?;
                if heard.is_all {
                    *tag = new;
                }
                return Ok(heard);
            }
            StatusCode::NOT_MODIFIED => Page {
                entries: Vec::new(),
                head: head_of(response.headers()).ok_or(FollowError::Status(304))?,
            },
            other => return Err(FollowError::Status(other.as_u16())),
        };
        self.follower.apply(&page).await
    }

    /// Hears what happens, where the service tells; else waits for the next head.
    async fn listen(
        &self,
        head: Head,
        tell: &mut impl FnMut(Result<Heard, FollowError>),
    ) -> Result<(), FollowError> {
        let response = self
            .request("text/event-stream, application/json;q=0.5")
            .send();
        let response = timeout(PATIENCE, response).await.map_err(late)?;
        let response = response.map_err(unreachable)?;
        let kind = response.headers().get(CONTENT_TYPE);
        let is_told = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        if response.status() != StatusCode::OK || !is_told {
            drop(response);
            sleep(until_next(head)).await;
            return Ok(());
        }
        let mut events = Events::new(response);
        let mut page = Page {
            entries: Vec::new(),
            head: String::new(),
        };
        let mut longest = until_next(head) + PATIENCE;
        loop {
            // A head comes in time, or the line is dead.
            let Some(event) = timeout(longest, events.next()).await.map_err(late)?? else {
                return Ok(());
            };
            match event.name.as_str() {
                "revocation" => {
                    let entry = serde_json::from_str(&event.data).map_err(FollowError::Json)?;
                    page.entries.push(entry);
                }
                "head" => {
                    page.head = event.data;
                    let heard = self.follower.apply(&page).await?;
                    page.entries.clear();
                    longest = until_next(heard.head) + PATIENCE;
                    tell(Ok(heard));
                }
                _ => {}
            }
            if page.entries.len() > 10_000 {
                return Err(FollowError::TooLarge { maximum: LONGEST });
            }
        }
    }

    fn request(&self, accept: &'static str) -> reqwest::RequestBuilder {
        let mut url = self.url.clone();
        url.query_pairs_mut()
            .append_pair("after", &self.follower.sequence().to_string());
        self.http.get(url).header(ACCEPT, accept)
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Subscription({:?})", self.follower)
    }
}

fn head_of(headers: &HeaderMap) -> Option<String> {
    Some(headers.get(HEAD)?.to_str().ok()?.to_owned())
}

/// Half of what is left of the head: the next is there before it is over.
fn until_next(head: Head) -> Duration {
    let left = head.next_update.saturating_sub(clock::now().to_unix());
    let left = Duration::from_secs(u64::try_from(left).unwrap_or(0)) / 2;
    left.clamp(Duration::from_secs(1), Duration::from_secs(60))
}

async fn body(mut response: Response) -> Result<Vec<u8>, FollowError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len().saturating_add(chunk.len()) > LONGEST {
            return Err(FollowError::TooLarge { maximum: LONGEST });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

pub(crate) fn unreachable(error: reqwest::Error) -> FollowError {
    // An address may hold a password.
    FollowError::Unreachable(Box::new(error.without_url()))
}

fn late(elapsed: tokio::time::error::Elapsed) -> FollowError {
    FollowError::Unreachable(Box::new(elapsed))
}
