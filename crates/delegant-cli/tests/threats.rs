//! What a token may do to whoever looks at it: nothing.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use delegant::{
    Algorithm, Container, ContainerFormat, Delegation, Invocation, Ipld, Nonce, Policy, Revocation,
    SecretKey, Signer as _, Token, policy,
};
use snapbox::cmd::cargo_bin;

/// Clears the screen, names the window, begins a line of its own, turns the writing around.
const HOSTILE: &str =
    "\u{1b}[2J\u{1b}]0;owned\u{7}\r\nerror: valid\u{202e}dilav\u{9b}31m\u{200b}\u{2028}\u{8}\u{7f}";

fn run(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(cargo_bin("delegant"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Whoever needs no input may have closed it.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// Lines there are, and they are ours; nothing else that a terminal would obey.
fn is_harmless(what: &str, output: &Output) {
    for (stream, bytes) in [("out", &output.stdout), ("err", &output.stderr)] {
        let text = std::str::from_utf8(bytes).unwrap();
        for letter in text.chars() {
            let invisible = "\u{202e}\u{200b}\u{2028}".contains(letter);
            assert!(
                letter == '\n' || !(letter.is_control() || invisible),
                "{what}: {letter:?} in {stream}: {text}"
            );
        }
        assert!(
            !text.lines().any(|line| line.starts_with("error: valid")),
            "{what}: a line of its own: {text}"
        );
    }
}

fn container(tokens: Vec<Token>) -> Vec<u8> {
    Container::from_iter(tokens)
        .encode(ContainerFormat::Base64Url)
        .unwrap()
}

#[test]
fn nothing_from_a_token_moves_the_cursor() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let alice = SecretKey::from_bytes(Algorithm::Ed25519, &[1; 32]).unwrap();
    let bob = SecretKey::from_bytes(Algorithm::Ed25519, &[2; 32]).unwrap();
    let command = || "/read".parse().unwrap();
    let quoted = format!(".[\"{}\"]", HOSTILE.replace(['\n', '\r'], ""));
    let policy = Policy::new([
        policy::equal(".text", HOSTILE),
        policy::equal(&quoted, HOSTILE),
        policy::like(".text", &format!("*{HOSTILE}")),
    ]);
    let given = Delegation::builder(bob.did(), alice.did(), command())
        .policy(policy.unwrap())
        .meta(HOSTILE, HOSTILE)
        .never_expires()
        .sign(&alice, Nonce::from_bytes(HOSTILE.as_bytes()).unwrap())
        .unwrap();
    let call = |text: &str| {
        Invocation::builder(alice.did(), command())
            .argument("text", text)
            .argument(HOSTILE, Ipld::List(vec![HOSTILE.into()]))
            .meta(HOSTILE, HOSTILE)
            .proofs([given.cid()])
            .never_expires()
            .sign(&bob, Nonce::empty())
            .unwrap()
    };
    let revoked = Revocation::builder(given.cid()).sign(&alice).unwrap();
    let files = [
        ("given.ucan", container(vec![given.clone().into()])),
        (
            "call.ucan",
            container(vec![given.clone().into(), call(HOSTILE).into()]),
        ),
        (
            "other.ucan",
            container(vec![given.clone().into(), call("\u{1b}[1m").into()]),
        ),
        ("revoked.token", revoked.bytes().to_vec()),
        // Names that no token has: of a field, of a version, of an operator.
        ("field.token", renamed(given.bytes(), b"nonce", b"non\x1be")),
        (
            "version.token",
            renamed(given.bytes(), b"dlg@1.0.0", b"dlg@\x1b[2J0"),
        ),
        (
            "operator.token",
            renamed(given.bytes(), b"like", b"\x1b[2J"),
        ),
        ("text.ucan", HOSTILE.as_bytes().to_vec()),
    ];
    for (file, bytes) in &files {
        fs::write(folder.join(file), bytes).unwrap();
    }
    for (file, bytes) in &files {
        for look in [
            &["inspect", file][..],
            &["inspect", file, "--json"],
            &["inspect", file, "--dag-json"],
            &["inspect", "-"],
            &["verify", file],
            &["verify", file, "--json"],
            &["verify", "call.ucan", "--revocations", file],
            &["wallet", "add", "--wallet", "w", file],
            &["wallet", "list", "--wallet", "w"],
            &["wallet", "list", "--wallet", "w", "--json"],
        ] {
            is_harmless(&format!("{look:?} {file}"), &run(folder, look, bytes));
        }
    }
    // The tokens were read, not refused at the door.
    let said = run(folder, &["inspect", "call.ucan"], b"");
    assert!(said.status.success());
    assert!(
        String::from_utf8(said.stdout)
            .unwrap()
            .contains("\\u001b[2J")
    );
}

/// What a person was sent and pastes is no safer than a token.
#[test]
fn nothing_that_was_pasted_moves_the_cursor() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for pasted in [
        HOSTILE,
        &format!("did:key:{HOSTILE}"),
        &format!("[[\"{HOSTILE}\"]]"),
    ] {
        for look in [
            &["inspect", pasted][..],
            &["inspect", pasted, "--json"],
            &["verify", pasted],
            &["key", "show", pasted],
            &["verify", "-", "--executor", pasted],
            &["verify", "-", "--at", pasted],
            &[pasted],
            &["verify", "--no-such-flag", pasted],
            &["wallet", pasted],
            &[
                "delegate",
                "--key",
                "no.pem",
                "--to",
                pasted,
                "--command",
                pasted,
            ],
            &["policy", "check", "--policy", pasted, "--args", "{}"],
            &["policy", "check", "--policy", "[]", "--args", pasted],
        ] {
            is_harmless(&format!("{look:?}"), &run(folder, look, b""));
        }
    }
}

/// The token with one text changed for another of the same length.
fn renamed(token: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut token = token.to_vec();
    let place = token.windows(from.len()).position(|part| part == from);
    for (byte, new) in token.iter_mut().skip(place.unwrap()).zip(to) {
        *byte = *new;
    }
    token
}
