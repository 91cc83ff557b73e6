//! What is known without asking: the prints of all revocations, and who is refused.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};

use delegant::{Cid, Delegation, Did, Parsed};
use tokio::sync::watch;

use crate::backend::{Backend, Followed, Progress, Sequence};
use crate::clock;
use crate::error::StoreError;
use crate::mark::Authority;
use crate::revoked_set::RevokedSet;

/// Kept current by the back end; nothing here is ever taken back.
pub(crate) struct Known {
    revoked: RwLock<RevokedSet>,
    refused: RwLock<HashSet<Did>>,
    /// With the moment at which it was read, and its age then.
    followed: RwLock<Vec<(Followed, Instant, Duration)>>,
    state: Mutex<State>,
    newest: watch::Sender<Sequence>,
    /// One catches up at a time.
    turn: tokio::sync::Mutex<()>,
}

struct State {
    progress: Progress,
    current_at: Instant,
    /// Once seen, it stays.
    rolled_back: Option<StoreError>,
}

/// Prints are fetched for this many revocations at a time.
const PAGE: Sequence = 50_000;

impl Known {
    pub(crate) fn new() -> Self {
        Self {
            revoked: RwLock::default(),
            refused: RwLock::default(),
            followed: RwLock::default(),
            state: Mutex::new(State {
                progress: Progress::default(),
                current_at: Instant::now(),
                rolled_back: None,
            }),
            newest: watch::Sender::new(0),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// The links of this chain that may be revoked, and each authority on which they may be: an
    /// issuer at or above them.
    pub(crate) fn suspects<'c>(
        &self,
        chain: &'c [Parsed<Delegation>],
    ) -> Vec<(&'c Parsed<Delegation>, Cid, &'c Did)> {
        let revoked = self.revoked.read().unwrap_or_else(PoisonError::into_inner);
        if revoked.len() == 0 {
            return Vec::new();
        }
        let issuers: Vec<(&Did, Authority)> = chain
            .iter()
            .map(|link| link.unverified().issuer())
            .map(|issuer| (issuer, Authority::of(issuer)))
            .collect();
        let mut suspects = Vec::new();
        for (index, link) in chain.iter().enumerate() {
            for cid in link.spellings() {
                for (issuer, authority) in issuers.iter().take(index + 1) {
                    if revoked.contains(authority.print(&cid)) {
                        suspects.push((link, cid, *issuer));
                    }
                }
            }
        }
        suspects
    }

    /// Those of these principals that are refused.
    pub(crate) fn refused_of<'d>(&self, principals: impl Iterator<Item = &'d Did>) -> Vec<Did> {
        let refused = self.refused.read().unwrap_or_else(PoisonError::into_inner);
        if refused.is_empty() {
            return Vec::new();
        }
        principals
            .filter(|did| refused.contains(*did))
            .cloned()
            .collect()
    }

    pub(crate) fn refused(&self) -> Vec<Did> {
        let refused = self.refused.read().unwrap_or_else(PoisonError::into_inner);
        refused.iter().cloned().collect()
    }

    pub(crate) fn newest(&self) -> Sequence {
        self.state().progress.newest
    }

    /// Tells when there is something newer.
    pub(crate) fn follow(&self) -> watch::Receiver<Sequence> {
        self.newest.subscribe()
    }

    /// How many prints, and the bytes that they take up.
    pub(crate) fn size(&self) -> (usize, usize) {
        let revoked = self.revoked.read().unwrap_or_else(PoisonError::into_inner);
        (revoked.len(), revoked.bytes())
    }

    /// For how long nothing has been heard of the back end.
    pub(crate) fn age(&self) -> Duration {
        self.state().current_at.elapsed()
    }

    /// For how long nothing has been heard of the feed that is heard of least.
    pub(crate) fn age_of_followed(&self) -> Duration {
        let followed = self.followed.read().unwrap_or_else(PoisonError::into_inner);
        let ages = followed
            .iter()
            .map(|(_, read, age)| read.elapsed().saturating_add(*age));
        ages.max().unwrap_or(Duration::ZERO)
    }

    pub(crate) fn followed(&self) -> Vec<Followed> {
        let followed = self.followed.read().unwrap_or_else(PoisonError::into_inner);
        followed
            .iter()
            .map(|(followed, ..)| followed.clone())
            .collect()
    }

    /// Is what is known still part of what is kept?
    pub(crate) fn stands(&self) -> Result<(), StoreError> {
        self.state().rolled_back.clone().map_or(Ok(()), Err)
    }

    /// Learns what is new.
    pub(crate) async fn catch_up(&self, backend: &dyn Backend) -> Result<(), StoreError> {
        let _turn = self.turn.lock().await;
        self.stands()?;
        let began = Instant::now();
        let there = backend.progress().await?;
        let here = self.state().progress;
        if there.newest < here.newest {
            let rolled_back = StoreError::RolledBack {
                had: here.newest,
                has: there.newest,
            };
            self.state().rolled_back = Some(rolled_back.clone());
            return Err(rolled_back);
        }
        let mut last = here.newest;
        while last < there.newest {
            let through = there.newest.min(last.saturating_add(PAGE));
            let prints = backend.prints(last, through).await?;
            let mut revoked = self.revoked.write().unwrap_or_else(PoisonError::into_inner);
            prints.into_iter().for_each(|print| revoked.insert(print));
            last = through;
        }
        if there.refusals != here.refusals {
            let refused = backend.refused().await?.into_iter().collect();
            *self.refused.write().unwrap_or_else(PoisonError::into_inner) = refused;
        }
        if there.follows != here.follows {
            let (read, now) = (Instant::now(), clock::now().to_unix());
            let aged = backend.followed().await?.into_iter().map(|followed| {
                let age = now.saturating_sub(followed.known_at.to_unix());
                let age = Duration::from_secs(u64::try_from(age).unwrap_or(0));
                (followed, read, age)
            });
            *self
                .followed
                .write()
                .unwrap_or_else(PoisonError::into_inner) = aged.collect();
        }
        {
            let mut state = self.state();
            state.progress = there;
            state.current_at = began;
        }
        self.newest.send_if_modified(|newest| {
            let is_newer = there.newest > *newest;
            *newest = there.newest;
            is_newer
        });
        Ok(())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps it current for as long as anybody has it.
pub(crate) async fn keep_current(known: Weak<Known>, backend: Arc<dyn Backend>) {
    loop {
        let waited = backend.changed().await;
        let Some(known) = known.upgrade() else {
            return;
        };
        // What fails is tried again; meanwhile its age says how old it is.
        if waited.and(known.catch_up(&*backend).await).is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}
