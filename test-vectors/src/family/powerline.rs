//! Powerlines: delegations for any subject, which take the one from above.

use crate::cbor::Value;
use crate::principal::{ALICE, BOB, CAROL, DAVE, ERIN, MALLORY};
use crate::row::{
    COMMAND_NOT_COVERED, Case, EXPIRED, Family, INVALID_AUDIENCE, INVALID_CLAIM, INVALID_SIGNATURE,
    INVALID_SUBJECT, MALFORMED, MATCH_ERROR, REVOKED, TOO_EARLY, VALID,
};
use crate::token::{Draft, NOW, Token, delegation, invocation, powerline};

use super::chain::{PATH, PLACES, by_dave, changed, drafts, signed};
use super::revocation::revocation;

pub(super) fn rows() -> Family {
    let mut family = Family::new("powerline");
    family.delegation(
        "token",
        "A powerline is a sound delegation.",
        &[13],
        &powerline(BOB, CAROL).sign(),
        VALID,
    );
    for (name, says, subject) in [
        (
            "empty-subject",
            "The subject is an empty text, not null.",
            Value::from(""),
        ),
        (
            "star-subject",
            "The subject is a star, not null.",
            "*".into(),
        ),
        (
            "null-text",
            "The subject is the text `null`.",
            "null".into(),
        ),
        (
            "false-subject",
            "The subject is false, not null.",
            Value::Bool(false),
        ),
        (
            "undefined-subject",
            "The subject is `undefined`, not null.",
            Value::Raw(vec![0xf7]),
        ),
    ] {
        family.delegation(
            name,
            says,
            &[13],
            &powerline(BOB, CAROL).with("sub", subject).sign(),
            MALFORMED,
        );
    }
    family.delegation(
        "missing-subject",
        "The subject is missing, not null.",
        &[5, 13],
        &powerline(BOB, CAROL).without("sub").sign(),
        MALFORMED,
    );
    at_root(&mut family);
    further_down(&mut family);
    family
}

fn null(draft: Draft) -> Draft {
    draft.with("sub", Value::Null)
}

fn at_root(family: &mut Family) {
    for length in 1..=3 {
        let path = &PATH[..=length];
        let mut drafts = drafts(path);
        drafts[0] = null(drafts[0].clone());
        let proofs = signed(&drafts);
        let call = invocation(path[length], ALICE, &proofs).sign();
        let says =
            format!("The root of a chain of {length} is a powerline, issued by the subject.");
        family.authorize(
            format!("root-of-{length}"),
            says,
            &[13],
            &Case::new(&call, &proofs).at(&proofs[0]),
            INVALID_CLAIM,
        );
    }
    let all: Vec<_> = drafts(&PATH).into_iter().map(null).collect();
    let proofs = signed(&all);
    family.authorize(
        "all",
        "Every link is a powerline.",
        &[13],
        &by_dave(&proofs).at(&proofs[0]),
        INVALID_CLAIM,
    );
    let circle = [powerline(ALICE, ALICE).sign()];
    let call = invocation(ALICE, ALICE, &circle).sign();
    family.authorize(
        "root-self",
        "The subject invokes by a powerline to herself.",
        &[13, 15],
        &Case::new(&call, &circle).at(&circle[0]),
        INVALID_CLAIM,
    );
    let all_commands = [powerline(ALICE, BOB).with("cmd", "/").sign()];
    let call = invocation(BOB, ALICE, &all_commands).sign();
    family.authorize(
        "root-all-commands",
        "The root is a powerline for all commands.",
        &[13],
        &Case::new(&call, &all_commands).at(&all_commands[0]),
        INVALID_CLAIM,
    );
    let own = [powerline(BOB, BOB).sign()];
    let call = invocation(BOB, BOB, &own).sign();
    family.authorize(
        "root-own",
        "Bob invokes on himself by his own powerline.",
        &[13, 15],
        &Case::new(&call, &own).executor(BOB).at(&own[0]),
        INVALID_CLAIM,
    );
}

fn further_down(family: &mut Family) {
    for index in [1, 2] {
        let place = PLACES[index];
        let proofs = changed(index, null);
        family.authorize(
            place,
            format!("The {place} is a powerline and takes the root's subject."),
            &[13],
            &by_dave(&proofs),
            VALID,
        );
        let mut row = |name: &str, says: &str, proofs: &[Token], at: Option<usize>, verdict| {
            let case = by_dave(proofs);
            let case = match at {
                Some(at) => case.at(&proofs[at]),
                None => case,
            };
            family.authorize(
                format!("{place}-{name}"),
                format!("The {place} is a powerline {says}."),
                &[13],
                &case,
                verdict,
            );
        };
        let with = |name: &'static str, value: Value| {
            changed(index, move |draft| null(draft).with(name, value.clone()))
        };
        row(
            "command-other",
            "for another command",
            &with("cmd", "/crm/write".into()),
            None,
            COMMAND_NOT_COVERED,
        );
        row(
            "command-wider",
            "that widens the command",
            &with("cmd", "/".into()),
            None,
            COMMAND_NOT_COVERED,
        );
        row(
            "policy",
            "whose policy does not allow the arguments",
            &with("pol", Value::parse(r#"[["==",".id","c-2"]]"#)),
            Some(index),
            MATCH_ERROR,
        );
        row(
            "policy-true",
            "whose policy allows the arguments",
            &with("pol", Value::parse(r#"[["==",".id","c-1"]]"#)),
            None,
            VALID,
        );
        row(
            "expired",
            "that has expired",
            &with("exp", (NOW - 1).into()),
            Some(index),
            EXPIRED,
        );
        row(
            "early",
            "that is not valid yet",
            &with("nbf", (NOW + 1).into()),
            Some(index),
            TOO_EARLY,
        );
        row(
            "audience",
            "given to Mallory",
            &with("aud", MALLORY.did().into()),
            None,
            INVALID_AUDIENCE,
        );
        row(
            "issuer",
            "issued by Mallory",
            &changed(index, |draft| {
                null(draft).with("iss", MALLORY.did()).signed_by(MALLORY)
            }),
            None,
            INVALID_AUDIENCE,
        );
        row(
            "signer",
            "signed by Mallory in the issuer's name",
            &changed(index, |draft| null(draft).signed_by(MALLORY)),
            Some(index),
            INVALID_SIGNATURE,
        );
        let proofs = changed(index, null);
        let taken = revocation(PATH[index], &proofs[index]).sign();
        family.authorize(
            format!("{place}-revoked"),
            format!("The {place} is a powerline that its issuer revoked."),
            &[13, 25],
            &by_dave(&proofs).revoked(&taken, &[]).at(&proofs[index]),
            REVOKED,
        );
    }
    let both: Vec<_> = drafts(&PATH)
        .into_iter()
        .enumerate()
        .map(|(index, draft)| if index > 0 { null(draft) } else { draft })
        .collect();
    family.authorize(
        "middle-and-leaf",
        "All links but the root are powerlines.",
        &[13],
        &by_dave(&signed(&both)),
        VALID,
    );
    let mut other = drafts(&PATH);
    other[1] = null(other[1].clone());
    other[2] = other[2].clone().with("sub", ERIN.did());
    let proofs = signed(&other);
    family.authorize(
        "then-other-subject",
        "The link behind a powerline is about Erin, the root about Alice.",
        &[13],
        &by_dave(&proofs).at(&proofs[2]),
        INVALID_SUBJECT,
    );
    // One powerline from Bob to Carol serves whatever Bob holds.
    let line = powerline(BOB, CAROL).sign();
    for (name, says, owner, subject, verdict) in [
        (
            "serves-alice",
            "Bob's powerline carries what Alice gave him.",
            ALICE,
            ALICE,
            VALID,
        ),
        (
            "serves-erin",
            "The same powerline carries what Erin gave him.",
            ERIN,
            ERIN,
            VALID,
        ),
        (
            "not-another",
            "The powerline carries what Erin gave him, not what Alice did not give.",
            ERIN,
            ALICE,
            INVALID_SUBJECT,
        ),
    ] {
        let proofs = [delegation(owner, BOB, owner).sign(), line.clone()];
        let call = invocation(CAROL, subject, &proofs).sign();
        let mut case = Case::new(&call, &proofs).executor(subject);
        if verdict.is_err() {
            case = case.at(&proofs[0]);
        }
        family.authorize(name, says, &[13], &case, verdict);
    }
    let proofs = [delegation(BOB, BOB, BOB).sign(), line.clone()];
    let call = invocation(CAROL, BOB, &proofs).sign();
    family.authorize(
        "own-behind-root",
        "Bob's powerline carries his own authority behind a root that names him.",
        &[13],
        &Case::new(&call, &proofs).executor(BOB),
        VALID,
    );
    let call = invocation(CAROL, BOB, std::slice::from_ref(&line)).sign();
    family.authorize(
        "own-without-root",
        "Bob's powerline alone does not carry his own authority.",
        &[13],
        &Case::new(&call, std::slice::from_ref(&line))
            .executor(BOB)
            .at(&line),
        INVALID_CLAIM,
    );
    let call = invocation(
        DAVE,
        ALICE,
        &[delegation(ALICE, BOB, ALICE).sign(), line.clone()],
    )
    .sign();
    family.authorize(
        "other-invoker",
        "Dave uses a chain whose powerline was given to Carol.",
        &[13],
        &Case::new(&call, &[delegation(ALICE, BOB, ALICE).sign(), line]),
        INVALID_AUDIENCE,
    );
}
