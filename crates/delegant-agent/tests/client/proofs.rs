//! Proofs travel once, and what no header holds goes ahead.

use delegant_agent::client::{CallError, StatusCode};
use delegant_http::names::LONGEST_HEADER;

use crate::service::Seen;
use crate::{SERVICE, chain, client_of, did, heavy_chain, read, service};

fn delegations(seen: &[Seen]) -> Vec<usize> {
    seen.iter().map(|seen| seen.delegations).collect()
}

#[tokio::test]
async fn are_sent_once_and_then_no_more() {
    let service = service().await;
    let client = client_of(&service, chain(4));
    for _ in 0..3 {
        client.get("/files/1").send().await.unwrap();
    }
    client.call(&did(SERVICE), &read("p-17")).await.unwrap();
    let seen = service.seen();
    assert_eq!(delegations(&seen), [4, 0, 0, 0]);
    assert!(seen[1].header < 700, "{}", seen[1].header);
}

#[tokio::test]
async fn that_the_service_forgot_are_sent_again_with_the_same_invocation() {
    let service = service().await;
    let client = client_of(&service, chain(4));
    client.get("/files/1").send().await.unwrap();
    service.forget_all();
    service.seen();
    let response = client.get("/files/1").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let seen = service.seen();
    assert_eq!(delegations(&seen), [0, 4]);
    assert_eq!(seen[0].invocation, seen[1].invocation);
    // The same by RPC, where the refusal is a receipt.
    service.forget_all();
    client.call(&did(SERVICE), &read("p-17")).await.unwrap();
    let seen = service.seen();
    assert_eq!(delegations(&seen), [0, 4]);
    assert_eq!(seen[0].invocation, seen[1].invocation);
    assert_eq!(service.ran(), 3);
}

#[tokio::test]
async fn are_known_to_the_clones_of_a_client() {
    let service = service().await;
    let client = client_of(&service, chain(2));
    client.get("/files/1").send().await.unwrap();
    client.clone().get("/files/1").send().await.unwrap();
    assert_eq!(delegations(&service.seen()), [2, 0]);
}

#[tokio::test]
async fn of_a_refused_call_are_not_taken_for_known() {
    let service = service().await;
    let client = client_of(&service, chain(2));
    service.refuse(101).await;
    for _ in 0..2 {
        let refused = client.get("/files/1").send().await.unwrap_err();
        assert_eq!(refused.refusal().unwrap().code(), "RefusedPrincipal");
    }
    assert_eq!(delegations(&service.seen()), [2, 2]);
}

#[tokio::test]
async fn that_a_service_asks_for_over_and_over_are_not_sent_over_and_over() {
    let service = service().await;
    let client = client_of(&service, chain(3));
    service.fail(|faults| faults.nagging = true);
    let refused = client.get("/files/1").send().await.unwrap_err();
    let CallError::Refused(refusal) = &refused else {
        panic!("{refused}");
    };
    assert_eq!(refusal.code(), "UnavailableProof");
    assert!(!refused.may_have_run());
    assert_eq!(delegations(&service.seen()), [3]);
}

#[tokio::test]
async fn that_no_header_holds_go_ahead_and_are_then_known() {
    let service = service().await;
    let client = client_of(&service, heavy_chain());
    let response = client.get("/files/1").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let seen = service.seen();
    let paths: Vec<_> = seen.iter().map(|seen| seen.path.as_str()).collect();
    assert_eq!(paths, ["/ucan/proofs", "/files/1"]);
    assert_eq!(delegations(&seen), [31, 0]);
    assert_eq!(seen[0].invocation, seen[1].invocation);
    assert!(seen[1].header < LONGEST_HEADER);
    assert_eq!(service.ran(), 1);

    client.get("/files/1").send().await.unwrap();
    assert_eq!(delegations(&service.seen()), [0]);
}

#[tokio::test]
async fn that_went_ahead_in_vain_end_in_the_refusal() {
    let service = service().await;
    let client = client_of(&service, heavy_chain());
    service.fail(|faults| faults.forgetful = true);
    let refused = client.get("/files/1").send().await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code(), "UnavailableProof");
    assert!(service.seen().len() <= 4);
    // A refusal of the deposit is that of the call.
    service.fail(|faults| faults.forgetful = false);
    service.refuse(101).await;
    let refused = client.get("/files/1").send().await.unwrap_err();
    assert_eq!(refused.refusal().unwrap().code(), "RefusedPrincipal");
    assert_eq!(service.ran(), 0);
}

#[tokio::test]
async fn of_any_length_fit_into_a_body() {
    let service = service().await;
    let client = client_of(&service, heavy_chain());
    client.call(&did(SERVICE), &read("p-17")).await.unwrap();
    assert_eq!(delegations(&service.seen()), [31]);
}
