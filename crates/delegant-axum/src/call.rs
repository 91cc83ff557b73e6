//! What was asked for, and may be done?

use std::fmt;
use std::ops::Deref;

use delegant::Authorization;

/// A call that was checked and redeemed: the signed arguments, and leave to act on them once.
///
/// It derefs to the arguments. Nobody but this crate makes one, so a function that takes a
/// `&Call<ReadEncounters>` cannot be reached without the check.
pub struct Call<C> {
    arguments: C,
    authorization: Authorization,
}

impl<C> Call<C> {
    pub(crate) const fn new(arguments: C, authorization: Authorization) -> Self {
        Self {
            arguments,
            authorization,
        }
    }

    /// The arguments, as they were signed.
    #[must_use]
    pub const fn arguments(&self) -> &C {
        &self.arguments
    }

    /// Who asks, on whose behalf, and the whole chain between them.
    pub const fn authorization(&self) -> &Authorization {
        &self.authorization
    }

    /// Both.
    pub fn into_parts(self) -> (C, Authorization) {
        (self.arguments, self.authorization)
    }
}

impl<C> Deref for Call<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.arguments
    }
}

// The arguments are somebody's data, and a `Debug` ends up in a log.
impl<C> fmt::Debug for Call<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let invocation = self.authorization.invocation();
        write!(
            formatter,
            "Call({} {})",
            invocation.command(),
            invocation.cid()
        )
    }
}
