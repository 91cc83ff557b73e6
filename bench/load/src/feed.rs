//! From a revocation, handed in at a service, to its refusal by the last of those that follow its feed.

use std::time::{Duration, Instant};

use delegant::{
    Container, ContainerFormat, Delegation, DidKeys, Nonce, Parsed, Revocation, Signer, Token,
    Verified,
};
use delegant_axum::{DelegantLayer, Feed, Router, Server};
use delegant_store::{Follower, Store, Subscription, Verifier};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::Failure;
use crate::chain::{key, now, service};
use crate::socket::Socket;

const ROUNDS: usize = 200;

pub(crate) async fn measure() -> Result<(), Failure> {
    for verifiers in [1, 10, 50] {
        one(verifiers).await?;
    }
    Ok(())
}

async fn one(verifiers: usize) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let open = async |name: String| {
        let file = folder.path().join(name).display().to_string();
        Store::open(&format!("sqlite:{file}")).await
    };
    let store = open("service.db".to_owned()).await?;
    let verifier = Verifier::new(service()?.did()).store(store.clone());
    let app = Router::new()
        .feed(Feed::new(service()?))
        .layer(DelegantLayer::new(verifier));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let serving = tokio::spawn(Server::new(app).serve(listener));

    let mut followers = JoinSet::new();
    let mut there = Vec::new();
    for number in 0..verifiers {
        let store = open(format!("{number}.db")).await?;
        let follower = Follower::new(store.clone(), service()?.did());
        let feed = Subscription::new(follower, &format!("http://{address}/revocations"))?;
        followers.spawn(feed.run(|_| ()));
        there.push(store);
    }
    let mut door = Socket::connect(address).await?;
    let mut times = Vec::new();
    for round in 0..=ROUNDS {
        let (link, sent) = revocation()?;
        let began = Instant::now();
        let mut waiting = JoinSet::new();
        for store in &there {
            let (store, chain) = (store.clone(), [link.to_parsed()]);
            waiting.spawn(async move { refuses(&store, &chain).await });
        }
        let answer = door.call(&sent).await?;
        if answer.status != 200 {
            return Err(format!("{} for a revocation", answer.status).into());
        }
        while let Some(refused) = waiting.join_next().await {
            refused??;
        }
        // In the first, they may still have been about to follow.
        if round > 0 {
            times.push(began.elapsed());
        }
    }
    serving.abort();
    times.sort_unstable();
    let at = |part: usize| {
        let time = times.get((times.len() * part / 100).min(times.len().saturating_sub(1)));
        time.map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
    };
    println!(
        "figure revoke-p99-feed-{verifiers} {:.1} ms from the revocation to the last of {verifiers} refusals; middle {:.1} ms, {ROUNDS} revocations",
        at(99),
        at(50)
    );
    Ok(())
}

/// A delegation of the service's, and the request that takes it back.
fn revocation() -> Result<(Verified<Delegation>, Vec<u8>), Failure> {
    let service = service()?;
    let link = Delegation::builder(key(2)?.did(), service.did(), "/read".parse()?)
        .expiration(now()?.saturating_add(Duration::from_secs(3600)))
        .sign(&service, Nonce::random()?)?;
    let revocation = Revocation::builder(link.cid()).sign(&service)?;
    let mut container = Container::from_iter([Token::decode(revocation.bytes())?]);
    container.insert(link.clone());
    let body = container.encode(ContainerFormat::Bytes)?;
    let mut request = format!(
        "POST /revocations HTTP/1.1\r\nHost: records.example\r\nContent-Type: application/vnd.ucan.container\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend(body);
    Ok((link, request))
}

async fn refuses(store: &Store, chain: &[Parsed<Delegation>; 1]) -> Result<(), Failure> {
    let invoker = key(2)?.did();
    while store
        .bearing_on(chain, &invoker, &DidKeys, now()?)
        .await?
        .is_empty()
    {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}
