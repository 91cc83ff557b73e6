//! Proofs that the server knows are not sent again.

use delegant::{Container, Invocation, Policy, Token, Verified};
use delegant_http::{carrier, names};

use crate::service::{Agent, Answered, Service, client, long_policy, of_patient};

const PATH: &str = "/encounters/p-17";

fn alone(invocation: &Verified<Invocation>) -> String {
    carrier::write(&[invocation.clone()].into_iter().collect()).unwrap()
}

async fn deposit(service: &Service, container: &Container) -> Answered {
    let bytes = container.encode(delegant::ContainerFormat::Bytes).unwrap();
    let request = client()
        .post(service.url(names::DEPOSIT_PATH))
        .header("content-type", names::CONTAINER_TYPE)
        .body(bytes);
    Answered::of(request.send().await.unwrap()).await
}

#[tokio::test]
async fn after_the_first_call_a_chain_costs_the_bytes_of_one_invocation() {
    let service = Service::start().await;
    let agent = service.agent(8);
    let first = agent.header(&of_patient("p-17"));
    assert_eq!(service.send("GET", PATH, &first).await.status, 200);
    let later = alone(&agent.invoke(&of_patient("p-17")));
    assert_eq!(service.send("GET", PATH, &later).await.status, 200);
    assert!(
        later.len() * 3 < first.len(),
        "{} {}",
        later.len(),
        first.len()
    );
    figure("elision-bytes-8-first", first.len());
    figure("elision-bytes-8-later", later.len());
}

#[expect(clippy::print_stdout, reason = "figures are read from here")]
fn figure(id: &str, bytes: usize) {
    println!("figure {id} {bytes} bytes the value of `Authorization`, chain of 8 delegations");
}

#[tokio::test]
async fn a_server_names_what_it_lacks_and_the_same_call_is_sent_again_with_it() {
    let service = Service::start().await;
    let agent = service.agent(3);
    let invocation = agent.invoke(&of_patient("p-17"));
    let answered = service.send("GET", PATH, &alone(&invocation)).await;
    assert_eq!(answered.refusal(), (403, "UnavailableProof".to_owned()));
    assert_eq!(answered.problem().missing(), agent.cids());
    // One of them alone leaves the others missing.
    let mut some = Container::from_iter([Token::from(invocation.clone())]);
    some.insert(agent.proofs[1].clone());
    let answered = service
        .send("GET", PATH, &carrier::write(&some).unwrap())
        .await;
    assert_eq!(
        answered.problem().missing(),
        [agent.cids()[0], agent.cids()[2]]
    );
    assert_eq!(service.runs.so_far(), 0);
    // Nothing was redeemed meanwhile.
    let whole = carrier::write(&agent.with_proofs(&invocation)).unwrap();
    assert_eq!(service.send("GET", PATH, &whole).await.status, 200);
}

#[tokio::test]
async fn proofs_of_a_call_that_was_refused_are_not_remembered() {
    let service = Service::start().await;
    let no = delegant::policy::equal(".patient", "nobody");
    let agent = service.agent_with(2, Policy::new([no]).unwrap());
    let answered = service
        .send("GET", PATH, &agent.header(&of_patient("p-17")))
        .await;
    assert_eq!(answered.refusal(), (403, "MatchError".to_owned()));
    let answered = service
        .send("GET", PATH, &alone(&agent.invoke(&of_patient("p-17"))))
        .await;
    assert_eq!(answered.refusal(), (403, "UnavailableProof".to_owned()));
}

/// An agent whose chain no header holds.
fn far(service: &Service) -> Agent {
    let agent = (0..20).fold(service.agent(1), |agent, _| agent.passes_on(long_policy()));
    let whole = agent.with_proofs(&agent.invoke(&of_patient("p-17")));
    assert!(carrier::write(&whole).is_err());
    agent
}

#[tokio::test]
async fn a_chain_that_no_header_holds_goes_ahead() {
    let service = Service::start().await;
    let agent = far(&service);
    let invocation = agent.invoke(&of_patient("p-17"));
    let answered = deposit(&service, &agent.with_proofs(&invocation)).await;
    assert_eq!((answered.status, answered.text()), (204, ""));
    assert_eq!(answered.header("cache-control"), Some("no-store"));
    assert_eq!(service.runs.so_far(), 0);
    // Leaving proofs uses nothing up.
    assert_eq!(
        service.send("GET", PATH, &alone(&invocation)).await.status,
        200
    );
    assert_eq!(
        service.send("GET", PATH, &alone(&invocation)).await.status,
        409
    );
    let next = agent.invoke(&of_patient("p-17"));
    assert_eq!(service.send("GET", PATH, &alone(&next)).await.status, 200);
}

#[tokio::test]
async fn what_would_not_be_allowed_leaves_nothing_behind() {
    let service = Service::start().await;
    let other = Service::start().await;
    // Authority over another service.
    let agent = other.agent(2);
    let invocation = agent.invoke(&of_patient("p-17"));
    let answered = deposit(&service, &agent.with_proofs(&invocation)).await;
    assert_eq!(answered.refusal(), (403, "NotServed".to_owned()));
    // No invocation, no container, too many bytes.
    let agent = service.agent(2);
    let proofs = Container::from_iter(agent.proofs.iter().cloned());
    assert_eq!(
        deposit(&service, &proofs).await.refusal(),
        (400, "Malformed".to_owned())
    );
    for (body, status) in [
        (b"".to_vec(), 400),
        (b"@x".to_vec(), 400),
        (vec![0; 2 << 20], 413),
    ] {
        let request = client().post(service.url(names::DEPOSIT_PATH)).body(body);
        let answered = Answered::of(request.send().await.unwrap()).await;
        assert_eq!(answered.status, status);
    }
    let answered = service
        .send("GET", PATH, &alone(&agent.invoke(&of_patient("p-17"))))
        .await;
    assert_eq!(answered.refusal(), (403, "UnavailableProof".to_owned()));
}
