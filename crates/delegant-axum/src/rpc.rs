//! Calls that are nothing but invocations: a container in, a container of receipts out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use delegant::{
    Authorization, Cid, Container, ContainerFormat, Invocation, Ipld, Limit, Limits, Outcome,
    Parsed, Receipt, Signer, Token, Verified,
};
use delegant_http::names::{CONTAINER_TYPE, RPC_PATH};
use delegant_http::{Arguments, ArgumentsError};
use futures_util::FutureExt;
use ipld_core::serde::to_ipld;
use serde::Serialize;

use crate::call::Call;
use crate::command::assert_is_command;
use crate::deposit::{answer, body};
use crate::inventory::{Guarded, RPC, Schema};
use crate::layer::Shared;
use crate::receipts;
use crate::rejection::Rejection;

/// The commands that are executed where they are sent as invocations, each with its handler.
///
/// Every invocation of a request is judged, redeemed and executed by itself, in the order of the
/// container, and gets its own receipt.
///
/// ```
/// # use delegant_axum::{Call, Router, Rpc};
/// # use delegant_http::Arguments;
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct Add { a: i64, b: i64 }
/// # impl Arguments for Add { const COMMAND: &'static str = "/math/add"; }
/// # fn routes(key: delegant::SecretKey) -> Router {
/// let rpc = Rpc::new(key).on(async |call: Call<Add>| {
///     call.a.checked_add(call.b).ok_or("too large")
/// });
/// Router::new().rpc(rpc)
/// # }
/// ```
#[must_use]
pub struct Rpc {
    signer: Arc<dyn Signer + Send + Sync>,
    handlers: BTreeMap<&'static str, Handler>,
}

struct Handler {
    prepare: Arc<Prepare>,
    schema: Schema,
}

/// Reads the arguments, so that what cannot be executed is not redeemed.
type Prepare = dyn Fn(&BTreeMap<String, Ipld>) -> Result<Execute, ArgumentsError> + Send + Sync;
/// Executes what was redeemed.
type Execute = Box<dyn FnOnce(Authorization) -> Running + Send>;
type Running = Pin<Box<dyn Future<Output = Option<Outcome>> + Send>>;

impl Rpc {
    /// No commands yet. Receipts are signed by the executor.
    pub fn new(executor: impl Signer + Send + Sync + 'static) -> Self {
        Self {
            signer: Arc::new(executor),
            handlers: BTreeMap::new(),
        }
    }

    /// Executes a command with this handler; a later one replaces an earlier one of the same command.
    ///
    /// What it returns becomes the receipt's outcome: `ok`, or `error`.
    pub fn on<C, F, W, T, E>(mut self, handler: F) -> Self
    where
        C: Arguments,
        F: Fn(Call<C>) -> W + Clone + Send + Sync + 'static,
        W: Future<Output = Result<T, E>> + Send + 'static,
        T: Serialize,
        E: Serialize,
    {
        const { assert_is_command(C::COMMAND) };
        let prepare = move |arguments: &BTreeMap<String, Ipld>| {
            let arguments = C::from_arguments(arguments)?;
            let handler = handler.clone();
            let execute = move |leave| -> Running {
                let running = handler(Call::new(arguments, leave));
                Box::pin(async move { outcome(running.await) })
            };
            Ok(Box::new(execute) as Execute)
        };
        let handler = Handler {
            prepare: Arc::new(prepare),
            schema: Schema::of::<C>(),
        };
        self.handlers.insert(C::COMMAND, handler);
        self
    }

    pub(crate) fn guarded(&self) -> impl Iterator<Item = Guarded> {
        let guarded = |(command, handler): (&&'static str, &Handler)| {
            Guarded::new(RPC, command, handler.schema.clone()).under(RPC_PATH)
        };
        self.handlers.iter().map(guarded)
    }

    pub(crate) fn into_route<S>(self, shared: Arc<Shared>) -> MethodRouter<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let rpc = Arc::new(self);
        post(async move |request: Request| {
            let answered = match body(&shared, request).await {
                Ok(bytes) => rpc.answer(&shared, &bytes).await,
                Err(rejection) => Err(rejection),
            };
            answer(answered)
        })
    }

    async fn answer(&self, shared: &Shared, bytes: &[u8]) -> Result<Response, Rejection> {
        let container = {
            let _permit = shared.admit()?;
            shared.decode(bytes, None)?
        };
        let tasks = tasks(&container)?;
        let mut receipts = Container::default();
        let mut room = Limits::DEFAULT.maximum(Limit::ContainerBytes);
        // Each of those still to come needs a receipt at least.
        let mut reserved = tasks.len().saturating_mul(SMALLEST_RECEIPT);
        for (invocation, task) in container.invocations().iter().zip(tasks) {
            reserved = reserved.saturating_sub(SMALLEST_RECEIPT);
            let outcome = self.execute(shared, &container, invocation).await;
            let receipt = self
                .receipt(task, outcome, room.saturating_sub(reserved))
                .ok_or_else(Rejection::internal)?;
            room = room.saturating_sub(receipt.bytes().len());
            receipts.insert(Token::decode(receipt.bytes()).map_err(|_| Rejection::internal())?);
        }
        let bytes = receipts
            .encode(ContainerFormat::Bytes)
            .map_err(|_| Rejection::internal())?;
        Ok(([(CONTENT_TYPE, CONTAINER_TYPE)], Bytes::from(bytes)).into_response())
    }

    /// What comes of one invocation.
    async fn execute(
        &self,
        shared: &Shared,
        container: &Container,
        invocation: &Parsed<Invocation>,
    ) -> Outcome {
        match self.run(shared, container, invocation).await {
            Ok(outcome) => outcome,
            Err(rejection) => {
                shared.note(RPC, Err(rejection.code()));
                refused(&rejection)
            }
        }
    }

    async fn run(
        &self,
        shared: &Shared,
        container: &Container,
        invocation: &Parsed<Invocation>,
    ) -> Result<Outcome, Rejection> {
        // Given back before the handler runs: it is checking that is bounded, not working.
        let permit = shared.admit()?;
        let leave = shared.judge(container, invocation, None).await?;
        let handler = self
            .handlers
            .get(leave.command().as_str())
            .ok_or_else(Rejection::unknown_command)?;
        let execute =
            (handler.prepare)(leave.arguments()).map_err(|error| Rejection::arguments(&error))?;
        shared.redeem(&leave, container, None).await?;
        drop(permit);
        shared.note(RPC, Ok(&leave));
        let running = AssertUnwindSafe(async move { execute(leave).await });
        let outcome = running.catch_unwind().await;
        outcome.ok().flatten().ok_or_else(Rejection::internal)
    }

    /// The receipt for a task, in this many bytes.
    fn receipt(&self, task: Cid, outcome: Outcome, room: usize) -> Option<Verified<Receipt>> {
        receipts::sign(task, outcome, &*self.signer)
            .filter(|receipt| receipt.bytes().len() <= room)
            .or_else(|| {
                let outcome = refused(&Rejection::too_large_an_outcome());
                receipts::sign(task, outcome, &*self.signer)
            })
    }
}

/// Room for a receipt that says why there is no other, and what a container adds.
const SMALLEST_RECEIPT: usize = 1024;

/// The tasks of a container's invocations, in its order.
fn tasks(container: &Container) -> Result<Vec<Cid>, Rejection> {
    if container.invocations().is_empty() {
        return Err(Rejection::batch("the container holds no invocation"));
    }
    let mut tasks = Vec::new();
    let mut seen = BTreeSet::new();
    for invocation in container.invocations() {
        let task = invocation.unverified().task();
        let task = task.map_err(|_| Rejection::internal())?;
        if !seen.insert(task) {
            return Err(Rejection::batch(
                "two invocations of one task: their receipts could not be told apart",
            ));
        }
        tasks.push(task);
    }
    Ok(tasks)
}

fn outcome<T: Serialize, E: Serialize>(result: Result<T, E>) -> Option<Outcome> {
    Some(match result {
        Ok(value) => Outcome::Ok(to_ipld(value).ok()?),
        Err(error) => Outcome::Error(to_ipld(error).ok()?),
    })
}

fn refused(rejection: &Rejection) -> Outcome {
    Outcome::Error(rejection.problem().to_ipld())
}

impl fmt::Debug for Rpc {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.handlers.keys()).finish()
    }
}
