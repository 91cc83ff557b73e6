//! Nobody has checked who signed it.

use delegant::{DidKeys, Evidence, Invocation, Parsed, authorize};

fn decide(invocation: Parsed<Invocation>, evidence: Evidence<'_, DidKeys>) {
    let _ = authorize(invocation, evidence);
}

fn main() {}
