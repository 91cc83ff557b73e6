//! How is a refusal told, and to whom? As a problem document, with the reason for its signer alone.

use delegant::{Cid, Container, Denial, Reason};
use delegant_http::{Explained, Problem};

use crate::refusal::{Cause, Refusal};

impl Refusal {
    /// The refusal as it is answered; `sent` is what came with the call, where that could be read.
    ///
    /// The one who signed the invocation is told why, as far as it shows what was sent; anybody else
    /// gets the code. The status is that of HTTP: 400, 401 where another invocation would do, 403,
    /// 409 used before, 503.
    #[must_use]
    pub fn problem(&self, sent: Option<&Container>) -> Problem {
        let invocation = sent
            .and_then(|sent| sent.invocation().ok())
            .map(|token| token.cid());
        let problem = Problem::new(status(self, invocation), self.code());
        match self.cause() {
            // Says of the bytes what the bytes say, and nothing of what is here.
            Cause::Decode(error) => problem.with_detail(error.to_string()),
            // For the signer alone, and nothing of what keeps us from knowing.
            cause if self.signed_by().is_some() => explained(problem, cause, sent),
            _ => problem,
        }
    }
}

fn explained(problem: Problem, cause: &Cause, sent: Option<&Container>) -> Problem {
    match cause {
        Cause::Denial(denial) if was_sent(denial, sent) => problem
            .with_detail(denial.to_string())
            .with_explanation(denial.into()),
        // Who knows the CID of somebody's delegation does not thereby get to know what it says.
        Cause::Denial(denial) => {
            let mut explanation = Explained::default();
            explanation.token = Some(denial.token);
            explanation.mend = Some("send this proof along to have it explained".to_owned());
            problem.with_explanation(explanation)
        }
        Cause::MissingProofs { missing } => problem
            .with_detail(cause.to_string())
            .with_missing(missing.clone()),
        Cause::NotServed { .. } | Cause::RevocationStale { .. } => {
            problem.with_detail(cause.to_string())
        }
        _ => problem,
    }
}

fn was_sent(denial: &Denial, sent: Option<&Container>) -> bool {
    sent.is_some_and(|sent| {
        let invocations = sent.invocations().iter().map(|token| token.cid());
        let delegations = sent.delegations().iter().map(|token| token.cid());
        invocations
            .chain(delegations)
            .any(|cid| cid == denial.token)
    })
}

/// Can the caller mend it, by what, or is it we?
fn status(refusal: &Refusal, invocation: Option<Cid>) -> u16 {
    match refusal.cause() {
        Cause::Decode(_) => 400,
        Cause::Signature(_) => 401,
        Cause::Denial(Denial { token, reason }) => match reason {
            Reason::Replayed => 409,
            Reason::LifetimeTooLong { .. } => 401,
            Reason::Expired { .. } | Reason::TooEarly { .. } if Some(*token) == invocation => 401,
            _ => 403,
        },
        Cause::NotServed { .. } | Cause::MissingProofs { .. } => 403,
        // Also what may be added: what we do not know how to judge, we cannot judge.
        _ => 503,
    }
}
