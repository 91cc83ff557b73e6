//! What no vector and no fixture tells: what can be read off a token, how things show themselves,
//! and what the last unit of every budget buys.

#![expect(
    clippy::unwrap_used,
    reason = "a detail that is not as expected fails its test"
)]

mod budgets;
mod bytes;
mod fields;
mod shown;

use delegant::{Algorithm, SecretKey, Timestamp};

fn key(seed: u8) -> SecretKey {
    SecretKey::from_bytes(Algorithm::Ed25519, &[seed; 32]).unwrap()
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_unix(seconds).unwrap()
}
