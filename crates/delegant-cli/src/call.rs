//! `delegant call`: calls a service over HTTP, and prints what it answers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use delegant::{
    Command, Container, ContainerFormat, Did, Ipld, Receipt, Signer as _, Token, Verified,
    to_dag_json,
};
use delegant_agent::client::{Client, Done, Method, Response};
use delegant_agent::{Agent, Ask};
use serde_json::{Value, json};

use crate::failure::{Answer, Done as Ended, Failure};
use crate::input;
use crate::invoke::together;
use crate::keys::KeyArguments;
use crate::output::{Line, Output, Tint};
use crate::proofs::ProofArguments;
use crate::runtime::wait;
use crate::service::{self, Place};
use crate::time::parse_duration;

const EXAMPLES: &str = r#"Examples:
  # the request is the call: `/http/get` with its host, path and query
  delegant call GET https://records.example/files/1 --key alice.pem

  # the service knows its commands, and the request repeats some of the arguments
  delegant call GET https://records.example/encounters/p-17 \
    --key agent.pem --proofs given.ucan --service "$(delegant key show alice.pem)" \
    --command /encounters/read --arg patient=p-17

  # no request but the call itself, and its receipt kept
  delegant call RPC https://records.example --key agent.pem --proofs given.ucan \
    --command /encounters/read --arg patient=p-17 --receipt receipt.ucan"#;

/// Call a service over HTTP: a signed request, or RPC
///
/// Picks the proofs, signs an invocation for this request alone, and prints what the service answers. A
/// refusal is explained: what it lacks, and whom to ask. With a command, that and its arguments are
/// signed, and the request may repeat them in its path and query; without one, the request itself is.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    key: KeyArguments,

    /// `GET`, `POST` and so on; `RPC` sends the call by itself
    #[arg(value_name = "METHOD")]
    method: String,

    /// What to call; for RPC, where the service is
    #[arg(value_name = "URL")]
    url: Place,

    /// What shall be done [default: `/http/` and the method]
    #[arg(long)]
    command: Option<Command>,

    /// The arguments of the command as a JSON object; `@FILE` reads them from a file
    #[arg(long, value_name = "JSON|@FILE", requires = "command")]
    args: Option<String>,

    /// One argument, its value as JSON where it is, and else as text; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = input::named_value, requires = "command")]
    arg: Vec<(String, Ipld)>,

    /// On whose authority [default: that of the proofs; without proofs, the signer's own]
    #[arg(long, value_name = "DID")]
    subject: Option<Did>,

    /// Who the service is [default: the subject]
    #[arg(long, value_name = "DID")]
    service: Option<Did>,

    /// Adds a header; may be repeated
    #[arg(long, value_name = "NAME:VALUE", value_parser = service::header)]
    header: Vec<(String, String)>,

    /// Sends a body; `@FILE` reads it from a file, `@-` from standard input
    #[arg(long, value_name = "TEXT|@FILE")]
    body: Option<String>,

    /// What the body is
    #[arg(
        long,
        value_name = "TYPE",
        default_value = "application/json",
        requires = "body"
    )]
    content_type: String,

    /// Take no answer without a receipt that holds, and keep it in this file
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,

    /// It may be done twice: try again where the service was not reached or broke
    #[arg(long)]
    idempotent: bool,

    /// How long to wait
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = parse_duration)]
    timeout: Duration,

    /// Call by plain `http` across a network that is trusted
    #[arg(long)]
    in_the_clear: bool,

    /// Write the answer to this file instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    proofs: ProofArguments,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Ended {
    let args = together(arguments.args.as_deref(), &arguments.arg)?;
    let signer = arguments.key.load()?;
    let known = arguments.proofs.load(output)?;
    let said = arguments.subject.as_ref().or(arguments.service.as_ref());
    let subject = arguments.proofs.subject(said, &signer.did(), &known)?;
    let mut client = arguments
        .url
        .client(&Agent::new(signer, known), arguments.in_the_clear)?
        .timeout(arguments.timeout);
    if let Some(service) = &arguments.service {
        client = client.service(service.clone());
    }
    if arguments.method == RPC {
        let command = arguments
            .command
            .clone()
            .ok_or_else(|| Failure::usage("an RPC is a command: say which with `--command`"))?;
        if !arguments.header.is_empty() || arguments.body.is_some() {
            return Err(Failure::usage("an RPC has no header or body of its own"));
        }
        let ask = Ask::new(subject, command).arguments(args);
        let done = client.call_with(ask, arguments.idempotent);
        let done = wait(done)?.map_err(service::failure)?;
        return executed(arguments, &done, output);
    }
    let body = arguments.body.as_deref().map(body).transpose()?;
    let response = wait(send(arguments, &client, subject, args, body))??;
    answered(arguments, &response, output)
}

const RPC: &str = "RPC";

async fn send(
    arguments: &Arguments,
    client: &Client,
    subject: Did,
    args: BTreeMap<String, Ipld>,
    body: Option<Vec<u8>>,
) -> Result<Response, Failure> {
    let method: Method = arguments
        .method
        .to_ascii_uppercase()
        .parse()
        .map_err(|_| Failure::usage(format_args!("`{}` is no method", arguments.method)))?;
    let mut request = client
        .request(method, arguments.url.path())
        .subject(subject);
    if let Some(command) = &arguments.command {
        request = request.command(command.clone(), args);
    }
    for (name, value) in &arguments.header {
        request = request.header(name, value);
    }
    if let Some(body) = body {
        request = request.body(&arguments.content_type, body);
    }
    if arguments.idempotent {
        request = request.idempotent();
    }
    if arguments.receipt.is_some() {
        request = request.receipt();
    }
    let sent = request.send().await;
    sent.map_err(service::failure)
}

fn body(argument: &str) -> Result<Vec<u8>, Failure> {
    match argument.strip_prefix('@') {
        Some(file) => input::read(Some(&PathBuf::from(file))),
        None => Ok(argument.as_bytes().to_vec()),
    }
}

fn answered(arguments: &Arguments, response: &Response, output: Output) -> Ended {
    let status = response.status();
    let receipt = keep(arguments, response.receipt(), output)?;
    if output.is_json() {
        let mut answer = json!({
            "status": status.as_u16(),
            "task": response.task().to_string(),
            "receipt": receipt,
        });
        let (name, value) = match std::str::from_utf8(response.body()) {
            Ok(text) => (
                "body",
                serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
            ),
            Err(_) => ("bytes", Value::from(STANDARD.encode(response.body()))),
        };
        if let Some(answer) = answer.as_object_mut() {
            answer.insert(name.to_owned(), value);
        }
        output.json(&answer)?;
    } else {
        let tint = if status.is_success() {
            Tint::Good
        } else {
            Tint::Bad
        };
        output.note(Line::tinted(tint, status))?;
        output.relay(response.body(), arguments.output.as_deref())?;
    }
    Ok(if status.is_client_error() || status.is_server_error() {
        Answer::No
    } else {
        Answer::Yes
    })
}

fn executed(arguments: &Arguments, done: &Done, output: Output) -> Ended {
    let receipt = keep(arguments, Some(done.receipt()), output)?;
    let mut value = to_dag_json(done.value()).map_err(Failure::malformed)?;
    if output.is_json() {
        let value: Value = serde_json::from_str(&value).map_err(Failure::malformed)?;
        output.json(&json!({
            "ok": value,
            "task": done.receipt().ran().to_string(),
            "receipt": receipt,
        }))?;
    } else {
        value.push('\n');
        output.relay(value.as_bytes(), arguments.output.as_deref())?;
    }
    Ok(Answer::Yes)
}

/// Writes the receipt where it is wanted, and says its CID.
fn keep(
    arguments: &Arguments,
    receipt: Option<&Verified<Receipt>>,
    output: Output,
) -> Result<Option<String>, Failure> {
    let Some(receipt) = receipt else {
        return Ok(None);
    };
    if let Some(file) = &arguments.receipt {
        let token = Token::decode(receipt.bytes()).map_err(Failure::malformed)?;
        let container = Container::from_iter([token]);
        let bytes = container
            .encode(ContainerFormat::Base64Url)
            .map_err(Failure::malformed)?;
        output.deliver(&bytes, true, Some(file))?;
    }
    if !output.is_json() {
        output.note(Line::tinted(Tint::Name, "receipt: ").plain(format_args!(
            "{} signed by {}",
            receipt.cid(),
            receipt.executor()
        )))?;
    }
    Ok(Some(receipt.cid().to_string()))
}
