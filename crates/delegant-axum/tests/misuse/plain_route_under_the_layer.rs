//! A route of axum's own, which knows nothing of decisions.

use delegant_axum::Router;

fn main() {
    let _: Router = Router::new().route("/", axum::routing::get(async || "anybody"));
}
