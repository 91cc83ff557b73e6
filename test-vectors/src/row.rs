//! What is a row? One case, its verdict, and the rulings that it pins.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::cbor::Value;
use crate::principal::{ALICE, Principal};
use crate::text;
use crate::token::{NOW, Token};

/// The name of the refusal, for what must be refused.
pub(crate) type Verdict = Result<(), &'static str>;

pub(crate) const VALID: Verdict = Ok(());
pub(crate) const MALFORMED: Verdict = Err("Malformed");
pub(crate) const UNSUPPORTED_ALGORITHM: Verdict = Err("UnsupportedAlgorithm");
pub(crate) const UNSUPPORTED_VERSION: Verdict = Err("UnsupportedVersion");
pub(crate) const LIMIT_EXCEEDED: Verdict = Err("LimitExceeded");
pub(crate) const INVALID_SIGNATURE: Verdict = Err("InvalidSignature");
pub(crate) const EXPIRED: Verdict = Err("Expired");
pub(crate) const TOO_EARLY: Verdict = Err("TooEarly");
pub(crate) const UNAVAILABLE_PROOF: Verdict = Err("UnavailableProof");
pub(crate) const INVALID_CLAIM: Verdict = Err("InvalidClaim");
pub(crate) const INVALID_SUBJECT: Verdict = Err("InvalidSubject");
pub(crate) const INVALID_AUDIENCE: Verdict = Err("InvalidAudience");
pub(crate) const COMMAND_NOT_COVERED: Verdict = Err("CommandNotCovered");
pub(crate) const MATCH_ERROR: Verdict = Err("MatchError");
pub(crate) const UNRESOLVED_PROMISE: Verdict = Err("UnresolvedPromise");
pub(crate) const REVOKED: Verdict = Err("Revoked");
pub(crate) const REFUSED_PRINCIPAL: Verdict = Err("RefusedPrincipal");

/// The rows of one file.
pub(crate) struct Family {
    pub(crate) name: &'static str,
    rows: Vec<Json>,
    /// The name of the row with each content.
    contents: BTreeMap<String, String>,
    mistakes: Vec<String>,
}

/// The keys of a row in the order in which they are written.
const ORDER: [&str; 36] = [
    "name",
    "kind",
    "says",
    "ruling",
    "as",
    "token",
    "bytes",
    "did",
    "cid",
    "command",
    "covers",
    "selector",
    "pattern",
    "text",
    "policy",
    "policy_cbor",
    "args",
    "args_cbor",
    "found",
    "now",
    "leeway",
    "executor",
    "invocation",
    "proofs",
    "revocations",
    "refuse",
    "verdict",
    "code",
    "at",
    "truth",
    "tokens",
    "key",
    "task",
    "window",
    "principals",
    "dag_json",
];

impl Family {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            rows: Vec::new(),
            contents: BTreeMap::new(),
            mistakes: Vec::new(),
        }
    }

    /// Adds a row; two of one name, or of one content, are a mistake.
    pub(crate) fn add(
        &mut self,
        kind: &str,
        name: impl Into<String>,
        says: impl Into<String>,
        ruling: &[u8],
        verdict: Verdict,
        content: Json,
    ) {
        let (name, says) = (name.into(), says.into());
        assert!(says.ends_with('.'), "{name}: {says}");
        if self.contents.values().any(|known| *known == name) {
            self.mistakes.push(format!("two rows are called `{name}`"));
        }
        if let Some(same) = self
            .contents
            .insert(format!("{kind}{content}"), name.clone())
        {
            self.mistakes
                .push(format!("`{name}` is the same as `{same}`"));
        }
        let mut row = content;
        row["name"] = json!(format!("{}/{name}", self.name));
        row["kind"] = json!(kind);
        row["says"] = json!(says);
        row["ruling"] = json!(ruling);
        row["verdict"] = json!(if verdict.is_ok() { "valid" } else { "invalid" });
        if let Err(code) = verdict {
            row["code"] = json!(code);
        }
        self.rows.push(row);
    }

    /// A row that reads one token and checks its signature.
    pub(crate) fn token(
        &mut self,
        kind: &str,
        name: impl Into<String>,
        says: impl Into<String>,
        ruling: &[u8],
        token: &Token,
        verdict: Verdict,
    ) {
        let mut content = json!({"as": kind, "token": token.hex()});
        if verdict.is_ok() {
            content["cid"] = json!(token.cid());
            content["dag_json"] = token.json();
            if kind != "delegation" {
                content["task"] = json!(token.task());
            }
        }
        self.add("token", name, says, ruling, verdict, content);
    }

    pub(crate) fn delegation(
        &mut self,
        name: impl Into<String>,
        says: impl Into<String>,
        ruling: &[u8],
        token: &Token,
        verdict: Verdict,
    ) {
        self.token("delegation", name, says, ruling, token, verdict);
    }

    pub(crate) fn invocation(
        &mut self,
        name: impl Into<String>,
        says: impl Into<String>,
        ruling: &[u8],
        token: &Token,
        verdict: Verdict,
    ) {
        self.token("invocation", name, says, ruling, token, verdict);
    }

    /// A row that asks for leave.
    pub(crate) fn authorize(
        &mut self,
        name: impl Into<String>,
        says: impl Into<String>,
        ruling: &[u8],
        case: &Case,
        verdict: Verdict,
    ) {
        self.add(
            "authorize",
            name,
            says,
            ruling,
            verdict,
            case.content(verdict),
        );
    }

    /// The file: a row on each line.
    pub(crate) fn file(&self) -> String {
        assert!(
            self.mistakes.is_empty(),
            "{}: {:#?}",
            self.name,
            self.mistakes
        );
        let rows: Vec<String> = self.rows.iter().map(line).collect();
        format!(
            "{{\n\"family\": \"{}\",\n\"rows\": [\n{}\n]\n}}\n",
            self.name,
            rows.join(",\n")
        )
    }
}

fn line(row: &Json) -> String {
    let row = row.as_object().unwrap();
    let unknown = row.keys().find(|key| !ORDER.contains(&key.as_str()));
    assert_eq!(unknown, None, "a key without a place");
    let entries: Vec<String> = ORDER
        .iter()
        .filter_map(|key| Some(format!("\"{key}\":{}", row.get(*key)?)))
        .collect();
    format!("{{{}}}", entries.join(","))
}

/// Everything that a decision depends on.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) now: i64,
    pub(crate) leeway: u64,
    pub(crate) executor: String,
    pub(crate) invocation: Token,
    /// In the order in which the invocation names them.
    pub(crate) proofs: Vec<Token>,
    /// At hand besides, before the proofs.
    pub(crate) others: Vec<Token>,
    pub(crate) revocations: Vec<Taken>,
    pub(crate) refuse: Vec<Principal>,
    /// The token that is refused, where the ruling names one.
    pub(crate) at: Option<Token>,
}

/// A revocation, the proofs that come with it, and whether it is accepted.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    pub(crate) revocation: Token,
    pub(crate) proofs: Vec<Token>,
    pub(crate) verdict: Verdict,
}

impl Case {
    /// At the usual moment, without leeway, by Alice.
    pub(crate) fn new(invocation: &Token, proofs: &[Token]) -> Self {
        Self {
            now: NOW,
            leeway: 0,
            executor: ALICE.did(),
            invocation: invocation.clone(),
            proofs: proofs.to_vec(),
            others: Vec::new(),
            revocations: Vec::new(),
            refuse: Vec::new(),
            at: None,
        }
    }

    pub(crate) fn now(mut self, now: i64, leeway: u64) -> Self {
        self.now = now;
        self.leeway = leeway;
        self
    }

    pub(crate) fn executor(mut self, executor: Principal) -> Self {
        self.executor = executor.did();
        self
    }

    pub(crate) fn others(mut self, others: &[Token]) -> Self {
        self.others = others.to_vec();
        self
    }

    pub(crate) fn revoked(mut self, revocation: &Token, proofs: &[Token]) -> Self {
        self.revocations.push(Taken {
            revocation: revocation.clone(),
            proofs: proofs.to_vec(),
            verdict: VALID,
        });
        self
    }

    /// A revocation that must not be accepted.
    pub(crate) fn not_revoked(
        mut self,
        revocation: &Token,
        proofs: &[Token],
        verdict: Verdict,
    ) -> Self {
        self.revocations.push(Taken {
            revocation: revocation.clone(),
            proofs: proofs.to_vec(),
            verdict,
        });
        self
    }

    pub(crate) fn refusing(mut self, principals: &[Principal]) -> Self {
        self.refuse = principals.to_vec();
        self
    }

    /// Names the token that is at fault.
    pub(crate) fn at(mut self, token: &Token) -> Self {
        self.at = Some(token.clone());
        self
    }

    fn content(&self, verdict: Verdict) -> Json {
        let hex = |tokens: &[Token]| tokens.iter().map(Token::hex).collect::<Vec<_>>();
        let mut content = json!({
            "now": self.now,
            "leeway": self.leeway,
            "executor": self.executor,
            "invocation": self.invocation.hex(),
            "proofs": hex(&[self.others.clone(), self.proofs.clone()].concat()),
        });
        if !self.revocations.is_empty() {
            let taken = self.revocations.iter().map(|taken| {
                let mut json = json!({
                    "revocation": taken.revocation.hex(),
                    "proofs": hex(&taken.proofs),
                    "verdict": if taken.verdict.is_ok() { "valid" } else { "invalid" },
                });
                if let Err(code) = taken.verdict {
                    json["code"] = json!(code);
                }
                json
            });
            content["revocations"] = taken.collect();
        }
        if !self.refuse.is_empty() {
            content["refuse"] = self.refuse.iter().map(|refused| refused.did()).collect();
        }
        if let Some(at) = &self.at {
            content["at"] = json!(at.cid());
        }
        if verdict.is_ok() {
            content["window"] = self.window();
            content["principals"] = self
                .proofs
                .iter()
                .map(|proof| proof.field("aud").unwrap().to_json())
                .collect();
        }
        content
    }

    /// The latest beginning and the earliest end; null where they share no moment.
    fn window(&self) -> Json {
        let bounds = |name: &str| -> Vec<i64> {
            self.proofs
                .iter()
                .chain([&self.invocation])
                .filter_map(|token| match token.field(name) {
                    Some(Value::Integer(seconds)) => i64::try_from(*seconds).ok(),
                    _ => None,
                })
                .collect()
        };
        let (nbf, exp) = (
            bounds("nbf").into_iter().max(),
            bounds("exp").into_iter().min(),
        );
        match (nbf, exp) {
            (Some(nbf), Some(exp)) if nbf > exp => Json::Null,
            _ => json!({"nbf": nbf, "exp": exp}),
        }
    }
}

/// A value in both forms: for reading, and byte for byte.
pub(crate) fn both(content: &mut Json, name: &str, value: &Value) {
    content[name] = value.to_json();
    content[format!("{name}_cbor")] = json!(text::hex(&value.encode()));
}
