//! Capability tokens for people and the agents that act for them: UCAN 1.0, verified offline.
//!
//! A user signs a narrow delegation to an agent, the agent a narrower one to the next; whoever holds
//! the resource checks the whole chain by itself, from bytes to a decision:
//!
//! ```
//! use std::time::Duration;
//! use delegant::*;
//!
//! let (alice, agent) = (SecretKey::generate(Algorithm::P256)?, SecretKey::generate(Algorithm::Ed25519)?);
//! let friday = Timestamp::from_unix(1_767_312_000)?;
//! let read: Command = "/encounters/read".parse()?;
//!
//! // Alice lets her agent read the encounters of one patient.
//! let policy = Policy::new([policy::equal(".patient", "p-17")])?;
//! let given = Delegation::builder(agent.did(), alice.did(), read.clone())
//!     .policy(policy).expiration(friday).sign(&alice, Nonce::random()?)?;
//! // The agent asks for them.
//! let call = Invocation::builder(alice.did(), read).argument("patient", "p-17")
//!     .proofs([given.cid()]).expiration(friday).sign(&agent, Nonce::random()?)?;
//! let bytes = Container::from_iter([Token::from(given), call.into()]).encode(ContainerFormat::Base64Url)?;
//!
//! // Whoever holds them decides, offline.
//! let container = Container::decode(&bytes)?;
//! let call = container.invocation()?.verify(&DidKeys)?;
//! let leave = authorize(call, Evidence {
//!     now: Timestamp::from_unix(1_767_225_600)?, leeway: Duration::ZERO, executor: &alice.did(), keys: &DidKeys,
//!     proofs: container.delegations(), revocations: &Revocations::none(), limits: &Limits::DEFAULT,
//! })?;
//! assert_eq!(*leave.invoker(), agent.did());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Trust is a type: [`Parsed`] (in order, but anybody's) becomes [`Verified`] (its issuer signed it)
//! becomes part of an [`Authorization`] (it may be done now). There is one function for each step,
//! and no other way.

#![cfg_attr(
    not(test),
    warn(
        clippy::arithmetic_side_effects,
        reason = "whoever chose the bytes chose the numbers"
    )
)]

mod capability;
mod identity;
mod token;
mod validator;
mod wire;

pub use capability::command::{Command, ParseCommandError};
pub use capability::evaluate::Truth;
pub use capability::explanation::Explanation;
pub use capability::fuel::Fuel;
pub use capability::glob::{Glob, ParseGlobError};
pub use capability::number::Number;
pub use capability::operand::Operand;
pub use capability::policy::{self, Policy};
pub use capability::policy_error::{PolicyError, PolicyProblem};
pub use capability::selector::Selector;
pub use capability::statement::{Comparison, Statement};
pub use capability::step::ParseSelectorError;
pub use capability::subject::Subject;

pub use identity::did::{Did, DidKeys, Keys, ParseDidError};
pub use identity::key::{Algorithm, BadSignature, ParseKeyError, PublicKey, VerifyingKey};
pub use identity::known_keys::KnownKeys;
pub use identity::secret::{RandomError, SecretKey};
pub use identity::signer::{SigPayload, SignError, Signer};

pub use token::builder::BuildError;
pub use token::container::{Container, Token};
pub use token::container_format::{ContainerError, ContainerFormat};
pub use token::decode_error::DecodeError;
pub use token::delegation::{Delegation, DelegationBuilder};
pub use token::envelope::{InvalidSignature, Parsed, Payload, SignatureProblem, Verified};
pub use token::invocation::{Invocation, InvocationBuilder};
pub use token::kind::{Edition, Kind};
pub use token::nonce::{Nonce, NonceTooLong};
pub use token::proof_cache::ProofCache;
pub use token::receipt::{Outcome, Receipt, ReceiptBuilder};
pub use token::revocation::{Revocation, RevocationBuilder};
pub use token::time::{EmptyBounds, OutOfTime, TimeBounds, Timestamp, TimestampError};

pub use validator::authorization::Authorization;
pub use validator::authorize::{Evidence, authorize};
pub use validator::denial::{Denial, Reason};
pub use validator::revocations::Revocations;
pub use validator::self_test::{Weakened, self_test};

pub use wire::cid::{Cid, ParseCidError};
pub use wire::dag_cbor::{DagCborError, EncodeError, from_dag_cbor, to_dag_cbor};
pub use wire::dag_json::{DagJsonError, from_dag_json, to_dag_json};
pub use wire::fields::FieldError;
pub use wire::limits::{Limit, LimitExceeded, Limits};

pub use ipld_core::ipld::Ipld;
