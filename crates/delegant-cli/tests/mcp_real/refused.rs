//! What does the guard refuse? What was changed, repeated, borrowed, too late, or never signed.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use delegant::{
    Container, ContainerFormat, Delegation, Invocation, Nonce, Parsed, SecretKey, Signer as _,
    Subject, Token, from_dag_json,
};
use delegant_agent::{Passphrase, keyfile};
use delegant_testing::tokens::now;
use serde_json::{Value, json};

use crate::lines::Lines;
use crate::packages::Packages;
use crate::parties::Parties;
use crate::programs::nobody_is_left;

const MESSAGE: &str = "to one patient";

/// What the agent and everybody else ask for.
fn params() -> Value {
    json!({"name": "echo", "arguments": {"message": MESSAGE}})
}

/// A shell that has this between signer and guard.
fn between(parties: &Parties, program: &str, guarded: &[String]) -> Vec<String> {
    let script = format!("{program} | \"$@\"");
    let shell = ["sh", "-c", &script, "sh"].map(str::to_owned);
    parties.sign(&[&shell[..], guarded].concat())
}

/// The number and the name of a refusal, which must be one.
fn refusal(answer: &Value) -> (i64, &str) {
    assert!(answer["result"].is_null(), "{answer}");
    let error = &answer["error"];
    let name = error["data"]["code"]
        .as_str()
        .unwrap_or_else(|| panic!("{answer}"));
    (error["code"].as_i64().unwrap(), name)
}

/// Says a line to a guard that was just started, and returns its answer.
fn say(parties: &Parties, guarded: &[String], line: &str) -> Value {
    let message: Value = serde_json::from_str(line).unwrap();
    let mut lines = Lines::start(guarded, parties.folder());
    lines.greet();
    lines.write(line);
    let answer = lines.answer(message["id"].as_u64().unwrap());
    serde_json::from_str(&answer).unwrap()
}

/// The call that the agent signs, taken on its way to the guard; it is delivered only if `delivered`.
fn captured(parties: &Parties, guarded: &[String], delivered: bool) -> String {
    let file = parties.path("captured");
    let program = match delivered {
        true => format!("tee {file}"),
        // Everything but the call goes on.
        false => format!("sed -u -e '/tools.call/{{w {file}' -e 'd}}'"),
    };
    let mut lines = Lines::start(&between(parties, &program, guarded), parties.folder());
    lines.greet();
    lines.write(
        &json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params()}).to_string(),
    );
    if delivered {
        lines.answer(7);
    }
    let call = written(&file);
    assert!(call.contains("dev.delegant/proof"), "{call}");
    call
}

/// The call in a file that is being written.
fn written(file: &str) -> String {
    let began = Instant::now();
    loop {
        let text = fs::read_to_string(file).unwrap_or_default();
        let mut lines = text
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'));
        if let Some(call) = lines.find(|line| line.contains("tools/call")) {
            return call.trim_end().to_owned();
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{text}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn refuses_an_argument_that_was_changed_on_the_way() {
    let Some(packages) = Packages::get() else {
        return;
    };
    let parties = Parties::with_everything();
    let guarded = parties.guard(&packages.everything("stdio"));
    let program = "sed -u 's/to one patient/to all patients/'";
    let mut lines = Lines::start(&between(&parties, program, &guarded), parties.folder());
    lines.greet();
    let untouched = lines.call("echo", json!({"message": "to nobody"}));
    assert_eq!(untouched["result"]["content"][0]["text"], "Echo: to nobody");
    let changed = lines.call("echo", json!({"message": MESSAGE}));
    assert_eq!(refusal(&changed), (-31_400, "NotBound"));
    drop(lines);
    nobody_is_left(parties.folder());
}

#[test]
fn refuses_a_call_that_comes_twice() {
    let Some(packages) = Packages::get() else {
        return;
    };
    let parties = Parties::with_everything();
    let guarded = parties.guard(&packages.everything("stdio"));
    let call = captured(&parties, &guarded, true);
    // To another process, which has nothing but the store in common with the first.
    assert_eq!(
        refusal(&say(&parties, &guarded, &call)),
        (-31_409, "Replayed")
    );
    nobody_is_left(parties.folder());
}

#[test]
fn a_call_that_was_held_back_is_done_once_it_arrives() {
    let Some(packages) = Packages::get() else {
        return;
    };
    let parties = Parties::with_everything();
    let guarded = parties.guard(&packages.everything("stdio"));
    let call = captured(&parties, &guarded, false);
    let answer = say(&parties, &guarded, &call);
    assert_eq!(
        answer["result"]["content"][0]["text"],
        format!("Echo: {MESSAGE}")
    );
    nobody_is_left(parties.folder());
}

#[test]
fn refuses_a_chain_that_has_ended() {
    let Some(packages) = Packages::get() else {
        return;
    };
    let parties = Parties::new();
    let guarded = parties.guard(&packages.everything("stdio"));
    let (alice, agent) = (key(&parties, "alice.pem"), key(&parties, "agent.pem"));
    let (subject, command) = (parties.server.parse().unwrap(), "/mcp".parse().unwrap());
    // Longer ago than clocks may differ.
    let ended = Delegation::builder(agent.did(), Subject::Did(subject), command)
        .expiration(now().saturating_sub(Duration::from_secs(600)))
        .sign(&alice, Nonce::random().unwrap())
        .unwrap();
    let mut proofs = given(&parties, "alice.ucan");
    proofs.push(ended.to_parsed());
    let answer = say(&parties, &guarded, &signed(&parties, &agent, proofs));
    assert_eq!(refusal(&answer), (-31_403, "Expired"));
    nobody_is_left(parties.folder());
}

#[test]
fn refuses_what_was_given_to_another_agent() {
    let Some(packages) = Packages::get() else {
        return;
    };
    let parties = Parties::with_everything();
    let guarded = parties.guard(&packages.everything("stdio"));
    // Its own signer does not even try.
    let honest = parties.signer("other.pem", &["--"]);
    let mut lines = Lines::start(&[&honest, &guarded[..]].concat(), parties.folder());
    lines.greet();
    let answer = lines.call("echo", json!({"message": MESSAGE}));
    assert_eq!(refusal(&answer), (-31_403, "NoProof"));
    drop(lines);
    // One that tries all the same is refused by the guard.
    let other = key(&parties, "other.pem");
    let call = signed(&parties, &other, given(&parties, "agent.ucan"));
    let answer = say(&parties, &guarded, &call);
    assert_eq!(refusal(&answer), (-31_403, "InvalidAudience"));
    nobody_is_left(parties.folder());
}

fn key(parties: &Parties, file: &str) -> SecretKey {
    let no_passphrase = || Passphrase::new(String::new().into());
    keyfile::load(Path::new(&parties.path(file)), no_passphrase).unwrap()
}

/// The delegations of a file.
fn given(parties: &Parties, file: &str) -> Vec<Parsed<Delegation>> {
    let container = fs::read(parties.path(file)).unwrap();
    let container = Container::decode(&container).unwrap();
    container.delegations().to_vec()
}

/// The call as one signs it who does not ask whether these proofs will do.
fn signed(parties: &Parties, key: &SecretKey, proofs: Vec<Parsed<Delegation>>) -> String {
    let mut params = params();
    let arguments = params.as_object().unwrap().iter();
    let arguments = arguments
        .map(|(name, value)| (name.clone(), from_dag_json(&value.to_string()).unwrap()))
        .collect();
    let command = "/mcp/tools/call/echo".parse().unwrap();
    let invocation = Invocation::builder(parties.server.parse().unwrap(), command)
        .arguments(arguments)
        .proofs(proofs.iter().map(Parsed::cid))
        .expiration(now().saturating_add(Duration::from_secs(50)))
        .sign(key, Nonce::random().unwrap())
        .unwrap();
    let tokens = proofs.into_iter().map(Token::from);
    let text = Container::from_iter(tokens.chain([invocation.into()]))
        .encode(ContainerFormat::Base64Url)
        .unwrap();
    let text = String::from_utf8(text).unwrap();
    params["_meta"] = json!({"dev.delegant/proof": {"v": 1, "ctn": text}});
    json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params}).to_string()
}

#[test]
fn refuses_a_call_without_a_proof_and_a_tool_without_a_rule() {
    let Some(packages) = Packages::get() else {
        return;
    };
    let parties = Parties::with_everything();
    let server = packages.everything("stdio");
    let mut lines = Lines::start(&parties.guard(&server), parties.folder());
    lines.greet();
    let answer = lines.call("echo", json!({"message": MESSAGE}));
    assert_eq!(refusal(&answer), (-31_401, "NoToken"));
    drop(lines);
    parties.rules("[tools.get-sum]\n");
    let signed = parties.sign(&parties.guard(&server));
    let mut lines = Lines::start(&signed, parties.folder());
    lines.greet();
    let answer = lines.call("echo", json!({"message": MESSAGE}));
    assert_eq!(refusal(&answer), (-31_403, "NoRule"));
    let sum = lines.call("get-sum", json!({"a": 1, "b": 2}));
    assert_eq!(
        sum["result"]["content"][0]["text"],
        "The sum of 1 and 2 is 3."
    );
    drop(lines);
    nobody_is_left(parties.folder());
}
