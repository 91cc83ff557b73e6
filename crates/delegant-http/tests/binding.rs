//! A request that says anything else than what was signed is not bound.
#![expect(
    clippy::unwrap_used,
    reason = "a call that cannot be signed fails its test"
)]

use std::collections::BTreeMap;

use delegant::{Algorithm, Command, Invocation, Ipld, Nonce, SecretKey, Signer, Verified};
use delegant_http::{BodyDigest, NotBound, Request, bind, bind_plain, bind_typed, plain};

fn command(text: &str) -> Command {
    text.parse().unwrap()
}

fn signed(command_text: &str, arguments: &[(&str, Ipld)]) -> Verified<Invocation> {
    let key = SecretKey::generate(Algorithm::Ed25519).unwrap();
    let entries = arguments.iter().cloned();
    let arguments: BTreeMap<String, Ipld> = entries
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Invocation::builder(key.did(), command(command_text))
        .arguments(arguments)
        .never_expires()
        .sign(&key, Nonce::empty())
        .unwrap()
}

const REQUEST: Request<'_> = Request {
    method: "GET",
    authority: "records.example",
    path: "/encounters/p-17",
    query: "",
    body: None,
};

fn plainly(request: &Request<'_>) -> Verified<Invocation> {
    let arguments = plain::arguments(request);
    let arguments: Vec<(&str, Ipld)> = arguments
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    signed(plain::command(request.method).unwrap().as_str(), &arguments)
}

mod a_plain_call {
    use super::*;

    const SIGNED: Request<'_> = Request {
        method: "POST",
        authority: "records.example:8443",
        path: "/a/b%2fc",
        query: "x=1&y=2",
        body: None,
    };

    #[test]
    fn is_bound_to_the_request_that_was_signed() {
        let request = Request {
            body: BodyDigest::of_some(b"body"),
            ..SIGNED
        };
        for request in [SIGNED, request] {
            assert_eq!(bind_plain(&plainly(&request), &request), Ok(()));
        }
        // The authority in capitals is the same authority.
        let shouted = Request {
            authority: "Records.Example:8443",
            ..SIGNED
        };
        assert_eq!(bind_plain(&plainly(&SIGNED), &shouted), Ok(()));
    }

    #[test]
    fn is_not_bound_to_one_that_differs_in_anything() {
        let with_body = Request {
            body: BodyDigest::of_some(b"body"),
            ..SIGNED
        };
        for (what, signed, sent) in [
            (
                "method",
                SIGNED,
                Request {
                    method: "DELETE",
                    ..SIGNED
                },
            ),
            (
                "method",
                SIGNED,
                Request {
                    method: "GET",
                    ..SIGNED
                },
            ),
            (
                "host",
                SIGNED,
                Request {
                    authority: "records.example",
                    ..SIGNED
                },
            ),
            (
                "host",
                SIGNED,
                Request {
                    authority: "evil.example:8443",
                    ..SIGNED
                },
            ),
            (
                "path",
                SIGNED,
                Request {
                    path: "/a/b/c",
                    ..SIGNED
                },
            ),
            (
                "path spelling",
                SIGNED,
                Request {
                    path: "/a/b%2Fc",
                    ..SIGNED
                },
            ),
            (
                "path slash",
                SIGNED,
                Request {
                    path: "/a/b%2fc/",
                    ..SIGNED
                },
            ),
            (
                "query",
                SIGNED,
                Request {
                    query: "x=1&y=3",
                    ..SIGNED
                },
            ),
            (
                "query order",
                SIGNED,
                Request {
                    query: "y=2&x=1",
                    ..SIGNED
                },
            ),
            (
                "query duplicate",
                SIGNED,
                Request {
                    query: "x=1&y=2&y=2",
                    ..SIGNED
                },
            ),
            (
                "query spelling",
                SIGNED,
                Request {
                    query: "x=%31&y=2",
                    ..SIGNED
                },
            ),
            (
                "query gone",
                SIGNED,
                Request {
                    query: "",
                    ..SIGNED
                },
            ),
            ("body added", SIGNED, with_body),
            ("body gone", with_body, SIGNED),
            (
                "body",
                with_body,
                Request {
                    body: BodyDigest::of_some(b"other"),
                    ..SIGNED
                },
            ),
        ] {
            assert!(bind_plain(&plainly(&signed), &sent).is_err(), "{what}");
        }
    }

    #[test]
    fn has_no_arguments_but_those_of_a_request() {
        let mut arguments = plain::arguments(&REQUEST);
        arguments.insert("fragment".to_owned(), "x".into());
        let arguments: Vec<(&str, Ipld)> = arguments
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()))
            .collect();
        let invocation = signed("/http/get", &arguments);
        let refused = bind_plain(&invocation, &REQUEST).unwrap_err();
        assert_eq!(refused.argument(), Some("fragment"));
    }

    #[test]
    fn is_not_bound_where_an_argument_is_missing() {
        for missing in ["host", "path", "query"] {
            let mut arguments = plain::arguments(&REQUEST);
            arguments.remove(missing);
            let arguments: Vec<(&str, Ipld)> = arguments
                .iter()
                .map(|(name, value)| (name.as_str(), value.clone()))
                .collect();
            let refused = bind_plain(&signed("/http/get", &arguments), &REQUEST).unwrap_err();
            assert_eq!(refused.argument(), Some(missing));
        }
    }

    #[test]
    fn is_not_bound_where_a_wider_command_was_signed() {
        let arguments = [
            ("host", "records.example".into()),
            ("path", "/encounters/p-17".into()),
            ("query", "".into()),
        ];
        for other in ["/http", "/", "/http/get/more", "/http/delete"] {
            let refused = bind_plain(&signed(other, &arguments), &REQUEST);
            assert!(
                matches!(refused, Err(NotBound::OtherCommand { .. })),
                "{other}"
            );
        }
    }

    #[test]
    fn is_asked_for_wherever_the_routes_command_is_below_http() {
        // A route for `/http/get` that binds only what its path names would let the query run free.
        let invocation = plainly(&REQUEST);
        let sent = Request {
            query: "all=true",
            ..REQUEST
        };
        let wanted = command("/http/get");
        assert_eq!(bind(&invocation, &wanted, [], &REQUEST), Ok(()));
        assert!(bind(&invocation, &wanted, [], &sent).is_err());
        // The route asks for one method and the request is of another.
        let posted = Request {
            method: "POST",
            ..REQUEST
        };
        assert!(bind(&plainly(&posted), &wanted, [], &posted).is_err());
    }

    #[test]
    fn needs_a_method_that_a_command_can_name() {
        let request = Request {
            method: "a/./b",
            ..REQUEST
        };
        assert_eq!(
            bind_plain(&plainly(&REQUEST), &request),
            Err(NotBound::Method)
        );
    }
}

mod a_typed_call {
    use super::*;

    fn read() -> Verified<Invocation> {
        signed(
            "/encounters/read",
            &[
                ("patient", "p-17".into()),
                ("most", Ipld::Integer(10)),
                ("full", Ipld::Bool(true)),
                ("note", "a b+ä/".into()),
                ("codes", Ipld::List(vec!["x".into()])),
                ("weight", Ipld::Float(1.5)),
                ("nothing", Ipld::Null),
            ],
        )
    }

    fn bound(parameters: &[(&str, &str)], query: &str) -> Result<(), NotBound> {
        let request = Request { query, ..REQUEST };
        bind_typed(
            &read(),
            &command("/encounters/read"),
            parameters.iter().copied(),
            &request,
        )
    }

    #[test]
    fn is_bound_where_the_request_says_nothing_else() {
        for (parameters, query) in [
            (&[][..], ""),
            (&[("patient", "p-17")], ""),
            (&[("patient", "p-17")], "most=10&full=true"),
            (&[], "full=true&most=10&patient=p%2D17"),
            (&[("note", "a b+ä/")], "note=a+b%2B%c3%A4%2F"),
        ] {
            assert_eq!(bound(parameters, query), Ok(()), "{parameters:?} {query}");
        }
    }

    #[test]
    fn is_not_bound_where_a_parameter_says_another_value() {
        for (parameters, query, name) in [
            (&[("patient", "p-18")][..], "", "patient"),
            (&[("patient", "")], "", "patient"),
            (&[("patient", "P-17")], "", "patient"),
            (&[], "patient=p-18", "patient"),
            (&[("patient", "p-17")], "patient=p-18", "patient"),
            (&[], "most=11", "most"),
            (&[], "most=010", "most"),
            (&[], "most=%2B10", "most"),
            (&[], "most=10.0", "most"),
            (&[], "full=1", "full"),
            (&[], "full=True", "full"),
            (&[], "full", "full"),
            // What has no single spelling is not said in a path or a query.
            (&[("codes", "x")], "", "codes"),
            (&[], "weight=1.5", "weight"),
            (&[], "nothing=null", "nothing"),
            (&[], "nothing=", "nothing"),
        ] {
            let refused = bound(parameters, query).unwrap_err();
            assert!(matches!(refused, NotBound::Differs { .. }), "{query}");
            assert_eq!(refused.argument(), Some(name), "{query}");
        }
    }

    #[test]
    fn is_not_bound_where_a_parameter_was_not_signed() {
        for (parameters, query, name) in [
            (&[("ward", "3")][..], "", "ward"),
            (&[], "all=true", "all"),
            (&[], "patient=p-17&Patient=p-17", "Patient"),
            (&[], "body=x", "body"),
        ] {
            let refused = bound(parameters, query).unwrap_err();
            assert!(matches!(refused, NotBound::NotSigned { .. }), "{query}");
            assert_eq!(refused.argument(), Some(name));
        }
    }

    #[test]
    fn is_not_bound_where_the_query_can_be_read_in_two_ways() {
        for query in [
            "most=10&most=10",
            "most=10&m%6fst=10",
            "most=10&full=true&most=11",
        ] {
            assert!(
                matches!(bound(&[], query), Err(NotBound::Twice { name }) if name == "most"),
                "{query}"
            );
        }
        for query in ["&", "most=10&", "=10", "most=1%", "most=%zz", "most=%ff"] {
            assert_eq!(bound(&[], query), Err(NotBound::Query), "{query}");
        }
    }

    #[test]
    fn of_another_command_is_not_bound_whether_wider_or_narrower() {
        for other in [
            "/encounters",
            "/",
            "/encounters/read/one",
            "/encounters/delete",
        ] {
            let refused = bind_typed(&read(), &command(other), [], &REQUEST).unwrap_err();
            assert!(matches!(refused, NotBound::OtherCommand { .. }), "{other}");
        }
    }

    #[test]
    fn is_bound_to_its_body_alone() {
        let none = signed("/encounters/write", &[]);
        let text = signed("/encounters/write", &[("body", "text".into())]);
        let short = signed("/encounters/write", &[("body", Ipld::Bytes(vec![1; 31]))]);
        let body = |bytes: &[u8]| {
            signed(
                "/encounters/write",
                &[("body", BodyDigest::of(bytes).into())],
            )
        };
        for (what, invocation, sent, is_bound) in [
            ("none", &none, &b""[..], true),
            ("unsigned", &none, b"x", false),
            ("signed", &body(b"x"), b"x", true),
            ("another", &body(b"x"), b"y", false),
            ("longer", &body(b"x"), b"x\n", false),
            ("taken away", &body(b"x"), b"", false),
            ("signed as empty", &body(b""), b"", true),
            ("an argument that happens to be called so", &text, b"", true),
            ("the same with a body", &text, b"text", false),
            ("bytes that are no digest", &short, b"", false),
        ] {
            let request = Request {
                body: BodyDigest::of_some(sent),
                ..REQUEST
            };
            let result = bind_typed(invocation, &command("/encounters/write"), [], &request);
            assert_eq!(result.is_ok(), is_bound, "{what}");
        }
    }

    #[test]
    fn that_is_not_bound_keeps_its_values_out_of_messages() {
        let refused = bound(&[("patient", "canary-sent")], "").unwrap_err();
        for text in [
            refused.to_string(),
            format!("{refused:?}"),
            format!("{refused:#?}"),
        ] {
            assert!(text.contains("patient") && !text.contains("p-17"), "{text}");
            assert!(!text.contains("canary"), "{text}");
        }
    }
}
