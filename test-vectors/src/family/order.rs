//! The order of the checks: each row has two faults, and the code names the one that comes first.

use crate::cbor::Value;
use crate::principal::{ALICE, ERIN, MALLORY, SERVICE};
use crate::principal::{BOB, CAROL, DAVE};
use crate::row::{
    COMMAND_NOT_COVERED, Case, EXPIRED, Family, INVALID_AUDIENCE, INVALID_CLAIM, INVALID_SIGNATURE,
    INVALID_SUBJECT, MATCH_ERROR, REFUSED_PRINCIPAL, REVOKED, TOO_EARLY, UNAVAILABLE_PROOF, VALID,
    Verdict,
};
use crate::token::{Draft, NOW, Token, invocation};

use super::chain::{PATH, drafts, signed};
use super::revocation::revocation;

/// What can be wrong, in the order of the ruling.
struct Scene {
    drafts: Vec<Draft>,
    forged: Option<usize>,
    /// Not at hand.
    missing: Option<usize>,
    call: fn(&[Token]) -> Draft,
    call_forged: bool,
}

fn scene() -> Scene {
    Scene {
        drafts: drafts(&PATH),
        forged: None,
        missing: None,
        call: |proofs| invocation(DAVE, ALICE, proofs),
        call_forged: false,
    }
}

impl Scene {
    fn link(mut self, place: usize, change: impl Fn(Draft) -> Draft) -> Self {
        self.drafts[place] = change(self.drafts[place].clone());
        self
    }

    fn forged(mut self, place: usize) -> Self {
        self.forged = Some(place);
        self
    }

    fn missing(mut self, place: usize) -> Self {
        self.missing = Some(place);
        self
    }

    fn call(mut self, call: fn(&[Token]) -> Draft) -> Self {
        self.call = call;
        self
    }

    fn call_forged(mut self) -> Self {
        self.call_forged = true;
        self
    }

    fn proofs(&self) -> Vec<Token> {
        let mut proofs = signed(&self.drafts);
        if let Some(forged) = self.forged {
            proofs[forged] = proofs[forged].forged();
        }
        proofs
    }

    fn case(&self) -> Case {
        let mut proofs = self.proofs();
        let mut call = (self.call)(&proofs).sign();
        if self.call_forged {
            call = call.forged();
        }
        if let Some(missing) = self.missing {
            proofs.remove(missing);
        }
        Case::new(&call, &proofs)
    }
}

fn expired(draft: Draft) -> Draft {
    draft.with("exp", NOW - 1)
}

fn null(draft: Draft) -> Draft {
    draft.with("sub", Value::Null)
}

fn about_erin(draft: Draft) -> Draft {
    draft.with("sub", ERIN.did())
}

fn by_mallory(draft: Draft) -> Draft {
    draft.with("iss", MALLORY.did()).signed_by(MALLORY)
}

fn elsewhere(draft: Draft) -> Draft {
    draft.with("cmd", "/crm/write")
}

fn picky(draft: Draft) -> Draft {
    draft.with("pol", Value::parse(r#"[["==",".id","c-2"]]"#))
}

pub(super) fn rows() -> Family {
    let mut family = Family::new("order");
    let mut row = |name: &str, says: &str, case: &Case, verdict: Verdict| {
        family.authorize(name, says, &[12], case, verdict);
    };
    row(
        "none",
        "Nothing is wrong with the chain that the rows below damage twice.",
        &scene().case(),
        VALID,
    );
    row(
        "signature-before-time",
        "The invocation is forged and has expired.",
        &scene()
            .call(|proofs| expired(invocation(DAVE, ALICE, proofs)))
            .call_forged()
            .case(),
        INVALID_SIGNATURE,
    );
    row(
        "signature-before-proofs",
        "The invocation is forged, and the root not at hand.",
        &scene().missing(0).call_forged().case(),
        INVALID_SIGNATURE,
    );
    row(
        "time-before-proofs",
        "The invocation has expired, and the root is not at hand.",
        &scene()
            .missing(0)
            .call(|proofs| expired(invocation(DAVE, ALICE, proofs)))
            .case(),
        EXPIRED,
    );
    row(
        "time-before-links",
        "The invocation has not begun, and the root has expired.",
        &scene()
            .link(0, expired)
            .call(|proofs| invocation(DAVE, ALICE, proofs).with("nbf", NOW + 1))
            .case(),
        TOO_EARLY,
    );
    row(
        "time-before-no-proofs",
        "The invocation has expired, and names no proofs.",
        &scene()
            .call(|_| expired(invocation(DAVE, ALICE, &[])))
            .case(),
        EXPIRED,
    );
    row(
        "time-before-executor",
        "The invocation has expired, and is for another executor.",
        &scene()
            .call(|proofs| expired(invocation(DAVE, ALICE, proofs)))
            .case()
            .executor(SERVICE),
        EXPIRED,
    );
    row(
        "proofs-before-signature",
        "The leaf is not at hand, and the root is forged.",
        &scene().missing(2).forged(0).case(),
        UNAVAILABLE_PROOF,
    );
    row(
        "proofs-before-subject",
        "The leaf is not at hand, and the root is about Erin.",
        &scene().missing(2).link(0, about_erin).case(),
        UNAVAILABLE_PROOF,
    );
    row(
        "proofs-before-time",
        "The leaf is not at hand, and the root has expired.",
        &scene().missing(2).link(0, expired).case(),
        UNAVAILABLE_PROOF,
    );
    row(
        "link-signature-before-time",
        "The root is forged and has expired.",
        &scene().forged(0).link(0, expired).case(),
        INVALID_SIGNATURE,
    );
    row(
        "link-signature-before-subject",
        "The middle is forged and about Erin.",
        &scene().forged(1).link(1, about_erin).case(),
        INVALID_SIGNATURE,
    );
    row(
        "link-time-before-null",
        "The root has expired and is a powerline.",
        &scene().link(0, |draft| null(expired(draft))).case(),
        EXPIRED,
    );
    row(
        "link-time-before-subject",
        "The middle has expired and is about Erin.",
        &scene().link(1, |draft| about_erin(expired(draft))).case(),
        EXPIRED,
    );
    row(
        "null-before-issuer",
        "The root is a powerline, and issued by Mallory.",
        &scene().link(0, |draft| by_mallory(null(draft))).case(),
        INVALID_CLAIM,
    );
    row(
        "subject-before-issuer-root",
        "The root is about Erin, and issued by Mallory.",
        &scene()
            .link(0, |draft| by_mallory(about_erin(draft)))
            .case(),
        INVALID_SUBJECT,
    );
    row(
        "subject-before-issuer-middle",
        "The middle is about Erin, and issued by Mallory.",
        &scene()
            .link(1, |draft| by_mallory(about_erin(draft)))
            .case(),
        INVALID_SUBJECT,
    );
    row(
        "root-issuer-before-next-signature",
        "The root is issued by Mallory, and the middle is forged.",
        &scene().link(0, by_mallory).forged(1).case(),
        INVALID_AUDIENCE,
    );
    row(
        "root-time-before-next-signature",
        "The root has expired, and the middle is forged.",
        &scene().link(0, expired).forged(1).case(),
        EXPIRED,
    );
    row(
        "root-subject-before-next-time",
        "The root is about Erin, and the middle has expired.",
        &scene().link(0, about_erin).link(1, expired).case(),
        INVALID_SUBJECT,
    );
    row(
        "middle-issuer-before-leaf-time",
        "The middle is issued by Mallory, and the leaf has expired.",
        &scene().link(1, by_mallory).link(2, expired).case(),
        INVALID_AUDIENCE,
    );
    row(
        "links-before-invoker",
        "The leaf is forged, and Mallory uses it.",
        &scene()
            .forged(2)
            .call(|proofs| invocation(MALLORY, ALICE, proofs))
            .case(),
        INVALID_SIGNATURE,
    );
    row(
        "leaf-subject-before-invoker",
        "The leaf is about Erin, and Mallory uses it.",
        &scene()
            .link(2, about_erin)
            .call(|proofs| invocation(MALLORY, ALICE, proofs))
            .case(),
        INVALID_SUBJECT,
    );
    row(
        "invoker-before-command",
        "Mallory uses the chain, for another command.",
        &scene()
            .call(|proofs| elsewhere(invocation(MALLORY, ALICE, proofs)))
            .case(),
        INVALID_AUDIENCE,
    );
    row(
        "invoker-before-policy",
        "Mallory uses the chain, and the root's policy does not allow it.",
        &scene()
            .link(0, picky)
            .call(|proofs| invocation(MALLORY, ALICE, proofs))
            .case(),
        INVALID_AUDIENCE,
    );
    row(
        "no-proofs-before-executor",
        "There are no proofs, and the executor is another.",
        &scene()
            .call(|_| invocation(DAVE, ALICE, &[]))
            .case()
            .executor(SERVICE),
        INVALID_CLAIM,
    );
    row(
        "links-before-command",
        "The root is for another command, and the leaf has expired.",
        &scene().link(0, elsewhere).link(2, expired).case(),
        EXPIRED,
    );
    row(
        "command-before-policy",
        "The leaf is for another command, and the root's policy does not allow it.",
        &scene().link(2, elsewhere).link(0, picky).case(),
        COMMAND_NOT_COVERED,
    );
    let revoked = |scene: &Scene, place: usize| {
        let token = revocation(PATH[place], &scene.proofs()[place]).sign();
        scene.case().revoked(&token, &[])
    };
    row(
        "signature-before-revocation",
        "The root is revoked, and the leaf is forged.",
        &revoked(&scene().forged(2), 0),
        INVALID_SIGNATURE,
    );
    row(
        "command-before-revocation",
        "The root is revoked, and the leaf is for another command.",
        &revoked(&scene().link(2, elsewhere), 0),
        COMMAND_NOT_COVERED,
    );
    row(
        "policy-before-revocation",
        "The root is revoked, and the leaf's policy does not allow it.",
        &revoked(&scene().link(2, picky), 0),
        MATCH_ERROR,
    );
    row(
        "policy-before-executor",
        "The leaf's policy does not allow it, and the executor is another.",
        &scene().link(2, picky).case().executor(SERVICE),
        MATCH_ERROR,
    );
    row(
        "command-before-executor",
        "The leaf is for another command, and the executor is another.",
        &scene().link(2, elsewhere).case().executor(SERVICE),
        COMMAND_NOT_COVERED,
    );
    row(
        "revocation-before-executor",
        "The leaf is revoked, and the executor is another.",
        &revoked(&scene(), 2).executor(SERVICE),
        REVOKED,
    );
    row(
        "refusal-before-executor",
        "Carol is refused, and the executor is another.",
        &scene().case().refusing(&[CAROL]).executor(SERVICE),
        REFUSED_PRINCIPAL,
    );
    row(
        "policy-before-refusal",
        "Bob is refused, and the root's policy does not allow it.",
        &scene().link(0, picky).case().refusing(&[BOB]),
        MATCH_ERROR,
    );
    family
}
