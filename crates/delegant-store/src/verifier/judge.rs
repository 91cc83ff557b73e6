//! Judging, and letting through once.

use std::time::Duration;

use delegant::{
    Authorization, Cid, Command, Container, Delegation, Denial, Did, Evidence, Invocation, Limit,
    Parsed, Reason, Revocations, Timestamp, Verified, authorize,
};

use crate::backend::{Redeemed, RedemptionKey};
use crate::gather::{Found, gather};
use crate::refusal::{Cause, Refusal};
use crate::verifier::Verifier;

/// So many proofs that were never verified here take about as long as a thread may be kept busy.
const INLINE: usize = 8;

/// What it does.
impl Verifier {
    /// Judges the one invocation of a container: is it in order, signed, about what is served here,
    /// and proven, now? Nothing is marked as used; proofs that held are remembered, so that the
    /// next call does without.
    ///
    /// # Errors
    /// [`Refusal`]
    pub async fn check(&self, container: &[u8]) -> Result<Authorization, Refusal> {
        let container = self.decode(container)?;
        self.judge(&container, container.invocation()?).await
    }

    /// Reads a container, within the limits and with what is remembered.
    ///
    /// # Errors
    /// [`Refusal`] where it is none.
    pub fn decode(&self, container: &[u8]) -> Result<Container, Refusal> {
        Ok(Container::decode_known(container, &self.proofs)?)
    }

    /// Judges one of the invocations of a container as [`check`](Self::check) does.
    ///
    /// # Errors
    /// [`Refusal`]
    pub async fn judge(
        &self,
        container: &Container,
        invocation: &Parsed<Invocation>,
    ) -> Result<Authorization, Refusal> {
        let now = self.now()?;
        let invocation = invocation
            .verify(&*self.keys)
            .map_err(|forged| Refusal::new(forged, None))?;
        let signer = invocation.issuer().clone();
        let refuse = |cause: Cause| Refusal::new(cause, Some(&signer));
        if !self.does_serve(invocation.subject()) {
            return Err(refuse(Cause::NotServed {
                subject: invocation.subject().clone(),
            }));
        }
        let found = match self.is_worth_a_look(&invocation, now) {
            true => gather(
                &self.store,
                container,
                &invocation,
                &self.proofs,
                &&*self.keys,
                now,
            )
            .await
            .map_err(|error| refuse(error.into()))?,
            false => Found {
                proofs: Vec::new(),
                revocations: Revocations::none(),
                missing: Vec::new(),
            },
        };
        self.is_fresh(invocation.command()).map_err(refuse)?;
        let (cid, missing) = (invocation.cid(), unsent(&invocation, container));
        let leave = match self
            .authorize(invocation, found, now)
            .await
            .map_err(refuse)?
        {
            Ok(leave) => leave,
            // What was not sent may be known here, and be no business of whoever asks: until a chain
            // leads to them, the answer is the same as if it were not.
            Err(denial) if !missing.is_empty() && is_of_a_stranger(&denial, cid) => {
                return Err(refuse(Cause::MissingProofs { missing }));
            }
            Err(denial) => return Err(refuse(denial.into())),
        };
        self.remember(&leave, now).await;
        Ok(leave)
    }

    /// Marks the invocation as used, so that it is executed now or never: after every other check,
    /// right before acting. Once asked for, it may be done although the caller no longer waits.
    ///
    /// # Errors
    /// [`Refusal`]: it must not be executed. Where it is [unavailable](Refusal::is_unavailable),
    /// it may be used up all the same: the invoker signs another.
    pub async fn redeem(&self, leave: &Authorization) -> Result<(), Refusal> {
        let invocation = leave.invocation();
        let signer = invocation.issuer();
        let refuse = |cause: Cause| Refusal::new(cause, Some(signer));
        let deny = |reason: Reason| {
            let token = invocation.cid();
            refuse(Denial { token, reason }.into())
        };
        let now = self.now().map_err(|error| refuse(error.into()))?;
        let latest = now
            .saturating_add(self.longest_lifetime)
            .saturating_add(self.leeway);
        let Some(expiration) = invocation
            .bounds()
            .expiration()
            .filter(|end| *end <= latest)
        else {
            return Err(deny(Reason::LifetimeTooLong {
                maximum: self.longest_lifetime.as_secs(),
            }));
        };
        // It may have been waiting since it was checked.
        if expiration.saturating_add(self.leeway) < now {
            return Err(deny(Reason::Expired { expiration, now }));
        }
        let until = expiration.saturating_add(2 * self.leeway);
        let key = RedemptionKey::of(invocation);
        match self.store.redeem(key, until, now).await {
            Ok(Redeemed::First) => {}
            Ok(Redeemed::Again) => return Err(deny(Reason::Replayed)),
            Err(error) => return Err(refuse(error.into())),
        }
        self.still_stands(leave, now).await.map_err(refuse)
    }

    /// What was revoked between the check and the redemption is not done either.
    async fn still_stands(&self, leave: &Authorization, now: Timestamp) -> Result<(), Cause> {
        let chain: Vec<Parsed<Delegation>> = leave
            .delegations()
            .iter()
            .map(Verified::to_parsed)
            .collect();
        let invoker = leave.invoker();
        let revocations = self
            .store
            .bearing_on(&chain, invoker, &&*self.keys, now)
            .await?;
        if revocations.is_empty() {
            return Ok(());
        }
        let found = Found {
            proofs: chain,
            revocations,
            missing: Vec::new(),
        };
        let stands = self.decide(leave.invocation().clone(), &found, now);
        Ok(stands.map(drop)?)
    }

    /// Is this delegation remembered from earlier calls?
    #[must_use]
    pub fn remembers(&self, proof: Cid) -> bool {
        self.proofs.get(&proof).is_some()
    }

    /// Are this one's resources served?
    #[must_use]
    pub fn does_serve(&self, subject: &Did) -> bool {
        self.serves
            .as_ref()
            .map_or_else(|| *subject == self.executor, |serves| serves(subject))
    }

    /// What is out of time or too long is refused whatever is found for it.
    fn is_worth_a_look(&self, invocation: &Invocation, now: Timestamp) -> bool {
        invocation.bounds().check(now, self.leeway).is_ok()
            && invocation.proofs().len() <= self.limits.maximum(Limit::ChainLength)
    }

    fn is_fresh(&self, command: &Command) -> Result<(), Cause> {
        let covering = self
            .staleness
            .iter()
            .filter(|(above, _)| above.covers(command));
        let narrowest = covering.max_by_key(|(above, _)| above.as_str().len());
        let maximum = narrowest.map_or(Duration::from_secs(60), |(_, maximum)| *maximum);
        let age = self.store.staleness();
        if age > maximum {
            return Err(Cause::RevocationStale { age, maximum });
        }
        Ok(())
    }

    /// Decides, on a thread of its own where that takes long.
    async fn authorize(
        &self,
        invocation: Verified<Invocation>,
        found: Found,
        now: Timestamp,
    ) -> Result<Result<Authorization, Denial>, Cause> {
        let is_new = |proof: &&Parsed<Delegation>| self.proofs.get(&proof.cid()).is_none();
        if found.proofs.iter().filter(is_new).count() <= INLINE {
            return Ok(self.decide(invocation, &found, now));
        }
        let verifier = self.clone();
        tokio::task::spawn_blocking(move || verifier.decide(invocation, &found, now))
            .await
            .map_err(|_| Cause::BrokenOff)
    }

    fn decide(
        &self,
        invocation: Verified<Invocation>,
        found: &Found,
        now: Timestamp,
    ) -> Result<Authorization, Denial> {
        authorize(
            invocation,
            Evidence {
                now,
                leeway: self.leeway,
                executor: &self.executor,
                keys: &*self.keys,
                proofs: &found.proofs,
                revocations: &found.revocations,
                limits: &self.limits,
            },
        )
    }

    /// What held is remembered here, and kept for others and for later.
    async fn remember(&self, leave: &Authorization, now: Timestamp) {
        let is_new = |link: &&Verified<Delegation>| self.proofs.get(&link.cid()).is_none();
        let new: Vec<Verified<Delegation>> =
            leave.delegations().iter().filter(is_new).cloned().collect();
        for link in &new {
            self.proofs.insert(link);
        }
        // A store that cannot keep them costs a later caller some bytes, and this one nothing.
        let _ = self.store.keep(&new, now).await;
    }
}

/// The proofs that an invocation names and its container lacks.
fn unsent(invocation: &Invocation, container: &Container) -> Vec<Cid> {
    let sent = container.delegations();
    let is_sent = |cid: &&Cid| sent.iter().any(|proof| proof.cid() == **cid);
    let named = invocation.proofs().iter();
    named.filter(|cid| !is_sent(cid)).copied().collect()
}

/// Was it refused before the chain was found to lead to the invoker?
fn is_of_a_stranger(denial: &Denial, invocation: Cid) -> bool {
    match &denial.reason {
        Reason::UnavailableProof { .. }
        | Reason::InvalidSignature { .. }
        | Reason::PowerlineAtRoot
        | Reason::InvalidSubject { .. }
        | Reason::RootIssuer { .. }
        | Reason::Misaligned { .. } => true,
        Reason::Expired { .. } | Reason::TooEarly { .. } => denial.token != invocation,
        _ => false,
    }
}
