//! Proof chains: from the subject to the invoker, link by link.

mod attenuation;
mod executor;
mod proofs;

use crate::cbor::{Value, map};
use crate::principal::{ALICE, BOB, CAROL, DAVE, ERIN, MALLORY, PAULA, PETER, Principal, SAM, SUE};
use crate::row::{
    COMMAND_NOT_COVERED, Case, Family, INVALID_AUDIENCE, INVALID_SIGNATURE, INVALID_SUBJECT,
    MALFORMED, MATCH_ERROR, UNAVAILABLE_PROOF, VALID,
};
use crate::token::{Draft, Token, delegation, invocation};

pub(super) fn rows() -> Family {
    let mut family = Family::new("chain");
    sound(&mut family);
    faults_by_place(&mut family);
    proofs::orders(&mut family);
    proofs::missing(&mut family);
    executor::executors(&mut family);
    executor::self_issued(&mut family);
    attenuation::commands(&mut family);
    attenuation::policies(&mut family);
    family
}

/// Who passes Alice's authority on to whom.
pub(super) const PATH: [Principal; 4] = [ALICE, BOB, CAROL, DAVE];
pub(super) const PLACES: [&str; 3] = ["root", "middle", "leaf"];

/// The delegations along a path, and the invocation at its end.
pub(super) fn drafts(path: &[Principal]) -> Vec<Draft> {
    path.windows(2)
        .map(|pair| delegation(pair[0], pair[1], path[0]))
        .collect()
}

pub(super) fn signed(drafts: &[Draft]) -> Vec<Token> {
    drafts.iter().map(Draft::sign).collect()
}

/// Dave invokes on Alice with these proofs.
pub(super) fn by_dave(proofs: &[Token]) -> Case {
    Case::new(&invocation(DAVE, ALICE, proofs).sign(), proofs)
}

/// Three links, of which one is changed and signed anew.
pub(super) fn changed(place: usize, change: impl Fn(Draft) -> Draft) -> Vec<Token> {
    let mut drafts = drafts(&PATH);
    drafts[place] = change(drafts[place].clone());
    signed(&drafts)
}

fn sound(family: &mut Family) {
    for length in 1..=3 {
        let path = &PATH[..=length];
        let proofs = signed(&drafts(path));
        let call = invocation(path[length], ALICE, &proofs).sign();
        family.authorize(
            format!("sound-{length}"),
            format!("A chain of {length}: {}.", names(path)),
            &[10, 12],
            &Case::new(&call, &proofs),
            VALID,
        );
    }
    let everyone = [ALICE, PAULA, SAM, BOB, PETER, SUE, CAROL];
    let proofs = signed(&drafts(&everyone));
    let call = invocation(CAROL, ALICE, &proofs).sign();
    family.authorize(
        "sound-curves",
        "A chain through keys of all three curves.",
        &[3, 7, 10],
        &Case::new(&call, &proofs),
        VALID,
    );
    for subject in [PAULA, SAM] {
        let proofs = signed(&drafts(&[subject, BOB]));
        let call = invocation(BOB, subject, &proofs).sign();
        let says = format!("The subject's key is {}.", subject.curve.name());
        family.authorize(
            format!("sound-{}", subject.name),
            says,
            &[3, 10],
            &Case::new(&call, &proofs).executor(subject),
            VALID,
        );
    }
    let proofs = signed(&drafts(&PATH));
    let mut case = by_dave(&proofs);
    case.proofs.reverse();
    let reversed = case.proofs.clone();
    case.proofs = proofs.clone();
    case.others = reversed;
    family.authorize("at-hand-twice", "The proofs are at hand twice, and first in the wrong order; `prf` alone says which is which.", &[10], &case, VALID);
    let strangers = [
        delegation(MALLORY, DAVE, MALLORY).sign(),
        delegation(ALICE, MALLORY, ALICE).with("cmd", "/").sign(),
    ];
    family.authorize(
        "strangers",
        "Unrelated delegations are at hand, and have no part in it.",
        &[10],
        &by_dave(&proofs).others(&strangers),
        VALID,
    );
    let there_and_back = [ALICE, BOB, ALICE, CAROL];
    let proofs = signed(&drafts(&there_and_back));
    let call = invocation(CAROL, ALICE, &proofs).sign();
    family.authorize(
        "there-and-back",
        "The chain passes through the subject again, each link another token.",
        &[10],
        &Case::new(&call, &proofs),
        VALID,
    );
    let to_herself = [ALICE, ALICE, BOB];
    let proofs = signed(&drafts(&to_herself));
    let call = invocation(BOB, ALICE, &proofs).sign();
    family.authorize(
        "to-herself",
        "The subject delegates to herself first.",
        &[10],
        &Case::new(&call, &proofs),
        VALID,
    );
}

fn names(path: &[Principal]) -> String {
    let names: Vec<_> = path.iter().map(|principal| principal.name).collect();
    names.join(" to ")
}

fn faults_by_place(family: &mut Family) {
    for (index, place) in PLACES.into_iter().enumerate() {
        let mut row = |name: &str,
                       says: String,
                       ruling: &[u8],
                       proofs: &[Token],
                       at: Option<usize>,
                       verdict| {
            let mut case = by_dave(proofs);
            if let Some(at) = at {
                case = case.at(&proofs[at]);
            }
            family.authorize(format!("{place}-{name}"), says, ruling, &case, verdict);
        };
        let proofs = changed(index, |draft| draft.with("aud", MALLORY.did()));
        row(
            "audience",
            format!("The {place} is given to Mallory, who has no part in the rest."),
            &[10, 12],
            &proofs,
            None,
            INVALID_AUDIENCE,
        );
        let proofs = changed(index, |draft| {
            draft.with("iss", MALLORY.did()).signed_by(MALLORY)
        });
        row(
            "issuer",
            format!("The {place} is issued by Mallory, to whom nothing was given."),
            &[10, 12],
            &proofs,
            None,
            INVALID_AUDIENCE,
        );
        let proofs = changed(index, |draft| draft.with("sub", ERIN.did()));
        row(
            "subject",
            format!("The {place} is about Erin."),
            &[11, 12],
            &proofs,
            Some(index),
            INVALID_SUBJECT,
        );
        let proofs = changed(index, |draft| draft.signed_by(MALLORY));
        row(
            "signer",
            format!("The {place} is signed by Mallory in the issuer's name."),
            &[8, 12],
            &proofs,
            Some(index),
            INVALID_SIGNATURE,
        );
        let mut proofs = signed(&drafts(&PATH));
        proofs[index] = proofs[index].forged();
        row(
            "forged",
            format!("A bit of the {place}'s signature is flipped."),
            &[1, 12],
            &proofs,
            Some(index),
            INVALID_SIGNATURE,
        );
        proofs[index] = proofs[index].resigned(|signature| signature.truncate(60));
        row(
            "short",
            format!("The {place}'s signature is too short."),
            &[12],
            &proofs,
            Some(index),
            INVALID_SIGNATURE,
        );
        let proofs = changed(index, |draft| draft.with("cmd", "/crm/write"));
        row(
            "command",
            format!("The {place} is for another command."),
            &[14],
            &proofs,
            None,
            COMMAND_NOT_COVERED,
        );
        let proofs = changed(index, |draft| {
            draft.with("pol", Value::parse(r#"[["==",".id","c-2"]]"#))
        });
        row(
            "policy",
            format!("The {place}'s policy does not allow the arguments."),
            &[12, 18],
            &proofs,
            Some(index),
            MATCH_ERROR,
        );
        let proofs = changed(index, |draft| {
            draft.with("pol", Value::parse(r#"[["==",".id","c-1"]]"#))
        });
        row(
            "policy-true",
            format!("The {place}'s policy allows the arguments."),
            &[12, 18],
            &proofs,
            None,
            VALID,
        );
        let proofs = changed(index, |draft| {
            draft.with("meta", map([("cmd", "/".into()), ("exp", 1.into())]))
        });
        row(
            "meta",
            format!("The {place} says in `meta` that it is over, which does not count."),
            &[5],
            &proofs,
            None,
            VALID,
        );
        let proofs = changed(index, |draft| draft.with("x", Value::Null));
        row(
            "malformed",
            format!("The {place} has an unknown field."),
            &[5],
            &proofs,
            None,
            MALFORMED,
        );
        let proofs = signed(&drafts(&PATH));
        let mut fewer = proofs.clone();
        fewer.remove(index);
        let case = Case::new(&invocation(DAVE, ALICE, &proofs).sign(), &fewer);
        family.authorize(
            format!("{place}-not-at-hand"),
            format!("The {place} is named, but not at hand."),
            &[12],
            &case.clone().at(&case.invocation),
            UNAVAILABLE_PROOF,
        );
        family.authorize(
            format!("{place}-left-out"),
            format!("`prf` leaves the {place} out."),
            &[10],
            &by_dave(&fewer),
            INVALID_AUDIENCE,
        );
    }
}
