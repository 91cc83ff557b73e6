//! What is there to decide by? The one thing that is waited for before a verdict.

use delegant::{
    Cid, Container, Delegation, Invocation, Keys, Parsed, ProofCache, Revocations, Timestamp,
    Verified,
};

use crate::error::StoreError;
use crate::store::Store;

/// What was found for one invocation.
#[derive(Debug)]
pub struct Found {
    /// The proofs that it names, in its order, as far as they were found. Anybody's, until
    /// [`authorize`](delegant::authorize) has checked their signatures: a disk cannot vouch.
    pub proofs: Vec<Parsed<Delegation>>,
    /// What bears on them.
    pub revocations: Revocations,
    /// The proofs that nobody has: for the caller to send.
    pub missing: Vec<Cid>,
}

/// Looks for the proofs that an invocation names, in its container, among those remembered and in
/// the store; and for the revocations that bear on them.
///
/// # Errors
/// [`StoreError`]: it is not known, so the answer is not no, and certainly not yes.
pub async fn gather(
    store: &Store,
    container: &Container,
    invocation: &Verified<Invocation>,
    remembered: &ProofCache,
    keys: &(impl Keys + Sync),
    now: Timestamp,
) -> Result<Found, StoreError> {
    let sent = |cid: &Cid| {
        container
            .delegations()
            .iter()
            .find(|proof| proof.cid() == *cid)
            .cloned()
    };
    let mut found: Vec<Option<Parsed<Delegation>>> = invocation
        .proofs()
        .iter()
        .map(|cid| sent(cid).or_else(|| remembered.get(cid)))
        .collect();
    let unknown = invocation.proofs().iter().zip(&found);
    let unknown: Vec<Cid> = unknown
        .filter(|(_, proof)| proof.is_none())
        .map(|(cid, _)| *cid)
        .collect();
    let kept = store.proofs(&unknown).await?;
    for (cid, proof) in invocation.proofs().iter().zip(&mut found) {
        if proof.is_none() {
            *proof = kept.iter().find(|kept| kept.cid() == *cid).cloned();
        }
    }
    let named = invocation.proofs().iter().zip(&found);
    let missing = named
        .filter(|(_, proof)| proof.is_none())
        .map(|(cid, _)| *cid)
        .collect();
    let proofs: Vec<Parsed<Delegation>> = found.into_iter().flatten().collect();
    let revocations = store
        .bearing_on(&proofs, invocation.issuer(), keys, now)
        .await?;
    Ok(Found {
        proofs,
        revocations,
        missing,
    })
}
