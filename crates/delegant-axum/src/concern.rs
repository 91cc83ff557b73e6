//! Is a revocation from outside about anything that is judged here? What is kept for good has to be.

use std::collections::HashSet;

use delegant::{Delegation, Did, DidKeys, Parsed, Revocation};

/// It is where a subject that is served here revokes. All others show by the delegations that come
/// along how authority came down to the revoked one from such a subject, and that they, or those for
/// whom they act, issued it or one above it.
///
/// What anybody may send without an invitation must not fill the store. The delegations are looked at
/// for this alone: in which chains a revocation counts is decided there.
pub(crate) fn is_concerned(
    revocation: &Revocation,
    delegations: &[Parsed<Delegation>],
    serves: impl Fn(&Did) -> bool,
) -> bool {
    if serves(revocation.revoker()) {
        return true;
    }
    let revoked = delegations
        .iter()
        .find(|link| link.spellings().any(|cid| cid == revocation.revoked()));
    let Some(revoked) = revoked else {
        return false;
    };
    let at_or_above = at_or_above(revoked, delegations);
    let speaks_for = [revocation.revoker(), revocation.subject()];
    at_or_above.iter().any(|issuer| serves(issuer))
        && speaks_for.iter().any(|did| at_or_above.contains(did))
}

/// Who issued this delegation, or one that led to it.
fn at_or_above<'d>(
    revoked: &'d Parsed<Delegation>,
    delegations: &'d [Parsed<Delegation>],
) -> HashSet<&'d Did> {
    let mut issuers = HashSet::new();
    let mut next = vec![revoked];
    while let Some(link) = next.pop() {
        let issuer = link.unverified().issuer();
        // Each issuer is gone up from once, so that loops end.
        if link.verify(&DidKeys).is_err() || !issuers.insert(issuer) {
            continue;
        }
        let to_issuer = |above: &&Parsed<Delegation>| above.unverified().audience() == issuer;
        next.extend(delegations.iter().filter(to_issuer));
    }
    issuers
}

#[cfg(test)]
mod tests {
    use delegant::{Algorithm, Command, Nonce, SecretKey, Signer, Verified};

    use super::*;

    fn key() -> SecretKey {
        SecretKey::generate(Algorithm::Ed25519).unwrap()
    }

    fn give(from: &SecretKey, to: &SecretKey, subject: &SecretKey) -> Parsed<Delegation> {
        Delegation::builder(to.did(), subject.did(), Command::all())
            .never_expires()
            .sign(from, Nonce::random().unwrap())
            .unwrap()
            .to_parsed()
    }

    fn revoke(revoker: &SecretKey, link: &Parsed<Delegation>) -> Verified<Revocation> {
        Revocation::builder(link.cid()).sign(revoker).unwrap()
    }

    #[test]
    fn a_served_subject_revokes_without_showing_anything() {
        let (hospital, agent, helper) = (key(), key(), key());
        let link = give(&agent, &helper, &hospital);
        let is_hospital = |did: &Did| *did == hospital.did();
        assert!(is_concerned(&revoke(&hospital, &link), &[], is_hospital));
    }

    #[test]
    fn an_agent_shows_how_it_came_to_what_it_gave() {
        let (hospital, agent, helper) = (key(), key(), key());
        let given = give(&hospital, &agent, &hospital);
        let passed_on = give(&agent, &helper, &hospital);
        let revocation = revoke(&agent, &passed_on);
        let is_hospital = |did: &Did| *did == hospital.did();
        let both = [passed_on.clone(), given];
        assert!(is_concerned(&revocation, &both, is_hospital));
        assert!(!is_concerned(&revocation, &[passed_on], is_hospital));
    }

    #[test]
    fn a_stranger_fills_nothing_with_chains_of_its_own() {
        let (hospital, stranger, other) = (key(), key(), key());
        let made_up = give(&stranger, &other, &hospital);
        let loops = [made_up.clone(), give(&other, &stranger, &hospital)];
        let is_hospital = |did: &Did| *did == hospital.did();
        assert!(!is_concerned(
            &revoke(&stranger, &made_up),
            &loops,
            is_hospital
        ));
    }

    #[test]
    fn whoever_is_below_does_not_take_back_what_is_above() {
        let (hospital, agent, helper) = (key(), key(), key());
        let given = give(&hospital, &agent, &hospital);
        let passed_on = give(&agent, &helper, &hospital);
        let is_hospital = |did: &Did| *did == hospital.did();
        let revocation = revoke(&helper, &given);
        assert!(!is_concerned(&revocation, &[given, passed_on], is_hospital));
    }
}
