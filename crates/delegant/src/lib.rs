//! Capability tokens for people and the agents that act for them.

mod capability;
mod identity;
mod wire;

pub use capability::command::{Command, ParseCommandError};
pub use capability::evaluate::{Fuel, Truth};
pub use capability::explanation::Explanation;
pub use capability::glob::{Glob, ParseGlobError};
pub use capability::number::Number;
pub use capability::policy::{self, Policy, PolicyError, PolicyProblem};
pub use capability::selector::{ParseSelectorError, Selector};
pub use capability::statement::{Comparison, Statement};
pub use capability::subject::Subject;
pub use identity::did::{Did, DidKeys, Keys, ParseDidError};
pub use identity::key::{
    Algorithm, BadSignature, ParseKeyError, PublicKey, RandomError, SecretKey, VerifyingKey,
};
pub use identity::signer::{SigPayload, SignError, Signer};
pub use wire::cid::{Cid, ParseCidError};
pub use wire::dag_cbor::{DagCborError, EncodeError, from_dag_cbor, to_dag_cbor};
pub use wire::dag_json::{DagJsonError, from_dag_json, to_dag_json};
pub use wire::limits::{Limit, LimitExceeded, Limits};
