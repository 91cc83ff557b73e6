//! Chains to attack: keys that sign any bytes, tokens that say anything, and the whole way from
//! bytes to a verdict.

use std::collections::BTreeMap;
use std::env;
use std::io::{self, Write as _};
use std::time::Duration;

use delegant::{
    Algorithm, Authorization, Cid, Container, Did, DidKeys, Evidence, Ipld, Limits, Revocations,
    SecretKey, Signer as _, Timestamp, authorize, to_dag_cbor,
};
use p256::ecdsa::signature::Signer as _;

/// The moment of every judgement.
pub(crate) const NOW: i64 = 1_767_225_600;

pub(crate) const DELEGATION: &str = "ucan/dlg@1.0.0";
const INVOCATION: &str = "ucan/inv@1.0.0";

/// Somebody with a key, who signs whatever it likes.
#[derive(Clone)]
pub(crate) struct Actor {
    pub(crate) algorithm: Algorithm,
    pub(crate) seed: [u8; 32],
    /// The text of its `did:key`.
    pub(crate) did: String,
}

impl Actor {
    pub(crate) fn new(algorithm: Algorithm, seed: u8) -> Self {
        let seed = [seed; 32];
        let key = SecretKey::from_bytes(algorithm, &seed).unwrap();
        Self {
            algorithm,
            seed,
            did: key.did().to_string(),
        }
    }

    /// Signs any bytes, which the library's own keys refuse to; ECDSA with the low `s`.
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        match self.algorithm {
            Algorithm::Ed25519 => ed25519_dalek::SigningKey::from_bytes(&self.seed)
                .sign(message)
                .to_bytes(),
            Algorithm::P256 => {
                let key = p256::ecdsa::SigningKey::from_slice(&self.seed).unwrap();
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.normalize_s().to_bytes().into()
            }
            Algorithm::Secp256k1 => {
                let key = k256::ecdsa::SigningKey::from_slice(&self.seed).unwrap();
                let signature: k256::ecdsa::Signature = key.sign(message);
                signature.normalize_s().to_bytes().into()
            }
            other => panic!("{other} has no signer here"),
        }
    }

    /// The header that goes with its signatures: Varsig 1.0.
    pub(crate) fn header(&self) -> Vec<u8> {
        match self.algorithm {
            Algorithm::Ed25519 => vec![0x34, 0x01, 0xed, 0x01, 0xed, 0x01, 0x13, 0x71],
            Algorithm::P256 => vec![0x34, 0x01, 0xec, 0x01, 0x80, 0x24, 0x12, 0x71],
            Algorithm::Secp256k1 => vec![0x34, 0x01, 0xec, 0x01, 0xe7, 0x01, 0x12, 0x71],
            other => panic!("{other} has no header here"),
        }
    }
}

/// What a token says before anybody signs it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Draft {
    pub(crate) tag: String,
    pub(crate) fields: BTreeMap<String, Ipld>,
}

impl Draft {
    pub(crate) fn new<'n>(tag: &str, fields: impl IntoIterator<Item = (&'n str, Ipld)>) -> Self {
        Self {
            tag: tag.to_owned(),
            fields: fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        }
    }

    /// The same with this field set, or with it taken out.
    pub(crate) fn with(&self, name: &str, value: Option<Ipld>) -> Self {
        let mut draft = self.clone();
        match value {
            Some(value) => draft.fields.insert(name.to_owned(), value),
            None => draft.fields.remove(name),
        };
        draft
    }

    /// A field that holds text; null has none.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.fields.get(name) {
            Some(Ipld::String(text)) => Some(text),
            _ => None,
        }
    }

    /// What a signature under this header covers.
    pub(crate) fn signed(&self, header: Vec<u8>) -> Vec<u8> {
        let map = BTreeMap::from([
            ("h".to_owned(), Ipld::Bytes(header)),
            (self.tag.clone(), Ipld::Map(self.fields.clone())),
        ]);
        to_dag_cbor(&Ipld::Map(map)).unwrap()
    }

    /// The token, signed by this key whoever it names as its issuer.
    pub(crate) fn sign(&self, actor: &Actor) -> Vec<u8> {
        let signed = self.signed(actor.header());
        envelope(&actor.sign(&signed), &signed)
    }
}

/// A token of this signature over these bytes.
pub(crate) fn envelope(signature: &[u8], signed: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x82];
    bytes.extend(head(2, signature.len()));
    bytes.extend(signature);
    bytes.extend(signed);
    bytes
}

/// A container of these tokens in this order, as bytes behind `@`.
pub(crate) fn container<T: AsRef<[u8]>>(tokens: &[T]) -> Vec<u8> {
    let mut bytes = b"@\xa1\x66ctn-v1".to_vec();
    bytes.extend(head(4, tokens.len()));
    for token in tokens {
        bytes.extend(head(2, token.as_ref().len()));
        bytes.extend(token.as_ref());
    }
    bytes
}

/// The shortest head of a CBOR value.
fn head(major: u8, argument: usize) -> Vec<u8> {
    let major = major << 5;
    match u8::try_from(argument) {
        Ok(argument @ 0..24) => vec![major | argument],
        Ok(argument) => vec![major | 24, argument],
        Err(_) => {
            let [high, low] = u16::try_from(argument).unwrap().to_be_bytes();
            vec![major | 25, high, low]
        }
    }
}

/// Links to these tokens.
pub(crate) fn proofs<T: AsRef<[u8]>>(tokens: &[T]) -> Ipld {
    let links = tokens.iter().map(|token| Cid::of(token.as_ref()).into());
    Ipld::List(links.collect())
}

/// A chain that is in order: the first actor is the subject, each issues the link to the next, and
/// the last one calls.
pub(crate) struct Chain {
    pub(crate) name: String,
    pub(crate) actors: Vec<Actor>,
    pub(crate) links: Vec<Draft>,
    /// Still without its proofs.
    pub(crate) call: Draft,
    pub(crate) executor: String,
}

/// What chains have besides what all of them have.
pub(crate) const VARIETIES: [&str; 12] = [
    "plain",
    "policies",
    "meta",
    "not before",
    "powerlines",
    "audience",
    "cause",
    "release candidate",
    "never expiring",
    "empty nonces",
    "rich arguments",
    "all at once",
];

/// From the subject's own call to four links.
pub(crate) const LENGTHS: [usize; 5] = [0, 1, 2, 3, 4];

/// Every length in every variety; the algorithms go round, at another pace in each.
pub(crate) fn chains() -> Vec<Chain> {
    let mut chains = Vec::new();
    for length in LENGTHS {
        for (index, variety) in VARIETIES.iter().enumerate() {
            let algorithms: Vec<_> = (0..=length)
                .map(|place| Algorithm::ALL[(place * index + index / 3 + length) % 3])
                .collect();
            chains.push(chain(&algorithms, variety));
        }
    }
    chains
}

/// A chain among keys of these algorithms.
pub(crate) fn chain(algorithms: &[Algorithm], variety: &str) -> Chain {
    let has = |wanted| variety == wanted || variety == "all at once";
    let actors: Vec<_> = algorithms
        .iter()
        .zip(1..)
        .map(|(algorithm, seed)| Actor::new(*algorithm, seed))
        .collect();
    let did = |place: usize| Ipld::from(actors[place].did.clone());
    let nonce = |place: u8| {
        Ipld::Bytes(if has("empty nonces") {
            Vec::new()
        } else {
            vec![place; 12]
        })
    };
    let common = |place: u8| {
        let forever = has("never expiring");
        let end = NOW + 100 + i64::from(place);
        let mut fields = vec![
            ("nonce", nonce(place)),
            ("exp", if forever { Ipld::Null } else { end.into() }),
        ];
        if has("not before") {
            fields.push(("nbf", (NOW - 100).into()));
        }
        if has("meta") {
            fields.push(("meta", map([("note", "to read".into())])));
        }
        fields
    };
    let edition = if has("release candidate") {
        "-rc.1"
    } else {
        ""
    };
    let commands = ["/", "/files", "/files/read"];
    let policies = [("name", "a.txt".into()), ("size", 7.into())];
    let length = actors.len() - 1;
    let mut links = Vec::new();
    for (place, number) in (0..length).zip(0..) {
        let policy = match &policies[place % 2] {
            (name, value) if has("policies") => vec![equal(name, value)],
            _ => Vec::new(),
        };
        let is_powerline = has("powerlines") && place > 0;
        let fields = common(number).into_iter().chain([
            ("iss", did(place)),
            ("aud", did(place + 1)),
            ("sub", if is_powerline { Ipld::Null } else { did(0) }),
            ("cmd", commands[place.min(2)].into()),
            ("pol", Ipld::List(policy)),
        ]);
        links.push(Draft::new(&format!("{DELEGATION}{edition}"), fields));
    }
    let mut arguments = vec![("name", "a.txt".into()), ("size", Ipld::from(7))];
    if has("rich arguments") {
        arguments.extend([
            (
                "deep",
                Ipld::List(vec![Ipld::Null, map([("", true.into())])]),
            ),
            ("negative", (-1_i64 << 40).into()),
            ("ratio", 0.5.into()),
            ("raw", vec![0_u8, 255].into()),
            ("see", Cid::of(b"elsewhere").into()),
            ("far", Ipld::Link(with_the_largest_codec(Cid::of(b"far")))),
        ]);
    }
    let mut call = Draft::new(&format!("{INVOCATION}{edition}"), common(99));
    call.fields.extend(
        Draft::new(
            "",
            [
                ("iss", did(length)),
                ("sub", did(0)),
                ("cmd", "/files/read".into()),
                ("args", map(arguments)),
                ("prf", Ipld::List(Vec::new())),
            ],
        )
        .fields,
    );
    let mut executor = actors[0].did.clone();
    if has("audience") {
        executor = Actor::new(Algorithm::Ed25519, 90).did;
        call = call.with("aud", Some(executor.clone().into()));
    }
    if has("cause") {
        call = call.with("cause", Some(Cid::of(b"a receipt").into()));
        call = call.with("iat", Some((NOW - 5).into()));
    }
    Chain {
        name: format!("{length} links, {variety}"),
        actors,
        links,
        call,
        executor,
    }
}

impl Chain {
    /// The links in their order and, last, the call.
    pub(crate) fn tokens(&self) -> Vec<Vec<u8>> {
        let links = self.links.iter().zip(&self.actors);
        let mut tokens: Vec<_> = links.map(|(link, actor)| link.sign(actor)).collect();
        let call = self.call.with("prf", Some(proofs(&tokens)));
        tokens.push(call.sign(&self.actors[self.links.len()]));
        tokens
    }
}

/// A general CID of which one number takes all the ten bytes that a number may.
fn with_the_largest_codec(cid: Cid) -> cid::Cid {
    let cid = cid::Cid::try_from(cid.to_bytes().as_slice()).unwrap();
    cid::Cid::new_v1(u64::MAX, *cid.hash())
}

pub(crate) fn map<'n>(entries: impl IntoIterator<Item = (&'n str, Ipld)>) -> Ipld {
    Ipld::Map(Draft::new("", entries).fields)
}

/// The statement that this argument has this value.
pub(crate) fn equal(name: &str, value: &Ipld) -> Ipld {
    Ipld::List(vec!["==".into(), format!(".{name}").into(), value.clone()])
}

/// Where bytes came to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// They are no container of tokens with exactly one invocation.
    Bytes,
    /// The invoker did not sign the invocation.
    Signature,
    /// The chain does not allow it.
    Chain,
}

/// From bytes to the verdict, all the way that an executor goes.
pub(crate) fn judge(
    container: &[u8],
    executor: &Did,
    revocations: &Revocations,
) -> Result<Authorization, Refused> {
    let container = Container::decode(container).map_err(|_| Refused::Bytes)?;
    let invocation = container.invocation().map_err(|_| Refused::Bytes)?;
    let invocation = invocation
        .verify(&DidKeys)
        .map_err(|_| Refused::Signature)?;
    authorize(
        invocation,
        Evidence {
            now: Timestamp::from_unix(NOW).unwrap(),
            leeway: Duration::ZERO,
            executor,
            keys: &DidKeys,
            proofs: container.delegations(),
            revocations,
            limits: &Limits::DEFAULT,
        },
    )
    .map_err(|_| Refused::Chain)
}

/// Whether to try everything; otherwise a sample will do.
pub(crate) fn exhaustive() -> bool {
    env::var_os("DELEGANT_EXHAUSTIVE").is_some_and(|value| value == "1")
}

/// Says the figures, where everything was tried.
pub(crate) fn say(line: &str) {
    if exhaustive() {
        // The harness hides what passing tests print through `eprintln!`.
        let _ = writeln!(io::stderr().lock(), "{line}");
    }
}
