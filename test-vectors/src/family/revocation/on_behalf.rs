//! Revoking for another, by delegation of `/ucan/revoke`.

use crate::cbor::Value;
use crate::principal::{ALICE, BOB, CAROL, DAVE, ERIN, MALLORY, SAM};
use crate::row::{
    COMMAND_NOT_COVERED, Family, INVALID_AUDIENCE, INVALID_CLAIM, INVALID_SIGNATURE,
    INVALID_SUBJECT, REVOKED, UNAVAILABLE_PROOF, VALID,
};
use crate::token::{NOW, Token, delegation, links, powerline};

use crate::family::chain::{PATH, by_dave, drafts, signed};

use super::revocation;

pub(super) fn on_behalf(family: &mut Family) {
    let proofs = signed(&drafts(&PATH));
    let given = delegation(BOB, ERIN, BOB).with("cmd", "/ucan/revoke");
    let by_erin = |proof: &[Token]| {
        revocation(BOB, &proofs[1])
            .with("iss", ERIN.did())
            .with("prf", links(proof))
            .signed_by(ERIN)
    };
    let given_token = [given.sign()];
    family.authorize(
        "on-behalf",
        "Bob delegated `/ucan/revoke` to Erin, who revokes what he issued.",
        &[25],
        &by_dave(&proofs)
            .revoked(&by_erin(&given_token).sign(), &given_token)
            .at(&proofs[1]),
        REVOKED,
    );
    let wide = [given.clone().with("cmd", "/ucan").sign()];
    family.authorize(
        "on-behalf-ucan",
        "Bob delegated `/ucan` to Erin, which covers `/ucan/revoke`.",
        &[25],
        &by_dave(&proofs)
            .revoked(&by_erin(&wide).sign(), &wide)
            .at(&proofs[1]),
        REVOKED,
    );
    let narrow = [given
        .clone()
        .with(
            "pol",
            Value::parse(&format!(
                r#"[["==",".revoke",{{"/":"{}"}}]]"#,
                proofs[1].cid()
            )),
        )
        .sign()];
    family.authorize(
        "on-behalf-policy",
        "Bob let Erin revoke this one delegation.",
        &[25],
        &by_dave(&proofs)
            .revoked(&by_erin(&narrow).sign(), &narrow)
            .at(&proofs[1]),
        REVOKED,
    );
    let two = [
        given_token[0].clone(),
        delegation(ERIN, SAM, BOB)
            .with("cmd", "/ucan/revoke")
            .sign(),
    ];
    let by_sam = revocation(BOB, &proofs[1])
        .with("iss", SAM.did())
        .with("prf", links(&two))
        .header_bytes(&SAM.curve.header())
        .signed_by(SAM)
        .sign();
    family.authorize(
        "on-behalf-twice",
        "Erin passed the power to revoke on to Sam.",
        &[25],
        &by_dave(&proofs).revoked(&by_sam, &two).at(&proofs[1]),
        REVOKED,
    );
    let above = [delegation(ALICE, ERIN, ALICE)
        .with("cmd", "/ucan/revoke")
        .sign()];
    let for_alice = revocation(ALICE, &proofs[2])
        .with("iss", ERIN.did())
        .with("prf", links(&above))
        .signed_by(ERIN)
        .sign();
    family.authorize(
        "on-behalf-above",
        "Alice delegated `/ucan/revoke` to Erin, who revokes the leaf, which Carol issued.",
        &[25],
        &by_dave(&proofs).revoked(&for_alice, &above).at(&proofs[2]),
        REVOKED,
    );
    let below = [delegation(DAVE, ERIN, DAVE)
        .with("cmd", "/ucan/revoke")
        .sign()];
    let for_dave = revocation(DAVE, &proofs[1])
        .with("iss", ERIN.did())
        .with("prf", links(&below))
        .signed_by(ERIN)
        .sign();
    family.authorize(
        "on-behalf-below",
        "Dave delegated `/ucan/revoke` to Erin, but could not revoke the middle himself.",
        &[25],
        &by_dave(&proofs).revoked(&for_dave, &below),
        VALID,
    );

    for (name, says, proof, verdict) in [
        (
            "without-proof",
            "Erin revokes in Bob's name, and names no proof.",
            vec![],
            INVALID_CLAIM,
        ),
        (
            "other-command",
            "What Bob gave to Erin is for another command.",
            vec![given.clone().with("cmd", "/crm/read").sign()],
            COMMAND_NOT_COVERED,
        ),
        (
            "all-commands",
            "Bob gave Erin all commands, by which he did not mean to revoke.",
            vec![given.clone().with("cmd", "/").sign()],
            COMMAND_NOT_COVERED,
        ),
        (
            "other-policy",
            "What Bob let Erin revoke is another delegation.",
            vec![
                given
                    .clone()
                    .with(
                        "pol",
                        Value::parse(&format!(
                            r#"[["==",".revoke",{{"/":"{}"}}]]"#,
                            proofs[2].cid()
                        )),
                    )
                    .sign(),
            ],
            Err("MatchError"),
        ),
        (
            "expired-proof",
            "What Bob gave to Erin has expired.",
            vec![given.clone().with("exp", NOW - 1).sign()],
            Err("Expired"),
        ),
        (
            "early-proof",
            "What Bob gave to Erin has not begun.",
            vec![given.clone().with("nbf", NOW + 1).sign()],
            Err("TooEarly"),
        ),
        (
            "forged-proof",
            "What Bob gave to Erin is forged.",
            vec![given.sign().forged()],
            INVALID_SIGNATURE,
        ),
        (
            "other-subject",
            "What Erin has is Alice's power to revoke, not Bob's.",
            vec![
                delegation(ALICE, ERIN, ALICE)
                    .with("cmd", "/ucan/revoke")
                    .sign(),
            ],
            INVALID_SUBJECT,
        ),
        (
            "other-issuer",
            "What Erin has was issued by Mallory in Bob's matter.",
            vec![
                delegation(MALLORY, ERIN, BOB)
                    .with("cmd", "/ucan/revoke")
                    .sign(),
            ],
            INVALID_AUDIENCE,
        ),
        (
            "other-audience",
            "What Bob gave was given to Carol.",
            vec![
                delegation(BOB, CAROL, BOB)
                    .with("cmd", "/ucan/revoke")
                    .sign(),
            ],
            INVALID_AUDIENCE,
        ),
        (
            "powerline-proof",
            "What Bob gave to Erin names no subject.",
            vec![powerline(BOB, ERIN).with("cmd", "/ucan/revoke").sign()],
            INVALID_CLAIM,
        ),
    ] {
        let token = by_erin(&proof).sign();
        family.authorize(
            format!("on-behalf-{name}"),
            format!("{says} The revocation is not accepted.").replace(". The", "; the"),
            &[25],
            &by_dave(&proofs).not_revoked(&token, &proof, verdict),
            VALID,
        );
    }
    let token = by_erin(&given_token).sign();
    family.authorize(
        "on-behalf-proof-missing",
        "What Bob gave to Erin is not at hand; the revocation is not accepted.",
        &[25],
        &by_dave(&proofs).not_revoked(&token, &[], UNAVAILABLE_PROOF),
        VALID,
    );
    own_link(family, &proofs);
}

/// Who issued a link takes it back, whatever subject the revocation is about.
fn own_link(family: &mut Family, proofs: &[Token]) {
    let ordinary = [proofs[0].clone()];
    for (name, says, proof, verdict) in [
        (
            "without-proof",
            "Bob revokes on Alice what he issued, and names no proof.",
            &[][..],
            INVALID_CLAIM,
        ),
        (
            "ordinary-proof",
            "Bob revokes on Alice what he issued, by the proof that he delegated by.",
            &ordinary[..],
            COMMAND_NOT_COVERED,
        ),
    ] {
        let token = revocation(ALICE, &proofs[1])
            .with("iss", BOB.did())
            .with("prf", links(proof))
            .signed_by(BOB)
            .sign();
        family.authorize(
            format!("own-link-{name}"),
            format!("{says} It counts for Bob, not for Alice.").replace(". It", "; it"),
            &[25],
            &by_dave(proofs)
                .not_revoked(&token, proof, verdict)
                .at(&proofs[1]),
            REVOKED,
        );
        let above = revocation(ALICE, &proofs[0])
            .with("iss", BOB.did())
            .with("prf", links(proof))
            .signed_by(BOB)
            .sign();
        family.authorize(
            format!("link-above-{name}"),
            "Bob revokes on Alice what she issued, which he cannot.",
            &[25],
            &by_dave(proofs).not_revoked(&above, proof, verdict),
            VALID,
        );
    }
}
