//! The other end: an agent's own client, against this server.

use std::sync::Arc;

use delegant::Did;
use delegant_agent::client::Client;
use delegant_agent::{Agent, Delegations};
use delegant_http::{Arguments, plain};

use crate::service::{
    self, DeleteEncounter, Fail, ReadEncounters, Service, again, client, long_policy, of_patient,
};

/// A client with the authority of a chain.
fn line(service: &Service, agent: &service::Agent) -> (Client, Did) {
    // TLS is set up as for every client, though none is spoken here.
    let _ = client();
    let delegations: Delegations = agent.proofs.iter().cloned().collect();
    let agent = Agent::new(Arc::new(again(&agent.key)), delegations);
    let client = agent.client(&service.url("")).unwrap();
    (client.service(service.did()), service.did())
}

#[tokio::test]
async fn call_typed_and_plain_and_verify_receipts() {
    let service = Service::start().await;
    let (client, _) = line(&service, &service.agent(3));
    let answer = client
        .get("/encounters/p-17?most=3")
        .arguments(&ReadEncounters {
            patient: "p-17".to_owned(),
            most: Some(3),
        })
        .receipt()
        .send()
        .await
        .unwrap();
    assert_eq!(
        answer.json::<(String, u64)>().unwrap(),
        ("p-17".to_owned(), 3)
    );
    let answer = client
        .get("/plain/a%2Fb?x=1")
        .receipt()
        .send()
        .await
        .unwrap();
    assert_eq!(answer.text(), "/plain/a%2Fb?x=1");
    assert_eq!(plain::Get::COMMAND, "/http/get");
    let answer = client
        .post("/plain/a")
        .body("text/plain", "body")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.text(), "body");
    assert_eq!(service.runs.so_far(), 3);
}

#[tokio::test]
async fn have_commands_executed_and_read_their_receipts() {
    let service = Service::start().await;
    let (client, subject) = line(&service, &service.agent(2));
    let done = client.call(&subject, &of_patient("p-17")).await.unwrap();
    let found: std::collections::BTreeMap<String, String> = done.read().unwrap();
    assert_eq!(found["patient"], "p-17");
    let failed = client
        .call(
            &subject,
            &DeleteEncounter {
                patient: "p-17".to_owned(),
            },
        )
        .await;
    assert!(failed.is_err());
    assert_eq!(service.runs.so_far(), 2);
}

#[tokio::test]
async fn send_a_chain_that_no_header_holds() {
    let service = Service::start().await;
    let far = (0..20).fold(service.agent(1), |agent, _| agent.passes_on(long_policy()));
    let (client, _) = line(&service, &far);
    for _ in 0..2 {
        let answer = client
            .get("/encounters/p-17")
            .arguments(&of_patient("p-17"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
    }
    assert_eq!(service.runs.so_far(), 2);
}

#[tokio::test]
async fn are_told_why_not() {
    let service = Service::start().await;
    let (client, subject) = line(&service, &service.agent(1));
    let bound = client
        .get("/encounters/p-18")
        .arguments(&of_patient("p-17"))
        .send()
        .await
        .unwrap_err();
    assert_eq!(bound.refusal().unwrap().code(), "NotBound");
    let broken = client
        .call(
            &subject,
            &Fail {
                how: "panic".to_owned(),
            },
        )
        .await
        .unwrap_err();
    assert!(broken.may_have_run(), "{broken}");
}
