//! What was signed? Envelopes, delegations and invocations (rulings 1 to 6, 10 and 14).

use sha2::{Digest as _, Sha256};

use crate::cbor;
use crate::did::{self, Algorithm, Key};
use crate::policy::Policy;
use crate::reading::Reading;
use crate::value::Value;

/// The name of a refusal.
pub type Code = &'static str;

/// CIDv1, DAG-CBOR, SHA-256 (ruling 6).
pub type Cid = [u8; 36];

/// The CID of a token's bytes.
pub fn cid(bytes: &[u8]) -> Cid {
    let mut cid = [0; 36];
    cid[..4].copy_from_slice(&[0x01, 0x71, 0x12, 0x20]);
    cid[4..].copy_from_slice(&Sha256::digest(bytes));
    cid
}

/// A token in order, and whether its issuer signed it.
#[derive(Clone, Debug)]
pub struct Token {
    pub cid: Cid,
    /// The CID under the other spelling of its signature, where it has one (ruling 8).
    pub twin: Option<Cid>,
    pub signed: bool,
    pub payload: Payload,
}

/// What a token says.
#[derive(Clone, Debug)]
pub enum Payload {
    Delegation(Delegation),
    Invocation(Invocation),
}

#[derive(Clone, Debug)]
pub struct Delegation {
    pub issuer: String,
    pub audience: String,
    /// `None` is a powerline.
    pub subject: Option<String>,
    pub command: Command,
    pub policy: Policy,
    pub not_before: Option<i64>,
    pub expiration: Option<i64>,
}

#[derive(Clone, Debug)]
pub struct Invocation {
    pub issuer: String,
    pub subject: String,
    pub audience: Option<String>,
    pub command: Command,
    pub arguments: Value,
    pub proofs: Vec<Cid>,
    pub not_before: Option<i64>,
    pub expiration: Option<i64>,
}

impl Token {
    pub fn delegation(&self) -> Option<&Delegation> {
        match &self.payload {
            Payload::Delegation(delegation) => Some(delegation),
            Payload::Invocation(_) => None,
        }
    }

    pub fn invocation(&self) -> Option<&Invocation> {
        match &self.payload {
            Payload::Invocation(invocation) => Some(invocation),
            Payload::Delegation(_) => None,
        }
    }

    /// Reads a token and checks its signature.
    pub fn decode(bytes: &[u8], reading: &Reading) -> Result<Self, Code> {
        // Ruling 17.
        if bytes.len() > 64 * 1024 {
            return Err("LimitExceeded");
        }
        let envelope = cbor::read(bytes, reading).map_err(|refusal| match refusal {
            cbor::Refusal::Malformed => "Malformed",
            cbor::Refusal::LimitExceeded => "LimitExceeded",
        })?;
        // Ruling 1, the third check.
        if cbor::write(&envelope) != bytes {
            return Err("Malformed");
        }
        let Value::List(parts) = &envelope else {
            return Err("Malformed");
        };
        let [
            signature @ Value::Bytes(signature_bytes),
            Value::Map(sig_payload),
        ] = parts.as_slice()
        else {
            return Err("Malformed");
        };
        // Ruling 2: exactly two keys.
        let [(h, Value::Bytes(header)), (tag, payload)] = sig_payload.as_slice() else {
            return Err("Malformed");
        };
        if h != "h" {
            return Err("Malformed");
        }
        let algorithm = Algorithm::of_header(header).ok_or("UnsupportedAlgorithm")?;
        // Ruling 2: the tag before the payload.
        let is_delegation = match tag.as_str() {
            "ucan/dlg@1.0.0" | "ucan/dlg@1.0.0-rc.1" => true,
            "ucan/inv@1.0.0" | "ucan/inv@1.0.0-rc.1" => false,
            _ => return Err("UnsupportedVersion"),
        };
        let Value::Map(fields) = payload else {
            return Err("Malformed");
        };
        let mut fields = Fields(fields.clone());
        let issuer_key =
            did::parse(fields.peek_text("iss").ok_or("Malformed")?).ok_or("Malformed")?;
        let payload = if is_delegation {
            delegation(&mut fields).map(Payload::Delegation)
        } else {
            invocation(&mut fields).map(Payload::Invocation)
        };
        // Ruling 5: unknown fields are refused.
        let payload = payload.filter(|_| fields.0.is_empty()).ok_or("Malformed")?;
        // Ruling 1: over the received bytes of the second element.
        let prefix = 1 + cbor::write(signature).len();
        let signed_bytes = &bytes[prefix..];
        let twin = did::twin(algorithm, signature_bytes).map(|twin| {
            let mut bytes = vec![0x82];
            cbor::append(&mut bytes, &Value::Bytes(twin));
            bytes.extend(signed_bytes);
            cid(&bytes)
        });
        Ok(Self {
            cid: cid(bytes),
            twin,
            signed: signed(&issuer_key, algorithm, signed_bytes, signature_bytes),
            payload,
        })
    }
}

fn signed(key: &Key, header: Algorithm, message: &[u8], signature: &[u8]) -> bool {
    did::signed(key, header, message, signature)
}

fn delegation(fields: &mut Fields) -> Option<Delegation> {
    let (not_before, expiration) = fields.bounds()?;
    fields.nonce_and_meta()?;
    Some(Delegation {
        issuer: fields.did("iss")?,
        audience: fields.did("aud")?,
        // An explicit null is a powerline; absence is nothing.
        subject: match fields.take("sub")? {
            Value::Null => None,
            Value::Text(text) => did::parse(&text).map(|_| Some(text))?,
            _ => return None,
        },
        command: Command::parse(&fields.text("cmd")?)?,
        policy: Policy::parse(&fields.take("pol")?)?,
        not_before,
        expiration,
    })
}

fn invocation(fields: &mut Fields) -> Option<Invocation> {
    let (not_before, expiration) = fields.bounds()?;
    fields.nonce_and_meta()?;
    // Ruling 16: `iat` never decides.
    if let Some(moment) = fields.take("iat") {
        timestamp(moment)?;
    }
    if let Some(cause) = fields.take("cause") {
        token_link(cause)?;
    }
    let proofs = match fields.take("prf")? {
        Value::List(links) => links
            .into_iter()
            .map(token_link)
            .collect::<Option<Vec<_>>>()?,
        _ => return None,
    };
    // Ruling 17: a chain has at most 32 links.
    if proofs.len() > 32 {
        return None;
    }
    // Ruling 10 and reading e: duplicates are refused.
    if proofs
        .iter()
        .enumerate()
        .any(|(place, proof)| proofs[..place].contains(proof))
    {
        return None;
    }
    Some(Invocation {
        issuer: fields.did("iss")?,
        subject: fields.did("sub")?,
        audience: match fields.take("aud") {
            None => None,
            Some(Value::Text(text)) => did::parse(&text).map(|_| Some(text))?,
            Some(_) => return None,
        },
        command: Command::parse(&fields.text("cmd")?)?,
        arguments: match fields.take("args")? {
            map @ Value::Map(_) => map,
            _ => return None,
        },
        proofs,
        not_before,
        expiration,
    })
}

/// The fields of a payload that nobody has taken yet.
struct Fields(Vec<(String, Value)>);

impl Fields {
    fn take(&mut self, name: &str) -> Option<Value> {
        let place = self.0.iter().position(|(field, _)| field == name)?;
        Some(self.0.remove(place).1)
    }

    fn peek_text(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|(field, value)| match value {
            Value::Text(text) if field == name => Some(text.as_str()),
            _ => None,
        })
    }

    fn text(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    fn did(&mut self, name: &str) -> Option<String> {
        self.text(name).filter(|text| did::parse(text).is_some())
    }

    /// Ruling 5: `exp` must be there, null for never; `nbf` may be; ruling 16: and not after `exp`.
    fn bounds(&mut self) -> Option<(Option<i64>, Option<i64>)> {
        let not_before = match self.take("nbf") {
            None => None,
            Some(moment) => Some(timestamp(moment)?),
        };
        let expiration = match self.take("exp")? {
            Value::Null => None,
            moment => Some(timestamp(moment)?),
        };
        match (not_before, expiration) {
            (Some(not_before), Some(expiration)) if not_before > expiration => None,
            bounds => Some(bounds),
        }
    }

    /// Ruling 5: up to 64 bytes of nonce; ruling 17: up to 8 KiB of meta.
    fn nonce_and_meta(&mut self) -> Option<()> {
        match self.take("nonce")? {
            Value::Bytes(nonce) if nonce.len() <= 64 => {}
            _ => return None,
        }
        match self.take("meta") {
            None => Some(()),
            Some(meta @ Value::Map(_)) => (cbor::write(&meta).len() <= 8 * 1024).then_some(()),
            Some(_) => None,
        }
    }
}

/// Ruling 5: within ±(2^53 − 1).
fn timestamp(value: Value) -> Option<i64> {
    const LAST: i128 = (1 << 53) - 1;
    match value {
        Value::Integer(moment) if (-LAST..=LAST).contains(&moment) => i64::try_from(moment).ok(),
        _ => None,
    }
}

/// A link to a token and to nothing else (ruling 6).
fn token_link(value: Value) -> Option<Cid> {
    match value {
        Value::Link(bytes) if bytes.starts_with(&[0x01, 0x71, 0x12, 0x20]) => bytes.try_into().ok(),
        _ => None,
    }
}

/// A command, as its segments; none for `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command(pub Vec<String>);

impl Command {
    /// Ruling 14.
    pub fn parse(text: &str) -> Option<Self> {
        let path = text.strip_prefix('/')?;
        if text.len() > 256 {
            return None;
        }
        if path.is_empty() {
            return Some(Self(Vec::new()));
        }
        let segments: Vec<String> = path.split('/').map(str::to_owned).collect();
        let fits = |segment: &String| {
            !segment.is_empty()
                && segment != "."
                && segment != ".."
                && !segment.chars().any(char::is_control)
                && segment.chars().all(|character| {
                    !character.is_uppercase() && character.to_lowercase().eq([character])
                })
        };
        (segments.len() <= 16 && segments.iter().all(fits)).then_some(Self(segments))
    }

    /// Ruling 14: by whole segments.
    pub fn covers(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }
}
