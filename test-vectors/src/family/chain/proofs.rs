//! Which proofs, and in which order.

use crate::cbor::Value;
use crate::principal::{ALICE, BOB, CAROL, DAVE, ERIN, MALLORY};
use crate::row::{
    Case, Family, INVALID_AUDIENCE, INVALID_CLAIM, INVALID_SUBJECT, MALFORMED, UNAVAILABLE_PROOF,
};
use crate::token::{delegation, invocation};

use super::{PATH, PLACES, by_dave, drafts, signed};

pub(super) fn orders(family: &mut Family) {
    let proofs = signed(&drafts(&PATH));
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let shuffled = order.map(|index: usize| proofs[index].clone());
        let (name, says) = if order == [2, 1, 0] {
            (
                "leaf-first".to_owned(),
                "`prf` is leaf first, as some older implementations write it.".to_owned(),
            )
        } else {
            let order = order.map(|index| PLACES[index]);
            (
                format!("order-{}", order.join("-")),
                format!("`prf` is in the order {}.", order.join(", ")),
            )
        };
        family.authorize(name, says, &[10], &by_dave(&shuffled), INVALID_AUDIENCE);
    }
    let two = signed(&drafts(&[ALICE, BOB, CAROL]));
    let reversed = [two[1].clone(), two[0].clone()];
    let call = invocation(CAROL, ALICE, &reversed).sign();
    family.authorize(
        "leaf-first-two",
        "`prf` of two is leaf first.",
        &[10],
        &Case::new(&call, &reversed),
        INVALID_AUDIENCE,
    );
    for (name, says, order) in [
        (
            "duplicate-root",
            "`prf` names the root twice.",
            vec![0, 0, 1, 2],
        ),
        (
            "duplicate-leaf",
            "`prf` names the leaf twice.",
            vec![0, 1, 2, 2],
        ),
        (
            "duplicate-apart",
            "`prf` names the root again at its end.",
            vec![0, 1, 2, 0],
        ),
    ] {
        let repeated: Vec<_> = order
            .into_iter()
            .map(|index: usize| proofs[index].clone())
            .collect();
        family.authorize(name, says, &[10], &by_dave(&repeated), MALFORMED);
    }
    let loops = signed(&drafts(&[ALICE, BOB, ALICE, BOB]));
    let again = [loops[0].clone(), loops[1].clone(), loops[2].clone()];
    let call = invocation(BOB, ALICE, &again).sign();
    family.authorize(
        "loop",
        "The chain goes to Bob, back, and to Bob by the same token again.",
        &[10],
        &Case::new(&call, &again),
        MALFORMED,
    );
    let stranger = delegation(MALLORY, DAVE, MALLORY).sign();
    let proofs = signed(&drafts(&PATH));
    let more = [
        proofs.clone(),
        vec![delegation(DAVE, MALLORY, ALICE).sign()],
    ]
    .concat();
    family.authorize(
        "one-too-many",
        "`prf` goes on behind the delegation to the invoker.",
        &[10],
        &by_dave(&more),
        INVALID_AUDIENCE,
    );
    let before = [vec![delegation(ERIN, ALICE, ALICE).sign()], proofs].concat();
    family.authorize(
        "before-the-root",
        "`prf` begins with a delegation to the subject.",
        &[10],
        &by_dave(&before),
        INVALID_AUDIENCE,
    );
    family.authorize(
        "other-root",
        "The one proof is Mallory's own, about herself.",
        &[11],
        &by_dave(&[stranger]),
        INVALID_SUBJECT,
    );
    let claimed = delegation(MALLORY, DAVE, ALICE).sign();
    family.authorize(
        "claimed-root",
        "The one proof is Mallory's, about Alice.",
        &[10],
        &by_dave(&[claimed]),
        INVALID_AUDIENCE,
    );
}

pub(super) fn missing(family: &mut Family) {
    let proofs = signed(&drafts(&PATH));
    let call = invocation(DAVE, ALICE, &proofs).sign();
    family.authorize(
        "none-at-hand",
        "No proof is at hand.",
        &[12],
        &Case::new(&call, &[]).at(&call),
        UNAVAILABLE_PROOF,
    );
    let other = signed(
        &drafts(&PATH)
            .into_iter()
            .map(|draft| draft.with("nonce", Value::Bytes(vec![9; 16])))
            .collect::<Vec<_>>(),
    );
    family.authorize(
        "others-at-hand",
        "The proofs at hand say the same, but are other tokens.",
        &[12],
        &Case::new(&call, &other).at(&call),
        UNAVAILABLE_PROOF,
    );
    let not_a_proof = invocation(ALICE, ALICE, &[]).sign();
    let bob = invocation(BOB, ALICE, std::slice::from_ref(&not_a_proof)).sign();
    family.authorize(
        "invocation-as-proof",
        "The proof is an invocation.",
        &[12],
        &Case::new(&bob, std::slice::from_ref(&not_a_proof)),
        UNAVAILABLE_PROOF,
    );
    let call = invocation(DAVE, ALICE, &[]).sign();
    family.authorize(
        "no-proofs",
        "The invoker is not the subject, and names no proofs.",
        &[12],
        &Case::new(&call, &[]).at(&call),
        INVALID_CLAIM,
    );
    family.authorize(
        "proofs-not-named",
        "The proofs are at hand, but the invocation names none.",
        &[12],
        &Case::new(&call, &proofs).at(&call),
        INVALID_CLAIM,
    );
    let itself = invocation(DAVE, ALICE, &[])
        .with("prf", Value::List(vec![call.link()]))
        .sign();
    family.authorize(
        "names-an-invocation",
        "The invocation names another invocation of its own as proof.",
        &[12],
        &Case::new(&itself, &[]).others(std::slice::from_ref(&call)),
        UNAVAILABLE_PROOF,
    );
    for (name, says, user) in [
        (
            "other-invoker",
            "Mallory uses a chain that ends at Dave.",
            MALLORY,
        ),
        (
            "earlier-invoker",
            "Carol uses a chain that passed through her to Dave.",
            CAROL,
        ),
    ] {
        let call = invocation(user, ALICE, &proofs).sign();
        family.authorize(
            name,
            says,
            &[10, 12],
            &Case::new(&call, &proofs),
            INVALID_AUDIENCE,
        );
    }
}
