//! Two layers in one process.

use delegant::Signer;
use delegant_axum::DelegantLayer;
use delegant_http::carrier;
use delegant_store::Verifier;
use tokio::net::TcpListener;

use crate::service::{Runs, Service, again, key, of_patient, routes};

/// Two tenants, each with its own key and verifier, behind one socket.
async fn two() -> (Service, Service) {
    let (one, other) = (key(), key());
    let (runs, others) = (Runs::default(), Runs::default());
    let app = axum::Router::new()
        .nest(
            "/one",
            routes(&runs).layer(DelegantLayer::new(Verifier::new(one.did()))),
        )
        .nest(
            "/other",
            routes(&others).layer(DelegantLayer::new(Verifier::new(other.did()))),
        );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (
        Service {
            address,
            key: one,
            runs,
        },
        Service {
            address,
            key: other,
            runs: others,
        },
    )
}

#[tokio::test]
async fn what_one_allows_the_other_refuses() {
    let (one, other) = two().await;
    let agent = one.agent(2);
    let header = agent.header(&of_patient("p-17"));
    let answered = one.send("GET", "/other/encounters/p-17", &header).await;
    assert_eq!(answered.refusal(), (403, "NotServed".to_owned()));
    let answered = one.send("GET", "/one/encounters/p-17", &header).await;
    assert_eq!(answered.status, 200);
    assert_eq!((one.runs.so_far(), other.runs.so_far()), (1, 0));
}

#[tokio::test]
async fn what_one_remembers_the_other_does_not_know() {
    let (one, other) = two().await;
    // The first tenant has seen this chain, which begins with the second.
    let agent = other.agent(2);
    let header = agent.header(&of_patient("p-17"));
    let _ = one.send("GET", "/one/encounters/p-17", &header).await;
    let header = one.agent(2).header(&of_patient("p-17"));
    assert_eq!(
        one.send("GET", "/one/encounters/p-17", &header)
            .await
            .status,
        200
    );
    let alone = [agent.invoke(&of_patient("p-17"))].into_iter().collect();
    let alone = carrier::write(&alone).unwrap();
    let answered = one.send("GET", "/other/encounters/p-17", &alone).await;
    assert_eq!(answered.refusal(), (403, "UnavailableProof".to_owned()));
    assert_eq!(answered.problem().missing(), agent.cids());
}

#[tokio::test]
async fn what_one_redeemed_is_not_redeemed_by_the_other() {
    // One key, two layers: the same call is valid at both, and each keeps its own account.
    let service = key();
    let (first, second) = (Runs::default(), Runs::default());
    let layer = || DelegantLayer::new(Verifier::new(service.did()));
    let app = axum::Router::new()
        .nest("/one", routes(&first).layer(layer()))
        .nest("/other", routes(&second).layer(layer()));
    let service = Service::serve(app, again(&service), first).await;
    let header = service.agent(1).header(&of_patient("p-17"));
    for path in ["/one/encounters/p-17", "/other/encounters/p-17"] {
        assert_eq!(service.send("GET", path, &header).await.status, 200);
        assert_eq!(service.send("GET", path, &header).await.status, 409);
    }
    assert_eq!((service.runs.so_far(), second.so_far()), (1, 1));
    // And clones of one verifier keep one account.
    let (runs, verifier) = (Runs::default(), Verifier::new(service.did()));
    let app = axum::Router::new()
        .nest(
            "/one",
            routes(&runs).layer(DelegantLayer::new(verifier.clone())),
        )
        .nest("/other", routes(&runs).layer(DelegantLayer::new(verifier)));
    let shared = Service::serve(app, again(&service.key), runs).await;
    let header = shared.agent(1).header(&of_patient("p-17"));
    assert_eq!(
        shared
            .send("GET", "/one/encounters/p-17", &header)
            .await
            .status,
        200
    );
    assert_eq!(
        shared
            .send("GET", "/other/encounters/p-17", &header)
            .await
            .status,
        409
    );
}
