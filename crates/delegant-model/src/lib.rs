//! A second reading of the rulings (`spec/DECISIONS.md`), and the comparison of the two readings.
//!
//! The model ([`cbor`], [`policy`], [`selector`], [`glob`], [`did`], [`token`], [`chain`]) is written
//! from the rulings and not from the code: slow, obvious, and sharing nothing with `delegant` but the
//! signature primitives. The rest makes cases by the million from a seed ([`policies`], [`chains`],
//! [`bytes`]), asks both readings, and shrinks the first case on which they differ ([`smaller`]).

#![expect(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "a tool for tests: a panic here is a finding, and the rulings document the model"
)]

pub mod bridge;
pub mod bytes;
pub mod cbor;
pub mod chain;
pub mod chains;
pub mod did;
pub mod forge;
pub mod glob;
pub mod policies;
pub mod policy;
pub mod random;
pub mod reading;
pub mod runner;
pub mod selector;
pub mod smaller;
pub mod token;
pub mod value;
