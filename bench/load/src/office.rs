//! The introspection server (RFC 7662): it looks a token up, and answers when its network would have.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Form, Path, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::serve::ListenerExt;
use axum::{Json, Router};
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::Failure;
use crate::partner::say;
use crate::rivals::{Active, Claims, OPAQUE};

/// How the resource server shows who it is.
pub(crate) const PASSWORD: &str = "Basic cmVjb3Jkczpjb3JyZWN0IGhvcnNl";

type Register = Arc<HashMap<String, Claims>>;

#[derive(Deserialize)]
struct Question {
    token: String,
}

/// Serves until its parent goes.
pub(crate) async fn serve() -> Result<(), Failure> {
    let register: Register = Arc::new(HashMap::from([(OPAQUE.to_owned(), Claims::new()?)]));
    let office = Router::new()
        .route("/introspect/{delay}", post(introspect))
        .with_state(register);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say(listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // Best effort: without it the answer waits for the client's acknowledgement.
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, office).await?)
}

async fn introspect(
    State(register): State<Register>,
    Path(delay): Path<u64>,
    headers: HeaderMap,
    Form(question): Form<Question>,
) -> Result<Json<Active>, StatusCode> {
    let given = headers.get(AUTHORIZATION).map(|value| value.as_bytes());
    if given != Some(PASSWORD.as_bytes()) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    if delay > 0 {
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    let claims = register.get(&question.token).cloned();
    Ok(Json(Active {
        active: claims.is_some(),
        claims,
    }))
}
