//! What is a message of JSON-RPC? A request, a notification or a response.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::json::{JsonError, Members, folded};

/// One message, as it was sent.
#[derive(Debug)]
pub enum Message<'a> {
    /// It wants an answer.
    Request(Request<'a>),
    /// It wants none.
    Notification {
        /// What it is about.
        method: String,
    },
    /// It is an answer.
    Response {
        /// To which request; none where that could not be read.
        id: Option<Id>,
        /// What went wrong, as it was written; none where nothing did.
        error: Option<&'a str>,
    },
}

/// A request.
#[derive(Debug)]
pub struct Request<'a> {
    /// The whole message.
    pub text: &'a str,
    /// Names it among those that are not yet answered.
    pub id: Id,
    /// What is to be done.
    pub method: String,
    /// With what, as it was written.
    pub params: Option<&'a str>,
}

/// Names a request; as one receives it, so one sends it back.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Id {
    /// An integer.
    Number(i64),
    /// A text.
    Text(String),
}

impl<'a> Message<'a> {
    /// Reads a message.
    ///
    /// # Errors
    /// [`MessageError`]; a batch is none, as of the revision 2025-06-18.
    pub fn read(text: &'a str) -> Result<Self, MessageError> {
        if text.trim_start().starts_with('[') {
            return Err(MessageError::Batch);
        }
        let members = Members::of(text).map_err(MessageError::Json)?;
        if members.iter().any(|(name, _)| is_misspelled(name)) {
            return Err(MessageError::Spelling);
        }
        let id = members.get("id").map(read_id);
        let Some(method) = members.get("method") else {
            let error = members.get("error");
            if error.is_none() && members.get("result").is_none() {
                return Err(MessageError::Shape);
            }
            let id = id.transpose().unwrap_or_default();
            return Ok(Self::Response { id, error });
        };
        let method: String = serde_json::from_str(method).map_err(|_| MessageError::Shape)?;
        match id {
            None => Ok(Self::Notification { method }),
            Some(id) => Ok(Self::Request(Request {
                text,
                id: id?,
                method,
                params: members.get("params"),
            })),
        }
    }
}

/// Some servers take `Method` for `method`; one that would is not to see what was not looked at.
fn is_misspelled(name: &str) -> bool {
    let known = ["jsonrpc", "id", "method", "params", "result", "error"];
    !known.contains(&name) && known.contains(&folded(name).as_str())
}

/// The request that this message calls off, if it does.
#[cfg(any(feature = "process", feature = "rmcp"))]
pub(crate) fn called_off(message: &str) -> Option<Id> {
    #[derive(Deserialize)]
    struct Cancelled {
        #[serde(rename = "requestId")]
        request: Id,
    }
    let members = Members::of(message).ok()?;
    let method: String = serde_json::from_str(members.get("method")?).ok()?;
    if method != "notifications/cancelled" {
        return None;
    }
    let cancelled: Cancelled = serde_json::from_str(members.get("params")?).ok()?;
    Some(cancelled.request)
}

fn read_id(text: &str) -> Result<Id, MessageError> {
    serde_json::from_str(text).map_err(|_| MessageError::Id)
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Text(text) => write!(formatter, "{}", Value::from(text.as_str())),
        }
    }
}

/// Why a text is not a message.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MessageError {
    /// Not JSON, or with a name twice.
    #[error("not a message of JSON-RPC: {0}")]
    Json(#[source] JsonError),
    /// Several in one.
    #[error("a batch; send the messages one by one")]
    Batch,
    /// It has no `method`, `result` or `error`.
    #[error("not a message of JSON-RPC: no `method` that is text, no `result`, no `error`")]
    Shape,
    /// A member of JSON-RPC in other letters, such as `Method`.
    #[error(
        "a member of JSON-RPC in upper case; write `jsonrpc`, `id`, `method`, `params`, `result`, `error`"
    )]
    Spelling,
    /// Its `id` is neither text nor integer.
    #[error("an `id` that is neither text nor an integer")]
    Id,
    /// Not UTF-8.
    #[error("not a message of JSON-RPC: not UTF-8")]
    NotText,
    /// More bytes than are read.
    #[error("a message of more than {maximum} bytes")]
    TooLarge {
        /// So many are.
        maximum: usize,
    },
}

impl MessageError {
    /// The code that JSON-RPC has for it.
    #[must_use]
    pub const fn code(&self) -> i32 {
        match self {
            Self::Json(_) | Self::NotText => -32700,
            _ => -32600,
        }
    }

    /// The answer to who sent it; the request it answers could not be read.
    #[must_use]
    pub fn answer(&self) -> String {
        failure(None, self.code(), &self.to_string(), None)
    }
}

/// An answer that says what went wrong.
#[must_use]
pub fn failure(id: Option<&Id>, code: i32, message: &str, data: Option<Value>) -> String {
    let mut error = serde_json::json!({ "code": code, "message": message });
    if let (Some(data), Some(error)) = (data, error.as_object_mut()) {
        error.insert("data".to_owned(), data);
    }
    let id = id.map_or_else(|| "null".to_owned(), Id::to_string);
    format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{error}}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_a_method_and_an_id() {
        let Message::Request(request) =
            Message::read(r#"{"jsonrpc":"2.0","id":"a","method":"ping","params":{ }}"#).unwrap()
        else {
            panic!("a request");
        };
        assert_eq!(
            (request.id.to_string(), request.params),
            ("\"a\"".to_owned(), Some("{ }"))
        );
    }

    #[test]
    fn what_has_no_id_is_a_notification_whatever_it_is_called() {
        let read = Message::read(r#"{"method":"tools/call","params":{}}"#).unwrap();
        assert!(matches!(read, Message::Notification { method } if method == "tools/call"));
    }

    #[test]
    fn an_answer_may_lack_its_id() {
        let read = Message::read(r#"{"id":null,"error":{"code":1}}"#).unwrap();
        assert!(matches!(
            read,
            Message::Response {
                id: None,
                error: Some(_)
            }
        ));
        let read = Message::read(r#"{"id":7,"result":{}}"#).unwrap();
        assert!(matches!(
            read,
            Message::Response {
                id: Some(Id::Number(7)),
                error: None
            }
        ));
    }

    #[test]
    fn refuses_what_is_no_message() {
        for (text, code) in [
            ("", -32700),
            ("{", -32700),
            ("7", -32700),
            ("[]", -32600),
            (r#" [{"id":1,"method":"ping"}]"#, -32600),
            ("{}", -32600),
            (r#"{"id":1,"method":7}"#, -32600),
            (r#"{"id":null,"method":"ping"}"#, -32600),
            (r#"{"id":1.5,"method":"ping"}"#, -32600),
            (r#"{"id":[],"method":"ping"}"#, -32600),
            (r#"{"id":1,"id":2,"method":"ping"}"#, -32700),
            (r#"{"id":1,"Method":"tools/call","result":{}}"#, -32600),
            (r#"{"ID":1,"method":"notifications/x"}"#, -32600),
            (r#"{"id":1,"method":"ping","method":"tools/call"}"#, -32700),
        ] {
            let error = Message::read(text).unwrap_err();
            assert_eq!(error.code(), code, "{text}: {error}");
            assert!(serde_json::from_str::<Value>(&error.answer()).is_ok());
        }
    }
}
