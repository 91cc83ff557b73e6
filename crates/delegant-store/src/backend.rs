//! What does a place to keep things have to do? It keeps bytes; it vouches for nothing.
//!
//! Implement [`Backend`] for a place of your own and hand it to [`Store::new`](crate::Store::new);
//! `tests/contract` says by example what it must do.

use std::future::Future;
use std::pin::Pin;

use delegant::{Cid, Did, Invocation, Timestamp, Verified};
use sha2::{Digest, Sha256};

use crate::error::StoreError;
use crate::mark::Mark;

/// Counts revocations in the order in which they were accepted, from 1; 0 is before the first.
pub type Sequence = u64;

/// What is asked of a back end, once it has answered.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// A place to keep things in.
pub trait Backend: Proofs + RevocationLog + Redemptions {
    /// Does nobody else write to it? Then what is known of it is never out of date.
    fn is_alone(&self) -> bool {
        false
    }
}

/// Keeps delegations, so that callers need not send them again.
pub trait Proofs: Send + Sync {
    /// The bytes of those of these delegations that are kept, in any order.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot tell.
    fn proofs<'a>(&'a self, cids: &'a [Cid]) -> Answer<'a, Vec<Vec<u8>>>;

    /// Keeps these, or as many as it has room for; may forget others for them.
    ///
    /// # Errors
    /// [`StoreError`] where it could not.
    fn keep<'a>(&'a self, proofs: &'a [KeptProof], now: Timestamp) -> Answer<'a, ()>;
}

/// A delegation to keep.
#[derive(Debug, Clone)]
pub struct KeptProof {
    /// Its CID.
    pub cid: Cid,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// When nobody will ask for it any more; `None` for never.
    pub until: Option<Timestamp>,
}

/// Keeps revocations in the order in which they were accepted, and the principals that are refused.
pub trait RevocationLog: Send + Sync {
    /// Appends a revocation, durably before it answers, at the next sequence number; readers see
    /// numbers in order and without gaps. Where each of its marks is there already, nothing is
    /// appended, and the answer is the number of the one that has the first of them.
    ///
    /// # Errors
    /// [`StoreError`] where it could not, or cannot tell whether it did.
    fn append<'a>(&'a self, record: &'a Record) -> Answer<'a, Sequence>;

    /// The revocations with any of these marks.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot tell.
    fn marked<'a>(&'a self, marks: &'a [Mark]) -> Answer<'a, Vec<Entry>>;

    /// Up to `limit` revocations behind this number, in order.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot tell.
    fn after(&self, sequence: Sequence, limit: usize) -> Answer<'_, Vec<Entry>>;

    /// The [prints](Mark::print) of all marks of revocations behind one number, up to another.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot tell.
    fn prints(&self, after: Sequence, through: Sequence) -> Answer<'_, Vec<u64>>;

    /// Refuses a principal, or no longer does; durably before it answers.
    ///
    /// # Errors
    /// [`StoreError`] where it could not.
    fn set_refused<'a>(&'a self, principal: &'a Did, refused: bool) -> Answer<'a, ()>;

    /// The principals that are refused.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot tell.
    fn refused(&self) -> Answer<'_, Vec<Did>>;

    /// Remembers how far a feed of others was followed, where that is further than before.
    ///
    /// # Errors
    /// [`StoreError`] where it could not.
    fn set_followed<'a>(&'a self, followed: &'a Followed) -> Answer<'a, ()>;

    /// Follows this service no more.
    ///
    /// # Errors
    /// [`StoreError`] where it could not.
    fn unfollow<'a>(&'a self, service: &'a Did) -> Answer<'a, ()>;

    /// The feeds of others that are followed.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot tell.
    fn followed(&self) -> Answer<'_, Vec<Followed>>;

    /// How far it is.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot tell.
    fn progress(&self) -> Answer<'_, Progress>;

    /// Answers when there may be something new, and after a second at the latest.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot tell.
    fn changed(&self) -> Answer<'_, ()>;

    /// Forgets revocations whose `until` is over, a few at a time.
    ///
    /// # Errors
    /// [`StoreError`] where it could not.
    fn forget(&self, now: Timestamp) -> Answer<'_, ()>;
}

/// How far a log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// The newest revocation; stays where that one is forgotten.
    pub newest: Sequence,
    /// How often the list of refused principals has changed.
    pub refusals: u64,
    /// How often it was said how far a feed of others was followed.
    pub follows: u64,
}

/// How far the feed of another service was followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// Whose feed.
    pub service: Did,
    /// The last revocation that was taken from it, by its number there.
    pub sequence: Sequence,
    /// When that service said that there was nothing more.
    pub known_at: Timestamp,
}

/// One revocation of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub sequence: Sequence,
    /// When it was accepted here.
    pub accepted_at: Timestamp,
    /// A container with the revocation and the proofs that came with it.
    pub container: Vec<u8>,
}

/// A revocation to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// A container with the revocation and the proofs that came with it.
    pub container: Vec<u8>,
    /// When it was accepted: what its proofs are judged at.
    pub accepted_at: Timestamp,
    /// When the delegation that it is about can do nothing any more; `None` where that is not known.
    pub until: Option<Timestamp>,
    /// What it is found by: one or two.
    pub marks: Vec<Mark>,
}

/// Keeps what was used, so that nothing is used twice.
pub trait Redemptions: Send + Sync {
    /// Marks an invocation as used, atomically and durably before it answers.
    ///
    /// It is remembered until `until` is over, for certain: where something that is remembered as
    /// long has been forgotten already, the answer is [`StoreError::Forgotten`]. Where the quota is
    /// used up, what has expired is forgotten, and what has not is not: [`StoreError::Full`].
    ///
    /// # Errors
    /// [`StoreError`] where it could not, or cannot tell whether it did.
    fn redeem<'a>(&'a self, redemption: &'a Redemption) -> Answer<'a, Redeemed>;
}

/// An invocation to be used.
#[derive(Debug, Clone)]
pub struct Redemption {
    /// Which.
    pub key: RedemptionKey,
    /// How long to remember it: its last second.
    pub until: Timestamp,
    /// The present moment.
    pub now: Timestamp,
    /// How many there may be.
    pub quota: Quota,
}

/// Was it used before?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "one that was used before must be refused"]
pub enum Redeemed {
    /// No: this is the one time.
    First,
    /// Yes.
    Again,
}

/// Which invocation: its issuer, its expiration, and the SHA-256 of what was signed, which is the same
/// for every spelling of the signature.
///
/// Ordered by expiration: a place that keeps them in their order has those together that come together
/// and go together.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RedemptionKey {
    invocation: [u8; 40],
    issuer: [u8; 32],
}

impl RedemptionKey {
    /// Of this invocation.
    #[must_use]
    pub fn of(invocation: &Verified<Invocation>) -> Self {
        Self::new(
            invocation.issuer(),
            invocation.bounds().expiration(),
            &invocation.payload_digest(),
        )
    }

    /// Of what this issuer signed: when that expires, and its SHA-256.
    #[must_use]
    pub fn new(issuer: &Did, expiration: Option<Timestamp>, payload_digest: &[u8; 32]) -> Self {
        let issuer: [u8; 32] = Sha256::digest(issuer.to_string()).into();
        let digest: [u8; 32] = Sha256::new()
            .chain_update(issuer)
            .chain_update(payload_digest)
            .finalize()
            .into();
        let mut invocation = [0; 40];
        let (moment, name) = invocation.split_at_mut(8);
        // Bytes are compared from the left, and numbers below zero come first.
        let seconds = expiration.unwrap_or(Timestamp::MAX).to_unix();
        moment.copy_from_slice(&(seconds.cast_unsigned() ^ (1 << 63)).to_be_bytes());
        name.copy_from_slice(&digest);
        Self { invocation, issuer }
    }

    /// Names the issuer.
    #[must_use]
    pub const fn issuer(&self) -> &[u8; 32] {
        &self.issuer
    }

    /// Names the invocation and, through it, the issuer: the expiration in eight bytes, and a SHA-256.
    #[must_use]
    pub const fn invocation(&self) -> &[u8; 40] {
        &self.invocation
    }
}

/// How many used invocations may be remembered at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Of one issuer.
    pub per_issuer: u64,
    /// Of all.
    pub total: u64,
}

impl Default for Quota {
    /// 100,000 of one issuer, ten million in all.
    fn default() -> Self {
        Self {
            per_issuer: 100_000,
            total: 10_000_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invocations_are_ordered_by_when_they_expire() {
        let issuer: Did = "did:web:a.example".parse().unwrap();
        let named = |expiration: Option<i64>, digest| {
            let expiration = expiration.map(|seconds| Timestamp::from_unix(seconds).unwrap());
            *RedemptionKey::new(&issuer, expiration, &[digest; 32]).invocation()
        };
        let moments = [Some(-1), Some(0), Some(255), Some(256), Some(1 << 40), None];
        for pair in moments.windows(2) {
            let [earlier, later] = *pair else { continue };
            for digests in [(0, 1), (1, 0)] {
                assert!(named(earlier, digests.0) < named(later, digests.1));
            }
        }
        assert_ne!(named(None, 0), named(None, 1));
    }
}
