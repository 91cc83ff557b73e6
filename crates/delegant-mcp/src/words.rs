//! How is a reason said to a model? In one line, without a key or a token.

use delegant::{Explanation, Reason, to_dag_json};
use delegant_agent::{DelegateError, InvokeError, Miss, NoProof};

/// What an argument is, and what the policy wants it to be.
pub(crate) fn unmet(selector: Option<&str>, found: Option<&str>, statement: &str) -> String {
    let selector = selector.unwrap_or("the argument");
    match found {
        Some(found) => format!("`{selector}` is {found}, and the delegation says {statement}"),
        None => format!("`{selector}` is not there, and the delegation says {statement}"),
    }
}

/// Why an agent did not sign.
pub(crate) fn not_signed(error: &InvokeError) -> String {
    match error {
        InvokeError::NoProof(missed) => no_proof(missed),
        other => other.to_string(),
    }
}

/// Why an agent did not delegate.
pub(crate) fn not_given(error: &DelegateError) -> String {
    match error {
        DelegateError::NoProof(missed) => no_proof(missed),
        other => other.to_string(),
    }
}

fn no_proof(missed: &NoProof) -> String {
    let command = &missed.command;
    let Some(near) = missed
        .near_misses
        .iter()
        .min_by_key(|near| distance(&near.miss))
    else {
        return format!("nothing in the wallet allows `{command}`; ask for a delegation");
    };
    let why = match &near.miss {
        Miss::Unusable(reason) => unusable(reason),
        Miss::NothingAbove => "those above it are not in the wallet".to_owned(),
        _ => "its policy contradicts this".to_owned(),
    };
    format!("nothing in the wallet allows `{command}`; a delegation comes close, but {why}")
}

/// How far a delegation is from allowing it: one whose policy is in the way is about the right thing.
const fn distance(miss: &Miss) -> u8 {
    match miss {
        Miss::Unusable(Reason::MatchError(_)) => 0,
        Miss::Unusable(Reason::Expired { .. } | Reason::TooEarly { .. }) | Miss::NothingAbove => 1,
        Miss::Unusable(Reason::CommandNotCovered { .. }) => 3,
        _ => 2,
    }
}

fn unusable(reason: &Reason) -> String {
    match reason {
        Reason::MatchError(explanation) => of_policy(explanation),
        Reason::Expired { .. } => "its time is over".to_owned(),
        Reason::TooEarly { .. } => "its time has not come".to_owned(),
        Reason::CommandNotCovered { granted, .. } => format!("it is for `{granted}`"),
        Reason::InvalidSubject { .. } => "it is about another subject".to_owned(),
        Reason::Misaligned { .. } => "it was given to somebody else".to_owned(),
        other => format!("it does not hold ({})", other.code()),
    }
}

fn of_policy(explanation: &Explanation) -> String {
    let statement = explanation.statement();
    let found = explanation
        .found()
        .and_then(|found| to_dag_json(found).ok());
    let selector = statement.selector().map(|selector| selector.as_str());
    unmet(selector, found.as_deref(), &statement.to_string())
}
