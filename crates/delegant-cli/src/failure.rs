//! What went wrong, and how does the command end?

use std::borrow::Cow;
use std::fmt::Display;
use std::io;

use serde_json::{Value, json};

/// What a verb found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is so, or it is done: exit code 0.
    Yes,
    /// It is not so: exit code 1.
    No,
    /// It cannot be said, and the verb has told why: exit code 2.
    Unreadable,
    /// What the verb ran has ended, with this exit code.
    #[cfg(feature = "mcp")]
    Ended(u8),
}

/// What every verb returns.
pub(crate) type Done = Result<Answer, Failure>;

/// Why a verb did not do what was asked; for a person to read, the way out in the hints.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: u8,
    code: Cow<'static, str>,
    message: String,
    hints: Vec<String>,
}

impl Failure {
    /// The rules do not let it be done: exit code 1.
    pub(crate) fn refused(code: impl Into<Cow<'static, str>>, message: impl Display) -> Self {
        Self::new(1, code.into(), message)
    }

    /// It was asked for in a way that cannot be followed: exit code 2.
    pub(crate) fn usage(message: impl Display) -> Self {
        Self::new(2, "Usage".into(), message)
    }

    /// What was handed in is not what it must be: exit code 2.
    pub(crate) fn malformed(message: impl Display) -> Self {
        Self::new(2, "Malformed".into(), message)
    }

    /// As [`malformed`](Self::malformed), with a more precise code.
    pub(crate) fn unreadable(code: &'static str, message: impl Display) -> Self {
        Self::new(2, code.into(), message)
    }

    fn new(exit: u8, code: Cow<'static, str>, message: impl Display) -> Self {
        Self {
            exit,
            code,
            message: message.to_string(),
            hints: Vec::new(),
        }
    }

    /// Adds a way out.
    pub(crate) fn hint(mut self, hint: impl Display) -> Self {
        self.hints.push(hint.to_string());
        self
    }

    /// Adds several.
    pub(crate) fn hints<H: Display>(self, hints: impl IntoIterator<Item = H>) -> Self {
        hints.into_iter().fold(self, Self::hint)
    }

    pub(crate) const fn exit(&self) -> u8 {
        self.exit
    }

    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn ways_out(&self) -> &[String] {
        &self.hints
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({ "error": { "code": self.code, "message": self.message, "hints": self.hints } })
    }
}

impl From<io::Error> for Failure {
    fn from(cause: io::Error) -> Self {
        Self::usage(format_args!("cannot write the answer: {cause}"))
    }
}
