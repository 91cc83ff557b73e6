//! How long may judging take?

use crate::wire::limits::{Limit, LimitExceeded, Limits};

/// The steps that evaluation may still take: one for each statement, step of a selector, compared
/// value, 64 bytes of compared text, and 16 of text that is matched with a pattern.
#[derive(Debug, Clone)]
pub struct Fuel {
    left: usize,
    maximum: usize,
}

impl Fuel {
    /// So many steps.
    pub(super) const fn of(steps: usize) -> Self {
        Self {
            left: steps,
            maximum: steps,
        }
    }

    /// As much as the limits grant.
    #[must_use]
    pub const fn new(limits: &Limits) -> Self {
        Self::of(limits.maximum(Limit::Fuel))
    }

    pub(super) fn burn(&mut self, steps: usize) -> Result<(), LimitExceeded> {
        self.left = self.left.checked_sub(steps).ok_or(LimitExceeded {
            limit: Limit::Fuel,
            maximum: self.maximum,
        })?;
        Ok(())
    }
}
