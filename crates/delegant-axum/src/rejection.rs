//! How is a refusal answered? The only room that knows statuses of HTTP.

use std::fmt;

use axum::http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER, VARY, WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use delegant::{Command, Container, Denial, Reason};
use delegant_http::carrier::CarrierError;
use delegant_http::names::PROBLEM_TYPE;
use delegant_http::{ArgumentsError, Challenge, NotBound, Problem};
use delegant_store::{Cause, Refusal};

use crate::layer::Shared;
use crate::pending::NotArrived;

/// A call that was refused, as it is answered: a problem document, with a challenge where another
/// invocation would do.
pub struct Rejection {
    problem: Box<Problem>,
    challenge: Option<Box<Challenge>>,
    /// Whether to read nothing more of this connection.
    closes: bool,
}

impl Rejection {
    fn new(status: StatusCode, code: &str) -> Self {
        Self {
            problem: Box::new(Problem::new(status.as_u16(), code)),
            challenge: None,
            closes: false,
        }
    }

    fn with(mut self, add: impl FnOnce(Problem) -> Problem) -> Self {
        self.problem = Box::new(add(*self.problem));
        self
    }

    /// What is answered.
    #[must_use]
    pub const fn problem(&self) -> &Problem {
        &self.problem
    }

    /// The name of the refusal, such as `MatchError`.
    #[must_use]
    pub fn code(&self) -> &str {
        self.problem.code()
    }

    /// Too many calls at once.
    pub(crate) fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "Busy")
    }

    /// It went wrong here.
    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal")
    }

    /// A handler asks for a decision, and there is nothing to decide on: it stands outside of the layer,
    /// or asks twice.
    pub(crate) fn not_layered() -> Self {
        Self::internal()
    }

    /// Nobody here does this.
    pub(crate) fn unknown_command() -> Self {
        Self::new(StatusCode::NOT_FOUND, "UnknownCommand")
    }

    /// What came of it does not fit into a receipt.
    pub(crate) fn too_large_an_outcome() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "TooLarge").with(|problem| {
            problem.with_detail("it was done, and its outcome is larger than a receipt holds")
        })
    }

    /// The request can be read in two ways: so can what seems to come behind it.
    pub(crate) fn ambiguous() -> Self {
        let mut rejection = Self::new(StatusCode::BAD_REQUEST, "Malformed").with(|problem| {
            problem.with_detail(
                "the request says two lengths, not one host, or a path that is no text",
            )
        });
        rejection.closes = true;
        rejection
    }

    /// A revocation of something that is not judged here, as far as it shows.
    pub(crate) fn not_concerned() -> Self {
        Self::new(StatusCode::FORBIDDEN, "NotServed").with(|problem| {
            problem.with_detail(
                "nothing shows that this revocation is about what is served here: send along the \
                 delegation that it revokes and those above it",
            )
        })
    }

    /// A body holds no invocation, or two of one task.
    pub(crate) fn batch(detail: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Malformed").with(|problem| problem.with_detail(detail))
    }

    /// The request says what was not signed.
    pub(crate) fn not_bound(refusal: &NotBound) -> Self {
        Self::new(StatusCode::BAD_REQUEST, refusal.code()).with(|problem| {
            problem
                .with_detail(refusal.to_string())
                .with_explanation(refusal.into())
        })
    }

    /// The arguments are not those of the command.
    pub(crate) fn arguments(error: &ArgumentsError) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidArguments")
            .with(|problem| problem.with_detail(error.to_string()))
    }
}

/// What a refusal says depends on who is served, and on who asks.
impl Shared {
    /// There is no call in the request.
    pub(crate) fn not_arrived(&self, why: NotArrived, wanted: Option<&Command>) -> Rejection {
        let bad = |code| Rejection::new(StatusCode::BAD_REQUEST, code);
        match why {
            NotArrived::Carrier(error @ (CarrierError::Absent | CarrierError::OtherScheme)) => self
                .challenged(Rejection::new(StatusCode::UNAUTHORIZED, "NoToken"), wanted)
                .with(|problem| problem.with_detail(error.to_string())),
            NotArrived::Carrier(error) => {
                bad("Malformed").with(|problem| problem.with_detail(error.to_string()))
            }
            NotArrived::TooLarge => {
                Rejection::new(StatusCode::PAYLOAD_TOO_LARGE, "TooLarge").with(|problem| {
                    problem.with_detail(format!(
                        "a body has at most {} bytes here",
                        self.largest_body
                    ))
                })
            }
            NotArrived::BrokenOff => {
                bad("Malformed").with(|problem| problem.with_detail("the body broke off"))
            }
            NotArrived::Ambiguous => Rejection::ambiguous(),
        }
    }

    /// The verifier refuses; `sent` is what came with the call, where that could be read.
    pub(crate) fn refused(
        &self,
        refusal: &Refusal,
        sent: Option<&Container>,
        wanted: Option<&Command>,
    ) -> Rejection {
        if let (Cause::Store(_), Some(metrics)) = (refusal.cause(), &self.metrics) {
            metrics.store_failed();
        }
        let problem = refusal.problem(sent);
        let wants_another = problem.status() == StatusCode::UNAUTHORIZED.as_u16();
        let rejection = Rejection {
            problem: Box::new(problem),
            challenge: None,
            closes: false,
        };
        if wants_another || is_for_another(refusal.cause()) {
            return self.challenged(rejection, wanted);
        }
        rejection
    }

    fn challenged(&self, mut rejection: Rejection, wanted: Option<&Command>) -> Rejection {
        let mut challenge = Challenge::new(self.verifier.executor().clone());
        if let Some(subject) = self.verifier.only_subject() {
            challenge = challenge.subject(subject.clone());
        }
        if let Some(command) = wanted {
            challenge = challenge.command(command.clone());
        }
        if let Some(realm) = &self.realm {
            challenge = challenge.realm(realm);
        }
        rejection.challenge = Some(Box::new(challenge));
        rejection
    }
}

/// Then it helps to know who is here.
const fn is_for_another(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::NotServed { .. }
            | Cause::Denial(Denial {
                reason: Reason::OtherExecutor { .. },
                ..
            })
    )
}

/// Seconds after which to try again what is unavailable.
const RETRY: HeaderValue = HeaderValue::from_static("1");

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem.status())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, self.problem.to_json()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_TYPE));
        if let Some(challenge) = self.challenge
            && let Ok(value) = HeaderValue::from_str(&challenge.to_string())
        {
            headers.insert(WWW_AUTHENTICATE, value);
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, RETRY);
        }
        if self.closes {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        never_kept(headers);
        response
    }
}

/// What was answered to one caller is for no other.
pub(crate) fn never_kept(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let says = |value: &HeaderValue| {
        value
            .as_bytes()
            .to_ascii_lowercase()
            .split(|byte| *byte == b',')
            .any(|name| name.trim_ascii() == b"authorization")
    };
    if !headers.get_all(VARY).iter().any(says) {
        headers.append(VARY, HeaderValue::from_static("authorization"));
    }
}

/// The header that a receipt is asked for and given by.
pub(crate) const RECEIPT: HeaderName = HeaderName::from_static("ucan-receipt");

impl fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.problem.status(), self.code())
    }
}

// The details are for the signer and not for logs.
impl fmt::Debug for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Rejection({self})")
    }
}

impl std::error::Error for Rejection {}
