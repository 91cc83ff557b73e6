//! A handler that looks at the request before it is decided on.

use axum::extract::Path;
use delegant_axum::routing::get;
use delegant_axum::{Authorized, Router};
use delegant_http::plain::Get;

async fn perhaps(Path(_): Path<String>, _: Authorized<Get>) {}

fn main() {
    let _: Router = Router::new().route("/{name}", get(perhaps));
}
