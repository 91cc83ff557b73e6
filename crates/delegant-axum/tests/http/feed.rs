//! What is taken back at one door, and told at the other.

use std::time::Duration;

use delegant::{Container, ContainerFormat, DidKeys, Revocation, Signer, Token, Verified};
use delegant_axum::{DelegantLayer, Feed};
use delegant_http::{Discovery, Head, Page};
use delegant_store::Verifier;

use crate::service::{Agent, Answered, Runs, Service, again, key, of_patient, routes};

/// A service with a feed, whose head is good for so long.
async fn service(every: Duration) -> Service {
    let key = key();
    let runs = Runs::default();
    let app = routes(&runs)
        .feed(Feed::new(again(&key)).every(every))
        .discoverable()
        .layer(DelegantLayer::new(Verifier::new(key.did())));
    Service::serve(app, key, runs).await
}

async fn told(service: &Service) -> Service {
    Service {
        address: service.address,
        key: again(&service.key),
        runs: service.runs.clone(),
    }
}

/// A revocation of the last link by the one who issued it, with the chain.
fn revoke_last(agent: &Agent, issuer: &delegant::SecretKey) -> Vec<u8> {
    let last = agent.proofs.last().unwrap();
    let revocation = Revocation::builder(last.cid()).sign(issuer).unwrap();
    with_chain(&revocation, agent)
}

fn with_chain(revocation: &Verified<Revocation>, agent: &Agent) -> Vec<u8> {
    let mut container = Container::from_iter([Token::decode(revocation.bytes()).unwrap()]);
    for proof in &agent.proofs {
        container.insert(proof.clone());
    }
    container.encode(ContainerFormat::Bytes).unwrap()
}

async fn hand_in(service: &Service, container: Vec<u8>) -> Answered {
    let request = reqwest::Client::new()
        .post(service.url("/revocations"))
        .header("content-type", "application/vnd.ucan.container")
        .body(container);
    Answered::of(request.send().await.unwrap()).await
}

async fn page(service: &Service, after: u64) -> (Answered, Page) {
    let url = service.url(&format!("/revocations?after={after}"));
    let answered = Answered::of(reqwest::get(url).await.unwrap()).await;
    let page = serde_json::from_slice(&answered.body).unwrap();
    (answered, page)
}

#[tokio::test]
async fn what_is_handed_in_is_refused_at_the_next_call_and_told() {
    let service = service(Duration::from_secs(10)).await;
    let agent = service.agent(1);
    let call = || agent.header(&of_patient("p-17"));
    let answered = service.send("GET", "/encounters/p-17", &call()).await;
    assert_eq!(answered.status, 200);

    let taken = hand_in(&service, revoke_last(&agent, &service.key)).await;
    assert_eq!((taken.status, taken.text()), (200, r#"{"seq":1}"#));
    let answered = service.send("GET", "/encounters/p-17", &call()).await;
    assert_eq!(answered.refusal(), (403, "Revoked".to_owned()));

    let (_, page) = page(&service, 0).await;
    let head = Head::verify(&page.head, &service.did(), &DidKeys).unwrap();
    assert_eq!((page.entries.len(), head.seq), (1, 1));
}

#[tokio::test]
async fn the_feed_does_not_tell_what_was_delegated() {
    let service = service(Duration::from_secs(10)).await;
    let agent = service.agent(2);
    let issuer = agent.proofs[1].issuer().clone();
    let revocation = Revocation::builder(agent.proofs[0].cid())
        .sign(&service.key)
        .unwrap();
    assert_eq!(
        hand_in(&service, with_chain(&revocation, &agent))
            .await
            .status,
        200
    );
    let (_, page) = page(&service, 0).await;
    let container = Container::decode(page.entries[0].container.as_bytes()).unwrap();
    assert!(container.delegations().is_empty());
    assert_ne!(issuer, service.did());
}

#[tokio::test]
async fn strangers_cannot_fill_it() {
    let service = service(Duration::from_secs(10)).await;
    let stranger = key();
    let agent = service.agent(1);
    let revocation = Revocation::builder(agent.proofs[0].cid())
        .sign(&stranger)
        .unwrap();
    let taken = hand_in(&service, with_chain(&revocation, &agent)).await;
    assert_eq!(taken.refusal(), (403, "NotServed".to_owned()));
    let (_, page) = page(&service, 0).await;
    assert!(page.entries.is_empty());
}

#[tokio::test]
async fn handing_in_again_changes_nothing() {
    let service = service(Duration::from_secs(10)).await;
    let container = revoke_last(&service.agent(1), &service.key);
    let first = hand_in(&service, container.clone()).await;
    let again = hand_in(&service, container).await;
    assert_eq!(first.text(), again.text());
}

#[tokio::test]
async fn an_unchanged_feed_is_not_sent_again_but_its_head_is() {
    let service = service(Duration::from_secs(10)).await;
    let (answered, _) = page(&service, 0).await;
    let tag = answered.header("etag").unwrap().to_owned();
    let request = reqwest::Client::new()
        .get(service.url("/revocations?after=0"))
        .header("if-none-match", tag);
    let answered = Answered::of(request.send().await.unwrap()).await;
    assert_eq!((answered.status, answered.body.len()), (304, 0));
    let head = answered.header("ucan-feed-head").unwrap();
    assert!(Head::verify(head, &service.did(), &DidKeys).is_ok());
}

#[tokio::test]
async fn a_number_that_is_none_is_refused() {
    let service = service(Duration::from_secs(10)).await;
    let url = service.url("/revocations?after=x");
    let answered = Answered::of(reqwest::get(url).await.unwrap()).await;
    assert_eq!(answered.refusal(), (400, "Malformed".to_owned()));
}

#[tokio::test]
async fn who_follows_is_told_as_it_happens_and_gets_fresh_heads() {
    let service = service(Duration::from_secs(1)).await;
    let mut following = reqwest::Client::new()
        .get(service.url("/revocations"))
        .header("accept", "text/event-stream")
        .send()
        .await
        .unwrap();
    let listening = told(&service).await;
    let handing_in = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(700)).await;
        let container = revoke_last(&listening.agent(1), &listening.key);
        hand_in(&listening, container).await.status
    });
    let mut seen = String::new();
    let reading = async {
        while !(seen.contains("event: revocation\n") && seen.matches("event: head").count() >= 3) {
            let chunk = following.chunk().await.unwrap().unwrap();
            seen.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reading)
        .await
        .unwrap();
    assert_eq!(handing_in.await.unwrap(), 200);
    assert!(seen.contains("id: 1\n"), "{seen}");
}

#[tokio::test]
async fn a_follower_beyond_the_bound_is_told_to_ask_again() {
    let key = key();
    let runs = Runs::default();
    let app = routes(&runs)
        .feed(Feed::new(again(&key)).most_followers(1))
        .layer(DelegantLayer::new(Verifier::new(key.did())));
    let service = Service::serve(app, key, runs).await;
    let follow = || {
        reqwest::Client::new()
            .get(service.url("/revocations"))
            .header("accept", "text/event-stream")
            .send()
    };
    let first = follow().await.unwrap();
    assert_eq!(first.status(), 200);
    let second = Answered::of(follow().await.unwrap()).await;
    assert_eq!(second.refusal(), (503, "Busy".to_owned()));
    // Its place is free again once it is gone.
    drop(first);
    let waiting = async {
        while follow().await.unwrap().status() != 200 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_service_says_what_it_offers() {
    let service = service(Duration::from_secs(10)).await;
    let url = service.url("/.well-known/ucan");
    let answered = Answered::of(reqwest::get(url).await.unwrap()).await;
    let document: Discovery = serde_json::from_slice(&answered.body).unwrap();
    assert_eq!(document.did, service.did());
    assert_eq!(document.revocations.as_deref(), Some("/revocations"));
    assert_eq!(document.deposit.as_deref(), Some("/ucan/proofs"));
    assert_eq!(document.rpc, None);
    let reads = document
        .commands
        .iter()
        .find(|offer| offer.command.as_str() == "/encounters/read")
        .unwrap();
    assert_eq!(reads.carriers, ["GET /encounters/{patient}"]);
}
