//! Delegant: a chain of delegations and a signed invocation, in one container.

use std::rc::Rc;
use std::time::Duration;

use delegant::{
    Algorithm, Authorization, Container, ContainerFormat, Delegation, Did, DidKeys, Evidence,
    Invocation, Ipld, Keys, KnownKeys, Limits, Nonce, Policy, ProofCache, Revocations, SecretKey,
    Signer, Timestamp, Token, Verified, authorize, policy,
};

use crate::rival::{Failure, Headers, Promises, Rival, header, refuse};
use crate::story::{
    CODE_PREFIX, COMMAND, Call, LIFETIME, PATIENT, Scene, Server, limit, now, secret,
};

/// What a server remembers between calls; all stories share one, as a server would have it.
pub(crate) struct Memory {
    proofs: ProofCache,
    keys: KnownKeys,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self {
            proofs: ProofCache::with_capacity(16 << 20, Limits::default()),
            keys: KnownKeys::with_capacity(10_000),
        }
    }
}

/// The two forms that a header may have: a chain repeats its names, so that one of them is shorter, and
/// the other is quicker to read.
pub(crate) const COMPRESSED: ContainerFormat = ContainerFormat::Base64UrlGzip;
pub(crate) const PLAIN: ContainerFormat = ContainerFormat::Base64Url;

/// One story: cold without a memory, warm with one.
pub(crate) struct Delegant {
    delegations: Vec<Verified<Delegation>>,
    invoker: SecretKey,
    subject: Did,
    elsewhere: Did,
    start: u64,
    format: ContainerFormat,
    memory: Option<Rc<Memory>>,
}

impl Delegant {
    pub(crate) fn new(
        hops: usize,
        copy: usize,
        format: ContainerFormat,
        memory: Option<Rc<Memory>>,
    ) -> Result<Self, Failure> {
        let start = now();
        let subject = key(copy, 0)?.did();
        let delegations = (0..hops)
            .map(|hop| {
                let policy = Policy::new([
                    policy::equal(".patient", PATIENT),
                    policy::like(".code", &format!("{CODE_PREFIX}*")),
                    policy::at_most(".limit", i128::from(limit(hop))),
                ])?;
                Ok(Delegation::builder(
                    key(copy, hop + 1)?.did(),
                    subject.clone(),
                    COMMAND.parse()?,
                )
                .policy(policy)
                .expiration(at(start + LIFETIME)?)
                .sign(&key(copy, hop)?, Nonce::random()?)?)
            })
            .collect::<Result<_, Failure>>()?;
        Ok(Self {
            delegations,
            invoker: key(copy, hops)?,
            subject,
            elsewhere: key(copy, 99)?.did(),
            start,
            format,
            memory,
        })
    }

    fn leave(
        &self,
        scene: Scene,
        container: &Container,
        keys: &impl Keys,
    ) -> Result<Authorization, Failure> {
        let invocation = container.invocation()?.verify(keys)?;
        let evidence = Evidence {
            now: at(scene.time.seconds(self.start))?,
            leeway: Duration::ZERO,
            executor: match scene.server {
                Server::Home => &self.subject,
                Server::Elsewhere => &self.elsewhere,
            },
            keys,
            proofs: container.delegations(),
            revocations: &Revocations::none(),
            limits: &Limits::DEFAULT,
        };
        Ok(authorize(invocation, evidence)?)
    }
}

impl Rival for Delegant {
    fn present(&self, call: &Call) -> Result<Headers, Failure> {
        let invocation = Invocation::builder(self.subject.clone(), call.command.parse()?)
            .argument("patient", call.patient)
            .argument("code", call.code)
            .argument("limit", call.limit)
            .proofs(self.delegations.iter().map(Verified::cid))
            .expiration(at(self.start + LIFETIME)?)
            .sign(&self.invoker, Nonce::random()?)?;
        let delegations = self.delegations.iter().cloned().map(Token::from);
        let container: Container = delegations.chain([invocation.into()]).collect();
        Ok(vec![String::from_utf8(container.encode(self.format)?)?])
    }

    fn decide(&self, scene: Scene, headers: &Headers, call: &Call) -> Result<(), Failure> {
        let bytes = header(headers, 0)?.as_bytes();
        let leave = if let Some(memory) = &self.memory {
            let container = Container::decode_known(bytes, &memory.proofs)?;
            let leave = self.leave(scene, &container, &memory.keys)?;
            for delegation in leave.delegations() {
                memory.proofs.insert(delegation);
            }
            leave
        } else {
            self.leave(scene, &Container::decode(bytes)?, &DidKeys)?
        };
        let asked = leave.arguments();
        let is_this_call = leave.command().as_str() == call.command
            && *leave.subject() == self.subject
            && asked.len() == 3
            && matches!(asked.get("patient"), Some(Ipld::String(it)) if it == call.patient)
            && matches!(asked.get("code"), Some(Ipld::String(it)) if it == call.code)
            && matches!(asked.get("limit"), Some(Ipld::Integer(it)) if *it == i128::from(call.limit));
        if is_this_call {
            Ok(())
        } else {
            Err(refuse("another call was signed"))
        }
    }

    fn promises(&self) -> Promises {
        Promises {
            binds_the_call: true,
            names_the_server: true,
        }
    }

    /// Compression has many spellings of the same bytes. No signature covers them, and nothing is
    /// remembered by them: tokens are known by their own bytes.
    fn carry_the_same(&self, one: &Headers, other: &Headers) -> bool {
        let tokens = |it: &Headers| Container::split(it.concat().as_bytes(), &Limits::DEFAULT).ok();
        tokens(one).is_some_and(|one| tokens(other) == Some(one))
    }
}

fn key(copy: usize, hop: usize) -> Result<SecretKey, Failure> {
    Ok(SecretKey::from_bytes(
        Algorithm::Ed25519,
        &secret(copy, hop),
    )?)
}

fn at(seconds: u64) -> Result<Timestamp, Failure> {
    Ok(Timestamp::from_unix(i64::try_from(seconds)?)?)
}
