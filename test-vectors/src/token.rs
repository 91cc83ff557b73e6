//! What is signed? Tokens, right or wrong, written and signed by hand.

use serde_json::Value as Json;

use crate::cbor::{Value, head, raw};
use crate::principal::Principal;
use crate::text;

/// The moment at which rows judge, unless they say otherwise: 2026-01-01T00:00:00Z.
pub(crate) const NOW: i64 = 1_767_225_600;
/// When tokens expire, unless they say otherwise: a day later.
pub(crate) const LATER: i64 = NOW + 86_400;
/// The nonce of every token, unless it says otherwise.
pub(crate) const NONCE: [u8; 16] = [
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
];
pub(crate) const DELEGATION: &str = "ucan/dlg@1.0.0";
pub(crate) const INVOCATION: &str = "ucan/inv@1.0.0";

/// A token before it is signed.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    signer: Principal,
    header: Value,
    tag: Value,
    fields: Vec<(String, Value)>,
}

/// Bytes that are, or pretend to be, a token.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) bytes: Vec<u8>,
    draft: Draft,
    envelope: Value,
}

/// A delegation of `/crm/read` without a policy.
pub(crate) fn delegation(from: Principal, to: Principal, subject: Principal) -> Draft {
    Draft::new(from, DELEGATION)
        .with("aud", to.did())
        .with("sub", subject.did())
        .with("cmd", "/crm/read")
        .with("pol", Value::List(Vec::new()))
}

/// A delegation for any subject.
pub(crate) fn powerline(from: Principal, to: Principal) -> Draft {
    delegation(from, to, to).with("sub", Value::Null)
}

/// An invocation of `/crm/read` on this subject.
pub(crate) fn invocation(from: Principal, subject: Principal, proofs: &[Token]) -> Draft {
    Draft::new(from, INVOCATION)
        .with("sub", subject.did())
        .with("cmd", "/crm/read")
        .with("args", crate::cbor::map([("id", "c-1".into())]))
        .with("prf", links(proofs))
}

/// Links to these tokens.
pub(crate) fn links(tokens: &[Token]) -> Value {
    Value::List(tokens.iter().map(Token::link).collect())
}

impl Draft {
    pub(crate) fn new(signer: Principal, tag: &str) -> Self {
        Self {
            signer,
            header: Value::Bytes(signer.curve.header().to_vec()),
            tag: tag.into(),
            fields: Vec::new(),
        }
        .with("iss", signer.did())
        .with("exp", LATER)
        .with("nonce", Value::Bytes(NONCE.to_vec()))
    }

    /// Sets a field.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self = self.without(name);
        self.fields.push((name.to_owned(), value.into()));
        self
    }

    /// Leaves a field out.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self
    }

    pub(crate) fn tag(mut self, tag: impl Into<Value>) -> Self {
        self.tag = tag.into();
        self
    }

    pub(crate) fn header(mut self, header: impl Into<Value>) -> Self {
        self.header = header.into();
        self
    }

    pub(crate) fn header_bytes(self, header: &[u8]) -> Self {
        self.header(Value::Bytes(header.to_vec()))
    }

    /// Whoever signs, the field `iss` stays.
    pub(crate) fn signed_by(mut self, signer: Principal) -> Self {
        self.signer = signer;
        self
    }

    pub(crate) fn field(&self, name: &str) -> Option<&Value> {
        let mut fields = self.fields.iter();
        fields.find_map(|(known, value)| (known == name).then_some(value))
    }

    pub(crate) fn payload(&self) -> Value {
        Value::Map(self.fields.clone())
    }

    /// What is signed, around this payload.
    pub(crate) fn around(&self, payload: Value) -> Value {
        match &self.tag {
            Value::Text(tag) => Value::Map(vec![
                ("h".to_owned(), self.header.clone()),
                (tag.clone(), payload),
            ]),
            other => Value::Pairs(vec![
                ("h".into(), self.header.clone()),
                (other.clone(), payload),
            ]),
        }
    }

    pub(crate) fn sig_payload(&self) -> Value {
        self.around(self.payload())
    }

    pub(crate) fn sign(&self) -> Token {
        self.sign_bytes(self.sig_payload())
    }

    /// Signs this in the place of `SigPayload`.
    pub(crate) fn sign_bytes(&self, sig_payload: Value) -> Token {
        let signature = self.signer.sign(&sig_payload.encode());
        self.with_signature(signature, sig_payload)
    }

    /// Signs with this in the place of the payload.
    pub(crate) fn sign_payload(&self, payload: Value) -> Token {
        self.sign_bytes(self.around(payload))
    }

    pub(crate) fn with_signature(&self, signature: Vec<u8>, sig_payload: Value) -> Token {
        self.envelope(Value::List(vec![Value::Bytes(signature), sig_payload]))
    }

    pub(crate) fn envelope(&self, envelope: Value) -> Token {
        Token {
            bytes: envelope.encode(),
            draft: self.clone(),
            envelope,
        }
    }
}

impl Token {
    pub(crate) fn cid(&self) -> String {
        text::cid(&text::cid_of(&self.bytes))
    }

    pub(crate) fn link(&self) -> Value {
        Value::Link(text::cid_of(&self.bytes))
    }

    pub(crate) fn hex(&self) -> String {
        text::hex(&self.bytes)
    }

    pub(crate) fn json(&self) -> Json {
        self.envelope.to_json()
    }

    pub(crate) fn field(&self, name: &str) -> Option<&Value> {
        self.draft.field(name)
    }

    /// The signature and what it covers.
    pub(crate) fn parts(&self) -> (Vec<u8>, Value) {
        match &self.envelope {
            Value::List(parts) => match parts.as_slice() {
                [Value::Bytes(signature), signed] => (signature.clone(), signed.clone()),
                _ => panic!("not a signature and what it covers"),
            },
            _ => panic!("not an envelope"),
        }
    }

    /// The same token with its signature changed.
    pub(crate) fn resigned(&self, change: impl FnOnce(&mut Vec<u8>)) -> Self {
        let (mut signature, signed) = self.parts();
        change(&mut signature);
        self.draft.with_signature(signature, signed)
    }

    /// The same token with one bit of its signature flipped.
    pub(crate) fn forged(&self) -> Self {
        self.resigned(|signature| signature[40] ^= 1)
    }

    /// The same token with other bytes.
    pub(crate) fn spelled(&self, bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            draft: self.draft.clone(),
            envelope: raw(&[]),
        }
    }

    /// The CID of the task that an invocation asks for.
    pub(crate) fn task(&self) -> String {
        let field = |name: &str| (name.to_owned(), self.field(name).unwrap().clone());
        let task = Value::Map(["sub", "cmd", "args", "nonce"].map(field).into());
        text::cid(&text::cid_of(&task.encode()))
    }
}

/// An integer in more bytes than it needs, and the like.
pub(crate) fn wide(major: u8, argument: u64, width: usize, content: &[u8]) -> Value {
    let mut bytes = head(major, argument, width);
    bytes.extend(content);
    raw(&bytes)
}
