//! `delegant inspect`: what is this? Looks at anything, and decides nothing.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use delegant::{
    Cid, Container, DecodeError, Did, Limits, Signer, Token, from_dag_cbor, from_dag_json,
    to_dag_cbor, to_dag_json,
};
use delegant_agent::StoredKey;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::failure::{Answer, Done, Failure};
use crate::input::{self, Kind};
use crate::output::{Line, Output, Tint};
use crate::show::{Tree, field};
use crate::survey::Survey;

const EXAMPLES: &str = "Examples:
  delegant inspect call.ucan
  delegant inspect did:key:z6MkgGykN9ARNFjEzowVq4mLP2kL4NsyAaDGXeJFQ5qE1bfg
  delegant inspect given.ucan --dag-json > given.json
  delegant inspect --from-dag-json given.json";

/// Look at anything: a container, a token, a key file, a DID or a CID
///
/// Shows who gave what to whom, what each hop took away, and until when. Looking is not verifying:
/// only `delegant verify` decides.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// File, DID or CID [default: standard input]
    #[arg(value_name = "FILE|DID|CID")]
    what: Option<String>,

    /// Print the DAG-JSON of each token instead, one on each line
    #[arg(long, conflicts_with = "from_dag_json")]
    dag_json: bool,

    /// Turn DAG-JSON back into a token: base64 on standard output, bytes in a file
    #[arg(long)]
    from_dag_json: bool,

    /// Where the token goes that `--from-dag-json` makes
    #[arg(long, short, value_name = "FILE", requires = "from_dag_json")]
    output: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, output: Output) -> Done {
    // A key may be among it.
    let bytes = Zeroizing::new(match arguments.what.as_deref() {
        Some(name) if is_name(name) => name.as_bytes().to_vec(),
        file => input::read(file.map(Path::new))?,
    });
    if arguments.from_dag_json {
        return token_from_dag_json(&bytes, arguments.output.as_deref(), output);
    }
    let kind = input::recognise(&bytes);
    if arguments.dag_json {
        return dag_json(&kind, output);
    }
    match kind {
        Kind::Did(did) => about_did(&did, output),
        Kind::Cid(cid) => about_cid(cid, output),
        Kind::Pem => about_key(&bytes, output),
        Kind::Token(token) => {
            let token = Token::decode(&token).map_err(|cause| unreadable(&cause))?;
            about_tokens(&Container::from_iter([token]), None, output)
        }
        Kind::Container(container) => about_container(&container, output),
        Kind::Broken(why) => Err(Failure::malformed(why)),
        Kind::Unknown => Err(Failure::malformed("this is neither a container, a token, a key file, a DID nor a CID")
            .hint("a container begins with one of `@ B C M O P`; a bare token is given as bytes, hex or base64")),
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with("did:") || text.parse::<Cid>().is_ok()
}

fn unreadable(cause: &DecodeError) -> Failure {
    Failure::unreadable(cause.code(), cause)
}

fn caution(output: Output) -> Result<(), Failure> {
    Ok(output.say(
        Line::tinted(Tint::Warning, "LOOKING IS NOT VERIFYING.")
            .plain(" Nothing here says that anything may be done; `delegant verify` does."),
    )?)
}

fn about_container(bytes: &[u8], output: Output) -> Done {
    let form = bytes.first().map(|header| char::from(*header));
    match Container::decode(bytes) {
        Ok(container) => about_tokens(&container, form, output),
        Err(refusal) => about_refused(bytes, &refusal, output),
    }
}

fn about_tokens(container: &Container, form: Option<char>, output: Output) -> Done {
    let survey = Survey::of(container);
    if output.is_json() {
        output.json(&json!({
            "kind": if form.is_some() { "container" } else { "token" },
            "form": form,
            "verified": false,
            "tokens": survey.to_json(),
        }))?;
        return Ok(Answer::Yes);
    }
    caution(output)?;
    output.say("")?;
    output.say_all(survey.to_tree(form).lines())?;
    Ok(Answer::Yes)
}

/// A container with something wrong in it: what can be said of each of its tokens.
fn about_refused(bytes: &[u8], refusal: &DecodeError, output: Output) -> Done {
    let parts = Container::split(bytes, &Limits::DEFAULT).map_err(|cause| unreadable(&cause))?;
    let states: Vec<(Cid, Result<Token, DecodeError>)> = parts
        .iter()
        .map(|part| (Cid::of(part), Token::decode(part)))
        .collect();
    if output.is_json() {
        let tokens: Vec<Value> = states
            .iter()
            .map(|(cid, state)| match state {
                Ok(token) => json!({ "cid": cid.to_string(), "kind": kind(token) }),
                Err(cause) => json!({
                    "cid": cid.to_string(),
                    "error": { "code": cause.code(), "message": cause.to_string() },
                }),
            })
            .collect();
        output.json(&json!({
            "kind": "container",
            "verified": false,
            "error": { "code": refusal.code(), "message": refusal.to_string() },
            "tokens": tokens,
        }))?;
        return Ok(Answer::Unreadable);
    }
    caution(output)?;
    output.say("")?;
    let tree = Tree::new(Line::tinted(
        Tint::Bad,
        "a container that is refused as a whole",
    ))
    .with_all(states.iter().map(|(cid, state)| {
        let line = match state {
            Ok(token) => Line::tinted(Tint::Good, kind(token)),
            Err(cause) => Line::tinted(Tint::Bad, cause.code()).plain(format_args!(": {cause}")),
        };
        Tree::new(field("token", cid)).with(line)
    }));
    output.say_all(tree.lines())?;
    Err(unreadable(refusal))
}

const fn kind(token: &Token) -> &'static str {
    match token {
        Token::Delegation(_) => "delegation",
        Token::Invocation(_) => "invocation",
    }
}

fn about_did(did: &Did, output: Output) -> Done {
    let algorithm = did.public_key().map(|key| key.algorithm().to_string());
    let is_key = did.public_key().map(|key| key.decompress().is_some());
    if output.is_json() {
        output.json(&json!({
            "kind": "did", "did": did.to_string(), "algorithm": algorithm, "isKey": is_key,
        }))?;
        return Ok(Answer::Yes);
    }
    let tree = Tree::new(Line::tinted(Tint::Strong, did));
    let tree = match (algorithm, is_key) {
        (Some(algorithm), Some(true)) => tree.with(field("key", algorithm)),
        (Some(algorithm), _) => tree.with(field("key", "").push(
            Tint::Bad,
            format_args!("no point of {algorithm}: nobody can sign for it"),
        )),
        (None, _) => tree.with(field(
            "key",
            "not in the DID: it must be resolved, and is not verified offline",
        )),
    };
    output.say_all(tree.lines())?;
    Ok(Answer::Yes)
}

fn about_cid(cid: Cid, output: Output) -> Done {
    let digest: String = cid
        .digest()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if output.is_json() {
        output.json(&json!({ "kind": "cid", "cid": cid.to_string(), "sha256": digest }))?;
        return Ok(Answer::Yes);
    }
    let tree = Tree::new(Line::tinted(Tint::Strong, cid))
        .with(field(
            "of",
            "a token, task or receipt; the CID does not say which",
        ))
        .with(field("sha-256", digest));
    output.say_all(tree.lines())?;
    Ok(Answer::Yes)
}

fn about_key(bytes: &[u8], output: Output) -> Done {
    let text = std::str::from_utf8(bytes).map_err(|_| Failure::malformed("a key file is text"))?;
    let stored = StoredKey::from_pem(text).map_err(Failure::malformed)?;
    let did = match &stored {
        StoredKey::Plain(key) => Some(key.did()),
        StoredKey::Encrypted(_) => None,
    };
    let algorithm = did
        .as_ref()
        .and_then(Did::public_key)
        .map(|key| key.algorithm().to_string());
    if output.is_json() {
        output.json(&json!({
            "kind": "key",
            "protection": if stored.is_encrypted() { "passphrase" } else { "plain" },
            "did": did.as_ref().map(Did::to_string),
            "algorithm": algorithm,
        }))?;
        return Ok(Answer::Yes);
    }
    let tree = Tree::new(Line::tinted(Tint::Strong, "a key file"));
    let tree = match (did, algorithm) {
        (Some(did), Some(algorithm)) => tree
            .with(field("DID", did))
            .with(field("key", algorithm))
            .with(field("protection", "").push(
                Tint::Warning,
                "none: anyone who can read the file has the key",
            )),
        _ => tree.with(field("protection", "a passphrase")).with(field(
            "DID",
            "shown by `delegant key show`, which asks for the passphrase",
        )),
    };
    output.say_all(tree.lines())?;
    Ok(Answer::Yes)
}

fn dag_json(kind: &Kind, output: Output) -> Done {
    let tokens = match kind {
        Kind::Token(token) => vec![token.clone()],
        Kind::Container(container) => {
            Container::split(container, &Limits::DEFAULT).map_err(|cause| unreadable(&cause))?
        }
        _ => {
            return Err(Failure::malformed(
                "only containers and tokens have a DAG-JSON view",
            ));
        }
    };
    for token in tokens {
        let value = from_dag_cbor(&token, &Limits::DEFAULT).map_err(Failure::malformed)?;
        let text = to_dag_json(&value).map_err(Failure::malformed)?;
        let value: Value = serde_json::from_str(&text).map_err(Failure::malformed)?;
        output.json(&value)?;
    }
    Ok(Answer::Yes)
}

fn token_from_dag_json(bytes: &[u8], to: Option<&Path>, output: Output) -> Done {
    let text = std::str::from_utf8(bytes).map_err(|_| Failure::malformed("DAG-JSON is UTF-8"))?;
    let value = from_dag_json(text.trim()).map_err(|cause| {
        Failure::malformed(cause).hint("give one token, on one line as `--dag-json` writes it")
    })?;
    let bytes = to_dag_cbor(&value).map_err(Failure::malformed)?;
    let token = Token::decode(&bytes).map_err(|cause| unreadable(&cause))?;
    let base64 = STANDARD.encode(token.bytes());
    if output.is_json() {
        if to.is_some() {
            output.deliver(token.bytes(), false, to)?;
        }
        output.json(
            &json!({ "kind": kind(&token), "cid": token.cid().to_string(), "base64": base64 }),
        )?;
    } else if to.is_some() {
        output.deliver(token.bytes(), false, to)?;
    } else {
        output.deliver(base64.as_bytes(), true, None)?;
    }
    Ok(Answer::Yes)
}
