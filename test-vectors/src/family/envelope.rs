//! The envelope: a signature, and a map of `h` and one type tag around the payload.

use crate::cbor::{Value, map};
use crate::principal::{ALICE, BOB};
use crate::row::{Case, Family, INVALID_SIGNATURE, MALFORMED, UNSUPPORTED_VERSION, VALID};
use crate::token::{DELEGATION, Draft, INVOCATION, delegation, invocation};

pub(super) fn rows() -> Family {
    let mut family = Family::new("envelope");
    shape(&mut family);
    tags(&mut family);
    family
}

fn shape(family: &mut Family) {
    let draft = delegation(ALICE, BOB, ALICE);
    let token = draft.sign();
    let (signature, signed) = token.parts();
    let signature = Value::Bytes(signature);
    let payload = draft.payload();
    let header = Value::Bytes(ALICE.curve.header().to_vec());
    let h = || ("h".to_owned(), header.clone());
    let tagged = |payload: &Value| (DELEGATION.to_owned(), payload.clone());

    for (name, says, envelope) in [
        (
            "one-part",
            "The envelope is a list of the signature alone.",
            Value::List(vec![signature.clone()]),
        ),
        (
            "no-parts",
            "The envelope is an empty list.",
            Value::List(Vec::new()),
        ),
        (
            "three-parts",
            "The envelope has a third part.",
            Value::List(vec![signature.clone(), signed.clone(), Value::Null]),
        ),
        (
            "swapped",
            "What is signed stands before the signature.",
            Value::List(vec![signed.clone(), signature.clone()]),
        ),
        (
            "map",
            "The envelope is a map of `s` and `p`.",
            map([("s", signature.clone()), ("p", signed.clone())]),
        ),
        (
            "signed-alone",
            "There is no envelope around what is signed.",
            signed.clone(),
        ),
        (
            "nested",
            "The envelope is inside a list.",
            Value::List(vec![Value::List(vec![signature.clone(), signed.clone()])]),
        ),
        (
            "bytes",
            "The envelope is inside bytes.",
            Value::Bytes(token.bytes.clone()),
        ),
        (
            "text-signature",
            "The signature is text.",
            Value::List(vec![crate::text::hex(&[0; 32]).into(), signed.clone()]),
        ),
        (
            "null-signature",
            "The signature is null.",
            Value::List(vec![Value::Null, signed.clone()]),
        ),
        (
            "list-signature",
            "The signature is a list of 64 integers.",
            Value::List(vec![Value::List(vec![1.into(); 64]), signed.clone()]),
        ),
        (
            "signed-bytes",
            "What is signed is there as bytes.",
            Value::List(vec![signature.clone(), Value::Bytes(signed.encode())]),
        ),
        (
            "signed-null",
            "What is signed is null.",
            Value::List(vec![signature, Value::Null]),
        ),
    ] {
        family.delegation(name, says, &[1], &draft.envelope(envelope), MALFORMED);
    }
    for (name, says, ruling, signed) in [
        (
            "signed-list",
            "What is signed is a list of header and payload.",
            1,
            Value::List(vec![header.clone(), payload.clone()]),
        ),
        (
            "signed-empty",
            "What is signed is an empty map.",
            2,
            Value::Map(Vec::new()),
        ),
        (
            "no-header",
            "What is signed has no `h`.",
            2,
            Value::Map(vec![tagged(&payload)]),
        ),
        (
            "no-payload",
            "What is signed has `h` alone.",
            2,
            Value::Map(vec![h()]),
        ),
        (
            "third-key",
            "What is signed has a third key.",
            2,
            Value::Map(vec![h(), tagged(&payload), ("x".to_owned(), Value::Null)]),
        ),
        (
            "two-tags",
            "What is signed has two payloads, one for each edition.",
            2,
            Value::Map(vec![
                h(),
                tagged(&payload),
                ("ucan/dlg@1.0.0-rc.1".to_owned(), payload.clone()),
            ]),
        ),
        (
            "both-kinds",
            "What is signed is a delegation and an invocation at once.",
            2,
            Value::Map(vec![
                h(),
                tagged(&payload),
                (
                    INVOCATION.to_owned(),
                    invocation(ALICE, ALICE, &[]).payload(),
                ),
            ]),
        ),
        (
            "upper-case-header",
            "The header's key is `H`.",
            2,
            Value::Map(vec![("H".to_owned(), header.clone()), tagged(&payload)]),
        ),
        (
            "long-header",
            "The header's key is `header`.",
            2,
            Value::Map(vec![
                ("header".to_owned(), header.clone()),
                tagged(&payload),
            ]),
        ),
        (
            "two-headers",
            "Both keys hold headers, and nothing holds a payload.",
            2,
            Value::Map(vec![h(), ("i".to_owned(), header.clone())]),
        ),
        (
            "payload-null",
            "The payload is null.",
            2,
            Value::Map(vec![h(), tagged(&Value::Null)]),
        ),
        (
            "payload-list",
            "The payload is a list.",
            2,
            Value::Map(vec![h(), tagged(&Value::List(Vec::new()))]),
        ),
        (
            "payload-bytes",
            "The payload is there as bytes.",
            2,
            Value::Map(vec![h(), tagged(&Value::Bytes(payload.encode()))]),
        ),
        (
            "payload-text",
            "The payload is there as JSON text.",
            2,
            Value::Map(vec![h(), tagged(&payload.to_json().to_string().into())]),
        ),
        (
            "payload-empty",
            "The payload is an empty map.",
            5,
            Value::Map(vec![h(), tagged(&Value::Map(Vec::new()))]),
        ),
        (
            "payload-inside",
            "The payload is one map too deep.",
            5,
            Value::Map(vec![h(), tagged(&map([("payload", payload.clone())]))]),
        ),
    ] {
        family.delegation(
            name,
            says,
            &[1, ruling],
            &draft.sign_bytes(signed),
            MALFORMED,
        );
    }
    for (name, says, message) in [
        (
            "covers-payload",
            "The signature covers the payload alone.",
            payload.encode(),
        ),
        (
            "covers-envelope",
            "The signature covers the envelope with an empty signature.",
            Value::List(vec![Value::Bytes(Vec::new()), signed.clone()]).encode(),
        ),
        (
            "covers-cid",
            "The signature covers the CID of what is signed.",
            crate::text::cid_of(&signed.encode()),
        ),
        (
            "covers-json",
            "The signature covers the DAG-JSON of what is signed.",
            signed.to_json().to_string().into_bytes(),
        ),
        (
            "covers-nothing",
            "The signature covers no bytes.",
            Vec::new(),
        ),
    ] {
        let token = draft.with_signature(ALICE.sign(&message), signed.clone());
        family.delegation(name, says, &[1], &token, INVALID_SIGNATURE);
    }
}

fn tags(family: &mut Family) {
    let dlg = delegation(ALICE, BOB, ALICE);
    let inv = invocation(ALICE, ALICE, &[]);
    family.delegation(
        "tag-delegation",
        "A delegation of 1.0.0.",
        &[1, 2],
        &dlg.sign(),
        VALID,
    );
    family.delegation(
        "tag-delegation-rc",
        "A delegation of 1.0.0-rc.1, which is read as well.",
        &[2],
        &dlg.clone().tag("ucan/dlg@1.0.0-rc.1").sign(),
        VALID,
    );
    family.invocation(
        "tag-invocation",
        "An invocation of 1.0.0.",
        &[1, 2],
        &inv.sign(),
        VALID,
    );
    family.invocation(
        "tag-invocation-rc",
        "An invocation of 1.0.0-rc.1, which is read as well.",
        &[2],
        &inv.clone().tag("ucan/inv@1.0.0-rc.1").sign(),
        VALID,
    );
    let rc = |draft: Draft, kind: &str| draft.tag(format!("ucan/{kind}@1.0.0-rc.1"));
    let proof = rc(dlg.clone(), "dlg").sign();
    let call = invocation(BOB, ALICE, std::slice::from_ref(&proof));
    family.authorize(
        "mixed-editions",
        "The delegation is of 1.0.0-rc.1, the invocation of 1.0.0.",
        &[2],
        &Case::new(&call.sign(), std::slice::from_ref(&proof)),
        VALID,
    );
    family.authorize(
        "rc-only",
        "Delegation and invocation are both of 1.0.0-rc.1.",
        &[2],
        &Case::new(&rc(call, "inv").sign(), &[proof]),
        VALID,
    );

    for version in [
        "1.0.1",
        "1.1.0",
        "2.0.0",
        "0.10.0",
        "1.0.0-rc.2",
        "1.0.0-rc.1.1",
        "1.0.0-RC.1",
        "1.0",
        "1",
        "1.0.0 ",
        "01.0.0",
        "v1.0.0",
    ] {
        let says = format!("The version in the delegation's tag is `{version}`.");
        family.delegation(
            format!("version-{}", version.replace(' ', "space")),
            says,
            &[2],
            &dlg.clone().tag(format!("ucan/dlg@{version}")).sign(),
            UNSUPPORTED_VERSION,
        );
    }
    for version in ["1.0.1", "2.0.0", "1.0.0-rc.2"] {
        let says = format!("The version in the invocation's tag is `{version}`.");
        family.invocation(
            format!("invocation-version-{version}"),
            says,
            &[2],
            &inv.clone().tag(format!("ucan/inv@{version}")).sign(),
            UNSUPPORTED_VERSION,
        );
    }
    for (name, says, tag) in [
        ("x", "`x`", "x"),
        ("prefix", "`ucan`", "ucan"),
        ("empty-tag", "the empty text", ""),
        ("upper", "in upper case", "UCAN/DLG@1.0.0"),
        ("leading-space", "behind a space", " ucan/dlg@1.0.0"),
        ("slash", "behind a slash", "/ucan/dlg@1.0.0"),
        ("jwt", "that of another sort of token", "jwt@1.0.0"),
    ] {
        let says = format!("The type tag is {says}.");
        family.delegation(
            format!("tag-{name}"),
            says,
            &[2],
            &dlg.clone().tag(tag).sign(),
            MALFORMED,
        );
    }
    family.delegation(
        "tag-integer",
        "The type tag is an integer.",
        &[2, 4],
        &dlg.clone().tag(Value::Integer(1)).sign(),
        MALFORMED,
    );
    family.delegation(
        "delegation-as-invocation",
        "A delegation's payload stands under an invocation's tag.",
        &[2],
        &dlg.clone().tag(INVOCATION).sign(),
        MALFORMED,
    );
    family.invocation(
        "invocation-as-delegation",
        "An invocation's payload stands under a delegation's tag.",
        &[2],
        &inv.clone().tag(DELEGATION).sign(),
        MALFORMED,
    );
    family.invocation(
        "delegation-for-invocation",
        "A sound delegation, where an invocation is wanted.",
        &[2],
        &dlg.sign(),
        MALFORMED,
    );
    family.delegation(
        "invocation-for-delegation",
        "A sound invocation, where a delegation is wanted.",
        &[2],
        &inv.sign(),
        MALFORMED,
    );
}
