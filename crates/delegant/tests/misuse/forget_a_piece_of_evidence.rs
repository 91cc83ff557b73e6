//! Nothing in it defaults in silence: here the revocations are forgotten.

use std::time::Duration;

use delegant::{Did, DidKeys, Evidence, Limits, Timestamp};

fn evidence(executor: &Did) -> Evidence<'_, DidKeys> {
    Evidence {
        now: Timestamp::MAX,
        leeway: Duration::ZERO,
        executor,
        keys: &DidKeys,
        proofs: &[],
        limits: &Limits::DEFAULT,
    }
}

fn main() {}
