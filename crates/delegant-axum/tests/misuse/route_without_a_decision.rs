//! A handler that answers anybody.

use delegant_axum::Router;
use delegant_axum::routing::get;

async fn open() -> &'static str {
    "anybody"
}

fn main() {
    let _: Router = Router::new().route("/", get(open));
}
