//! What does the suite of the specification say, with the guard and without?

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::packages::Packages;
use crate::parties::Parties;
use crate::programs::{listen, nobody_is_left, run};
use crate::unchanged::script;

/// Of each scenario: its checks, and how each ended, in order.
type Verdicts = BTreeMap<String, Vec<(String, String)>>;

#[test]
fn a_server_of_both_eras_is_judged_the_same_behind_the_guard() {
    let Some(packages) = Packages::get() else {
        return;
    };
    let server = |port: u16| vec![packages.python(), script("everything.py"), port.to_string()];
    assert_the_same(packages, &["2025-11-25", "2026-07-28"], 200, server);
}

#[test]
fn the_server_with_something_of_everything_is_judged_the_same_behind_the_guard() {
    let Some(packages) = Packages::get() else {
        return;
    };
    let server = |port: u16| {
        let server = packages.everything("streamableHttp");
        [&["env".to_owned(), format!("PORT={port}")], &server[..]].concat()
    };
    assert_the_same(packages, &["2025-11-25"], 40, server);
}

/// Judges a server alone, and behind signer and guard; at least so many checks must succeed.
fn assert_the_same(
    packages: &Packages,
    revisions: &[&str],
    at_least: usize,
    server: impl FnOnce(u16) -> Vec<String>,
) {
    let parties = Parties::with_everything();
    let folder = parties.folder();
    let (upstream, plain) = listen(folder, server);
    let url = format!("http://127.0.0.1:{plain}/mcp");
    let (guard, guarded) = listen(folder, |port| parties.guard_url(port, &url));
    let url = format!("http://127.0.0.1:{guarded}/mcp");
    // The suite does not sign, so somebody does it for it.
    let (signer, proven) = listen(folder, |port| {
        let listen = format!("127.0.0.1:{port}");
        parties.signer("agent.pem", &["--listen", &listen, "--upstream", &url])
    });
    let mut succeeded = 0;
    for revision in revisions {
        let expected = judge(packages, plain, revision, &folder.join("plain"));
        let verdicts = judge(packages, proven, revision, &folder.join("proven"));
        for (scenario, expected) in &expected {
            let found = verdicts.get(scenario);
            assert_eq!(found, Some(expected), "{revision}, {scenario}");
            let good = expected.iter().filter(|(_, status)| status == "SUCCESS");
            succeeded += good.count();
        }
        assert_eq!(verdicts.len(), expected.len(), "{revision}");
    }
    assert!(
        succeeded >= at_least,
        "only {succeeded} checks succeed at all"
    );
    drop((signer, guard, upstream));
    nobody_is_left(folder);
}

/// Runs every scenario of a revision against a port.
fn judge(packages: &Packages, port: u16, revision: &str, results: &Path) -> Verdicts {
    let results = results.join(revision);
    let url = format!("http://127.0.0.1:{port}/mcp");
    let output = results.display().to_string();
    let words = [
        "--url",
        &url,
        "--suite",
        "all",
        "--spec-version",
        revision,
        "-o",
        &output,
    ];
    let command = [&packages.conformance(), &words.map(str::to_owned)[..]].concat();
    let said = run(&command, results.parent().unwrap().parent().unwrap(), &[]);
    let scenarios = fs::read_dir(&results).unwrap_or_else(|_| panic!("{}", said.err));
    scenarios
        .map(|scenario| verdict(&scenario.unwrap().path()))
        .collect()
}

/// The name of a scenario, and how each of its checks ended.
fn verdict(scenario: &Path) -> (String, Vec<(String, String)>) {
    let name = scenario.file_name().unwrap().to_str().unwrap();
    // The name ends with the time: `-2026-06-01T12-00-00-000Z`.
    let name = name.rsplitn(7, '-').last().unwrap().to_owned();
    let checks = fs::read_to_string(scenario.join("checks.json")).unwrap();
    let checks: Vec<Value> = serde_json::from_str(&checks).unwrap();
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let checks = checks
        .iter()
        .map(|check| (word(&check["id"]), word(&check["status"])));
    (name, checks.collect())
}
