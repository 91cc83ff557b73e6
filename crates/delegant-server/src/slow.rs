//! For how long may nothing of a body come?

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep};

/// A body that breaks off where nothing of it comes for too long.
pub(crate) struct Unhurried {
    body: UnsyncBoxBody<Bytes, axum::Error>,
    patience: Duration,
    until: Pin<Box<Sleep>>,
}

impl Unhurried {
    pub(crate) fn new(
        body: impl HttpBody<Data = Bytes, Error = axum::Error> + Send + 'static,
        patience: Duration,
    ) -> Self {
        Self {
            body: body.boxed_unsync(),
            patience,
            until: Box::pin(tokio::time::sleep(patience)),
        }
    }
}

impl HttpBody for Unhurried {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            let next = Instant::now().checked_add(self.patience);
            if let Some(next) = next {
                self.until.as_mut().reset(next);
            }
            return Poll::Ready(frame);
        }
        match self.until.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Some(Err(axum::Error::new(TooSlow)))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Nothing came for too long.
#[derive(Debug, thiserror::Error)]
#[error("nothing of the body came for too long")]
struct TooSlow;
