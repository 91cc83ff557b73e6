//! Does authority flow from the subject to the invoker?
//!
//! Each check reads like its rule; [`authorize`](crate::authorize) puts them in order.

use std::cell::RefCell;
use std::time::Duration;

use smallvec::SmallVec;

use crate::capability::explanation::Explanation;
use crate::capability::fuel::Fuel;
use crate::identity::did::{Did, Keys};
use crate::identity::key::VerifyingKey;
use crate::token::delegation::Delegation;
use crate::token::envelope::{Parsed, Verified};
use crate::token::invocation::Invocation;
use crate::token::time::{OutOfTime, TimeBounds, Timestamp};
use crate::validator::denial::{Denial, Reason};
use crate::validator::revocations::Revocations;
use crate::wire::cid::Cid;
use crate::wire::limits::{Limit, Limits};

/// An invocation and its delegations, linked from the subject to the invoker.
#[derive(Debug)]
pub(crate) struct ProofChain {
    /// The subject's own first.
    links: Vec<Verified<Delegation>>,
    invocation: Verified<Invocation>,
}

impl ProofChain {
    /// Finds the proofs that the invocation names, and checks every hop from the root: signature,
    /// time, subject, issuer; and at the end that the last audience is the invoker.
    pub(crate) fn link(
        invocation: Verified<Invocation>,
        proofs: &[Parsed<Delegation>],
        keys: &(impl Keys + ?Sized),
        now: Timestamp,
        leeway: Duration,
        limits: &Limits,
    ) -> Result<Self, Denial> {
        limits
            .check(Limit::ChainLength, invocation.proofs().len())
            .map_err(|exceeded| Reason::from(exceeded).of(invocation.cid()))?;
        let mut named: SmallVec<[&Parsed<Delegation>; 32]> = SmallVec::new();
        for cid in invocation.proofs() {
            named.push(find(*cid, &invocation, proofs)?);
        }
        let keys = KeysOnce::new(keys, proofs);
        let mut links: Vec<Verified<Delegation>> = Vec::with_capacity(named.len());
        for proof in named {
            let link = proof.verify(&keys)?;
            let refuse = |reason: Reason| reason.of(link.cid());
            in_time(link.bounds(), now, leeway).map_err(refuse)?;
            has_subject(&link, &invocation, links.is_empty()).map_err(refuse)?;
            match links.last() {
                None if link.issuer() != invocation.subject() => {
                    return Err(refuse(Reason::RootIssuer {
                        wanted: invocation.subject().clone(),
                        found: link.issuer().clone(),
                        leaf_first: is_leaf_first(&invocation, proofs),
                    }));
                }
                Some(prior) if prior.audience() != link.issuer() => {
                    return Err(misaligned(prior, link.issuer()));
                }
                _ => {}
            }
            links.push(link);
        }
        match links.last() {
            Some(last) if last.audience() != invocation.issuer() => {
                Err(misaligned(last, invocation.issuer()))
            }
            None if invocation.issuer() != invocation.subject() => Err(Reason::NoProofs {
                invoker: invocation.issuer().clone(),
                subject: invocation.subject().clone(),
            }
            .of(invocation.cid())),
            _ => Ok(Self { links, invocation }),
        }
    }

    /// Each hop is equal to or narrower than the one before it, down to the invocation.
    pub(crate) fn covers_command(&self) -> Result<(), Denial> {
        let used = self
            .links
            .iter()
            .skip(1)
            .map(|link| link.command())
            .chain([self.invocation.command()]);
        for (link, used) in self.links.iter().zip(used) {
            if !link.command().covers(used) {
                return Err(Reason::CommandNotCovered {
                    granted: link.command().clone(),
                    used: used.clone(),
                }
                .of(link.cid()));
            }
        }
        Ok(())
    }

    /// The arguments are final.
    pub(crate) fn has_no_promise(&self) -> Result<(), Denial> {
        if self.invocation.has_promise() {
            return Err(Reason::UnresolvedPromise.of(self.invocation.cid()));
        }
        Ok(())
    }

    /// Every policy of every link is true of the arguments.
    pub(crate) fn permits_arguments(&self, limits: &Limits) -> Result<(), Denial> {
        let mut fuel = Fuel::new(limits);
        let arguments = self.invocation.arguments();
        for link in &self.links {
            let refuse = |reason: Reason| reason.of(link.cid());
            match link.policy().first_failing(arguments, &mut fuel) {
                Ok(None) => {}
                Ok(Some(failing)) => {
                    let explanation = Explanation::of(failing, arguments);
                    return Err(refuse(Reason::MatchError(Box::new(explanation))));
                }
                Err(exceeded) => return Err(refuse(exceeded.into())),
            }
        }
        Ok(())
    }

    /// Nobody at or above a link has taken it back, and nobody in the chain is refused here.
    pub(crate) fn not_revoked(&self, revocations: &Revocations) -> Result<(), Denial> {
        if revocations.is_empty() {
            return Ok(());
        }
        for (count, link) in (1..).zip(&self.links) {
            let above = self.links.iter().take(count).map(|link| link.issuer());
            if let Some(revoker) = revocations.revoker_of(link, above) {
                return Err(Reason::Revoked {
                    revoker: revoker.clone(),
                }
                .of(link.cid()));
            }
            refuse_principal(link.issuer(), link.cid(), revocations)?;
        }
        refuse_principal(self.invocation.issuer(), self.invocation.cid(), revocations)
    }

    /// The invocation is for this executor.
    pub(crate) fn is_for(&self, executor: &Did) -> Result<(), Denial> {
        let audience = self.invocation.executor();
        if audience == executor {
            return Ok(());
        }
        Err(Reason::OtherExecutor {
            audience: audience.clone(),
            executor: executor.clone(),
        }
        .of(self.invocation.cid()))
    }

    pub(crate) fn links(&self) -> &[Verified<Delegation>] {
        &self.links
    }

    pub(crate) const fn invocation(&self) -> &Verified<Invocation> {
        &self.invocation
    }

    /// When the whole chain holds: what all its bounds share.
    pub(crate) fn window(&self) -> Option<TimeBounds> {
        self.links
            .iter()
            .try_fold(self.invocation.bounds(), |window, link| {
                window.overlap(&link.bounds())
            })
    }
}

/// The token is within its bounds.
pub(crate) fn in_time(bounds: TimeBounds, now: Timestamp, leeway: Duration) -> Result<(), Reason> {
    bounds.check(now, leeway).map_err(|out| match out {
        OutOfTime::Expired(expiration) => Reason::Expired { expiration, now },
        OutOfTime::TooEarly(not_before) => Reason::TooEarly { not_before, now },
    })
}

fn find<'p>(
    cid: Cid,
    invocation: &Verified<Invocation>,
    proofs: &'p [Parsed<Delegation>],
) -> Result<&'p Parsed<Delegation>, Denial> {
    proofs
        .iter()
        .find(|proof| proof.cid() == cid)
        .ok_or_else(|| Reason::UnavailableProof { proof: cid }.of(invocation.cid()))
}

/// Is the subject's own delegation the last instead of the first?
fn is_leaf_first(invocation: &Verified<Invocation>, proofs: &[Parsed<Delegation>]) -> bool {
    let last = invocation.proofs().last();
    last.and_then(|cid| find(*cid, invocation, proofs).ok())
        .is_some_and(|last| last.unverified().issuer() == invocation.subject())
}

/// A root names the subject; further down a powerline takes it over from above.
fn has_subject(link: &Delegation, invocation: &Invocation, is_root: bool) -> Result<(), Reason> {
    match link.subject().did() {
        None if is_root => Err(Reason::PowerlineAtRoot),
        Some(subject) if subject != invocation.subject() => Err(Reason::InvalidSubject {
            wanted: invocation.subject().clone(),
            found: link.subject().clone(),
        }),
        _ => Ok(()),
    }
}

fn misaligned(link: &Verified<Delegation>, user: &Did) -> Denial {
    Reason::Misaligned {
        audience: link.audience().clone(),
        user: user.clone(),
    }
    .of(link.cid())
}

fn refuse_principal(did: &Did, token: Cid, revocations: &Revocations) -> Result<(), Denial> {
    if revocations.refuses(did) {
        return Err(Reason::RefusedPrincipal {
            principal: did.clone(),
        }
        .of(token));
    }
    Ok(())
}

/// Asks for each key once, however often its owner has issued one of the proofs.
struct KeysOnce<'k, K: ?Sized> {
    keys: &'k K,
    proofs: &'k [Parsed<Delegation>],
    /// Of those who recur.
    known: RefCell<Vec<(Did, VerifyingKey)>>,
}

impl<'k, K: Keys + ?Sized> KeysOnce<'k, K> {
    const fn new(keys: &'k K, proofs: &'k [Parsed<Delegation>]) -> Self {
        Self {
            keys,
            proofs,
            known: RefCell::new(Vec::new()),
        }
    }

    fn recurs(&self, did: &Did) -> bool {
        let issuers = self.proofs.iter().map(|proof| proof.unverified().issuer());
        issuers.filter(|issuer| *issuer == did).nth(1).is_some()
    }
}

impl<K: Keys + ?Sized> Keys for KeysOnce<'_, K> {
    fn verifying_key(&self, did: &Did) -> Option<VerifyingKey> {
        let known = self.known.borrow();
        if let Some((_, key)) = known.iter().find(|(known, _)| known == did) {
            return Some(key.clone());
        }
        drop(known);
        let key = self.keys.verifying_key(did)?;
        if self.recurs(did) {
            self.known.borrow_mut().push((did.clone(), key.clone()));
        }
        Some(key)
    }

    fn has_verified(&self, did: &Did, key: &VerifyingKey) {
        self.keys.has_verified(did, key);
    }
}
