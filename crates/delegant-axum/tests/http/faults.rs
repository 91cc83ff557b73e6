//! When something goes wrong here.

use std::time::Duration;

use delegant::{Signer, Timestamp};
use delegant_axum::DelegantLayer;
use delegant_store::Verifier;

use crate::service::{Agent, Runs, Service, key, now, of_patient, routes};

#[tokio::test]
async fn a_handler_that_panics_is_an_answer_and_opens_nothing() {
    let service = Service::start().await;
    let agent = service.agent(1);
    let mut arguments = std::collections::BTreeMap::new();
    arguments.insert("how".to_owned(), "panic".into());
    let invocation = agent.invoke_with("/fail", arguments);
    let header = delegant_http::carrier::write(&agent.with_proofs(&invocation)).unwrap();
    let answered = service.send("POST", "/fail/panic", &header).await;
    assert_eq!(answered.refusal(), (500, "Internal".to_owned()));
    assert!(!answered.text().contains("canary"));
    assert_eq!(answered.header("cache-control"), Some("no-store"));
    // It was used up, and others are served as before.
    let answered = service.send("POST", "/fail/panic", &header).await;
    assert_eq!(answered.status, 409);
    let refused = service.send("GET", "/encounters/p-17", "Bearer x").await;
    assert_eq!(refused.status, 401);
    let header = agent.header(&of_patient("p-17"));
    assert_eq!(
        service
            .send("GET", "/encounters/p-17", &header)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_clock_that_cannot_be_right_is_unavailable_and_says_when_to_try_again() {
    let key = key();
    let past = Timestamp::from_unix(0).unwrap();
    let verifier = Verifier::new(key.did()).decide_at(move || past);
    let runs = Runs::default();
    let app = routes(&runs).layer(DelegantLayer::new(verifier));
    let service = Service::serve(app, key, runs).await;
    let header = service.agent(1).header(&of_patient("p-17"));
    let answered = service.send("GET", "/encounters/p-17", &header).await;
    assert_eq!(answered.refusal(), (503, "Unavailable".to_owned()));
    assert_eq!(answered.header("retry-after"), Some("1"));
    assert_eq!(answered.problem().detail(), None);
    assert_eq!(service.runs.so_far(), 0);
}

#[tokio::test]
async fn a_clock_that_panics_is_no_leave() {
    let key = key();
    let verifier = Verifier::new(key.did()).decide_at(|| panic!("canary"));
    let runs = Runs::default();
    let app = routes(&runs).layer(DelegantLayer::new(verifier));
    let service = Service::serve(app, key, runs).await;
    let header = service.agent(1).header(&of_patient("p-17"));
    for _ in 0..2 {
        let answered = service.send("GET", "/encounters/p-17", &header).await;
        assert!(answered.status >= 500, "{}", answered.status);
        assert!(!answered.text().contains("canary"));
    }
    assert_eq!(service.runs.so_far(), 0);
}

#[tokio::test]
async fn more_calls_at_once_than_are_admitted_are_shed_before_they_are_verified() {
    let service = Service::with(|layer| layer.most_at_once(0)).await;
    let header = service.agent(1).header(&of_patient("p-17"));
    let answered = service.send("GET", "/encounters/p-17", &header).await;
    assert_eq!(answered.refusal(), (503, "Busy".to_owned()));
    assert_eq!(answered.header("retry-after"), Some("1"));
    // Not even what is no token is looked at.
    let answered = service.send("GET", "/encounters/p-17", "UCAN Cx").await;
    assert_eq!(answered.refusal(), (503, "Busy".to_owned()));
    assert_eq!(service.runs.so_far(), 0);
}

#[tokio::test]
async fn a_caller_that_does_not_wait_leaves_nothing_half_done() {
    let service = Service::start().await;
    let agent = service.agent(1);
    let header = agent.header(&of_patient("p-17"));
    let request = format!(
        "GET /encounters/p-17 HTTP/1.1\r\nhost: x\r\nauthorization: {header}\r\ncontent-length: 5\r\n\r\nab"
    );
    // Hangs up in the middle of its body.
    let mut stream = tokio::net::TcpStream::connect(service.address)
        .await
        .unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes())
        .await
        .unwrap();
    drop(stream);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(service.runs.so_far(), 0);
    // The call was not used.
    assert_eq!(
        service
            .send("GET", "/encounters/p-17", &header)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn an_agent_without_authority_is_nobody() {
    let service = Service::start().await;
    let agent = Agent {
        key: key(),
        subject: service.did(),
        proofs: Vec::new(),
    };
    let answered = service
        .send(
            "GET",
            "/encounters/p-17",
            &agent.header(&of_patient("p-17")),
        )
        .await;
    assert_eq!(answered.refusal(), (403, "InvalidClaim".to_owned()));
    assert!(now().to_unix() > 0);
    assert_eq!(service.runs.so_far(), 0);
}
