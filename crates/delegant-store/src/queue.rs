//! How do many callers share one commit? They queue, and who commits takes all that is there.

use std::future::Future;

use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

use crate::error::StoreError;

/// Where an answer goes. Nobody there any more is no reason not to have done it.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// As many wait in line as one fsync can be late for.
const LENGTH: usize = 4096;

/// The way to who commits.
#[derive(Debug)]
pub(crate) struct Queue<J>(mpsc::Sender<J>);

impl<J> Queue<J> {
    pub(crate) fn new() -> (Self, mpsc::Receiver<J>) {
        let (sender, receiver) = mpsc::channel(LENGTH);
        (Self(sender), receiver)
    }

    /// Queues a job and waits for its answer. Once queued it is done, whoever still waits.
    pub(crate) fn ask<T>(
        &self,
        job: impl FnOnce(Reply<T>) -> J + Send,
    ) -> impl Future<Output = Result<T, StoreError>> + Send
    where
        J: Send,
        T: Send,
    {
        let sender = self.0.clone();
        let (reply, answer) = oneshot::channel();
        let job = job(reply);
        async move {
            let gone = |_| StoreError::unavailable(WriterGone);
            sender
                .send(job)
                .await
                .map_err(|_| StoreError::unavailable(WriterGone))?;
            answer.await.map_err(gone)?
        }
    }
}

/// The task that writes has ended.
#[derive(Debug, Error)]
#[error("the task that writes has ended; open the store anew")]
struct WriterGone;
