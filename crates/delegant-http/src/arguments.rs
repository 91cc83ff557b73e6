//! How do a command's arguments become a Rust value, and back?

use std::collections::BTreeMap;

use delegant::{Command, Ipld, ParseCommandError};
use ipld_core::serde::{SerdeError, to_ipld};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// The arguments of one command, typed.
///
/// ```
/// use delegant_http::Arguments;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct ReadEncounters { patient: String, since: Option<i64> }
///
/// impl Arguments for ReadEncounters { const COMMAND: &'static str = "/encounters/read"; }
///
/// let signed = [("patient".to_owned(), "p-17".into())].into();
/// assert_eq!(ReadEncounters::from_arguments(&signed)?.since, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The command is written in ASCII. One that is none does not compile where a route asks for it.
pub trait Arguments: Serialize + DeserializeOwned + Send + 'static {
    /// The command, such as `/encounters/read`.
    const COMMAND: &'static str;

    /// The command, read.
    ///
    /// # Errors
    /// [`ParseCommandError`] where the constant is no command.
    fn command() -> Result<Command, ParseCommandError> {
        Self::COMMAND.parse()
    }

    /// A JSON Schema of the arguments, for the discovery document; none unless overridden.
    #[must_use]
    fn schema() -> Option<serde_json::Value> {
        None
    }

    /// Reads signed arguments.
    ///
    /// What the type does not know is refused, as is what has another type: a restriction or wish
    /// of the signer that nobody reads would be ignored in silence.
    ///
    /// # Errors
    /// [`ArgumentsError`] names the argument.
    fn from_arguments(arguments: &BTreeMap<String, Ipld>) -> Result<Self, ArgumentsError> {
        let mut unknown = None;
        let mut note = |path: serde_ignored::Path<'_>| {
            unknown.get_or_insert_with(|| path.to_string());
        };
        let value = Ipld::Map(arguments.clone());
        let value = serde_ignored::Deserializer::new(value, &mut note);
        let read =
            serde_path_to_error::deserialize(value).map_err(|error| ArgumentsError::Mismatch {
                name: error.path().to_string(),
                wanted: wanted(&error.inner().to_string()),
            })?;
        match unknown {
            Some(name) => Err(ArgumentsError::Unknown { name }),
            None => Ok(read),
        }
    }

    /// Writes the arguments, for an invocation.
    ///
    /// # Errors
    /// [`ArgumentsError`] where the value is no map in the data model.
    fn to_arguments(&self) -> Result<BTreeMap<String, Ipld>, ArgumentsError> {
        match to_ipld(self) {
            Ok(Ipld::Map(arguments)) => Ok(arguments),
            Ok(_) => Err(ArgumentsError::NotAMap),
            Err(cause) => Err(ArgumentsError::Write(cause)),
        }
    }
}

/// Serde's message without the value that it quotes: the value is the caller's, and errors reach logs.
fn wanted(message: &str) -> String {
    let message = message.strip_prefix("serde error: ").unwrap_or(message);
    if message.starts_with("missing field `") {
        return message.to_owned();
    }
    if let Some((kind, _)) = message
        .strip_prefix("Only `Ipld::")
        .and_then(|rest| rest.split_once('`'))
    {
        return format!("expected {}", kind.to_ascii_lowercase());
    }
    if let Some(kind) = message.strip_prefix("`Ipld::Integer` value was bigger than ") {
        return format!("expected {kind}");
    }
    let quoting = [
        "invalid type: ",
        "invalid value: ",
        "invalid length ",
        "unknown variant `",
    ];
    // What stands behind the last one is the type's own word.
    match message.rsplit_once(", expected ") {
        Some((before, wanted)) if quoting.iter().any(|start| before.starts_with(start)) => {
            format!("expected {wanted}")
        }
        _ => "its type does not accept it".to_owned(),
    }
}

/// Why arguments are not those of a command.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ArgumentsError {
    /// An argument is missing or of another type.
    #[error("argument `{name}`: {wanted}")]
    Mismatch {
        /// Which, as a path; `.` for all of them.
        name: String,
        /// What was expected.
        wanted: String,
    },
    /// An argument that the command does not have.
    #[error("the command has no argument `{name}`; leave it out")]
    Unknown {
        /// Which, as a path.
        name: String,
    },
    /// The Rust type does not serialize to a map.
    #[error("the arguments of a command are a struct or a map with texts for keys")]
    NotAMap,
    /// The Rust value has no form in the data model.
    #[error("the arguments cannot be written: {0}")]
    Write(#[source] SerdeError),
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::body_digest::BodyDigest;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Read {
        patient: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        most: Option<u8>,
        range: Range,
        body: Option<BodyDigest>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Range {
        from: i64,
    }

    impl Arguments for Read {
        const COMMAND: &'static str = "/read";
    }

    fn signed(entries: &[(&str, Ipld)]) -> BTreeMap<String, Ipld> {
        let entries = entries.iter().cloned();
        entries
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    fn range() -> Ipld {
        Ipld::Map(signed(&[("from", Ipld::Integer(1))]))
    }

    #[test]
    fn come_back_as_they_went() {
        let call = Read {
            patient: "p-17".to_owned(),
            most: Some(3),
            range: Range { from: -1 },
            body: Some(BodyDigest::of(b"body")),
        };
        let written = call.to_arguments().unwrap();
        assert!(matches!(written["body"], Ipld::Bytes(_)));
        assert_eq!(Read::from_arguments(&written).unwrap(), call);
    }

    #[test]
    fn name_what_is_missing_or_mistyped_without_its_value() {
        for (arguments, error) in [
            (
                signed(&[("range", range())]),
                "argument `.`: missing field `patient`",
            ),
            (
                signed(&[("patient", "secret".into()), ("range", "secret".into())]),
                "argument `range`: expected map",
            ),
            (
                signed(&[
                    ("patient", "secret".into()),
                    ("range", Ipld::Map(signed(&[("from", "secret".into())]))),
                ]),
                "argument `range.from`: expected integer",
            ),
            (
                signed(&[
                    ("patient", "secret".into()),
                    ("range", range()),
                    ("most", Ipld::Integer(256)),
                ]),
                "argument `most`: expected `u8`",
            ),
            (
                signed(&[
                    ("patient", "secret".into()),
                    ("range", range()),
                    ("body", Ipld::Bytes(vec![1; 31])),
                ]),
                "argument `body`: expected the 32 bytes of a SHA-256",
            ),
        ] {
            assert_eq!(
                Read::from_arguments(&arguments).unwrap_err().to_string(),
                error
            );
        }
    }

    #[test]
    fn refuse_what_the_type_does_not_know_at_any_depth() {
        let extra = signed(&[
            ("patient", "p".into()),
            ("range", range()),
            ("only", "x".into()),
        ]);
        let error = Read::from_arguments(&extra).unwrap_err();
        assert!(matches!(error, ArgumentsError::Unknown { name } if name == "only"));
        let inner = signed(&[("from", Ipld::Integer(1)), ("until", Ipld::Integer(2))]);
        let deep = signed(&[("patient", "p".into()), ("range", Ipld::Map(inner))]);
        let error = Read::from_arguments(&deep).unwrap_err();
        assert!(matches!(error, ArgumentsError::Unknown { name } if name == "range.until"));
    }
}
