//! It is leave to act once.

use delegant::Authorization;

fn twice(leave: &Authorization) -> (Authorization, Authorization) {
    (leave.clone(), leave.clone())
}

fn main() {}
