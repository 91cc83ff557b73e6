//! What was answered, signed.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use delegant::{Cid, Container, ContainerFormat, Nonce, Outcome, Receipt, Signer, Token, Verified};
use delegant_http::names::RECEIPT_WANTED;
use delegant_http::{Answer, BodyDigest};
use futures_util::StreamExt;
use futures_util::stream;
use http_body_util::{BodyExt, BodyStream, StreamBody};

use crate::rejection::RECEIPT;

/// Does the request ask for a receipt?
pub(crate) fn is_wanted(headers: &HeaderMap) -> bool {
    headers.get(RECEIPT).is_some_and(|value| {
        value
            .as_bytes()
            .eq_ignore_ascii_case(RECEIPT_WANTED.as_bytes())
    })
}

/// Signs what came of a task.
pub(crate) fn sign(
    task: Cid,
    outcome: Outcome,
    signer: &(dyn Signer + Send + Sync),
) -> Option<Verified<Receipt>> {
    let nonce = Nonce::random().ok()?;
    let receipt = Receipt::builder(task, outcome).never_expires();
    receipt.sign(signer, nonce).ok()
}

/// Attaches to a response the receipt for it. One that is too large to be held, or that cannot be
/// signed, stays without: it was done, and the caller sees that no receipt came.
pub(crate) async fn attach(
    response: Response,
    task: Cid,
    signer: &(dyn Signer + Send + Sync),
    largest: usize,
) -> Response {
    let (mut parts, body) = response.into_parts();
    let (bytes, body) = gather(body, largest).await;
    let Some(bytes) = bytes else {
        return Response::from_parts(parts, body);
    };
    let answer = Answer {
        status: parts.status.as_u16(),
        body: BodyDigest::of(&bytes),
    };
    let outcome = if answer.status < 400 {
        Outcome::Ok(answer.into())
    } else {
        Outcome::Error(answer.into())
    };
    let written = sign(task, outcome, signer).and_then(|receipt| text(&receipt));
    if let Some(text) = written {
        parts.headers.insert(RECEIPT, text);
    }
    Response::from_parts(parts, body)
}

fn text(receipt: &Verified<Receipt>) -> Option<HeaderValue> {
    let token = Token::decode(receipt.bytes()).ok()?;
    let text = Container::from_iter([token]).encode(ContainerFormat::Base64Url);
    HeaderValue::from_bytes(&text.ok()?).ok()
}

/// Reads a body to its end, and gives it back to be sent; without its bytes where it is larger than
/// the limit, or breaks off.
async fn gather(mut body: Body, largest: usize) -> (Option<Vec<u8>>, Body) {
    let mut bytes = Vec::new();
    let mut frames = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Some(data) = frame.as_ref().ok().and_then(|frame| frame.data_ref()) {
            bytes.extend_from_slice(data);
        }
        let ends_here = frame.is_err() || bytes.len() > largest;
        frames.push(frame);
        if ends_here {
            let rest = stream::iter(frames).chain(BodyStream::new(body));
            return (None, Body::new(StreamBody::new(rest)));
        }
    }
    (
        Some(bytes),
        Body::new(StreamBody::new(stream::iter(frames))),
    )
}
