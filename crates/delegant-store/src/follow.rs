//! What was taken back elsewhere? The feed of another service, taken into this store.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use delegant::{
    Cid, Container, ContainerFormat, DecodeError, Did, DidKeys, InvalidSignature, Keys,
    LimitExceeded, Nonce, Parsed, Revocation, Signer, Timestamp, Token,
};
use delegant_http::{Entry, Head, HeadError, Page};
use thiserror::Error;

use crate::backend::{Followed, Sequence};
use crate::clock;
use crate::error::StoreError;
use crate::store::Store;

#[cfg(feature = "follow")]
pub(crate) mod events;
#[cfg(feature = "follow")]
pub(crate) mod subscription;

/// Takes the revocations of another service's feed into a store.
///
/// Each is verified as if a stranger had sent it; the service is believed only how far its feed
/// goes and when it said so, by the head that it signed. From the first word on, what the store knows
/// is [as old](Store::staleness) as that head.
pub struct Follower {
    service: Did,
    store: Store,
    keys: Arc<dyn Keys + Send + Sync>,
    /// Taken, though perhaps not to the end.
    last: AtomicU64,
}

/// A head may be this far in the future: clocks differ.
const LEEWAY: i64 = 60;

/// What was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// How many revocations came with it.
    pub taken: usize,
    /// The last that was taken, by its number in that feed.
    pub sequence: Sequence,
    /// How far the feed goes, and when that was said.
    pub head: Head,
    /// Was that all? Otherwise ask again behind `sequence`.
    pub is_all: bool,
}

impl Follower {
    /// Follows the feed that this service signs.
    #[must_use]
    pub fn new(store: Store, service: Did) -> Self {
        let known = store
            .followed()
            .into_iter()
            .find(|known| known.service == service);
        Self {
            last: AtomicU64::new(known.map_or(0, |known| known.sequence)),
            keys: Arc::new(DidKeys),
            service,
            store,
        }
    }

    /// The keys of issuers: those that a `did:key` names where nothing is said.
    #[must_use]
    pub fn keys(mut self, keys: impl Keys + Send + Sync + 'static) -> Self {
        self.keys = Arc::new(keys);
        self
    }

    /// The number behind which to ask.
    #[must_use]
    pub fn sequence(&self) -> Sequence {
        self.last.load(Ordering::Relaxed)
    }

    /// Takes in a part of the feed: what the service answers, or a [`snapshot`].
    ///
    /// # Errors
    /// [`FollowError`]; what came before the error stays, and it is as if the head had not come.
    pub async fn apply(&self, page: &Page) -> Result<Heard, FollowError> {
        let head = self.head(&page.head)?;
        let mut taken = 0;
        for entry in &page.entries {
            taken += usize::from(self.take(entry).await?);
        }
        let last = self.sequence();
        // An empty part is the last: the numbers up to the head's were forgotten there.
        let is_all = last >= head.seq || page.entries.is_empty();
        if is_all {
            self.hear(head).await?;
        }
        Ok(Heard {
            taken,
            sequence: self.sequence(),
            head,
            is_all,
        })
    }

    /// Takes in a snapshot as text.
    ///
    /// # Errors
    /// [`FollowError`], also where it is older than what is known already.
    pub async fn import(&self, snapshot: &str) -> Result<Heard, FollowError> {
        let page: Page = serde_json::from_str(snapshot).map_err(FollowError::Json)?;
        self.apply(&page).await
    }

    /// Reads a head, and refuses what cannot be or is of an earlier state.
    fn head(&self, text: &str) -> Result<Head, FollowError> {
        let head = Head::verify(text, &self.service, &*self.keys)?;
        let now = clock::now();
        if head.time > now.to_unix().saturating_add(LEEWAY) {
            return Err(FollowError::Ahead {
                says: head.at()?,
                now,
            });
        }
        let had = self.sequence();
        if head.seq < had {
            return Err(FollowError::RolledBack { had, has: head.seq });
        }
        Ok(head)
    }

    /// Takes in one revocation; `false` where it was known.
    async fn take(&self, entry: &Entry) -> Result<bool, FollowError> {
        if entry.seq <= self.sequence() {
            return Ok(false);
        }
        let refuse = |problem| FollowError::Entry {
            sequence: entry.seq,
            problem,
        };
        let read = || -> Result<_, Problem> {
            let container = Container::decode(entry.container.as_bytes())?;
            let invocation = container.invocation()?.bytes();
            let revocation = Parsed::<Revocation>::decode(invocation)?.verify(&*self.keys)?;
            Ok((container, revocation))
        };
        let (container, revocation) = read().map_err(refuse)?;
        let proofs = container.delegations();
        // Whether the proofs held when it was accepted, the feed has judged; here, that they once did.
        let named = proofs
            .iter()
            .filter(|proof| revocation.proofs().contains(&proof.cid()));
        let first_end = named
            .filter_map(|proof| proof.unverified().bounds().expiration())
            .min();
        let at = first_end.map_or(clock::now(), |end| end.min(clock::now()));
        self.store
            .add(&revocation, proofs, &&*self.keys, at)
            .await?;
        self.last.fetch_max(entry.seq, Ordering::Relaxed);
        Ok(true)
    }

    /// All that the head speaks of is here.
    async fn hear(&self, head: Head) -> Result<(), FollowError> {
        self.last.fetch_max(head.seq, Ordering::Relaxed);
        let followed = Followed {
            service: self.service.clone(),
            sequence: self.sequence(),
            known_at: head.at()?,
        };
        Ok(self.store.set_followed(&followed).await?)
    }
}

impl fmt::Debug for Follower {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "Follower({} up to {})",
            self.service,
            self.sequence()
        )
    }
}

/// All revocations of this store in one file, for verifiers that are offline: the answer of a feed,
/// whose head this service signs; fresh until `next_update`.
///
/// It holds the revocations and the proofs that they name, and nothing of what they revoke.
///
/// # Errors
/// [`FollowError`]
pub async fn snapshot(
    store: &Store,
    service: &(impl Signer + Sync),
    next_update: Timestamp,
) -> Result<String, FollowError> {
    // Before the entries are read: what comes meanwhile is not claimed to be among them.
    let newest = store.newest();
    let age = i64::try_from(store.staleness().as_secs()).unwrap_or(i64::MAX);
    let mut entries = Vec::new();
    let mut last = 0;
    loop {
        let kept = store.after(last, 1000).await?;
        let Some(entry) = kept.last() else {
            break;
        };
        last = entry.sequence;
        for entry in &kept {
            entries.push(Entry {
                seq: entry.sequence,
                container: told(&entry.container).map_err(|problem| FollowError::Entry {
                    sequence: entry.sequence,
                    problem,
                })?,
            });
        }
    }
    let head = Head {
        seq: newest,
        time: clock::now().to_unix().saturating_sub(age),
        next_update: next_update.to_unix(),
    };
    let nonce = Nonce::random().map_err(StoreError::unavailable)?;
    let page = Page {
        entries,
        head: head.sign(service, nonce)?,
    };
    serde_json::to_string(&page).map_err(FollowError::Json)
}

/// The text of a container with the revocation and the proofs that it names.
fn told(container: &[u8]) -> Result<String, Problem> {
    let kept = Container::decode(container)?;
    let invocation = kept.invocation()?;
    let named: &[Cid] = invocation.unverified().proofs();
    let proofs = kept
        .delegations()
        .iter()
        .filter(|proof| named.contains(&proof.cid()));
    let tokens = proofs
        .cloned()
        .map(Token::from)
        .chain([Token::from(invocation.clone())]);
    let text = Container::from_iter(tokens).encode(ContainerFormat::Base64Url)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// What a feed said could not be taken in. What is known grows old, until it can.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FollowError {
    /// It could not be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its head is none, or another's.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// One of its entries is no revocation.
    #[error("entry {sequence} of the feed: {problem}")]
    Entry {
        /// Its number.
        sequence: Sequence,
        /// What is wrong.
        #[source]
        problem: Problem,
    },
    /// It goes less far than it did.
    #[error("the feed went up to {had} and goes up to {has}: it is older than what is known")]
    RolledBack {
        /// The last that was taken from it.
        had: Sequence,
        /// How far it says it goes.
        has: Sequence,
    },
    /// It was said in the future.
    #[error("the feed says it is {says}, and here it is {now}; set the clock that is wrong")]
    Ahead {
        /// There.
        says: Timestamp,
        /// Here.
        now: Timestamp,
    },
    /// It is no JSON of a feed.
    #[error("not the answer of a feed: {0}")]
    Json(#[source] serde_json::Error),
    /// The address of the feed is none.
    #[error("not the address of a feed: it begins with `https://` or `http://`")]
    Address,
    /// It does not answer.
    #[cfg(feature = "follow")]
    #[error("the feed does not answer: {0}")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It answers with something else.
    #[cfg(feature = "follow")]
    #[error("the feed answers with status {0}")]
    Status(u16),
    /// It answers with too much.
    #[cfg(feature = "follow")]
    #[error("the feed sends more than {maximum} bytes at once")]
    TooLarge {
        /// As much as is read.
        maximum: usize,
    },
}

/// Why an entry is no revocation.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Problem {
    /// Its bytes are none.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// Its revoker did not sign it.
    #[error(transparent)]
    Signature(#[from] InvalidSignature),
    /// It is too large to be told.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
}
