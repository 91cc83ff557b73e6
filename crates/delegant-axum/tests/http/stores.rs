//! A store that cannot tell is a no.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use delegant::{Cid, Did, Signer, Timestamp};
use delegant_axum::DelegantLayer;
use delegant_store::{
    Answer, Backend, Entry, Followed, KeptProof, Mark, Progress, Proofs, Record, Redeemed,
    Redemption, Redemptions, RevocationLog, Sequence, Store, StoreError, Verifier,
};
use tokio::sync::Notify;

use crate::service::{Runs, Service, client, key, of_patient, routes};

/// Knows nothing, and fails where it is told to.
#[derive(Clone, Default)]
struct Broken {
    part: Arc<AtomicU8>,
    /// Where it hangs: that it was asked, and that it may answer.
    asked: Arc<Notify>,
    released: Arc<Notify>,
}

const PROOFS: u8 = 1;
const REVOCATIONS: u8 = 2;
const REDEMPTIONS: u8 = 3;
const HANGS: u8 = 4;

impl Broken {
    fn answer<'a, T: Send + 'a>(&self, part: u8, value: T) -> Answer<'a, T> {
        let fails = self.part.load(Ordering::SeqCst) == part;
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

    fn marked<'a>(&'a self, _: &'a [Mark]) -> Answer<'a, Vec<Entry>> {
        self.answer(REVOCATIONS, Vec::new())
    }

    fn after(&self, _: Sequence, _: usize) -> Answer<'_, Vec<Entry>> {
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

    fn set_followed<'a>(&'a self, _: &'a Followed) -> Answer<'a, ()> {
        self.answer(REVOCATIONS, ())
    }

    fn unfollow<'a>(&'a self, _: &'a Did) -> Answer<'a, ()> {
        self.answer(REVOCATIONS, ())
    }

    fn followed(&self) -> Answer<'_, Vec<Followed>> {
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
        if self.part.load(Ordering::SeqCst) != HANGS {
            return self.answer(REDEMPTIONS, Redeemed::First);
        }
        Box::pin(async {
            self.asked.notify_one();
            self.released.notified().await;
            Ok(Redeemed::First)
        })
    }
}

async fn start() -> (Service, Broken) {
    let (key, runs, broken) = (key(), Runs::default(), Broken::default());
    let store = Store::new(broken.clone()).await.unwrap();
    let verifier = Verifier::new(key.did()).store(store);
    let app = routes(&runs).layer(DelegantLayer::new(verifier).most_at_once(1));
    (Service::serve(app, key, runs).await, broken)
}

#[tokio::test]
async fn where_it_cannot_say_whether_a_call_was_used_the_call_is_not_executed() {
    let (service, broken) = start().await;
    let agent = service.agent(1);
    broken.part.store(REDEMPTIONS, Ordering::SeqCst);
    let header = agent.header(&of_patient("p-17"));
    let answered = service.send("GET", "/encounters/p-17", &header).await;
    assert_eq!(answered.refusal(), (503, "Unavailable".to_owned()));
    assert_eq!(answered.header("retry-after"), Some("1"));
    assert_eq!(answered.problem().detail(), None);
    assert!(!answered.text().contains("canary"));
    assert_eq!(service.runs.so_far(), 0);
    // Once it can, calls go through.
    broken.part.store(0, Ordering::SeqCst);
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
    broken.part.store(PROOFS, Ordering::SeqCst);
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
    broken.part.store(REVOCATIONS, Ordering::SeqCst);
    assert!(Store::new(broken).await.is_err());
}

#[tokio::test]
async fn while_as_many_calls_are_checked_as_may_be_the_next_is_shed() {
    let (service, broken) = start().await;
    let agent = service.agent(1);
    broken.part.store(HANGS, Ordering::SeqCst);
    let headers = [(); 4].map(|()| agent.header(&of_patient("p-17")));
    let get = |header: &String| {
        let request = client().get(service.url("/encounters/p-17"));
        request.header("authorization", header).send()
    };
    let first = tokio::spawn(get(&headers[0]));
    broken.asked.notified().await;
    // Not held up: it is told at once, and its call is unused.
    let shed = service.send("GET", "/encounters/p-17", &headers[1]).await;
    assert_eq!(shed.refusal(), (503, "Busy".to_owned()));
    broken.released.notify_one();
    assert_eq!(first.await.unwrap().unwrap().status(), 200);
    // One that hangs up gives its place back.
    let gone = tokio::spawn(get(&headers[2]));
    broken.asked.notified().await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    broken.part.store(0, Ordering::SeqCst);
    let mut status = 0;
    for _ in 0..50 {
        let answered = service.send("GET", "/encounters/p-17", &headers[1]);
        status = answered.await.status;
        if status == 200 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(status, 200);
}
