//! Who is there, what does each of them hold, and what does each give to the next?

use std::path::{Path, PathBuf};
use std::time::Duration;

use delegant::{Algorithm, Container, Did, Policy, SecretKey, Signer, policy};
use delegant_agent::keyfile::{self, Protection};
use delegant_agent::{Agent, Delegations, Narrower, Wallet};

use crate::Failure;

/// The days that the assistant may read: plain numbers, the first and the last.
pub(crate) const THIS_WEEK: (i64, i64) = (20261116, 20261122);

const A_WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Somebody with a key.
pub(crate) struct Person {
    key: SecretKey,
}

impl Person {
    pub(crate) fn new() -> Result<Self, Failure> {
        let key = SecretKey::generate(Algorithm::Ed25519)?;
        Ok(Self { key })
    }

    pub(crate) fn did(&self) -> Did {
        self.key.did()
    }

    pub(crate) const fn key(&self) -> &SecretKey {
        &self.key
    }

    /// Gives a part of what these containers hold: the text of a container, with those above it.
    fn gives(
        &self,
        held: &[String],
        to: &Did,
        clinic: &Did,
        command: &str,
        policy: Policy,
    ) -> Result<String, Failure> {
        let key = SecretKey::from_bytes(self.key.public_key().algorithm(), &self.key.to_bytes())?;
        let mut known = Delegations::default();
        for text in held {
            for delegation in Container::decode(text.as_bytes())?.delegations() {
                known.insert(delegation.verify(&delegant::DidKeys)?);
            }
        }
        let narrower = Narrower::new(clinic.clone(), command.parse()?)
            .policy(policy)
            .lasting(A_WEEK);
        Ok(Agent::new(key, known).delegate(to, narrower)?.to_text()?)
    }

    /// The clinic lets a doctor use all tools, for every patient.
    pub(crate) fn employs(&self, doctor: &Did) -> Result<String, Failure> {
        let all = Policy::default();
        self.gives(&[], doctor, &self.did(), "/mcp/tools/call", all)
    }

    /// The doctor lets her assistant read one record, this week's entries, and write into it.
    pub(crate) fn instructs(
        &self,
        employed: &str,
        assistant: &Did,
        clinic: &Did,
    ) -> Result<Vec<String>, Failure> {
        let held = [employed.to_owned()];
        let her = || policy::equal(".arguments.patient", "p-17");
        let this_week = [
            her(),
            policy::at_least(".arguments.from", THIS_WEEK.0),
            policy::at_most(".arguments.to", THIS_WEEK.1),
        ];
        let give = |command: &str, policy| self.gives(&held, assistant, clinic, command, policy);
        Ok(vec![
            give("/mcp/tools/call/read_encounters", Policy::new(this_week)?)?,
            give("/mcp/tools/call/write_note", Policy::new([her()])?)?,
        ])
    }
}

/// Where an agent has what its signer needs.
pub(crate) struct Desk {
    pub(crate) keyfile: PathBuf,
    pub(crate) wallet: PathBuf,
}

impl Desk {
    /// A folder with the agent's key and a wallet.
    pub(crate) fn of(person: &Person, folder: &Path) -> Result<Self, Failure> {
        std::fs::create_dir(folder)?;
        let desk = Self {
            keyfile: folder.join("agent.pem"),
            wallet: folder.join("wallet"),
        };
        keyfile::create(&desk.keyfile, &person.key, Protection::Plain)?;
        Wallet::open(&desk.wallet)?;
        Ok(desk)
    }

    /// Puts what was given into the wallet.
    pub(crate) fn takes(&self, given: &str) -> Result<(), Failure> {
        let given = Container::decode(given.as_bytes())?;
        Wallet::open(&self.wallet)?.add(given.delegations())?;
        Ok(())
    }
}
