//! What becomes of many redemptions at once?

use std::collections::{BTreeMap, HashMap, HashSet};

use delegant::Timestamp;

use crate::backend::{Redeemed, Redemption};
use crate::error::{Full, StoreError};

/// Who stands for all issuers.
pub(crate) const ALL: &[u8] = &[];

/// What there is, and what has changed.
#[derive(Default)]
pub(crate) struct Ledger {
    /// Used before.
    pub(crate) there: HashSet<Vec<u8>>,
    /// Up to where everything is forgotten.
    pub(crate) horizon: i64,
    /// How many of each issuer there were.
    pub(crate) before: HashMap<Vec<u8>, i64>,
    /// How many have come, less those that have left.
    pub(crate) change: BTreeMap<Vec<u8>, i64>,
    /// The latest end of what has left.
    pub(crate) forgotten: Option<i64>,
}

impl Ledger {
    /// What becomes of each, where those before it come true.
    pub(crate) fn judge(&self, redemptions: &[&Redemption]) -> Vec<Result<Redeemed, StoreError>> {
        let horizon = self
            .forgotten
            .map_or(self.horizon, |end| end.max(self.horizon));
        let mut coming: HashMap<&[u8], i64> = HashMap::new();
        let mut seen: HashMap<&[u8], usize> = HashMap::new();
        let mut outcomes: Vec<Result<Redeemed, StoreError>> = Vec::with_capacity(redemptions.len());
        for (index, redemption) in redemptions.iter().enumerate() {
            let (invocation, issuer) = (redemption.key.invocation(), redemption.key.issuer());
            let earlier = seen
                .get(invocation.as_slice())
                .and_then(|at| outcomes.get(*at));
            let outcome = match earlier {
                Some(Ok(_)) => Ok(Redeemed::Again),
                Some(Err(error)) => Err(error.clone()),
                None if self.there.contains(invocation.as_slice()) => Ok(Redeemed::Again),
                None if redemption.until.to_unix() <= horizon => Err(StoreError::Forgotten {
                    until: redemption.until,
                    horizon: Timestamp::from_unix(horizon).unwrap_or(Timestamp::MAX),
                }),
                None => {
                    let used = |issuer: &[u8]| {
                        self.live(issuer) + coming.get(issuer).copied().unwrap_or(0)
                    };
                    let quota = &redemption.quota;
                    if used(issuer) >= limit(quota.per_issuer) {
                        let maximum = quota.per_issuer;
                        Err(StoreError::Full(Full::Issuer { maximum }))
                    } else if used(ALL) >= limit(quota.total) {
                        let maximum = quota.total;
                        Err(StoreError::Full(Full::Total { maximum }))
                    } else {
                        *coming.entry(issuer.as_slice()).or_default() += 1;
                        *coming.entry(ALL).or_default() += 1;
                        Ok(Redeemed::First)
                    }
                }
            };
            seen.entry(invocation.as_slice()).or_insert(index);
            outcomes.push(outcome);
        }
        outcomes
    }

    fn live(&self, issuer: &[u8]) -> i64 {
        self.before.get(issuer).copied().unwrap_or(0)
            + self.change.get(issuer).copied().unwrap_or(0)
    }
}

fn limit(maximum: u64) -> i64 {
    i64::try_from(maximum).unwrap_or(i64::MAX)
}
