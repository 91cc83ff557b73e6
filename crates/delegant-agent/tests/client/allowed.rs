//! What is allowed is done, as it was signed.

use std::collections::BTreeMap;

use delegant_agent::client::StatusCode;
use delegant_http::Arguments as _;

use crate::service::WriteNote;
use crate::{AGENT, SERVICE, did, give, read, usual};
use crate::{client_of, service};

#[tokio::test]
async fn a_plain_request_is_its_own_call() {
    let (_service, client) = usual().await;
    let sent = client.get("/files/a%20b?most=10&x=%2B");
    let response = sent.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let host = client
        .base()
        .trim_start_matches("http://")
        .trim_end_matches('/');
    assert_eq!(
        response.text(),
        format!(
            r#"{{"signed":{{"host":"{host}","path":"/files/a%20b","query":"most=10&x=%2B"}},"sent":""}}"#
        )
    );
}

#[tokio::test]
async fn every_method_has_its_command_and_a_body_its_digest() {
    let (_service, client) = usual().await;
    for request in [
        client.post("/files/1"),
        client.put("/files/1"),
        client.patch("/files/1"),
        client.delete("/files/1"),
    ] {
        let response = request.body("text/plain", "hello").send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert!(
            response.text().contains(r#""sent":"hello""#),
            "{}",
            response.text()
        );
    }
}

#[tokio::test]
async fn a_typed_request_repeats_what_was_signed() {
    let (_service, client) = usual().await;
    let response = client
        .get("/encounters/p-17?most=10")
        .arguments(&crate::ReadEncounters {
            most: Some(10),
            ..read("p-17")
        })
        .send()
        .await
        .unwrap();
    assert_eq!(
        response.text(),
        r#"{"signed":{"most":10,"patient":"p-17"},"sent":""}"#
    );
}

#[tokio::test]
async fn a_typed_request_signs_its_body() {
    let (_service, client) = usual().await;
    let note = WriteNote {
        patient: "p-17".to_owned(),
        body: None,
    };
    let request = client.post("/notes").arguments(&note);
    let response = request
        .json(&BTreeMap::from([("text", "well")]))
        .unwrap()
        .send()
        .await
        .unwrap();
    assert!(
        response.text().contains(r#""body":{"/":{"bytes":"#),
        "{}",
        response.text()
    );
    assert!(response.text().contains("well"), "{}", response.text());
    // Also where no type is at hand.
    let arguments = note.to_arguments().unwrap();
    let request = client
        .post("/notes")
        .command(WriteNote::command().unwrap(), arguments);
    let response = request.body("text/plain", "well").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_call_is_executed_and_its_outcome_read() {
    let (_service, client) = usual().await;
    let done = client.call(&did(SERVICE), &read("p-17")).await.unwrap();
    let outcome: BTreeMap<String, String> = done.read().unwrap();
    assert_eq!(outcome["patient"], "p-17");
    assert_eq!(*done.receipt().executor(), did(SERVICE));
    assert!(done.read::<u64>().is_err());
}

#[tokio::test]
async fn a_handler_s_own_refusal_is_an_answer() {
    let (service, client) = usual().await;
    let response = client.get("/nothing").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let own = r#"{"type":"https://records.example/full","status":409,"code":"Full"}"#;
    service.fail(|faults| faults.says = Some((409, "application/problem+json", own)));
    let response = client.get("/files/1").send().await.unwrap();
    assert_eq!(
        (response.status(), response.text().as_str()),
        (StatusCode::CONFLICT, own)
    );
}

#[tokio::test]
async fn every_call_has_an_invocation_of_its_own() {
    let (service, client) = usual().await;
    for _ in 0..3 {
        client.get("/files/1").send().await.unwrap();
    }
    let mut invocations: Vec<_> = service
        .seen()
        .into_iter()
        .map(|seen| seen.invocation.unwrap())
        .collect();
    invocations.sort();
    invocations.dedup();
    assert_eq!(invocations.len(), 3);
    assert_eq!(service.ran(), 3);
}

#[tokio::test]
async fn on_somebody_else_s_authority_the_service_is_the_audience() {
    let service = service().await;
    let alice = crate::OTHER;
    let given = delegant::Delegation::builder(did(AGENT), did(alice), "/http/get".parse().unwrap())
        .expiration(crate::soon())
        .sign(&crate::key(alice), delegant::Nonce::random().unwrap())
        .unwrap();
    let client = client_of(&service, [given]);
    let response = client
        .get("/files/1")
        .subject(did(alice))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let bob = give(SERVICE, AGENT, "/encounters", vec![]);
    let client = client_of(&service, [bob]);
    assert!(client.call(&did(SERVICE), &read("p-18")).await.is_ok());
}

#[tokio::test]
async fn calls_may_be_made_from_other_tasks_at_once() {
    let (service, client) = usual().await;
    let calls = (0..20).map(|number| {
        let client = client.clone();
        tokio::spawn(async move {
            client
                .get(format!("/files/{number}"))
                .send()
                .await
                .unwrap()
                .status()
        })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap(), StatusCode::OK);
    }
    assert_eq!(service.ran(), 20);
}

#[tokio::test]
async fn redirections_are_answers_and_not_followed() {
    let (service, client) = usual().await;
    service.fail(|faults| faults.says = Some((307, "text/plain", "elsewhere")));
    let response = client.get("/files/1").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(service.seen().len(), 1);
}

#[tokio::test]
async fn a_service_says_what_it_offers() {
    let (service, client) = usual().await;
    let document = r#"{"did":"did:web:records.example","commands":[],"limits":{"max_header":16384,"max_body":1,"max_container":1,"max_tokens":1,"max_chain":1,"max_lifetime":900}}"#;
    service.fail(|faults| faults.says = Some((200, "application/json", document)));
    assert_eq!(
        client.discover().await.unwrap().did.to_string(),
        "did:web:records.example"
    );
    assert_eq!(service.seen()[0].path, "/.well-known/ucan");
    service.fail(|faults| faults.says = Some((404, "text/plain", "no")));
    assert!(client.discover().await.is_err());
}
