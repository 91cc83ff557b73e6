//! Which request, to the letter? Calls that are an ordinary request and nothing more.
//!
//! The command says the method (`/http/get`), the arguments say host, path, query and body; a policy
//! can then be about paths, and the server needs to know no commands.

use std::collections::BTreeMap;

use delegant::{Command, Ipld, ParseCommandError};
use serde::{Deserialize, Serialize};

use crate::arguments::Arguments;
use crate::binding::Request;
use crate::body_digest::BodyDigest;
use crate::names::PLAIN_COMMANDS;

/// The command for a method: `/http/` and the method in lower case.
///
/// # Errors
/// [`ParseCommandError`] where no command has this name.
pub fn command(method: &str) -> Result<Command, ParseCommandError> {
    format!("{PLAIN_COMMANDS}{}", method.to_ascii_lowercase()).parse()
}

/// The arguments that stand for this request.
#[must_use]
pub fn arguments(request: &Request<'_>) -> BTreeMap<String, Ipld> {
    let mut arguments = BTreeMap::from([
        ("host".to_owned(), Ipld::String(host(request.authority))),
        ("path".to_owned(), Ipld::String(request.path.to_owned())),
        ("query".to_owned(), Ipld::String(request.query.to_owned())),
    ]);
    if let Some(body) = request.body {
        arguments.insert("body".to_owned(), body.into());
    }
    arguments
}

/// An authority as it is signed: in lower case.
pub(crate) fn host(authority: &str) -> String {
    authority.to_ascii_lowercase()
}

macro_rules! methods {
    ($($name:ident $command:literal $method:literal;)*) => { $(
        #[doc = concat!("The arguments of a plain `", $method, "`.")]
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            /// The authority, in lower case: `records.example` or `records.example:8443`.
            pub host: String,
            /// The path as sent, percent-encoded.
            pub path: String,
            /// The query as sent, without its `?`; empty where there is none.
            pub query: String,
            /// The digest of the body; none where it is empty.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub body: Option<BodyDigest>,
        }

        impl Arguments for $name {
            const COMMAND: &'static str = $command;
        }
    )* };
}

methods! {
    Get "/http/get" "GET";
    Head "/http/head" "HEAD";
    Post "/http/post" "POST";
    Put "/http/put" "PUT";
    Patch "/http/patch" "PATCH";
    Delete "/http/delete" "DELETE";
}
