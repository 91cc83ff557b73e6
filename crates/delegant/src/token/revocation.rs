//! What is no longer given?

use std::ops::Deref;

use ipld_core::ipld::Ipld;

use crate::identity::did::Did;
use crate::identity::signer::Signer;
use crate::token::builder::{BuildError, Common, Expiration};
use crate::token::decode_error::DecodeError;
use crate::token::envelope::{Payload, Verified, sealed};
use crate::token::invocation::Invocation;
use crate::token::kind::{Edition, Kind};
use crate::token::nonce::Nonce;
use crate::token::receipt::reserved;
use crate::wire::cid::Cid;
use crate::wire::limits::{Limit, Limits};
use crate::wire::tree::View;

/// A revocation: the revoker takes back a delegation, for every chain in which the revoker issued
/// it or one above it. It cannot be undone and does not expire.
///
/// On the wire an invocation of `/ucan/revoke`. UCAN Revocation.
#[derive(Debug, Clone, PartialEq)]
pub struct Revocation {
    invocation: Invocation,
    revoked: Cid,
    path: Vec<Cid>,
}

pub(crate) const COMMAND: &str = "/ucan/revoke";

impl Revocation {
    /// Begins a revocation of the delegation with this CID. The signer will be the revoker.
    pub fn builder(revoked: Cid) -> RevocationBuilder {
        RevocationBuilder {
            revoked,
            path: Vec::new(),
            on_behalf: None,
            edition: Edition::Final,
        }
    }

    /// Who revokes: an issuer at or above the delegation, or a delegate of one.
    #[must_use]
    pub const fn revoker(&self) -> &Did {
        self.invocation.issuer()
    }

    /// The CID of the delegation that is taken back.
    #[must_use]
    pub const fn revoked(&self) -> Cid {
        self.revoked
    }

    /// The delegations that connect the revoker's to the revoked one, as far as they are given.
    #[must_use]
    pub fn path(&self) -> &[Cid] {
        &self.path
    }
}

impl Deref for Revocation {
    type Target = Invocation;

    fn deref(&self) -> &Invocation {
        &self.invocation
    }
}

impl Verified<Revocation> {
    /// The invocation that it is on the wire.
    pub(crate) fn to_invocation(&self) -> Verified<Invocation> {
        self.narrowed(|revocation| revocation.invocation.clone())
    }
}

impl Payload for Revocation {
    fn issuer(&self) -> &Did {
        self.invocation.issuer()
    }
}

impl sealed::Payload for Revocation {
    const KIND: Kind = Kind::Invocation;

    fn read(payload: View<'_, '_>, limits: &Limits) -> Result<Self, DecodeError> {
        let invocation = Invocation::read(payload, limits)?;
        let refuse = |problem| DecodeError::WrongShape {
            wanted: "revocation",
            problem,
        };
        if invocation.command().as_str() != COMMAND {
            return Err(refuse("the command is another than `/ucan/revoke`"));
        }
        let arguments = invocation.arguments();
        let token = |name, value: &Ipld| match value {
            Ipld::Link(cid) => {
                Cid::from_bytes(&cid.to_bytes()).map_err(|cause| DecodeError::Cid { name, cause })
            }
            _ => Err(refuse("`revoke` and the elements of `path` are links")),
        };
        let revoked = token(
            "revoke",
            arguments
                .get("revoke")
                .ok_or_else(|| refuse("the argument `revoke` is missing"))?,
        )?;
        let mut path = Vec::new();
        match arguments.get("path") {
            None => {}
            Some(Ipld::List(list)) => {
                limits.check(Limit::ChainLength, list.len())?;
                for value in list {
                    let cid = token("path", value)?;
                    if path.contains(&cid) {
                        return Err(DecodeError::DuplicateLink { name: "path", cid });
                    }
                    path.push(cid);
                }
            }
            Some(_) => return Err(refuse("`path` is a list of links")),
        }
        let known = if arguments.contains_key("path") { 2 } else { 1 };
        if arguments.len() > known {
            return Err(refuse("it has other arguments than `revoke` and `path`"));
        }
        Ok(Self {
            invocation,
            revoked,
            path,
        })
    }
}

/// A revocation in the making.
#[derive(Debug, Clone)]
#[must_use]
pub struct RevocationBuilder {
    revoked: Cid,
    path: Vec<Cid>,
    on_behalf: Option<(Did, Vec<Cid>)>,
    edition: Edition,
}

impl RevocationBuilder {
    /// Names the delegations that connect the revoker's to the revoked one.
    pub fn path(mut self, path: impl IntoIterator<Item = Cid>) -> Self {
        self.path = path.into_iter().collect();
        self
    }

    /// Revokes for an issuer who delegated `/ucan/revoke` to the signer, by these proofs.
    pub fn on_behalf_of(mut self, issuer: Did, proofs: impl IntoIterator<Item = Cid>) -> Self {
        self.on_behalf = Some((issuer, proofs.into_iter().collect()));
        self
    }

    /// Writes the type tag of another edition, for peers that read no other.
    pub fn edition(mut self, edition: Edition) -> Self {
        self.edition = edition;
        self
    }

    /// Signs; the signer is the revoker. Signing the same again gives the same revocation.
    ///
    /// # Errors
    /// [`BuildError`] where a limit is broken or the signer fails.
    pub fn sign(
        self,
        revoker: &(impl Signer + ?Sized),
    ) -> Result<Verified<Revocation>, BuildError> {
        let (subject, proofs) = self
            .on_behalf
            .unwrap_or_else(|| (revoker.did(), Vec::new()));
        let mut builder = Invocation::builder(subject, reserved(COMMAND)?)
            .argument("revoke", Ipld::from(self.revoked))
            .proofs(proofs);
        if !self.path.is_empty() {
            let path = self.path.into_iter().map(Ipld::from).collect();
            builder = builder.argument("path", Ipld::List(path));
        }
        builder.common = Common {
            expiration: Expiration::Never,
            edition: self.edition,
            ..Common::default()
        };
        builder.sign_as(revoker, Nonce::empty())
    }
}
