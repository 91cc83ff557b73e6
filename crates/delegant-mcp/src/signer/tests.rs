//! What a signer and its client do together.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use delegant::{Delegation, DidKeys, Ipld, Nonce, Parsed, SecretKey, Signer, Verified};
use delegant_agent::{Agent, Delegations, Wallet};
use delegant_testing::tokens::{at, key};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use crate::hand::Wish;
use crate::signer::client::SignerClient;
use crate::signer::error::{ServeError, SignerError};
use crate::signer::server::Server;

const TOOL: &str = "/mcp/tools/call/read";

fn given(to: &SecretKey) -> Verified<Delegation> {
    let owner = key(1);
    Delegation::builder(to.did(), owner.did(), TOOL.parse().unwrap())
        .policy(r#"[["==",".name","read"]]"#.parse().unwrap())
        .expiration(at(4_102_444_800))
        .sign(&owner, Nonce::random().unwrap())
        .unwrap()
}

fn wish(name: &str) -> Wish {
    Wish {
        subject: key(1).did(),
        command: TOOL.parse().unwrap(),
        arguments: [("name".to_owned(), name.into())].into(),
        audience: key(1).did(),
        lifetime: Duration::from_secs(30),
    }
}

fn bind(folder: &TempDir, delegations: Delegations) -> Result<Server, ServeError> {
    let agent = Agent::new(key(2), delegations);
    Server::bind(&folder.path().join("run/signer"), agent, &[])
}

async fn say(path: &Path, text: &[u8]) -> String {
    let mut stream = UnixStream::connect(path).await.unwrap();
    // It may have answered, and hung up, before all is said.
    let _ = stream.write_all(text).await;
    let _ = stream.shutdown().await;
    let mut answer = String::new();
    // Whoever is not listened to to the end sees the connection reset.
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

#[tokio::test]
async fn signs_what_its_wallet_proves_and_tells_who_asked() {
    let folder = TempDir::new().unwrap();
    let (tell, told) = mpsc::channel();
    let delegations = Delegations::from_iter([given(&key(2))]);
    let server = bind(&folder, delegations).unwrap().tell(move |asked| {
        tell.send(format!("{} {:?} {asked:?}", asked.code, asked.process))
            .unwrap();
    });
    tokio::spawn(server.serve());
    let path = folder.path().join("run/signer");
    let client = SignerClient::connect(&path).await.unwrap();
    assert_eq!(*client.did(), key(2).did());

    let container = client.invoke(&wish("read")).await.unwrap();
    let invocation = container.invocation().unwrap().verify(&DidKeys).unwrap();
    assert_eq!(*invocation.issuer(), key(2).did());
    assert_eq!(invocation.arguments(), &wish("read").arguments);
    assert_eq!(container.delegations().len(), 1);
    let line = told.recv().unwrap();
    assert!(line.starts_with("Signed") && line.contains(TOOL), "{line}");
    assert!(line.contains(&std::process::id().to_string()), "{line}");

    let error = client.invoke(&wish("secret-name")).await.unwrap_err();
    assert_eq!(error.code(), "NoProof");
    assert!(
        error.to_string().contains("secret-name"),
        "the one who asks sees why: {error}"
    );
    let line = told.recv().unwrap();
    assert!(
        line.starts_with("NoProof") && !line.contains("secret-name"),
        "{line}"
    );
    assert!(!error.to_string().contains("did:key"), "{error}");
}

#[tokio::test]
async fn finds_what_comes_into_its_wallet_later() {
    let folder = TempDir::new().unwrap();
    let wallet = folder.path().join("wallet");
    let server = bind(&folder, Delegations::default())
        .unwrap()
        .wallet(wallet.clone());
    tokio::spawn(server.serve());
    let client = SignerClient::connect(&folder.path().join("run/signer"))
        .await
        .unwrap();
    assert_eq!(
        client.invoke(&wish("read")).await.unwrap_err().code(),
        "NoProof"
    );
    let parsed: Parsed<Delegation> = given(&key(2)).to_parsed();
    Wallet::open(&wallet).unwrap().add(&[parsed]).unwrap();
    assert!(client.invoke(&wish("read")).await.is_ok());
}

#[tokio::test]
async fn a_client_finds_a_signer_that_was_started_anew() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("run/signer");
    let delegations = Delegations::from_iter([given(&key(2))]);
    let first = tokio::spawn(bind(&folder, delegations.clone()).unwrap().serve());
    let client = SignerClient::connect(&path).await.unwrap();
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    assert!(!path.exists(), "a signer that ends takes its socket along");
    tokio::spawn(bind(&folder, delegations).unwrap().serve());
    assert!(client.invoke(&wish("read")).await.is_ok());
}

#[tokio::test]
async fn answers_nonsense_and_goes_on() {
    let folder = TempDir::new().unwrap();
    tokio::spawn(bind(&folder, Delegations::default()).unwrap().serve());
    let path = folder.path().join("run/signer");
    let answer = say(&path, b"sign this\n{\"v\":1,\"who\":true}\n").await;
    let lines: Vec<_> = answer.lines().collect();
    assert!(lines[0].contains("Malformed"), "{answer}");
    assert!(lines[1].contains("did:key"), "{answer}");
    let answer = say(&path, b"{\"v\":1,\"who\":true}").await;
    assert!(answer.contains("no end"), "{answer}");
    let answer = say(&path, &vec![b' '; 2 * 1024 * 1024]).await;
    assert!(!answer.contains("did"), "{answer}");
    let deep = format!(
        r#"{{"v":1,"invoke":{{"subject":"did:web:a","command":"/x","arguments":{}"#,
        "[".repeat(9000)
    );
    assert!(
        say(&path, format!("{deep}\n").as_bytes())
            .await
            .contains("Malformed")
    );
}

#[tokio::test]
async fn signs_for_no_other_user() {
    let folder = TempDir::new().unwrap();
    let mut server = bind(&folder, Delegations::default()).unwrap();
    // Another user cannot be had in a test: so the owner is another one.
    server.belongs_to_another();
    tokio::spawn(server.serve());
    let error = SignerClient::connect(&folder.path().join("run/signer"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "NotAllowed");
}

#[tokio::test]
async fn listens_only_where_nobody_else_can() {
    let folder = TempDir::new().unwrap();
    let run = folder.path().join("run");
    let path = run.join("signer");
    let server = bind(&folder, Delegations::default()).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!((mode(&run), mode(&path)), (0o700, 0o600));

    assert!(matches!(
        bind(&folder, Delegations::default()),
        Err(ServeError::Busy { .. })
    ));
    drop(server);
    // Left behind by one that was killed.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    drop(bind(&folder, Delegations::default()).unwrap());
    fs::write(&path, "mine").unwrap();
    assert!(matches!(
        bind(&folder, Delegations::default()),
        Err(ServeError::Exists { .. })
    ));
    assert_eq!(fs::read(&path).unwrap(), b"mine");
    fs::remove_file(&path).unwrap();
    fs::set_permissions(&run, Permissions::from_mode(0o750)).unwrap();
    let error = bind(&folder, Delegations::default())
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("chmod 700"), "{error}");
}

#[tokio::test]
async fn says_where_nobody_answers() {
    let folder = TempDir::new().unwrap();
    let error = SignerClient::connect(&folder.path().join("nobody"))
        .await
        .unwrap_err();
    assert!(matches!(error, SignerError::Unreachable { .. }));
    assert_eq!(error.code(), "NoSigner");
    assert!(error.to_string().contains("delegant signer"), "{error}");
}

#[tokio::test]
async fn what_cannot_be_sent_is_not_asked_for() {
    let folder = TempDir::new().unwrap();
    tokio::spawn(bind(&folder, Delegations::default()).unwrap().serve());
    let client = SignerClient::connect(&folder.path().join("run/signer"))
        .await
        .unwrap();
    let mut wish = wish("read");
    wish.arguments.insert("/".to_owned(), Ipld::Null);
    assert!(matches!(
        client.invoke(&wish).await,
        Err(SignerError::Arguments(_))
    ));
}
