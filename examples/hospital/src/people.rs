//! The people of the story, each with a key: the patient, her physician, the physician on duty.

use std::time::Duration;

use delegant::{Container, Did, Policy, Revocation, SecretKey, Signer, Token, Verified, policy};
use delegant_agent::{Agent, Delegations, Narrower};
use delegant_http::Arguments;

use crate::commands::{ReadEncounters, ReadObservations, ReadResult};
use crate::dishonest::sign;
use crate::process::{Failure, again, new_key};
use crate::summary::learn;

/// Somebody with a key.
pub(crate) struct Person {
    key: SecretKey,
    pub(crate) agent: Agent,
}

impl Person {
    pub(crate) fn new() -> Result<Self, Failure> {
        let (key, same, _) = new_key()?;
        let agent = Agent::new(same, Delegations::default());
        Ok(Self { key, agent })
    }

    pub(crate) fn did(&self) -> Did {
        self.key.did()
    }

    pub(crate) fn takes(&mut self, container: &str) -> Result<(), Failure> {
        learn(&mut self.agent, container)
    }

    /// The header of a call, whether what is in the container allows it or not.
    pub(crate) fn signs<C: Arguments>(
        &self,
        subject: &Did,
        container: &str,
        ask: &C,
    ) -> Result<String, Failure> {
        sign(&self.key, subject, container, ask)
    }

    /// Gives this command on this subject, narrowed, for a day.
    fn gives(
        &self,
        to: &Did,
        subject: &Did,
        command: &str,
        policy: Policy,
    ) -> Result<String, Failure> {
        let narrower = Narrower::new(subject.clone(), command.parse()?)
            .policy(policy)
            .lasting(Duration::from_secs(24 * 60 * 60));
        Ok(self.agent.delegate(to, narrower)?.to_text()?)
    }

    /// The patient lets her physician read, but nothing psychiatric: nobody below can undo that.
    pub(crate) fn consents(&self, physician: &Did, hospital: &Did) -> Result<Vec<String>, Failure> {
        let opted_out = Policy::new([policy::not_equal(".kind", "psychiatry")])?;
        Ok(vec![
            self.gives(physician, hospital, ReadEncounters::COMMAND, opted_out)?,
            self.gives(
                physician,
                hospital,
                ReadObservations::COMMAND,
                Policy::default(),
            )?,
        ])
    }

    /// The physician lets the agent read what a summary of this year needs.
    pub(crate) fn instructs(
        &self,
        agent: &Did,
        hospital: &Did,
        laboratory: &Did,
    ) -> Result<Vec<String>, Failure> {
        let this_year = || {
            [
                policy::at_least(".from", 20260101),
                policy::at_most(".to", 20261231),
            ]
        };
        let codes = policy::or([
            policy::equal(".code", "4548-4"),
            policy::equal(".code", "2345-7"),
        ]);
        let labs = Policy::new(this_year().into_iter().chain([codes]))?;
        Ok(vec![
            self.gives(
                agent,
                hospital,
                ReadEncounters::COMMAND,
                Policy::new(this_year())?,
            )?,
            self.gives(agent, hospital, ReadObservations::COMMAND, labs)?,
            self.gives(agent, laboratory, ReadResult::COMMAND, Policy::default())?,
        ])
    }

    /// Takes back the last delegation of a container; those above it show the right to.
    pub(crate) fn revokes(&self, given: &str) -> Result<Container, Failure> {
        let given = Container::decode(given.as_bytes())?;
        let delegations = given.delegations();
        let is_last = |link: &&delegant::Parsed<delegant::Delegation>| {
            let audience = link.unverified().audience();
            delegations
                .iter()
                .all(|other| other.unverified().issuer() != audience)
        };
        let last = delegations
            .iter()
            .find(is_last)
            .ok_or("no last delegation")?;
        let revocation: Verified<Revocation> =
            Revocation::builder(last.cid()).sign(&again(&self.key)?)?;
        let mut container = Container::from_iter([Token::decode(revocation.bytes())?]);
        for delegation in delegations {
            container.insert(delegation.clone());
        }
        Ok(container)
    }
}
