//! Why was there no answer? With what the service said, and what can be done.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use delegant::{Did, ParseCommandError};
use delegant_http::carrier::WriteError;
use delegant_http::names::PROBLEM_TYPE;
use delegant_http::{ArgumentsError, Challenge, Problem};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use thiserror::Error;

use crate::agent::{Call, InvokeError};
use crate::client::advice::{Advice, advise};
use crate::client::exchange::{is_passing, retry_after};
use crate::client::response::ReceiptError;
use crate::client::rpc::Done;
use crate::client::skew::Skew;
use crate::client::transport::Raw;

/// Why a call was not made, not answered, or not allowed.
///
/// Its texts hold no token, secret or argument. What the service said is made harmless to a terminal.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CallError {
    /// The agent did not sign: it may not, says [`NoProof`](crate::NoProof), and whom to ask.
    #[error(transparent)]
    Invoke(#[from] InvokeError),
    /// The arguments are none.
    #[error(transparent)]
    Arguments(#[from] ArgumentsError),
    /// The command is none.
    #[error(transparent)]
    Command(#[from] ParseCommandError),
    /// Nobody said whose authority it is.
    #[error("on whose authority? say `subject(…)`, or who the service is with `service(…)`")]
    NoSubject,
    /// The path is none, or leads elsewhere.
    #[error("a path begins with `/`, has no fragment, and leads to the same service")]
    Path,
    /// A header that cannot be sent, or that is the client's to set.
    #[error(
        "`{name}` is no header to set: it is the client's own, or not text that a header holds"
    )]
    Header {
        /// Its name.
        name: String,
    },
    /// No header and no body would hold the call.
    #[error(transparent)]
    TooLarge(#[from] WriteError),
    /// No connection. Nothing was sent.
    #[error("the service cannot be reached: {}", Causes(.0))]
    Unreachable(#[source] reqwest::Error),
    /// No whole answer. The call may have been executed.
    #[error("no answer, and the call may have been executed: {}", Causes(.0))]
    NoAnswer(#[source] reqwest::Error),
    /// A longer answer than asked for.
    #[error("an answer of more than {maximum} bytes; the call may have been executed")]
    AnswerTooLong {
        /// In bytes.
        maximum: usize,
    },
    /// An answer that is not of the service, or not of this kind of service.
    #[error("answered with {status} and no reason: is there a service of this kind at the URL?")]
    Status {
        /// It.
        status: StatusCode,
    },
    /// An answer that cannot be read.
    #[error("cannot read {what}: {cause}")]
    NotReadable {
        /// What.
        what: &'static str,
        /// Why.
        cause: String,
    },
    /// The service refused.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The service executed it, and it failed.
    #[error("executed, and failed{}", .0.code().map(|code| format!(": {}", Harmless(code))).unwrap_or_default())]
    Failed(Box<Done>),
    /// The service answered, and its receipt does not hold.
    #[error("answered, and {0}")]
    Receipt(#[from] ReceiptError),
}

impl CallError {
    /// What the service said, where it refused.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// May the call have been executed all the same? Then calling again may do it twice.
    #[must_use]
    pub fn may_have_run(&self) -> bool {
        match self {
            Self::NoAnswer(_)
            | Self::AnswerTooLong { .. }
            | Self::NotReadable { .. }
            | Self::Failed(_)
            | Self::Receipt(_) => true,
            Self::Status { status } => status.is_server_error() || status.is_success(),
            Self::Refused(refusal) => refusal.may_have_run(),
            _ => false,
        }
    }

    /// How long to wait at least before another invocation may do better; `None` where none would.
    pub(super) fn again_after(&self) -> Option<Duration> {
        match self {
            Self::Unreachable(_) | Self::NoAnswer(_) => Some(Duration::ZERO),
            Self::Status { status } if is_passing(*status) => Some(Duration::ZERO),
            Self::Refused(refusal) if is_passing(refusal.status) => {
                Some(refusal.retry_after.unwrap_or_default())
            }
            _ => None,
        }
    }
}

/// What a service said when it refused a call, and what can be done about it.
#[derive(Debug, Clone)]
pub struct Refusal {
    status: StatusCode,
    problem: Problem,
    challenge: Option<Challenge>,
    skew: Option<Skew>,
    retry_after: Option<Duration>,
    advice: Advice,
}

impl Refusal {
    /// The refusal in an answer, where it is one.
    pub(super) fn find(raw: &Raw, call: Option<&Call>) -> Option<Self> {
        let media_type = raw.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let (media_type, _) = media_type.split_once(';').unwrap_or((media_type, ""));
        if !media_type.trim().eq_ignore_ascii_case(PROBLEM_TYPE) {
            return None;
        }
        // A handler may answer with problems of its own: they are answers.
        let problem = Problem::from_json(&raw.body).ok()?;
        problem
            .is_refusal()
            .then(|| Self::new(problem, raw.status, raw, call))
    }

    pub(super) fn new(
        problem: Problem,
        status: StatusCode,
        raw: &Raw,
        call: Option<&Call>,
    ) -> Self {
        let challenge = raw
            .headers
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .find_map(|value| Challenge::find(value.to_str().ok()?).ok()?);
        let skew = raw
            .skew
            .filter(Skew::is_notable)
            .filter(|_| matches!(problem.code(), "Expired" | "TooEarly" | "LifetimeTooLong"));
        Self {
            status,
            advice: call
                .map(|call| advise(&problem, challenge.as_ref(), skew, call))
                .unwrap_or_default(),
            retry_after: retry_after(&raw.headers),
            problem,
            challenge,
            skew,
        }
    }

    /// The name of the refusal, such as `MatchError`.
    #[must_use]
    pub fn code(&self) -> &str {
        self.problem.code()
    }

    /// The status of the response; in RPC, the problem's own.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The whole problem document, as the service wrote it.
    #[must_use]
    pub const fn problem(&self) -> &Problem {
        &self.problem
    }

    /// What the service wants of a call, where it said.
    #[must_use]
    pub const fn challenge(&self) -> Option<&Challenge> {
        self.challenge.as_ref()
    }

    /// How far the clocks are apart, where that explains it.
    #[must_use]
    pub const fn skew(&self) -> Option<Skew> {
        self.skew
    }

    /// How long the service wants to be left alone.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Who could help: an issuer of a delegation, the subject, or the service.
    #[must_use]
    pub const fn whom(&self) -> Option<&Did> {
        self.advice.whom.as_ref()
    }

    /// What to do, or to ask for, where that is known.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.advice.text.as_deref()
    }

    /// May the call have been executed all the same? Before these refusals nothing is used.
    #[must_use]
    pub fn may_have_run(&self) -> bool {
        !matches!(self.status.as_u16(), 400 | 401 | 403 | 404 | 413)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = self.problem.detail().unwrap_or(self.problem.title());
        write!(
            formatter,
            "refused ({} {}): {}",
            self.status.as_u16(),
            self.code(),
            Harmless(said)
        )?;
        if let Some(skew) = self.skew {
            write!(formatter, "; {skew}")?;
        }
        match &self.advice.text {
            Some(advice) => write!(formatter, "; {advice}"),
            None => Ok(()),
        }
    }
}

/// A text of the service: at most so long, and nothing in it that moves a cursor.
struct Harmless<'a>(&'a str);

const LONGEST: usize = 400;

impl fmt::Display for Harmless<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut letters = self.0.chars();
        for letter in letters.by_ref().take(LONGEST) {
            if letter.is_control()
                || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
            {
                formatter.write_str("\u{fffd}")?;
            } else {
                write!(formatter, "{letter}")?;
            }
        }
        if letters.next().is_some() {
            formatter.write_str("…")?;
        }
        Ok(())
    }
}

/// An error and what led to it; the first alone says next to nothing.
struct Causes<'a>(&'a reqwest::Error);

impl fmt::Display for Causes<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_timeout() {
            return formatter.write_str("the time was up");
        }
        let mut cause: &dyn Error = self.0;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        write!(formatter, "{cause}")
    }
}
