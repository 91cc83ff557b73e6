//! What a client keeps to itself.

use delegant::{Algorithm, SecretKey, Signer as _};
use delegant_agent::{Agent, Delegations};

use crate::service::Service;
use crate::{SERVICE, did, usual};

#[tokio::test]
async fn no_key_token_or_argument_is_in_a_debug_text_or_an_error() {
    let canary = *b"a-canary-in-the-coal-mine-sings!";
    let key = SecretKey::from_bytes(Algorithm::Ed25519, &canary).unwrap();
    let agent_did = key.did();
    let given = delegant::Delegation::builder(agent_did, did(SERVICE), "/http".parse().unwrap())
        .expiration(crate::soon())
        .sign(&crate::key(SERVICE), delegant::Nonce::random().unwrap())
        .unwrap();
    let service = Service::start(crate::key(SERVICE)).await;
    let agent = Agent::new(key, Delegations::from_iter([given]));
    let client = agent.client(&service.url).unwrap().service(did(SERVICE));
    let request = client
        .get("/files/canary?q=canary")
        .header("x-canary", "canary");
    let mut said = format!("{client:?} {client:#?} {request:?}");
    let response = request.send().await.unwrap();
    said.push_str(&format!("{response:?}"));
    // Refused, with an explanation of what was signed and sent.
    service.refuse_did(agent.did()).await;
    let refused = client
        .post("/files/canary")
        .body("text/plain", "canary")
        .send()
        .await;
    let refused = refused.unwrap_err();
    said.push_str(&format!("{refused} {refused:?} {refused:#?}"));
    // Not answered at all.
    let (service, client) = usual().await;
    service.fail(|faults| faults.dropped = 1);
    let lost = client
        .get("/files/canary?q=canary")
        .send()
        .await
        .unwrap_err();
    said.push_str(&format!("{lost} {lost:?} {lost:#?}"));

    let hex: String = canary.iter().map(|byte| format!("{byte:02x}")).collect();
    let list = format!("{:?}", &canary[8..16]);
    for secret in [
        "canary",
        hex.get(16..32).unwrap(),
        list.trim_matches(['[', ']']),
        "UCAN C",
        "CoWpjdG4",
    ] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
}
