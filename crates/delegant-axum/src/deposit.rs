//! Proofs that come ahead of their call.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};

use crate::gate::read;
use crate::layer::Shared;
use crate::origin;
use crate::pending::NotArrived;
use crate::rejection::{Rejection, never_kept};

/// `POST` with a container of an invocation and its proofs.
pub(crate) fn route<S: Clone + Send + Sync + 'static>(shared: Arc<Shared>) -> MethodRouter<S> {
    post(async move |request: Request| {
        let kept = deposit(&shared, request).await;
        answer(kept.map(|()| StatusCode::NO_CONTENT.into_response()))
    })
}

/// The call is judged as if it were made, and not redeemed; what held is remembered by the verifier.
async fn deposit(shared: &Shared, request: Request) -> Result<(), Rejection> {
    let bytes = body(shared, request).await?;
    let _permit = shared.admit()?;
    let container = shared.decode(&bytes, None)?;
    let invocation = shared.one_invocation(&container, None)?;
    shared.judge(&container, invocation, None).await.map(drop)
}

/// The body of a request that is a container.
pub(crate) async fn body(
    shared: &Shared,
    request: Request,
) -> Result<axum::body::Bytes, Rejection> {
    let refuse = |why| shared.not_arrived(why, None);
    let (parts, body): (_, Body) = request.into_parts();
    if origin::has_two_lengths(&parts.headers) {
        return Err(refuse(NotArrived::Ambiguous));
    }
    read(body, shared.largest_body).await.map_err(refuse)
}

/// A response to whatever came of a request with a container.
pub(crate) fn answer(result: Result<Response, Rejection>) -> Response {
    let mut response = result.unwrap_or_else(IntoResponse::into_response);
    never_kept(response.headers_mut());
    response
}
