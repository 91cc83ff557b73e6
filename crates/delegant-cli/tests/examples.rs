//! Every example in a help text works, in the order of the verbs.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]
#![cfg(all(unix, feature = "http", feature = "mcp", feature = "store"))]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use snapbox::cmd::cargo_bin;
use tempfile::TempDir;

use crate::serving::Serving;

#[path = "terminal/serving.rs"]
mod serving;

const VERBS: [&[&str]; 27] = [
    &["key", "new"],
    &["key", "show"],
    &["key", "convert"],
    &["delegate"],
    &["invoke"],
    &["verify"],
    &["call"],
    &["inspect"],
    &["policy", "check"],
    &["receipt", "sign"],
    &["receipt", "verify"],
    &["wallet", "add"],
    &["wallet", "list"],
    &["wallet", "prove"],
    &["wallet", "prune"],
    &["revoke"],
    &["refuse"],
    &["revocations", "follow"],
    &["revocations", "list"],
    &["revocations", "export"],
    &["revocations", "import"],
    &["mcp", "suggest"],
    &["mcp", "why"],
    &["mcp", "config"],
    &["demo"],
    &["completions"],
    &["verify"],
];

/// Where the examples call to.
const PLACE: &str = "https://records.example";

fn shell(line: &str, folder: &Path) -> Output {
    let binary = cargo_bin("delegant");
    let path = format!(
        "{}:{}",
        binary.parent().unwrap().display(),
        std::env::var("PATH").unwrap_or_default()
    );
    Command::new("sh")
        .args(["-c", line])
        .current_dir(folder)
        .env("PATH", path)
        .output()
        .unwrap()
}

/// The lines behind `Examples:`, continued lines joined.
fn examples(verb: &[&str], folder: &Path) -> Vec<String> {
    let help = shell(&format!("delegant {} --help", verb.join(" ")), folder);
    let help = String::from_utf8(help.stdout).unwrap();
    let (_, examples) = help.split_once("Example").unwrap_or_default();
    examples
        .replace("\\\n", "")
        .lines()
        .skip(1)
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// Where a person would type a passphrase, it comes from a file.
fn unattended(example: &str) -> String {
    let mut line = example.to_owned();
    let by_hand = !line.contains("--plain") && !line.contains("passphrase-file");
    if by_hand && line.contains("key new") {
        line.push_str(" --passphrase-file passphrase.txt");
    }
    if by_hand && line.contains("key convert") {
        line.push_str(" --new-passphrase-file passphrase.txt");
    }
    line
}

#[test]
fn every_example_works() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    let passphrase = folder.join("passphrase.txt");
    fs::write(&passphrase, "a passphrase of no great worth\n").unwrap();
    fs::set_permissions(&passphrase, fs::Permissions::from_mode(0o600)).unwrap();

    let record = r#"{"id":"9f86d081884c7d65","time":1780272000,"decided":"let_through","code":"NoToken",
        "method":"tools/call","name":"read","command":"/mcp/tools/call/read","server":"did:web:a.example",
        "arguments":{"name":"read","arguments":{"patient":"w3-17","note":"round"}}}"#;
    fs::write(folder.join("record.jsonl"), record.replace('\n', "")).unwrap();

    let mut count = 0;
    let mut service = None;
    for (index, verb) in VERBS.iter().enumerate() {
        let examples = examples(verb, folder);
        assert!(!examples.is_empty(), "{verb:?} has no example");
        for example in examples {
            // The first time round nothing has been revoked yet.
            if example.contains("revoked.ucan") && *verb == ["verify"] && index + 1 < VERBS.len() {
                continue;
            }
            let mut line = unattended(&example);
            if line.contains(PLACE) {
                // Alice is the service: her key is the one that its examples take.
                let service =
                    service.get_or_insert_with(|| Serving::start(&folder.join("alice.pem")));
                line = line.replace(PLACE, &service.url);
            }
            let output = shell(&line, folder);
            let revoked = example.contains("--revocations");
            let expected = if revoked { Some(1) } else { Some(0) };
            assert_eq!(
                output.status.code(),
                expected,
                "{example}\n{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
            count += 1;
        }
        if *verb == ["key", "new"] {
            // From here on nobody types: the keys of the examples are plain ones.
            let plain = "rm alice.pem helper.pem && delegant key new --plain alice.pem \
                && delegant key new --plain helper.pem";
            assert!(shell(plain, folder).status.success());
        }
    }
    assert!(service.is_some_and(|service| service.did.public_key().is_some()));
    assert!(count > 41, "{count}");
}
