//! A container of invocations in, a container of receipts out.

use std::collections::BTreeMap;

use delegant::{
    Cid, Container, ContainerFormat, DidKeys, Invocation, Ipld, Nonce, Outcome, Parsed, Receipt,
    Token, Verified,
};
use delegant_http::{Arguments, Problem, names};

use crate::service::{
    Agent, Answered, DeleteEncounter, ReadEncounters, Service, client, command, key, of_patient,
    soon,
};

async fn send(service: &Service, container: &Container) -> Answered {
    send_bytes(service, container.encode(ContainerFormat::Bytes).unwrap()).await
}

async fn send_bytes(service: &Service, bytes: Vec<u8>) -> Answered {
    let request = client()
        .post(service.url(names::RPC_PATH))
        .header("content-type", names::CONTAINER_TYPE)
        .body(bytes);
    Answered::of(request.send().await.unwrap()).await
}

/// The outcomes by their tasks, each signed by the service.
fn outcomes(service: &Service, answered: &Answered) -> BTreeMap<Cid, Outcome> {
    assert_eq!(answered.status, 200, "{}", answered.text());
    assert_eq!(answered.header("content-type"), Some(names::CONTAINER_TYPE));
    assert_eq!(answered.header("cache-control"), Some("no-store"));
    let container = Container::decode(&answered.body).unwrap();
    assert!(container.delegations().is_empty());
    let receipts = container.invocations().iter().map(|token| {
        let receipt = Parsed::<Receipt>::decode(token.bytes()).unwrap();
        let receipt = receipt.verify(&DidKeys).unwrap();
        assert_eq!(receipt.executor(), &service.did());
        (receipt.ran(), receipt.outcome().clone())
    });
    receipts.collect()
}

fn code(outcome: &Outcome) -> String {
    let Outcome::Error(value) = outcome else {
        panic!("no error: {outcome:?}");
    };
    Problem::from_ipld(value).unwrap().code().to_owned()
}

fn fail(agent: &Agent, how: &str) -> Verified<Invocation> {
    let arguments = [("how".to_owned(), Ipld::from(how))].into();
    agent.invoke_with("/fail", arguments)
}

fn all(agent: &Agent, invocations: &[&Verified<Invocation>]) -> Container {
    let mut container = Container::from_iter(agent.proofs.iter().cloned());
    for invocation in invocations {
        container.insert((*invocation).clone());
    }
    container
}

#[tokio::test]
async fn one_invocation_gets_one_receipt() {
    let service = Service::start().await;
    let agent = service.agent(2);
    let read = agent.invoke(&of_patient("p-17"));
    let answered = send(&service, &all(&agent, &[&read])).await;
    let outcomes = outcomes(&service, &answered);
    let found = Ipld::Map([("patient".to_owned(), "p-17".into())].into());
    assert_eq!(
        outcomes,
        [(read.task().unwrap(), Outcome::Ok(found))].into()
    );
    assert_eq!(service.runs.so_far(), 1);
}

#[tokio::test]
async fn each_of_a_batch_is_judged_redeemed_and_receipted_by_itself() {
    let service = Service::start().await;
    let (agent, stranger) = (service.agent(2), key());
    let read = agent.invoke(&of_patient("p-17"));
    let delete = agent.invoke(&DeleteEncounter {
        patient: "p-17".to_owned(),
    });
    let unknown = agent.invoke_with("/encounters/burn", BTreeMap::new());
    let mistyped = agent.invoke_with(
        "/encounters/read",
        [("patient".to_owned(), 1.into())].into(),
    );
    let stolen = Invocation::builder(service.did(), command(ReadEncounters::COMMAND))
        .arguments(of_patient("p-17").to_arguments().unwrap())
        .proofs(agent.cids())
        .expiration(soon())
        .sign(&stranger, Nonce::random().unwrap())
        .unwrap();
    let panics = fail(&agent, "panic");
    let invocations = [&read, &delete, &unknown, &mistyped, &stolen, &panics];
    let answered = send(&service, &all(&agent, &invocations)).await;
    let outcomes = outcomes(&service, &answered);
    assert_eq!(outcomes.len(), invocations.len());
    let of = |invocation: &Verified<Invocation>| &outcomes[&invocation.task().unwrap()];
    assert!(matches!(of(&read), Outcome::Ok(_)));
    // The handler's own word.
    assert_eq!(of(&delete), &Outcome::Error("nothing of p-17".into()));
    assert_eq!(code(of(&unknown)), "UnknownCommand");
    assert_eq!(code(of(&mistyped)), "InvalidArguments");
    assert_eq!(code(of(&stolen)), "InvalidAudience");
    assert_eq!(code(of(&panics)), "Internal");
    assert_eq!(service.runs.so_far(), 3);
    // What was executed is used up; what was refused before is not, nor is it executed now.
    let answered = send(&service, &all(&agent, &invocations)).await;
    let outcomes = self::outcomes(&service, &answered);
    let of = |invocation: &Verified<Invocation>| code(&outcomes[&invocation.task().unwrap()]);
    for used in [&read, &delete, &panics] {
        assert_eq!(of(used), "Replayed");
    }
    assert_eq!(of(&unknown), "UnknownCommand");
    assert_eq!(service.runs.so_far(), 3);
}

#[tokio::test]
async fn a_forged_invocation_gets_its_code_and_spoils_no_other() {
    let service = Service::start().await;
    let agent = service.agent(1);
    let (read, other) = (
        agent.invoke(&of_patient("p-17")),
        agent.invoke(&of_patient("p-18")),
    );
    let mut bytes = other.bytes().to_vec();
    bytes[10] ^= 1;
    let forged = Token::decode(&bytes).unwrap();
    let mut container = all(&agent, &[&read]);
    container.insert(forged);
    let outcomes = outcomes(&service, &send(&service, &container).await);
    assert!(matches!(outcomes[&read.task().unwrap()], Outcome::Ok(_)));
    let Outcome::Error(error) = &outcomes[&other.task().unwrap()] else {
        panic!("it was executed");
    };
    let problem = Problem::from_ipld(error).unwrap();
    assert_eq!(
        (problem.code(), problem.detail()),
        ("InvalidSignature", None)
    );
    assert_eq!(service.runs.so_far(), 1);
}

#[tokio::test]
async fn whose_receipts_could_not_be_told_apart_are_refused_together() {
    let service = Service::start().await;
    let agent = service.agent(1);
    let read = |key: &delegant::SecretKey| {
        Invocation::builder(service.did(), command(ReadEncounters::COMMAND))
            .arguments(of_patient("p-17").to_arguments().unwrap())
            .proofs(agent.cids())
            .expiration(soon())
            .sign(key, Nonce::from_bytes(b"the same").unwrap())
            .unwrap()
    };
    let container = all(&agent, &[&read(&agent.key), &read(&service.key)]);
    let answered = send(&service, &container).await;
    assert_eq!(answered.refusal(), (400, "Malformed".to_owned()));
    assert_eq!(service.runs.so_far(), 0);
}

#[tokio::test]
async fn a_body_that_is_no_container_of_invocations_is_refused_whole() {
    let service = Service::start().await;
    let agent = service.agent(1);
    let none = all(&agent, &[]).encode(ContainerFormat::Bytes).unwrap();
    for (body, status) in [
        (Vec::new(), 400),
        (b"@".to_vec(), 400),
        (b"{}".to_vec(), 400),
        (none, 400),
        (vec![b'@'; (1 << 20) + 1], 413),
    ] {
        assert_eq!(send_bytes(&service, body).await.refusal().0, status);
    }
    // No header of the request makes up for it, and none is asked for.
    let answered = service
        .send("POST", names::RPC_PATH, &agent.header(&of_patient("p-17")))
        .await;
    assert_eq!(answered.status, 400);
    assert_eq!(service.runs.so_far(), 0);
}

#[tokio::test]
async fn an_outcome_larger_than_a_receipt_is_said_to_be_done_and_too_large() {
    let service = Service::start().await;
    let agent = service.agent(1);
    let small = fail(&agent, "10");
    let large = fail(&agent, "70000");
    // Each fits, and together they do not.
    let many: Vec<_> = (0..6)
        .map(|more| fail(&agent, &format!("{}", 60_000 + more)))
        .collect();
    let mut invocations = vec![&small, &large];
    invocations.extend(&many);
    let answered = send(&service, &all(&agent, &invocations)).await;
    let outcomes = outcomes(&service, &answered);
    assert_eq!(outcomes.len(), invocations.len());
    assert!(matches!(outcomes[&small.task().unwrap()], Outcome::Ok(_)));
    assert_eq!(code(&outcomes[&large.task().unwrap()]), "TooLarge");
    let fit = |invocation: &&Verified<Invocation>| {
        matches!(outcomes[&invocation.task().unwrap()], Outcome::Ok(_))
    };
    assert!((3..6).contains(&many.iter().filter(|one| fit(one)).count()));
    assert_eq!(service.runs.so_far(), invocations.len());
}

#[tokio::test]
async fn are_executed_in_the_order_of_the_container() {
    let service = Service::start().await;
    let agent = service.agent(1);
    // Written sorted by its bytes: the order is that of the signatures, and known to the caller.
    let invocations: Vec<_> = (0..16).map(|_| agent.invoke(&of_patient("p-17"))).collect();
    let container = all(&agent, &invocations.iter().collect::<Vec<_>>());
    let sent = Container::decode(&container.encode(ContainerFormat::Bytes).unwrap()).unwrap();
    let answered = send(&service, &sent).await;
    let outcomes = outcomes(&service, &answered);
    for invocation in sent.invocations() {
        let task = invocation.unverified().task().unwrap();
        assert!(matches!(outcomes[&task], Outcome::Ok(_)));
    }
    assert_eq!(outcomes.len(), 16);
}
