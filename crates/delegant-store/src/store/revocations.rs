//! What has been taken back, as the store tells it.

use std::time::Duration;

use delegant::{
    Delegation, Denial, Did, Keys, Parsed, Revocation, Revocations, Timestamp, Verified,
};

use crate::backend::{Entry, Followed, Sequence};
use crate::error::StoreError;
use crate::mark::Mark;
use crate::record::{Evidenced, MARGIN};
use crate::store::Store;

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

    /// How many revocations are known without asking, and the bytes of memory that they take up. One
    /// that counts on two authorities counts twice; those that are forgotten count until a restart.
    #[must_use]
    pub fn known(&self) -> (usize, usize) {
        self.shared.known.size()
    }

    /// How old what is known here of revocations may be: for how long the store has not been heard
    /// of (nothing, where nobody else writes to it), or one of the feeds that it follows.
    #[must_use]
    pub fn staleness(&self) -> Duration {
        let followed = self.shared.known.age_of_followed();
        if self.shared.backend.is_alone() {
            return followed;
        }
        followed.max(self.shared.known.age())
    }

    /// Remembers how far the feed of another service was followed, where that is further than
    /// before: from now on, what is known is as old as that feed.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn set_followed(&self, followed: &Followed) -> Result<(), StoreError> {
        self.within(self.shared.backend.set_followed(followed))
            .await?;
        self.catch_up().await
    }

    /// Follows this service no more: what is known no longer grows old with its feed. What was
    /// taken from it stays.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn unfollow(&self, service: &Did) -> Result<(), StoreError> {
        self.within(self.shared.backend.unfollow(service)).await?;
        self.catch_up().await
    }

    /// The feeds of others that are followed, as far as is known here.
    #[must_use]
    pub fn followed(&self) -> Vec<Followed> {
        self.shared.known.followed()
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
