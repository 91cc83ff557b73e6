//! The official UCAN 1.0.0 fixtures and container vectors, each with the exact name of its refusal.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a fixture that is not as expected fails its test"
)]

mod figures;
mod fixtures;

use std::fs;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use delegant::{
    Algorithm, Container, ContainerFormat, Delegation, DidKeys, Evidence, Invocation, Limits,
    Nonce, Parsed, Revocations, SecretKey, Signer, Timestamp, authorize,
};
use figures::Figure;
use serde_json::Value;

/// Invocations, delegations and containers as published; a wrong one fails its test.
static FIXTURES: Figure = Figure::of(3, ["fixtures-ucan", "fixtures-ucan-wrong"], "fixtures");

fn bytes(value: &Value) -> Vec<u8> {
    let text = value["/"]["bytes"].as_str().unwrap();
    STANDARD_NO_PAD.decode(text).unwrap()
}

/// `Ok`, or the code of the refusal.
fn verdict(case: &Value) -> Result<(), String> {
    let invocation = Parsed::<Invocation>::decode(&bytes(&case["invocation"]))
        .map_err(|error| error.code().to_owned())?;
    let proofs: Vec<_> = case["proofs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|proof| Parsed::<Delegation>::decode(&bytes(proof)))
        .collect::<Result<_, _>>()
        .map_err(|error| error.code().to_owned())?;
    let executor = invocation.unverified().executor().clone();
    let invocation = invocation
        .verify(&DidKeys)
        .map_err(|_| "InvalidSignature".to_owned())?;
    authorize(
        invocation,
        Evidence {
            now: Timestamp::from_unix(case["time"].as_i64().unwrap()).unwrap(),
            leeway: Duration::ZERO,
            executor: &executor,
            keys: &DidKeys,
            proofs: &proofs,
            revocations: &Revocations::none(),
            limits: &Limits::DEFAULT,
        },
    )
    .map(drop)
    .map_err(|denial| denial.reason.code().to_owned())
}

#[test]
fn gives_all_twenty_invocations_the_right_verdict_with_the_right_name() {
    let Some(file) = fixtures::path("ucan-1.0.0/invocation.json") else {
        return;
    };
    let fixture: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let mut judged = 0;
    for case in fixture["valid"].as_array().unwrap() {
        assert_eq!(verdict(case), Ok(()), "{}", case["name"]);
        judged += 1;
    }
    for case in fixture["invalid"].as_array().unwrap() {
        let expected = case["error"]["name"].as_str().unwrap().to_owned();
        assert_eq!(verdict(case), Err(expected), "{}", case["name"]);
        judged += 1;
    }
    assert_eq!(judged, 20);
    FIXTURES.add(judged, 0);
}

#[test]
fn reads_and_writes_the_official_delegation_byte_for_byte() {
    let Some(file) = fixtures::path("ucan-1.0.0/delegation.json") else {
        return;
    };
    let fixture: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let case = &fixture["valid"][0];
    let bytes = STANDARD.decode(case["token"].as_str().unwrap()).unwrap();
    let delegation = Parsed::<Delegation>::decode(&bytes).unwrap();
    assert_eq!(delegation.cid().to_string(), case["cid"].as_str().unwrap());
    let delegation = delegation.verify(&DidKeys).unwrap();
    let payload = &case["envelope"]["payload"];
    assert_eq!(
        delegation.issuer().to_string(),
        payload["iss"].as_str().unwrap()
    );
    assert_eq!(
        delegation.audience().to_string(),
        payload["aud"].as_str().unwrap()
    );
    assert_eq!(
        delegation.command().to_string(),
        payload["cmd"].as_str().unwrap()
    );

    // The same content, signed anew with the published key, is the same token.
    let secret = STANDARD
        .decode(fixture["principals"]["bob"].as_str().unwrap())
        .unwrap();
    let bob = SecretKey::from_bytes(Algorithm::Ed25519, secret[2..].try_into().unwrap()).unwrap();
    assert_eq!(bob.did(), *delegation.issuer());
    let nonce = STANDARD.decode(payload["nonce"].as_str().unwrap()).unwrap();
    let again = Delegation::builder(
        delegation.audience().clone(),
        delegation.subject().clone(),
        delegation.command().clone(),
    )
    .expiration(Timestamp::from_unix(payload["exp"].as_i64().unwrap()).unwrap())
    .sign(&bob, Nonce::from_bytes(&nonce).unwrap())
    .unwrap();
    assert_eq!(again.bytes(), bytes);
    FIXTURES.add(1, 0);
}

#[test]
fn reads_all_six_container_vectors() {
    // Their tokens carry signature headers from before varsig 1.0: only the container is of use.
    let mut lists = Vec::new();
    for (name, format) in [
        ("Bytes", ContainerFormat::Bytes),
        ("Base64StdPadding", ContainerFormat::Base64),
        ("Base64URL", ContainerFormat::Base64Url),
        ("BytesGzipped", ContainerFormat::BytesGzip),
        ("Base64StdPaddingGzipped", ContainerFormat::Base64Gzip),
        ("Base64URLGzipped", ContainerFormat::Base64UrlGzip),
    ] {
        let Some(file) = fixtures::path(&format!("container/{name}")) else {
            return;
        };
        let bytes = fs::read(file).unwrap();
        assert_eq!(ContainerFormat::of(bytes[0]), Some(format));
        lists.push(Container::split(&bytes, &Limits::DEFAULT).unwrap());
        let refusal = Container::decode(&bytes).unwrap_err();
        assert_eq!(refusal.code(), "UnsupportedAlgorithm");
    }
    assert_eq!(lists.len(), 6);
    assert!(lists.iter().all(|list| list.len() == 10));
    FIXTURES.add(lists.len(), 0);
}
