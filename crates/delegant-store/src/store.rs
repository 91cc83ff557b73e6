//! What must outlive a request? One door to it, whatever it is kept in.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use delegant::{Cid, Delegation, Parsed, Timestamp, Verified};
use tokio::task::AbortHandle;

use crate::backend::{Answer, Backend, KeptProof, Quota, Redeemed, Redemption, RedemptionKey};
use crate::error::StoreError;
use crate::known::{Known, keep_current};
use crate::memory::Memory;
#[cfg(feature = "postgres")]
use crate::postgres::Postgres;
use crate::record::MARGIN;
#[cfg(feature = "redis")]
use crate::redis::Redis;
#[cfg(feature = "sqlite")]
use crate::sqlite::Sqlite;

pub(crate) mod revocations;

/// Proofs, revocations and used invocations, kept in one place. Cloning is cheap.
///
/// Whatever it is kept in, nothing is believed because it was kept: delegations and revocations are
/// read from their bytes and their signatures checked by whoever uses them.
///
/// ```
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// use delegant_store::Store;
///
/// let store = Store::open("memory:").await?;
/// assert_eq!(store.newest(), 0);
/// # Ok::<(), delegant_store::StoreError>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
    quota: Quota,
    patience: Duration,
}

struct Shared {
    backend: Arc<dyn Backend>,
    known: Arc<Known>,
    keeper: Option<AbortHandle>,
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(keeper) = &self.keeper {
            keeper.abort();
        }
    }
}

impl Store {
    /// In memory, forgotten on a restart, and shared with nobody: for tests.
    #[must_use]
    pub fn memory() -> Self {
        Self::of(Arc::new(Memory::default()), Arc::new(Known::new()), None)
    }

    /// Opens the store at an address:
    ///
    /// - `memory:` as [`memory`](Self::memory);
    /// - `sqlite:FILE`: a file for one machine, made where there is none; `sqlite::memory:`;
    /// - `postgres://USER:PASSWORD@HOST/DATABASE`: shared by all who open it;
    /// - `redis://HOST`, `rediss://HOST`: the same in Redis or Valkey, as durable as that is set up.
    ///
    /// # Errors
    /// [`StoreError`], also where what is there would not keep what it acknowledges.
    pub async fn open(address: &str) -> Result<Self, StoreError> {
        let (scheme, rest) = address.split_once(':').ok_or(StoreError::Address {
            problem: "no scheme before a colon",
        })?;
        match (scheme, rest) {
            ("memory", "") | ("sqlite", ":memory:") => Ok(Self::memory()),
            #[cfg(feature = "sqlite")]
            ("sqlite", file) => {
                Self::new(Sqlite::open(file.strip_prefix("//").unwrap_or(file)).await?).await
            }
            #[cfg(feature = "postgres")]
            ("postgres" | "postgresql", _) => Self::new(Postgres::open(address).await?).await,
            #[cfg(feature = "redis")]
            ("redis" | "rediss" | "valkey" | "valkeys", _) => {
                Self::new(Redis::open(address).await?).await
            }
            _ => Err(StoreError::Address {
                problem: "its scheme is unknown, or was not built in",
            }),
        }
    }

    /// Keeps things in a place of your own.
    ///
    /// # Errors
    /// [`StoreError`] where it does not tell what is revoked.
    pub async fn new(backend: impl Backend + 'static) -> Result<Self, StoreError> {
        let backend: Arc<dyn Backend> = Arc::new(backend);
        let known = Arc::new(Known::new());
        known.catch_up(&*backend).await?;
        let keeper = (!backend.is_alone()).then(|| {
            let keeping = keep_current(Arc::downgrade(&known), Arc::clone(&backend));
            tokio::spawn(keeping).abort_handle()
        });
        Ok(Self::of(backend, known, keeper))
    }

    fn of(backend: Arc<dyn Backend>, known: Arc<Known>, keeper: Option<AbortHandle>) -> Self {
        Self {
            shared: Arc::new(Shared {
                backend,
                known,
                keeper,
            }),
            quota: Quota::default(),
            patience: Duration::from_secs(5),
        }
    }

    /// How many used invocations to remember at a time.
    #[must_use]
    pub const fn quota(mut self, quota: Quota) -> Self {
        self.quota = quota;
        self
    }

    /// How long to wait for an answer: five seconds where nothing is said.
    #[must_use]
    pub const fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    async fn within<T>(&self, answer: Answer<'_, T>) -> Result<T, StoreError> {
        if self.shared.backend.is_alone() {
            return answer.await;
        }
        tokio::time::timeout(self.patience, answer)
            .await
            .unwrap_or(Err(StoreError::Timeout {
                after: self.patience,
            }))
    }
}

/// Delegations that callers need not send again.
impl Store {
    /// Those of these delegations that are kept. Anybody's, until their signatures are checked.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn proofs(&self, cids: &[Cid]) -> Result<Vec<Parsed<Delegation>>, StoreError> {
        if cids.is_empty() {
            return Ok(Vec::new());
        }
        let kept = self.within(self.shared.backend.proofs(cids)).await?;
        // What was damaged is as good as not there: its owner sends it again, and it is kept anew.
        let proofs = kept.iter().filter_map(|bytes| Parsed::decode(bytes).ok());
        Ok(proofs.filter(|proof| cids.contains(&proof.cid())).collect())
    }

    /// Keeps delegations for later calls. Give it only what was part of an
    /// [`Authorization`](delegant::Authorization), so that strangers cannot fill it.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn keep(
        &self,
        proofs: &[Verified<Delegation>],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let proofs: Vec<KeptProof> = proofs
            .iter()
            .map(|proof| KeptProof {
                cid: proof.cid(),
                bytes: proof.bytes().to_vec(),
                until: proof
                    .bounds()
                    .expiration()
                    .map(|end| end.saturating_add(MARGIN)),
            })
            .collect();
        if proofs.is_empty() {
            return Ok(());
        }
        self.within(self.shared.backend.keep(&proofs, now)).await
    }
}

/// What was used.
impl Store {
    /// Marks an invocation as used until `until` is over, durably before it returns: of any number
    /// of attempts, wherever this store is open, one is the [first](Redeemed::First).
    ///
    /// Once asked for, it may be done although the caller no longer waits.
    ///
    /// # Errors
    /// [`StoreError`]: do not execute it; it may be used all the same.
    pub async fn redeem(
        &self,
        key: RedemptionKey,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Redeemed, StoreError> {
        let redemption = Redemption {
            key,
            until,
            now,
            quota: self.quota,
        };
        self.within(self.shared.backend.redeem(&redemption)).await
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (marks, bytes) = self.shared.known.size();
        write!(
            formatter,
            "Store({marks} revocations in {bytes} bytes of memory)"
        )
    }
}
