//! Whose authority is it?

use std::fmt;

use crate::identity::did::Did;

/// The subject of a delegation: one principal, or any (a powerline).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The authority of this principal over itself.
    Did(Did),
    /// Whatever authority the issuer holds now or later, over any subject: `sub: null`.
    Any,
}

impl Subject {
    /// The principal, where it is one.
    #[must_use]
    pub const fn did(&self) -> Option<&Did> {
        match self {
            Self::Did(did) => Some(did),
            Self::Any => None,
        }
    }
}

impl From<Did> for Subject {
    fn from(did: Did) -> Self {
        Self::Did(did)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Did(did) => did.fmt(formatter),
            Self::Any => formatter.write_str("any subject"),
        }
    }
}
