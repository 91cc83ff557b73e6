//! A request does what was signed, or nothing.

use delegant::Ipld;
use delegant_http::{Arguments, BodyDigest, Request, carrier};

use crate::service::{DeleteEncounter, ReadEncounters, Service, WriteEncounter, of_patient};

#[tokio::test]
async fn what_was_signed_to_read_does_not_delete() {
    let service = Service::start().await;
    let header = service.agent(1).header(&of_patient("p-17"));
    let answered = service.send("DELETE", "/encounters/p-17", &header).await;
    assert_eq!(answered.refusal(), (400, "NotBound".to_owned()));
    let explained = answered.problem();
    let explained = explained.explanation().unwrap();
    assert_eq!(explained.signed.as_ref().unwrap(), "/encounters/read");
    assert_eq!(explained.sent.as_deref(), Some("/encounters/delete"));
    assert_eq!(service.runs.so_far(), 0);
    // It was not used, and still reads.
    assert_eq!(
        service
            .send("GET", "/encounters/p-17", &header)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_typed_request_says_nothing_that_was_not_signed() {
    let service = Service::start().await;
    let agent = service.agent(1);
    let call = || {
        agent.header(&ReadEncounters {
            patient: "p-17".to_owned(),
            most: Some(10),
        })
    };
    for (method, path, status) in [
        ("GET", "/encounters/p-17", 200),
        ("GET", "/encounters/p-17?most=10", 200),
        ("GET", "/encounters/p%2D17?m%6fst=10", 200),
        ("HEAD", "/encounters/p-17", 200),
        ("GET", "/encounters/p-18", 400),
        ("GET", "/encounters/P-17", 400),
        ("GET", "/encounters/p-17%00", 400),
        ("GET", "/encounters/p-17%20", 400),
        ("GET", "/encounters/%ff", 400),
        ("GET", "/encounters/p-17?most=11", 400),
        ("GET", "/encounters/p-17?most=010", 400),
        ("GET", "/encounters/p-17?most=10&most=10", 400),
        ("GET", "/encounters/p-17?most=10&most=11", 400),
        ("GET", "/encounters/p-17?patient=p-18", 400),
        ("GET", "/encounters/p-17?all=true", 400),
        ("GET", "/encounters/p-17?most=10&", 400),
        ("POST", "/encounters/p-17", 400),
        ("DELETE", "/encounters/p-17", 400),
        ("PUT", "/encounters/p-17", 405),
        ("GET", "/encounters/p-17/", 404),
        ("GET", "/encounters//p-17", 404),
        ("GET", "/encounters", 404),
    ] {
        let answered = service.send(method, path, &call()).await;
        assert_eq!(answered.status, status, "{method} {path}");
    }
    assert_eq!(service.runs.so_far(), 4);
}

#[tokio::test]
async fn a_typed_body_is_the_one_that_was_signed() {
    let service = Service::start().await;
    let agent = service.agent(1);
    let call = |body: &[u8]| {
        agent.header(&WriteEncounter {
            patient: "p-17".to_owned(),
            body: BodyDigest::of(body),
        })
    };
    for (signed, sent, status) in [
        (&b"{}"[..], &b"{}"[..], 200),
        (b"{}", b"{ }", 400),
        (b"{}", b"", 400),
        (b"", b"", 200),
        (b"", b"{}", 400),
    ] {
        let answered = service
            .send_body("POST", "/encounters/p-17", &call(signed), sent.to_vec())
            .await;
        assert_eq!(answered.status, status, "{signed:?} {sent:?}");
    }
    // A command without a body takes none.
    let header = agent.header(&of_patient("p-17"));
    let answered = service
        .send_body("GET", "/encounters/p-17", &header, b"x".to_vec())
        .await;
    assert_eq!(answered.refusal(), (400, "NotBound".to_owned()));
    assert_eq!(service.runs.so_far(), 2);
}

#[tokio::test]
async fn a_plain_request_is_the_signed_one_to_the_letter() {
    let service = Service::start().await;
    let agent = service.agent(1);
    let authority = service.address.to_string();
    let signed = Request {
        method: "GET",
        authority: &authority,
        path: "/plain/a%2fb",
        query: "x=1&y=2",
        body: None,
    };
    for (method, path, body, status) in [
        ("GET", "/plain/a%2fb?x=1&y=2", "", 200),
        ("GET", "/plain/a%2Fb?x=1&y=2", "", 400),
        ("GET", "/plain/a/b?x=1&y=2", "", 400),
        ("GET", "/plain/a%2fb?y=2&x=1", "", 400),
        ("GET", "/plain/a%2fb?x=1&y=2&y=2", "", 400),
        ("GET", "/plain/a%2fb?x=1", "", 400),
        ("GET", "/plain/a%2fb", "", 400),
        ("GET", "/plain/a%2fb?x=1&y=2", "body", 400),
        ("POST", "/plain/a%2fb?x=1&y=2", "", 400),
        ("HEAD", "/plain/a%2fb?x=1&y=2", "", 400),
        ("GET", "/below/plain/a%2fb?x=1&y=2", "", 400),
    ] {
        let header = agent.plain_header(&signed);
        let answered = service
            .send_body(method, path, &header, body.as_bytes().to_vec())
            .await;
        assert_eq!(answered.status, status, "{method} {path} {body}");
    }
    let other = Request {
        authority: "records.example",
        ..signed
    };
    let answered = service
        .send("GET", "/plain/a%2fb?x=1&y=2", &agent.plain_header(&other))
        .await;
    assert_eq!(answered.refusal(), (400, "NotBound".to_owned()));
    // Below a prefix it is the whole path that is signed.
    let below = Request {
        path: "/below/plain/a",
        query: "",
        ..signed
    };
    let answered = service
        .send("GET", "/below/plain/a", &agent.plain_header(&below))
        .await;
    assert_eq!((answered.status, answered.text()), (200, "/below/plain/a?"));
    let body = Request {
        method: "POST",
        body: BodyDigest::of_some(b"body"),
        ..signed
    };
    for (sent, status) in [("body", 200), ("", 400), ("Body", 400)] {
        let header = agent.plain_header(&body);
        let answered = service
            .send_body("POST", "/plain/a%2fb?x=1&y=2", &header, sent.into())
            .await;
        assert_eq!(answered.status, status, "{sent}");
    }
}

#[tokio::test]
async fn a_server_behind_a_proxy_is_called_by_the_name_that_it_is_known_by() {
    let service = Service::with(|layer| layer.authority("records.example")).await;
    let agent = service.agent(1);
    let authority = service.address.to_string();
    for (signed, status) in [("records.example", 200), (authority.as_str(), 400)] {
        let request = Request {
            method: "GET",
            authority: signed,
            path: "/plain/a",
            query: "",
            body: None,
        };
        let header = agent.plain_header(&request);
        assert_eq!(
            service.send("GET", "/plain/a", &header).await.status,
            status
        );
    }
}

#[tokio::test]
async fn arguments_that_the_command_does_not_have_are_refused_before_anything_is_used() {
    let service = Service::start().await;
    let agent = service.agent(1);
    for (name, value) in [
        ("only", Ipld::Bool(true)),
        ("most", Ipld::String("ten".to_owned())),
        ("most", Ipld::Integer(-1)),
    ] {
        let mut arguments = of_patient("p-17").to_arguments().unwrap();
        arguments.insert(name.to_owned(), value);
        let invocation = agent.invoke_with(ReadEncounters::COMMAND, arguments);
        let header = carrier::write(&agent.with_proofs(&invocation)).unwrap();
        let answered = service.send("GET", "/encounters/p-17", &header).await;
        assert_eq!(answered.refusal(), (400, "InvalidArguments".to_owned()));
        let problem = answered.problem();
        assert!(problem.detail().unwrap().contains(&format!("`{name}`")));
    }
    assert_eq!(service.runs.so_far(), 0);
}

#[tokio::test]
async fn a_wider_or_narrower_command_is_not_the_routes() {
    let service = Service::start().await;
    let agent = service.agent(1);
    let arguments = DeleteEncounter {
        patient: "p-17".to_owned(),
    };
    let arguments = arguments.to_arguments().unwrap();
    for other in [
        "/encounters",
        "/",
        "/encounters/delete/one",
        "/encounters/del",
    ] {
        let invocation = agent.invoke_with(other, arguments.clone());
        let header = carrier::write(&agent.with_proofs(&invocation)).unwrap();
        let answered = service.send("DELETE", "/encounters/p-17", &header).await;
        assert_eq!(answered.refusal(), (400, "NotBound".to_owned()), "{other}");
    }
    assert_eq!(service.runs.so_far(), 0);
}
