//! What tests are made of: tokens, and private servers for tests: on a free port, in a directory of their own, gone with the test,
//! however it ends.
//!
//! ```no_run
//! use delegant_testing::Postgres;
//!
//! let Some(postgres) = Postgres::start() else { return };
//! let url = postgres.database();
//! ```
//!
//! Where the program is not installed, a line says so and the test has nothing to do; under `CI=true`
//! that is a failure.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test stops where it fails, and says what it skips"
)]

mod postgres;
mod redis;
mod server;
pub mod tokens;

pub use postgres::Postgres;
pub use redis::Redis;
pub use server::{Server, free_port, installed};
