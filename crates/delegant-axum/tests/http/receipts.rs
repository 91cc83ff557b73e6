//! What was answered, signed; checked as a client would.

use delegant::{Container, Did, DidKeys, Invocation, Ipld, Outcome, Parsed, Receipt, Verified};
use delegant_http::{Answer, BodyDigest, carrier, names};

use crate::service::{Answered, Service, client, of_patient};

const PATH: &str = "/encounters/p-17";

async fn ask(service: &Service, authorization: &str, wanted: &str) -> Answered {
    let request = client()
        .get(service.url(PATH))
        .header("authorization", authorization)
        .header(names::RECEIPT_HEADER, wanted);
    Answered::of(request.send().await.unwrap()).await
}

fn receipt(text: &str, executor: &Did) -> Verified<Receipt> {
    let container = Container::decode(text.as_bytes()).unwrap();
    let token = container.invocation().unwrap();
    let receipt = Parsed::<Receipt>::decode(token.bytes()).unwrap();
    let receipt = receipt.verify(&DidKeys).unwrap();
    assert_eq!(receipt.executor(), executor);
    receipt
}

fn header(agent: &crate::service::Agent, invocation: &Verified<Invocation>) -> String {
    carrier::write(&agent.with_proofs(invocation)).unwrap()
}

#[tokio::test]
async fn come_where_they_are_asked_for_and_bind_status_and_body() {
    let service = Service::start().await;
    let agent = service.agent(1);
    let invocation = agent.invoke(&of_patient("p-17"));
    let answered = ask(
        &service,
        &header(&agent, &invocation),
        names::RECEIPT_WANTED,
    )
    .await;
    let receipt = receipt(
        answered.header(names::RECEIPT_HEADER).unwrap(),
        &service.did(),
    );
    assert_eq!(receipt.ran(), invocation.task().unwrap());
    let Outcome::Ok(outcome) = receipt.outcome() else {
        panic!("an error");
    };
    let answer = Answer::try_from(outcome).unwrap();
    assert_eq!(answer.status, answered.status);
    assert_eq!(answer.body, BodyDigest::of(&answered.body));
    // What came is the response all the same.
    assert_eq!(answered.text(), r#"["p-17",null]"#);
}

#[tokio::test]
async fn do_not_come_where_nobody_asks_or_nothing_was_done() {
    let service = Service::start().await;
    let agent = service.agent(1);
    let invocation = agent.invoke(&of_patient("p-17"));
    let answered = ask(&service, &header(&agent, &invocation), "no").await;
    assert_eq!(
        (answered.status, answered.header(names::RECEIPT_HEADER)),
        (200, None)
    );
    // A refusal is not an outcome.
    let answered = ask(
        &service,
        &header(&agent, &invocation),
        names::RECEIPT_WANTED,
    )
    .await;
    assert_eq!(
        (answered.status, answered.header(names::RECEIPT_HEADER)),
        (409, None)
    );
    let answered = ask(&service, "UCAN Cx", names::RECEIPT_WANTED).await;
    assert_eq!(
        (answered.status, answered.header(names::RECEIPT_HEADER)),
        (400, None)
    );
}

#[tokio::test]
async fn do_not_hold_back_a_response_that_is_too_large_for_them() {
    let service = Service::with(|layer| layer.largest_receipted(5)).await;
    let agent = service.agent(1);
    let invocation = agent.invoke(&of_patient("p-17"));
    let answered = ask(
        &service,
        &header(&agent, &invocation),
        names::RECEIPT_WANTED,
    )
    .await;
    assert_eq!(
        (answered.status, answered.header(names::RECEIPT_HEADER)),
        (200, None)
    );
    assert_eq!(answered.text(), r#"["p-17",null]"#);
}

#[tokio::test]
async fn say_of_a_handler_that_panicked_that_it_failed() {
    let service = Service::start().await;
    let agent = service.agent(1);
    let arguments = [("how".to_owned(), Ipld::from("x"))].into();
    let invocation = agent.invoke_with("/fail", arguments);
    let request = client()
        .post(service.url("/fail/x"))
        .header("authorization", header(&agent, &invocation))
        .header(names::RECEIPT_HEADER, names::RECEIPT_WANTED);
    let answered = Answered::of(request.send().await.unwrap()).await;
    assert_eq!(answered.status, 500);
    let receipt = receipt(
        answered.header(names::RECEIPT_HEADER).unwrap(),
        &service.did(),
    );
    let Outcome::Error(outcome) = receipt.outcome() else {
        panic!("no error");
    };
    assert_eq!(Answer::try_from(outcome).unwrap().status, 500);
}
