//! What goes wrong between a client and the layer, on demand.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, DATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use delegant::{
    Algorithm, Cid, Container, ContainerFormat, Invocation, Nonce, Outcome, Parsed, Receipt,
    SecretKey, Token, Verified,
};
use delegant_http::names::{CONTAINER_TYPE, PROBLEM_TYPE, RECEIPT_HEADER, RPC_PATH};
use delegant_http::{Answer, BodyDigest, Problem};
use tower_service::Service as _;

use crate::service::{Seen, Shared};

/// What goes wrong, and how often it still does.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// Refused before anything is looked at.
    pub(crate) busy: usize,
    /// Done, and no answer: the connection ends.
    pub(crate) dropped: usize,
    /// Remembers nothing from one request to the next.
    pub(crate) forgetful: bool,
    /// Asks for what it was sent.
    pub(crate) nagging: bool,
    pub(crate) receipt: Forgery,
    /// Answers this, whatever is asked.
    pub(crate) says: Option<(u16, &'static str, &'static str)>,
}

/// How a receipt goes wrong.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forgery {
    #[default]
    None,
    Absent,
    OtherTask,
    OtherKey,
    OtherBody,
    OtherStatus,
    Failure,
}

pub(crate) async fn in_front(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (request, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let header = request
        .headers
        .get(AUTHORIZATION)
        .map(HeaderValue::as_bytes);
    let carried = header.and_then(|header| Container::decode(header.strip_prefix(b"UCAN ")?).ok());
    let carried = carried.or_else(|| Container::decode(&body).ok());
    let carried = carried.unwrap_or_default();
    shared.seen.lock().unwrap().push(Seen {
        path: request.uri.path().to_owned(),
        invocation: carried.invocations().first().map(Parsed::cid),
        delegations: carried.delegations().len(),
        header: header.map_or(0, <[u8]>::len),
    });
    if let Some(response) = instead(&shared, &carried) {
        return response;
    }
    let is_rpc = request.uri.path() == RPC_PATH;
    let asked = Request::from_parts(request, Body::from(body));
    let response = shared.app().call(asked).await.unwrap();
    let forgery = {
        let mut faults = shared.faults.lock().unwrap();
        if faults.dropped > 0 && response.status().is_success() {
            faults.dropped -= 1;
            drop(faults);
            // The task ends, and the connection with it.
            std::panic::resume_unwind(Box::new("no answer, as asked for"));
        }
        faults.receipt
    };
    let mut response = forge(&shared.key, forgery, &carried, response, is_rpc).await;
    let ahead = shared.ahead.load(Ordering::SeqCst);
    if ahead != 0 {
        let (now, shift) = (SystemTime::now(), Duration::from_secs(ahead.unsigned_abs()));
        let theirs = if ahead > 0 { now + shift } else { now - shift };
        let date = httpdate::fmt_http_date(theirs).parse().unwrap();
        response.headers_mut().insert(DATE, date);
    }
    response
}

/// An answer that the layer has no part in.
fn instead(shared: &Shared, carried: &Container) -> Option<Response> {
    let mut faults = shared.faults.lock().unwrap();
    if let Some((status, media_type, body)) = faults.says {
        return Some(of(status, media_type, body.into()));
    }
    if faults.busy > 0 {
        faults.busy -= 1;
        let busy = Problem::new(503, "Busy").to_json();
        return Some(of(503, PROBLEM_TYPE, busy.into()));
    }
    if faults.forgetful {
        shared.begin_anew();
    }
    if faults.nagging {
        let sent = carried.delegations().iter().map(Parsed::cid).collect();
        let missing = Problem::new(403, "UnavailableProof").with_missing(sent);
        return Some(of(403, PROBLEM_TYPE, missing.to_json().into()));
    }
    None
}

fn of(status: u16, media_type: &'static str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    let media_type = HeaderValue::from_static(media_type);
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

/// Puts another receipt in the place of the one that the service signed.
async fn forge(
    key: &SecretKey,
    forgery: Forgery,
    carried: &Container,
    response: Response,
    is_rpc: bool,
) -> Response {
    if forgery == Forgery::None {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let invocation = carried.invocation().unwrap().unverified();
    let container = receipt(key, forgery, invocation, head.status, &body);
    if is_rpc {
        let bytes = container.encode(ContainerFormat::Bytes).unwrap();
        return of(200, CONTAINER_TYPE, bytes.into());
    }
    head.headers.remove(RECEIPT_HEADER);
    if forgery != Forgery::Absent {
        let text = container.encode(ContainerFormat::Base64Url).unwrap();
        let text = HeaderValue::from_bytes(&text).unwrap();
        head.headers.insert(RECEIPT_HEADER, text);
    }
    Response::from_parts(head, body.into())
}

fn receipt(
    key: &SecretKey,
    forgery: Forgery,
    invocation: &Invocation,
    status: StatusCode,
    body: &Bytes,
) -> Container {
    if forgery == Forgery::Absent {
        return Container::default();
    }
    let mut answer = Answer {
        status: status.as_u16(),
        body: BodyDigest::of(body),
    };
    let mut task = invocation.task().unwrap();
    match forgery {
        Forgery::OtherTask => task = Cid::of(b"another"),
        Forgery::OtherBody => answer.body = BodyDigest::of(b"another"),
        Forgery::OtherStatus => answer.status = 201,
        _ => {}
    }
    let outcome = if forgery == Forgery::Failure {
        Outcome::Error(answer.into())
    } else {
        Outcome::Ok(answer.into())
    };
    let receipt = Receipt::builder(task, outcome).never_expires();
    let nonce = Nonce::random().unwrap();
    let signed: Verified<Receipt> = if forgery == Forgery::OtherKey {
        let other = SecretKey::generate(Algorithm::P256).unwrap();
        receipt.sign(&other, nonce).unwrap()
    } else {
        receipt.sign(key, nonce).unwrap()
    };
    Container::from_iter([Token::decode(signed.bytes()).unwrap()])
}
