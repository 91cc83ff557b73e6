//! What does a service offer? The document at `/.well-known/ucan`.

use delegant::{Command, Did};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::text;

/// What a service says about itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Discovery {
    /// Who it is: the executor of invocations, and the issuer of receipts.
    #[serde(with = "text")]
    pub did: Did,
    /// What can be asked for.
    pub commands: Vec<Offer>,
    /// How much is accepted.
    pub limits: Bounds,
    /// Where its feed of revocations is, where it has one: an absolute URL, or a path of this origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocations: Option<String>,
    /// Where containers of invocations are sent to, where that is possible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpc: Option<String>,
    /// Where proofs can be left for a later call, where that is possible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deposit: Option<String>,
}

/// A command that can be asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// The command.
    #[serde(with = "text")]
    pub command: Command,
    /// A JSON Schema of its arguments; null where none is published.
    pub arguments: Option<Value>,
    /// How a call is carried: `rpc`, or a method and a path such as `GET /encounters/{patient}`.
    pub carriers: Vec<String>,
}

/// How much is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Bytes of an `Authorization` header.
    pub max_header: usize,
    /// Bytes of a body.
    pub max_body: usize,
    /// Bytes of a container, inflated.
    pub max_container: usize,
    /// Tokens in a container.
    pub max_tokens: usize,
    /// Delegations in a chain.
    pub max_chain: usize,
    /// Seconds between now and the expiration of an invocation.
    pub max_lifetime: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_as_it_went() {
        let document = Discovery {
            did: "did:web:records.example".parse().unwrap(),
            commands: vec![Offer {
                command: "/encounters/read".parse().unwrap(),
                arguments: None,
                carriers: vec!["GET /encounters/{patient}".to_owned()],
            }],
            limits: Bounds {
                max_header: 16_384,
                max_body: 1_048_576,
                max_container: 262_144,
                max_tokens: 64,
                max_chain: 32,
                max_lifetime: 900,
            },
            revocations: Some("/revocations".to_owned()),
            rpc: Some("/ucan".to_owned()),
            deposit: None,
        };
        let json = serde_json::to_string(&document).unwrap();
        assert!(json.starts_with(r#"{"did":"did:web:records.example","commands":[{"command":"/encounters/read","arguments":null,"#));
        assert_eq!(serde_json::from_str::<Discovery>(&json).unwrap(), document);
    }
}
