//! Messages of MCP, between a signer and a guard: nothing unsigned gets through, and what was signed arrives
//! as it was said.
#![no_main]

use std::cell::RefCell;

use delegant::{Algorithm, SecretKey, Signer};
use delegant_agent::{Agent, Delegations};
use delegant_fuzz::{begin, bounded};
use delegant_mcp::proof::EXTENSION;
use delegant_mcp::{Arrived, Guard, Mode, Outgoing, Rules, Signing, Tool, is_open};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tokio::runtime::Runtime;

/// What is used is remembered for a minute, up to 100,000 of one issuer: before that many, a new guard.
const USED: u32 = 50_000;

/// A server, which signs for itself.
struct Scene {
    runtime: Runtime,
    guard: Guard,
    signing: Signing,
    used: u32,
}

thread_local! {
    static SCENE: RefCell<Scene> = RefCell::new(Scene::new());
}

impl Scene {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a clock");
        let key = SecretKey::from_bytes(Algorithm::Ed25519, &[7; 32]).expect("a published key");
        let did = key.did().clone();
        let mut rules = Rules::for_server(did.clone());
        rules.mode = Mode::Enforce;
        rules.record_arguments = Some(false);
        rules.tools.insert("*".to_owned(), Tool::default());
        let guard = runtime
            .block_on(Guard::open(rules))
            .expect("it is in memory");
        Self {
            runtime,
            guard,
            signing: Signing::new(Agent::new(key, Delegations::default())).server(did),
            used: 0,
        }
    }

    fn unsigned(&self, text: &str) {
        match self.runtime.block_on(self.guard.arrived(text, None)) {
            Arrived::HandOn { message, .. } => assert!(
                methods(&message).all(|method| needs_none(&method)),
                "handed on without a proof: {message}"
            ),
            Arrived::Answer(answer) => assert!(object(&answer).is_some(), "{answer}"),
            Arrived::Dropped => {}
        }
    }

    fn signed(&mut self, text: &str) {
        let outgoing = self.runtime.block_on(self.signing.outgoing(text));
        let Outgoing::Send {
            message,
            sent: Some(_),
        } = outgoing
        else {
            return;
        };
        self.used += 1;
        match self.runtime.block_on(self.guard.arrived(&message, None)) {
            Arrived::HandOn { message, .. } => assert_eq!(said(&message), said(text), "{message}"),
            other => panic!("{text} became {message}, and that {other:?}"),
        }
    }
}

/// What a reader would do that takes `Method` for `method`.
fn methods(message: &str) -> impl Iterator<Item = String> {
    let members = object(message).into_iter().flatten();
    members.filter_map(|(name, value)| {
        let value = value.as_str()?.to_owned();
        name.eq_ignore_ascii_case("method").then_some(value)
    })
}

fn needs_none(method: &str) -> bool {
    is_open(method) || method.starts_with("notifications/")
}

fn object(text: &str) -> Option<serde_json::Map<String, Value>> {
    serde_json::from_str(text).ok()
}

/// What it says beside its proof; what holds nothing says nothing.
fn said(message: &str) -> Option<Value> {
    let mut message = object(message)?;
    if let Some(params) = message.get_mut("params").and_then(Value::as_object_mut) {
        if let Some(meta) = params.get_mut("_meta").and_then(Value::as_object_mut) {
            meta.remove(EXTENSION);
            if meta.is_empty() {
                params.remove("_meta");
            }
        }
        if params.is_empty() {
            message.remove("params");
        }
    }
    Some(message.into())
}

fuzz_target!(init: begin(), |text: &str| {
    SCENE.with_borrow_mut(|scene| {
        if scene.used >= USED {
            *scene = Scene::new();
        }
    });
    bounded(|| SCENE.with_borrow(|scene| scene.unsigned(text)));
    bounded(|| SCENE.with_borrow_mut(|scene| scene.signed(text)));
});
