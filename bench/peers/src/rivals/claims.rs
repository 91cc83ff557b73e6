//! What does an authorization server say of a token? The same in a JWT and in an introspection response.

use serde::{Deserialize, Serialize};

use crate::rival::{Failure, refuse};
use crate::story::{CODE_PREFIX, COMMAND, Call, PATIENT, limit};

/// The authorization server.
pub(crate) const ISSUER: &str = "https://as.hospital.example";

/// The server that the token is for.
pub(crate) const AUDIENCE: &str = "https://records.hospital.example";

/// Another one.
pub(crate) const OTHER_AUDIENCE: &str = "https://records.elsewhere.example";

/// Claims after a token exchange (RFC 8693, section 4.1, and RFC 9396, section 2).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) aud: String,
    pub(crate) sub: String,
    pub(crate) exp: u64,
    pub(crate) iat: u64,
    pub(crate) jti: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) act: Option<Box<Actor>>,
    pub(crate) authorization_details: Vec<Detail>,
}

/// Who acts, and for whom that one acted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Actor {
    pub(crate) sub: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) act: Option<Box<Self>>,
}

/// What may be done: what is left after every exchange has narrowed it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Detail {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) patient: String,
    pub(crate) code_prefix: String,
    pub(crate) limit: i32,
}

impl Claims {
    /// After so many exchanges; naming the actors, or not.
    pub(crate) fn new(hops: usize, copy: usize, exp: u64, iat: u64, names_actors: bool) -> Self {
        let mut act = None;
        for hop in 1..=hops {
            act = Some(Box::new(Actor {
                sub: format!("https://agent-{hop:02}.example"),
                act,
            }));
        }
        Self {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: format!("https://hospital.example/staff/{copy:02}"),
            exp,
            iat,
            jti: format!("{copy:032x}"),
            act: act.filter(|_| names_actors),
            authorization_details: vec![Detail {
                kind: COMMAND.to_owned(),
                patient: PATIENT.to_owned(),
                code_prefix: CODE_PREFIX.to_owned(),
                limit: limit(hops.saturating_sub(1)),
            }],
        }
    }

    /// Do the details allow this call?
    pub(crate) fn allow(&self, call: &Call) -> Result<(), Failure> {
        let is_allowed = self.authorization_details.iter().any(|detail| {
            detail.kind == call.command
                && detail.patient == call.patient
                && call.code.starts_with(&detail.code_prefix)
                && call.limit <= detail.limit
        });
        if is_allowed {
            Ok(())
        } else {
            Err(refuse("no detail allows this call"))
        }
    }
}
