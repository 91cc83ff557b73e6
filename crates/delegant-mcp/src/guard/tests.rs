//! What becomes of calls when the record cannot be written.

use delegant::{Algorithm, Delegation, Nonce, SecretKey, Signer};
use delegant_agent::{Agent, Delegations};

use super::*;
use crate::sign::{Outgoing, Signing};

#[tokio::test]
async fn what_cannot_be_recorded_is_not_done_except_in_a_shadow() {
    let key = || SecretKey::generate(Algorithm::Ed25519).unwrap();
    let (server, agent) = (key(), key());
    let given = Delegation::builder(agent.did(), server.did(), "/mcp".parse().unwrap())
        .never_expires()
        .sign(&server, Nonce::random().unwrap())
        .unwrap();
    let wallet = Delegations::from_iter([given]);
    let signing = Signing::new(Agent::new(agent, wallet)).server(server.did());
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read"}}"#;
    let file = tempfile::NamedTempFile::new().unwrap();
    for (mode, is_done) in [(Mode::Enforce, false), (Mode::Shadow, true)] {
        let mut rules = Rules::for_server(server.did());
        rules.mode = mode;
        let verifier = Verifier::new(server.did());
        let guard = Guard(Arc::new(Inner {
            verifier,
            rules,
            recorder: Some(Recorder::read_only(file.path())),
        }));
        let Outgoing::Send { message, .. } = signing.outgoing(call).await else {
            panic!("sent");
        };
        match guard.arrived(&message, None).await {
            Arrived::HandOn { .. } => assert!(is_done, "{mode:?}"),
            Arrived::Answer(answer) => assert!(!is_done && answer.contains("-31503"), "{answer}"),
            Arrived::Dropped => panic!("answered, or handed on"),
        }
    }
}
