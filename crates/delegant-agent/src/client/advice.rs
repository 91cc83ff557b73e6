//! A refusal: what would help, and who?

use delegant::{Delegation, Did, Verified};
use delegant_http::{Challenge, Problem};

use crate::agent::Call;
use crate::client::skew::Skew;

/// What to do about a refusal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Advice {
    /// Who could help.
    pub(super) whom: Option<Did>,
    pub(super) text: Option<String>,
}

impl Advice {
    fn new(text: impl Into<String>) -> Self {
        Self {
            whom: None,
            text: Some(text.into()),
        }
    }

    fn ask(whom: &Did, what: impl Into<String>) -> Self {
        Self {
            whom: Some(whom.clone()),
            text: Some(what.into()),
        }
    }
}

/// From the code, the token at fault, and what the service wants; never from its words.
pub(super) fn advise(
    problem: &Problem,
    challenge: Option<&Challenge>,
    skew: Option<Skew>,
    call: &Call,
) -> Advice {
    let invocation = call.invocation();
    let token = problem.explanation().and_then(|explained| explained.token);
    let link = token.and_then(|token| call.proofs().iter().find(|proof| proof.cid() == token));
    match (problem.code(), link) {
        ("Expired" | "TooEarly", None) | ("LifetimeTooLong", _) => match skew {
            Some(_) => Advice::new("set the clock that is wrong"),
            None => Advice::new("sign a new one"),
        },
        ("Replayed", _) => Advice::new("somebody used it before; sign a new one"),
        ("Expired", Some(link)) => new_one(link, "that lasts"),
        ("TooEarly", Some(link)) => new_one(link, "that has begun, or wait"),
        ("Revoked", Some(link)) => new_one(link, "in place of the revoked one"),
        ("MatchError", Some(link)) => new_one(link, "whose policy allows these arguments"),
        ("CommandNotCovered", Some(link)) => new_one(link, "that covers the command"),
        ("Revoked" | "MatchError" | "CommandNotCovered" | "InvalidClaim" | "InvalidSubject", _) => {
            Advice::ask(
                invocation.subject(),
                format!(
                    "ask {} for a delegation of `{}`",
                    invocation.subject(),
                    invocation.command()
                ),
            )
        }
        ("InvalidAudience", _) => match challenge.map(Challenge::wanted_executor) {
            Some(executor) if executor != invocation.executor() => Advice::ask(
                executor,
                format!(
                    "the call was for {}, and the service says it is {executor}; if that is whom you mean, name it as the service",
                    invocation.executor()
                ),
            ),
            _ => Advice::new(format!("is the service {}?", invocation.executor())),
        },
        ("NotServed", _) => match challenge.and_then(Challenge::wanted_subject) {
            Some(subject) => Advice::new(format!("only the resources of {subject} are there")),
            None => Advice::new("is the subject the one that is meant, and the service its own?"),
        },
        ("NotBound", _) => match challenge.and_then(Challenge::wanted_command) {
            Some(command) if command != invocation.command() => Advice::new(format!(
                "the service does `{command}` here; if that is what you mean, sign that"
            )),
            _ => Advice::new(
                "is there a proxy in between that changes the request, or is the service known by another host?",
            ),
        },
        ("UnavailableProof", _) => {
            Advice::new("it asks for proofs that the call does not name, or had already")
        }
        ("RefusedPrincipal", _) => Advice::new("only who runs the service can change that"),
        ("RevocationStale" | "Busy" | "Unavailable", _) => Advice::new("try again later"),
        _ => Advice::default(),
    }
}

/// Its issuer gave it, and could give another.
fn new_one(link: &Verified<Delegation>, which: &str) -> Advice {
    Advice::ask(
        link.issuer(),
        format!(
            "ask {} for a delegation of `{}` to {} {which}",
            link.issuer(),
            link.command(),
            link.audience()
        ),
    )
}
