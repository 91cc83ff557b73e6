//! Which delegations lead from a subject to who is about to sign?

use std::collections::HashSet;
use std::path::PathBuf;

use clap::Args;
use delegant::{Cid, Command, Delegation, Did, DidKeys, Subject, Timestamp, Verified};
use delegant_agent::{Delegations, Wallet, WalletError};

use crate::failure::Failure;
use crate::input;
use crate::output::Output;

/// Where the delegations are.
#[derive(Debug, Args)]
pub(crate) struct ProofArguments {
    /// Container with the delegations that the signer was given; may be repeated
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "wallet")]
    pub(crate) proofs: Vec<PathBuf>,

    /// Folder with the delegations that the signer was given
    #[arg(long, value_name = "DIR")]
    pub(crate) wallet: Option<PathBuf>,
}

impl ProofArguments {
    /// All of them, verified.
    pub(crate) fn load(&self, output: Output) -> Result<Delegations, Failure> {
        if let Some(folder) = &self.wallet {
            return Ok(open(folder.clone(), output)?.delegations().clone());
        }
        let mut delegations = Delegations::default();
        for file in &self.proofs {
            let container = input::tokens_of(Some(file))?;
            if container.delegations().is_empty() {
                return Err(Failure::malformed(format_args!(
                    "`{}` holds no delegation to prove anything with",
                    file.display()
                )));
            }
            for delegation in container.delegations() {
                let verified = delegation
                    .verify(&DidKeys)
                    .map_err(|cause| Failure::refused("InvalidSignature", cause))?;
                delegations.insert(verified);
            }
        }
        Ok(delegations)
    }

    /// On whose authority something is asked for: said, or that of the proofs, or the signer's own.
    pub(crate) fn subject(
        &self,
        said: Option<&Did>,
        signer: &Did,
        known: &Delegations,
    ) -> Result<Did, Failure> {
        if let Some(subject) = said {
            return Ok(subject.clone());
        }
        if self.proofs.is_empty() && self.wallet.is_none() {
            return Ok(signer.clone());
        }
        match subjects_given_to(known, signer).as_slice() {
            [subject] => Ok((*subject).clone()),
            [] => Err(Failure::usage(format_args!(
                "the proofs give {signer}, who signs, nothing on one certain subject; name it with `--subject`"
            ))),
            several => Err(
                Failure::usage("the proofs are about several subjects; name one")
                    .hints(several.iter().map(|did| format!("--subject {did}"))),
            ),
        }
    }
}

/// Opens a wallet that is there, and tells what in it is damaged.
pub(crate) fn open(folder: PathBuf, output: Output) -> Result<Wallet, Failure> {
    if !folder.exists() {
        return Err(
            Failure::usage(format_args!("there is no wallet `{}`", folder.display()))
                .hint("make it with `delegant wallet add`, or mend the name"),
        );
    }
    open_or_make(folder, output)
}

/// Opens a wallet, which is made where there is none.
pub(crate) fn open_or_make(folder: PathBuf, output: Output) -> Result<Wallet, Failure> {
    let wallet = Wallet::open(folder).map_err(|cause| wallet_failure(&cause))?;
    for damaged in wallet.damaged() {
        output.warn(format_args!(
            "`{}` is passed over: {}",
            damaged.path.display(),
            damaged.cause
        ))?;
    }
    Ok(wallet)
}

pub(crate) fn wallet_failure(cause: &WalletError) -> Failure {
    match cause {
        WalletError::Signature(_) => Failure::refused("InvalidSignature", cause),
        WalletError::Decode(decode) => Failure::unreadable(decode.code(), cause),
        WalletError::Io { .. } => Failure::usage(format_args!("cannot use the wallet: {cause}")),
        _ => Failure::malformed(cause),
    }
}

/// The subjects of the delegations that were given to this principal.
pub(crate) fn subjects_given_to<'d>(delegations: &'d Delegations, audience: &Did) -> Vec<&'d Did> {
    let mut subjects: Vec<&Did> = delegations
        .iter()
        .filter(|link| link.audience() == audience)
        .filter_map(|link| link.subject().did())
        .collect();
    subjects.sort();
    subjects.dedup();
    subjects
}

/// What a chain must lead to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Goal<'a> {
    pub(crate) signer: &'a Did,
    pub(crate) subject: &'a Did,
    pub(crate) command: &'a Command,
    pub(crate) now: Timestamp,
}

/// The shortest chain, root first: one that holds for the command if there is one, else one that
/// does not (so that it can be said why), else what leads as far up as is known.
///
/// Empty where the signer is the subject, or was given nothing about it.
pub(crate) fn chain(delegations: &Delegations, goal: Goal<'_>) -> Vec<Verified<Delegation>> {
    if goal.signer == goal.subject {
        return Vec::new();
    }
    let links: Vec<&Verified<Delegation>> = delegations.iter().collect();
    let strict = climb(&links, goal, true);
    if strict.reaches_subject {
        return strict.chain;
    }
    let lenient = climb(&links, goal, false);
    if lenient.reaches_subject || strict.chain.is_empty() {
        return lenient.chain;
    }
    strict.chain
}

struct Climb {
    chain: Vec<Verified<Delegation>>,
    reaches_subject: bool,
}

/// Climbs from the signer, each delegation at most once.
fn climb(links: &[&Verified<Delegation>], goal: Goal<'_>, strictly: bool) -> Climb {
    struct Step<'l> {
        link: &'l Verified<Delegation>,
        below: Option<usize>,
    }
    let mut seen: HashSet<Cid> = HashSet::new();
    let mut steps: Vec<Step<'_>> = Vec::new();
    let mut next = 0;
    let mut below: Option<usize> = None;
    let mut reached = None;
    loop {
        let (audience, command) = match below.and_then(|place| steps.get(place)) {
            None => (goal.signer.clone(), goal.command.clone()),
            Some(step) => (step.link.issuer().clone(), step.link.command().clone()),
        };
        for link in links {
            let fits = *link.audience() == audience
                && link
                    .subject()
                    .did()
                    .is_none_or(|subject| subject == goal.subject);
            let holds = link.command().covers(&command)
                && link.bounds().expiration().is_none_or(|end| end >= goal.now);
            if fits && (holds || !strictly) && seen.insert(link.cid()) {
                steps.push(Step { link, below });
            }
        }
        let Some(step) = steps.get(next) else {
            break;
        };
        if step.link.issuer() == goal.subject && *step.link.subject() != Subject::Any {
            reached = Some(next);
            break;
        }
        below = Some(next);
        next += 1;
    }
    let mut chain = Vec::new();
    // Without the subject, the last step is one of those furthest from the signer.
    let mut place = reached.or(steps.len().checked_sub(1));
    while let Some(step) = place.and_then(|place| steps.get(place)) {
        chain.push(step.link.clone());
        place = step.below;
    }
    Climb {
        chain,
        reaches_subject: reached.is_some(),
    }
}
