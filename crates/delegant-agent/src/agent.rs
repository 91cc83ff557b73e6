//! What can an agent do with the authority that it holds? Invoke, and delegate less of it.

mod call;
mod cover;
mod give;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use delegant::{
    Command, Delegation, Did, Invocation, Ipld, Nonce, Signer, TimeBounds, Timestamp, Verified,
};
use thiserror::Error;

use crate::agent::cover::{Cover, Wanted, cover};
use crate::clock;
use crate::keyfile::{self, KeyFileError, Passphrase};
use crate::prove::{Delegations, Request};
use crate::review::{Warning, review};
use crate::wallet::{Damaged, Wallet, WalletError};

pub use call::{Ask, Call, InvokeError};
pub use give::{DelegateError, Given, Narrower};

/// A key, and the delegations that were given to it. Cloning is cheap.
///
/// ```
/// use delegant::{Algorithm, Delegation, Nonce, SecretKey, Signer, Timestamp};
/// use delegant_agent::{Agent, Delegations, Narrower};
///
/// # let (alice, helper) = (SecretKey::generate(Algorithm::P256)?, SecretKey::generate(Algorithm::Ed25519)?);
/// # let key = SecretKey::generate(Algorithm::Ed25519)?;
/// // Alice lets the agent read and write.
/// let given = Delegation::builder(key.did(), alice.did(), "/encounters".parse()?)
///     .expiration(Timestamp::from_unix(4_102_444_800)?)
///     .sign(&alice, Nonce::random()?)?;
/// let agent = Agent::new(key, Delegations::from_iter([given]));
///
/// // It reads.
/// let read = "/encounters/read".parse()?;
/// let call = agent.invoke(&alice.did(), &read, [("patient".to_owned(), "p-17".into())].into())?;
/// assert_eq!(call.proofs().len(), 1);
///
/// // It lets a helper read, and cannot let it delete what is not its own.
/// let passed_on = agent.delegate(&helper.did(), Narrower::new(alice.did(), read))?;
/// assert_eq!(passed_on.container().delegations().len(), 2);
/// assert!(agent.delegate(&helper.did(), Narrower::new(alice.did(), "/billing".parse()?)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Agent {
    signer: Arc<dyn Signer + Send + Sync>,
    did: Did,
    delegations: Arc<Delegations>,
    passed_over: Arc<[Damaged]>,
}

impl Agent {
    /// An agent that signs with this, and holds these.
    pub fn new(signer: impl Signer + Send + Sync + 'static, delegations: Delegations) -> Self {
        Self {
            did: signer.did(),
            signer: Arc::new(signer),
            delegations: Arc::new(delegations),
            passed_over: Arc::default(),
        }
    }

    /// Opens a key file and a wallet; the passphrase is asked for only where the file is encrypted.
    ///
    /// # Errors
    /// [`LoadError`]. What in the wallet is damaged is passed over, and told by
    /// [`passed_over`](Self::passed_over).
    pub fn load<E>(
        keyfile: impl AsRef<Path>,
        wallet: impl Into<PathBuf>,
        passphrase: impl FnOnce() -> Result<Passphrase, E>,
    ) -> Result<Self, LoadError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let key = keyfile::load(keyfile, passphrase)?;
        let (delegations, damaged) = Wallet::open(wallet)?.into_parts();
        Ok(Self {
            passed_over: damaged.into(),
            ..Self::new(key, delegations)
        })
    }

    /// Who it is.
    #[must_use]
    pub const fn did(&self) -> &Did {
        &self.did
    }

    /// What it holds.
    #[must_use]
    pub fn delegations(&self) -> &Delegations {
        &self.delegations
    }

    /// The files of its wallet that hold no verified delegation.
    #[must_use]
    pub fn passed_over(&self) -> &[Damaged] {
        &self.passed_over
    }

    /// Takes one more; `false` where it has it already. A wallet on disk is left as it is.
    pub fn learn(&mut self, delegation: Verified<Delegation>) -> bool {
        Arc::make_mut(&mut self.delegations).insert(delegation)
    }

    /// Signs an invocation with a fresh nonce that expires within a minute, and brings the proofs.
    ///
    /// # Errors
    /// [`InvokeError`]; [`NoProof`](crate::NoProof) says what it lacks and whom to ask.
    pub fn invoke(
        &self,
        subject: &Did,
        command: &Command,
        arguments: BTreeMap<String, Ipld>,
    ) -> Result<Call, InvokeError> {
        self.call(Ask::new(subject.clone(), command.clone()).arguments(arguments))
    }

    /// As [`invoke`](Self::invoke), with more to say.
    ///
    /// # Errors
    /// As [`invoke`](Self::invoke).
    pub fn call(&self, ask: Ask) -> Result<Call, InvokeError> {
        self.invoke_at(ask, clock::now()?)
    }

    /// The chain that [`call`](Self::call) would rest on; nothing is signed.
    ///
    /// # Errors
    /// As [`invoke`](Self::invoke).
    pub fn prove(&self, ask: &Ask) -> Result<Vec<Verified<Delegation>>, InvokeError> {
        self.prove_at(ask, clock::now()?)
    }

    fn prove_at(
        &self,
        ask: &Ask,
        now: Timestamp,
    ) -> Result<Vec<Verified<Delegation>>, InvokeError> {
        Ok(self.delegations.prove(&Request {
            invoker: &self.did,
            subject: &ask.subject,
            command: &ask.command,
            arguments: &ask.arguments,
            now,
        })?)
    }

    /// As [`call`](Self::call), at this moment.
    ///
    /// # Errors
    /// As [`invoke`](Self::invoke).
    pub fn invoke_at(&self, ask: Ask, now: Timestamp) -> Result<Call, InvokeError> {
        let proofs = self.prove_at(&ask, now)?;
        let mut builder = Invocation::builder(ask.subject, ask.command)
            .arguments(ask.arguments)
            .proofs(proofs.iter().map(Verified::cid))
            .expiration(now.saturating_add(ask.lifetime));
        if let Some(audience) = ask.audience {
            builder = builder.audience(audience);
        }
        if let Some(cause) = ask.cause {
            builder = builder.cause(cause);
        }
        let invocation = builder.sign(&*self.signer, Nonce::random()?)?;
        Ok(Call::new(invocation, proofs)?)
    }

    /// Signs a delegation of something that the agent holds, or of less, that ends when its own
    /// authority does or before.
    ///
    /// Of several chains that it could rest on, it is the one that takes the least away from what
    /// was asked for.
    ///
    /// # Errors
    /// [`DelegateError`]; where nothing that it holds covers it, with what is in the way.
    pub fn delegate(&self, to: &Did, narrower: Narrower) -> Result<Given, DelegateError> {
        self.delegate_at(to, narrower, clock::now()?)
    }

    /// As [`delegate`](Self::delegate), at this moment.
    ///
    /// # Errors
    /// As [`delegate`](Self::delegate).
    pub fn delegate_at(
        &self,
        to: &Did,
        narrower: Narrower,
        now: Timestamp,
    ) -> Result<Given, DelegateError> {
        let Cover {
            chain: proofs,
            bounds,
        } = self.cover(&narrower, now)?;
        let expiration = bounds.expiration().ok_or(DelegateError::Endless)?;
        let mut builder = Delegation::builder(to.clone(), narrower.subject, narrower.command)
            .policy(narrower.policy)
            .expiration(expiration);
        // What has begun already needs no beginning.
        if let Some(moment) = bounds.not_before().filter(|moment| *moment > now) {
            builder = builder.not_before(moment);
        }
        let delegation = builder.sign(&*self.signer, Nonce::random()?)?;
        let mut review = review(&delegation, &proofs, now)?;
        let never = |warning: &Warning| matches!(warning, Warning::Contradiction { .. });
        if let Some(place) = review.warnings.iter().position(never) {
            return Err(DelegateError::NeverTrue(review.warnings.swap_remove(place)));
        }
        Ok(Given {
            delegation,
            proofs,
            review,
        })
    }

    fn cover(&self, narrower: &Narrower, now: Timestamp) -> Result<Cover, DelegateError> {
        let bounds: TimeBounds = narrower.bounds(now)?;
        if narrower.subject == self.did {
            return Ok(Cover {
                chain: Vec::new(),
                bounds,
            });
        }
        let wanted = Wanted {
            issuer: &self.did,
            subject: &narrower.subject,
            command: &narrower.command,
            policy: &narrower.policy,
            bounds,
            now,
        };
        Ok(cover(&self.delegations, &wanted)?)
    }
}

// The signer may be anything, and a delegation is for whoever may use it.
impl fmt::Debug for Agent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Agent")
            .field("did", &self.did)
            .field("delegations", &self.delegations.iter().len())
            .finish_non_exhaustive()
    }
}

/// Why there is no agent.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The key file.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The wallet.
    #[error("cannot use the wallet: {0}")]
    Wallet(#[from] WalletError),
}
