//! Does anything look different through signer and guard? The same questions, with and without them.

use std::fs;
use std::path::Path;
use std::thread;

use serde_json::{Value, json};

use crate::lines::Lines;
use crate::packages::Packages;
use crate::parties::Parties;
use crate::programs::{self, Said, nobody_is_left, run};

/// To the server with something of everything. Its dynamic resources say what time it is, and are left out.
const OF_EVERYTHING: [&str; 10] = [
    "tools/list",
    r#"tools/call echo {"message":"déjà vu \u0007 \"quoted\""}"#,
    r#"tools/call get-sum {"a":1,"b":2.50}"#,
    "tools/call get-tiny-image {}",
    r#"tools/call get-structured-content {"location":"Chicago"}"#,
    r#"tools/call get-sum {"a":"one"}"#,
    "prompts/list",
    r#"prompts/get args-prompt {"city":"Basel"}"#,
    "resources/list",
    "resources/read demo://resource/static/document/features.md",
];

/// To the server of records.
const OF_RECORDS: [&str; 8] = [
    "tools/list",
    r#"tools/call read_encounters {"patient":"p-17","last":2}"#,
    r#"tools/call add {"a":1,"b":2.50}"#,
    r#"tools/call picture {"patient":"p-17"}"#,
    r#"tools/call fail {"patient":"p-17"}"#,
    r#"prompts/get summary {"patient":"p-17"}"#,
    "resources/list",
    "resources/read records://about",
];

#[test]
fn every_line_of_a_server_arrives_as_it_was() {
    let Some(packages) = Packages::get() else {
        return;
    };
    let parties = Parties::with_everything();
    let server = packages.everything("stdio");
    let mut plain = Lines::start(&server, parties.folder());
    let mut proven = Lines::start(&parties.sign(&parties.guard(&server)), parties.folder());

    // The one difference: the guard says of itself that it is there.
    let greeting: Value = serde_json::from_str(&plain.greet()).unwrap();
    let mut greeted: Value = serde_json::from_str(&proven.greet()).unwrap();
    let extensions = &mut greeted["result"]["capabilities"]["extensions"];
    let said = extensions
        .as_object_mut()
        .unwrap()
        .remove("dev.delegant/proof");
    assert_eq!(said.unwrap()["server"], parties.server);
    if greeted["result"]["capabilities"]["extensions"] == json!({}) {
        let capabilities = greeted["result"]["capabilities"].as_object_mut();
        capabilities.unwrap().remove("extensions");
    }
    assert_eq!(greeted, greeting);

    for question in OF_EVERYTHING {
        let (method, params) = params(question);
        let answer = plain.ask(&method, params.clone());
        assert_eq!(proven.ask(&method, params), answer, "{question}");
    }
    drop((plain, proven));
    nobody_is_left(parties.folder());
}

#[test]
fn the_inspector_sees_no_difference_on_a_server_of_the_legacy_era() {
    let Some(packages) = Packages::get() else {
        return;
    };
    let parties = Parties::with_everything();
    let server = packages.everything("stdio");
    let proven = parties.sign(&parties.guard(&server));
    let inspector = Inspector::new(packages, &parties, "legacy", stdio(&server), stdio(&proven));
    inspector.compare(&OF_EVERYTHING);
}

#[test]
fn the_inspector_sees_no_difference_on_a_server_of_the_modern_era() {
    let Some(packages) = Packages::get() else {
        return;
    };
    let parties = Parties::with_everything();
    let server = records(packages);
    let proven = parties.sign(&parties.guard(&server));
    let inspector = Inspector::new(packages, &parties, "modern", stdio(&server), stdio(&proven));
    inspector.compare(&OF_RECORDS);
}

#[test]
fn the_inspector_finds_the_era_of_a_server_behind_the_guard() {
    let Some(packages) = Packages::get() else {
        return;
    };
    let parties = Parties::with_everything();
    let server = packages.everything("stdio");
    let proven = parties.sign(&parties.guard(&server));
    for era in ["auto", "modern"] {
        let inspector = Inspector::new(packages, &parties, era, stdio(&server), stdio(&proven));
        // Where it wants the modern era and nothing else, it is told that there is none.
        let said = inspector.compare(&OF_EVERYTHING[1..2]);
        assert_eq!(said[0].code, Some(i32::from(era == "modern")), "{said:?}");
    }
}

#[test]
fn the_inspector_sees_no_difference_over_http() {
    let Some(packages) = Packages::get() else {
        return;
    };
    let parties = Parties::with_everything();
    let folder = parties.folder();
    let (_server, port) = programs::listen(folder, |port| {
        let server = packages.everything("streamableHttp");
        [&["env".to_owned(), format!("PORT={port}")], &server[..]].concat()
    });
    let url = format!("http://127.0.0.1:{port}/mcp");
    let (_guard, port) = programs::listen(folder, |port| parties.guard_url(port, &url));
    let guarded = format!("http://127.0.0.1:{port}/mcp");
    let proven = stdio(&parties.sign_url(&guarded));
    let inspector = Inspector::new(packages, &parties, "legacy", http(&url), proven);
    inspector.compare(&OF_EVERYTHING[..5]);
}

#[test]
fn the_inspector_sees_no_difference_over_http_of_the_modern_era() {
    let Some(packages) = Packages::get() else {
        return;
    };
    let parties = Parties::with_everything();
    let folder = parties.folder();
    let (_server, port) = programs::listen(folder, |port| {
        [&records(packages)[..], &[port.to_string()]].concat()
    });
    let url = format!("http://127.0.0.1:{port}/mcp");
    let (_guard, port) = programs::listen(folder, |port| parties.guard_url(port, &url));
    let guarded = format!("http://127.0.0.1:{port}/mcp");
    let (_signer, port) = programs::listen(folder, |port| {
        let listen = format!("127.0.0.1:{port}");
        parties.signer("agent.pem", &["--listen", &listen, "--upstream", &guarded])
    });
    let signed = http(&format!("http://127.0.0.1:{port}/mcp"));
    let inspector = Inspector::new(packages, &parties, "modern", http(&url), signed);
    inspector.compare(&OF_RECORDS[..5]);
}

/// The inspector with two servers: as it is, and proven.
struct Inspector<'a> {
    packages: &'a Packages,
    parties: &'a Parties,
    servers: String,
}

impl<'a> Inspector<'a> {
    fn new(
        packages: &'a Packages,
        parties: &'a Parties,
        era: &str,
        plain: Value,
        proven: Value,
    ) -> Self {
        let with_era = |mut server: Value| {
            server["protocolEra"] = era.into();
            server
        };
        let servers = json!({"mcpServers": {"plain": with_era(plain), "proven": with_era(proven)}});
        let path = parties.path("servers.json");
        fs::write(&path, servers.to_string()).unwrap();
        Self {
            packages,
            parties,
            servers: path,
        }
    }

    /// Asks both, some questions at once, and returns what both say.
    fn compare(&self, questions: &[&str]) -> Vec<Said> {
        let mut answers = Vec::new();
        for some in questions.chunks(3) {
            let said: Vec<Said> = thread::scope(|scope| {
                let ask = |question, server| scope.spawn(move || self.ask(server, question));
                let asked = some
                    .iter()
                    .flat_map(|question| [ask(*question, "plain"), ask(*question, "proven")]);
                let asked: Vec<_> = asked.collect();
                asked
                    .into_iter()
                    .map(|asked| asked.join().unwrap())
                    .collect()
            });
            let mut said = said.into_iter();
            for question in some {
                let (plain, proven) = (said.next().unwrap(), said.next().unwrap());
                assert_eq!(
                    (proven.code, &proven.out),
                    (plain.code, &plain.out),
                    "{question}: {}",
                    proven.err
                );
                answers.push(proven);
            }
        }
        nobody_is_left(self.parties.folder());
        answers
    }

    fn ask(&self, server: &str, question: &str) -> Said {
        let mut command = self.packages.inspector();
        let mut say = |words: &[&str]| command.extend(words.iter().map(|word| (*word).to_owned()));
        say(&[
            "--config",
            &self.servers,
            "--server",
            server,
            "--format",
            "json",
        ]);
        let words: Vec<&str> = question.splitn(3, ' ').collect();
        say(&["--method", words[0]]);
        match words[..] {
            ["tools/call", name, arguments] => {
                say(&["--tool-name", name, "--tool-args-json", arguments]);
            }
            ["prompts/get", name, arguments] => {
                let arguments: Value = serde_json::from_str(arguments).unwrap();
                let pairs = arguments.as_object().unwrap().iter();
                let pairs: Vec<String> = pairs
                    .map(|(name, value)| format!("{name}={}", value.as_str().unwrap()))
                    .collect();
                say(&["--prompt-name", name, "--prompt-args"]);
                say(&pairs.iter().map(String::as_str).collect::<Vec<_>>());
            }
            ["resources/read", uri] => say(&["--uri", uri]),
            _ => {}
        }
        run(
            &command,
            self.parties.folder(),
            &[("MCP_INSPECTOR_SECRET_STORE", "memory")],
        )
    }
}

/// The method and `params` of a question.
fn params(question: &str) -> (String, Value) {
    let words: Vec<&str> = question.splitn(3, ' ').collect();
    let params = match words[..] {
        [_, name, arguments] => {
            let arguments: Value = serde_json::from_str(arguments).unwrap();
            json!({"name": name, "arguments": arguments})
        }
        [_, uri] => json!({"uri": uri}),
        _ => json!({}),
    };
    (words[0].to_owned(), params)
}

/// The server of records, over stdio.
pub(crate) fn records(packages: &Packages) -> Vec<String> {
    vec![packages.python(), script("records.py")]
}

/// One of the programs beside this file.
pub(crate) fn script(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mcp_real");
    folder.join(name).display().to_string()
}

fn stdio(command: &[String]) -> Value {
    json!({"command": command[0], "args": &command[1..]})
}

fn http(url: &str) -> Value {
    json!({"type": "streamable-http", "url": url})
}
