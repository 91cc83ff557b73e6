//! What may be tried again is tried again with a new invocation, and nothing else is.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use delegant_agent::client::{CallError, StatusCode};
use tokio::net::TcpListener;

use crate::service::{Seen, Service};
use crate::{AGENT, SERVICE, agent, did, give, key, read, usual};

fn invocations(seen: &[Seen]) -> HashSet<delegant::Cid> {
    seen.iter().filter_map(|seen| seen.invocation).collect()
}

#[tokio::test]
async fn an_idempotent_request_is_tried_again_with_a_new_invocation() {
    let (service, client) = usual().await;
    service.fail(|faults| faults.busy = 2);
    let response = client.get("/files/1").idempotent().send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let seen = service.seen();
    assert_eq!((seen.len(), invocations(&seen).len()), (3, 3));

    service.fail(|faults| faults.busy = 2);
    client
        .call_idempotent(&did(SERVICE), &read("p-17"))
        .await
        .unwrap();
    assert_eq!(invocations(&service.seen()).len(), 3);
}

#[tokio::test]
async fn it_is_given_up_after_three_tries() {
    let (service, client) = usual().await;
    service.fail(|faults| faults.busy = 10);
    let refused = client
        .get("/files/1")
        .idempotent()
        .send()
        .await
        .unwrap_err();
    assert_eq!(refused.refusal().unwrap().code(), "Busy");
    assert_eq!(service.seen().len(), 3);
}

#[tokio::test]
async fn any_other_request_is_sent_once() {
    let (service, client) = usual().await;
    service.fail(|faults| faults.busy = 1);
    let refused = client.get("/files/1").send().await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code(), "Busy");
    assert!(refused.may_have_run());
    assert_eq!(service.seen().len(), 1);
}

#[tokio::test]
async fn a_lost_answer_says_that_the_call_may_have_run() {
    let (service, client) = usual().await;
    service.fail(|faults| faults.dropped = 1);
    let lost = client.get("/files/1").send().await.unwrap_err();
    assert!(matches!(lost, CallError::NoAnswer(_)), "{lost}");
    assert!(lost.may_have_run());
    assert_eq!((service.seen().len(), service.ran()), (1, 1));
}

#[tokio::test]
async fn a_lost_answer_to_an_idempotent_request_is_asked_for_with_a_new_invocation() {
    let (service, client) = usual().await;
    service.fail(|faults| faults.dropped = 1);
    let response = client.get("/files/1").idempotent().send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let seen = service.seen();
    assert_eq!((seen.len(), invocations(&seen).len()), (2, 2));
    assert_eq!(service.ran(), 2);
}

#[tokio::test]
async fn a_refusal_is_never_tried_again() {
    let (service, client) = usual().await;
    service.refuse(AGENT).await;
    assert!(client.get("/files/1").idempotent().send().await.is_err());
    assert_eq!(service.seen().len(), 1);
    // Nor an error of the handler's own, which another try would only repeat.
    service.fail(|faults| faults.says = Some((500, "text/plain", "broken")));
    let response = client.get("/files/1").idempotent().send().await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(service.seen().len(), 1);
}

#[tokio::test]
async fn a_gateway_that_breaks_is_tried_again() {
    let (service, client) = usual().await;
    service.fail(|faults| faults.says = Some((502, "text/html", "bad gateway")));
    let response = client.get("/files/1").idempotent().send().await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(invocations(&service.seen()).len(), 3);
}

#[tokio::test]
async fn a_service_that_is_down_is_not_reached_and_nothing_has_run() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let held = [give(SERVICE, AGENT, "/http", vec![])];
    let client = agent(held)
        .client(&format!("http://{address}"))
        .unwrap()
        .service(did(SERVICE));
    let down = client.get("/files/1").send().await.unwrap_err();
    assert!(matches!(down, CallError::Unreachable(_)), "{down}");
    assert!(!down.may_have_run());
    assert!(down.to_string().contains("refused"), "{down}");

    // It comes up while an idempotent request waits.
    let waiting = tokio::spawn(async move { client.get("/files/1").idempotent().send().await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let service = Service::on(TcpListener::bind(address).await.unwrap(), key(SERVICE));
    assert_eq!(waiting.await.unwrap().unwrap().status(), StatusCode::OK);
    assert_eq!(service.seen().len(), 1);
}

#[tokio::test]
async fn a_service_that_hangs_is_given_up_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let held = [give(SERVICE, AGENT, "/http", vec![])];
    let client = agent(held).client(&url).unwrap().service(did(SERVICE));
    let began = Instant::now();
    let hung = client
        .timeout(Duration::from_millis(200))
        .get("/files/1")
        .send()
        .await
        .unwrap_err();
    assert!(matches!(hung, CallError::NoAnswer(_)), "{hung}");
    assert!(hung.to_string().ends_with("the time was up"), "{hung}");
    assert!(hung.may_have_run());
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn an_answer_is_read_up_to_its_limit() {
    let (_service, client) = usual().await;
    let long = client
        .longest_answer(40)
        .get("/files/1")
        .send()
        .await
        .unwrap_err();
    assert!(
        matches!(long, CallError::AnswerTooLong { maximum: 40 }),
        "{long}"
    );
}
