//! Random bytes, and bytes of values and tokens after an accident.

mod odd;

use delegant::{DidKeys, Limits};

use crate::bridge::from_ipld;
use crate::bytes::odd::{odd_field, odd_value};
use crate::did::Algorithm;
use crate::forge::{Flaw, Secret};
use crate::random::Random;
use crate::reading::Reading;
use crate::runner::{ALLOWED, Comparison, Outcome, hexadecimal};
use crate::token::{Cid, Payload, Token};
use crate::value::Value;
use crate::{cbor, forge, policies, smaller, token};

/// Compares what is read, as which value; and which bytes are a token, who says what in it, and
/// whether they signed it.
pub struct Bytes {
    random: Random,
    reading: Reading,
    secrets: [Secret; 3],
    names: [String; 3],
}

/// What a reading makes of bytes as a value: one that is written in the same way.
type AsValue = Option<String>;

/// What a reading makes of bytes as a token.
#[derive(Debug, PartialEq, Eq)]
struct AsToken {
    cid: Cid,
    issuer: String,
    subject: Option<String>,
    audience: Option<String>,
    command: String,
    bounds: (Option<i64>, Option<i64>),
    proofs: Vec<Cid>,
    signed: bool,
}

impl Comparison for Bytes {
    fn new(random: Random, reading: Reading) -> Self {
        let secrets = [Algorithm::Ed25519, Algorithm::P256, Algorithm::Secp256k1]
            .map(|algorithm| Secret::new(algorithm, [9; 32]));
        Self {
            random,
            reading,
            names: secrets.each_ref().map(Secret::did),
            secrets,
        }
    }

    fn next(&mut self) -> Outcome {
        let bytes = self.draw();
        match difference(&bytes, &self.reading) {
            Ok(verdict) => Outcome::Same(verdict),
            Err(_) => {
                let differs = |bytes: &Vec<u8>| difference(bytes, &self.reading).is_err();
                let least = smaller::shrink(
                    bytes,
                    |bytes, differs| fewer(bytes, &self.reading).find(differs),
                    differs,
                );
                let said = difference(&least, &self.reading).expect_err("shrinking keeps it");
                Outcome::Different(format!("{}\n{said}", hexadecimal(&least)))
            }
        }
    }
}

/// What both readings say of these bytes, as a value and as a token, or how they differ.
pub fn difference(bytes: &[u8], reading: &Reading) -> Result<&'static str, String> {
    let modelled: AsValue = cbor::read(bytes, reading)
        .ok()
        .map(|value| format!("{value:?}"));
    let theirs: AsValue = delegant::from_dag_cbor(bytes, &Limits::DEFAULT)
        .ok()
        .map(|value| format!("{:?}", from_ipld(&value)));
    if modelled != theirs {
        return Err(format!(
            "as a value, model {modelled:?}, delegant {theirs:?}"
        ));
    }
    let token = Token::decode(bytes, reading);
    let modelled = token.as_ref().ok().map(as_modelled);
    let decoded = delegant::Token::decode(bytes);
    let theirs = decoded.as_ref().ok().map(as_theirs);
    if modelled != theirs {
        let (no, not) = (token.err(), decoded.err());
        return Err(format!(
            "as a token, model {no:?} {modelled:?}, delegant {not:?} {theirs:?}"
        ));
    }
    Ok(match modelled {
        Some(token) if token.signed => ALLOWED,
        Some(_) => "token, not signed",
        None if cbor::read(bytes, reading).is_ok() => "value, no token",
        None => "no value",
    })
}

fn as_modelled(token: &Token) -> AsToken {
    let command = |command: &token::Command| format!("/{}", command.0.join("/"));
    match &token.payload {
        Payload::Delegation(said) => AsToken {
            cid: token.cid,
            issuer: said.issuer.clone(),
            subject: said.subject.clone(),
            audience: Some(said.audience.clone()),
            command: command(&said.command),
            bounds: (said.not_before, said.expiration),
            proofs: Vec::new(),
            signed: token.signed,
        },
        Payload::Invocation(said) => AsToken {
            cid: token.cid,
            issuer: said.issuer.clone(),
            subject: Some(said.subject.clone()),
            audience: said.audience.clone(),
            command: command(&said.command),
            bounds: (said.not_before, said.expiration),
            proofs: said.proofs.clone(),
            signed: token.signed,
        },
    }
}

fn as_theirs(token: &delegant::Token) -> AsToken {
    let moments = |bounds: delegant::TimeBounds| {
        let unix = |moment: delegant::Timestamp| moment.to_unix();
        (bounds.not_before().map(unix), bounds.expiration().map(unix))
    };
    match token {
        delegant::Token::Delegation(parsed) => {
            let said = parsed.unverified();
            AsToken {
                cid: parsed.cid().to_bytes(),
                issuer: said.issuer().to_string(),
                subject: said.subject().did().map(ToString::to_string),
                audience: Some(said.audience().to_string()),
                command: said.command().to_string(),
                bounds: moments(said.bounds()),
                proofs: Vec::new(),
                signed: parsed.verify(&DidKeys).is_ok(),
            }
        }
        delegant::Token::Invocation(parsed) => {
            let said = parsed.unverified();
            AsToken {
                cid: parsed.cid().to_bytes(),
                issuer: said.issuer().to_string(),
                subject: Some(said.subject().to_string()),
                audience: said.audience().map(ToString::to_string),
                command: said.command().to_string(),
                bounds: moments(said.bounds()),
                proofs: said.proofs().iter().map(|proof| proof.to_bytes()).collect(),
                signed: parsed.verify(&DidKeys).is_ok(),
            }
        }
    }
}

/// A smaller value, where they are one; or without a run of bytes, the longest first; or with a zero
/// for a byte.
fn fewer<'a>(bytes: &'a [u8], reading: &Reading) -> impl Iterator<Item = Vec<u8>> + 'a {
    let value = cbor::read(bytes, reading).ok();
    let values = value
        .into_iter()
        .flat_map(|value| smaller::values(&value))
        .map(|value| cbor::write(&value));
    let lengths = std::iter::successors(Some(bytes.len() / 2), |length| Some(length / 2))
        .take_while(|length| *length > 0);
    let runs = lengths.flat_map(move |length| {
        (0..=bytes.len() - length)
            .step_by(length)
            .map(move |start| (start, length))
    });
    let without = runs.map(move |(start, length)| {
        let mut fewer = bytes.to_vec();
        fewer.drain(start..start + length);
        fewer
    });
    let not_zero = (0..bytes.len()).filter(move |place| bytes[*place] != 0);
    let plainer = not_zero.map(move |place| {
        let mut plainer = bytes.to_vec();
        plainer[place] = 0;
        plainer
    });
    values.chain(without).chain(plainer)
}

impl Bytes {
    fn draw(&mut self) -> Vec<u8> {
        let mut bytes = match self.random.below(100) {
            0 if self.random.percent(20) => self.at_a_limit(),
            0..15 => self.heads(),
            15..60 => {
                let value = odd_value(&mut self.random, 3);
                cbor::write(&value)
            }
            _ => self.token(),
        };
        if self.random.percent(40) {
            self.accident(&mut bytes);
        }
        bytes
    }

    /// Bytes that often begin something.
    fn heads(&mut self) -> Vec<u8> {
        const HEADS: [u8; 32] = [
            0x00, 0x17, 0x18, 0x19, 0x1b, 0x20, 0x38, 0x3b, 0x40, 0x41, 0x58, 0x60, 0x61, 0x62,
            0x78, 0x80, 0x81, 0x82, 0x98, 0xa0, 0xa1, 0xa2, 0xb8, 0xd8, 0x2a, 0xf4, 0xf6, 0xf7,
            0xf9, 0xfa, 0xfb, 0xff,
        ];
        let count = 1 + self.random.below(12);
        (0..count)
            .map(|_| {
                if self.random.percent(70) {
                    *self.random.of(&HEADS)
                } else {
                    self.random.number() as u8
                }
            })
            .collect()
    }

    /// Ruling 4: just within a budget, or just beyond.
    fn at_a_limit(&mut self) -> Vec<u8> {
        let around = self.random.below(3);
        let nested = |count: usize, head: &[u8], innermost: &[u8]| {
            let mut bytes = head.repeat(count);
            bytes.extend(innermost);
            bytes
        };
        match self.random.below(5) {
            0 => nested(62 + around, &[0x81], &[0x80]),
            1 => nested(63 + around, &[0x81], &[0xf6]),
            2 => nested(63 + around, &[0xa1, 0x60], &[0x00]),
            3 => {
                let mut bytes = Vec::new();
                let count = 16_382 + around as u64;
                cbor::head(&mut bytes, 4, count);
                bytes.extend(vec![0xf6; count as usize]);
                bytes
            }
            _ => {
                let mut bytes = Vec::new();
                let count = 8_190 + around as u64;
                cbor::head(&mut bytes, 5, count);
                for number in 0..count {
                    cbor::append(&mut bytes, &Value::Text(format!("{number:04}")));
                    bytes.push(0xf5);
                }
                bytes
            }
        }
    }

    fn token(&mut self) -> Vec<u8> {
        // ECDSA takes its time.
        const SIGNERS: [usize; 25] = [
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2,
        ];
        let random = &mut self.random;
        let secret = *random.of(&SIGNERS);
        let name = self.names[secret].clone();
        let kind = if random.percent(50) { "dlg" } else { "inv" };
        let mut fields = vec![
            ("iss".to_owned(), Value::Text(name.clone())),
            ("sub".to_owned(), Value::Text(name.clone())),
            ("cmd".to_owned(), Value::text("/a")),
            ("nonce".to_owned(), Value::Bytes(random.bytes(8))),
            ("exp".to_owned(), Value::Null),
        ];
        if kind == "dlg" {
            fields.push(("aud".to_owned(), Value::Text(name.clone())));
            fields.push(("pol".to_owned(), Value::List(Vec::new())));
        } else {
            fields.push(("args".to_owned(), policies::arguments(random)));
            fields.push(("prf".to_owned(), Value::List(Vec::new())));
        }
        for _ in 0..*random.of(&[0, 1, 1, 1, 2]) {
            let (field, value) = odd_field(random, &name);
            fields.retain(|(name, _)| *name != field);
            if random.percent(97) {
                fields.push((field, value));
            }
        }
        let flaw = match random.below(20) {
            0 => *random.of(&Flaw::OF_SIGNATURES),
            1 => *random.of(&Flaw::OF_FORM),
            _ => Flaw::None,
        };
        let edition = match random.below(20) {
            0 => *random.of(&["1.0.1", "1.0.0-rc.2", "1.0.0 ", ""]),
            1..=3 => "1.0.0-rc.1",
            _ => "1.0.0",
        };
        forge::token(&self.secrets[secret], kind, edition, fields, flaw)
    }

    fn accident(&mut self, bytes: &mut Vec<u8>) {
        let random = &mut self.random;
        if bytes.is_empty() {
            return;
        }
        let place = random.below(bytes.len());
        match random.below(8) {
            0 | 1 => bytes[place] ^= 1 << random.below(8),
            2 => bytes[place] = random.number() as u8,
            3 => bytes.insert(place, random.number() as u8),
            4 => {
                bytes.remove(place);
            }
            5 => bytes.truncate(place),
            6 => bytes.push(random.number() as u8),
            // A head one size too large.
            _ => {
                if bytes[place] & 0x1f < 24 {
                    let number = bytes[place] & 0x1f;
                    bytes[place] = bytes[place] & 0xe0 | 24;
                    bytes.insert(place + 1, number);
                }
            }
        }
    }
}
