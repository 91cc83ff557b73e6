//! Which routes there are, and that none of them is open.

use delegant_axum::Router;

use crate::service::{Answered, Runs, Service, client, key, routes, rpc};

#[test]
fn are_listed_with_their_commands() {
    let runs = Runs::default();
    let app: Router = routes(&runs).rpc(rpc(key(), &runs));
    assert_eq!(
        app.inventory().to_string(),
        "GET /below/plain/{*rest} /http/get
DELETE /encounters/{patient} /encounters/delete
GET /encounters/{patient} /encounters/read
POST /encounters/{patient} /encounters/write
POST /fail/{how} /fail
GET /plain/{*rest} /http/get
POST /plain/{*rest} /http/post
rpc /ucan /encounters/delete
rpc /ucan /encounters/read
rpc /ucan /fail
"
    );
}

#[test]
fn are_offered_by_their_commands() {
    let runs = Runs::default();
    let app: Router = routes(&runs).rpc(rpc(key(), &runs));
    let offers = app.inventory().offers();
    let read = offers
        .iter()
        .find(|offer| offer.command.as_str() == "/encounters/read")
        .unwrap();
    assert_eq!(read.carriers, ["GET /encounters/{patient}", "rpc"]);
}

#[tokio::test]
async fn each_of_them_refuses_who_brings_nothing() {
    let service = Service::start().await;
    let listed: Router = routes(&service.runs);
    let inventory = listed.inventory();
    assert!(inventory.routes().len() > 5);
    for route in inventory.routes() {
        let path = route.path().replace(['{', '}', '*'], "");
        let method: reqwest::Method = route.method().parse().unwrap();
        let request = client().request(method, service.url(&path));
        let answered = Answered::of(request.send().await.unwrap()).await;
        assert_eq!(answered.refusal(), (401, "NoToken".to_owned()), "{route}");
        let challenge = answered.header("www-authenticate").unwrap();
        assert!(challenge.contains(route.command()), "{challenge}");
    }
    assert_eq!(service.runs.so_far(), 0);
}

#[tokio::test]
async fn a_handler_outside_of_the_layer_does_not_run() {
    use axum::routing::get;
    use delegant_axum::Authorized;
    use delegant_http::plain::Get;

    // Nothing keeps one from asking for a call where no layer is: nobody is let in.
    let app = axum::Router::new().route(
        "/bare",
        get(async |_: Authorized<Get>| unreachable!() as String),
    );
    let service = Service::serve(app, key(), Runs::default()).await;
    let header = service.agent(1).header(&crate::service::of_patient("p-17"));
    let answered = service.send("GET", "/bare", &header).await;
    assert_eq!(answered.refusal(), (500, "Internal".to_owned()));
}
