//! A call that nobody checked.

use delegant::Authorization;
use delegant_axum::Call;
use delegant_http::plain::Get;

fn call(arguments: Get, authorization: Authorization) -> Call<Get> {
    Call { arguments, authorization }
}

fn main() {}
