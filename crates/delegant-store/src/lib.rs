//! What must outlive a request: proofs, revocations and used invocations; and the verifier that asks
//! them.
//!
//! ```
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! use delegant::{Algorithm, Container, ContainerFormat, Invocation, Nonce, SecretKey, Signer};
//! use delegant_store::{Store, Verifier};
//!
//! let service = SecretKey::generate(Algorithm::Ed25519)?;
//! let verifier = Verifier::new(service.did()).store(Store::open("memory:").await?);
//! # let call = Invocation::builder(service.did(), "/ping".parse()?)
//! #     .expiration(verifier.now()?.saturating_add(std::time::Duration::from_secs(60)))
//! #     .sign(&service, Nonce::random()?)?;
//! # let sent = Container::from_iter([call]).encode(ContainerFormat::Base64Url)?;
//! let leave = verifier.check(&sent).await?; // may it be done now?
//! verifier.redeem(&leave).await?;           // once
//! assert_eq!(leave.command().as_str(), "/ping");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A [`Store`] that cannot tell is a [`StoreError`], which is never a verdict: refuse, and say that
//! it is for now. A disk cannot vouch: what comes out of a store is verified as if a stranger had
//! sent it.

mod backend;
mod clock;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod durability;
mod error;
#[cfg(feature = "feed")]
mod follow;
mod gather;
mod known;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod ledger;
mod mark;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "problem")]
mod problem;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod queue;
mod record;
#[cfg(feature = "redis")]
mod redis;
mod refusal;
mod revoked_set;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "redis"))]
mod rows;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;
mod verifier;

pub use backend::{
    Answer, Backend, Entry, Followed, KeptProof, Progress, Proofs, Quota, Record, Redeemed,
    Redemption, RedemptionKey, Redemptions, RevocationLog, Sequence,
};
pub use clock::ClockError;
pub use error::{Full, StoreError};
#[cfg(feature = "follow")]
pub use follow::subscription::Subscription;
#[cfg(feature = "feed")]
pub use follow::{FollowError, Follower, Heard, Problem, snapshot};
pub use gather::{Found, gather};
pub use mark::Mark;
pub use refusal::{Cause, Refusal};
pub use store::Store;
pub use store::revocations::Accepted;
pub use verifier::Verifier;
