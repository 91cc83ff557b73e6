//! How much is read, and what is said in two ways.

use delegant_http::BodyDigest;

use crate::service::{Agent, Service, WriteEncounter, of_patient};

fn write(body: &[u8]) -> WriteEncounter {
    WriteEncounter {
        patient: "p-17".to_owned(),
        body: BodyDigest::of(body),
    }
}

#[tokio::test]
async fn a_body_past_its_limit_is_refused_and_the_call_stays_unused() {
    let service = Service::with(|layer| layer.largest_body(1000)).await;
    let (fits, over) = (vec![7; 1000], vec![7; 1001]);
    let agent = service.agent(1);
    let header = agent.header(&write(&fits));
    let answered = service
        .send_body("POST", "/encounters/p-17", &header, over)
        .await;
    assert_eq!(answered.refusal(), (413, "TooLarge".to_owned()));
    let answered = service
        .send_body("POST", "/encounters/p-17", &header, fits)
        .await;
    assert_eq!(
        (answered.status, answered.text()),
        (200, "1000 bytes for p-17")
    );
    assert_eq!(service.runs.so_far(), 1);
}

#[tokio::test]
async fn a_body_that_does_not_say_its_length_is_counted() {
    let service = Service::with(|layer| layer.largest_body(8)).await;
    let agent = service.agent(1);
    for (chunks, body, status) in [
        ("4\r\nbody\r\n0\r\n\r\n", "body", 200),
        ("4\r\nbody\r\n4\r\nbody\r\n0\r\n\r\n", "bodybody", 200),
        ("4\r\nbody\r\n5\r\nbodyx\r\n0\r\n\r\n", "bodybodyx", 413),
    ] {
        let header = agent.header(&write(body.as_bytes()));
        let request = format!(
            "POST /encounters/p-17 HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\nauthorization: {header}\r\n\r\n{chunks}"
        );
        let answer = service.raw(request.as_bytes()).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn without_a_token_no_body_is_read() {
    let service = Service::start().await;
    // A gigabyte is announced and never sent: the answer does not wait for it.
    let request = "POST /encounters/p-17 HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1000000000\r\n\r\n";
    let answer = service.raw(request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
}

#[tokio::test]
async fn a_request_that_two_readers_would_take_apart_differently_is_refused() {
    let service = Service::start().await;
    let agent = service.agent(1);
    for framing in [
        "content-length: 4\r\ncontent-length: 5\r\n",
        "content-length: 4, 4\r\n",
        "content-length: +4\r\n",
        "content-length: 0x4\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "transfer-encoding: identity\r\n",
        "transfer-encoding: xchunked\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding : chunked\r\n",
        "transfer-encoding:\u{b}chunked\r\n",
        " transfer-encoding: chunked\r\n",
        "host: y\r\n",
        "host: x\r\n",
    ] {
        let answer = service.raw(&two(&agent, framing)).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{framing}: {answer}");
        assert!(!answer.contains("HTTP/1.1 200 "), "{framing}: {answer}");
    }
    assert_eq!(service.runs.so_far(), 0);
}

#[tokio::test]
async fn behind_a_request_of_two_lengths_none_is_read() {
    let service = Service::start().await;
    let agent = service.agent(1);
    for framing in [
        "content-length: 4\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 4\r\n",
    ] {
        // RFC 9112, 6.1: the chunks count, and the connection ends with the answer.
        let answer = service.raw(&two(&agent, framing)).await;
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
        assert!(!answer.contains("p-18"), "{answer}");
    }
}

/// A request with this framing, and one behind it that nobody may find.
fn two(agent: &Agent, framing: &str) -> Vec<u8> {
    let header = agent.header(&write(b""));
    let hidden = agent.header(&of_patient("p-18"));
    format!(
        "POST /encounters/p-17 HTTP/1.1\r\nhost: x\r\nauthorization: {header}\r\n{framing}\r\n0\r\n\r\nGET /encounters/p-18 HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: {hidden}\r\n\r\n"
    )
    .into_bytes()
}
