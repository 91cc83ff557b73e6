//! Files, pipes, forms and the demo.

use std::fs;
use std::io::Read as _;

use serde_json::Value;

use crate::desk::Desk;

#[cfg(unix)]
#[test]
fn key_files_and_passphrases_belong_to_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let open = || fs::Permissions::from_mode(0o644);
    let mut desk = Desk::new();
    desk.plain_key("alice.pem", "ed25519");
    let path = desk.path().join("alice.pem");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    fs::set_permissions(&path, open()).unwrap();
    let answer = desk.run("key show alice.pem");
    assert_eq!(answer.code, 2);
    assert!(answer.err.contains("chmod 600 alice.pem"), "{}", answer.err);

    desk.write_private("pass", "a passphrase");
    fs::set_permissions(desk.path().join("pass"), open()).unwrap();
    let answer = desk.run("key new bob.pem --passphrase-file pass");
    assert_eq!(answer.code, 2);
    assert!(answer.err.contains("chmod 600 pass"), "{}", answer.err);
    assert!(!desk.path().join("bob.pem").exists());
}

#[test]
fn a_key_file_is_never_overwritten() {
    let mut desk = Desk::new();
    let alice = desk.plain_key("alice.pem", "ed25519");
    assert_eq!(desk.run("key new --plain alice.pem").code, 2);
    let answer = desk.run("invoke --key alice.pem --command /ping --output alice.pem");
    assert_eq!(answer.code, 2, "{}", answer.err);
    assert_eq!(desk.ok("key show alice.pem"), alice);
}

#[test]
fn without_a_terminal_nobody_is_asked_for_a_passphrase() {
    let mut desk = Desk::new();
    desk.write_private("pass", "a passphrase\n");
    let alice = desk.ok("key new alice.pem --passphrase-file pass");
    let plain = desk.ok("key convert alice.pem plain.pem --plain --passphrase-file pass");
    assert_eq!(plain, alice);
    assert!(desk.ok("inspect plain.pem").contains(&alice));
    assert!(!desk.ok("inspect alice.pem").contains(&alice));
    // With a terminal, it would wait for somebody to type.
    if fs::File::open("/dev/tty").is_err() {
        let answer = desk.run("key show alice.pem");
        assert_eq!(answer.code, 2);
        assert!(answer.err.contains("--passphrase-file"), "{}", answer.err);
    }
}

#[test]
fn every_form_of_a_container_is_written_and_read() {
    let mut desk = Desk::new();
    desk.plain_key("alice.pem", "ed25519");
    for (form, header) in [
        ("bytes", b'@'),
        ("base64", b'B'),
        ("base64url", b'C'),
        ("bytes-gzip", b'M'),
        ("base64-gzip", b'O'),
        ("base64url-gzip", b'P'),
    ] {
        let sign = format!("invoke --key alice.pem --command /ping --format {form}");
        desk.ok(&format!("{sign} -o call.ucan"));
        let bytes = fs::read(desk.path().join("call.ucan")).unwrap();
        assert_eq!(bytes.first(), Some(&header));
        assert_eq!(desk.run("verify call.ucan").code, 0, "{form}");
        assert_eq!(desk.pipe("verify -", &bytes).code, 0, "{form}");
    }
}

#[test]
fn the_older_edition_is_written_where_asked_for() {
    let mut desk = Desk::new();
    desk.plain_key("alice.pem", "ed25519");
    let call = desk.ok("invoke --key alice.pem --command /ping --write-rc1");
    let seen = desk.pipe("inspect --json", &call).json();
    assert_eq!(seen["tokens"][0]["edition"], "1.0.0-rc.1");
    assert_eq!(desk.pipe("verify", call).code, 0);
}

#[test]
fn dag_json_leads_back_to_the_same_bytes() {
    let mut desk = Desk::new();
    desk.plain_key("alice.pem", "p256");
    let call = desk.ok("invoke --key alice.pem --command /ping --json");
    let call: Value = serde_json::from_str(&call).unwrap();
    let view = desk.pipe("inspect --dag-json", call["container"].as_str().unwrap());
    let token = desk.pipe("inspect --from-dag-json", view.out);
    let verdict = desk.pipe("verify --json", token.out);
    assert_eq!(verdict.code, 0);
    assert_eq!(verdict.json()["token"], call["cid"]);
}

#[test]
fn the_nonce_can_be_left_empty_so_that_the_same_call_is_the_same_task() {
    let mut desk = Desk::new();
    desk.plain_key("alice.pem", "ed25519");
    let mut task = |flag: &str| {
        let call = desk.ok(&format!(
            "invoke --key alice.pem --command /ping --json {flag}"
        ));
        let call: Value = serde_json::from_str(&call).unwrap();
        call["invocation"]["task"].as_str().unwrap().to_owned()
    };
    assert_eq!(task("--nonce-empty"), task("--nonce-empty"));
    assert_ne!(task(""), task(""));
}

#[test]
fn a_wallet_is_not_made_by_mistake() {
    let mut desk = Desk::new();
    let answer = desk.run("wallet list --wallet walet");
    assert_eq!(answer.code, 2);
    assert!(!desk.path().join("walet").exists());
}

#[test]
fn a_wallet_loses_what_has_expired() {
    let mut desk = Desk::new();
    desk.plain_key("alice.pem", "ed25519");
    let agent = desk.plain_key("agent.pem", "ed25519");
    for expires in ["1h", "1d"] {
        let given = desk.ok(&format!(
            "delegate --key alice.pem --to {agent} --command /read --expires {expires}"
        ));
        assert_eq!(desk.pipe("wallet add --wallet w", given).code, 0);
    }
    let pruned = desk.run("wallet prune --wallet w --at 2h --json").json();
    assert_eq!(pruned["pruned"].as_array().unwrap().len(), 1);
    let left = desk.run("wallet list --wallet w --json").json();
    assert_eq!(left["delegations"].as_array().unwrap().len(), 1);
}

#[test]
fn the_demo_holds_and_says_so() {
    let mut desk = Desk::new();
    let answer = desk.run("demo --json");
    assert_eq!(answer.code, 0, "{}", answer.out);
    let steps = answer.json();
    let codes: Vec<&str> = steps
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["error"]["code"].as_str().unwrap_or("valid"))
        .collect();
    let expected = "valid Replayed MatchError MatchError CommandNotCovered Expired InvalidAudience \
        InvalidAudience InvalidSignature CommandNotCovered Revoked RefusedPrincipal";
    assert_eq!(codes.join(" "), expected);

    let text = desk.ok("demo");
    assert!(text.contains("12 of 12 verdicts as expected"), "{text}");
    let widest = text.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(100), "{text}");
    assert!(!text.contains('\u{1b}'), "colour without a terminal");
}

/// Whoever stops reading gets no panic and changes no verdict.
#[test]
fn a_closed_pipe_is_no_failure() {
    let desk = Desk::new();
    for arguments in ["demo", "--help", "completions zsh"] {
        let mut child = desk.command(arguments).spawn().unwrap();
        drop(child.stdout.take());
        let mut said = String::new();
        let mut stderr = child.stderr.take().unwrap();
        stderr.read_to_string(&mut said).unwrap();
        assert_eq!(said, "", "{arguments}");
        assert_eq!(child.wait().unwrap().code(), Some(0), "{arguments}");
    }
}
