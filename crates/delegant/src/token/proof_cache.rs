//! Which delegations were found to be signed before?

use std::fmt;
use std::hash::{Hash, Hasher};

use quick_cache::sync::Cache;
use quick_cache::{Equivalent, Weighter};

use crate::token::delegation::Delegation;
use crate::token::envelope::{Parsed, Verified};
use crate::wire::cid::Cid;
use crate::wire::limits::Limits;

/// Delegations whose signatures held: read and verified once.
///
/// It remembers only what never changes: that these bytes say this, and that their issuer signed
/// them. Time, alignment, commands, policies and revocations are judged afresh every time.
///
/// A proof is found by the CID under which the invocation names it, and taken only for bytes that are
/// the same to the last one; so what was sent need not even be hashed. The memory is bounded in bytes,
/// and what is used again outlasts what was used once. Nothing enters but what is
/// [inserted](Self::insert): insert what an [`Authorization`](crate::Authorization) holds, and
/// what was never part of one has no way in. To be shared by threads. UCAN 1.0, "Memoization".
///
/// ```
/// use delegant::{Algorithm, Container, ContainerFormat, Delegation, Limits, Nonce, ProofCache, SecretKey, Signer};
///
/// let cache = ProofCache::with_capacity(64 << 20, Limits::default());
/// let alice = SecretKey::generate(Algorithm::Ed25519)?;
/// let delegation = Delegation::builder(alice.did(), alice.did(), "/read".parse()?)
///     .never_expires()
///     .sign(&alice, Nonce::random()?)?;
/// let bytes = Container::from_iter([delegation.clone()]).encode(ContainerFormat::Bytes)?;
///
/// cache.insert(&delegation);
/// let container = Container::decode_known(&bytes, &cache)?;
/// assert_eq!(container.delegations()[0].cid(), delegation.cid());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ProofCache {
    proofs: Cache<ByCid, Parsed<Delegation>, Footprint>,
    limits: Limits,
}

impl ProofCache {
    /// Keeps delegations of up to this many bytes in memory, read within these limits.
    ///
    /// One of 433 bytes with three statements takes about 1,050.
    #[must_use]
    pub fn with_capacity(bytes: u64, limits: Limits) -> Self {
        // A guess at how many there will be; it grows as it must.
        let proofs = usize::try_from(bytes / 1024).unwrap_or(usize::MAX);
        Self {
            proofs: Cache::with_weighter(proofs.min(1 << 20), bytes, Footprint),
            limits,
        }
    }

    /// Remembers a delegation. One whose issuer is no `did:key` is not kept: its key may change.
    pub fn insert(&self, delegation: &Verified<Delegation>) {
        let may_be_kept = delegation.issuer().public_key().is_some();
        if may_be_kept && !self.proofs.contains_key(&delegation.cid()) {
            let key = ByCid(delegation.to_parsed());
            self.proofs.insert(key, delegation.to_parsed());
        }
    }

    /// How many it remembers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.proofs.len()
    }

    /// What it takes in memory, in bytes: counted rather too high than too low.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.proofs.weight()
    }

    /// Does it remember none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.proofs.is_empty()
    }

    /// The delegation with this CID, where it is remembered.
    #[must_use]
    pub fn get(&self, cid: &Cid) -> Option<Parsed<Delegation>> {
        self.proofs.get(cid)
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }
}

impl fmt::Debug for ProofCache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ProofCache({} delegations)", self.proofs.len())
    }
}

/// A delegation, found by its CID without keeping that a second time.
#[derive(Clone)]
struct ByCid(Parsed<Delegation>);

impl PartialEq for ByCid {
    fn eq(&self, other: &Self) -> bool {
        self.0.cid() == other.0.cid()
    }
}

impl Eq for ByCid {}

impl Hash for ByCid {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.cid().hash(hasher);
    }
}

impl Equivalent<ByCid> for Cid {
    fn equivalent(&self, key: &ByCid) -> bool {
        *self == key.0.cid()
    }
}

/// What a delegation takes in memory, never less.
#[derive(Clone)]
struct Footprint;

/// Its place in the cache: an entry and its number in a table, both with room to grow to twice as much,
/// and as much again for one that was forgotten.
const PLACE: usize = 2 * (48 + 8) + 24;

impl Weighter<ByCid, Parsed<Delegation>> for Footprint {
    fn weight(&self, _: &ByCid, delegation: &Parsed<Delegation>) -> u64 {
        let bytes = delegation.footprint(Delegation::footprint);
        u64::try_from(bytes.saturating_add(PLACE)).unwrap_or(u64::MAX)
    }
}
