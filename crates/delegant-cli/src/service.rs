//! How does the terminal speak to a service? One call at a time, and in words where it is refused.

use std::fmt;
use std::str::FromStr;

use delegant_agent::client::{CallError, Client, ClientError, Refusal};
use delegant_agent::{Agent, InvokeError};

use crate::delegate::not_signed;
use crate::failure::Failure;
use crate::wallet::no_proof;

/// A URL, taken apart at its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    base: String,
    path: String,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text
            .split_once("://")
            .filter(|(scheme, _)| ["http", "https"].contains(scheme))
            .ok_or("a URL begins with `https://` or `http://`")?;
        let (host, path) = match rest.find(['/', '?', '#']) {
            Some(end) => rest.split_at(end),
            None => (rest, ""),
        };
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/{path}")
        };
        Ok(Self {
            base: format!("{scheme}://{host}"),
            path,
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}", self.base, self.path)
    }
}

impl Place {
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// A client for whatever is there: paths are added to the origin.
    pub(crate) fn client(&self, agent: &Agent, in_the_clear: bool) -> Result<Client, Failure> {
        client(agent, &self.base, in_the_clear)
    }

    /// A client for the service that is there: paths are added to this one.
    pub(crate) fn client_below(
        &self,
        agent: &Agent,
        in_the_clear: bool,
    ) -> Result<Client, Failure> {
        client(agent, &format!("{}{}", self.base, self.path), in_the_clear)
    }
}

fn client(agent: &Agent, base: &str, in_the_clear: bool) -> Result<Client, Failure> {
    let client = if in_the_clear {
        agent.client_in_the_clear(base)
    } else {
        agent.client(base)
    };
    client.map_err(|cause| match cause {
        ClientError::InTheClear => Failure::usage(
            "plain `http` to another machine: whoever listens could use an invocation first",
        )
        .hint("call it by `https`, or say `--in-the-clear` where the network is trusted"),
        other => Failure::usage(other),
    })
}

/// Reads `name: value`.
pub(crate) fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write NAME:VALUE")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// Why there is no answer: what the service said, and what can be done.
pub(crate) fn failure(cause: CallError) -> Failure {
    match cause {
        CallError::Invoke(InvokeError::NoProof(missed)) => no_proof("at hand", &missed),
        CallError::Invoke(InvokeError::Build(build)) => not_signed(build),
        CallError::Refused(refusal) => refused(&refusal),
        CallError::Failed(_) => Failure::refused("Failed", cause),
        CallError::Receipt(_) => Failure::refused("Receipt", cause).hint(ONCE_MORE),
        CallError::Unreachable(_) => Failure::unreadable("Unreachable", cause),
        CallError::NoAnswer(_) => Failure::unreadable("NoAnswer", cause).hint(ONCE_MORE),
        _ => Failure::usage(cause),
    }
}

const ONCE_MORE: &str = "calling again may do it twice";

fn refused(refusal: &Refusal) -> Failure {
    let said = refusal
        .problem()
        .detail()
        .unwrap_or(refusal.problem().title());
    let mut failure = Failure::refused(
        refusal.code().to_owned(),
        format_args!("refused ({}): {said}", refusal.status().as_u16()),
    );
    if let Some(explained) = refusal.problem().explanation() {
        if let Some(statement) = &explained.statement {
            let place = explained.place.as_deref().unwrap_or_default();
            failure = failure.hint(format_args!("statement {statement} at {place}"));
        }
        let argument = explained.argument.as_deref();
        let found = explained.found.as_ref().or(explained.signed.as_ref());
        if let Some(found) = found {
            let what =
                argument.map_or_else(|| "found".to_owned(), |name| format!("signed `{name}`"));
            failure = failure.hint(format_args!("{what} {found}"));
        }
        if let Some(sent) = &explained.sent {
            failure = failure.hint(format_args!("sent {sent}"));
        }
        failure = failure.hints(explained.mend.iter());
    }
    if let Some(challenge) = refusal.challenge() {
        let command = challenge
            .wanted_command()
            .map(|command| format!(" --command {command}"));
        let subject = challenge
            .wanted_subject()
            .map(|subject| format!(" --subject {subject}"));
        failure = failure.hint(format_args!(
            "it wants --service {}{}{}",
            challenge.wanted_executor(),
            subject.unwrap_or_default(),
            command.unwrap_or_default()
        ));
    }
    if let Some(skew) = refusal.skew() {
        failure = failure.hint(skew);
    }
    failure = failure.hints(refusal.advice());
    if let Some(pause) = refusal.retry_after() {
        failure = failure.hint(format_args!("not before {} s from now", pause.as_secs()));
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart_at_its_path() {
        let read = |text: &str| text.parse().map(|place: Place| (place.base, place.path));
        for (text, base, path) in [
            ("https://a.example/b/c?d=e", "https://a.example", "/b/c?d=e"),
            ("http://localhost:8080", "http://localhost:8080", "/"),
            ("https://a.example?d", "https://a.example", "/?d"),
        ] {
            assert_eq!(read(text), Ok((base.to_owned(), path.to_owned())), "{text}");
        }
        assert!(read("a.example").is_err());
        assert!(read("ftp://a.example/").is_err());
    }
}
