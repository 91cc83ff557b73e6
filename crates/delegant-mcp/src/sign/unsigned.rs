//! What does a client hear where nothing was signed?

use crate::message::{Request, failure};

/// Why a request was not signed.
pub(super) struct Unsigned {
    pub(super) code: String,
    pub(super) message: String,
    /// Of a call, which nobody but its caller can prove.
    pub(super) is_of_a_call: bool,
}

impl Unsigned {
    pub(super) fn answer(&self, request: &Request<'_>) -> String {
        let message = format!("not sent ({}): {}", self.code, self.message);
        let data = serde_json::json!({ "code": self.code });
        failure(Some(&request.id), UNSIGNED, &message, Some(data))
    }
}

/// As if the server had refused: it would.
pub(super) const UNSIGNED: i32 = -31_403;
