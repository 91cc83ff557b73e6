//! Who executes, and what the subject needs no proof for.

use crate::principal::{ALICE, BOB, ERIN, MALLORY, Principal, SERVICE};
use crate::row::{
    COMMAND_NOT_COVERED, Case, Family, INVALID_AUDIENCE, INVALID_CLAIM, INVALID_SIGNATURE,
    INVALID_SUBJECT, UNAVAILABLE_PROOF, VALID,
};
use crate::token::{delegation, invocation};

use super::{drafts, signed};

pub(super) fn executors(family: &mut Family) {
    let proofs = signed(&[delegation(ALICE, BOB, ALICE).with("cmd", "/crm")]);
    let call = |audience: Option<Principal>| {
        let draft = invocation(BOB, ALICE, &proofs);
        match audience {
            Some(audience) => draft.with("aud", audience.did()).sign(),
            None => draft.sign(),
        }
    };
    for (name, says, audience, executor, verdict) in [
        (
            "executor-subject",
            "Without `aud`, the subject executes.",
            None,
            ALICE,
            VALID,
        ),
        (
            "executor-audience",
            "With `aud`, the audience executes.",
            Some(SERVICE),
            SERVICE,
            VALID,
        ),
        (
            "executor-audience-is-subject",
            "`aud` is the subject, said twice.",
            Some(ALICE),
            ALICE,
            VALID,
        ),
        (
            "executor-audience-is-invoker",
            "`aud` is the invoker himself.",
            Some(BOB),
            BOB,
            VALID,
        ),
        (
            "executor-other",
            "Without `aud`, and judged by another than the subject.",
            None,
            SERVICE,
            INVALID_AUDIENCE,
        ),
        (
            "executor-invoker",
            "Without `aud`, and judged by the invoker.",
            None,
            BOB,
            INVALID_AUDIENCE,
        ),
        (
            "executor-subject-not-audience",
            "With `aud`, and judged by the subject instead.",
            Some(SERVICE),
            ALICE,
            INVALID_AUDIENCE,
        ),
        (
            "executor-other-audience",
            "With `aud`, and judged by a third.",
            Some(SERVICE),
            ERIN,
            INVALID_AUDIENCE,
        ),
        (
            "executor-replayed-at-another",
            "For one service, and judged by another.",
            Some(ERIN),
            SERVICE,
            INVALID_AUDIENCE,
        ),
    ] {
        let call = call(audience);
        let case = Case::new(&call, &proofs).executor(executor);
        let case = if verdict.is_err() {
            case.at(&call)
        } else {
            case
        };
        family.authorize(name, says, &[11, 12], &case, verdict);
    }
    let for_service = delegation(SERVICE, BOB, SERVICE).sign();
    let draft =
        invocation(BOB, ALICE, std::slice::from_ref(&for_service)).with("aud", SERVICE.did());
    family.authorize(
        "audience-is-no-subject",
        "The chain is about the audience, the invocation about Alice.",
        &[11],
        &Case::new(&draft.sign(), std::slice::from_ref(&for_service))
            .executor(SERVICE)
            .at(&for_service),
        INVALID_SUBJECT,
    );
    let draft = invocation(BOB, SERVICE, &proofs).with("aud", ALICE.did());
    family.authorize(
        "subject-is-no-audience",
        "The chain is about Alice, who is the audience; the invocation is about the service.",
        &[11],
        &Case::new(&draft.sign(), &proofs).at(&proofs[0]),
        INVALID_SUBJECT,
    );
}

pub(super) fn self_issued(family: &mut Family) {
    let call = invocation(ALICE, ALICE, &[]).sign();
    family.authorize(
        "self-issued",
        "The subject herself invokes, and needs no proof.",
        &[15],
        &Case::new(&call, &[]),
        VALID,
    );
    let call = invocation(ALICE, ALICE, &[])
        .with("aud", SERVICE.did())
        .sign();
    family.authorize(
        "self-issued-elsewhere",
        "The subject herself invokes at a service.",
        &[11, 15],
        &Case::new(&call, &[]).executor(SERVICE),
        VALID,
    );
    let circle = signed(&drafts(&[ALICE, BOB, ALICE]));
    let call = invocation(ALICE, ALICE, &circle).sign();
    family.authorize(
        "self-issued-proofs",
        "The subject herself invokes by a chain that leads back to her.",
        &[15],
        &Case::new(&call, &circle),
        VALID,
    );
    family.authorize(
        "self-issued-missing",
        "The subject names a proof that she does not need, and which is not at hand.",
        &[15],
        &Case::new(&call, &circle[..1]).at(&call),
        UNAVAILABLE_PROOF,
    );
    let forged = [circle[0].clone(), circle[1].forged()];
    let call = invocation(ALICE, ALICE, &forged).sign();
    family.authorize(
        "self-issued-forged",
        "The subject names a proof that she does not need, and which is forged.",
        &[15],
        &Case::new(&call, &forged).at(&forged[1]),
        INVALID_SIGNATURE,
    );
    let expired = signed(&[delegation(ALICE, ALICE, ALICE).with("exp", 1)]);
    let call = invocation(ALICE, ALICE, &expired).sign();
    family.authorize(
        "self-issued-expired",
        "The subject names a proof that she does not need, and which has expired.",
        &[15],
        &Case::new(&call, &expired).at(&expired[0]),
        Err("Expired"),
    );
    let unrelated = [delegation(ERIN, MALLORY, ERIN).sign()];
    let call = invocation(ALICE, ALICE, &unrelated).sign();
    family.authorize(
        "self-issued-unrelated",
        "The subject names a proof about somebody else.",
        &[15],
        &Case::new(&call, &unrelated).at(&unrelated[0]),
        INVALID_SUBJECT,
    );
    let onwards = signed(&drafts(&[ALICE, BOB]));
    let call = invocation(ALICE, ALICE, &onwards).sign();
    family.authorize(
        "self-issued-onwards",
        "The subject names what she gave to Bob.",
        &[15],
        &Case::new(&call, &onwards),
        INVALID_AUDIENCE,
    );
    let narrow = signed(&[delegation(ALICE, ALICE, ALICE).with("cmd", "/crm/write")]);
    let call = invocation(ALICE, ALICE, &narrow).sign();
    family.authorize(
        "self-issued-command",
        "The subject names a delegation to herself that is for another command.",
        &[15],
        &Case::new(&call, &narrow).at(&narrow[0]),
        COMMAND_NOT_COVERED,
    );
    let call = invocation(MALLORY, ALICE, &[]).sign();
    family.authorize(
        "not-self-issued",
        "Mallory invokes as if she were the subject.",
        &[15],
        &Case::new(&call, &[]).at(&call),
        INVALID_CLAIM,
    );
}
