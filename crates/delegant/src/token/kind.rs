//! Which kind of token is it, and in which edition? The type tag.

use std::fmt;

/// The two kinds of token on the wire; receipts and revocations are invocations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `ucan/dlg`
    Delegation,
    /// `ucan/inv`
    Invocation,
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Delegation => "a delegation",
            Self::Invocation => "an invocation",
        })
    }
}

/// Which edition of UCAN 1.0 a token's type tag names. The payloads are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Edition {
    /// `@1.0.0`
    #[default]
    Final,
    /// `@1.0.0-rc.1`, for peers that read nothing else.
    ReleaseCandidate,
}

/// The tag of a payload: what it is, in which edition.
pub(crate) const fn tag(kind: Kind, edition: Edition) -> &'static str {
    match (kind, edition) {
        (Kind::Delegation, Edition::Final) => "ucan/dlg@1.0.0",
        (Kind::Delegation, Edition::ReleaseCandidate) => "ucan/dlg@1.0.0-rc.1",
        (Kind::Invocation, Edition::Final) => "ucan/inv@1.0.0",
        (Kind::Invocation, Edition::ReleaseCandidate) => "ucan/inv@1.0.0-rc.1",
    }
}

/// How the tags of a kind begin, in every edition.
pub(crate) const fn tag_begins(kind: Kind) -> &'static str {
    match kind {
        Kind::Delegation => "ucan/dlg@",
        Kind::Invocation => "ucan/inv@",
    }
}

/// The kind and edition with exactly this tag.
pub(crate) fn read_tag(tag: &str) -> Option<(Kind, Edition)> {
    for kind in [Kind::Delegation, Kind::Invocation] {
        for edition in [Edition::Final, Edition::ReleaseCandidate] {
            if tag == self::tag(kind, edition) {
                return Some((kind, edition));
            }
        }
    }
    None
}
