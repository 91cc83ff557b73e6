//! Who calls, on whose authority: a chain of four delegations, and invocations at the end of it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use delegant::{
    Algorithm, Cid, Container, Delegation, Did, Invocation, Nonce, Policy, SecretKey, Signer,
    Timestamp, Token, Verified, policy,
};
use delegant_http::{Arguments, BodyDigest, carrier};
use serde::{Deserialize, Serialize};

use crate::Failure;

/// Reads the encounters of one patient.
#[derive(Serialize, Deserialize)]
pub(crate) struct ReadEncounters {
    pub(crate) patient: String,
}

impl Arguments for ReadEncounters {
    const COMMAND: &'static str = "/encounters/read";
}

/// Writes one down.
#[derive(Serialize, Deserialize)]
pub(crate) struct WriteEncounter {
    pub(crate) patient: String,
    pub(crate) body: BodyDigest,
}

impl Arguments for WriteEncounter {
    const COMMAND: &'static str = "/encounters/write";
}

/// Whom the chain is about.
pub(crate) const PATIENT: &str = "p-17";

/// How many delegations there are between the service and who calls.
const LINKS: u8 = 4;

/// The service's key: the same in all processes.
pub(crate) fn service() -> Result<SecretKey, Failure> {
    key(1)
}

pub(crate) fn key(seed: u8) -> Result<SecretKey, Failure> {
    Ok(SecretKey::from_bytes(Algorithm::Ed25519, &[seed; 32])?)
}

pub(crate) fn now() -> Result<Timestamp, Failure> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(Timestamp::from_unix(since.as_secs().try_into()?)?)
}

/// Somebody who calls.
pub(crate) struct Agent {
    key: SecretKey,
    subject: Did,
    proofs: Vec<Verified<Delegation>>,
}

impl Agent {
    /// The service lets somebody read and write what is of one patient, and so on, down to this agent.
    pub(crate) fn at_the_end_of_a_chain() -> Result<Self, Failure> {
        let subject = service()?.did();
        let mut proofs = Vec::new();
        let mut key = service()?;
        for link in 1..=LINKS {
            let next = self::key(10 + link)?;
            let policy = match link {
                2 => Policy::new([policy::equal(".patient", PATIENT)])?,
                _ => Policy::default(),
            };
            let given = Delegation::builder(next.did(), subject.clone(), "/encounters".parse()?)
                .policy(policy)
                .expiration(now()?.saturating_add(Duration::from_secs(24 * 60 * 60)))
                .sign(&key, Nonce::random()?)?;
            proofs.push(given);
            key = next;
        }
        Ok(Self {
            key,
            subject,
            proofs,
        })
    }

    /// Somebody else who got hold of this chain.
    pub(crate) fn thief(&self) -> Result<Self, Failure> {
        Ok(Self {
            key: key(66)?,
            subject: self.subject.clone(),
            proofs: self.proofs.clone(),
        })
    }

    /// Who acts on itself, as anyone may.
    pub(crate) fn on_itself(seed: u8) -> Result<Self, Failure> {
        let key = key(seed)?;
        Ok(Self {
            subject: key.did(),
            key,
            proofs: Vec::new(),
        })
    }

    fn cids(&self) -> impl Iterator<Item = Cid> {
        self.proofs.iter().map(Verified::cid)
    }

    /// An invocation that ends so many seconds from now; `None` for never.
    pub(crate) fn invoke(
        &self,
        call: &impl Arguments,
        command: &str,
        ends_in: Option<i64>,
    ) -> Result<Verified<Invocation>, Failure> {
        let builder = Invocation::builder(self.subject.clone(), command.parse()?)
            .arguments(call.to_arguments()?)
            .proofs(self.cids());
        let builder = match ends_in {
            Some(seconds) => builder.expiration(Timestamp::from_unix(now()?.to_unix() + seconds)?),
            None => builder.never_expires(),
        };
        Ok(builder.sign(&self.key, Nonce::random()?)?)
    }

    /// The header of this call: the invocation alone, as once the service knows the chain.
    pub(crate) fn header<C: Arguments>(&self, call: &C) -> Result<String, Failure> {
        alone(&self.invoke(call, C::COMMAND, Some(60))?)
    }

    /// The same with the whole chain, as at first.
    pub(crate) fn first_header<C: Arguments>(&self, call: &C) -> Result<String, Failure> {
        let mut container =
            Container::from_iter([Token::from(self.invoke(call, C::COMMAND, Some(60))?)]);
        for proof in &self.proofs {
            container.insert(proof.clone());
        }
        Ok(carrier::write(&container)?)
    }
}

/// A header with nothing but this invocation.
pub(crate) fn alone(invocation: &Verified<Invocation>) -> Result<String, Failure> {
    Ok(carrier::write(&Container::from_iter([invocation.clone()]))?)
}

pub(crate) fn read_of(patient: &str) -> ReadEncounters {
    ReadEncounters {
        patient: patient.to_owned(),
    }
}
