//! What does a server want? `WWW-Authenticate: UCAN …`. RFC 9110, "WWW-Authenticate".

use std::fmt;

use delegant::{Command, Did, ParseCommandError, ParseDidError};
use thiserror::Error;

use crate::names::SCHEME;

/// What a call must say to be let in.
///
/// ```
/// use delegant_http::Challenge;
///
/// let did: delegant::Did = "did:web:records.example".parse()?;
/// let challenge = Challenge::new(did.clone()).subject(did).command("/encounters/read".parse()?);
/// let text = challenge.to_string();
/// assert_eq!(Challenge::find(&text)?, Some(challenge));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    executor: Did,
    subject: Option<Did>,
    command: Option<Command>,
    realm: Option<String>,
}

impl Challenge {
    /// A challenge of this executor: the audience of the invocation, where it is not its subject.
    #[must_use]
    pub const fn new(executor: Did) -> Self {
        Self {
            executor,
            subject: None,
            command: None,
            realm: None,
        }
    }

    /// Says whose authority is needed.
    #[must_use]
    pub fn subject(mut self, subject: Did) -> Self {
        self.subject = Some(subject);
        self
    }

    /// Says which command is needed.
    #[must_use]
    pub fn command(mut self, command: Command) -> Self {
        self.command = Some(command);
        self
    }

    /// Names the place, for people.
    #[must_use]
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.realm = Some(realm.into());
        self
    }

    /// Who would act.
    #[must_use]
    pub const fn wanted_executor(&self) -> &Did {
        &self.executor
    }

    /// On whose authority, where one is needed in particular.
    #[must_use]
    pub const fn wanted_subject(&self) -> Option<&Did> {
        self.subject.as_ref()
    }

    /// What is done here, where it is one thing.
    #[must_use]
    pub const fn wanted_command(&self) -> Option<&Command> {
        self.command.as_ref()
    }

    /// The place.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        self.realm.as_deref()
    }

    /// Finds the challenge of this scheme in the value of a `WWW-Authenticate` header, which may hold
    /// several of several schemes.
    ///
    /// # Errors
    /// [`ChallengeError`] where the header is not in order, or our challenge in it is not.
    pub fn find(value: &str) -> Result<Option<Self>, ChallengeError> {
        let mut reader = Reader(value);
        let mut found = None;
        while let Some((scheme, parameters)) = reader.challenge()? {
            if !scheme.eq_ignore_ascii_case(SCHEME) {
                continue;
            }
            if found.is_some() {
                return Err(ChallengeError::Several);
            }
            found = Some(Self::of(parameters)?);
        }
        Ok(found)
    }

    fn of(parameters: Parameters) -> Result<Self, ChallengeError> {
        let (mut executor, mut subject, mut command, mut realm) = (None, None, None, None);
        for (name, value) in parameters {
            let twice = match name.as_str() {
                "executor" => executor.replace(value.parse()?).is_some(),
                "subject" => subject.replace(value.parse()?).is_some(),
                "command" => command.replace(value.parse()?).is_some(),
                "realm" => realm.replace(value).is_some(),
                // RFC 9110: unknown parameters are ignored.
                _ => false,
            };
            if twice {
                return Err(ChallengeError::Syntax);
            }
        }
        Ok(Self {
            executor: executor.ok_or(ChallengeError::NoExecutor)?,
            subject,
            command,
            realm,
        })
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{SCHEME} executor=\"{}\"", self.executor)?;
        if let Some(subject) = &self.subject {
            write!(formatter, ", subject=\"{subject}\"")?;
        }
        if let Some(command) = &self.command {
            write!(formatter, ", command=\"{}\"", Quoted(command.as_str()))?;
        }
        if let Some(realm) = &self.realm {
            write!(formatter, ", realm=\"{}\"", Quoted(realm))?;
        }
        Ok(())
    }
}

/// A text inside quotes, in the letters that a header may hold; others become `?`.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '"' | '\\' => write!(formatter, "\\{letter}")?,
                ' '..='~' => write!(formatter, "{letter}")?,
                _ => formatter.write_str("?")?,
            }
        }
        Ok(())
    }
}

/// Names in lower case, and values.
type Parameters = Vec<(String, String)>;

/// Reads a list of challenges from its beginning.
struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    /// The next scheme and its parameters; a lone token in their place is passed over.
    fn challenge(&mut self) -> Result<Option<(&'a str, Parameters)>, ChallengeError> {
        self.skip(" \t,");
        if self.0.is_empty() {
            return Ok(None);
        }
        let scheme = self.token()?;
        let mut parameters = Vec::new();
        let spaced = self.0.starts_with(' ');
        self.skip(" ");
        if spaced {
            match self.parameter() {
                Some(first) => parameters.push(first?),
                None => self.skip_token68(),
            }
        }
        loop {
            self.skip(" \t");
            if self.0.is_empty() {
                break;
            }
            if !self.0.starts_with(',') {
                return Err(ChallengeError::Syntax);
            }
            self.skip(" \t,");
            match self.parameter() {
                Some(parameter) => parameters.push(parameter?),
                None => break,
            }
        }
        Ok(Some((scheme, parameters)))
    }

    /// `name=value`, where that is what comes next.
    fn parameter(&mut self) -> Option<Result<(String, String), ChallengeError>> {
        let mut ahead = Reader(self.0);
        let name = ahead.token().ok()?;
        ahead.skip(" \t");
        ahead.0 = ahead.0.strip_prefix('=')?;
        ahead.skip(" \t");
        let value = if ahead.0.starts_with('"') {
            ahead.quoted()
        } else {
            // Not a parameter but a lone token that ends in `=`.
            Ok(ahead.token().ok()?.to_owned())
        };
        self.0 = ahead.0;
        Some(value.map(|value| (name.to_ascii_lowercase(), value)))
    }

    fn token(&mut self) -> Result<&'a str, ChallengeError> {
        let is_token =
            |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter);
        self.take(is_token).ok_or(ChallengeError::Syntax)
    }

    fn quoted(&mut self) -> Result<String, ChallengeError> {
        let mut text = String::new();
        let mut letters = self.0.chars();
        letters.next();
        loop {
            match letters.next().ok_or(ChallengeError::Syntax)? {
                '"' => break,
                '\\' => text.push(letters.next().ok_or(ChallengeError::Syntax)?),
                letter => text.push(letter),
            }
        }
        self.0 = letters.as_str();
        Ok(text)
    }

    fn skip_token68(&mut self) {
        let _ = self.take(|letter| letter.is_ascii_alphanumeric() || "-._~+/=".contains(letter));
    }

    fn skip(&mut self, letters: &str) {
        self.0 = self.0.trim_start_matches(|letter| letters.contains(letter));
    }

    fn take(&mut self, accepts: impl Fn(char) -> bool) -> Option<&'a str> {
        let end = self.0.find(|letter| !accepts(letter));
        let (taken, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest;
        (!taken.is_empty()).then_some(taken)
    }
}

/// Why a header holds no challenge that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ChallengeError {
    /// Not a list of challenges.
    #[error("not a list of challenges")]
    Syntax,
    /// Two challenges of our scheme in one header.
    #[error("more than one challenge of the scheme `UCAN`")]
    Several,
    /// It does not say who would act.
    #[error("the challenge names no `executor`")]
    NoExecutor,
    /// A DID in it is none.
    #[error("not a DID: {0}")]
    Did(#[from] ParseDidError),
    /// The command in it is none.
    #[error("not a command: {0}")]
    Command(#[from] ParseCommandError),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn did() -> Did {
        "did:web:records.example".parse().unwrap()
    }

    #[test]
    fn is_found_among_others() {
        let wanted = Challenge::new(did()).command("/read".parse().unwrap());
        for value in [
            "UCAN executor=\"did:web:records.example\", command=\"/read\"",
            "ucan  EXECUTOR = did:web:records.example", // a colon is no letter of a token
            "Bearer, UCAN executor=\"did:web:records.example\", command=\"/read\"",
            "Bearer abc==, UCAN executor=\"did:web:records.example\",command=\"\\/read\"",
            "Basic realm=\"UCAN executor=\", charset=UTF-8, UCAN command=\"/read\", executor=\"did:web:records.example\", more=x",
            ", UCAN executor=\"did:web:records.example\" , command=\"/read\", Bearer",
        ] {
            let found = Challenge::find(value);
            if value.starts_with("ucan  ") {
                assert!(found.is_err(), "{value}");
            } else {
                assert_eq!(found, Ok(Some(wanted.clone())), "{value}");
            }
        }
    }

    #[test]
    fn is_not_found_where_there_is_none() {
        for value in ["", "Bearer", "Basic realm=\"UCAN\"", "Negotiate UCAN"] {
            assert_eq!(Challenge::find(value), Ok(None), "{value}");
        }
    }

    #[test]
    fn is_refused_where_it_is_not_in_order() {
        for value in [
            "UCAN",
            "UCAN executor=\"did:x:y",
            "UCAN executor=\"nobody\"",
            "UCAN executor=\"did:x:y\", command=\"read\"",
            "UCAN executor=\"did:x:y\", executor=\"did:x:y\"",
            "UCAN executor=\"did:x:y\" command=\"/read\"",
            "UCAN executor=\"did:x:y\", UCAN executor=\"did:x:y\"",
        ] {
            assert!(Challenge::find(value).is_err(), "{value}");
        }
    }

    #[test]
    fn never_leaves_its_quotes() {
        let realm = "a\"b\\c\r\nX-Evil: 1";
        let challenge = Challenge::new(did()).realm(realm);
        let text = challenge.to_string();
        assert!(text.ends_with("realm=\"a\\\"b\\\\c??X-Evil: 1\""), "{text}");
        let found = Challenge::find(&text).unwrap().unwrap();
        assert_eq!(found.place(), Some("a\"b\\c??X-Evil: 1"));
    }
}
