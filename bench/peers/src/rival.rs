//! What must a contestant be able to do?

use std::error::Error;

use crate::story::{Call, Scene};

/// Whatever went wrong, for a person to read.
pub(crate) type Failure = Box<dyn Error>;

/// The values of the headers that a call carries.
pub(crate) type Headers = Vec<String>;

/// One way to decide about a call, through so many hands, with keys of its own.
pub(crate) trait Rival {
    /// The caller's side: the headers with which this call is sent.
    fn present(&self, call: &Call) -> Result<Headers, Failure>;

    /// The server's side, and what is timed: may this call, that came with these headers, be done?
    fn decide(&self, scene: Scene, headers: &Headers, call: &Call) -> Result<(), Failure>;

    /// What it promises to refuse.
    fn promises(&self) -> Promises;

    /// Do edited headers still carry the very same tokens, spelled otherwise? Then they may be allowed.
    fn carry_the_same(&self, _one: &Headers, _other: &Headers) -> bool {
        false
    }
}

/// What a contestant checks besides signatures, command, arguments and time, which all of them check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Promises {
    /// That the headers were made for this call, by the one who may make it.
    pub(crate) binds_the_call: bool,
    /// That the call was meant for this server.
    pub(crate) names_the_server: bool,
}

/// The value of a header.
pub(crate) fn header(headers: &Headers, index: usize) -> Result<&str, Failure> {
    headers
        .get(index)
        .map(String::as_str)
        .ok_or_else(|| refuse("a header is missing"))
}

/// A refusal by a check written in this package rather than in a library.
pub(crate) fn refuse(reason: &'static str) -> Failure {
    reason.into()
}
