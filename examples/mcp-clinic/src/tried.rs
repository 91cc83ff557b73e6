//! What can come of a call?

use serde_json::Value;

use crate::Failure;

/// What came of a call.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The result, as the server gave it.
    Answer(Value),
    /// The code, and the reason in one line.
    Refused { code: String, why: String },
}

impl Outcome {
    /// Reads an answer of JSON-RPC.
    pub(crate) fn of(answer: &Value) -> Result<Self, Failure> {
        if let Some(error) = answer.get("error") {
            let said = error.get("message").and_then(Value::as_str);
            let code = error
                .get("data")
                .and_then(|data| data.get("code")?.as_str());
            return Ok(Self::Refused {
                code: code.unwrap_or("none").to_owned(),
                why: said.unwrap_or_default().to_owned(),
            });
        }
        let result = answer.get("result").ok_or("neither result nor error")?;
        let outcome = Self::Answer(result.clone());
        Ok(match result.get("isError").and_then(Value::as_bool) {
            Some(true) => Self::Refused {
                code: TOLD.to_owned(),
                why: outcome.text().to_owned(),
            },
            _ => outcome,
        })
    }

    /// The text of a result.
    pub(crate) fn text(&self) -> &str {
        let Self::Answer(result) = self else {
            return "";
        };
        let text = result.pointer("/content/0/text");
        text.and_then(Value::as_str).unwrap_or_default()
    }

    /// A member of the structured result.
    pub(crate) fn member(&self, name: &str) -> Option<&str> {
        let Self::Answer(result) = self else {
            return None;
        };
        result.get("structuredContent")?.get(name)?.as_str()
    }
}

/// Stands for a code where a tool says in a result that it failed.
pub(crate) const TOLD: &str = "isError";
