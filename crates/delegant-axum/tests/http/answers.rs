//! What a refusal says, and to whom.

use std::collections::BTreeSet;
use std::time::Duration;

use delegant::{
    Command, Container, Delegation, Invocation, Nonce, Policy, Signer, Timestamp, Token, Verified,
    policy,
};
use delegant_http::{Arguments, carrier};

use crate::service::{
    Agent, Answered, ReadEncounters, Service, client, command, key, now, of_patient, soon,
};

const PATH: &str = "/encounters/p-17";

fn until(agent: &Agent, expiration: Timestamp) -> Verified<Invocation> {
    Invocation::builder(agent.subject.clone(), command(ReadEncounters::COMMAND))
        .arguments(of_patient("p-17").to_arguments().unwrap())
        .proofs(agent.cids())
        .expiration(expiration)
        .sign(&agent.key, Nonce::random().unwrap())
        .unwrap()
}

async fn send(service: &Service, agent: &Agent, invocation: &Verified<Invocation>) -> Answered {
    let header = carrier::write(&agent.with_proofs(invocation)).unwrap();
    service.send("GET", PATH, &header).await
}

#[tokio::test]
async fn the_signer_is_told_what_met_what_and_how_to_mend_it() {
    let service = Service::start().await;
    let only = Policy::new([policy::equal(".patient", "p-18")]).unwrap();
    let agent = service.agent_with(2, only);
    let answered = send(&service, &agent, &agent.invoke(&of_patient("p-17"))).await;
    assert_eq!(answered.refusal(), (403, "MatchError".to_owned()));
    let problem = answered.problem();
    let explanation = problem.explanation().unwrap();
    assert_eq!(explanation.token, Some(agent.cids()[1]));
    assert_eq!(explanation.place.as_deref(), Some("[0]"));
    assert_eq!(
        explanation.statement.as_ref().unwrap().to_string(),
        r#"["==",".patient","p-18"]"#
    );
    assert_eq!(explanation.found.as_ref().unwrap(), "p-17");
    assert_eq!(explanation.truth.as_deref(), Some("false"));
    assert_eq!(service.runs.so_far(), 0);
}

#[tokio::test]
async fn whoever_did_not_sign_the_call_gets_the_code_and_no_more() {
    let service = Service::start().await;
    let agent = service.agent(2);
    let honest = agent.invoke(&of_patient("p-17"));
    let mut codes = BTreeSet::new();
    // One bit of it is another: in the signature, in the header, all over what is signed.
    for place in (4..honest.bytes().len()).step_by(7) {
        let mut bytes = honest.bytes().to_vec();
        bytes[place] ^= 1;
        let Ok(forged) = Token::decode(&bytes) else {
            continue;
        };
        let mut container = Container::from_iter(agent.proofs.iter().cloned().map(Token::from));
        container.insert(forged);
        let header = carrier::write(&container).unwrap();
        let answered = service.send("GET", PATH, &header).await;
        let problem = answered.problem();
        assert_eq!(answered.status, 401, "{place}");
        assert_eq!(problem.detail(), None, "{place}");
        assert!(problem.explanation().is_none() && problem.missing().is_empty());
        codes.insert(problem.code().to_owned());
    }
    assert!(codes.into_iter().eq(["InvalidSignature"]));
    assert_eq!(service.runs.so_far(), 0);
}

#[tokio::test]
async fn a_forged_call_is_answered_the_same_whatever_is_known_here() {
    let service = Service::start().await;
    let agent = service.agent(3);
    let forger = key();
    // Signed by another key than the issuer's: the last 64 bytes of somebody else's signature.
    let honest = agent.invoke(&of_patient("p-17"));
    let other = Invocation::builder(agent.subject.clone(), command(ReadEncounters::COMMAND))
        .proofs(agent.cids())
        .expiration(soon())
        .sign(&forger, Nonce::random().unwrap())
        .unwrap();
    let mut bytes = honest.bytes().to_vec();
    bytes[4..68].copy_from_slice(&other.bytes()[4..68]);
    let forged = Token::decode(&bytes).unwrap();
    let alone = carrier::write(&[forged].into_iter().collect()).unwrap();
    let before = service.send("GET", PATH, &alone).await;
    // Now its proofs are remembered.
    assert_eq!(send(&service, &agent, &honest).await.status, 200);
    let after = service.send("GET", PATH, &alone).await;
    assert_eq!(before.refusal(), (401, "InvalidSignature".to_owned()));
    assert_eq!(before.body, after.body);
    assert_eq!(
        before.header("www-authenticate"),
        after.header("www-authenticate")
    );
}

#[tokio::test]
async fn who_knows_the_cid_of_a_delegation_does_not_learn_what_it_says() {
    let service = Service::start().await;
    let secret = Policy::new([policy::equal(".patient", "canary")]).unwrap();
    let agent = service.agent_with(2, secret);
    assert_eq!(
        send(&service, &agent, &agent.invoke(&of_patient("canary")))
            .await
            .status,
        // Bound to another path: refused, but its chain was found to hold and is remembered.
        400
    );
    // A stranger names the same proofs and sends none of them.
    let stranger = Agent {
        key: key(),
        subject: service.did(),
        proofs: agent.proofs.clone(),
    };
    let invocation = stranger.invoke(&of_patient("p-17"));
    let header = carrier::write(&[Token::from(invocation)].into_iter().collect()).unwrap();
    let answered = service.send("GET", PATH, &header).await;
    assert_eq!(answered.status, 403);
    let text = answered.text();
    for hidden in ["canary", &agent.key.did().to_string()] {
        assert!(!text.contains(hidden), "{text}");
    }
}

#[tokio::test]
async fn a_stranger_does_not_learn_whether_a_delegation_is_known_here() {
    let service = Service::start().await;
    let agent = service.agent(3);
    let stranger = Agent {
        key: key(),
        subject: service.did(),
        proofs: agent.proofs.clone(),
    };
    let invocation = stranger.invoke(&of_patient("p-17"));
    let alone = carrier::write(&[invocation.clone()].into_iter().collect()).unwrap();
    let before = service.send("GET", PATH, &alone).await;
    assert_eq!(before.refusal(), (403, "UnavailableProof".to_owned()));
    let honest = agent.invoke(&of_patient("p-17"));
    assert_eq!(send(&service, &agent, &honest).await.status, 200);
    // Now its proofs are remembered.
    let after = service.send("GET", PATH, &alone).await;
    assert_eq!((before.status, before.body), (after.status, after.body));
    // Who sends them has them, and is told why they do not do.
    let answered = send(&service, &stranger, &invocation).await;
    assert_eq!(answered.refusal(), (403, "InvalidAudience".to_owned()));
}

#[tokio::test]
async fn every_refusal_has_its_status_and_its_code() {
    let service = Service::start().await;
    let agent = service.agent(1);
    let day = Duration::from_secs(86_400);
    for (expiration, code) in [
        (now().saturating_sub(day), "Expired"),
        (now().saturating_add(day), "LifetimeTooLong"),
    ] {
        let answered = send(&service, &agent, &until(&agent, expiration)).await;
        assert_eq!(answered.refusal(), (401, code.to_owned()));
        assert!(answered.header("www-authenticate").is_some());
    }
    // Of a proof it is no use to sign the call anew.
    let mut late = service.agent(0);
    let heir = key();
    let given = Delegation::builder(heir.did(), late.subject.clone(), Command::all())
        .expiration(now().saturating_sub(day))
        .sign(&late.key, Nonce::random().unwrap())
        .unwrap();
    late = Agent {
        key: heir,
        proofs: vec![given],
        ..late
    };
    let answered = send(&service, &late, &late.invoke(&of_patient("p-17"))).await;
    assert_eq!(answered.refusal(), (403, "Expired".to_owned()));
    // On its own authority everybody may act; here nothing of theirs is served.
    let stranger = key();
    let own = Agent {
        subject: stranger.did(),
        key: stranger,
        proofs: Vec::new(),
    };
    let invocation = Invocation::builder(own.subject.clone(), command(ReadEncounters::COMMAND))
        .arguments(of_patient("p-17").to_arguments().unwrap())
        .audience(service.did())
        .expiration(soon())
        .sign(&own.key, Nonce::random().unwrap())
        .unwrap();
    let answered = send(&service, &own, &invocation).await;
    assert_eq!(answered.refusal(), (403, "NotServed".to_owned()));
    let challenge = answered.header("www-authenticate").unwrap();
    assert!(
        challenge.contains(&service.did().to_string()),
        "{challenge}"
    );
    assert_eq!(service.runs.so_far(), 0);
}

#[tokio::test]
async fn a_call_is_executed_once() {
    let service = Service::start().await;
    let agent = service.agent(2);
    let invocation = agent.invoke(&of_patient("p-17"));
    assert_eq!(send(&service, &agent, &invocation).await.status, 200);
    for _ in 0..3 {
        let answered = send(&service, &agent, &invocation).await;
        assert_eq!(answered.refusal(), (409, "Replayed".to_owned()));
        // Not a question of who asks.
        assert_eq!(answered.header("www-authenticate"), None);
    }
    assert_eq!(service.runs.so_far(), 1);
}

#[tokio::test]
async fn of_many_copies_at_once_one_is_executed() {
    let service = Service::start().await;
    let header = service.agent(2).header(&of_patient("p-17"));
    let mut copies = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let (client, url) = (client(), service.url(PATH));
        let request = client.get(url).header("authorization", &header);
        copies.spawn(async move { request.send().await.unwrap().status().as_u16() });
    }
    let mut statuses = copies.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert!(
        statuses[1..].iter().all(|status| *status == 409),
        "{statuses:?}"
    );
    assert_eq!(service.runs.so_far(), 1);
}

#[tokio::test]
async fn no_answer_to_a_call_is_kept_by_anybody_on_the_way() {
    let service = Service::start().await;
    let agent = service.agent(1);
    let fine = agent.header(&of_patient("p-17"));
    for (header, status) in [
        (fine.as_str(), 200),
        (fine.as_str(), 409),
        ("UCAN Cx", 400),
        ("Bearer x", 401),
    ] {
        let answered = service.send("GET", PATH, header).await;
        assert_eq!(answered.status, status);
        assert_eq!(
            answered.header("cache-control"),
            Some("no-store"),
            "{status}"
        );
        assert_eq!(answered.header("vary"), Some("authorization"), "{status}");
    }
}
