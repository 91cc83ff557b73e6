//! What is asked, over any transport?

use std::time::{Duration, Instant};

use crate::Failure;

/// A connection: one message, one answer.
pub(crate) trait Line {
    /// Sends a message, and waits for its answer.
    fn ask(&mut self, message: &str) -> Result<String, Failure>;

    /// The processes in between, each with its name: `sign` and `guard`.
    fn between(&self) -> Result<Vec<(&'static str, u32)>, Failure>;
}

/// Shakes hands.
pub(crate) fn greet(line: &mut impl Line) -> Result<(), Failure> {
    let hello = r#"{"jsonrpc":"2.0","id":"hello","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}"#;
    let answer = line.ask(hello)?;
    match answer.contains(r#""result""#) {
        true => Ok(()),
        false => Err(format!("no handshake: {answer}").into()),
    }
}

/// A call of a tool.
pub(crate) fn call(number: usize) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{number},"method":"tools/call","params":{{"name":"read_encounters","arguments":{{"patient":"p-17","from":20261116,"to":20261122}}}}}}"#
    )
}

/// Calls, and how long that took.
pub(crate) fn timed(line: &mut impl Line, message: &str) -> Result<(Duration, String), Failure> {
    let began = Instant::now();
    let answer = line.ask(message)?;
    Ok((began.elapsed(), answer))
}
