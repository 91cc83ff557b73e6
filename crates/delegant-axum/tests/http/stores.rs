//! A store that cannot tell is a no.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use delegant::{Cid, Did, Signer, Timestamp};
use delegant_axum::DelegantLayer;
use delegant_store::{
    Answer, Backend, KeptProof, Mark, Progress, Proofs, Record, Redeemed, Redemption, Redemptions,
    RevocationLog, Sequence, Store, StoreError, Verifier,
};

use crate::service::{Runs, Service, key, of_patient, routes};

/// Knows nothing, and fails where it is told to.
#[derive(Clone, Default)]
struct Broken(Arc<AtomicU8>);

const PROOFS: u8 = 1;
const REVOCATIONS: u8 = 2;
const REDEMPTIONS: u8 = 3;

impl Broken {
    fn answer<'a, T: Send + 'a>(&self, part: u8, value: T) -> Answer<'a, T> {
        let fails = self.0.load(Ordering::SeqCst) == part;
        Box::pin(async move {
            match fails {
                true => Err(StoreError::unavailable(io::Error::other("canary"))),
                false => Ok(value),
            }
        })
    }
}

impl Backend for Broken {
    fn is_alone(&self) -> bool {
        true
    }
}

impl Proofs for Broken {
    fn proofs<'a>(&'a self, _: &'a [Cid]) -> Answer<'a, Vec<Vec<u8>>> {
        self.answer(PROOFS, Vec::new())
    }

    fn keep<'a>(&'a self, _: &'a [KeptProof], _: Timestamp) -> Answer<'a, ()> {
        self.answer(PROOFS, ())
    }
}

impl RevocationLog for Broken {
    fn append<'a>(&'a self, _: &'a Record) -> Answer<'a, Sequence> {
        self.answer(REVOCATIONS, 1)
    }

    // Whatever is asked about may have been revoked.
    fn marked<'a>(&'a self, _: &'a [Mark]) -> Answer<'a, Vec<Record>> {
        self.answer(REVOCATIONS, Vec::new())
    }

    fn after(&self, _: Sequence, _: usize) -> Answer<'_, Vec<(Sequence, Record)>> {
        self.answer(REVOCATIONS, Vec::new())
    }

    fn prints(&self, _: Sequence, _: Sequence) -> Answer<'_, Vec<u64>> {
        self.answer(REVOCATIONS, Vec::new())
    }

    fn set_refused<'a>(&'a self, _: &'a Did, _: bool) -> Answer<'a, ()> {
        self.answer(REVOCATIONS, ())
    }

    fn refused(&self) -> Answer<'_, Vec<Did>> {
        self.answer(REVOCATIONS, Vec::new())
    }

    fn progress(&self) -> Answer<'_, Progress> {
        self.answer(REVOCATIONS, Progress::default())
    }

    fn changed(&self) -> Answer<'_, ()> {
        Box::pin(async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(())
        })
    }

    fn forget(&self, _: Timestamp) -> Answer<'_, ()> {
        self.answer(REVOCATIONS, ())
    }
}

impl Redemptions for Broken {
    fn redeem<'a>(&'a self, _: &'a Redemption) -> Answer<'a, Redeemed> {
        self.answer(REDEMPTIONS, Redeemed::First)
    }
}

async fn start() -> (Service, Broken) {
    let (key, runs, broken) = (key(), Runs::default(), Broken::default());
    let store = Store::new(broken.clone()).await.unwrap();
    let verifier = Verifier::new(key.did()).store(store);
    let app = routes(&runs).layer(DelegantLayer::new(verifier));
    (Service::serve(app, key, runs).await, broken)
}

#[tokio::test]
async fn where_it_cannot_say_whether_a_call_was_used_the_call_is_not_executed() {
    let (service, broken) = start().await;
    let agent = service.agent(1);
    broken.0.store(REDEMPTIONS, Ordering::SeqCst);
    let header = agent.header(&of_patient("p-17"));
    let answered = service.send("GET", "/encounters/p-17", &header).await;
    assert_eq!(answered.refusal(), (503, "Unavailable".to_owned()));
    assert_eq!(answered.header("retry-after"), Some("1"));
    assert_eq!(answered.problem().detail(), None);
    assert!(!answered.text().contains("canary"));
    assert_eq!(service.runs.so_far(), 0);
    // Once it can, calls go through.
    broken.0.store(0, Ordering::SeqCst);
    let header = agent.header(&of_patient("p-17"));
    assert_eq!(
        service
            .send("GET", "/encounters/p-17", &header)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn where_it_cannot_say_which_proofs_it_has_they_are_not_made_up() {
    let (service, broken) = start().await;
    let agent = service.agent(2);
    broken.0.store(PROOFS, Ordering::SeqCst);
    let alone = [agent.invoke(&of_patient("p-17"))].into_iter().collect();
    let alone = delegant_http::carrier::write(&alone).unwrap();
    let answered = service.send("GET", "/encounters/p-17", &alone).await;
    assert_eq!(answered.refusal(), (503, "Unavailable".to_owned()));
    assert_eq!(service.runs.so_far(), 0);
    // Who sends them all does not need it for that.
    let header = agent.header(&of_patient("p-17"));
    assert_eq!(
        service
            .send("GET", "/encounters/p-17", &header)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn where_it_never_said_what_is_revoked_no_service_begins() {
    let broken = Broken::default();
    broken.0.store(REVOCATIONS, Ordering::SeqCst);
    assert!(Store::new(broken).await.is_err());
}
