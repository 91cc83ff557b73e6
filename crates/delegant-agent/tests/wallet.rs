//! What a wallet keeps, refuses and loses.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::fs;

use delegant::{Algorithm, Delegation, Nonce, Parsed, SecretKey, Signer, Timestamp, Verified};
use delegant_agent::{Added, Wallet, WalletError};

fn delegation(nonce: u8, until: i64) -> Verified<Delegation> {
    let alice = SecretKey::from_bytes(Algorithm::P256, &[1; 32]).unwrap();
    let bob = SecretKey::from_bytes(Algorithm::Ed25519, &[2; 32]).unwrap();
    Delegation::builder(bob.did(), alice.did(), "/read".parse().unwrap())
        .expiration(Timestamp::from_unix(until).unwrap())
        .sign(&alice, Nonce::from_bytes(&[nonce]).unwrap())
        .unwrap()
}

#[test]
fn keeps_what_was_added_across_openings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep").join("wallet");
    let one = delegation(1, 1000);
    let mut wallet = Wallet::open(&path).unwrap();
    assert_eq!(
        wallet.add(&[one.to_parsed()]).unwrap(),
        [Added {
            cid: one.cid(),
            is_new: true
        }]
    );
    assert_eq!(
        wallet.add(&[one.to_parsed()]).unwrap(),
        [Added {
            cid: one.cid(),
            is_new: false
        }]
    );
    let again = Wallet::open(&path).unwrap();
    assert_eq!(
        again.delegations().get(one.cid()).unwrap().bytes(),
        one.bytes()
    );
    assert!(again.damaged().is_empty());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o700
        );
    }
}

#[test]
fn adds_nothing_where_one_is_forged() {
    let folder = tempfile::tempdir().unwrap();
    let mut wallet = Wallet::open(folder.path()).unwrap();
    let good = delegation(1, 1000);
    let mut bytes = delegation(2, 1000).bytes().to_vec();
    bytes[10] ^= 1;
    let forged = Parsed::<Delegation>::decode(&bytes).unwrap();
    let refusal = wallet.add(&[good.to_parsed(), forged]).unwrap_err();
    assert!(matches!(refusal, WalletError::Signature(_)), "{refusal}");
    assert_eq!(wallet.delegations().iter().len(), 0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn passes_over_damaged_and_misnamed_files_and_leaves_them_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (delegation(1, 1000), delegation(2, 1000));
    let mut wallet = Wallet::open(folder.path()).unwrap();
    wallet.add(&[one.to_parsed(), two.to_parsed()]).unwrap();
    let file = |cid| folder.path().join(format!("{cid}.ucan"));
    fs::write(file(one.cid()), b"not a token").unwrap();
    fs::copy(file(two.cid()), folder.path().join("other.ucan")).unwrap();
    fs::write(folder.path().join("notes.txt"), b"mine").unwrap();
    let again = Wallet::open(folder.path()).unwrap();
    assert_eq!(again.delegations().iter().len(), 1);
    assert_eq!(again.damaged().len(), 2);
    assert!(
        again
            .damaged()
            .iter()
            .any(|file| matches!(file.cause, WalletError::Misnamed { .. }))
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
}

#[test]
fn prunes_what_has_expired_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (old, young) = (delegation(1, 999), delegation(2, 1000));
    let mut wallet = Wallet::open(folder.path()).unwrap();
    wallet.add(&[old.to_parsed(), young.to_parsed()]).unwrap();
    let now = Timestamp::from_unix(1000).unwrap();
    assert_eq!(wallet.prune(now).unwrap(), [old.cid()]);
    assert!(wallet.delegations().get(old.cid()).is_none());
    let again = Wallet::open(folder.path()).unwrap();
    assert_eq!(again.delegations().iter().len(), 1);
    assert!(again.delegations().get(young.cid()).is_some());
}
