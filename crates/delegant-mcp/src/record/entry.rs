//! What is kept of one decision?

use std::hash::{BuildHasher as _, RandomState};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One decision on one request, as it is kept.
///
/// It says who asked, on whose authority, and why; in shadow mode also with what arguments, since
/// that is what suggestions are made of. So it is for the operator and nobody else.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Names it: 16 hexadecimal digits, drawn at random.
    pub id: String,
    /// When, in seconds since 1970.
    pub time: u64,
    /// What became of it.
    pub decided: Decided,
    /// `Allowed`, or the code of the refusal.
    pub code: String,
    /// The method of the request.
    pub method: String,
    /// The tool, prompt or resource, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The command that the request stands for, the narrowest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The arguments that the request stands for, as DAG-JSON; only where they are recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Value>,
    /// Who judged: the audience that an invocation must name.
    pub server: String,
    /// Who signed the call, where that is certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoker: Option<String>,
    /// On whose authority, where that is certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Everyone that the authority passed to on its way from the subject, the invoker last; where the chain holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<Link>,
    /// The refusal, explained as to the one who signed the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Value>,
}

impl Entry {
    /// A name for a new entry.
    #[must_use]
    pub fn fresh_id() -> String {
        // Each state has keys of its own from the system's randomness: names need not be secret, only different.
        format!("{:016x}", RandomState::new().hash_one(std::process::id()))
    }
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Decided {
    /// It was allowed, and handed on.
    Allowed,
    /// It was refused.
    Refused,
    /// It would have been refused, and was handed on: shadow mode.
    LetThrough,
}

/// One principal of a chain, and the delegation to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The DID.
    pub principal: String,
    /// The CID.
    pub token: String,
}
