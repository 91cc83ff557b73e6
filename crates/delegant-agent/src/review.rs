//! Is this delegation worth giving? What could never be used, what is broad, what is idle, and what
//! it narrows.
//!
//! A validator lets broad and idle delegations pass; whoever is about to give one should know.

pub(crate) mod contradiction;
mod finding;

use std::time::Duration;

use delegant::{
    Command, Delegation, Limit, Limits, OutOfTime, Policy, Statement, Subject, TimeBounds,
    Timestamp, Verified,
};

use crate::review::contradiction::contradictions;

pub use finding::{Narrowing, ReviewError, Warning};

/// What to know about a delegation before giving it away.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    /// What is broad or idle in it.
    pub warnings: Vec<Warning>,
    /// What it takes away from what its issuer has; nothing where it passes everything on.
    pub narrows: Vec<Narrowing>,
}

/// Judges a delegation together with the chain that gives its issuer the authority: root first,
/// empty where the issuer is the subject or where the chain is not at hand.
///
/// # Errors
/// [`ReviewError`] where no chain with this delegation behind these could ever be used.
///
/// ```
/// use delegant::{Algorithm, Delegation, Nonce, SecretKey, Signer, Timestamp};
/// use delegant_agent::review::{Warning, review};
///
/// let alice = SecretKey::generate(Algorithm::Ed25519)?;
/// let agent = SecretKey::generate(Algorithm::Ed25519)?;
/// let draft = Delegation::builder(agent.did(), alice.did(), "/".parse()?)
///     .never_expires()
///     .sign(&alice, Nonce::random()?)?;
/// let review = review(&draft, &[], Timestamp::from_unix(1_767_225_600)?)?;
/// assert!(review.warnings.contains(&Warning::AllCommands));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn review(
    draft: &Delegation,
    above: &[Verified<Delegation>],
    now: Timestamp,
) -> Result<Review, ReviewError> {
    has_no_empty_or(draft.policy())?;
    is_linked(draft, above)?;
    is_covered(draft, above)?;
    let granted = window_above(draft, above, now)?;
    Ok(Review {
        warnings: warnings(draft, above, granted),
        narrows: narrows(draft, above, granted),
    })
}

/// The specification makes an empty `or` true, which nobody who writes one has in mind.
fn has_no_empty_or(policy: &Policy) -> Result<(), ReviewError> {
    for (index, statement) in policy.statements().iter().enumerate() {
        if let Some(place) = empty_or(statement, format!("[{index}]")) {
            return Err(ReviewError::EmptyOr { place });
        }
    }
    Ok(())
}

fn empty_or(statement: &Statement, place: String) -> Option<String> {
    match statement {
        Statement::Or(list) if list.is_empty() => Some(place),
        Statement::And(list) | Statement::Or(list) => list
            .iter()
            .enumerate()
            .find_map(|(index, inner)| empty_or(inner, format!("{place}[1][{index}]"))),
        Statement::Not(inner) => empty_or(inner, format!("{place}[1]")),
        Statement::All(_, inner) | Statement::Any(_, inner) => {
            empty_or(inner, format!("{place}[2]"))
        }
        _ => None,
    }
}

/// Each delegation was given to who issues the next one, and all are about one subject.
fn is_linked(draft: &Delegation, above: &[Verified<Delegation>]) -> Result<(), ReviewError> {
    let maximum = Limits::DEFAULT.maximum(Limit::ChainLength);
    if above.len() >= maximum {
        return Err(ReviewError::TooLong { maximum });
    }
    let issuers = above
        .iter()
        .skip(1)
        .map(|link| link.issuer())
        .chain([draft.issuer()]);
    for (link, issuer) in above.iter().zip(issuers) {
        if link.audience() != issuer {
            return Err(ReviewError::WrongIssuer {
                proof: link.cid(),
                audience: link.audience().clone(),
                issuer: issuer.clone(),
            });
        }
    }
    let Some(subject) = draft.subject().did() else {
        return Ok(());
    };
    for link in above {
        if let Some(found) = link.subject().did()
            && found != subject
        {
            return Err(ReviewError::WrongSubject {
                proof: link.cid(),
                found: found.clone(),
                wanted: subject.clone(),
            });
        }
    }
    match above.first() {
        Some(root) if *root.subject() == Subject::Any && root.issuer() == subject => {
            Err(ReviewError::PowerlineAtRoot { proof: root.cid() })
        }
        _ => Ok(()),
    }
}

/// No delegation gives a command that the one above it does not.
fn is_covered(draft: &Delegation, above: &[Verified<Delegation>]) -> Result<(), ReviewError> {
    let used = above
        .iter()
        .skip(1)
        .map(|link| link.command())
        .chain([draft.command()]);
    for (link, used) in above.iter().zip(used) {
        if !link.command().covers(used) {
            return Err(ReviewError::Widens {
                proof: link.cid(),
                granted: link.command().clone(),
                wanted: used.clone(),
            });
        }
    }
    Ok(())
}

/// The time that the delegations above share. It is not over, and shares some with the draft.
fn window_above(
    draft: &Delegation,
    above: &[Verified<Delegation>],
    now: Timestamp,
) -> Result<Option<TimeBounds>, ReviewError> {
    let is_over = |bounds: TimeBounds| match bounds.check(now, Duration::ZERO) {
        Err(OutOfTime::Expired(expiration)) => Some(expiration),
        _ => None,
    };
    if let Some(expiration) = is_over(draft.bounds()) {
        return Err(ReviewError::Expired { expiration, now });
    }
    let mut shared = draft.bounds();
    let mut granted = None;
    for link in above {
        if let Some(expiration) = is_over(link.bounds()) {
            return Err(ReviewError::ProofExpired {
                proof: link.cid(),
                expiration,
                now,
            });
        }
        let apart = ReviewError::NeverTogether { proof: link.cid() };
        shared = shared.overlap(&link.bounds()).ok_or(apart)?;
        // Never empty: it holds all that `shared` holds.
        granted = granted.map_or(Some(link.bounds()), |granted: TimeBounds| {
            granted.overlap(&link.bounds())
        });
    }
    Ok(granted)
}

fn warnings(
    draft: &Delegation,
    above: &[Verified<Delegation>],
    granted: Option<TimeBounds>,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if *draft.command() == Command::all() {
        warnings.push(Warning::AllCommands);
    }
    if draft.policy().statements().is_empty() {
        let above = above
            .iter()
            .map(|link| link.policy().statements().len())
            .sum();
        warnings.push(Warning::EmptyPolicy { above });
    }
    let until = draft.bounds().expiration();
    if until.is_none() {
        warnings.push(Warning::NeverExpires);
    }
    if *draft.subject() == Subject::Any {
        warnings.push(Warning::Powerline);
    }
    if let Some(ends) = granted.and_then(|granted| granted.expiration())
        && until.is_none_or(|until| until > ends)
    {
        warnings.push(Warning::Outlives { ends });
    }
    let origin = above.first().map_or(draft.issuer(), |root| root.issuer());
    if let Some(subject) = draft.subject().did()
        && origin != subject
    {
        warnings.push(Warning::Unproven {
            issuer: origin.clone(),
            subject: subject.clone(),
        });
    }
    if draft.audience() == draft.issuer() {
        warnings.push(Warning::ToItself);
    }
    warnings.extend(contradictions(draft, above));
    warnings
}

fn narrows(
    draft: &Delegation,
    above: &[Verified<Delegation>],
    granted: Option<TimeBounds>,
) -> Vec<Narrowing> {
    let mut narrows = Vec::new();
    if let (Some(Subject::Any), Some(to)) = (
        above.last().map(|link| link.subject()),
        draft.subject().did(),
    ) {
        narrows.push(Narrowing::Subject { to: to.clone() });
    }
    let from = above
        .last()
        .map_or_else(Command::all, |link| link.command().clone());
    if from != *draft.command() {
        let to = draft.command().clone();
        narrows.push(Narrowing::Command { from, to });
    }
    let known = |statement: &Statement| {
        above
            .iter()
            .any(|link| link.policy().statements().contains(statement))
    };
    for statement in draft.policy().statements() {
        if !known(statement) {
            narrows.push(Narrowing::Statement(statement.clone()));
        }
    }
    let not_before = granted.and_then(|granted| granted.not_before());
    if let Some(to) = draft.bounds().not_before()
        && Some(to) > not_before
    {
        narrows.push(Narrowing::NotBefore { to });
    }
    let from = granted.and_then(|granted| granted.expiration());
    if let Some(to) = draft.bounds().expiration()
        && from.is_none_or(|from| to < from)
    {
        narrows.push(Narrowing::Expiration { from, to });
    }
    narrows
}
