//! Who asks for what to be done?

use std::collections::BTreeMap;

use ipld_core::ipld::Ipld;

use crate::capability::command::Command;
use crate::identity::did::Did;
use crate::identity::signer::Signer;
use crate::token::builder::{BuildError, Common, common_setters};
use crate::token::decode_error::DecodeError;
use crate::token::envelope::{Payload, Verified, sealed};
use crate::token::kind::Kind;
use crate::token::nonce::Nonce;
use crate::token::read;
use crate::token::time::{TimeBounds, Timestamp};
use crate::wire::cid::Cid;
use crate::wire::dag_cbor::{EncodeError, to_dag_cbor};
use crate::wire::fields::Fields;
use crate::wire::limits::{Limit, Limits};
use crate::wire::tree::View;

/// An invocation: the issuer (the invoker) asks that this command be done on this subject with
/// these arguments, and names the proofs that it may. UCAN Invocation 1.0.
#[derive(Debug, Clone, PartialEq)]
pub struct Invocation {
    issuer: Did,
    subject: Did,
    audience: Option<Did>,
    command: Command,
    arguments: BTreeMap<String, Ipld>,
    proofs: Vec<Cid>,
    bounds: TimeBounds,
    issued_at: Option<Timestamp>,
    cause: Option<Cid>,
    nonce: Nonce,
    meta: Option<BTreeMap<String, Ipld>>,
}

impl Invocation {
    /// Begins an invocation. The signer will be its issuer, the invoker.
    pub fn builder(subject: Did, command: Command) -> InvocationBuilder {
        InvocationBuilder {
            subject,
            command,
            audience: None,
            arguments: BTreeMap::new(),
            proofs: Vec::new(),
            issued_at: None,
            cause: None,
            common: Common::default(),
        }
    }

    /// Who asks: `iss`, the invoker.
    #[must_use]
    pub const fn issuer(&self) -> &Did {
        &self.issuer
    }

    /// On whose authority and resource: `sub`.
    #[must_use]
    pub const fn subject(&self) -> &Did {
        &self.subject
    }

    /// Who shall do it, where it is another than the subject: `aud`.
    #[must_use]
    pub const fn audience(&self) -> Option<&Did> {
        self.audience.as_ref()
    }

    /// Who shall do it: the audience, or else the subject.
    #[must_use]
    pub fn executor(&self) -> &Did {
        self.audience.as_ref().unwrap_or(&self.subject)
    }

    /// What shall be done: `cmd`.
    #[must_use]
    pub const fn command(&self) -> &Command {
        &self.command
    }

    /// With what: `args`.
    #[must_use]
    pub const fn arguments(&self) -> &BTreeMap<String, Ipld> {
        &self.arguments
    }

    /// The delegations that allow it, from the subject's own to the one to the invoker: `prf`.
    #[must_use]
    pub fn proofs(&self) -> &[Cid] {
        &self.proofs
    }

    /// From when until when: `nbf` and `exp`.
    #[must_use]
    pub const fn bounds(&self) -> TimeBounds {
        self.bounds
    }

    /// When the invoker says it was signed: `iat`. Never part of a decision.
    #[must_use]
    pub const fn issued_at(&self) -> Option<Timestamp> {
        self.issued_at
    }

    /// The receipt that led to it: `cause`.
    #[must_use]
    pub const fn cause(&self) -> Option<Cid> {
        self.cause
    }

    /// What makes it unique, or empty where it is idempotent: `nonce`.
    #[must_use]
    pub const fn nonce(&self) -> &Nonce {
        &self.nonce
    }

    /// What else the invoker says: `meta`. Signed, but never part of a decision.
    #[must_use]
    pub const fn meta(&self) -> Option<&BTreeMap<String, Ipld>> {
        self.meta.as_ref()
    }

    /// The CID of the task: what shall be done, whoever asks and whatever proves it.
    ///
    /// # Errors
    /// None for an invocation that was read or signed: its parts have been encoded before.
    pub fn task(&self) -> Result<Cid, EncodeError> {
        let task = BTreeMap::from([
            ("sub".to_owned(), Ipld::String(self.subject.to_string())),
            ("cmd".to_owned(), Ipld::String(self.command.to_string())),
            ("args".to_owned(), Ipld::Map(self.arguments.clone())),
            (
                "nonce".to_owned(),
                Ipld::Bytes(self.nonce.as_bytes().to_vec()),
            ),
        ]);
        Ok(Cid::of(&to_dag_cbor(&Ipld::Map(task))?))
    }

    /// Does it wait for the outcome of another task? UCAN Promise.
    #[must_use]
    pub fn has_promise(&self) -> bool {
        is_or_holds_promise(&self.arguments)
    }
}

fn holds_promise(value: &Ipld) -> bool {
    match value {
        Ipld::List(list) => list.iter().any(holds_promise),
        Ipld::Map(map) => is_or_holds_promise(map),
        _ => false,
    }
}

/// Is this a map of one entry `await/…` with a link, or is there one anywhere in it?
fn is_or_holds_promise(map: &BTreeMap<String, Ipld>) -> bool {
    let mut entries = map.iter();
    let promise = matches!(
        (entries.next(), entries.next()),
        (Some((key, Ipld::Link(_))), None)
            if ["await/ok", "await/error", "await/*"].contains(&key.as_str())
    );
    promise || map.values().any(holds_promise)
}

impl Payload for Invocation {
    fn issuer(&self) -> &Did {
        &self.issuer
    }
}

impl sealed::Payload for Invocation {
    const KIND: Kind = Kind::Invocation;

    fn read(payload: View<'_, '_>, limits: &Limits) -> Result<Self, DecodeError> {
        let fields = Fields::of(payload, "an invocation", &FIELDS)?;
        let audience = fields
            .optional("aud")
            .map(|_| read::did(&fields, "aud"))
            .transpose()?;
        let proofs = read::cids(fields.required("prf")?, "prf")?;
        limits.check(Limit::ChainLength, proofs.len())?;
        Ok(Self {
            issuer: read::did(&fields, "iss")?,
            subject: read::did(&fields, "sub")?,
            audience,
            command: read::command(&fields)?,
            arguments: read::map(fields.required("args")?, "args")?,
            proofs,
            bounds: read::bounds(&fields)?,
            issued_at: read::moment(&fields, "iat")?,
            cause: fields
                .optional("cause")
                .map(|view| read::cid(view, "cause"))
                .transpose()?,
            nonce: read::nonce(&fields)?,
            meta: read::meta(&fields, limits)?,
        })
    }
}

/// In the order of DAG-CBOR.
static FIELDS: [&str; 12] = [
    "aud", "cmd", "exp", "iat", "iss", "nbf", "prf", "sub", "args", "meta", "cause", "nonce",
];

/// An invocation in the making.
#[derive(Debug, Clone)]
#[must_use]
pub struct InvocationBuilder {
    subject: Did,
    command: Command,
    audience: Option<Did>,
    arguments: BTreeMap<String, Ipld>,
    proofs: Vec<Cid>,
    issued_at: Option<Timestamp>,
    cause: Option<Cid>,
    pub(super) common: Common,
}

impl InvocationBuilder {
    /// Sends it to another executor than the subject.
    pub fn audience(mut self, audience: Did) -> Self {
        self.audience = Some(audience);
        self
    }

    /// Adds an argument.
    pub fn argument(mut self, name: impl Into<String>, value: impl Into<Ipld>) -> Self {
        self.arguments.insert(name.into(), value.into());
        self
    }

    /// Sets all arguments at once.
    pub fn arguments(mut self, arguments: BTreeMap<String, Ipld>) -> Self {
        self.arguments = arguments;
        self
    }

    /// Names the proofs, from the subject's own delegation to the one to the invoker.
    pub fn proofs(mut self, proofs: impl IntoIterator<Item = Cid>) -> Self {
        self.proofs = proofs.into_iter().collect();
        self
    }

    /// Says when it was signed.
    pub fn issued_at(mut self, moment: Timestamp) -> Self {
        self.issued_at = Some(moment);
        self
    }

    /// Names the receipt that led to it.
    pub fn cause(mut self, receipt: Cid) -> Self {
        self.cause = Some(receipt);
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
    ) -> Result<Verified<Invocation>, BuildError> {
        self.sign_as(signer, nonce)
    }

    /// Signs what will be read as `P`.
    pub(super) fn sign_as<P: Payload>(
        self,
        signer: &(impl Signer + ?Sized),
        nonce: Nonce,
    ) -> Result<Verified<P>, BuildError> {
        let proofs = self.proofs.into_iter().map(Ipld::from).collect();
        let mut payload = BTreeMap::from([
            ("sub".to_owned(), Ipld::String(self.subject.to_string())),
            ("cmd".to_owned(), Ipld::String(self.command.to_string())),
            ("args".to_owned(), Ipld::Map(self.arguments)),
            ("prf".to_owned(), Ipld::List(proofs)),
        ]);
        if let Some(audience) = self.audience {
            payload.insert("aud".to_owned(), Ipld::String(audience.to_string()));
        }
        if let Some(moment) = self.issued_at {
            payload.insert("iat".to_owned(), moment.into());
        }
        if let Some(cause) = self.cause {
            payload.insert("cause".to_owned(), cause.into());
        }
        self.common.sign(payload, signer, nonce)
    }
}
