//! What is to be done? Commands, and which command covers which.

use std::fmt;
use std::str::FromStr;

use smol_str::SmolStr;
use thiserror::Error;

use crate::wire::footprint;

/// A command such as `/encounters/read`; `/` is all of them. UCAN 1.0, "Command".
///
/// ```
/// use delegant::Command;
///
/// let encounters: Command = "/encounters".parse()?;
/// assert!(encounters.covers(&"/encounters/read".parse()?));
/// assert!(!encounters.covers(&"/encountersummary".parse()?));
/// # Ok::<(), delegant::ParseCommandError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Command(SmolStr);

const LONGEST: usize = 256;
const MOST_SEGMENTS: usize = 16;

impl Command {
    /// All commands: `/`.
    #[must_use]
    pub const fn all() -> Self {
        Self(SmolStr::new_inline("/"))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Bytes on the heap.
    pub(crate) fn footprint(&self) -> usize {
        footprint::text(&self.0)
    }

    /// Is `other` this command or below it, segment by segment?
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.0 == "/"
            || other
                .0
                .strip_prefix(self.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl FromStr for Command {
    type Err = ParseCommandError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > LONGEST {
            return Err(ParseCommandError::TooLong);
        }
        let segments = text.strip_prefix('/').ok_or(ParseCommandError::NoSlash)?;
        if segments.is_empty() {
            return Ok(Self::all());
        }
        if !text.bytes().all(is_plain) {
            check_letters(text)?;
        }
        for (index, segment) in segments.split('/').enumerate() {
            if index >= MOST_SEGMENTS {
                return Err(ParseCommandError::TooManySegments);
            }
            if segment.is_empty() {
                return Err(ParseCommandError::EmptySegment);
            }
            if segment == "." || segment == ".." {
                return Err(ParseCommandError::DotSegment);
            }
        }
        Ok(Self(text.into()))
    }
}

/// Neither upper case nor a control character, as one sees without knowing Unicode.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !byte.is_ascii_uppercase()
}

fn check_letters(text: &str) -> Result<(), ParseCommandError> {
    // Title-case letters are not upper case, and some upper-case letters have no lower case.
    let lower = text.chars().flat_map(char::to_lowercase);
    if lower.ne(text.chars()) || text.chars().any(char::is_uppercase) {
        return Err(ParseCommandError::UpperCase);
    }
    if text.chars().any(char::is_control) {
        return Err(ParseCommandError::ControlCharacter);
    }
    Ok(())
}

impl fmt::Display for Command {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

/// Why a text is not a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseCommandError {
    /// It does not start with `/`.
    #[error("a command starts with `/`")]
    NoSlash,
    /// It has upper-case letters.
    #[error("a command is in lower case")]
    UpperCase,
    /// `//`, or a `/` at the end.
    #[error("a command has no empty segment and no `/` at its end")]
    EmptySegment,
    /// `.` or `..` between slashes.
    #[error("a command has no segment `.` or `..`")]
    DotSegment,
    /// It has control characters.
    #[error("a command has no control characters")]
    ControlCharacter,
    /// More than 256 bytes.
    #[error("a command has at most {LONGEST} bytes")]
    TooLong,
    /// More than 16 segments.
    #[error("a command has at most {MOST_SEGMENTS} segments")]
    TooManySegments,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_by_whole_segments() {
        let command = |text: &str| text.parse::<Command>().unwrap();
        for (wide, narrow, covers) in [
            ("/", "/", true),
            ("/", "/crypto", true),
            ("/crypto", "/crypto", true),
            ("/crypto", "/crypto/sign", true),
            ("/crypto", "/cryptocurrency", false),
            ("/crypto/sign", "/crypto", false),
            ("/crypto", "/", false),
        ] {
            assert_eq!(
                command(wide).covers(&command(narrow)),
                covers,
                "{wide} {narrow}"
            );
        }
    }

    #[test]
    fn refuses_what_is_no_command() {
        use ParseCommandError as E;
        for (text, error) in [
            ("", E::NoSlash),
            ("read", E::NoSlash),
            ("/Read", E::UpperCase),
            ("/\u{1c5}", E::UpperCase),
            ("/\u{1d400}", E::UpperCase),
            ("//", E::EmptySegment),
            ("/read/", E::EmptySegment),
            ("/a//b", E::EmptySegment),
            ("/a/../b", E::DotSegment),
            ("/a\u{0}", E::ControlCharacter),
            (&format!("/{}", "a".repeat(256)), E::TooLong),
            (&"/a".repeat(17), E::TooManySegments),
        ] {
            assert_eq!(text.parse::<Command>(), Err(error), "{text}");
        }
        assert!("/a".repeat(16).parse::<Command>().is_ok());
        assert!(format!("/{}", "a".repeat(255)).parse::<Command>().is_ok());
    }
}
