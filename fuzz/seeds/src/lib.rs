//! What an input of the target `verify` says: tokens before they are signed.
//!
//! The fuzzer changes what is signed and the target signs it, with real keys, so that every mutation
//! comes as far as its content takes it, and no verifier needs to be told to skip a signature.

use std::array;

use delegant_model::cbor;
use delegant_model::did::Algorithm;
use delegant_model::forge::{self, Flaw, Secret};
use delegant_model::reading::Reading;
use delegant_model::token::{Cid, cid};
use delegant_model::value::Value;

/// Everything that a decision depends on.
#[derive(Clone, Debug)]
pub struct Case {
    /// Seconds since 1970.
    pub now: i64,
    /// Seconds.
    pub leeway: i64,
    pub executor: String,
    /// Delegations in one chain.
    pub chain_limit: usize,
    /// Principals that are refused.
    pub refused: Vec<String>,
    /// The tokens at hand, in this order.
    pub proofs: Vec<Written>,
    pub revocations: Vec<Written>,
    pub invocation: Written,
}

/// A token, before or after its signature.
#[derive(Clone, Debug)]
pub enum Written {
    /// As it is.
    Bytes(Vec<u8>),
    /// `dlg` or `inv` behind `ucan/`, with the edition; fields; and what shall be wrong.
    Said {
        tag: String,
        fields: Value,
        flaw: usize,
    },
}

const NAMES: [&str; 8] = [
    "now",
    "leeway",
    "executor",
    "limit",
    "refused",
    "proofs",
    "revocations",
    "invocation",
];

const FLAWS: [Flaw; 8] = [
    Flaw::None,
    Flaw::FlippedBit,
    Flaw::OtherKey,
    Flaw::ShortSignature,
    Flaw::LongSignature,
    Flaw::NoSignature,
    Flaw::Twin,
    Flaw::OtherHeader,
];

impl Case {
    /// Reads an input; `None` where it is none.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let value = cbor::read(bytes, &Reading::RULED).ok()?;
        let Value::Map(entries) = &value else {
            return None;
        };
        if entries.len() != NAMES.len() {
            return None;
        }
        let [
            now,
            leeway,
            executor,
            limit,
            refused,
            proofs,
            revocations,
            invocation,
        ] = NAMES.map(|name| value.entry(name));
        Some(Self {
            now: integer(now?)?,
            leeway: integer(leeway?).filter(|seconds| (0..1 << 40).contains(seconds))?,
            executor: text(executor?)?,
            chain_limit: integer(limit?)?.try_into().ok()?,
            refused: list(refused?)?.iter().map(text).collect::<Option<_>>()?,
            proofs: list(proofs?)?
                .iter()
                .map(Written::read)
                .collect::<Option<_>>()?,
            revocations: list(revocations?)?
                .iter()
                .map(Written::read)
                .collect::<Option<_>>()?,
            invocation: Written::read(invocation?)?,
        })
    }

    /// Writes it as `read` takes it.
    pub fn write(&self) -> Vec<u8> {
        let all = |written: &[Written]| Value::List(written.iter().map(Written::write).collect());
        let values = [
            Value::Integer(self.now.into()),
            Value::Integer(self.leeway.into()),
            Value::text(&self.executor),
            Value::Integer(self.chain_limit as i128),
            Value::List(self.refused.iter().map(|did| Value::text(did)).collect()),
            all(&self.proofs),
            all(&self.revocations),
            self.invocation.write(),
        ];
        let entries = NAMES.map(str::to_owned).into_iter().zip(values);
        cbor::write(&Value::map(entries))
    }
}

impl Written {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => Some(Self::Bytes(bytes.clone())),
            Value::List(parts) => match parts.as_slice() {
                [
                    Value::Text(tag),
                    fields @ Value::Map(_),
                    Value::Integer(flaw),
                ] => Some(Self::Said {
                    tag: tag.clone(),
                    fields: fields.clone(),
                    flaw: usize::try_from(*flaw)
                        .ok()
                        .filter(|flaw| *flaw < FLAWS.len())?,
                }),
                _ => None,
            },
            _ => None,
        }
    }

    /// As a part of an input.
    pub fn write(&self) -> Value {
        match self {
            Self::Bytes(bytes) => Value::Bytes(bytes.clone()),
            Self::Said { tag, fields, flaw } => Value::List(vec![
                Value::text(tag),
                fields.clone(),
                Value::Integer(*flaw as i128),
            ]),
        }
    }

    /// The same with a link to each of these tokens as `link` writes it.
    pub fn linked(mut self, proofs: &[Cid]) -> Self {
        if let Self::Said { fields, .. } = &mut self {
            relink(fields, &|found| {
                let index = proofs.iter().position(|cid| cid.as_slice() == found)?;
                Some(link(u8::try_from(index).ok()?).to_vec())
            });
        }
        self
    }

    /// What is left to sign: every `link` leads to the token that it means.
    pub fn resolved(&self, proofs: &[Cid]) -> Self {
        let mut written = self.clone();
        if let Self::Said { fields, .. } = &mut written {
            relink(fields, &|found| {
                let index = found.strip_prefix(&link(0)[..35])?.first()?;
                Some(proofs.get(usize::from(*index))?.to_vec())
            });
        }
        written
    }

    /// Its bytes, signed by the principal that it names as its issuer, or else by the first.
    pub fn bytes(&self, principals: &Principals) -> Vec<u8> {
        let (tag, fields, flaw) = match self {
            Self::Bytes(bytes) => return bytes.clone(),
            Self::Said { tag, fields, flaw } => (tag, fields, *flaw),
        };
        let Value::Map(entries) = fields else {
            return Vec::new();
        };
        let secret = match fields.entry("iss") {
            Some(Value::Text(issuer)) => principals.secret(issuer),
            _ => principals.secret(""),
        };
        let (kind, edition) = tag.split_once('@').unwrap_or((tag, ""));
        let flaw = FLAWS.get(flaw).copied().unwrap_or(Flaw::None);
        forge::token(secret, kind, edition, entries.clone(), flaw)
    }

    /// Undoes `bytes`, where signing anew gives the same.
    pub fn of(bytes: &[u8], principals: &Principals) -> Self {
        let said = said(bytes).filter(|said| said.bytes(principals) == bytes);
        said.unwrap_or_else(|| Self::Bytes(bytes.to_vec()))
    }
}

fn said(bytes: &[u8]) -> Option<Written> {
    let value = cbor::read(bytes, &Reading::RULED).ok()?;
    let signed = match list(&value)? {
        [_, Value::Map(signed)] => signed,
        _ => return None,
    };
    let (tag, fields) = signed.iter().find(|(name, _)| name != "h")?;
    matches!(fields, Value::Map(_)).then(|| {
        Some(Written::Said {
            tag: tag.strip_prefix("ucan/")?.to_owned(),
            fields: fields.clone(),
            flaw: 0,
        })
    })?
}

/// How an input names a token at hand, whose CID it cannot know.
pub fn link(index: u8) -> Cid {
    let mut link = cid(&[]);
    link[4..].fill(0);
    link[35] = index;
    link
}

fn relink(value: &mut Value, other: &impl Fn(&[u8]) -> Option<Vec<u8>>) {
    match value {
        Value::Link(found) => {
            if let Some(other) = other(found) {
                *found = other;
            }
        }
        Value::List(list) => list.iter_mut().for_each(|value| relink(value, other)),
        Value::Map(entries) => entries
            .iter_mut()
            .for_each(|(_, value)| relink(value, other)),
        _ => {}
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(integer) => i64::try_from(*integer).ok(),
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

fn list(value: &Value) -> Option<&[Value]> {
    match value {
        Value::List(list) => Some(list),
        _ => None,
    }
}

/// The published principals of the test vectors, whose secret keys are one byte, 32 times.
pub struct Principals([(String, Secret); 11]);

impl Principals {
    pub fn published() -> Self {
        Self(array::from_fn(|index| {
            let algorithm = match index {
                0..7 => Algorithm::Ed25519,
                7 | 8 => Algorithm::P256,
                _ => Algorithm::Secp256k1,
            };
            let secret = Secret::new(algorithm, [index as u8 + 1; 32]);
            (secret.did(), secret)
        }))
    }

    fn secret(&self, name: &str) -> &Secret {
        let known = self.0.iter().find(|(did, _)| did == name);
        &known.unwrap_or(&self.0[0]).1
    }
}
