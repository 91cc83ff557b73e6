//! What is suggested allows what was seen, and as little else as can be said.

use delegant::{Fuel, Ipld, Limits, Policy, Truth, from_dag_json};
use serde_json::{Value, json};

use crate::record::{Decided, Entry};
use crate::suggest::{Choice, Choices, Shape, SuggestError, Suggestion, Survey};

fn call(tool: &str, arguments: &Value) -> Entry {
    let is_segment = tool.chars().all(|letter| letter.is_ascii_lowercase());
    let command = if is_segment {
        format!("/mcp/tools/call/{tool}")
    } else {
        "/mcp/tools/call".to_owned()
    };
    Entry {
        id: Entry::fresh_id(),
        time: 1_780_272_000,
        decided: Decided::LetThrough,
        code: "NoToken".to_owned(),
        method: "tools/call".to_owned(),
        name: Some(tool.to_owned()),
        command: Some(command),
        arguments: Some(json!({ "name": tool, "arguments": arguments })),
        server: "did:web:a.example".to_owned(),
        invoker: None,
        subject: None,
        chain: Vec::new(),
        refusal: None,
    }
}

fn survey(calls: &[Value]) -> Survey {
    let mut survey = Survey::default();
    for arguments in calls {
        survey.add(&call("x", arguments));
    }
    survey
}

pub(super) fn suggest_with(calls: &[Value], choices: &Choices) -> Result<Suggestion, SuggestError> {
    let mut suggestions = survey(calls).suggest(choices)?;
    assert_eq!(suggestions.len(), 1);
    Ok(suggestions.remove(0))
}

pub(super) fn suggest(calls: &[Value]) -> Suggestion {
    suggest_with(calls, &Choices::default()).unwrap()
}

pub(super) fn choosing(path: &str, choice: Choice) -> Choices {
    let at = [(path.to_owned(), choice)].into();
    Choices {
        at,
        ..Choices::default()
    }
}

pub(super) fn allows(policy: &Policy, arguments: &Value) -> bool {
    let text = json!({ "name": "x", "arguments": arguments }).to_string();
    let Ipld::Map(arguments) = from_dag_json(&text).unwrap() else {
        panic!("a map");
    };
    // As it is read by who gets it.
    let policy: Policy = policy.to_string().parse().unwrap();
    let truth = policy.evaluate(&arguments, &mut Fuel::new(&Limits::DEFAULT));
    truth.unwrap() == Truth::True
}

/// What is told of each path, from the outside inwards.
fn told(suggestion: &Suggestion) -> Vec<String> {
    let findings = suggestion.findings.iter();
    findings
        .map(|finding| format!("{}: {}", finding.path, finding.shape))
        .collect()
}

#[test]
fn one_call_allows_itself_and_nothing_else() {
    let suggestion = suggest(&[json!({ "patient": "p-17" })]);
    assert_eq!(
        suggestion.policy.to_string(),
        r#"[["==",".arguments",{"patient":"p-17"}]]"#
    );
    assert!(!allows(
        &suggestion.policy,
        &json!({ "patient": "p-17", "force": true })
    ));
    assert!(!allows(&suggestion.policy, &json!({})));
}

#[test]
fn an_argument_of_few_values_is_one_of_them() {
    let suggestion = suggest(&[json!({ "n": 1, "b": true }), json!({ "n": 2, "b": true })]);
    assert_eq!(
        told(&suggestion),
        [
            ".arguments: these members",
            ".arguments.b: is true",
            ".arguments.n: one of 1, 2"
        ]
    );
    assert!(allows(&suggestion.policy, &json!({ "n": 2, "b": true })));
    for other in [
        json!({ "n": 3, "b": true }),
        json!({ "n": 1, "b": false }),
        json!({ "n": 1 }),
        json!({ "n": "1", "b": true }),
        json!({ "n": 1, "b": true, "extra": "unseen" }),
        json!([1, true]),
    ] {
        assert!(!allows(&suggestion.policy, &other), "{other}");
    }
    // What a policy cannot tell apart, as the documentation says.
    assert!(allows(
        &suggestion.policy,
        &json!({ "n": 1, "b": true, "extra": 2 })
    ));
}

#[test]
fn many_numbers_are_a_range() {
    let calls: Vec<_> = (0..20).map(|n| json!({ "n": n * 5, "x": 0.5 })).collect();
    let suggestion = suggest(&calls);
    assert!(told(&suggestion).contains(&".arguments.n: from 0 to 95".to_owned()));
    assert!(allows(&suggestion.policy, &json!({ "n": 33, "x": 0.5 })));
    for n in [json!(-1), json!(96), json!("33"), json!(null)] {
        assert!(
            !allows(&suggestion.policy, &json!({ "n": n, "x": 0.5 })),
            "{n}"
        );
    }
}

#[test]
fn many_texts_are_what_they_begin_with_and_a_path_stays_below_it() {
    let calls: Vec<_> = (10..30)
        .map(|n| json!({ "path": format!("/srv/a*b/{n}.txt"), "n": n }))
        .collect();
    let suggestion = suggest(&calls);
    assert!(
        told(&suggestion)
            .contains(&r#".arguments.path: begins with "/srv/a*b/", without .."#.to_owned())
    );
    assert!(allows(
        &suggestion.policy,
        &json!({ "path": "/srv/a*b/new", "n": 11 })
    ));
    for path in ["/srv/a*b", "/srv/axxb/10.txt", "/srv/a*b/../../etc/passwd"] {
        assert!(
            !allows(&suggestion.policy, &json!({ "path": path, "n": 11 })),
            "{path}"
        );
    }
}

#[test]
fn a_host_is_never_cut_in_two() {
    let calls: Vec<_> = ["a", "b", "c", "d", "e", "f", "g", "h", "i"]
        .map(|letter| json!({ "url": format!("https://exam{letter}.org/") }))
        .into();
    let suggestion = suggest(&calls);
    let shape = &suggestion.findings[1].shape;
    assert!(matches!(shape, Shape::OneOf { many: true, .. }), "{shape}");
    let calls: Vec<_> = (0..9)
        .map(|n| json!({ "url": format!("https://a.org/{n}") }))
        .collect();
    let suggestion = suggest(&calls);
    assert!(!allows(
        &suggestion.policy,
        &json!({ "url": "https://a.org.evil/1" })
    ));
    assert!(!allows(
        &suggestion.policy,
        &json!({ "url": "https://a.org/%2e%2e/" })
    ));
    assert!(allows(
        &suggestion.policy,
        &json!({ "url": "https://a.org/x" })
    ));
}

#[test]
fn an_argument_that_was_absent_may_be_absent() {
    let suggestion = suggest(&[
        json!({ "p": 1, "k": "a" }),
        json!({ "p": 1 }),
        json!({ "p": 1, "k": "b" }),
    ]);
    for (arguments, is_allowed) in [
        (json!({ "p": 1 }), true),
        (json!({ "p": 1, "k": "a" }), true),
        (json!({ "p": 1, "k": "c" }), false),
        (json!({ "k": "a" }), false),
    ] {
        assert_eq!(
            allows(&suggestion.policy, &arguments),
            is_allowed,
            "{arguments}"
        );
    }
    let kind = &suggestion.findings[1];
    assert_eq!(
        (kind.path.as_str(), kind.seen, kind.absent),
        (".arguments.k", 2, 1)
    );
}

#[test]
fn a_part_that_may_be_absent_is_looked_into_where_it_is_there() {
    let suggestion = suggest(&[
        json!({ "f": { "from": 1, "to": 2 } }),
        json!({ "f": { "from": 2 } }),
        json!({}),
    ]);
    for (arguments, is_allowed) in [
        (json!({}), true),
        (json!({ "f": { "from": 1 } }), true),
        (json!({ "f": { "from": 2, "to": 2 } }), true),
        (json!({ "f": { "from": 3 } }), false),
        (json!({ "f": { "to": 2 } }), false),
        (json!({ "f": {} }), false),
        (json!({ "f": 1 }), false),
        (json!({ "f": { "from": 1, "sudo": true } }), false),
        (json!({ "g": 1 }), false),
    ] {
        assert_eq!(
            allows(&suggestion.policy, &arguments),
            is_allowed,
            "{arguments} {}",
            suggestion.policy
        );
    }
}

#[test]
fn lists_are_generalised_by_their_elements() {
    let suggestion = suggest(&[
        json!({ "to": ["a@x.org"] }),
        json!({ "to": ["b@x.org", "a@x.org"] }),
    ]);
    assert_eq!(suggestion.findings[2].path, ".arguments.to[]");
    for (to, is_allowed) in [
        (json!(["b@x.org"]), true),
        (json!(["a@x.org", "a@x.org", "b@x.org"]), true),
        (json!(["a@x.org", "evil@y.org"]), false),
        (json!([]), false),
        (json!("a@x.org"), false),
        (json!({ "0": "a@x.org" }), false),
    ] {
        assert_eq!(
            allows(&suggestion.policy, &json!({ "to": to })),
            is_allowed,
            "{to}"
        );
    }
}

#[test]
fn what_has_no_selector_is_compared_as_a_whole() {
    let suggestion = suggest(&[json!({ "a\"b": 1 }), json!({ "a\"b": 2 })]);
    assert!(allows(&suggestion.policy, &json!({ "a\"b": 1 })));
    assert!(!allows(&suggestion.policy, &json!({ "a\"b": 3 })));
    assert!(!allows(&suggestion.policy, &json!({ "a\"b": 1, "c": 1 })));
    let suggestion = suggest(&[json!({ "a b": 1, "": 1 }), json!({ "a b": 2, "": 1 })]);
    assert_eq!(suggestion.findings[2].path, r#".arguments["a b"]"#);
}

#[test]
fn a_tool_that_no_command_names_is_named_by_a_statement() {
    let mut survey = Survey::default();
    survey.add(&call("getSum", &json!({ "a": 1 })));
    survey.add(&call("getMax", &json!({ "a": 1 })));
    let suggestions = survey.suggest(&Choices::default()).unwrap();
    let policies: Vec<_> = suggestions
        .iter()
        .map(|one| one.policy.to_string())
        .collect();
    assert_eq!(
        policies,
        [
            r#"[["==",".name","getMax"],["==",".arguments",{"a":1}]]"#,
            r#"[["==",".name","getSum"],["==",".arguments",{"a":1}]]"#,
        ]
    );
}

#[test]
fn a_resource_is_an_argument_like_others() {
    let mut survey = Survey::default();
    for uri in ["file:///a", "file:///b"] {
        survey.add(&Entry {
            method: "resources/read".to_owned(),
            name: Some(uri.to_owned()),
            command: Some("/mcp/resources/read".to_owned()),
            arguments: Some(json!({ "uri": uri })),
            ..call("x", &json!({}))
        });
    }
    let suggestions = survey.suggest(&Choices::default()).unwrap();
    assert_eq!(
        suggestions[0].policy.to_string(),
        r#"[["or",[["==",".uri","file:///a"],["==",".uri","file:///b"]]]]"#
    );
}

#[test]
fn nothing_is_learnt_from_what_was_refused_or_is_not_known() {
    let mut survey = Survey::default();
    let seen = call("x", &json!({}));
    survey.add(&Entry {
        decided: Decided::Refused,
        ..seen.clone()
    });
    survey.add(&Entry {
        arguments: None,
        ..seen.clone()
    });
    survey.add(&Entry {
        command: None,
        ..seen
    });
    assert!(survey.suggest(&Choices::default()).unwrap().is_empty());
    let over = survey.passed_over();
    assert_eq!(
        (over.refused, over.without_arguments, over.without_command),
        (1, 1, 1)
    );
}

#[test]
fn what_was_chosen_is_done() {
    let calls: Vec<_> = (0..3)
        .map(|n| json!({ "id": format!("p-{n}"), "n": n }))
        .collect();
    let anything = suggest_with(&calls, &choosing(".arguments.n", Choice::Anything)).unwrap();
    assert!(allows(
        &anything.policy,
        &json!({ "id": "p-1", "n": "whatever" })
    ));
    assert!(told(&anything).contains(&".arguments: these members, and any others".to_owned()));
    let prefix = suggest_with(&calls, &choosing(".arguments.id", Choice::Prefix(None))).unwrap();
    assert!(allows(&prefix.policy, &json!({ "id": "p-77", "n": 1 })));
    let prefix = Choice::Prefix(Some("p".to_owned()));
    let prefix = suggest_with(&calls, &choosing(".arguments.id", prefix)).unwrap();
    assert!(allows(&prefix.policy, &json!({ "id": "px", "n": 1 })));
    let range = suggest_with(&calls, &choosing(".arguments.n", Choice::Range)).unwrap();
    assert!(allows(&range.policy, &json!({ "id": "p-1", "n": 1.5 })));
    let exactly = suggest_with(&calls, &choosing(".arguments", Choice::Exactly)).unwrap();
    assert!(!allows(&exactly.policy, &json!({ "id": "p-1", "n": 2 })));
    let open = Choices {
        open: true,
        ..Choices::default()
    };
    let open = suggest_with(&calls, &open).unwrap();
    assert!(allows(
        &open.policy,
        &json!({ "id": "p-1", "n": 2, "other": "any" })
    ));
}

#[test]
fn says_what_cannot_be_chosen() {
    let calls = [json!({ "id": "a", "n": 1 }), json!({ "id": "b", "n": 2 })];
    for (path, choice, says) in [
        (
            ".arguments.m",
            Choice::Anything,
            "there are .arguments, .arguments.id, .arguments.n",
        ),
        (
            ".arguments.id",
            Choice::Prefix(None),
            "begin with the same text",
        ),
        (
            ".arguments.id",
            Choice::Prefix(Some("x".to_owned())),
            "begin with `x`",
        ),
        (".arguments.n", Choice::Prefix(None), ".arguments.n"),
        (".arguments.id", Choice::Range, "not all numbers"),
    ] {
        let error = suggest_with(&calls, &choosing(path, choice))
            .unwrap_err()
            .to_string();
        assert!(error.contains(says), "{error}");
    }
    let calls: Vec<_> = (0..400)
        .map(|n| json!({ "id": format!("{n}{n}") , "k": 1}))
        .collect();
    let error = suggest_with(&calls, &Choices::default())
        .unwrap_err()
        .to_string();
    assert!(error.contains("`.arguments.id`: generalise"), "{error}");
}
