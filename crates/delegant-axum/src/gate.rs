//! What is around each route: the call is taken out of the request, and the answer is finished.

use std::convert::Infallible;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use delegant_http::{BodyDigest, carrier};
use futures_util::FutureExt;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tower_layer::Layer;
use tower_service::Service;

use crate::layer::Shared;
use crate::origin;
use crate::pending::{Arrived, NotArrived, Pending};
use crate::receipts;
use crate::rejection::{Rejection, never_kept};

/// Puts a [`Gate`] around a route.
#[derive(Clone)]
pub(crate) struct GateLayer(pub(crate) Arc<Shared>);

impl<R> Layer<R> for GateLayer {
    type Service = Gate<R>;

    fn layer(&self, route: R) -> Gate<R> {
        Gate {
            shared: Arc::clone(&self.0),
            route,
        }
    }
}

/// A route with the check's beginning and end around it; the decision itself is the handler's first
/// argument, which knows the command.
#[derive(Clone)]
pub(crate) struct Gate<R> {
    shared: Arc<Shared>,
    route: R,
}

impl<R> Service<Request> for Gate<R>
where
    R: Service<Request, Error = Infallible> + Clone + Send + 'static,
    R::Response: IntoResponse,
    R::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.route.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // The one that is ready is called; its clone waits its turn.
        let waiting = self.route.clone();
        let mut route = std::mem::replace(&mut self.route, waiting);
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let wants_receipt = shared.signer.is_some() && receipts::is_wanted(&parts.headers);
            let (arrived, body) = arrive(&shared, &mut parts, body).await;
            let pending = Pending::new(Arc::clone(&shared), arrived, wants_receipt);
            parts.extensions.insert(pending.clone());
            let request = Request::from_parts(parts, body);
            let running = AssertUnwindSafe(async move { route.call(request).await });
            let mut response = match running.catch_unwind().await {
                Ok(Ok(response)) => response.into_response(),
                // What was redeemed stays redeemed; the next call finds everything as it was.
                Err(_) => Rejection::internal().into_response(),
            };
            if let Some(task) = pending.ran()
                && let Some(signer) = &shared.signer
            {
                let largest = shared.largest_receipted;
                response = receipts::attach(response, task, &**signer, largest).await;
            }
            never_kept(response.headers_mut());
            Ok(response)
        })
    }
}

/// Takes the call out of a request, and reads the body that it is bound to.
async fn arrive(
    shared: &Shared,
    parts: &mut Parts,
    body: Body,
) -> (Result<Arrived, NotArrived>, Body) {
    if origin::has_two_lengths(&parts.headers) || origin::authority(parts).is_none() {
        return (Err(NotArrived::Ambiguous), Body::empty());
    }
    let values = parts.headers.get_all(AUTHORIZATION).iter();
    let container = carrier::read(values.map(|value| value.as_bytes())).map(Box::from);
    // Nobody behind needs it, and a log could keep it.
    parts.headers.remove(AUTHORIZATION);
    let container = match container {
        Ok(container) => container,
        Err(error) => return (Err(NotArrived::Carrier(error)), Body::empty()),
    };
    match read(body, shared.largest_body).await {
        Ok(bytes) => {
            let body = BodyDigest::of_some(&bytes);
            (Ok(Arrived { container, body }), Body::from(bytes))
        }
        Err(why) => (Err(why), Body::empty()),
    }
}

/// Reads a body to its end, if that comes within the limit.
pub(crate) async fn read(body: Body, largest: usize) -> Result<Bytes, NotArrived> {
    // What is announced as too large is not read at all.
    if usize::try_from(body.size_hint().lower()).is_ok_and(|bytes| bytes > largest) {
        return Err(NotArrived::TooLarge);
    }
    match Limited::new(body, largest).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(NotArrived::TooLarge),
        Err(_) => Err(NotArrived::BrokenOff),
    }
}
