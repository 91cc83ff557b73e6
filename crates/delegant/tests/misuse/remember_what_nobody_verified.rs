//! A cache takes in what was verified, under the CID that its own bytes have.

use delegant::{Delegation, Parsed, ProofCache};

fn poison(cache: &ProofCache, delegation: &Parsed<Delegation>) {
    cache.insert(delegation);
}

fn main() {}
