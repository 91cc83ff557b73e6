//! The feed of another service, taken into a store of one's own.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use delegant::{Delegation, DidKeys, Nonce, Revocation, Signer, Verified};
use delegant_http::{Entry, Head, Page};
use delegant_store::{FollowError, Follower, Store, Subscription, Verifier, snapshot};
use delegant_testing::tokens::{at, call, chain, container, key, now, parsed, revocation};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const SERVICE: u8 = 50;

/// A service that tells the feed of a store.
#[derive(Clone)]
struct Service {
    store: Store,
    tells: bool,
    asked: Arc<Mutex<Vec<String>>>,
    lies: watch::Sender<Option<Page>>,
}

impl Service {
    fn new(tells: bool) -> Self {
        Self {
            store: Store::memory(),
            tells,
            asked: Arc::default(),
            lies: watch::Sender::new(None),
        }
    }

    async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/revocations", listener.local_addr().unwrap());
        let service = self.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let service = service.clone();
                tokio::spawn(async move { service.answer(stream).await });
            }
        });
        url
    }

    async fn page(&self, after: u64) -> Page {
        if let Some(lie) = self.lies.borrow().clone() {
            return lie;
        }
        let whole = snapshot(
            &self.store,
            &key(SERVICE),
            now().saturating_add(Duration::from_secs(10)),
        )
        .await
        .unwrap();
        let mut page: Page = serde_json::from_str(&whole).unwrap();
        page.entries.retain(|entry| entry.seq > after);
        page.entries.truncate(3);
        page
    }

    async fn answer(&self, mut stream: TcpStream) {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(stream.read_u8().await.unwrap());
        }
        let request = String::from_utf8(request).unwrap();
        self.asked.lock().unwrap().push(request.clone());
        let (_, after) = request.split_once("after=").unwrap();
        let mut after: u64 = after.split(' ').next().unwrap().parse().unwrap();
        let page = self.page(after).await;
        let tag = format!("\"{}\"", self.store.newest());
        if self.tells && request.contains("text/event-stream") {
            let begin =
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
            stream.write_all(begin.as_bytes()).await.unwrap();
            loop {
                let page = self.page(after).await;
                let mut events = String::new();
                for entry in &page.entries {
                    after = entry.seq;
                    let data = serde_json::to_string(entry).unwrap();
                    events += &format!("event: revocation\nid: {after}\ndata: {data}\n\n");
                }
                events += &format!("event: head\ndata: {}\n\n", page.head);
                if stream.write_all(events.as_bytes()).await.is_err() {
                    return;
                }
                let _ =
                    tokio::time::timeout(Duration::from_secs(1), self.store.beyond(after)).await;
            }
        }
        let answer = if request.contains(&format!("if-none-match: {tag}")) {
            format!(
                "HTTP/1.1 304 Not Modified\r\nucan-feed-head: {}\r\nconnection: close\r\n\r\n",
                page.head
            )
        } else {
            let body = serde_json::to_string(&page).unwrap();
            format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\netag: {tag}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            )
        };
        stream.write_all(answer.as_bytes()).await.unwrap();
    }

    async fn revoke(&self, link: &Verified<Delegation>) {
        let revocation = revocation(link, &key(1));
        self.store
            .add(
                &revocation,
                &parsed(std::slice::from_ref(link)),
                &DidKeys,
                now(),
            )
            .await
            .unwrap();
    }
}

fn link(more: i64) -> Verified<Delegation> {
    chain(&[&key(1), &key(2)], now().to_unix() + 1000 + more).remove(0)
}

async fn is_revoked(store: &Store, link: &Verified<Delegation>) -> bool {
    let verifier = Verifier::new(key(1).did()).store(store.clone());
    let links = [link.clone()];
    let sent = container(
        &links,
        &call(&key(1), &key(2), &links, now().to_unix() + 60, 1),
    );
    verifier
        .check(&sent)
        .await
        .is_err_and(|refusal| refusal.code() == "Revoked")
}

#[tokio::test]
async fn what_was_revoked_there_is_refused_here_after_asking() {
    let service = Service::new(false);
    let url = service.serve().await;
    let links: Vec<_> = (0..8).map(link).collect();
    for link in &links[..7] {
        service.revoke(link).await;
    }
    let store = Store::memory();
    let feed = Subscription::new(Follower::new(store.clone(), key(SERVICE).did()), &url).unwrap();
    let heard = feed.once().await.unwrap();
    assert_eq!((heard.taken, heard.sequence, heard.head.seq), (7, 7, 7));
    for link in &links[..7] {
        assert!(is_revoked(&store, link).await);
    }
    assert!(!is_revoked(&store, &links[7]).await);
    assert!(store.staleness() < Duration::from_secs(5));
    // Nothing new is said in a few bytes, and then something is.
    assert_eq!(feed.once().await.unwrap().taken, 0);
    assert!(
        service
            .asked
            .lock()
            .unwrap()
            .last()
            .unwrap()
            .contains("if-none-match")
    );
    service.revoke(&links[7]).await;
    assert_eq!(feed.once().await.unwrap().taken, 1);
    assert!(is_revoked(&store, &links[7]).await);
    // Another that comes to the same store goes on where this one was.
    let other = Follower::new(store, key(SERVICE).did());
    assert_eq!(other.sequence(), 8);
}

#[tokio::test]
async fn what_happens_there_is_refused_here_within_a_second() {
    for tells in [true, false] {
        let service = Service::new(tells);
        let url = service.serve().await;
        let store = Store::memory();
        let follower = Follower::new(store.clone(), key(SERVICE).did());
        let following = tokio::spawn(Subscription::new(follower, &url).unwrap().run(|_| ()));
        let patience = Duration::from_secs(if tells { 1 } else { 12 });
        for more in 0..if tells { 5 } else { 1 } {
            let link = link(100 + more);
            service.revoke(&link).await;
            let began = std::time::Instant::now();
            while !is_revoked(&store, &link).await {
                assert!(began.elapsed() < patience, "{tells}");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        following.abort();
    }
}

#[tokio::test]
async fn a_service_that_is_gone_makes_what_is_known_grow_old() {
    let store = Store::memory();
    let url = {
        let service = Service::new(false);
        let url = service.serve().await;
        let follower = Follower::new(store.clone(), key(SERVICE).did());
        Subscription::new(follower, &url)
            .unwrap()
            .once()
            .await
            .unwrap();
        url
    };
    // Another service at the same address is not believed, and does not count as news.
    let port_of_nobody = url.replace("127.0.0.1", "127.0.0.2");
    let follower = Follower::new(store.clone(), key(SERVICE).did());
    let gone = Subscription::new(follower, &port_of_nobody).unwrap();
    assert!(matches!(
        gone.once().await,
        Err(FollowError::Unreachable(_))
    ));
    let strict = Verifier::new(key(1).did())
        .store(store)
        .max_staleness("/read".parse().unwrap(), Duration::from_secs(1));
    tokio::time::sleep(Duration::from_millis(2100)).await;
    let sent = container(&[], &call(&key(1), &key(1), &[], now().to_unix() + 60, 1));
    assert_eq!(
        strict.check(&sent).await.unwrap_err().code(),
        "RevocationStale"
    );
}

fn head(seq: u64, time: i64, signer: u8) -> String {
    let next_update = time + 60;
    let head = Head {
        seq,
        time,
        next_update,
    };
    head.sign(&key(signer), Nonce::random().unwrap()).unwrap()
}

#[tokio::test]
async fn nothing_is_believed_of_a_feed_but_what_is_signed() {
    let store = Store::memory();
    let follower = Follower::new(store.clone(), key(SERVICE).did());
    let present = now().to_unix();
    let page = |entries: Vec<Entry>, head: String| Page { entries, head };
    let other = follower.apply(&page(Vec::new(), head(0, present, 9))).await;
    assert!(matches!(other, Err(FollowError::Head(_))));
    let ahead = follower
        .apply(&page(Vec::new(), head(0, present + 1000, SERVICE)))
        .await;
    assert!(matches!(ahead, Err(FollowError::Ahead { .. })));
    // An entry that says it is by somebody who did not sign it.
    let sound = revocation(&link(0), &key(1));
    let mut forged = sound.bytes().to_vec();
    forged[10] ^= 1;
    let entry = |seq, bytes: &[u8]| {
        let token = delegant::Token::decode(bytes).unwrap();
        let text = delegant::Container::from_iter([token])
            .encode(delegant::ContainerFormat::Base64Url)
            .unwrap();
        Entry {
            seq,
            container: String::from_utf8(text).unwrap(),
        }
    };
    let lie = page(vec![entry(1, &forged)], head(1, present, SERVICE));
    let refused = follower.apply(&lie).await;
    assert!(matches!(
        refused,
        Err(FollowError::Entry { sequence: 1, .. })
    ));
    assert_eq!(follower.sequence(), 0);
    assert!(store.followed().is_empty());
    // The same, as it was signed.
    let truth = page(vec![entry(1, sound.bytes())], head(1, present, SERVICE));
    assert_eq!(follower.apply(&truth).await.unwrap().taken, 1);
    // And then it goes back.
    let back = follower
        .apply(&page(Vec::new(), head(0, present, SERVICE)))
        .await;
    assert!(matches!(
        back,
        Err(FollowError::RolledBack { had: 1, has: 0 })
    ));
}

#[tokio::test]
async fn a_snapshot_serves_who_is_offline_and_an_older_one_is_refused() {
    let service = Service::new(false);
    let soon = || now().saturating_add(Duration::from_secs(3600));
    let links: Vec<_> = (0..3).map(link).collect();
    service.revoke(&links[0]).await;
    let older = snapshot(&service.store, &key(SERVICE), soon())
        .await
        .unwrap();
    service.revoke(&links[1]).await;
    let newer = snapshot(&service.store, &key(SERVICE), soon())
        .await
        .unwrap();
    // It does not say what the revoked delegations say.
    assert!(!newer.contains("/read"));

    let folder = tempfile::tempdir().unwrap();
    let address = format!("sqlite:{}", folder.path().join("delegant.db").display());
    let store = Store::open(&address).await.unwrap();
    let heard = Follower::new(store.clone(), key(SERVICE).did())
        .import(&newer)
        .await
        .unwrap();
    assert_eq!((heard.taken, heard.is_all), (2, true));
    drop(store);
    let store = Store::open(&address).await.unwrap();
    assert!(is_revoked(&store, &links[0]).await && is_revoked(&store, &links[1]).await);
    assert!(!is_revoked(&store, &links[2]).await);
    let follower = Follower::new(store, key(SERVICE).did());
    assert!(matches!(
        follower.import(&older).await,
        Err(FollowError::RolledBack { had: 2, has: 1 })
    ));
    assert!(matches!(
        follower.import("{}").await,
        Err(FollowError::Json(_))
    ));
}

#[tokio::test]
async fn who_follows_later_still_honours_what_was_revoked_on_behalf_of_others() {
    let service = Service::new(false);
    let link = link(0);
    let end = now().to_unix() + 1;
    let may = Delegation::builder(key(8).did(), key(1).did(), "/ucan/revoke".parse().unwrap())
        .expiration(at(end))
        .sign(&key(1), Nonce::empty())
        .unwrap();
    let on_behalf = Revocation::builder(link.cid())
        .on_behalf_of(key(1).did(), [may.cid()])
        .sign(&key(8))
        .unwrap();
    let accepted = service
        .store
        .add(&on_behalf, &[may.to_parsed()], &DidKeys, now())
        .await
        .unwrap();
    assert_eq!(accepted.only_own, None);
    tokio::time::sleep(Duration::from_millis(2100)).await;
    let whole = snapshot(
        &service.store,
        &key(SERVICE),
        now().saturating_add(Duration::from_secs(9)),
    )
    .await
    .unwrap();
    let store = Store::memory();
    Follower::new(store.clone(), key(SERVICE).did())
        .import(&whole)
        .await
        .unwrap();
    assert!(is_revoked(&store, &link).await);
}

#[test]
fn an_address_that_is_none_is_refused() {
    for url in [
        "ftp://records.example/",
        "records.example",
        "file:///etc/passwd",
    ] {
        let follower = Follower::new(Store::memory(), key(SERVICE).did());
        assert!(matches!(
            Subscription::new(follower, url),
            Err(FollowError::Address)
        ));
    }
}
