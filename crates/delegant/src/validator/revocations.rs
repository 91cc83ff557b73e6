//! What has been taken back, and who is refused here?

use std::collections::{HashMap, HashSet};

use crate::identity::did::Did;
use crate::token::delegation::Delegation;
use crate::token::envelope::Verified;
use crate::wire::cid::Cid;

/// Revocations that were verified, and principals that this verifier refuses.
///
/// A revocation counts for a chain only where it was made on the authority of an issuer at or above
/// the revoked link in that very chain, so what strangers revoke does no harm.
#[derive(Debug, Clone, Default)]
pub struct Revocations {
    /// On whose authority each delegation was taken back.
    revoked: HashMap<Cid, Vec<Did>>,
    refused: HashSet<Did>,
}

impl Revocations {
    /// None at all: for tests, and for who has thought about it.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Remembers it on this authority; the caller has checked that it holds.
    pub(super) fn remember(&mut self, revoked: Cid, authority: Did) {
        let revokers = self.revoked.entry(revoked).or_default();
        if !revokers.contains(&authority) {
            revokers.push(authority);
        }
    }

    /// Refuses every chain that this principal has a part in.
    pub fn refuse(&mut self, principal: Did) {
        self.refused.insert(principal);
    }

    /// Is nothing revoked and nobody refused?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.revoked.is_empty() && self.refused.is_empty()
    }

    pub(crate) fn refuses(&self, principal: &Did) -> bool {
        self.refused.contains(principal)
    }

    /// On whose authority this link was taken back, if it is one of these.
    pub(crate) fn revoker_of<'a>(
        &self,
        link: &Verified<Delegation>,
        at_or_above: impl Iterator<Item = &'a Did> + Clone,
    ) -> Option<&Did> {
        if self.revoked.is_empty() {
            return None;
        }
        // Both spellings of a signature are one token: revoking either revokes both.
        link.spellings()
            .filter_map(|cid| self.revoked.get(&cid))
            .flatten()
            .find(|revoker| at_or_above.clone().any(|issuer| issuer == *revoker))
    }
}
