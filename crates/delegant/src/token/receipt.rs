//! What came of it?

use std::ops::Deref;

use ipld_core::ipld::Ipld;

use crate::capability::command::Command;
use crate::identity::did::Did;
use crate::identity::signer::Signer;
use crate::token::builder::{BuildError, common_setters};
use crate::token::decode_error::DecodeError;
use crate::token::envelope::{Payload, Verified, sealed};
use crate::token::invocation::{Invocation, InvocationBuilder};
use crate::token::kind::Kind;
use crate::token::nonce::Nonce;
use crate::wire::cid::Cid;
use crate::wire::limits::Limits;
use crate::wire::tree::View;

/// A receipt: the executor says what came of a task.
///
/// On the wire an invocation of `/ucan/assert/receipt` by the executor on itself. UCAN Receipt.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    invocation: Invocation,
    ran: Cid,
    outcome: Outcome,
}

/// What a task led to.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It succeeded, with this value.
    Ok(Ipld),
    /// It failed, with this reason.
    Error(Ipld),
}

const COMMAND: &str = "/ucan/assert/receipt";

impl Receipt {
    /// Begins a receipt for the task with this CID ([`Invocation::task`]). The signer will be the
    /// executor.
    pub fn builder(task: Cid, outcome: Outcome) -> ReceiptBuilder {
        ReceiptBuilder {
            task,
            outcome,
            common: Default::default(),
        }
    }

    /// Who did it, and says so.
    #[must_use]
    pub const fn executor(&self) -> &Did {
        self.invocation.issuer()
    }

    /// The CID of the task that was done.
    #[must_use]
    pub const fn ran(&self) -> Cid {
        self.ran
    }

    /// What came of it.
    #[must_use]
    pub const fn outcome(&self) -> &Outcome {
        &self.outcome
    }
}

impl Deref for Receipt {
    type Target = Invocation;

    fn deref(&self) -> &Invocation {
        &self.invocation
    }
}

impl Payload for Receipt {
    fn issuer(&self) -> &Did {
        self.invocation.issuer()
    }
}

impl sealed::Payload for Receipt {
    const KIND: Kind = Kind::Invocation;

    fn read(payload: View<'_, '_>, limits: &Limits) -> Result<Self, DecodeError> {
        let invocation = Invocation::read(payload, limits)?;
        let refuse = |problem| DecodeError::WrongShape {
            wanted: "receipt",
            problem,
        };
        if invocation.command().as_str() != COMMAND {
            return Err(refuse("the command is another than `/ucan/assert/receipt`"));
        }
        if invocation.issuer() != invocation.subject() {
            return Err(refuse("the issuer is not the subject"));
        }
        // Some peers repeat the executor as the audience; it says nothing new.
        if invocation.executor() != invocation.issuer() || !invocation.proofs().is_empty() {
            return Err(refuse(
                "it has another audience than the executor, or proofs",
            ));
        }
        let arguments = invocation.arguments();
        let (Some(Ipld::Link(ran)), Some(Ipld::Map(out)), 2) =
            (arguments.get("ran"), arguments.get("out"), arguments.len())
        else {
            return Err(refuse(
                "the arguments are not `ran` (a link) and `out` (a map)",
            ));
        };
        let ran = Cid::from_bytes(&ran.to_bytes())
            .map_err(|cause| DecodeError::Cid { name: "ran", cause })?;
        let outcome = match (out.get("ok"), out.get("error"), out.len()) {
            (Some(value), None, 1) => Outcome::Ok(value.clone()),
            (None, Some(value), 1) => Outcome::Error(value.clone()),
            _ => return Err(refuse("`out` is neither `{ok: …}` nor `{error: …}`")),
        };
        Ok(Self {
            invocation,
            ran,
            outcome,
        })
    }
}

/// A receipt in the making.
#[derive(Debug, Clone)]
#[must_use]
pub struct ReceiptBuilder {
    task: Cid,
    outcome: Outcome,
    common: crate::token::builder::Common,
}

impl ReceiptBuilder {
    common_setters!();

    /// Signs; the signer is the executor.
    ///
    /// # Errors
    /// [`BuildError`] where no expiration was said, a limit is broken, or the signer fails.
    pub fn sign(
        self,
        executor: &(impl Signer + ?Sized),
        nonce: Nonce,
    ) -> Result<Verified<Receipt>, BuildError> {
        let (tag, value) = match self.outcome {
            Outcome::Ok(value) => ("ok", value),
            Outcome::Error(value) => ("error", value),
        };
        let mut builder: InvocationBuilder =
            Invocation::builder(executor.did(), reserved(COMMAND)?)
                .argument("ran", Ipld::from(self.task))
                .argument("out", Ipld::Map([(tag.to_owned(), value)].into()));
        builder.common = self.common;
        builder.sign_as(executor, nonce)
    }
}

/// A command that the specifications reserve.
pub(super) fn reserved(command: &str) -> Result<Command, DecodeError> {
    command.parse().map_err(DecodeError::Command)
}
