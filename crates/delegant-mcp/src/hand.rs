//! Whose key signs? One in this process, or one in a process of its own.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use delegant::{Command, Container, Did, Ipld, Reason};
use delegant_agent::{Agent, Ask, Call, InvokeError, Miss, NearMiss, Wallet};
use thiserror::Error;

#[cfg(unix)]
use crate::signer::{SignerClient, SignerError};
use crate::{wanted, words};

/// What signs invocations.
#[derive(Clone)]
#[non_exhaustive]
pub enum Hand {
    /// A key in this process.
    Agent(Holder),
    /// A signer behind a socket.
    #[cfg(unix)]
    Signer(SignerClient),
}

/// What is to be signed.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// On whose resource.
    pub subject: Did,
    /// What.
    pub command: Command,
    /// With what.
    pub arguments: BTreeMap<String, Ipld>,
    /// Who shall do it.
    pub audience: Did,
    /// For how long it may be used.
    pub lifetime: Duration,
}

impl Hand {
    /// Who signs.
    #[must_use]
    pub fn did(&self) -> &Did {
        match self {
            Self::Agent(holder) => holder.did(),
            #[cfg(unix)]
            Self::Signer(signer) => signer.did(),
        }
    }

    /// The agent, with what has come into its wallet; none behind a socket, where one does not see.
    pub(crate) fn looked_again(&self) -> Option<Agent> {
        match self {
            Self::Agent(holder) => Some(holder.looked_again()),
            #[cfg(unix)]
            Self::Signer(_) => None,
        }
    }

    /// Signs an invocation, and brings its proofs.
    ///
    /// # Errors
    /// [`NotSigned`]
    pub async fn invoke(&self, wish: Wish) -> Result<Container, NotSigned> {
        match self {
            Self::Agent(holder) => Ok(holder.call(wish.into())?.container()),
            #[cfg(unix)]
            Self::Signer(signer) => Ok(signer.invoke(&wish).await?),
        }
    }
}

/// Does the agent hold something that this tool could be called by, whatever its arguments have to be?
pub(crate) fn could_call(agent: &Agent, subject: &Did, tool: &str) -> bool {
    let Ok(calls) = wanted::TOOL_CALLS.parse() else {
        return true;
    };
    let command = wanted::named(&calls, tool).unwrap_or(calls);
    let named = Ipld::String(tool.to_owned());
    let nothing = Ipld::Map(BTreeMap::new());
    let arguments = [
        ("name".to_owned(), named),
        ("arguments".to_owned(), nothing),
    ];
    // Of a policy that is not true, only what it says of the name is certain: the arguments are not there.
    let is_near = |near: &NearMiss| match &near.miss {
        Miss::Unusable(Reason::MatchError(explanation)) => {
            let selector = explanation.statement().selector();
            selector.is_none_or(|selector| ![".name", ".name?"].contains(&selector.as_str()))
        }
        _ => false,
    };
    let ask = Ask::new(subject.clone(), command).arguments(arguments.into());
    match agent.prove(&ask) {
        Err(InvokeError::NoProof(missed)) => missed.near_misses.iter().any(is_near),
        _ => true,
    }
}

impl From<Wish> for Ask {
    fn from(wish: Wish) -> Self {
        let ask = Self::new(wish.subject.clone(), wish.command)
            .arguments(wish.arguments)
            .lifetime(wish.lifetime);
        // Left out where the server is the subject, as the specification has it.
        if wish.audience == wish.subject {
            ask
        } else {
            ask.audience(wish.audience)
        }
    }
}

impl From<Agent> for Hand {
    fn from(agent: Agent) -> Self {
        Self::Agent(Holder::new(agent))
    }
}

impl From<Agent> for Holder {
    fn from(agent: Agent) -> Self {
        Self::new(agent)
    }
}

impl From<Holder> for Hand {
    fn from(holder: Holder) -> Self {
        Self::Agent(holder)
    }
}

#[cfg(unix)]
impl From<SignerClient> for Hand {
    fn from(signer: SignerClient) -> Self {
        Self::Signer(signer)
    }
}

/// An agent that looks into its wallet again where what it knows proves nothing. Cloning is cheap, and all
/// clones know the same.
#[derive(Clone)]
pub struct Holder(Arc<Held>);

struct Held {
    did: Did,
    agent: Mutex<Agent>,
    wallet: Option<PathBuf>,
}

impl Holder {
    /// Holds what this agent holds.
    #[must_use]
    pub fn new(agent: Agent) -> Self {
        Self::held(agent, None)
    }

    /// Holds what this agent holds, and what comes into this wallet.
    #[must_use]
    pub fn with_wallet(agent: Agent, wallet: PathBuf) -> Self {
        Self::held(agent, Some(wallet))
    }

    fn held(agent: Agent, wallet: Option<PathBuf>) -> Self {
        Self(Arc::new(Held {
            did: agent.did().clone(),
            agent: Mutex::new(agent),
            wallet,
        }))
    }

    /// Who it is.
    #[must_use]
    pub fn did(&self) -> &Did {
        &self.0.did
    }

    /// Signs an invocation, and brings its proofs.
    ///
    /// # Errors
    /// [`InvokeError`]
    pub fn call(&self, ask: Ask) -> Result<Call, InvokeError> {
        match self.agent().call(ask.clone()) {
            Err(InvokeError::NoProof(_)) => self.looked_again().call(ask),
            signed => signed,
        }
    }

    /// The agent, with what it knows now.
    #[must_use]
    pub fn agent(&self) -> Agent {
        let agent = self.0.agent.lock().unwrap_or_else(PoisonError::into_inner);
        agent.clone()
    }

    /// The agent with what has come into its wallet meanwhile.
    #[must_use]
    pub fn looked_again(&self) -> Agent {
        let opened = self.0.wallet.as_ref().map(Wallet::open);
        let mut agent = self.0.agent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Ok(wallet)) = opened {
            for delegation in wallet.delegations().iter() {
                agent.learn(delegation.clone());
            }
        }
        agent.clone()
    }
}

impl fmt::Debug for Holder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Holder({})", self.did())
    }
}

// What signs is not for logs.
impl fmt::Debug for Hand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Hand({})", self.did())
    }
}

/// Why nothing was signed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NotSigned {
    /// The agent.
    #[error(transparent)]
    Agent(#[from] InvokeError),
    /// The signer behind the socket.
    #[cfg(unix)]
    #[error(transparent)]
    Signer(#[from] SignerError),
}

impl NotSigned {
    /// The name of the reason.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Agent(InvokeError::NoProof(_)) => "NoProof",
            Self::Agent(_) => "NotSigned",
            #[cfg(unix)]
            Self::Signer(error) => error.code(),
        }
    }

    /// Why, in words that name no key and no token: fit for a model to read.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
            Self::Agent(error) => words::not_signed(error),
            #[cfg(unix)]
            Self::Signer(error) => error.to_string(),
        }
    }
}
