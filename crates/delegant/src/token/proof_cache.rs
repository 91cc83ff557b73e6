//! Which delegations were found to be signed before?

use std::fmt;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

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
    proofs: Cache<Cid, Parsed<Delegation>, Bytes>,
    limits: Limits,
}

impl ProofCache {
    /// Keeps delegations of up to this many bytes in memory, read within these limits.
    #[must_use]
    pub fn with_capacity(bytes: u64, limits: Limits) -> Self {
        // A guess at how many there will be; it grows as it must.
        let proofs = usize::try_from(bytes / 1024).unwrap_or(usize::MAX);
        Self {
            proofs: Cache::with_weighter(proofs.min(1 << 20), bytes, Bytes),
            limits,
        }
    }

    /// Remembers a delegation. One whose issuer is no `did:key` is not kept: its key may change.
    pub fn insert(&self, delegation: &Verified<Delegation>) {
        let cid = delegation.cid();
        if delegation.issuer().public_key().is_some() && !self.proofs.contains_key(&cid) {
            self.proofs.insert(cid, delegation.to_parsed());
        }
    }

    /// How many it remembers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.proofs.len()
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

/// What a delegation takes in memory: its bytes, about as much again decoded, and its place.
#[derive(Clone)]
struct Bytes;

impl Weighter<Cid, Parsed<Delegation>> for Bytes {
    fn weight(&self, _: &Cid, delegation: &Parsed<Delegation>) -> u64 {
        let bytes = u64::try_from(delegation.bytes().len()).unwrap_or(u64::MAX);
        bytes.saturating_mul(2).saturating_add(512)
    }
}
