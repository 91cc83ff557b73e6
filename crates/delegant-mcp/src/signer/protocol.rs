//! How are a question to a signer and its answer written down?

use std::collections::BTreeMap;
use std::time::Duration;

use delegant::{Command, Did, Ipld, from_dag_json, to_dag_json};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::hand::Wish;
use crate::signer::error::SignerError;

/// Of a line, in bytes. No arguments fit into a token that are longer.
pub(super) const LONGEST: u64 = 1024 * 1024;

/// The only version that there is.
const VERSION: u8 = 1;

/// No invocation lives for longer.
const LIFETIME: Duration = Duration::from_secs(60);

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Question {
    /// The DID of the key.
    Who,
    /// An invocation.
    Invoke(Wish),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    v: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    who: Option<bool>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    invoke: Option<Invoke<'a>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Invoke<'a> {
    subject: String,
    command: String,
    /// DAG-JSON, which has forms that JSON alone does not read.
    #[serde(borrow)]
    arguments: &'a RawValue,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    audience: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seconds: Option<u64>,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Reply {
    Signed { did: String, ctn: String },
    Known { did: String },
    Refused { error: Refusal },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Refusal {
    pub(super) code: String,
    pub(super) message: String,
}

impl Reply {
    pub(super) fn refused(code: &str, message: impl ToString) -> Self {
        Self::Refused {
            error: Refusal {
                code: code.to_owned(),
                message: message.to_string(),
            },
        }
    }

    /// One line.
    pub(super) fn line(&self) -> Vec<u8> {
        // Texts always have a JSON form.
        let mut line = serde_json::to_vec(self).unwrap_or_default();
        line.push(b'\n');
        line
    }
}

impl Question {
    /// One line.
    ///
    /// # Errors
    /// [`SignerError::Arguments`] for what has no DAG-JSON form.
    pub(super) fn line(&self) -> Result<Vec<u8>, SignerError> {
        let arguments;
        let line = match self {
            Self::Who => Line {
                v: VERSION,
                who: Some(true),
                invoke: None,
            },
            Self::Invoke(wish) => {
                let text = to_dag_json(&Ipld::Map(wish.arguments.clone()))?;
                arguments = RawValue::from_string(text).map_err(|_| SignerError::Answer)?;
                Line {
                    v: VERSION,
                    who: None,
                    invoke: Some(Invoke {
                        subject: wish.subject.to_string(),
                        command: wish.command.to_string(),
                        arguments: &arguments,
                        audience: Some(wish.audience.to_string()),
                        seconds: Some(wish.lifetime.as_secs()),
                    }),
                }
            }
        };
        let mut line = serde_json::to_vec(&line).map_err(|_| SignerError::Answer)?;
        line.push(b'\n');
        Ok(line)
    }

    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong with it, for whoever wrote it.
    pub(super) fn read(line: &[u8]) -> Result<Self, String> {
        let line: Line<'_> =
            serde_json::from_slice(line).map_err(|cause| format!("not a question: {cause}"))?;
        if line.v != VERSION {
            return Err(format!(
                "version {} is not known; this is {VERSION}",
                line.v
            ));
        }
        match (line.who, line.invoke) {
            (Some(true), None) => Ok(Self::Who),
            (None, Some(invoke)) => invoke.read().map(Self::Invoke),
            _ => Err("ask either `who` or `invoke`".to_owned()),
        }
    }
}

impl Invoke<'_> {
    fn read(self) -> Result<Wish, String> {
        let did = |name: &str, text: &str| {
            text.parse::<Did>()
                .map_err(|cause| format!("`{name}`: not a DID: {cause}"))
        };
        let subject = did("subject", &self.subject)?;
        let command: Command = self
            .command
            .parse()
            .map_err(|cause| format!("`command`: {cause}"))?;
        let audience = match &self.audience {
            Some(audience) => did("audience", audience)?,
            None => subject.clone(),
        };
        let lifetime = self.seconds.map_or(LIFETIME, Duration::from_secs);
        if lifetime.is_zero() || lifetime > LIFETIME {
            return Err(format!("`seconds` is from 1 to {}", LIFETIME.as_secs()));
        }
        Ok(Wish {
            subject,
            command,
            arguments: arguments(self.arguments.get())?,
            audience,
            lifetime,
        })
    }
}

fn arguments(text: &str) -> Result<BTreeMap<String, Ipld>, String> {
    match from_dag_json(text) {
        Ok(Ipld::Map(map)) => Ok(map),
        Ok(_) => Err("`arguments` is not an object".to_owned()),
        Err(cause) => Err(format!("`arguments`: {cause}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DID: &str = "did:web:a.example";

    fn wish(arguments: Ipld) -> Wish {
        let Ipld::Map(arguments) = arguments else {
            panic!("a map");
        };
        Wish {
            subject: DID.parse().unwrap(),
            command: "/mcp/tools/call/x".parse().unwrap(),
            arguments,
            audience: "did:web:b.example".parse().unwrap(),
            lifetime: LIFETIME,
        }
    }

    #[test]
    fn a_question_is_read_as_it_was_asked() {
        let arguments = Ipld::Map(
            [
                ("name".to_owned(), "x".into()),
                ("state".to_owned(), Ipld::Bytes(vec![0, 255])),
                ("half".to_owned(), Ipld::Float(0.5)),
                ("one".to_owned(), Ipld::Float(1.0)),
                ("text".to_owned(), "two\nlines \u{2028}".into()),
            ]
            .into(),
        );
        for question in [Question::Who, Question::Invoke(wish(arguments))] {
            let line = question.line().unwrap();
            assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
            assert_eq!(Question::read(&line).unwrap(), question);
        }
    }

    #[test]
    fn what_has_no_form_is_not_asked() {
        let reserved = Ipld::Map([("/".to_owned(), 1.into())].into());
        let question = Question::Invoke(wish(reserved));
        assert!(matches!(question.line(), Err(SignerError::Arguments(_))));
    }

    #[test]
    fn says_what_is_wrong_with_a_question() {
        let invoke = |rest: &str| {
            format!(
                r#"{{"v":1,"invoke":{{"subject":"{DID}","command":"/x","arguments":{{}}{rest}}}}}"#
            )
        };
        assert!(Question::read(invoke("").as_bytes()).is_ok());
        assert!(Question::read(invoke(r#","seconds":60"#).as_bytes()).is_ok());
        for (line, says) in [
            (String::new(), "not a question"),
            ("\u{0}".to_owned(), "not a question"),
            (r#"{"v":2,"who":true}"#.to_owned(), "version 2"),
            (r#"{"v":1}"#.to_owned(), "either"),
            (r#"{"v":1,"who":false}"#.to_owned(), "either"),
            (r#"{"v":1,"sign":"AAAA"}"#.to_owned(), "sign"),
            (invoke(r#","seconds":61"#), "seconds"),
            (invoke(r#","seconds":0"#), "seconds"),
            (invoke(r#","nonce":"AAAA""#), "nonce"),
            (invoke(r#","audience":"bob""#), "audience"),
            (invoke("").replace("{}", "[]"), "arguments"),
            (invoke("").replace("/x", "x"), "command"),
        ] {
            let error = Question::read(line.as_bytes()).unwrap_err();
            assert!(error.contains(says), "{line}: {error}");
        }
    }
}
