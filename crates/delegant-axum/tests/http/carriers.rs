//! Exactly one header with exactly one container.

use delegant::{Container, Token};
use delegant_http::{Challenge, carrier, names};

use crate::service::{Service, client, long_policy, of_patient};

#[tokio::test]
async fn a_call_goes_through_and_its_handler_gets_the_signed_arguments() {
    let service = Service::start().await;
    let header = service.agent(2).header(&of_patient("p-17"));
    let answered = service.send("GET", "/encounters/p-17", &header).await;
    assert_eq!(
        (answered.status, answered.text()),
        (200, r#"["p-17",null]"#)
    );
    assert_eq!(service.runs.so_far(), 1);
}

#[tokio::test]
async fn without_a_token_the_challenge_names_who_and_what() {
    let service = Service::start().await;
    let response = client()
        .get(service.url("/encounters/p-17"))
        .send()
        .await
        .unwrap();
    let answered = crate::service::Answered::of(response).await;
    assert_eq!(answered.refusal(), (401, "NoToken".to_owned()));
    let challenge = answered.header("www-authenticate").unwrap();
    let challenge = Challenge::find(challenge).unwrap().unwrap();
    assert_eq!(challenge.wanted_executor(), &service.did());
    assert_eq!(challenge.wanted_subject(), Some(&service.did()));
    assert_eq!(
        challenge.wanted_command().unwrap().as_str(),
        "/encounters/read"
    );
    assert_eq!(service.runs.so_far(), 0);
}

#[tokio::test]
async fn every_other_shape_of_header_is_refused_and_runs_nothing() {
    let service = Service::start().await;
    let header = service.agent(1).header(&of_patient("p-17"));
    let token = header.strip_prefix("UCAN ").unwrap();
    let ask = |headers: &str| {
        format!("GET /encounters/p-17 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n")
    };
    for (headers, status) in [
        (
            format!("authorization: {header}\r\nauthorization: {header}\r\n"),
            400,
        ),
        (
            format!("authorization: {header}\r\nAuthorization: Bearer x\r\n"),
            400,
        ),
        (
            format!("authorization: Bearer x\r\nauthorization: {header}\r\n"),
            400,
        ),
        (format!("authorization: {header}, {header}\r\n"), 400),
        (format!("authorization: {header},\r\n"), 400),
        (format!("authorization: Bearer {token}\r\n"), 401),
        (format!("authorization: bearer {token}\r\n"), 401),
        (format!("authorization: {token}\r\n"), 401),
        (format!("authorization: UCAN  {token}\r\n"), 400),
        (format!("authorization: UCAN\t{token}\r\n"), 401),
        (format!("authorization: UCAN {token}é\r\n"), 400),
        (format!("authorization: UCAN token=\"{token}\"\r\n"), 400),
        ("authorization: UCAN\r\n".to_owned(), 400),
        (format!("proxy-authorization: {header}\r\n"), 401),
        (format!("x-authorization: {header}\r\n"), 401),
        (format!("cookie: authorization={token}\r\n"), 401),
    ] {
        let answer = service.raw(ask(&headers).as_bytes()).await;
        let line = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&line), "{headers}: {answer}");
    }
    assert_eq!(service.runs.so_far(), 0);
    // The same call was used by none of these.
    let answer = service
        .raw(ask(&format!("AUTHORIZATION: ucan {token}\r\n")).as_bytes())
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn a_token_in_the_url_is_none() {
    let service = Service::start().await;
    let header = service.agent(1).header(&of_patient("p-17"));
    let token = header.strip_prefix("UCAN ").unwrap();
    for query in ["authorization=UCAN+", "access_token=", "ucan=", "token="] {
        let url = service.url(&format!("/encounters/p-17?{query}{token}"));
        let response = client().get(url).send().await.unwrap();
        assert_eq!(response.status(), 401, "{query}");
    }
    assert_eq!(service.runs.so_far(), 0);
}

#[tokio::test]
async fn of_two_invocations_in_a_header_none_is_executed() {
    let service = Service::start().await;
    let agent = service.agent(1);
    let (one, other) = (
        agent.invoke(&of_patient("p-17")),
        agent.invoke(&of_patient("p-17")),
    );
    let mut container = agent.with_proofs(&one);
    container.insert(other);
    let header = carrier::write(&container).unwrap();
    let answered = service.send("GET", "/encounters/p-17", &header).await;
    assert_eq!(answered.refusal(), (400, "Malformed".to_owned()));
    let none = Container::from_iter(agent.proofs.iter().cloned().map(Token::from));
    let header = carrier::write(&none).unwrap();
    let answered = service.send("GET", "/encounters/p-17", &header).await;
    assert_eq!(answered.refusal(), (400, "Malformed".to_owned()));
    assert_eq!(service.runs.so_far(), 0);
}

#[tokio::test]
async fn a_header_of_sixteen_kibibytes_is_read_and_a_longer_one_is_not() {
    let service = Service::start().await;
    let mut agent = service.agent(1);
    let mut last = String::new();
    // Chains grow until no header holds them any more.
    let over = loop {
        match carrier::write(&agent.with_proofs(&agent.invoke(&of_patient("p-17")))) {
            Ok(header) => last = header,
            Err(carrier::WriteError::TooLong { bytes }) => break bytes,
            Err(other) => panic!("{other}"),
        }
        agent = agent.passes_on(long_policy());
    };
    assert!(over > names::LONGEST_HEADER && last.len() > names::LONGEST_HEADER - 4096);
    let answered = service.send("GET", "/encounters/p-17", &last).await;
    assert_eq!(answered.status, 200);
    let long = format!("UCAN C{}", "A".repeat(names::LONGEST_HEADER));
    let answered = service.send("GET", "/encounters/p-17", &long).await;
    assert_eq!(answered.refusal(), (400, "Malformed".to_owned()));
}
