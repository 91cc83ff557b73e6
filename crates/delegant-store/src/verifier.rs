//! May this call be done now, and once?

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use delegant::{Command, Did, Keys, KnownKeys, Limits, ProofCache, Timestamp};

use crate::clock::{Clock, ClockError};
use crate::store::Store;

mod judge;

/// Judges calls and lets each through once: [`check`](Self::check), then
/// [`redeem`](Self::redeem), then act. Cloning is cheap.
///
/// ```
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// use delegant::{Algorithm, Container, ContainerFormat, Invocation, Nonce, SecretKey, Signer, Timestamp};
/// use delegant_store::Verifier;
///
/// let now = Timestamp::from_unix(1_767_312_000)?;
/// let service = SecretKey::generate(Algorithm::Ed25519)?;
/// let verifier = Verifier::new(service.did()).decide_at(move || now);
///
/// let call = Invocation::builder(service.did(), "/ping".parse()?)
///     .expiration(Timestamp::from_unix(1_767_312_060)?)
///     .sign(&service, Nonce::random()?)?;
/// let sent = Container::from_iter([call]).encode(ContainerFormat::Base64Url)?;
///
/// let leave = verifier.check(&sent).await?;
/// verifier.redeem(&leave).await?;
/// // Once.
/// assert_eq!(verifier.redeem(&leave).await.unwrap_err().code(), "Replayed");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Verifier {
    executor: Did,
    store: Store,
    serves: Option<Arc<Serves>>,
    keys: Arc<dyn Keys + Send + Sync>,
    clock: Arc<Clock>,
    proofs: Arc<ProofCache>,
    cache_bytes: u64,
    limits: Limits,
    leeway: Duration,
    longest_lifetime: Duration,
    staleness: Vec<(Command, Duration)>,
}

type Serves = dyn Fn(&Did) -> bool + Send + Sync;

/// Delegations are remembered in so many bytes where nothing is said.
const CACHE_BYTES: u64 = 64 << 20;

/// How it is set up.
impl Verifier {
    /// Judges calls for this executor, whose own resources are all that is served, and keeps what
    /// was used in memory: see [`store`](Self::store), [`serves`](Self::serves).
    #[must_use]
    pub fn new(executor: Did) -> Self {
        Self {
            executor,
            store: Store::memory(),
            serves: None,
            keys: Arc::new(KnownKeys::with_capacity(10_000)),
            clock: Arc::new(Clock::system()),
            proofs: Arc::new(ProofCache::with_capacity(CACHE_BYTES, Limits::DEFAULT)),
            cache_bytes: CACHE_BYTES,
            limits: Limits::DEFAULT,
            leeway: Duration::from_secs(60),
            longest_lifetime: Duration::from_secs(15 * 60),
            staleness: Vec::new(),
        }
    }

    /// Keeps there what must outlive a request.
    #[must_use]
    pub fn store(mut self, store: Store) -> Self {
        self.store = store;
        self
    }

    /// How far the clocks of callers may be off: 60 seconds where nothing is said, an hour at most.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway.min(Duration::from_secs(60 * 60));
        self
    }

    /// How long an invocation may live: 15 minutes where nothing is said. As long, and twice the
    /// leeway longer, it is remembered that it was used.
    #[must_use]
    pub const fn longest_lifetime(mut self, longest: Duration) -> Self {
        self.longest_lifetime = longest;
        self
    }

    /// Whose resources are served: the executor's alone where nothing is said. Everyone may act on
    /// itself, so who serves everyone lets everyone in.
    #[must_use]
    pub fn serves(mut self, serves: impl Fn(&Did) -> bool + Send + Sync + 'static) -> Self {
        self.serves = Some(Arc::new(serves));
        self
    }

    /// How much to look at.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self.with_new_cache()
    }

    /// Remembers delegations in so many bytes of memory: 64 MiB where nothing is said.
    #[must_use]
    pub fn cache_bytes(mut self, bytes: u64) -> Self {
        self.cache_bytes = bytes;
        self.with_new_cache()
    }

    fn with_new_cache(mut self) -> Self {
        let cache = ProofCache::with_capacity(self.cache_bytes, self.limits.clone());
        self.proofs = Arc::new(cache);
        self
    }

    /// The keys of issuers: those that a `did:key` names where nothing is said.
    #[must_use]
    pub fn keys(mut self, keys: impl Keys + Send + Sync + 'static) -> Self {
        self.keys = Arc::new(keys);
        self
    }

    /// How old what is known of revocations may be for this command and those below it: a minute
    /// where nothing is said. The narrowest command that covers the call is what counts.
    #[must_use]
    pub fn max_staleness(mut self, command: Command, maximum: Duration) -> Self {
        self.staleness.push((command, maximum));
        self
    }

    /// Reads the time there instead of from the machine's clock.
    #[must_use]
    pub fn decide_at(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(Clock::new(clock));
        self
    }

    /// Who judges and would act.
    #[must_use]
    pub const fn executor(&self) -> &Did {
        &self.executor
    }

    /// The one subject whose resources are served; `None` where [`serves`](Self::serves) says.
    #[must_use]
    pub fn only_subject(&self) -> Option<&Did> {
        self.serves.is_none().then_some(&self.executor)
    }

    /// Where it keeps things.
    #[must_use]
    pub const fn kept_in(&self) -> &Store {
        &self.store
    }

    /// How much it looks at.
    #[must_use]
    pub const fn bounds(&self) -> &Limits {
        &self.limits
    }

    /// How long an invocation may live.
    #[must_use]
    pub const fn longest_lifetime_accepted(&self) -> Duration {
        self.longest_lifetime
    }

    /// The present moment, as it judges by.
    ///
    /// # Errors
    /// [`ClockError`] where the clock cannot be right.
    pub fn now(&self) -> Result<Timestamp, ClockError> {
        self.clock.now(self.leeway)
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Verifier({}, {:?})", self.executor, self.store)
    }
}
