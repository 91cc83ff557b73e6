//! What does an agent ask for, and what does it send?

use std::collections::BTreeMap;
use std::time::Duration;

use delegant::{
    BuildError, Cid, Command, Container, ContainerFormat, Delegation, Did, EncodeError, Invocation,
    Ipld, LimitExceeded, RandomError, Token, Verified,
};
use thiserror::Error;

use crate::clock::NoTime;
use crate::prove::NoProof;

/// What an agent wants done, before anything is signed.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "nothing is signed until an agent invokes it"]
pub struct Ask {
    pub(crate) subject: Did,
    pub(crate) command: Command,
    pub(crate) arguments: BTreeMap<String, Ipld>,
    pub(crate) audience: Option<Did>,
    pub(crate) cause: Option<Cid>,
    pub(crate) lifetime: Duration,
}

/// An invocation is meant to be used at once.
const LIFETIME: Duration = Duration::from_secs(60);

impl Ask {
    /// This command on this subject, without arguments, for one minute.
    pub const fn new(subject: Did, command: Command) -> Self {
        Self {
            subject,
            command,
            arguments: BTreeMap::new(),
            audience: None,
            cause: None,
            lifetime: LIFETIME,
        }
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

    /// Who shall do it, where that is not the subject.
    pub fn audience(mut self, executor: Did) -> Self {
        self.audience = Some(executor);
        self
    }

    /// The receipt that led to it.
    pub const fn cause(mut self, receipt: Cid) -> Self {
        self.cause = Some(receipt);
        self
    }

    /// How long it may be used; in whole seconds, 60 unless said. Executors refuse long ones.
    pub const fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }
}

/// A signed invocation and the delegations that prove it: all that a carrier needs.
#[derive(Debug, Clone)]
pub struct Call {
    invocation: Verified<Invocation>,
    proofs: Vec<Verified<Delegation>>,
    task: Cid,
}

impl Call {
    pub(crate) fn new(
        invocation: Verified<Invocation>,
        proofs: Vec<Verified<Delegation>>,
    ) -> Result<Self, EncodeError> {
        Ok(Self {
            task: invocation.task()?,
            invocation,
            proofs,
        })
    }

    /// The invocation.
    #[must_use]
    pub const fn invocation(&self) -> &Verified<Invocation> {
        &self.invocation
    }

    /// The delegations, the subject's own first; none where the agent is the subject.
    #[must_use]
    pub fn proofs(&self) -> &[Verified<Delegation>] {
        &self.proofs
    }

    /// The CID of its task, which a receipt for it names.
    #[must_use]
    pub const fn task(&self) -> Cid {
        self.task
    }

    /// The invocation with all its proofs.
    #[must_use]
    pub fn container(&self) -> Container {
        self.container_with(|_| true)
    }

    /// The invocation with those of its proofs that the other side needs.
    #[must_use]
    pub fn container_with(&self, needs: impl Fn(Cid) -> bool) -> Container {
        let proofs = self.proofs.iter().filter(|proof| needs(proof.cid()));
        let proofs = proofs.cloned().map(Token::from);
        Container::from_iter(proofs.chain([Token::from(self.invocation.clone())]))
    }

    /// The invocation with all its proofs, written for a header or any other text.
    ///
    /// # Errors
    /// [`LimitExceeded`] where every reader would refuse it.
    pub fn to_text(&self) -> Result<String, LimitExceeded> {
        text(&self.container())
    }
}

/// A container as text, base64url.
pub(crate) fn text(container: &Container) -> Result<String, LimitExceeded> {
    let bytes = container.encode(ContainerFormat::Base64Url)?;
    // Base64 is ASCII.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Why an agent did not sign an invocation.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InvokeError {
    /// It holds no authority for that; with what came close, and whom to ask.
    #[error(transparent)]
    NoProof(#[from] Box<NoProof>),
    /// The clock.
    #[error(transparent)]
    NoTime(#[from] NoTime),
    /// The system had no randomness for the nonce.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// It cannot be encoded, would be refused by every reader, or the signer failed.
    #[error(transparent)]
    Build(#[from] BuildError),
}

impl From<EncodeError> for InvokeError {
    fn from(cause: EncodeError) -> Self {
        Self::Build(cause.into())
    }
}
