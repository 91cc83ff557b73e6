//! Introspection (RFC 7662): an opaque token, and a question to the server that issued it.
//!
//! Both sides are real: an axum server on a thread of its own, and a client that keeps one TCP
//! connection alive. The way between them is the loopback, which is as short as a way can be.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header::AUTHORIZATION};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

use crate::rival::{Failure, Headers, Promises, Rival, header, refuse};
use crate::rivals::claims::{AUDIENCE, Claims, OTHER_AUDIENCE};
use crate::story::{Call, LIFETIME, Scene, Server, Time, now};

/// What the server knows of each token.
type Register = Arc<Mutex<HashMap<String, Claims>>>;

/// The server's answer (RFC 7662, section 2.2).
#[derive(Serialize, Deserialize)]
struct Answer {
    active: bool,
    #[serde(flatten)]
    claims: Option<Claims>,
}

/// The question (RFC 7662, section 2.1).
#[derive(Deserialize)]
struct Question {
    token: String,
}

/// The authorization server at work, and one connection to it.
pub(crate) struct Office {
    register: Register,
    runtime: Runtime,
    connection: RefCell<SendRequest<Full<Bytes>>>,
    host: String,
    password: String,
}

impl Office {
    /// Starts the server on a free port of the loopback, and connects.
    pub(crate) fn open() -> Result<Self, Failure> {
        let register = Register::default();
        let password = format!("Basic {}", STANDARD.encode("records:correct horse"));
        let address = serve(Arc::clone(&register), password.clone())?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let connection = runtime.block_on(async {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let (sender, connection) = handshake(TokioIo::new(stream)).await?;
            tokio::spawn(connection);
            Ok::<_, Failure>(sender)
        })?;
        Ok(Self {
            register,
            runtime,
            connection: RefCell::new(connection),
            host: address.to_string(),
            password,
        })
    }

    fn ask(&self, token: &str) -> Result<Answer, Failure> {
        let request = Request::post("/introspect")
            .header("host", &self.host)
            .header("authorization", &self.password)
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Full::from(format!(
                "token={token}&token_type_hint=access_token"
            )))?;
        let mut connection = self.connection.try_borrow_mut()?;
        let body = self.runtime.block_on(async {
            connection.ready().await?;
            let response = connection.send_request(request).await?;
            if response.status() != StatusCode::OK {
                return Err(refuse("the server did not answer"));
            }
            Ok(response.into_body().collect().await?.to_bytes())
        })?;
        Ok(serde_json::from_slice(&body)?)
    }
}

/// One story: a token on the register, and one like it whose time is over.
pub(crate) struct Introspection {
    office: Rc<Office>,
    token: String,
    ended: String,
}

impl Introspection {
    pub(crate) fn new(hops: usize, copy: usize, office: Rc<Office>) -> Result<Self, Failure> {
        let start = now();
        let name = |end: u8| {
            let mut bytes = [end; 32];
            for (place, value) in bytes.iter_mut().zip([hops, copy]) {
                *place = u8::try_from(value).unwrap_or(u8::MAX);
            }
            URL_SAFE_NO_PAD.encode(bytes)
        };
        let (token, ended) = (name(0xa5), name(0x5a));
        let mut register = office.register.lock().map_err(|_| "a poisoned register")?;
        let claims = |exp| Claims::new(hops, copy, exp, start, true);
        register.insert(token.clone(), claims(start + LIFETIME));
        register.insert(ended.clone(), claims(start - 1));
        drop(register);
        Ok(Self {
            office,
            token,
            ended,
        })
    }
}

impl Rival for Introspection {
    fn present(&self, _: &Call) -> Result<Headers, Failure> {
        Ok(vec![self.token.clone()])
    }

    fn decide(&self, scene: Scene, headers: &Headers, call: &Call) -> Result<(), Failure> {
        let token = match scene.time {
            Time::Now => header(headers, 0)?,
            Time::Late => &self.ended,
        };
        let answer = self.office.ask(token)?;
        let claims = answer.claims.filter(|_| answer.active);
        let claims = claims.ok_or_else(|| refuse("not active"))?;
        let here = match scene.server {
            Server::Home => AUDIENCE,
            Server::Elsewhere => OTHER_AUDIENCE,
        };
        if claims.aud != here {
            return Err(refuse("for another server"));
        }
        claims.allow(call)
    }

    fn promises(&self) -> Promises {
        Promises {
            binds_the_call: false,
            names_the_server: true,
        }
    }
}

/// The server, on a thread and a runtime of its own until the program ends.
fn serve(register: Register, password: String) -> Result<SocketAddr, Failure> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || -> Result<(), std::io::Error> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async move {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
            let address = listener.local_addr()?;
            let office = Router::new()
                .route("/introspect", post(introspect))
                .with_state((register, Arc::from(password)));
            if sender.send(address).is_err() {
                return Ok(());
            }
            use axum::serve::ListenerExt;
            let listener = listener.tap_io(|stream| {
                // Best effort: without it the answer waits for the client's acknowledgement.
                drop(stream.set_nodelay(true));
            });
            axum::serve(listener, office).await
        })
    });
    Ok(receiver.recv()?)
}

async fn introspect(
    State((register, password)): State<(Register, Arc<str>)>,
    headers: HeaderMap,
    Form(question): Form<Question>,
) -> Result<Json<Answer>, StatusCode> {
    let given = headers.get(AUTHORIZATION).map(|value| value.as_bytes());
    if given != Some(password.as_bytes()) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let register = register
        .lock()
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let claims = register.get(&question.token);
    let claims = claims.filter(|claims| now() <= claims.exp).cloned();
    Ok(Json(Answer {
        active: claims.is_some(),
        claims,
    }))
}
