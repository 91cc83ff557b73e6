//! Who is in the story, what they sign, and how the hospital decides.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Display;
use std::time::Duration;

use delegant::{
    Algorithm, Authorization, Cid, Command, Container, ContainerFormat, Delegation, Denial, Did,
    DidKeys, Evidence, Explanation, Invocation, Ipld, Limits, Nonce, Policy, Reason, Revocation,
    Revocations, SecretKey, Signer, Timestamp, Token, Verified, authorize, policy,
};

use crate::failure::Failure;

const MINUTE: Duration = Duration::from_secs(60);
pub(super) const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// Someone with a key.
pub(super) struct Actor {
    pub(super) name: &'static str,
    key: SecretKey,
}

impl Actor {
    fn new(name: &'static str, algorithm: Algorithm) -> Result<Self, Failure> {
        let key = SecretKey::generate(algorithm).map_err(broken)?;
        Ok(Self { name, key })
    }

    pub(super) fn did(&self) -> Did {
        self.key.did()
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.key.public_key().algorithm()
    }
}

/// Everyone and everything before the first request.
pub(super) struct Stage {
    pub(super) now: Timestamp,
    hospital: Actor,
    physician: Actor,
    pub(super) agent: Actor,
    pub(super) helper: Actor,
    pub(super) thief: Actor,
    pub(super) other_hospital: Actor,
    /// From the hospital to the helper.
    chain: Vec<Verified<Delegation>>,
    /// What the hospital remembers: whoever asks twice with one invocation is refused.
    used: HashSet<(Did, [u8; 32])>,
}

/// Why not.
pub(super) struct Refusal {
    pub(super) code: &'static str,
    pub(super) token: Cid,
    pub(super) message: String,
    pub(super) explanation: Option<Explanation>,
}

impl From<Denial> for Refusal {
    fn from(denial: Denial) -> Self {
        Self {
            code: denial.reason.code(),
            token: denial.token,
            message: denial.reason.to_string(),
            explanation: denial.reason.explanation().cloned(),
        }
    }
}

/// A request as it is sent, and the circumstances in which it arrives.
pub(super) struct Request {
    pub(super) bytes: Vec<u8>,
    pub(super) at: Timestamp,
    pub(super) executor: Did,
    pub(super) revocations: Revocations,
}

impl Stage {
    /// Makes all keys, and signs the three delegations.
    pub(super) fn set(now: Timestamp) -> Result<Self, Failure> {
        let mut stage = Self {
            now,
            hospital: Actor::new("Hospital", Algorithm::Ed25519)?,
            physician: Actor::new("Physician", Algorithm::P256)?,
            agent: Actor::new("Summary agent", Algorithm::Ed25519)?,
            helper: Actor::new("Lab helper", Algorithm::Secp256k1)?,
            thief: Actor::new("Thief", Algorithm::Ed25519)?,
            other_hospital: Actor::new("Other hospital", Algorithm::P256)?,
            chain: Vec::new(),
            used: HashSet::new(),
        };
        let (hospital, physician) = (&stage.hospital, &stage.physician);
        let (agent, helper) = (&stage.agent, &stage.helper);
        let one_patient = Policy::new([policy::equal(".patient", "p-17")]).map_err(broken)?;
        let labs_only = Policy::new([policy::equal(".kind", "laboratory")]).map_err(broken)?;
        let (all, read) = ("/encounters", "/encounters/read");
        stage.chain = vec![
            stage.delegate(hospital, physician, all, Policy::default(), DAY * 365)?,
            stage.delegate(physician, agent, read, one_patient, DAY * 7)?,
            stage.delegate(agent, helper, read, labs_only, HOUR)?,
        ];
        Ok(stage)
    }

    /// What the hospital does with every request: from bytes to a decision, then never again.
    pub(super) fn ask(
        &mut self,
        request: &Request,
    ) -> Result<Result<Authorization, Refusal>, Failure> {
        let container = Container::decode(&request.bytes).map_err(broken)?;
        let invocation = container.invocation().map_err(broken)?;
        let judge = || -> Result<Authorization, Denial> {
            authorize(
                invocation.verify(&DidKeys)?,
                Evidence {
                    now: request.at,
                    leeway: Duration::ZERO,
                    executor: &request.executor,
                    keys: &DidKeys,
                    proofs: container.delegations(),
                    revocations: &request.revocations,
                    limits: &Limits::DEFAULT,
                },
            )
        };
        let leave = match judge() {
            Ok(leave) => leave,
            Err(denial) => return Ok(Err(denial.into())),
        };
        let once = (leave.invoker().clone(), leave.invocation().payload_digest());
        if self.used.insert(once) {
            return Ok(Ok(leave));
        }
        Ok(Err(Refusal::from(Denial {
            token: leave.invocation().cid(),
            reason: Reason::Replayed,
        })))
    }

    fn delegate(
        &self,
        from: &Actor,
        to: &Actor,
        command: &str,
        policy: Policy,
        lifetime: Duration,
    ) -> Result<Verified<Delegation>, Failure> {
        Delegation::builder(to.did(), self.hospital.did(), parse(command)?)
            .policy(policy)
            .expiration(self.now.saturating_add(lifetime))
            .sign(&from.key, Nonce::random().map_err(broken)?)
            .map_err(broken)
    }

    pub(super) fn invoke(
        &self,
        by: &Actor,
        command: &str,
        arguments: &[(&str, &str)],
        at: Timestamp,
    ) -> Result<Verified<Invocation>, Failure> {
        self.invoke_with(&self.chain, by, command, arguments, at)
    }

    fn invoke_with(
        &self,
        proofs: &[Verified<Delegation>],
        by: &Actor,
        command: &str,
        arguments: &[(&str, &str)],
        at: Timestamp,
    ) -> Result<Verified<Invocation>, Failure> {
        let arguments: BTreeMap<String, Ipld> = arguments
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Ipld::String((*value).to_owned())))
            .collect();
        Invocation::builder(self.hospital.did(), parse(command)?)
            .arguments(arguments)
            .proofs(proofs.iter().map(Verified::cid))
            .expiration(at.saturating_add(MINUTE * 5))
            .sign(&by.key, Nonce::random().map_err(broken)?)
            .map_err(broken)
    }

    /// The invocation with the chain, sent to the hospital at once.
    pub(super) fn request(&self, invocation: &Verified<Invocation>) -> Result<Request, Failure> {
        Ok(Request {
            bytes: send(&self.chain, invocation.clone())?,
            at: self.now,
            executor: self.hospital.did(),
            revocations: Revocations::none(),
        })
    }

    /// Changes the patient in the signed bytes, and nothing else.
    pub(super) fn tampered(&self, invocation: &Verified<Invocation>) -> Result<Vec<u8>, Failure> {
        let mut bytes = invocation.bytes().to_vec();
        let patient = bytes.windows(4).position(|window| window == b"p-17");
        if let Some(digit) = patient.and_then(|place| bytes.get_mut(place + 3)) {
            *digit = b'8';
        }
        send(&self.chain, Token::decode(&bytes).map_err(broken)?)
    }

    pub(super) fn passed_on_too_much(
        &self,
        arguments: &[(&str, &str)],
    ) -> Result<(Verified<Invocation>, Vec<u8>), Failure> {
        let wide = self.delegate(
            &self.agent,
            &self.helper,
            "/encounters",
            Policy::default(),
            HOUR,
        )?;
        let mut chain: Vec<_> = self.chain.iter().take(2).cloned().collect();
        chain.push(wide);
        let read = "/encounters/read";
        let invocation = self.invoke_with(&chain, &self.helper, read, arguments, self.now)?;
        let bytes = send(&chain, invocation.clone())?;
        Ok((invocation, bytes))
    }

    /// The physician revokes what she gave to the agent.
    pub(super) fn revoked(&self) -> Result<Revocations, Failure> {
        let mut revocations = Revocations::none();
        for link in self.chain.iter().skip(1).take(1) {
            let revocation = Revocation::builder(link.cid())
                .sign(&self.physician.key)
                .map_err(broken)?;
            revocations
                .add(&revocation, &[], &DidKeys, self.now)
                .map_err(broken)?;
        }
        Ok(revocations)
    }

    pub(super) fn actors(&self) -> [&Actor; 6] {
        [
            &self.hospital,
            &self.physician,
            &self.agent,
            &self.helper,
            &self.thief,
            &self.other_hospital,
        ]
    }

    pub(super) fn chain(&self) -> &[Verified<Delegation>] {
        &self.chain
    }

    /// What people call this principal.
    pub(super) fn name(&self, did: &Did) -> String {
        let actor = self.actors().into_iter().find(|actor| actor.did() == *did);
        actor.map_or_else(|| did.to_string(), |actor| actor.name.to_owned())
    }

    /// A message with names in place of DIDs.
    pub(super) fn with_names(&self, message: &str) -> String {
        self.actors()
            .into_iter()
            .fold(message.to_owned(), |message, actor| {
                message.replace(&actor.did().to_string(), &format!("the {}", actor.name))
            })
    }

    /// Which token it is.
    pub(super) fn part(&self, token: Cid) -> String {
        let link = self.chain.iter().find(|link| link.cid() == token);
        link.map_or_else(
            || "the invocation".to_owned(),
            |link| {
                format!(
                    "the delegation {} → {}",
                    self.name(link.issuer()),
                    self.name(link.audience())
                )
            },
        )
    }
}

fn send(chain: &[Verified<Delegation>], invocation: impl Into<Token>) -> Result<Vec<u8>, Failure> {
    let mut container: Container = chain.iter().cloned().collect();
    container.insert(invocation);
    container.encode(ContainerFormat::Base64Url).map_err(broken)
}

fn parse(command: &str) -> Result<Command, Failure> {
    command.parse().map_err(broken)
}

/// The story itself is broken, which is for whoever changes it to mend.
fn broken(cause: impl Display) -> Failure {
    Failure::usage(format_args!("the story cannot be played: {cause}"))
}
