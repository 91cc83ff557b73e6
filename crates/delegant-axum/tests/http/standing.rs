//! A server that slow, many and vanishing callers do not bring down.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::routing::get;
use delegant::Signer;
use delegant_axum::{DelegantLayer, Metrics, Server};
use delegant_store::Verifier;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::service::{Runs, Service, key, of_patient, routes};

struct Standing {
    service: Service,
    stop: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
}

async fn stand(set: impl FnOnce(Server) -> Server) -> Standing {
    let key = key();
    let runs = Runs::default();
    let slow = async || {
        tokio::time::sleep(Duration::from_millis(500)).await;
        "done"
    };
    let verifier = Verifier::new(key.did());
    let metrics = Metrics::of(&verifier);
    let app = routes(&runs)
        .layer(DelegantLayer::new(verifier).metrics(&metrics))
        .merge(metrics.route("/metrics"))
        .route("/slow", get(slow));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let (stop, over) = oneshot::channel::<()>();
    let server = set(Server::new(app)).stops_when(async move {
        let _ = over.await;
    });
    let served = tokio::spawn(server.serve(listener));
    Standing {
        service: Service { address, key, runs },
        stop,
        served,
    }
}

/// Reads until the server closes, and says how long that took.
async fn until_closed(mut stream: TcpStream) -> (Vec<u8>, Duration) {
    let began = Instant::now();
    let mut read = Vec::new();
    let reading = stream.read_to_end(&mut read);
    // A reset is a closed connection, too.
    let _ = tokio::time::timeout(Duration::from_secs(20), reading)
        .await
        .unwrap();
    (read, began.elapsed())
}

#[tokio::test]
async fn a_head_that_never_ends_is_closed() {
    let standing = stand(|server| server.head_within(Duration::from_millis(500))).await;
    let mut stream = TcpStream::connect(standing.service.address).await.unwrap();
    stream
        .write_all(b"GET /encounters/p-17 HTTP/1.1\r\nhost: ")
        .await
        .unwrap();
    let (_, took) = until_closed(stream).await;
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[tokio::test]
async fn a_body_that_stops_coming_is_refused() {
    let standing = stand(|server| server.body_within(Duration::from_millis(500))).await;
    let agent = standing.service.agent(1);
    let header = agent.header(&of_patient("p-17"));
    let mut stream = TcpStream::connect(standing.service.address).await.unwrap();
    let head = format!(
        "GET /encounters/p-17 HTTP/1.1\r\nhost: x\r\nauthorization: {header}\r\ncontent-length: 10\r\nconnection: close\r\n\r\nabc"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let (answer, _) = until_closed(stream).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!(standing.service.runs.so_far(), 0);
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_given_up() {
    let standing = stand(|server| server.answer_within(Duration::from_millis(100))).await;
    let answered = reqwest::get(standing.service.url("/slow")).await.unwrap();
    assert_eq!(answered.status(), 503);
}

#[tokio::test]
async fn beyond_the_connections_there_is_room_for_a_new_one_is_closed_and_those_inside_are_served()
{
    let standing = stand(|server| server.most_connections(2)).await;
    let mut inside = TcpStream::connect(standing.service.address).await.unwrap();
    inside
        .write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut begun = [0; 12];
    inside.read_exact(&mut begun).await.unwrap();
    let _second = TcpStream::connect(standing.service.address).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let third = TcpStream::connect(standing.service.address).await.unwrap();
    let (read, _) = until_closed(third).await;
    assert!(read.is_empty());
    inside
        .write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut more = [0; 64];
    assert!(inside.read(&mut more).await.unwrap() > 0);
}

#[tokio::test]
async fn what_was_taken_is_answered_before_it_stops() {
    let standing = stand(|server| server).await;
    let url = standing.service.url("/slow");
    let asked = tokio::spawn(async move { reqwest::get(url).await.unwrap().text().await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    standing.stop.send(()).unwrap();
    assert_eq!(asked.await.unwrap().unwrap(), "done");
    standing.served.await.unwrap().unwrap();
    assert!(TcpStream::connect(standing.service.address).await.is_err());
}

#[tokio::test]
async fn decisions_are_counted_by_their_codes() {
    let standing = stand(|server| server).await;
    let service = &standing.service;
    let agent = service.agent(2);
    let header = agent.header(&of_patient("p-17"));
    for expected in [200, 409] {
        let answered = service.send("GET", "/encounters/p-17", &header).await;
        assert_eq!(answered.status, expected);
    }
    let _ = service
        .send("GET", "/encounters/p-17", "UCAN Cnothing")
        .await;
    let text = reqwest::get(service.url("/metrics"))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    for line in [
        "delegant_decisions_total{code=\"Allowed\"} 1",
        "delegant_decisions_total{code=\"Replayed\"} 1",
        "delegant_decisions_total{code=\"Malformed\"} 1",
        "delegant_proofs_total{known=\"false\"} 2",
        "delegant_proofs_total{known=\"true\"} 2",
        "delegant_stage_seconds_count{stage=\"judge\"} 2",
        "delegant_stage_seconds_count{stage=\"redeem\"} 2",
        "delegant_revocations_newest 0",
        "# EOF",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}
