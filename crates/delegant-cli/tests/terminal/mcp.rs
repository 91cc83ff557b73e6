//! From what a guard has seen to a delegation, and from a key to a client that does not hold it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::{env, fs};

use serde_json::{Value, json};
use snapbox::cmd::cargo_bin;

use crate::desk::Desk;

/// What is run as if it had been typed.
pub(crate) fn shell(desk: &Desk, line: &str) -> (bool, String) {
    let command = cargo_bin("delegant");
    let folder = command.parent().unwrap();
    let path = format!("{}:{}", folder.display(), env::var("PATH").unwrap());
    let output = Command::new("sh")
        .args(["-c", line])
        .env("PATH", path)
        .current_dir(desk.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), said)
}

fn write_record(desk: &Desk, tool: &str, calls: &[Value]) {
    let lines = calls.iter().map(|arguments| {
        let entry = json!({
            "id": "0123456789abcdef", "time": 1, "decided": "let_through", "code": "NoToken",
            "method": "tools/call", "name": tool, "command": "/mcp/tools/call",
            "arguments": { "name": tool, "arguments": arguments }, "server": "did:web:a.example",
        });
        format!("{entry}\n")
    });
    fs::write(desk.path().join("record"), lines.collect::<String>()).unwrap();
}

#[test]
fn what_is_suggested_can_be_pasted_and_allows_what_was_seen() {
    let mut desk = Desk::new();
    let server = desk.plain_key("it's.pem", "ed25519");
    let agent = desk.plain_key("agent.pem", "ed25519");
    let tool = "a'b\"; touch stolen $(touch stolen) `touch stolen`\u{202e}";
    let calls = [
        json!({ "text": "it's '$HOME' \\ * \u{202e}\u{1b}", "n": 1 }),
        json!({ "text": "other", "n": 2.5, "list": ["x"] }),
    ];
    write_record(&desk, tool, &calls);
    for out in ["", "--out policies"] {
        let flags = format!("mcp suggest record --json --key it's.pem --to {agent} {out}");
        let answer = desk.run(&flags);
        assert_eq!(answer.code, 0, "{}", answer.err);
        let suggested = answer.json();
        let line = suggested["suggestions"][0]["delegate"].as_str().unwrap();
        let (done, said) = shell(&desk, line);
        assert!(done, "{line}\n{said}");
        assert!(!desk.path().join("stolen").exists(), "{line}");
        let file = line.rsplit(' ').next().unwrap();
        desk.ok(&format!("wallet add --wallet wallet {file}"));
        fs::remove_file(desk.path().join(file)).unwrap();
    }
    assert_eq!(
        fs::read_dir(desk.path().join("policies")).unwrap().count(),
        1
    );

    // As a person sees it, it is the same.
    let shown = desk.ok(&format!("mcp suggest record --key it's.pem --to {agent}"));
    let (_, line) = shown.split_once("delegant delegate").unwrap();
    let (done, said) = shell(&desk, &format!("delegant delegate{line}"));
    assert!(done, "{line}\n{said}");
    assert!(!desk.path().join("stolen").exists(), "{line}");

    for (arguments, code) in [
        (&calls[0], 0),
        (&calls[1], 0),
        (&json!({ "text": "it's" }), 1),
    ] {
        let arguments = json!({ "name": tool, "arguments": arguments }).to_string();
        fs::write(desk.path().join("arguments"), arguments).unwrap();
        let ask = format!(
            "invoke --key agent.pem --wallet wallet --subject {server} --command /mcp/tools/call --args @arguments"
        );
        assert_eq!(desk.run(&ask).code, code, "{ask}");
    }
}

#[test]
fn a_record_does_nothing_to_the_terminal_of_who_reads_it() {
    let mut desk = Desk::new();
    let hostile = "\u{1b}[2J\u{1b}]0;owned\u{7}\r\nerror: \u{202e}\u{9b}31m\u{200b}\u{8}";
    let entry = json!({
        "id": "0123456789abcdef", "time": u64::MAX, "decided": "let_through", "code": hostile,
        "method": hostile, "name": hostile, "command": hostile, "server": hostile, "invoker": hostile,
        "arguments": { hostile: hostile, "arguments": { hostile: [hostile] } },
        "chain": [{ "principal": hostile, "token": hostile }],
        "refusal": { "title": hostile, "detail": hostile, "ask": hostile, "missing": [hostile],
            "explanation": { "found": hostile, "mend": [hostile] }, "wanted": { "subject": hostile } },
    });
    let mut lines = format!("{entry}\n");
    // One that is understood, so that there is something to suggest.
    lines.push_str(&entry.to_string().replace(
        r#""command":"\u001b"#,
        r#""command":"/mcp/x","was":"\u001b"#,
    ));
    fs::write(desk.path().join("record"), format!("{lines}\n{hostile}\n")).unwrap();
    for verb in [
        "mcp suggest record",
        "mcp suggest record --json",
        "mcp suggest record --out out",
    ] {
        let answer = desk.run(verb);
        assert_eq!(answer.code, 0, "{}{}", answer.out, answer.err);
    }
    desk.run("mcp why 0123 --record record");
    fs::write(desk.path().join("record"), format!("{entry}\n")).unwrap();
    desk.ok("mcp why 0123 --record record");
    desk.ok("mcp why 0123 --record record --json");
    let printed = desk.printed();
    let harmful = |letter: char| {
        (letter.is_control() && letter != '\n') || "\u{202e}\u{200b}".contains(letter)
    };
    assert!(!printed.contains(harmful), "{printed:?}");
    assert!(!printed.contains("\nerror: \n"), "{printed:?}");
}

#[test]
fn what_a_client_is_given_starts_the_server_behind_a_signer() {
    let mut desk = Desk::new();
    desk.plain_key("agent.pem", "ed25519");
    fs::create_dir(desk.path().join("wallet")).unwrap();
    let of = |client: &str| {
        format!(
            "mcp config --client {client} --key agent.pem --wallet wallet --service did:web:a.example -- true -x"
        )
    };
    for (client, servers) in [
        ("claude-desktop", "mcpServers"),
        ("claude-code", "mcpServers"),
        ("cursor", "mcpServers"),
        ("vscode", "servers"),
        ("windsurf", "mcpServers"),
        ("zed", "context_servers"),
        ("gemini", "mcpServers"),
        ("generic", "mcpServers"),
    ] {
        let snippet = desk.ok(&of(client));
        let snippet: Value = serde_json::from_str(&snippet).unwrap();
        let server = &snippet[servers]["true"];
        // Wherever the client starts it.
        let arguments = server["args"].as_array().unwrap().iter();
        let started = Command::new(server["command"].as_str().unwrap())
            .args(arguments.map(|word| word.as_str().unwrap()))
            .current_dir("/")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(started.status.success(), "{client}: {started:?}");
    }
    let answer = desk.run(&of("codex"));
    assert!(
        answer.out.starts_with("[mcp_servers.true]\ncommand = \"/"),
        "{}",
        answer.out
    );
    assert!(
        answer
            .out
            .contains(r#""did:web:a.example", "--", "true", "-x"]"#),
        "{}",
        answer.out
    );
    assert!(
        answer.err.contains("~/.codex/config.toml"),
        "{}",
        answer.err
    );
}

#[test]
fn a_client_without_a_terminal_is_not_left_with_a_question() {
    let mut desk = Desk::new();
    desk.write_private("pass", "correct horse battery staple 1234\n");
    desk.ok("key new agent.pem --passphrase-file pass");
    let config = "mcp config --client cursor --key agent.pem --wallet wallet";
    let answer = desk.run(&format!("{config} -- npx @a/server-b@1.2"));
    assert!(answer.err.contains("no terminal"), "{}", answer.err);
    assert!(answer.err.contains("--service DID"), "{}", answer.err);
    assert!(answer.out.contains("\"server-b\""), "{}", answer.out);
    let answer = desk.run(&format!("{config} --passphrase-file pass -- npx x"));
    assert!(!answer.err.contains("no terminal"), "{}", answer.err);
}

/// A signer that ends with the test.
struct Signer(Child);

impl Signer {
    fn start(desk: &Desk) -> Self {
        let flags = "signer --socket run/signer --key agent.pem --wallet wallet";
        let mut child = desk.command(flags).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        assert!(
            line.contains("signing on `run/signer` as did:key:"),
            "{line}"
        );
        child.stderr = Some(said.into_inner());
        Self(child)
    }

    /// What it said since it began.
    fn end(mut self) -> String {
        self.0.kill().unwrap();
        let mut said = String::new();
        let mut stderr = self.0.stderr.take().unwrap();
        stderr.read_to_string(&mut said).unwrap();
        self.0.wait().unwrap();
        said
    }
}

fn ask(socket: &Path, question: &Value) -> Value {
    let mut stream = UnixStream::connect(socket).unwrap();
    writeln!(stream, "{question}").unwrap();
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).unwrap();
    serde_json::from_str(&answer).unwrap()
}

#[test]
fn a_key_in_a_process_of_its_own_signs_what_its_wallet_proves() {
    let mut desk = Desk::new();
    let server = desk.plain_key("server.pem", "ed25519");
    let agent = desk.plain_key("agent.pem", "ed25519");
    desk.ok(&format!(
        r#"delegate --key server.pem --to {agent} --command /mcp/tools/call/read
        --policy [["==",".arguments.patient","p-17"]] --expires 1h -o given"#
    ));
    desk.ok("wallet add --wallet wallet given");
    let signer = Signer::start(&desk);
    let socket = desk.path().join("run/signer");
    assert_eq!(
        ask(&socket, &json!({ "v": 1, "who": true })),
        json!({ "did": agent })
    );

    let question = |patient: &str| {
        json!({ "v": 1, "invoke": {
            "subject": server, "command": "/mcp/tools/call/read",
            "arguments": { "name": "read", "arguments": { "patient": patient } },
        }})
    };
    let signed = ask(&socket, &question("p-17"));
    let container = signed["ctn"].as_str().unwrap();
    let verdict = desk.pipe(&format!("verify --executor {server}"), container);
    assert_eq!(verdict.code, 0, "{}", verdict.out);
    let refused = ask(&socket, &question("p-18-secret"));
    assert_eq!(refused["error"]["code"], "NoProof");
    assert!(
        refused["error"]["message"]
            .as_str()
            .unwrap()
            .contains("p-17"),
        "{refused}"
    );

    // A second one does not take its place, and a client that needs it finds it.
    let second = desk.run("signer --socket run/signer --key agent.pem --wallet wallet");
    assert_eq!(second.code, 2);
    assert!(second.err.contains("already"), "{}", second.err);
    desk.ok("mcp sign --signer run/signer -- true");

    let said = signer.end();
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(
        said.contains("Signed /mcp/tools/call/read on did:key:"),
        "{said}"
    );
    assert!(said.contains("NoProof /mcp/tools/call/read"), "{said}");
    assert!(!said.contains("secret"), "{said}");
    let gone = desk.run("mcp sign --signer run/signer -- true");
    assert_eq!(gone.code, 2);
    assert!(
        gone.err.contains("start one with `delegant signer`"),
        "{}",
        gone.err
    );
}
