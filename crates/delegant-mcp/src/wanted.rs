//! Which authority does a request want? Its command and arguments, rebuilt from what really came.

use std::collections::BTreeMap;

use delegant::{Command, Invocation, Ipld, to_dag_json};
use delegant_http::NotBound;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::json::{JsonError, Members, to_ipld};
use crate::message::Request;

/// What an invocation must say for a request to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The name of a tool or prompt, the URI of a resource.
    pub name: Option<String>,
    /// The method as a command; none where it has an upper-case letter.
    method: Option<Command>,
    /// The method and the name; none where the name can be no segment.
    named: Option<Command>,
    /// The arguments.
    pub arguments: BTreeMap<String, Ipld>,
}

/// All commands of MCP stand below it.
const ABOVE: &str = "/mcp/";

/// The command that is for every tool.
pub(crate) const TOOL_CALLS: &str = "/mcp/tools/call";

impl Wanted {
    /// What this request wants.
    ///
    /// # Errors
    /// [`NotRebuilt`] where readers could differ on what it says.
    pub fn of(request: &Request<'_>) -> Result<Self, NotRebuilt> {
        let params = Members::of(request.params.unwrap_or("{}"))?;
        let mut arguments = BTreeMap::new();
        for (name, text) in params.iter() {
            let value = match name {
                "_meta" | "inputResponses" => continue,
                "requestState" => digest(text)?,
                _ => to_ipld(text)?,
            };
            arguments.insert(name.to_owned(), value);
        }
        let text = |name: &str| match arguments.get(name) {
            Some(Ipld::String(text)) => Some(text.clone()),
            _ => None,
        };
        let method: Option<Command> = format!("{ABOVE}{}", request.method).parse().ok();
        let is_named = ["tools/call", "prompts/get"].contains(&request.method.as_str());
        let name = text("name").filter(|_| is_named);
        let both = method.as_ref().zip(name.as_deref());
        let named = both.and_then(|(method, name)| named(method, name));
        Ok(Self {
            name: name.or_else(|| text("uri")),
            method,
            named,
            arguments,
        })
    }

    /// The narrowest command that stands for it: the one to sign.
    #[must_use]
    pub fn command(&self) -> Option<&Command> {
        self.named.as_ref().or(self.method.as_ref())
    }

    /// Does this command stand for it?
    #[must_use]
    pub fn is_said_by(&self, command: &Command) -> bool {
        [&self.named, &self.method]
            .into_iter()
            .flatten()
            .any(|own| own == command)
    }

    /// Is it what was signed? `command` is the narrowest one that stands for it.
    ///
    /// # Errors
    /// [`NotBound`] says where they differ.
    pub fn is_what_was_signed(
        &self,
        invocation: &Invocation,
        command: &Command,
    ) -> Result<(), NotBound> {
        if !self.is_said_by(invocation.command()) {
            return Err(NotBound::OtherCommand {
                signed: invocation.command().clone(),
                wanted: command.clone(),
            });
        }
        let signed = invocation.arguments();
        let differs = |name: &str, signed: &Ipld, sent: String| NotBound::Differs {
            name: name.to_owned(),
            signed: Box::new(signed.clone()),
            sent,
        };
        for (name, value) in &self.arguments {
            match signed.get(name) {
                Some(same) if same == value => {}
                Some(other) => return Err(differs(name, other, shown(value))),
                None => {
                    return Err(NotBound::NotSigned {
                        name: name.clone(),
                        sent: shown(value),
                    });
                }
            }
        }
        let left_out = |name: &&String| !self.arguments.contains_key(*name);
        match signed.iter().find(|(name, _)| left_out(name)) {
            None => Ok(()),
            Some((name, value)) => Err(differs(name, value, "nothing of this name".to_owned())),
        }
    }
}

fn shown(value: &Ipld) -> String {
    to_dag_json(value).unwrap_or_else(|_| "a value that has no JSON".to_owned())
}

/// The method and a name as one command, where the name can be a segment of one.
pub(crate) fn named(method: &Command, name: &str) -> Option<Command> {
    let command = (!name.contains('/')).then(|| format!("{method}/{name}"));
    command?.parse().ok()
}

/// The state is the server's, and opaque; what is signed is which one it was.
fn digest(text: &str) -> Result<Ipld, NotRebuilt> {
    match to_ipld(text)? {
        Ipld::String(state) => Ok(Ipld::Bytes(Sha256::digest(state.as_bytes()).to_vec())),
        _ => Err(NotRebuilt::State),
    }
}

/// Why a request says nothing that could be proven.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NotRebuilt {
    /// Its `params` can be read in two ways.
    #[error("`params`: {0}")]
    Json(#[from] JsonError),
    /// Its `requestState` is no text.
    #[error("`params.requestState` is not text")]
    State,
}

#[cfg(test)]
mod tests {
    use delegant::from_dag_json;

    use super::*;
    use crate::message::Message;

    fn of(method: &str, params: &str) -> Result<Wanted, NotRebuilt> {
        let text = format!(r#"{{"id":1,"method":"{method}","params":{params}}}"#);
        let Message::Request(request) = Message::read(&text).unwrap() else {
            panic!("a request");
        };
        Wanted::of(&request)
    }

    #[test]
    fn a_tool_is_a_command_where_it_can_be() {
        for (name, command) in [
            ("read_encounters", "/mcp/tools/call/read_encounters"),
            ("files.read-2", "/mcp/tools/call/files.read-2"),
            ("getSum", "/mcp/tools/call"),
            ("a/b", "/mcp/tools/call"),
            ("", "/mcp/tools/call"),
            ("..", "/mcp/tools/call"),
        ] {
            let wanted = of("tools/call", &format!(r#"{{"name":"{name}"}}"#)).unwrap();
            assert_eq!(wanted.command().unwrap().as_str(), command);
            assert!(wanted.is_said_by(&"/mcp/tools/call".parse().unwrap()));
            assert!(!wanted.is_said_by(&"/mcp/tools".parse().unwrap()));
            assert!(!wanted.is_said_by(&"/mcp/tools/call/other".parse().unwrap()));
        }
    }

    #[test]
    fn every_parameter_is_signed_but_what_the_server_did_not_ask_about() {
        let wanted = of(
            "tools/call",
            r#"{"name":"x","arguments":{"n":1.0,"l":[null,true,1.5]},"task":{"ttl":60},
                "_meta":{"progressToken":7},"inputResponses":{"a":{}},"requestState":"s"}"#,
        );
        let expected = r#"{"name":"x","arguments":{"n":1,"l":[null,true,1.5]},"task":{"ttl":60}}"#;
        let Ipld::Map(mut expected) = from_dag_json(expected).unwrap() else {
            panic!("a map");
        };
        let state = Ipld::Bytes(Sha256::digest(b"s").to_vec());
        expected.insert("requestState".to_owned(), state);
        assert_eq!(wanted.unwrap().arguments, expected);
    }

    #[test]
    fn a_resource_is_named_by_its_uri() {
        let wanted = of("resources/read", r#"{"uri":"file:///a"}"#).unwrap();
        assert_eq!(wanted.name.as_deref(), Some("file:///a"));
        assert_eq!(wanted.command().unwrap().as_str(), "/mcp/resources/read");
    }

    #[test]
    fn a_method_in_upper_case_has_no_command() {
        assert_eq!(of("logging/setLevel", "{}").unwrap().command(), None);
    }

    #[test]
    fn refuses_what_can_be_read_in_two_ways() {
        for params in [
            "[]",
            "7",
            r#"{"name":"a","name":"b"}"#,
            r#"{"name":"a","arguments":{"n":9007199254740993}}"#,
            r#"{"name":"a","arguments":{"p":1,"P":2}}"#,
            r#"{"name":"a","requestState":7}"#,
        ] {
            assert!(of("tools/call", params).is_err(), "{params}");
        }
    }
}
