//! A container of a shape: signed in earnest, by keys of a stranger's own.

use std::collections::BTreeMap;

use delegant::{
    Algorithm, Cid, Container, ContainerFormat, Delegation, Did, DidKeys, Invocation, Ipld, Nonce,
    Policy, PolicyError, Revocation, Revocations, SecretKey, Signer, Statement, Timestamp,
    Verified, policy,
};

use crate::shape::{Gene, Shape};

pub(crate) const NOW: i64 = 1_767_225_600;

/// What a server is given.
pub(crate) struct Case {
    pub(crate) bytes: Vec<u8>,
    pub(crate) tokens: usize,
    pub(crate) executor: Did,
    pub(crate) revocations: Option<Revocations>,
}

/// Has the keys at hand.
pub(crate) struct Forge {
    keys: [Vec<(SecretKey, Did)>; 3],
}

impl Forge {
    pub(crate) fn new() -> Self {
        let keys = |algorithm| {
            let key = |seed: u8| SecretKey::from_bytes(algorithm, &[seed; 32]).unwrap();
            let keys = (1..=34).map(key);
            keys.map(|key| {
                let did = key.did();
                (key, did)
            })
            .collect()
        };
        Self {
            keys: [Algorithm::Ed25519, Algorithm::P256, Algorithm::Secp256k1].map(keys),
        }
    }

    /// `None` where nobody would sign or write that.
    pub(crate) fn case(&self, shape: &Shape) -> Option<Case> {
        let keys = &self.keys[shape.get(Gene::Algorithm)];
        let (hops, fault) = (shape.get(Gene::Hops), shape.get(Gene::Fault));
        let (_, subject) = &keys[0];
        let policy = Policy::new(statements(shape)).ok()?;
        let give = |from: usize, nonce: usize, policy: &Policy| {
            Delegation::builder(
                keys[from + 1].1.clone(),
                subject.clone(),
                "/a".parse().unwrap(),
            )
            .policy(policy.clone())
            .with_meta(shape)
            .never_expires()
            .sign(
                &keys[from].0,
                Nonce::from_bytes(&nonce.to_be_bytes()).unwrap(),
            )
            .ok()
        };
        let mut proofs: Vec<Verified<Delegation>> = Vec::new();
        for hop in 0..hops {
            // One that says no, at the very end of the last policy.
            let policy = if fault == 2 && hop + 1 == hops {
                Policy::new(statements(shape).chain([policy::equal(".none", 1)])).ok()?
            } else {
                policy.clone()
            };
            proofs.push(give(hop, 0, &policy)?);
        }
        let mut proofs: Vec<Vec<u8>> = proofs.iter().map(|proof| proof.bytes().to_vec()).collect();
        if fault == 1 {
            // The last signature, which is checked last; its new bytes are the ones that are named.
            proofs.last_mut()?[20] ^= 1;
        }
        let mut named: Vec<Cid> = proofs.iter().map(|proof| Cid::of(proof)).collect();
        match fault {
            3 => named.push(Cid::of(b"nowhere")),
            4 => named.reverse(),
            _ => {}
        }
        let revoked = named.last().copied().filter(|_| fault == 11);
        let invocation = Invocation::builder(subject.clone(), "/a".parse().unwrap())
            .arguments(arguments(shape))
            .proofs(named)
            .never_expires()
            .sign(&keys[hops].0, Nonce::empty())
            .ok()?;
        let mut tokens = proofs;
        tokens.push(invocation.bytes().to_vec());
        for other in 0..shape.get(Gene::Others) {
            tokens.push(give(other % 33, other + 1, &policy)?.bytes().to_vec());
        }
        // What stands last in the container is read last.
        match fault {
            5 => tokens.iter_mut().max().unwrap().push(0),
            6 => *tokens.iter_mut().max().unwrap().last_mut().unwrap() ^= 1,
            7 => tokens.push(tokens[0].clone()),
            _ => {}
        }
        let count = tokens.len();
        let format = ContainerFormat::ALL[shape.get(Gene::Format)];
        let mut bytes = write(tokens, format)?;
        match fault {
            8 => *bytes.last_mut()? ^= 1,
            9 => bytes.truncate(bytes.len() / 2),
            _ => {}
        }
        let (_, stranger) = &keys[33];
        Some(Case {
            bytes,
            tokens: count,
            executor: if fault == 10 {
                stranger.clone()
            } else {
                subject.clone()
            },
            revocations: (shape.get(Gene::Revocations) == 1)
                .then(|| revocations(revoked, &keys[0].0, &keys[33])),
        })
    }
}

/// Of something else, and of this.
fn revocations(link: Option<Cid>, issuer: &SecretKey, stranger: &(SecretKey, Did)) -> Revocations {
    let mut all = Revocations::none();
    all.refuse(stranger.1.clone());
    let now = Timestamp::from_unix(NOW).unwrap();
    for cid in link.into_iter().chain([Cid::of(b"another")]) {
        let revocation = Revocation::builder(cid).sign(issuer).unwrap();
        all.add(&revocation, &[], &DidKeys, now).unwrap();
    }
    all
}

/// Through the writer where it would write that, and by hand where it would not.
fn write(mut tokens: Vec<Vec<u8>>, format: ContainerFormat) -> Option<Vec<u8>> {
    tokens.sort_unstable();
    let list = tokens.into_iter().map(Ipld::Bytes).collect();
    let map = BTreeMap::from([("ctn-v1".to_owned(), Ipld::List(list))]);
    let cbor = delegant::to_dag_cbor(&Ipld::Map(map)).unwrap();
    match format {
        ContainerFormat::Bytes => Some([b"@".as_slice(), &cbor].concat()),
        ContainerFormat::BytesGzip => Some(gzip(&cbor)),
        _ => {
            // A format that costs an encoder: only for what is sound.
            let container = Container::decode(&[b"@".as_slice(), &cbor].concat()).ok()?;
            container.encode(format).ok()
        }
    }
}

fn gzip(cbor: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(b"M".to_vec(), flate2::Compression::best());
    encoder.write_all(cbor).unwrap();
    encoder.finish().unwrap()
}

/// So much of it, in so many small maps, one map in the other, or in one text.
trait WithMeta: Sized {
    fn with_meta(self, shape: &Shape) -> Self;
}

impl WithMeta for delegant::DelegationBuilder {
    fn with_meta(self, shape: &Shape) -> Self {
        let bytes = shape.get(Gene::Meta);
        if bytes < 10 {
            return self;
        }
        self.meta(
            "m",
            match shape.get(Gene::MetaForm) {
                0 => Ipld::String("a".repeat(bytes)),
                1 => Ipld::List(vec![Ipld::Null; bytes]),
                2 => Ipld::List(vec![one(Ipld::Null); bytes / 3]),
                _ => Ipld::List(vec![nested(20); bytes / 63]),
            },
        )
    }
}

fn one(value: Ipld) -> Ipld {
    Ipld::Map(BTreeMap::from([(String::new(), value)]))
}

fn nested(depth: usize) -> Ipld {
    (0..depth).fold(Ipld::Null, |inside, _| one(inside))
}

fn arguments(shape: &Shape) -> BTreeMap<String, Ipld> {
    let long = "k".repeat(shape.get(Gene::Key));
    let element = match shape.get(Gene::Element) {
        0 => Ipld::from(7),
        1 => Ipld::Map(BTreeMap::new()),
        2 => Ipld::Map(BTreeMap::from([(long.clone(), Ipld::from(7))])),
        3 => one(Ipld::Null),
        _ => nested(20),
    };
    let map = (0..shape.get(Gene::Map)).map(|index| (format!("{long}{index:04}"), Ipld::Null));
    let deep = (0..shape.get(Gene::Steps)).fold(Ipld::Null, |inside, _| {
        Ipld::Map(BTreeMap::from([("a".to_owned(), inside)]))
    });
    let text = "a".repeat(shape.get(Gene::Text)) + "b";
    BTreeMap::from([
        ("d".to_owned(), deep),
        (
            "l".to_owned(),
            Ipld::List(vec![element; shape.get(Gene::List)]),
        ),
        ("m".to_owned(), Ipld::Map(map.collect())),
        ("t".to_owned(), Ipld::String(text)),
    ])
}

/// Statements that are true of these arguments.
fn statements(shape: &Shape) -> impl Iterator<Item = Result<Statement, PolicyError>> + use<> {
    let kinds = [shape.get(Gene::OneKind), shape.get(Gene::OtherKind)];
    let shape = *shape;
    (0..shape.get(Gene::Statements)).map(move |index| statement(&shape, kinds[index % 2], index))
}

fn statement(shape: &Shape, kind: usize, index: usize) -> Result<Statement, PolicyError> {
    let (steps, key) = (shape.get(Gene::Steps), "k".repeat(shape.get(Gene::Key)));
    // No value that is found is this text.
    let other = "x";
    match kind {
        0 => policy::not_equal(
            &format!(".d{}", ".a".repeat(steps.saturating_sub(1))),
            other,
        ),
        1 => policy::like(".t", &format!("*{}b*", "a".repeat(steps))),
        2 => policy::all(".l", policy::not_equal(".", other)),
        3 => policy::not(policy::any(".l", policy::equal(".", other))),
        4 => policy::not_equal(".l", Ipld::List(vec![Ipld::Null; steps])),
        5 => (0..steps / 2).fold(policy::not_equal(".t", other), |inside, _| {
            policy::not(policy::not(inside))
        }),
        6 => policy::not_equal(&format!(".m[\"{key}{:04}\"]?", index * 7), other),
        7 => policy::all(".l", policy::not_equal(&format!(".[\"{key}\"]?"), other)),
        8 => policy::not_equal(
            &format!(".l{}", "[0:]".repeat(steps.saturating_sub(1))),
            other,
        ),
        9 => policy::equal(".t", "a".repeat(shape.get(Gene::Text).min(60_000)) + "b"),
        10 => policy::like(
            ".t",
            &"*a"
                .repeat(steps.max(1))
                .replace("*a*a", "*aa*a")
                .chars()
                .chain(['*'])
                .collect::<String>(),
        ),
        _ => policy::not(policy::like(
            ".t",
            &format!("*{}c*", "a".repeat(30 * steps)),
        )),
    }
}
