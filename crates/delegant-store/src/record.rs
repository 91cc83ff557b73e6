//! What is kept of a revocation, and what does it come to when it is read again?

use std::time::Duration;

use delegant::{
    Cid, Container, ContainerFormat, Delegation, Denial, Keys, Parsed, Revocation, Revocations,
    Timestamp, Token, Verified,
};

use crate::backend::Record;
use crate::error::StoreError;
use crate::mark::Mark;

/// A delegation that expired this long ago passes with no leeway that anyone grants.
pub(crate) const MARGIN: Duration = Duration::from_secs(24 * 60 * 60);

/// A revocation, and the proofs that show on whose authority it is.
pub(crate) struct Evidenced {
    pub(crate) revocation: Verified<Revocation>,
    pub(crate) proofs: Vec<Parsed<Delegation>>,
}

impl Evidenced {
    /// Takes those of the proofs that it names.
    pub(crate) fn new(revocation: &Verified<Revocation>, proofs: &[Parsed<Delegation>]) -> Self {
        let named = |proof: &&Parsed<Delegation>| {
            revocation.proofs().contains(&proof.cid())
                || proof
                    .spellings()
                    .any(|cid| revocation.revoked() == cid || revocation.path().contains(&cid))
        };
        let mut kept: Vec<Parsed<Delegation>> = Vec::new();
        for proof in proofs.iter().filter(named) {
            if kept.iter().all(|other| other.cid() != proof.cid()) {
                kept.push(proof.clone());
            }
        }
        Self {
            revocation: revocation.clone(),
            proofs: kept,
        }
    }

    /// Reads what a back end kept; it is believed nothing but the moment of acceptance.
    pub(crate) fn read(container: &[u8], keys: &(dyn Keys + Sync)) -> Result<Self, StoreError> {
        let damaged = |what| StoreError::Corrupt { what };
        let container = Container::decode(container)
            .map_err(|_| damaged("a revocation is no container of tokens"))?;
        let invocation = container
            .invocation()
            .map_err(|_| damaged("a revocation is not one invocation"))?;
        let revocation = Parsed::<Revocation>::decode(invocation.bytes())
            .map_err(|_| damaged("a revocation is another invocation"))?
            .verify(keys)
            .map_err(|_| damaged("a revocation is not signed by its issuer"))?;
        Ok(Self {
            revocation,
            proofs: container.delegations().to_vec(),
        })
    }

    /// On whose authority it counts, and why not on its subject's where it does not.
    pub(crate) fn marks(
        &self,
        keys: &(dyn Keys + Sync),
        at: Timestamp,
    ) -> (Vec<Mark>, Option<Denial>) {
        let revocation = &self.revocation;
        let mut marks = vec![Mark::new(revocation.revoked(), revocation.revoker())];
        match Revocations::none().add(revocation, &self.proofs, keys, at) {
            Ok(()) if revocation.subject() != revocation.revoker() => {
                marks.push(Mark::new(revocation.revoked(), revocation.subject()));
                (marks, None)
            }
            Ok(()) => (marks, None),
            Err(denial) => (marks, Some(denial)),
        }
    }

    /// When the delegation that it is about can do nothing any more.
    fn until(&self) -> Option<Timestamp> {
        let is_revoked = |cid: Cid| cid == self.revocation.revoked();
        let revoked = self
            .proofs
            .iter()
            .find(|proof| proof.spellings().any(is_revoked))?;
        let expiration = revoked.unverified().bounds().expiration()?;
        Some(expiration.saturating_add(MARGIN))
    }

    /// As it is kept.
    pub(crate) fn record(&self, marks: Vec<Mark>, at: Timestamp) -> Result<Record, StoreError> {
        let revocation = Token::decode(self.revocation.bytes()).map_err(StoreError::unavailable)?;
        let proofs = self.proofs.iter().cloned().map(Token::from);
        let container = Container::from_iter(proofs.chain([revocation]))
            .encode(ContainerFormat::Bytes)
            .map_err(StoreError::unavailable)?;
        Ok(Record {
            container,
            accepted_at: at,
            until: self.until(),
            marks,
        })
    }
}
