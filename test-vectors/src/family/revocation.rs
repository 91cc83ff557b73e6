//! Revocations: who can take back what, and who is refused.

mod on_behalf;
mod shape;

use crate::cbor::{Value, map};
use crate::principal::{ALICE, BOB, CAROL, DAVE, ERIN, MALLORY, PAULA, Principal, SAM};
use crate::row::{Case, Family, INVALID_SIGNATURE, MALFORMED, REFUSED_PRINCIPAL, REVOKED, VALID};
use crate::token::{Draft, Token, delegation, invocation, links, powerline};

use super::chain::{PATH, PLACES, by_dave, drafts, signed};
use super::signature::twin;

pub(super) fn rows() -> Family {
    let mut family = Family::new("revocation");
    shape::shape(&mut family);
    who(&mut family);
    on_behalf::on_behalf(&mut family);
    twins(&mut family);
    refused(&mut family);
    family
}

/// The revocation of a delegation by its issuer or one above.
pub(super) fn revocation(revoker: Principal, revoked: &Token) -> Draft {
    invocation(revoker, revoker, &[])
        .with("cmd", "/ucan/revoke")
        .with(
            "args",
            map([
                ("revoke", revoked.link()),
                ("path", Value::List(Vec::new())),
            ]),
        )
        .with("exp", Value::Null)
        .with("nonce", Value::Bytes(Vec::new()))
}

fn who(family: &mut Family) {
    let proofs = signed(&drafts(&PATH));
    for (revoked, place) in PLACES.into_iter().enumerate() {
        for (index, revoker) in [ALICE, BOB, CAROL, DAVE, MALLORY].into_iter().enumerate() {
            let token = revocation(revoker, &proofs[revoked]).sign();
            let case = by_dave(&proofs).revoked(&token, &[]);
            let name = format!("{}-revokes-{place}", revoker.name);
            let who = match revoker.name {
                "alice" => "Alice",
                "bob" => "Bob",
                "carol" => "Carol",
                "dave" => "Dave",
                _ => "Mallory",
            };
            if index <= revoked {
                family.authorize(
                    name,
                    format!("{who}, at or above the {place}, revokes it."),
                    &[25],
                    &case.at(&proofs[revoked]),
                    REVOKED,
                );
            } else {
                family.authorize(
                    name,
                    format!(
                        "{who}, who did not issue the {place} nor one above it, revokes it in vain."
                    ),
                    &[25],
                    &case,
                    VALID,
                );
            }
        }
    }
    let other = delegation(ALICE, BOB, ALICE)
        .with("nonce", Value::Bytes(vec![9; 16]))
        .sign();
    family.authorize(
        "other-token",
        "Alice revokes another delegation to Bob that says the same.",
        &[25],
        &by_dave(&proofs).revoked(&revocation(ALICE, &other).sign(), &[]),
        VALID,
    );
    let call = by_dave(&proofs).invocation;
    family.authorize(
        "invocation",
        "Dave revokes his invocation, which is no delegation.",
        &[25],
        &by_dave(&proofs).revoked(&revocation(DAVE, &call).sign(), &[]),
        VALID,
    );
    let both = by_dave(&proofs)
        .revoked(&revocation(MALLORY, &proofs[1]).sign(), &[])
        .revoked(&revocation(BOB, &proofs[1]).sign(), &[])
        .at(&proofs[1]);
    family.authorize(
        "stranger-first",
        "Mallory revoked the middle in vain before Bob did.",
        &[25],
        &both,
        REVOKED,
    );
    let both = by_dave(&proofs)
        .revoked(&revocation(CAROL, &proofs[2]).sign(), &[])
        .revoked(&revocation(ALICE, &proofs[0]).sign(), &[])
        .at(&proofs[0]);
    family.authorize(
        "two-links",
        "Root and leaf are both revoked; the first of the chain is named.",
        &[25],
        &both,
        REVOKED,
    );
    let again = by_dave(&proofs)
        .revoked(&revocation(BOB, &proofs[1]).sign(), &[])
        .revoked(
            &revocation(BOB, &proofs[1])
                .tag("ucan/inv@1.0.0-rc.1")
                .sign(),
            &[],
        )
        .at(&proofs[1]);
    family.authorize(
        "revoked-twice",
        "Bob revoked the middle twice.",
        &[25],
        &again,
        REVOKED,
    );
    // The same issuer signs the same again: another token.
    let mut renewed = drafts(&PATH);
    renewed[1] = renewed[1].clone().with("nonce", Value::Bytes(vec![9; 16]));
    let renewed = signed(&renewed);
    family.authorize(
        "signed-anew",
        "Alice revoked what Bob gave to Carol, and Bob signed it anew: cosmetic.",
        &[26],
        &by_dave(&renewed).revoked(&revocation(ALICE, &proofs[1]).sign(), &[]),
        VALID,
    );
    family.authorize(
        "link-to-bad",
        "Alice revoked what she gave to Bob, and Bob signing anew does not help.",
        &[26],
        &by_dave(&renewed)
            .revoked(&revocation(ALICE, &proofs[0]).sign(), &[])
            .at(&proofs[0]),
        REVOKED,
    );
    let call = invocation(ALICE, ALICE, &[]).sign();
    family.authorize(
        "self-issued",
        "Nothing of a self-issued invocation can be revoked.",
        &[15, 25],
        &Case::new(&call, &[]).revoked(&revocation(ALICE, &proofs[0]).sign(), &[]),
        VALID,
    );
    let forged = revocation(BOB, &proofs[1]).signed_by(MALLORY).sign();
    family.authorize(
        "forged-in-vain",
        "A revocation that Mallory signed in Bob's name is not accepted.",
        &[25],
        &by_dave(&proofs).not_revoked(&forged, &[], INVALID_SIGNATURE),
        VALID,
    );
    let strange = revocation(BOB, &proofs[1]).with("cmd", "/revoke").sign();
    family.authorize(
        "malformed-in-vain",
        "An invocation of another command is no revocation.",
        &[25],
        &by_dave(&proofs).not_revoked(&strange, &[], MALFORMED),
        VALID,
    );
    let early = by_dave(&proofs)
        .revoked(
            &revocation(ALICE, &proofs[2])
                .with(
                    "args",
                    map([("revoke", proofs[2].link()), ("path", links(&proofs))]),
                )
                .sign(),
            &[],
        )
        .at(&proofs[2]);
    family.authorize(
        "with-path",
        "Alice revokes the leaf, and gives the path to it.",
        &[25],
        &early,
        REVOKED,
    );
}

fn twins(family: &mut Family) {
    for subject in [PAULA, SAM] {
        let curve = subject.curve.name();
        let root = delegation(subject, BOB, subject).sign();
        let other = twin(&root, subject.curve);
        for (name, says, used, taken) in [
            (
                "same",
                "spelled with the low s, as it was used",
                &root,
                &root,
            ),
            (
                "twin-used",
                "spelled with the low s; the high s is used",
                &other,
                &root,
            ),
            (
                "twin-revoked",
                "spelled with the high s; the low s is used",
                &root,
                &other,
            ),
            (
                "twin-both",
                "spelled with the high s, as it was used",
                &other,
                &other,
            ),
        ] {
            let proofs = std::slice::from_ref(used);
            let call = invocation(BOB, subject, proofs).sign();
            let case = Case::new(&call, proofs)
                .executor(subject)
                .revoked(&revocation(subject, taken).sign(), &[])
                .at(used);
            family.authorize(
                format!("{name}-{}", subject.name),
                format!("A {curve} delegation is revoked {says}."),
                &[8, 25],
                &case,
                REVOKED,
            );
        }
        let call = invocation(BOB, subject, std::slice::from_ref(&other)).sign();
        family.authorize(
            format!("twin-{}", subject.name),
            format!("A {curve} delegation is used with the high s, and nobody revoked it."),
            &[8],
            &Case::new(&call, &[other]).executor(subject),
            VALID,
        );
        let proofs = [root.clone()];
        let call = twin(&invocation(subject, subject, &[]).sign(), subject.curve);
        family.authorize(
            format!("twin-invocation-{}", subject.name),
            format!("A {curve} invocation is spelled with the high s."),
            &[8],
            &Case::new(&call, &[]).others(&proofs).executor(subject),
            VALID,
        );
    }
}

fn refused(family: &mut Family) {
    let proofs = signed(&drafts(&PATH));
    for (principal, at) in PATH.into_iter().zip([Some(0), Some(1), Some(2), None]) {
        let case = by_dave(&proofs).refusing(&[principal]);
        let invocation = case.invocation.clone();
        let case = case.at(at.map_or(&invocation, |at: usize| &proofs[at]));
        let says = format!(
            "The verifier refuses {}, who has a part in the chain.",
            principal.name
        );
        family.authorize(
            format!("refused-{}", principal.name),
            says,
            &[26],
            &case,
            REFUSED_PRINCIPAL,
        );
    }
    family.authorize(
        "refused-stranger",
        "The verifier refuses somebody who has no part in the chain.",
        &[26],
        &by_dave(&proofs).refusing(&[MALLORY, ERIN]),
        VALID,
    );
    let call = invocation(ALICE, ALICE, &[]).sign();
    family.authorize(
        "refused-self",
        "The verifier refuses who invokes on herself.",
        &[15, 26],
        &Case::new(&call, &[]).refusing(&[ALICE]).at(&call),
        REFUSED_PRINCIPAL,
    );
    family.authorize(
        "refused-two",
        "The verifier refuses two of the chain; the first is named.",
        &[26],
        &by_dave(&proofs).refusing(&[CAROL, BOB]).at(&proofs[1]),
        REFUSED_PRINCIPAL,
    );
    let line = [
        delegation(ALICE, BOB, ALICE).sign(),
        powerline(BOB, CAROL).sign(),
    ];
    let call = invocation(CAROL, ALICE, &line).sign();
    family.authorize(
        "refused-powerline",
        "The verifier refuses who issued a powerline of the chain.",
        &[13, 26],
        &Case::new(&call, &line).refusing(&[BOB]).at(&line[1]),
        REFUSED_PRINCIPAL,
    );
}
