//! Nothing that a call carries is in a log, an error or a metric.

use std::io::Write;
use std::sync::{Arc, Mutex};

use delegant::{Policy, Signer, policy};
use delegant_axum::{DelegantLayer, Metrics};
use delegant_http::carrier;
use delegant_store::Verifier;

use crate::service::{Runs, Service, key, of_patient, routes};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A word that is in nothing but what the call carries.
const CANARY: &str = "canary-7f3a";

#[test]
fn no_argument_policy_or_token_reaches_a_log_or_a_metric() {
    let log = Log::default();
    let writer = log.clone();
    let everything = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // All threads of this runtime are this one.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (header, metrics) = tracing::subscriber::with_default(everything, || {
        runtime.block_on(async {
            let key = key();
            let runs = Runs::default();
            let verifier = Verifier::new(key.did());
            let metrics = Metrics::of(&verifier);
            let app = routes(&runs).layer(DelegantLayer::new(verifier).metrics(&metrics));
            let service = Service::serve(app, key, runs).await;
            let only = Policy::new([policy::equal(".patient", CANARY)]).unwrap();
            let agent = service.agent_with(2, only);
            let path = format!("/encounters/{CANARY}");
            let header = agent.header(&of_patient(CANARY));
            let mut codes = Vec::new();
            // Allowed, replayed, not bound, not allowed, damaged.
            codes.push(service.send("GET", &path, &header).await.status);
            codes.push(service.send("GET", &path, &header).await.status);
            let other = agent.header(&of_patient(CANARY));
            let wrong = format!("/encounters/{CANARY}-2");
            codes.push(service.send("GET", &wrong, &other).await.status);
            let beyond = format!("{CANARY}-3");
            let not_allowed = agent.header(&of_patient(&beyond));
            let there = format!("/encounters/{beyond}");
            codes.push(service.send("GET", &there, &not_allowed).await.status);
            let mut damaged = agent.header(&of_patient(CANARY));
            damaged.truncate(damaged.len() - 9);
            codes.push(service.send("GET", &path, &damaged).await.status);
            assert_eq!(codes, [200, 409, 400, 403, 400]);
            assert!(carrier::read([header.as_bytes()]).is_ok());
            (header, metrics.to_text())
        })
    });
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        log.contains("decided") && log.contains("Allowed"),
        "it does log: {log}"
    );
    let container = header.strip_prefix("UCAN ").unwrap();
    let beginning: String = container.chars().take(40).collect();
    for secret in [CANARY, container, &beginning] {
        let lines: Vec<&str> = log.lines().filter(|line| line.contains(secret)).collect();
        // What the HTTP library itself writes at its lowest level is not ours.
        let ours: Vec<&&str> = lines
            .iter()
            .filter(|line| line.contains("delegant"))
            .collect();
        assert!(ours.is_empty(), "{ours:?}");
        assert!(!metrics.contains(secret));
    }
}
