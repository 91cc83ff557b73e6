//! What must not be said.

use delegant::{Algorithm, SecretKey};
use delegant_agent::{Protection, StoredKey};

use crate::{WORDS, directory, encrypted_anew, load_encrypted, load_plain, passphrase, plain, put};

const CANARY: &[u8; 32] = b"a-canary-in-the-coal-mine-sings!";

/// As text, as a list of bytes, as hex, and as in the PEM.
fn spellings() -> Vec<String> {
    let hex: String = CANARY.iter().map(|byte| format!("{byte:02x}")).collect();
    let list = format!("{:?}", &CANARY[8..16]);
    let alice = SecretKey::from_bytes(Algorithm::Ed25519, CANARY).unwrap();
    let body = plain(&alice).lines().nth(1).unwrap()[32..56].to_owned();
    vec![
        "canary".into(),
        hex[16..32].into(),
        list.trim_matches(['[', ']']).into(),
        body,
        WORDS.into(),
    ]
}

fn keeps_quiet(text: &str) {
    for secret in spellings() {
        assert!(!text.contains(&secret), "{secret} in {text}");
    }
}

#[test]
fn are_in_no_debug_text() {
    let alice = SecretKey::from_bytes(Algorithm::Ed25519, CANARY).unwrap();
    let words = passphrase(WORDS);
    keeps_quiet(&format!("{words:?} {:?}", Protection::Passphrase(&words)));
    keeps_quiet(&format!(
        "{:#?}",
        StoredKey::from_pem(&plain(&alice)).unwrap()
    ));
    let text = encrypted_anew(|_| {});
    keeps_quiet(&format!("{:#?}", StoredKey::from_pem(&text).unwrap()));
}

#[test]
fn are_in_no_error() {
    let (_directory, path) = directory();
    let alice = SecretKey::from_bytes(Algorithm::Ed25519, CANARY).unwrap();
    let text = plain(&alice);
    for broken in [
        text.replace("PRIVATE KEY", "SECRET KEY"),
        text.replace("-----BEGIN PRIVATE KEY-----\n", "-----BEGIN "),
        text.replace("-----END", "----END"),
        text.replace("MC4C", "MC4D"),
        format!("{text}{text}"),
        format!("canary {text}"),
        format!("\u{feff}{text}"),
        String::from_utf8_lossy(CANARY).into_owned(),
    ] {
        put(&path, &broken);
        let error = load_plain(&path).unwrap_err();
        keeps_quiet(&format!("{error} {error:?} {error:#?}"));
    }
    put(&path, encrypted_anew(|_| {}));
    let error = load_encrypted(&path, "canary").unwrap_err();
    keeps_quiet(&format!("{error} {error:?}"));
}
