//! Only a signature check makes one.

use delegant::{Invocation, Parsed, Verified};

fn trust(invocation: Parsed<Invocation>) -> Verified<Invocation> {
    Verified(invocation)
}

fn main() {}
