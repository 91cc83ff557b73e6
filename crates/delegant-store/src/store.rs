//! What must outlive a request? One door to it, whatever it is kept in.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use delegant::{
    Cid, Delegation, Denial, Did, Keys, Parsed, Revocation, Revocations, Timestamp, Verified,
};
use tokio::task::AbortHandle;

use crate::backend::{
    Answer, Backend, Entry, KeptProof, Quota, Redeemed, Redemption, RedemptionKey, Sequence,
};
use crate::error::StoreError;
use crate::known::{Known, keep_current};
use crate::mark::Mark;
use crate::memory::Memory;
#[cfg(feature = "postgres")]
use crate::postgres::Postgres;
use crate::record::{Evidenced, MARGIN};
#[cfg(feature = "redis")]
use crate::redis::Redis;
#[cfg(feature = "sqlite")]
use crate::sqlite::Sqlite;

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

/// A revocation that was accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// Its number, or that of an earlier one that says the same.
    pub sequence: Sequence,
    /// Why it counts on the revoker's own authority alone, where it claims another's.
    pub only_own: Option<Denial>,
}

/// What has been taken back, and who is refused.
impl Store {
    /// Accepts a revocation for good, durably before it returns; known here at once, and everywhere
    /// else where the same store is open within a second. `proofs` show on whose behalf it is
    /// ([`delegant::Revocations::add`]), and the delegation that it is about, whose expiration
    /// says how long to keep it: without it, for ever.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn add(
        &self,
        revocation: &Verified<Revocation>,
        proofs: &[Parsed<Delegation>],
        keys: &(impl Keys + Sync),
        now: Timestamp,
    ) -> Result<Accepted, StoreError> {
        let backend = &self.shared.backend;
        let evidenced = Evidenced::new(revocation, proofs);
        let (marks, only_own) = evidenced.marks(keys, now);
        let record = evidenced.record(marks, now)?;
        self.within(backend.forget(now)).await?;
        let sequence = self.within(backend.append(&record)).await?;
        self.catch_up().await?;
        Ok(Accepted { sequence, only_own })
    }

    /// The revocations that bear on this chain, root first, and whether anybody in it is refused.
    ///
    /// # Errors
    /// [`StoreError`], also where what is kept is no longer what was signed.
    pub async fn bearing_on(
        &self,
        chain: &[Parsed<Delegation>],
        invoker: &Did,
        keys: &(impl Keys + Sync),
        now: Timestamp,
    ) -> Result<Revocations, StoreError> {
        let known = &self.shared.known;
        known.stands()?;
        let mut revocations = Revocations::none();
        let issuers = chain.iter().map(|link| link.unverified().issuer());
        for principal in known.refused_of(issuers.chain([invoker])) {
            revocations.refuse(principal);
        }
        let suspects = known.suspects(chain);
        if suspects.is_empty() {
            return Ok(revocations);
        }
        let mut wanted: Vec<(Mark, &Parsed<Delegation>)> = suspects
            .into_iter()
            .map(|(link, cid, authority)| (Mark::new(cid, authority), link))
            .collect();
        let marks: Vec<Mark> = wanted.iter().map(|(mark, _)| *mark).collect();
        for record in self.within(self.shared.backend.marked(&marks)).await? {
            let evidenced = Evidenced::read(&record.container, keys)?;
            // As judged on entry: a right to revoke on behalf of others may have expired since.
            let _ = revocations.add(
                &evidenced.revocation,
                &evidenced.proofs,
                keys,
                record.accepted_at,
            );
            let (found, _) = evidenced.marks(keys, record.accepted_at);
            wanted.retain(|(mark, _)| !found.contains(mark));
        }
        // What is over is forgotten, and can do nothing any more. All else must be there.
        let is_over = |link: &Parsed<Delegation>| {
            let end = link.unverified().bounds().expiration();
            end.is_some_and(|end| end.saturating_add(MARGIN) < now)
        };
        if wanted.iter().any(|(_, link)| !is_over(link)) {
            return Err(StoreError::Corrupt {
                what: "a revocation that was accepted is not there, or is not what was accepted",
            });
        }
        Ok(revocations)
    }

    /// Up to `limit` revocations behind this number, in order: the feed.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn after(&self, sequence: Sequence, limit: usize) -> Result<Vec<Entry>, StoreError> {
        self.within(self.shared.backend.after(sequence, limit))
            .await
    }

    /// The number of the newest revocation that is known here; 0 where there is none.
    #[must_use]
    pub fn newest(&self) -> Sequence {
        self.shared.known.newest()
    }

    /// Waits until there is a revocation behind this number, and says the newest.
    pub async fn beyond(&self, sequence: Sequence) -> Sequence {
        let mut newest = self.shared.known.follow();
        match newest.wait_for(|newest| *newest > sequence).await {
            Ok(newest) => *newest,
            // The sender lives as long as this store.
            Err(_) => self.newest(),
        }
    }

    /// How old what is known here of revocations may be: for how long the store has not been heard
    /// of. Nothing, where nobody else writes to it.
    #[must_use]
    pub fn staleness(&self) -> Duration {
        if self.shared.backend.is_alone() {
            return Duration::ZERO;
        }
        self.shared.known.age()
    }

    /// Refuses every chain that this principal has a part in, wherever this store is open.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn refuse(&self, principal: &Did) -> Result<(), StoreError> {
        self.within(self.shared.backend.set_refused(principal, true))
            .await?;
        self.catch_up().await
    }

    /// No longer refuses this principal.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn readmit(&self, principal: &Did) -> Result<(), StoreError> {
        self.within(self.shared.backend.set_refused(principal, false))
            .await?;
        self.catch_up().await
    }

    /// The principals that are refused, as far as is known here.
    #[must_use]
    pub fn refused(&self) -> Vec<Did> {
        self.shared.known.refused()
    }

    async fn catch_up(&self) -> Result<(), StoreError> {
        self.within(Box::pin(self.shared.known.catch_up(&*self.shared.backend)))
            .await
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
