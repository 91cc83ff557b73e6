//! Which proofs does the service have already?

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use delegant::Cid;

use crate::agent::Call;

/// The proofs of calls that the service allowed. A guess: it may have forgotten them, and then asks.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<HashSet<Cid>>);

/// More are forgotten all at once: then they are sent once more, and nothing else comes of it.
const MOST: usize = 16_384;

impl Known {
    fn lock(&self) -> MutexGuard<'_, HashSet<Cid>> {
        // A set of guesses is never half-changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The proofs of this call that are to be sent.
    pub(super) fn unknown_of(&self, call: &Call) -> HashSet<Cid> {
        let known = self.lock();
        let proofs = call.proofs().iter().map(|proof| proof.cid());
        proofs.filter(|cid| !known.contains(cid)).collect()
    }

    /// The service allowed this call.
    pub(super) fn add_proofs_of(&self, call: &Call) {
        let mut known = self.lock();
        if known.len() + call.proofs().len() > MOST {
            known.clear();
        }
        known.extend(call.proofs().iter().map(|proof| proof.cid()));
    }

    /// The service asked for these.
    pub(super) fn forget(&self, missing: &[Cid]) {
        let mut known = self.lock();
        for cid in missing {
            known.remove(cid);
        }
    }
}
