//! What did the service answer, and does it stand by it?

use std::fmt;

use bytes::Bytes;
use delegant::{
    Cid, Container, DecodeError, Did, DidKeys, InvalidSignature, Outcome, Parsed, Receipt, Verified,
};
use delegant_http::names::RECEIPT_HEADER;
use delegant_http::{Answer, AnswerError, BodyDigest};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use thiserror::Error;

use crate::agent::Call;
use crate::client::call_error::CallError;
use crate::client::transport::Raw;

/// What a service answered to a request that it allowed: also a handler's own 404, say.
#[derive(Clone)]
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    task: Cid,
    receipt: Option<Verified<Receipt>>,
}

// Headers and body are somebody's data, and a `Debug` ends up in a log.
impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Response")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .field("task", &self.task)
            .field("receipt", &self.receipt)
            .finish_non_exhaustive()
    }
}

impl Response {
    pub(super) fn new(
        raw: Raw,
        call: &Call,
        is_receipt_wanted: bool,
    ) -> Result<Self, ReceiptError> {
        let receipt = if is_receipt_wanted {
            Some(receipt_of(&raw, call)?)
        } else {
            None
        };
        Ok(Self {
            status: raw.status,
            headers: raw.headers,
            body: raw.body,
            task: call.task(),
            receipt,
        })
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body as text; what is not UTF-8 in it is replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as a value.
    ///
    /// # Errors
    /// [`CallError::NotReadable`] where it is no JSON of that shape.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, CallError> {
        serde_json::from_slice(&self.body).map_err(|cause| CallError::NotReadable {
            what: "the body",
            cause: cause.to_string(),
        })
    }

    /// The CID of the task that it answers.
    #[must_use]
    pub const fn task(&self) -> Cid {
        self.task
    }

    /// The receipt, verified, where one was asked for: the service signed that this is the status and the
    /// body with which it answered this task.
    #[must_use]
    pub const fn receipt(&self) -> Option<&Verified<Receipt>> {
        self.receipt.as_ref()
    }
}

fn receipt_of(raw: &Raw, call: &Call) -> Result<Verified<Receipt>, ReceiptError> {
    let mut texts = raw.headers.get_all(RECEIPT_HEADER).iter();
    let (Some(text), None) = (texts.next(), texts.next()) else {
        return Err(ReceiptError::Absent);
    };
    let receipt = check(&Container::decode(text.as_bytes())?, call)?;
    let (answer, is_ok) = match receipt.outcome() {
        Outcome::Ok(value) => (Answer::try_from(value)?, true),
        Outcome::Error(value) => (Answer::try_from(value)?, false),
    };
    let received = Answer {
        status: raw.status.as_u16(),
        body: BodyDigest::of(&raw.body),
    };
    if answer != received || is_ok != (received.status < 400) {
        return Err(ReceiptError::OtherAnswer);
    }
    Ok(receipt)
}

/// The receipt for this call in a container: signed, by its executor, about its task.
pub(super) fn check(container: &Container, call: &Call) -> Result<Verified<Receipt>, ReceiptError> {
    let mut other = ReceiptError::Absent;
    for token in container.invocations() {
        let receipt = Parsed::<Receipt>::decode(token.bytes())?;
        if receipt.unverified().ran() != call.task() {
            other = ReceiptError::OtherTask {
                found: receipt.unverified().ran(),
            };
            continue;
        }
        let executor = call.invocation().executor();
        if receipt.unverified().executor() != executor {
            return Err(ReceiptError::OtherExecutor {
                wanted: executor.clone(),
                found: receipt.unverified().executor().clone(),
            });
        }
        return Ok(receipt.verify(&DidKeys)?);
    }
    Err(other)
}

/// Why a receipt does not stand for an answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// One was asked for, and there is none, or more than one.
    #[error("there is no receipt; ask only services that sign them")]
    Absent,
    /// It is no receipt.
    #[error("the receipt is none: {0}")]
    Decode(#[from] DecodeError),
    /// It is of another task.
    #[error("the receipt is of another task, {found}")]
    OtherTask {
        /// Whose.
        found: Cid,
    },
    /// It is of another executor.
    #[error("the receipt is of {found}, and the call was for {wanted}")]
    OtherExecutor {
        /// Who was called.
        wanted: Did,
        /// Who says that it answered.
        found: Did,
    },
    /// Its signature does not hold.
    #[error("the receipt does not hold: {0}")]
    Signature(#[from] InvalidSignature),
    /// Its outcome is none of a request.
    #[error("the receipt is {0}")]
    NoAnswer(#[from] AnswerError),
    /// It is of another status or body.
    #[error("the receipt is of another status or body than was received")]
    OtherAnswer,
}
