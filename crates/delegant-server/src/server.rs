//! How is a service kept standing when its callers are slow, many, or hostile?

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::CONNECTION;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_service::Service;

use crate::slow::Unhurried;

/// Serves an app on a socket with bounds on everything that a caller can draw out or pile up.
///
/// ```no_run
/// # async fn serve(app: axum::Router) -> std::io::Result<()> {
/// use delegant_server::Server;
///
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
/// Server::new(app)
///     .stops_when(async { let _ = tokio::signal::ctrl_c().await; })
///     .serve(listener)
///     .await
/// # }
/// ```
///
/// Where nothing else is said: 10 seconds for the head of a request, also for the next one on a
/// connection; 15 seconds without a byte of its body; 60 seconds for its answer to begin; 10,000
/// connections, and beyond them a new one is closed at once; heads of up to 64 KiB; in HTTP/2, 100
/// requests at a time on a connection. When it stops, it takes no more connections and no more
/// requests, and those that it has taken are answered, for up to 30 seconds.
#[must_use = "nothing is served before `serve`"]
pub struct Server {
    app: Router,
    head: Duration,
    body: Duration,
    answer: Duration,
    connections: usize,
    grace: Duration,
    stop: futures_util::future::BoxFuture<'static, ()>,
}

/// The bytes of a request's head that are read at most: a container of 16 KiB has its place in them.
const LONGEST_HEAD: usize = 64 * 1024;

impl Server {
    /// For this app.
    pub fn new(app: Router) -> Self {
        Self {
            app,
            head: Duration::from_secs(10),
            body: Duration::from_secs(15),
            answer: Duration::from_secs(60),
            connections: 10_000,
            grace: Duration::from_secs(30),
            stop: std::future::pending().boxed(),
        }
    }

    /// How long the head of a request may take, and how long a connection may wait for one.
    pub const fn head_within(mut self, time: Duration) -> Self {
        self.head = time;
        self
    }

    /// For how long nothing of a body may come.
    pub const fn body_within(mut self, time: Duration) -> Self {
        self.body = time;
        self
    }

    /// How long an answer may take to begin; beyond it the answer is 503, and what was begun is
    /// broken off: the call may be used up.
    pub const fn answer_within(mut self, time: Duration) -> Self {
        self.answer = time;
        self
    }

    /// How many connections there may be.
    pub const fn most_connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    /// Stops when this is over.
    pub fn stops_when(mut self, over: impl Future<Output = ()> + Send + 'static) -> Self {
        self.stop = over.boxed();
        self
    }

    /// How long what was taken may go on after that.
    pub const fn grace(mut self, time: Duration) -> Self {
        self.grace = time;
        self
    }

    /// Serves until it is told to stop, and what it took is answered.
    ///
    /// # Errors
    /// None at present: a connection that cannot be accepted is tried again.
    pub async fn serve(self, listener: TcpListener) -> io::Result<()> {
        let places = Arc::new(Semaphore::new(self.connections.min(Semaphore::MAX_PERMITS)));
        let standing = GracefulShutdown::new();
        let builder = self.builder();
        let app = Bounded {
            app: self.app.clone(),
            body: self.body,
            answer: self.answer,
        };
        let mut stop = pin!(self.stop);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = &mut stop => break,
            };
            match accepted {
                Ok((stream, _)) => {
                    // Beyond what there is place for it is closed, so that those inside are served.
                    if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
                        stand(&builder, &standing, app.clone(), stream, place);
                    }
                }
                // Such as no more file descriptors: whoever is served gives some back.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
        drop(listener);
        let _ = tokio::time::timeout(self.grace, standing.shutdown()).await;
        Ok(())
    }

    fn builder(&self) -> Builder<TokioExecutor> {
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(self.head)
            .max_buf_size(LONGEST_HEAD)
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(100)
            .max_header_list_size(65_536)
            .keep_alive_interval(self.head)
            .keep_alive_timeout(self.head);
        builder
    }
}

/// Serves one connection, for as long as it lasts.
fn stand(
    builder: &Builder<TokioExecutor>,
    standing: &GracefulShutdown,
    app: Bounded,
    stream: TcpStream,
    place: OwnedSemaphorePermit,
) {
    let _ = stream.set_nodelay(true);
    let connection = builder
        .serve_connection(
            TokioIo::new(stream),
            hyper::service::service_fn(move |request| app.clone().answer(request)),
        )
        .into_owned();
    let connection = standing.watch(connection);
    tokio::spawn(async move {
        // What goes wrong on a connection is its caller's affair; what it asked for was answered.
        let _ = connection.await;
        drop(place);
    });
}

/// The app with bounds on time.
#[derive(Clone)]
struct Bounded {
    app: Router,
    body: Duration,
    answer: Duration,
}

impl Bounded {
    async fn answer(mut self, request: hyper::Request<Incoming>) -> Result<Response, Infallible> {
        let request: Request = request
            .map(|body| Body::new(Unhurried::new(body.map_err(axum::Error::new), self.body)));
        let answer = tokio::time::timeout(self.answer, self.app.call(request));
        answer.await.unwrap_or_else(|_| {
            let late = (StatusCode::SERVICE_UNAVAILABLE, [(CONNECTION, "close")]);
            Ok(late.into_response())
        })
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Server({} connections)", self.connections)
    }
}
