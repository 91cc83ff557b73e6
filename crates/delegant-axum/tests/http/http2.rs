//! The same calls over HTTP/2, where many share one connection and the authority stands in a field of its own.

use delegant::Signer;
use delegant_axum::{DelegantLayer, Server};
use delegant_http::Request;
use delegant_store::Verifier;
use reqwest::{Method, StatusCode, Version};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::service::{Answered, Runs, Service, again, key, of_patient, routes, rpc};

/// A service behind [`Server`].
async fn service() -> Service {
    let (key, runs) = (key(), Runs::default());
    let layer = DelegantLayer::new(Verifier::new(key.did())).receipts(again(&key));
    let app = routes(&runs).rpc(rpc(again(&key), &runs)).layer(layer);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(Server::new(app).serve(listener));
    Service { address, key, runs }
}

/// A client that speaks nothing else.
fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().http2_prior_knowledge();
    client.build().unwrap()
}

async fn send(request: reqwest::RequestBuilder, header: &str) -> Answered {
    let response = request.header("authorization", header).send().await;
    let response = response.unwrap();
    assert_eq!(response.version(), Version::HTTP_2);
    Answered::of(response).await
}

#[tokio::test]
async fn a_call_is_allowed_once_and_refused_for_the_same_reasons() {
    let (service, client) = (service().await, client());
    let agent = service.agent(2);
    let header = agent.header(&of_patient("p-17"));
    let get = |path: &str| client.get(service.url(path));
    let answered = send(get("/encounters/p-18"), &header).await;
    assert_eq!(answered.refusal(), (400, "NotBound".to_owned()));
    let answered = send(
        get("/encounters/p-17").header("ucan-receipt", "required"),
        &header,
    )
    .await;
    assert_eq!(
        (answered.status, answered.text()),
        (200, r#"["p-17",null]"#)
    );
    assert!(answered.header("ucan-receipt").is_some());
    assert_eq!(answered.header("cache-control"), Some("no-store"));
    let answered = send(get("/encounters/p-17"), &header).await;
    assert_eq!(answered.refusal(), (409, "Replayed".to_owned()));
    // Two headers stay two, and none stays none.
    let twice = get("/encounters/p-17").header("authorization", &header);
    let answered = send(twice, &agent.header(&of_patient("p-17"))).await;
    assert_eq!(answered.refusal(), (400, "Malformed".to_owned()));
    let response = get("/encounters/p-17").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(response.headers().contains_key("www-authenticate"));
    assert_eq!(service.runs.so_far(), 1);
}

#[tokio::test]
async fn a_plain_call_is_bound_to_the_authority() {
    let (service, client) = (service().await, client());
    let (agent, authority) = (service.agent(1), service.address.to_string());
    let signed = |authority: &str| {
        agent.plain_header(&Request {
            method: "GET",
            authority,
            path: "/plain/a",
            query: "x=1",
            body: None,
        })
    };
    let get = || client.get(service.url("/plain/a?x=1"));
    let answered = send(get(), &signed("other.example")).await;
    assert_eq!(answered.refusal(), (400, "NotBound".to_owned()));
    // `Host` and `:authority` that differ are two requests in one.
    let answered = send(get().header("host", "other.example"), &signed(&authority)).await;
    assert_eq!(answered.status, 400);
    let answered = send(get(), &signed(&authority)).await;
    assert_eq!((answered.status, answered.text()), (200, "/plain/a?x=1"));
    assert_eq!(service.runs.so_far(), 1);
}

#[tokio::test]
async fn of_copies_at_once_on_one_connection_one_is_executed() {
    let (service, client) = (service().await, client());
    let agent = service.agent(2);
    let mut calls = JoinSet::new();
    for number in 0..10 {
        let header = agent.header(&of_patient("p-17"));
        for _ in 0..8 {
            let request = client.request(Method::GET, service.url("/encounters/p-17"));
            let header = header.clone();
            calls.spawn(async move { (number, send(request, &header).await.status) });
        }
    }
    let mut statuses = calls.join_all().await;
    statuses.sort_unstable();
    for (number, copies) in statuses.chunks(8).enumerate() {
        assert_eq!(copies[0], (number, 200));
        assert!(
            copies[1..].iter().all(|copy| *copy == (number, 409)),
            "{copies:?}"
        );
    }
    assert_eq!(service.runs.so_far(), 10);
}
