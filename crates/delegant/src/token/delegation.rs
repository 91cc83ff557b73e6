//! Who gives what to whom?

use std::collections::BTreeMap;

use ipld_core::ipld::Ipld;

use crate::capability::command::Command;
use crate::capability::policy::Policy;
use crate::capability::subject::Subject;
use crate::identity::did::Did;
use crate::identity::signer::Signer;
use crate::token::builder::{BuildError, Common, common_setters};
use crate::token::decode_error::DecodeError;
use crate::token::envelope::{Payload, Verified, sealed};
use crate::token::kind::Kind;
use crate::token::nonce::Nonce;
use crate::token::read;
use crate::token::time::TimeBounds;
use crate::wire::fields::Fields;
use crate::wire::footprint;
use crate::wire::limits::Limits;
use crate::wire::tree::{Node, View};

/// A delegation: the issuer lets the audience use this command on this subject, where the policy
/// holds, within these bounds. UCAN Delegation 1.0.
///
/// ```
/// use delegant::{Algorithm, Delegation, Nonce, Policy, SecretKey, Signer, Timestamp, policy};
///
/// let alice = SecretKey::generate(Algorithm::Ed25519)?;
/// let agent = SecretKey::generate(Algorithm::P256)?;
/// let delegation = Delegation::builder(agent.did(), alice.did(), "/encounters/read".parse()?)
///     .policy(Policy::new([policy::equal(".patient", "p-17")])?)
///     .expiration(Timestamp::from_unix(1_767_225_600)?)
///     .sign(&alice, Nonce::random()?)?;
/// assert_eq!(*delegation.issuer(), alice.did());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Delegation {
    issuer: Did,
    audience: Did,
    subject: Subject,
    command: Command,
    policy: Policy,
    bounds: TimeBounds,
    nonce: Nonce,
    meta: Option<BTreeMap<String, Ipld>>,
}

impl Delegation {
    /// Begins a delegation. The signer will be its issuer.
    pub fn builder(
        audience: Did,
        subject: impl Into<Subject>,
        command: Command,
    ) -> DelegationBuilder {
        DelegationBuilder {
            audience,
            subject: subject.into(),
            command,
            policy: Policy::default(),
            common: Common::default(),
        }
    }

    /// Who gives: `iss`.
    #[must_use]
    pub const fn issuer(&self) -> &Did {
        &self.issuer
    }

    /// Who receives: `aud`.
    #[must_use]
    pub const fn audience(&self) -> &Did {
        &self.audience
    }

    /// Whose authority it is: `sub`.
    #[must_use]
    pub const fn subject(&self) -> &Subject {
        &self.subject
    }

    /// What may be done: `cmd`.
    #[must_use]
    pub const fn command(&self) -> &Command {
        &self.command
    }

    /// With which arguments: `pol`.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// From when until when: `nbf` and `exp`.
    #[must_use]
    pub const fn bounds(&self) -> TimeBounds {
        self.bounds
    }

    /// What makes it unique: `nonce`.
    #[must_use]
    pub const fn nonce(&self) -> &Nonce {
        &self.nonce
    }

    /// What else its issuer says: `meta`. Signed, but never part of a decision.
    #[must_use]
    pub const fn meta(&self) -> Option<&BTreeMap<String, Ipld>> {
        self.meta.as_ref()
    }
}

impl Payload for Delegation {
    fn issuer(&self) -> &Did {
        &self.issuer
    }
}

impl Delegation {
    /// Bytes on the heap.
    pub(super) fn footprint(&self) -> usize {
        let meta = self.meta.as_ref().map_or(0, footprint::map);
        let names = [&self.issuer, &self.audience].into_iter();
        let names = names.chain(self.subject.did()).map(Did::footprint);
        names
            .fold(meta, usize::saturating_add)
            .saturating_add(self.command.footprint())
            .saturating_add(self.policy.footprint())
            .saturating_add(self.nonce.footprint())
    }
}

impl sealed::Payload for Delegation {
    const KIND: Kind = Kind::Delegation;

    fn read(payload: View<'_, '_>, limits: &Limits) -> Result<Self, DecodeError> {
        let fields = Fields::of(payload, "a delegation", &FIELDS)?;
        let subject = match fields.required("sub")?.node() {
            Node::Null => Subject::Any,
            _ => Subject::Did(read::did(&fields, "sub")?),
        };
        Ok(Self {
            issuer: read::did(&fields, "iss")?,
            audience: read::did(&fields, "aud")?,
            subject,
            command: read::command(&fields)?,
            policy: Policy::read(fields.required("pol")?, limits).map_err(DecodeError::Policy)?,
            bounds: read::bounds(&fields)?,
            nonce: read::nonce(&fields)?,
            meta: read::meta(&fields, limits)?,
        })
    }
}

/// In the order of DAG-CBOR.
static FIELDS: [&str; 9] = [
    "aud", "cmd", "exp", "iss", "nbf", "pol", "sub", "meta", "nonce",
];

/// A delegation in the making.
#[derive(Debug, Clone)]
#[must_use]
pub struct DelegationBuilder {
    audience: Did,
    subject: Subject,
    command: Command,
    policy: Policy,
    common: Common,
}

impl DelegationBuilder {
    /// Narrows the arguments; without it, any will do.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    common_setters!();

    /// Signs; the signer is the issuer.
    ///
    /// # Errors
    /// [`BuildError`] where no expiration was said, a limit is broken, or the signer fails.
    pub fn sign(
        self,
        signer: &(impl Signer + ?Sized),
        nonce: Nonce,
    ) -> Result<Verified<Delegation>, BuildError> {
        let subject = match self.subject {
            Subject::Did(did) => Ipld::String(did.to_string()),
            Subject::Any => Ipld::Null,
        };
        let payload = BTreeMap::from([
            ("aud".to_owned(), Ipld::String(self.audience.to_string())),
            ("sub".to_owned(), subject),
            ("cmd".to_owned(), Ipld::String(self.command.to_string())),
            ("pol".to_owned(), self.policy.to_ipld()),
        ]);
        self.common.sign(payload, signer, nonce)
    }
}
