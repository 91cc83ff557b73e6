//! A handler that takes an `Authorization` is not reached by a call that was only verified.

use delegant::{Authorization, Invocation, Verified};

fn handler(leave: Authorization) {
    drop(leave);
}

fn serve(call: Verified<Invocation>) {
    handler(call);
}

fn main() {}
