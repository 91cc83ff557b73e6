//! How is the check set up?

use std::fmt;
use std::sync::Arc;

use delegant::Signer;
use delegant_store::Verifier;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::metrics::Metrics;
use crate::rejection::Rejection;

/// The check in front of the routes of a [`Router`](crate::Router).
///
/// Two layers share nothing, unless they are given clones of one verifier: each has its own verifier, store,
/// caches and bounds.
#[must_use]
pub struct DelegantLayer(Shared);

/// What all calls of one layer have in common.
pub(crate) struct Shared {
    pub(crate) verifier: Verifier,
    pub(crate) largest_body: usize,
    pub(crate) authority: Option<String>,
    pub(crate) realm: Option<String>,
    pub(crate) signer: Option<Arc<dyn Signer + Send + Sync>>,
    pub(crate) largest_receipted: usize,
    pub(crate) metrics: Option<Metrics>,
    admitted: Arc<Semaphore>,
}

/// A body's limit where nothing is said: 1 MiB.
const LARGEST_BODY: usize = 1 << 20;
/// A receipted response's limit where nothing is said: 16 MiB.
const LARGEST_RECEIPTED: usize = 16 << 20;
/// How many calls are checked at once where nothing is said.
const MOST_AT_ONCE: usize = 1024;

impl DelegantLayer {
    /// Checks calls with this verifier.
    pub fn new(verifier: Verifier) -> Self {
        Self(Shared {
            verifier,
            largest_body: LARGEST_BODY,
            authority: None,
            realm: None,
            signer: None,
            largest_receipted: LARGEST_RECEIPTED,
            metrics: None,
            admitted: Arc::new(Semaphore::new(MOST_AT_ONCE)),
        })
    }

    /// The largest body that is read, in bytes; 1 MiB where nothing is said. Beyond it the answer is
    /// 413.
    pub fn largest_body(mut self, bytes: usize) -> Self {
        self.0.largest_body = bytes;
        self
    }

    /// How many calls are checked at once; 1024 where nothing is said. Beyond it the answer is 503,
    /// before anything is verified.
    pub fn most_at_once(mut self, calls: usize) -> Self {
        self.0.admitted = Arc::new(Semaphore::new(calls.min(Semaphore::MAX_PERMITS)));
        self
    }

    /// The authority by which callers know this server, such as `records.example`, for plain calls,
    /// which are bound to it. Say it where a proxy stands before the server and changes `Host`;
    /// where nothing is said, it is what the request says.
    pub fn authority(mut self, authority: impl Into<String>) -> Self {
        self.0.authority = Some(authority.into());
        self
    }

    /// Names the place in challenges, for people.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.0.realm = Some(realm.into());
        self
    }

    /// Signs receipts for requests that ask for one. The signer is the executor: another one's
    /// receipts would be refused by callers.
    ///
    /// It signs on the thread of the request: one that asks another machine belongs behind a
    /// cache or a local key.
    pub fn receipts(mut self, executor: impl Signer + Send + Sync + 'static) -> Self {
        self.0.signer = Some(Arc::new(executor));
        self
    }

    /// The largest response that a receipt is made for, in bytes; 16 MiB where nothing is said. A larger
    /// one is sent without.
    pub fn largest_receipted(mut self, bytes: usize) -> Self {
        self.0.largest_receipted = bytes;
        self
    }

    /// Counts what is decided.
    pub fn metrics(mut self, metrics: &Metrics) -> Self {
        self.0.metrics = Some(metrics.clone());
        self
    }

    pub(crate) fn into_shared(self) -> Arc<Shared> {
        Arc::new(self.0)
    }
}

impl Shared {
    /// Lets a call in to be checked, or sheds it.
    pub(crate) fn admit(&self) -> Result<OwnedSemaphorePermit, Rejection> {
        Arc::clone(&self.admitted)
            .try_acquire_owned()
            .map_err(|_| Rejection::busy())
    }
}

impl fmt::Debug for DelegantLayer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "DelegantLayer({:?})", self.0.verifier)
    }
}
