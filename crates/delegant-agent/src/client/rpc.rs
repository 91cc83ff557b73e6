//! How is a call sent as itself? RPC: a container in, a receipt out.

use std::collections::HashSet;

use delegant::{Cid, Container, Did, Ipld, Outcome, Receipt, Verified, to_dag_json};
use delegant_http::names::{CONTAINER_TYPE, RPC_PATH};
use delegant_http::{Arguments, Problem};
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use crate::agent::{Ask, Call};
use crate::client::Client;
use crate::client::call_error::{CallError, Refusal};
use crate::client::exchange::{Parts, Way};
use crate::client::response::{ReceiptError, check};
use crate::client::transport::Raw;

/// What came of a call, as its executor signed it.
#[derive(Debug, Clone)]
pub struct Done {
    receipt: Verified<Receipt>,
}

impl Done {
    /// The receipt, verified.
    #[must_use]
    pub const fn receipt(&self) -> &Verified<Receipt> {
        &self.receipt
    }

    /// What it led to: the value or, of a failure, the reason.
    #[must_use]
    pub fn value(&self) -> &Ipld {
        match self.receipt.outcome() {
            Outcome::Ok(value) | Outcome::Error(value) => value,
        }
    }

    /// The value as a Rust value.
    ///
    /// # Errors
    /// [`CallError::NotReadable`] where it has another shape.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, CallError> {
        ipld_core::serde::from_ipld(self.value().clone()).map_err(|cause| CallError::NotReadable {
            what: "the outcome",
            cause: cause.to_string(),
        })
    }

    /// Of a failure, its name, where it has one.
    pub(super) fn code(&self) -> Option<&str> {
        match (self.receipt.outcome(), self.value()) {
            (Outcome::Error(_), Ipld::Map(reason)) => match reason.get("code") {
                Some(Ipld::String(code)) => Some(code),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Client {
    /// Has a command executed, and returns what came of it.
    ///
    /// It is sent once: nothing is known of how often it may be done. See
    /// [`call_idempotent`](Self::call_idempotent).
    ///
    /// # Errors
    /// [`CallError`]; [`CallError::Failed`] where it was executed and failed.
    pub async fn call<C: Arguments>(
        &self,
        subject: &Did,
        arguments: &C,
    ) -> Result<Done, CallError> {
        let ask = Ask::new(subject.clone(), C::command()?).arguments(arguments.to_arguments()?);
        self.call_with(ask, false).await
    }

    /// As [`call`](Self::call), for what may be done twice: it is tried again where the service was not
    /// reached or broke.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn call_idempotent<C: Arguments>(
        &self,
        subject: &Did,
        arguments: &C,
    ) -> Result<Done, CallError> {
        let ask = Ask::new(subject.clone(), C::command()?).arguments(arguments.to_arguments()?);
        self.call_with(ask, true).await
    }

    /// As [`call`](Self::call), where there is no Rust type for the arguments, or more to say.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn call_with(&self, mut ask: Ask, is_idempotent: bool) -> Result<Done, CallError> {
        if let Some(service) = self.service.as_ref().filter(|did| **did != ask.subject) {
            ask = ask.audience(service.clone());
        }
        self.execute(&ask, &InBody, is_idempotent).await
    }
}

/// An invocation in a body.
struct InBody;

impl Way for InBody {
    type Answer = Done;

    async fn send(
        &self,
        client: &Client,
        call: &Call,
        proofs: &HashSet<Cid>,
    ) -> Result<Raw, CallError> {
        let container = call.container_with(|cid| proofs.contains(&cid));
        let parts = Parts::container(client.url(RPC_PATH)?, &container)?;
        client.transport.send(&parts, None).await
    }

    fn read(&self, call: &Call, raw: Raw) -> Result<Done, CallError> {
        if let Some(refusal) = Refusal::find(&raw, Some(call)) {
            return Err(CallError::Refused(Box::new(refusal)));
        }
        let media_type = raw.headers.get(CONTENT_TYPE);
        let is_container =
            media_type.is_some_and(|value| value.as_bytes() == CONTAINER_TYPE.as_bytes());
        if raw.status != StatusCode::OK || !is_container {
            return Err(CallError::Status { status: raw.status });
        }
        let container = Container::decode(&raw.body).map_err(ReceiptError::from)?;
        let receipt = check(&container, call)?;
        match problem(receipt.outcome()) {
            Some((problem, status)) => {
                let refusal = Refusal::new(problem, status, &raw, Some(call));
                Err(CallError::Refused(Box::new(refusal)))
            }
            None => {
                let is_failed = matches!(receipt.outcome(), Outcome::Error(_));
                let done = Done { receipt };
                if is_failed {
                    return Err(CallError::Failed(Box::new(done)));
                }
                Ok(done)
            }
        }
    }
}

/// The refusal in an outcome, where it is one and not a failure of what was executed.
fn problem(outcome: &Outcome) -> Option<(Problem, StatusCode)> {
    let Outcome::Error(reason) = outcome else {
        return None;
    };
    let problem = Problem::from_json(to_dag_json(reason).ok()?.as_bytes()).ok()?;
    let status = StatusCode::from_u16(problem.status()).ok()?;
    problem.is_refusal().then_some((problem, status))
}
