//! Each link narrows, and none widens.

use crate::cbor::Value;
use crate::principal::{ALICE, BOB, DAVE};
use crate::row::{COMMAND_NOT_COVERED, Case, Family, MATCH_ERROR, VALID};
use crate::token::{invocation, links};

use super::{PATH, drafts, signed};

pub(super) fn commands(family: &mut Family) {
    for (name, says, commands, asked, verdict) in [
        (
            "narrowing",
            "Each link narrows the command.",
            ["/", "/crm", "/crm/contact"],
            "/crm/contact/read",
            VALID,
        ),
        (
            "same",
            "No link narrows the command.",
            ["/crm", "/crm", "/crm"],
            "/crm",
            VALID,
        ),
        (
            "from-all",
            "Each link is for everything.",
            ["/", "/", "/"],
            "/crm/read",
            VALID,
        ),
        (
            "invocation-wider",
            "The invocation asks for more than the leaf gives.",
            ["/crm", "/crm", "/crm/read"],
            "/crm",
            COMMAND_NOT_COVERED,
        ),
        (
            "invocation-all",
            "The invocation asks for everything.",
            ["/crm", "/crm", "/crm"],
            "/",
            COMMAND_NOT_COVERED,
        ),
        (
            "invocation-sibling",
            "The invocation asks for something beside.",
            ["/crm", "/crm", "/crm/read"],
            "/crm/write",
            COMMAND_NOT_COVERED,
        ),
        (
            "invocation-prefix",
            "The invocation's command begins with the same letters.",
            ["/crm", "/crm", "/crm/read"],
            "/crm/readall",
            COMMAND_NOT_COVERED,
        ),
        (
            "middle-widens",
            "The middle widens, though the invocation fits every link.",
            ["/crm/read", "/crm", "/crm/read"],
            "/crm/read",
            COMMAND_NOT_COVERED,
        ),
        (
            "leaf-widens",
            "The leaf widens, though the invocation fits every link.",
            ["/crm", "/crm/read", "/crm"],
            "/crm/read",
            COMMAND_NOT_COVERED,
        ),
        (
            "leaf-to-all",
            "The leaf widens to everything.",
            ["/crm", "/crm", "/"],
            "/crm/read",
            COMMAND_NOT_COVERED,
        ),
        (
            "middle-sibling",
            "The middle is for something beside.",
            ["/crm/read", "/crm/write", "/crm/write"],
            "/crm/write",
            COMMAND_NOT_COVERED,
        ),
        (
            "middle-prefix",
            "The middle's command begins with the same letters.",
            ["/crm", "/crmadmin", "/crmadmin"],
            "/crmadmin",
            COMMAND_NOT_COVERED,
        ),
        (
            "root-only-fits",
            "Only the root would cover the invocation.",
            ["/crm", "/crm/read", "/crm/read"],
            "/crm/write",
            COMMAND_NOT_COVERED,
        ),
    ] {
        let drafts: Vec<_> = drafts(&PATH)
            .into_iter()
            .zip(commands)
            .map(|(draft, command)| draft.with("cmd", command))
            .collect();
        let proofs = signed(&drafts);
        let call = invocation(DAVE, ALICE, &proofs).with("cmd", asked).sign();
        family.authorize(
            format!("command-{name}"),
            says,
            &[14],
            &Case::new(&call, &proofs),
            verdict,
        );
    }
}

pub(super) fn policies(family: &mut Family) {
    for (name, says, policies, at) in [
        (
            "each-own",
            "Each link's policy is about something else, and all are true.",
            [
                r#"[["==",".id","c-1"]]"#,
                r#"[["<",".size",10]]"#,
                r#"[["like",".who","a*"]]"#,
            ],
            None,
        ),
        (
            "leaf-looser",
            "The leaf's policy is looser than the root's, which still holds.",
            [r#"[["<",".size",5]]"#, "[]", r#"[["<",".size",100]]"#],
            Some(0),
        ),
        (
            "leaf-tighter",
            "The leaf's policy is tighter than the root's.",
            [r#"[["<",".size",100]]"#, "[]", r#"[["<",".size",5]]"#],
            Some(2),
        ),
        (
            "contradiction",
            "Two links' policies cannot both be true.",
            [r#"[["==",".size",7]]"#, r#"[["!=",".size",7]]"#, "[]"],
            Some(1),
        ),
        (
            "not-for-leaf",
            "The middle's policy wants what is missing.",
            ["[]", r#"[["==",".approved",true]]"#, "[]"],
            Some(1),
        ),
    ] {
        let drafts: Vec<_> = drafts(&PATH)
            .into_iter()
            .zip(policies)
            .map(|(draft, policy)| draft.with("pol", Value::parse(policy)))
            .collect();
        let proofs = signed(&drafts);
        let args = Value::parse(r#"{"id":"c-1","size":7,"who":"ada"}"#);
        let call = invocation(DAVE, ALICE, &proofs).with("args", args).sign();
        let case = Case::new(&call, &proofs);
        match at {
            Some(at) => family.authorize(
                format!("policy-{name}"),
                says,
                &[18],
                &case.at(&proofs[at]),
                MATCH_ERROR,
            ),
            None => family.authorize(format!("policy-{name}"), says, &[18], &case, VALID),
        }
    }
    let proofs = signed(&drafts(&[ALICE, BOB]));
    let call = invocation(BOB, ALICE, &[])
        .with("prf", links(&proofs))
        .with("args", Value::Map(Vec::new()))
        .sign();
    family.authorize(
        "no-arguments",
        "No link has a policy, the invocation no arguments.",
        &[18],
        &Case::new(&call, &proofs),
        VALID,
    );
}
