//! From a new key to a revoked delegation.

use std::fs;

use crate::desk::Desk;

const PASSPHRASE: &str = "correct horse battery staple 1234";

#[test]
fn from_a_new_key_to_a_revoked_delegation_without_a_secret_on_the_screen() {
    let mut desk = Desk::new();
    desk.write_private("pass", &format!("{PASSPHRASE}\n"));
    let alice = desk.ok("key new alice.pem --passphrase-file pass");
    let agent = desk.plain_key("agent.pem", "p256");
    let helper = desk.plain_key("helper.pem", "secp256k1");
    assert_eq!(desk.ok("key show alice.pem --passphrase-file pass"), alice);

    // Alice gives to the agent, and the agent keeps it in a wallet.
    let given = desk.run(&format!(
        r#"delegate --key alice.pem --passphrase-file pass --to {agent} --command /encounters/read
        --policy [["==",".patient","p-17"]] --expires 7d --output given.ucan"#
    ));
    assert_eq!(given.code, 0, "{}", given.err);
    let narrows = "narrows: `/` down to `/encounters/read`";
    assert!(given.err.contains(narrows), "{}", given.err);
    assert!(!given.err.contains("warning"), "{}", given.err);
    desk.ok("wallet add --wallet agents given.ucan");

    // The agent gives less of it to the helper, who takes it from a pipe.
    let passed_on = desk.run(&format!(
        r#"delegate --key agent.pem --wallet agents --to {helper} --command /encounters/read
        --policy [["==",".kind","laboratory"]] --expires 1h --json"#
    ));
    assert_eq!(passed_on.code, 0, "{}", passed_on.err);
    assert!(passed_on.warnings().is_empty());
    let passed_on = passed_on.json();
    assert_eq!(passed_on["delegation"]["subject"], alice.as_str());
    let container = passed_on["container"].as_str().unwrap();
    let added = desk.pipe("wallet add --wallet helpers", container);
    assert_eq!((added.code, added.out.lines().count()), (0, 2));

    // The helper calls, and anyone can look and decide.
    let ask = format!(
        "invoke --key helper.pem --subject {alice} --wallet helpers
        --command /encounters/read --arg kind=laboratory --arg"
    );
    let call = desk.ok(&format!("{ask} patient=p-17"));
    assert_eq!(desk.pipe("inspect", &call).code, 0);
    let verdict = desk.pipe(&format!("verify --json --executor {alice}"), &call);
    assert_eq!(verdict.code, 0);
    let verdict = verdict.json();
    assert_eq!(verdict["verdict"], "valid");
    assert_eq!(verdict["invoker"], helper.as_str());
    assert_eq!(verdict["chain"].as_array().unwrap().len(), 2);
    assert!(verdict.get("error").is_none());

    // What would be refused is not printed, except where that is asked for.
    let answer = desk.run(&format!("{ask} patient=p-18"));
    assert_eq!((answer.code, answer.out.as_str()), (1, ""));
    let why = r#"["==",".patient","p-17"] is false"#;
    assert!(answer.err.contains(why), "{}", answer.err);
    let unchecked = desk.ok(&format!("{ask} patient=p-18 --unchecked"));
    let verdict = desk.pipe("verify --json", unchecked);
    assert_eq!(verdict.refusal(), (1, "MatchError".to_owned()));

    // Alice takes it back.
    desk.ok("revoke --key alice.pem --passphrase-file pass --of given.ucan -o revoked.ucan");
    let verdict = desk.pipe("verify --json --revocations revoked.ucan", &call);
    assert_eq!(verdict.refusal(), (1, "Revoked".to_owned()));

    desk.write_private("wrong", "something else\n");
    let answer = desk.run("key show alice.pem --passphrase-file wrong");
    assert_eq!(answer.code, 1, "{}", answer.err);

    let printed = desk.printed();
    assert!(!printed.contains(PASSPHRASE));
    assert!(!printed.contains("PRIVATE KEY"));
    for file in ["alice.pem", "agent.pem", "helper.pem"] {
        let pem = fs::read_to_string(desk.path().join(file)).unwrap();
        for line in pem.lines().filter(|line| !line.starts_with("-----")) {
            assert!(!printed.contains(line), "{file} was printed");
        }
    }
}

#[test]
fn revoking_the_work_of_another_is_called_cosmetic_and_a_principal_can_be_refused() {
    let mut desk = Desk::new();
    desk.plain_key("alice.pem", "ed25519");
    let agent = desk.plain_key("agent.pem", "ed25519");
    let helper = desk.plain_key("helper.pem", "ed25519");
    let give = "--command /read --expires 1h --json";
    desk.ok(&format!(
        "delegate --key alice.pem --to {agent} {give} -o given.ucan"
    ));
    let passed_on = desk.run(&format!(
        "delegate --key agent.pem --to {helper} {give} --proofs given.ucan -o passed-on.ucan"
    ));
    let passed_on = passed_on.json();
    let own = passed_on["cid"].as_str().unwrap();
    let above = passed_on["proofs"][0].as_str().unwrap();

    let answer = desk.run(&format!(
        "revoke --key alice.pem --of passed-on.ucan --token {own} -o revoked.ucan"
    ));
    assert_eq!(answer.code, 0);
    assert!(answer.err.contains("can sign another"), "{}", answer.err);
    let instead = format!("delegant revoke --key alice.pem --token {above}");
    assert!(answer.err.contains(&instead), "{}", answer.err);

    let call = desk.ok("invoke --key helper.pem --command /read --proofs passed-on.ucan");
    let cut = desk.pipe("verify --json --revocations revoked.ucan", &call);
    assert_eq!(cut.refusal(), (1, "Revoked".to_owned()));
    let cut = desk.pipe(&format!("verify --json --refuse {agent}"), &call);
    assert_eq!(cut.refusal(), (1, "RefusedPrincipal".to_owned()));

    let downstream = desk.run("revoke --key helper.pem --of given.ucan");
    assert_eq!((downstream.code, downstream.out.as_str()), (1, ""));
}

/// Who was given `/ucan/revoke` can revoke for its issuer, and the proof travels along.
#[test]
fn a_guardian_revokes_on_behalf_of_the_issuer() {
    let mut desk = Desk::new();
    let alice = desk.plain_key("alice.pem", "ed25519");
    let agent = desk.plain_key("agent.pem", "ed25519");
    let guardian = desk.plain_key("guardian.pem", "p256");
    for (to, command, file) in [
        (&agent, "/read", "given.ucan"),
        (&guardian, "/ucan/revoke", "guard.ucan"),
        (&guardian, "/", "everything.ucan"),
    ] {
        desk.ok(&format!(
            "delegate --key alice.pem --to {to} --command {command} --expires 1h -o {file}"
        ));
    }
    let call = desk.ok("invoke --key agent.pem --command /read --proofs given.ucan");
    let revoke = format!("revoke --key guardian.pem --of given.ucan --on-behalf-of {alice}");

    desk.ok(&format!("{revoke} --proofs guard.ucan -o revoked.ucan"));
    let verdict = desk.pipe("verify --json --revocations revoked.ucan", &call);
    assert_eq!(verdict.refusal(), (1, "Revoked".to_owned()));

    // Whoever gave away everything did not mean the power to cut others off.
    desk.ok(&format!("{revoke} --proofs everything.ucan -o not.ucan"));
    let verdict = desk.pipe("verify --json --revocations not.ucan", &call);
    assert_eq!(verdict.code, 0);
    assert!(verdict.err.contains("does not count"), "{}", verdict.err);
}
