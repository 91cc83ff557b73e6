//! What shall the tokens of a case say? And their bytes.

use std::rc::Rc;

use delegant::Parsed;

use crate::chains::principals::Principals;
use crate::forge::{self, Flaw};
use crate::reading::Reading;
use crate::runner::hexadecimal;
use crate::token::{Cid, Token};
use crate::value::Value;

/// Where the clock stands, give or take some seconds.
pub(super) const NOON: i64 = 1_767_225_600;

/// What a delegation shall say.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) issuer: usize,
    pub(super) audience: usize,
    pub(super) subject: Option<usize>,
    pub(super) command: String,
    pub(super) policy: Value,
    pub(super) not_before: Option<i64>,
    pub(super) expiration: Option<i64>,
    pub(super) nonce: u64,
    pub(super) candidate: bool,
    pub(super) flaw: Flaw,
}

/// What an invocation shall say.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) issuer: usize,
    pub(super) subject: usize,
    pub(super) audience: Option<usize>,
    pub(super) command: String,
    pub(super) arguments: Value,
    pub(super) proofs: Vec<Named>,
    pub(super) not_before: Option<i64>,
    pub(super) expiration: Option<i64>,
    pub(super) nonce: u64,
    pub(super) candidate: bool,
    pub(super) flaw: Flaw,
}

/// A token that another names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// This one of those in the case.
    Link(usize),
    /// The other spelling of its signature, where it has one.
    TwinOf(usize),
    /// One that nobody has.
    Nothing(u8),
}

/// A revocation.
#[derive(Clone, Debug)]
pub(super) struct TakenBack {
    pub(super) revoker: usize,
    pub(super) authority: usize,
    pub(super) revoked: Named,
    pub(super) proofs: Vec<Named>,
    pub(super) flaw: Flaw,
}

/// Everything that a decision depends on.
#[derive(Clone)]
pub(super) struct Case {
    pub(super) asked: Asked,
    /// The tokens that `Named` counts.
    pub(super) links: Vec<Rc<Held>>,
    /// Which of them are at hand.
    pub(super) at_hand: Vec<usize>,
    pub(super) now: i64,
    pub(super) leeway: i64,
    pub(super) executor: usize,
    pub(super) revocations: Vec<TakenBack>,
    pub(super) refused: Vec<usize>,
    pub(super) chain_limit: usize,
}

/// A delegation: what it shall say, and what both readings make of its bytes.
pub(super) struct Held {
    pub(super) said: Given,
    pub(super) bytes: Vec<u8>,
    pub(super) modelled: Token,
    pub(super) theirs: Parsed<delegant::Delegation>,
}

impl Held {
    /// `None` where both readings refuse the bytes.
    pub(super) fn new(said: Given, principals: &Principals, reading: &Reading) -> Option<Self> {
        let bytes = said.bytes(principals);
        match (
            Token::decode(&bytes, reading),
            Parsed::<delegant::Delegation>::decode(&bytes),
        ) {
            (Ok(modelled), Ok(theirs)) => Some(Self {
                said,
                bytes,
                modelled,
                theirs,
            }),
            (Err(_), Err(_)) => None,
            (modelled, theirs) => panic!(
                "{said:?}\n{}\nmodel {:?}, delegant {:?}",
                hexadecimal(&bytes),
                modelled.map(|_| ()),
                theirs.map(|_| ())
            ),
        }
    }
}

impl Given {
    fn bytes(&self, principals: &Principals) -> Vec<u8> {
        let name = |principal: usize| Value::text(&principals.names[principal]);
        let mut fields = vec![
            ("iss".to_owned(), name(self.issuer)),
            ("aud".to_owned(), name(self.audience)),
            ("sub".to_owned(), self.subject.map_or(Value::Null, name)),
            ("cmd".to_owned(), Value::text(&self.command)),
            ("pol".to_owned(), self.policy.clone()),
            (
                "nonce".to_owned(),
                Value::Bytes(self.nonce.to_be_bytes().to_vec()),
            ),
            (
                "exp".to_owned(),
                self.expiration
                    .map_or(Value::Null, |moment| Value::Integer(moment.into())),
            ),
        ];
        fields.extend(
            self.not_before
                .map(|moment| ("nbf".to_owned(), Value::Integer(moment.into()))),
        );
        forge::token(
            principals.secret(self.issuer),
            "dlg",
            edition(self.candidate),
            fields,
            self.flaw,
        )
    }
}

fn edition(candidate: bool) -> &'static str {
    if candidate { "1.0.0-rc.1" } else { "1.0.0" }
}

impl Case {
    pub(super) fn invocation(&self, principals: &Principals) -> Vec<u8> {
        let asked = &self.asked;
        let name = |principal: usize| Value::text(&principals.names[principal]);
        let mut fields = vec![
            ("iss".to_owned(), name(asked.issuer)),
            ("sub".to_owned(), name(asked.subject)),
            ("cmd".to_owned(), Value::text(&asked.command)),
            ("args".to_owned(), asked.arguments.clone()),
            ("prf".to_owned(), self.named_all(&asked.proofs)),
            (
                "nonce".to_owned(),
                Value::Bytes(asked.nonce.to_be_bytes().to_vec()),
            ),
            (
                "exp".to_owned(),
                asked
                    .expiration
                    .map_or(Value::Null, |moment| Value::Integer(moment.into())),
            ),
        ];
        fields.extend(
            asked
                .audience
                .map(|audience| ("aud".to_owned(), name(audience))),
        );
        fields.extend(
            asked
                .not_before
                .map(|moment| ("nbf".to_owned(), Value::Integer(moment.into()))),
        );
        forge::token(
            principals.secret(asked.issuer),
            "inv",
            edition(asked.candidate),
            fields,
            asked.flaw,
        )
    }

    pub(super) fn revocation(&self, taken: &TakenBack, principals: &Principals) -> Vec<u8> {
        let fields = vec![
            (
                "iss".to_owned(),
                Value::text(&principals.names[taken.revoker]),
            ),
            (
                "sub".to_owned(),
                Value::text(&principals.names[taken.authority]),
            ),
            ("cmd".to_owned(), Value::text("/ucan/revoke")),
            (
                "args".to_owned(),
                Value::map([
                    (
                        "revoke".to_owned(),
                        Value::Link(self.cid(taken.revoked).to_vec()),
                    ),
                    ("path".to_owned(), Value::List(Vec::new())),
                ]),
            ),
            ("prf".to_owned(), self.named_all(&taken.proofs)),
            ("nonce".to_owned(), Value::Bytes(Vec::new())),
            ("exp".to_owned(), Value::Null),
        ];
        forge::token(
            principals.secret(taken.revoker),
            "inv",
            "1.0.0",
            fields,
            taken.flaw,
        )
    }

    fn named_all(&self, named: &[Named]) -> Value {
        Value::List(
            named
                .iter()
                .map(|named| Value::Link(self.cid(*named).to_vec()))
                .collect(),
        )
    }

    fn cid(&self, named: Named) -> Cid {
        match named {
            Named::Link(link) => self.links[link].modelled.cid,
            Named::TwinOf(link) => self.links[link]
                .modelled
                .twin
                .unwrap_or(self.links[link].modelled.cid),
            Named::Nothing(number) => crate::token::cid(&[number]),
        }
    }
}

pub(super) fn shown(case: &Case, principals: &Principals) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "invocation {:?}\n  {}",
        case.asked,
        hexadecimal(&case.invocation(principals))
    );
    let named = case.asked.proofs.iter().chain(
        case.revocations
            .iter()
            .flat_map(|taken| taken.proofs.iter().chain([&taken.revoked])),
    );
    let named: Vec<Named> = named.copied().collect();
    for (place, link) in case.links.iter().enumerate() {
        let matters = |named: &Named| [Named::Link(place), Named::TwinOf(place)].contains(named);
        if !case.at_hand.contains(&place) && !named.iter().any(matters) {
            continue;
        }
        let at_hand = if case.at_hand.contains(&place) {
            "at hand"
        } else {
            "not at hand"
        };
        let _ = writeln!(
            text,
            "link {place}, {at_hand} {:?}\n  {}",
            link.said,
            hexadecimal(&link.bytes)
        );
    }
    for taken in &case.revocations {
        let _ = writeln!(
            text,
            "revocation {taken:?}\n  {}",
            hexadecimal(&case.revocation(taken, principals))
        );
    }
    let Case {
        now,
        leeway,
        executor,
        refused,
        chain_limit,
        ..
    } = case;
    let _ = writeln!(
        text,
        "now {now}, leeway {leeway}, executor {executor}, refused {refused:?}, chain limit {chain_limit}; principals {:?}",
        principals.names,
    );
    text
}
