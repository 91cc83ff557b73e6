//! What was handed in? Files, standard input, and what their bytes are.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use delegant::{Cid, Container, ContainerFormat, DecodeError, Did, Ipld, Token, from_dag_json};

use crate::failure::Failure;

/// More than any container may have as text; bytes.
const LONGEST: u64 = 4 << 20;

/// Reads a file, or standard input where there is none or it is `-`.
pub(crate) fn read(file: Option<&Path>) -> Result<Vec<u8>, Failure> {
    read_up_to(file, LONGEST)
}

/// As [`read`], up to so many bytes.
pub(crate) fn read_up_to(file: Option<&Path>, longest: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let (name, read) = match file.filter(|path| *path != Path::new("-")) {
        Some(path) => (
            format!("`{}`", path.display()),
            File::open(path)
                .and_then(|file| file.take(longest.saturating_add(1)).read_to_end(&mut bytes)),
        ),
        None if io::stdin().is_terminal() => {
            return Err(Failure::usage("there is nothing to read on standard input")
                .hint("name a file, or pipe one in"));
        }
        None => (
            "standard input".to_owned(),
            io::stdin()
                .lock()
                .take(longest.saturating_add(1))
                .read_to_end(&mut bytes),
        ),
    };
    read.map_err(|cause| Failure::malformed(format_args!("cannot read {name}: {cause}")))?;
    if bytes.len() as u64 > longest {
        return Err(Failure::malformed(format_args!(
            "{name} is longer than {longest} bytes"
        )));
    }
    Ok(bytes)
}

/// What some bytes are, as far as their form shows.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A container, without the white space around it.
    Container(Vec<u8>),
    /// One bare token.
    Token(Vec<u8>),
    /// A PEM file.
    Pem,
    /// A DID.
    Did(Did),
    /// The CID of a token.
    Cid(Cid),
    /// A DID or CID that is none, and why.
    Broken(String),
    /// Something else.
    Unknown,
}

/// Recognises bytes by their form.
pub(crate) fn recognise(bytes: &[u8]) -> Kind {
    let format = |bytes: &[u8]| bytes.first().copied().and_then(ContainerFormat::of);
    // In bytes, white space is content.
    if let Some(ContainerFormat::Bytes | ContainerFormat::BytesGzip) = format(bytes) {
        return Kind::Container(bytes.to_vec());
    }
    if bytes.first() == Some(&TOKEN) {
        return Kind::Token(bytes.to_vec());
    }
    let trimmed = bytes.trim_ascii();
    if format(trimmed).is_some() {
        return Kind::Container(trimmed.to_vec());
    }
    let Ok(text) = std::str::from_utf8(trimmed) else {
        return Kind::Unknown;
    };
    if text.starts_with("-----BEGIN") {
        return Kind::Pem;
    }
    if text.starts_with("did:") {
        return text.parse().map_or_else(
            |cause| Kind::Broken(format!("not a DID: {cause}")),
            Kind::Did,
        );
    }
    if text.starts_with("bafy") || text.starts_with("zdpu") {
        return text
            .parse()
            .map_or_else(|cause| Kind::Broken(format!("{cause}")), Kind::Cid);
    }
    match hex(text).or_else(|| base64(text)) {
        Some(bytes) if bytes.first() == Some(&TOKEN) => Kind::Token(bytes),
        _ => Kind::Unknown,
    }
}

/// A token is a list of two, and no container or text begins with this byte.
const TOKEN: u8 = 0x82;

/// Reads a container of any form, or one bare token as a container of one.
pub(crate) fn tokens(bytes: &[u8]) -> Result<Container, DecodeError> {
    match recognise(bytes) {
        Kind::Container(bytes) => Container::decode(&bytes),
        Kind::Token(bytes) => Token::decode(&bytes).map(|token| Container::from_iter([token])),
        _ => Container::decode(bytes),
    }
}

/// As [`tokens`], of a file, with its name in what went wrong.
pub(crate) fn tokens_of(file: Option<&Path>) -> Result<Container, Failure> {
    let bytes = read(file)?;
    tokens(&bytes).map_err(|cause| not_tokens(file, &bytes, &cause))
}

/// Why these bytes are no tokens, in words.
pub(crate) fn not_tokens(file: Option<&Path>, bytes: &[u8], cause: &DecodeError) -> Failure {
    let place = file.map_or_else(
        || "standard input".to_owned(),
        |path| format!("`{}`", path.display()),
    );
    match recognise(bytes) {
        Kind::Pem => Failure::malformed(format_args!("{place} is a key file, not a token"))
            .hint("give it to `--key`"),
        Kind::Did(_) | Kind::Cid(_) => Failure::malformed(format_args!(
            "{place} is the name of something, not a token"
        ))
        .hint("look at it with `delegant inspect`"),
        _ => Failure::unreadable(cause.code(), format_args!("{place}: {cause}")),
    }
}

/// All containers of a file: one, or one on each line.
pub(crate) fn containers(file: &Path) -> Result<Vec<Container>, Failure> {
    let bytes = read(Some(file))?;
    let refuse = |cause: DecodeError| not_tokens(Some(file), &bytes, &cause);
    if let Kind::Token(_) = recognise(&bytes) {
        return Ok(vec![tokens(&bytes).map_err(refuse)?]);
    }
    match bytes.first() {
        Some(b'@' | b'M') => Ok(vec![tokens(&bytes).map_err(refuse)?]),
        _ => bytes
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::trim_ascii)
            .filter(|line| !line.is_empty())
            .map(|line| tokens(line).map_err(refuse))
            .collect(),
    }
}

/// A JSON value, or `@FILE` with one inside, or `@-` for standard input.
pub(crate) fn json_text(argument: &str, flag: &str) -> Result<String, Failure> {
    let Some(file) = argument.strip_prefix('@') else {
        return Ok(argument.to_owned());
    };
    String::from_utf8(read(Some(&PathBuf::from(file)))?)
        .map_err(|_| Failure::malformed(format_args!("`{flag}`: `{file}` is not UTF-8")))
}

/// As [`json_text`], read as a value.
pub(crate) fn json_value(argument: &str, flag: &str) -> Result<Ipld, Failure> {
    from_dag_json(&json_text(argument, flag)?)
        .map_err(|cause| Failure::malformed(format_args!("`{flag}`: {cause}")))
}

/// Reads `name=value`, the value as JSON where it is, and else as text.
pub(crate) fn named_value(argument: &str) -> Result<(String, Ipld), String> {
    let (name, value) = argument
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or("write NAME=VALUE")?;
    let value = from_dag_json(value).unwrap_or_else(|_| Ipld::String(value.to_owned()));
    Ok((name.to_owned(), value))
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    let (pairs, _) = digits.as_chunks();
    Some(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Either alphabet, with or without padding: a bare token has no form of its own as text.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [alphabet::STANDARD, alphabet::URL_SAFE]
        .iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, config).decode(text).ok())
}
