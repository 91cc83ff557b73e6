//! A server that says what it was told, and does nothing else: what is around it is what is measured.

use std::io::{self, Write as _};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::Failure;

/// Line by line.
pub(crate) fn over_pipes() -> Result<(), Failure> {
    for line in io::stdin().lines() {
        if let Some(answer) = answer(&serde_json::from_str(&line?)?) {
            let mut output = io::stdout().lock();
            writeln!(output, "{answer}")?;
            output.flush()?;
        }
    }
    Ok(())
}

/// Request by request, at the address that it says first.
#[expect(
    clippy::print_stderr,
    reason = "as those before it say where they listen"
)]
pub(crate) fn over_http() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        eprintln!("listening on http://{}", listener.local_addr()?);
        let app = Router::new().route("/mcp", post(posted)).with_state(());
        Ok(axum::serve(listener, app).await?)
    })
}

async fn posted(State(()): State<()>, Json(message): Json<Value>) -> Response {
    match answer(&message) {
        Some(answer) => Json(answer).into_response(),
        None => StatusCode::ACCEPTED.into_response(),
    }
}

/// None to a notification.
fn answer(message: &Value) -> Option<Value> {
    let id = message.get("id")?;
    let result = match message.get("method").and_then(Value::as_str) {
        Some("initialize") => json!({
            "protocolVersion": "2025-11-25",
            "capabilities": { "tools": {} },
            "serverInfo": { "name": "echo", "version": "1" },
        }),
        Some("tools/call") => {
            let said = message.pointer("/params/arguments").unwrap_or(&Value::Null);
            json!({ "content": [{ "type": "text", "text": said.to_string() }], "isError": false })
        }
        _ => {
            let error = json!({ "code": -32601, "message": "no such method" });
            return Some(json!({ "jsonrpc": "2.0", "id": id, "error": error }));
        }
    };
    Some(json!({ "jsonrpc": "2.0", "id": id, "result": result }))
}
