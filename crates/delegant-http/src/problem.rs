//! How is a refusal said? Problem documents. RFC 9457.

use delegant::{Cid, Ipld};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;

use crate::explained::Explained;

/// A problem document: why a call was refused, for a program (`code`) and for a person.
///
/// `detail` and `explanation` are there for the one who signed the call. Anyone else gets the code.
///
/// ```
/// use delegant_http::Problem;
///
/// let problem = Problem::new(409, "Replayed");
/// let read = Problem::from_json(problem.to_json().as_bytes())?;
/// assert_eq!((read.status(), read.code()), (409, "Replayed"));
/// # Ok::<(), delegant_http::ProblemError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Problem {
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "cids")]
    missing: Vec<Cid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Explained>,
}

/// Before the code in `type`.
const KIND: &str = "urn:delegant:problem:";
const LONGEST_CODE: usize = 64;

impl Problem {
    /// A problem with this status and code, and a title that follows from the code.
    #[must_use]
    pub fn new(status: u16, code: &str) -> Self {
        Self {
            kind: format!("{KIND}{code}"),
            title: title(code).to_owned(),
            status,
            code: code.to_owned(),
            detail: None,
            missing: Vec::new(),
            explanation: None,
        }
    }

    /// Says more, in a sentence for the one who signed the call.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Names the proofs that are to be sent along.
    #[must_use]
    pub fn with_missing(mut self, missing: Vec<Cid>) -> Self {
        self.missing = missing;
        self
    }

    /// Explains, for the one who signed the call.
    #[must_use]
    pub fn with_explanation(mut self, explanation: Explained) -> Self {
        self.explanation = Some(explanation);
        self
    }

    /// Is it the refusal of a call? Services have problems of their own as well; the `type` tells.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.kind.starts_with(KIND)
    }

    /// The status of the response.
    #[must_use]
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The name of the refusal, such as `MatchError`.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The name of the refusal, in words.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What is wrong with this call.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// The proofs that the server lacks; the same invocation may be sent again with them.
    #[must_use]
    pub fn missing(&self) -> &[Cid] {
        &self.missing
    }

    /// What met what, and how to mend it.
    #[must_use]
    pub const fn explanation(&self) -> Option<&Explained> {
        self.explanation.as_ref()
    }

    /// The document.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Texts, numbers and trees of JSON: nothing that could fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The document as a value of the data model: what a receipt says of a call that was refused.
    #[must_use]
    pub fn to_ipld(&self) -> Ipld {
        ipld_core::serde::to_ipld(self).unwrap_or(Ipld::Null)
    }

    /// Reads a document from the outcome of a receipt.
    ///
    /// # Errors
    /// [`ProblemError`]; the outcome may be an error of the command's own.
    pub fn from_ipld(value: &Ipld) -> Result<Self, ProblemError> {
        let json = serde_json::to_vec(value).map_err(ProblemError::Json)?;
        Self::from_json(&json)
    }

    /// Reads a document. Members that we do not know are passed over, as the RFC asks.
    ///
    /// # Errors
    /// [`ProblemError`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, ProblemError> {
        let read: Read = serde_json::from_slice(bytes).map_err(ProblemError::Json)?;
        if !(400..600).contains(&read.status) {
            return Err(ProblemError::Status { found: read.status });
        }
        let is_code = (1..=LONGEST_CODE).contains(&read.code.len())
            && read.code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_code {
            return Err(ProblemError::Code);
        }
        Ok(Self {
            kind: read.kind,
            title: read.title,
            status: read.status,
            code: read.code,
            detail: read.detail,
            missing: read.missing,
            explanation: read.explanation,
        })
    }
}

#[derive(Deserialize)]
struct Read {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    title: String,
    status: u16,
    code: String,
    detail: Option<String>,
    #[serde(default, deserialize_with = "read_cids")]
    missing: Vec<Cid>,
    explanation: Option<Explained>,
}

fn cids<S: serde::Serializer>(cids: &[Cid], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(cids.iter().map(Cid::to_string))
}

fn read_cids<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Cid>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let read = |text: &String| text.parse().map_err(D::Error::custom);
    texts.iter().map(read).collect()
}

/// The codes in words.
fn title(code: &str) -> &str {
    match code {
        "NoToken" => "The call carries no UCAN",
        "Malformed" => "What was sent is no UCAN container",
        "UnsupportedAlgorithm" => "A key or signature of an algorithm that is not read here",
        "UnsupportedVersion" => "A token of a version that is not read here",
        "LimitExceeded" => "The call is larger than the limits here",
        "InvalidSignature" => "A token was not signed by its issuer",
        "Expired" => "The time of a token is over",
        "TooEarly" => "The time of a token has not come",
        "UnavailableProof" => "A proof is not at hand; send it along",
        "InvalidClaim" => "The proofs do not prove it",
        "InvalidSubject" => "A proof is about another subject",
        "InvalidAudience" => "A token was given to somebody else",
        "MatchError" => "A policy does not allow these arguments",
        "CommandNotCovered" => "A proof does not cover the command",
        "UnresolvedPromise" => "An argument waits for the outcome of another task",
        "Revoked" => "A proof was revoked",
        "RefusedPrincipal" => "A principal in the chain is refused here",
        "Replayed" => "The invocation was used before; sign a new one",
        "LifetimeTooLong" => "The invocation lives too long; sign one that expires sooner",
        "NotBound" => "The request is not the one that was signed",
        "InvalidArguments" => "The arguments are not those of the command",
        "NotServed" => "The subject's resources are not served here",
        "NoRule" => "There is no rule for this tool",
        "UnknownCommand" => "The command is not served here",
        "RevocationStale" => "What is known here of revocations is too old",
        "TooLarge" => "The body is too large",
        "Busy" => "Too many calls at once; try again",
        "Unavailable" => "It could not be found out whether the call may be done; try again",
        "Internal" => "Something went wrong here",
        other => other,
    }
}

/// Why bytes are no problem document of ours.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProblemError {
    /// Not JSON of this shape.
    #[error("not a problem document: {0}")]
    Json(#[source] serde_json::Error),
    /// Not the status of a refusal.
    #[error("a problem has a status from 400 to 599, not {found}")]
    Status {
        /// The status.
        found: u16,
    },
    /// Not a name.
    #[error("the code of a problem is up to {LONGEST_CODE} letters and digits")]
    Code,
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let problem = Problem::new(403, "UnavailableProof")
            .with_detail("its proof is not at hand")
            .with_missing(vec![Cid::of(b"a"), Cid::of(b"b")])
            .with_explanation(Explained {
                token: Some(Cid::of(b"c")),
                found: Some(Value::from(17)),
                ..Explained::default()
            });
        let read = Problem::from_json(problem.to_json().as_bytes()).unwrap();
        assert_eq!(read, problem);
        assert_eq!(Problem::from_ipld(&problem.to_ipld()).unwrap(), problem);
    }

    #[test]
    fn says_nothing_that_it_was_not_told() {
        assert_eq!(
            Problem::new(401, "NoToken").to_json(),
            r#"{"type":"urn:delegant:problem:NoToken","title":"The call carries no UCAN","status":401,"code":"NoToken"}"#
        );
    }

    #[test]
    fn passes_over_what_it_does_not_know() {
        let read = Problem::from_json(br#"{"status":403,"code":"Other","instance":"/x"}"#);
        assert_eq!(read.unwrap().code(), "Other");
    }

    #[test]
    fn of_a_service_itself_is_no_refusal_of_a_call() {
        let own = br#"{"type":"https://records.example/full","status":409,"code":"Full"}"#;
        assert!(!Problem::from_json(own).unwrap().is_refusal());
        assert!(Problem::new(409, "Replayed").is_refusal());
    }

    #[test]
    fn is_refused_where_it_is_none() {
        for text in [
            "",
            "[]",
            r#"{"status":403}"#,
            r#"{"status":200,"code":"Fine"}"#,
            r#"{"status":403,"code":""}"#,
            r#"{"status":403,"code":"a\u001b[2J"}"#,
            r#"{"status":403,"code":"X","missing":["x"]}"#,
        ] {
            assert!(Problem::from_json(text.as_bytes()).is_err(), "{text}");
        }
    }
}
