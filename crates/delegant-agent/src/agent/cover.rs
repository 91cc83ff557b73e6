//! Which of its chains does an agent delegate from?

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::time::Duration;

use delegant::{
    Command, Delegation, Did, Limit, Limits, OutOfTime, Policy, Reason, Subject, TimeBounds,
    Timestamp, Verified,
};

use crate::prove::{Delegations, Miss, NearMiss, NoProof};
use crate::review::contradiction::never_together;

/// What is to be given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) issuer: &'a Did,
    pub(super) subject: &'a Did,
    pub(super) command: &'a Command,
    pub(super) policy: &'a Policy,
    pub(super) bounds: TimeBounds,
    pub(super) now: Timestamp,
}

/// A chain that covers what is wanted, and the time that it leaves.
#[derive(Debug, Clone)]
pub(super) struct Cover {
    /// The subject's own first.
    pub(super) chain: Vec<Verified<Delegation>>,
    pub(super) bounds: TimeBounds,
}

/// Picks the chain that takes away the least from what is wanted: the fewest statements beside the
/// wanted ones, then the fewest delegations, then the latest end. Of the same cost for each
/// principal and command, only one is followed, so loops end by themselves.
///
/// # Errors
/// [`NoProof`], with what came close.
pub(super) fn cover(held: &Delegations, wanted: &Wanted<'_>) -> Result<Cover, Box<NoProof>> {
    let mut by_audience: HashMap<&Did, Vec<&Verified<Delegation>>> = HashMap::new();
    for link in held.iter() {
        if link
            .subject()
            .did()
            .is_none_or(|subject| subject == wanted.subject)
        {
            by_audience.entry(link.audience()).or_default().push(link);
        }
    }
    let mut search = Search {
        by_audience,
        wanted,
        hops: Vec::new(),
        waiting: BinaryHeap::new(),
        misses: Vec::new(),
    };
    search.run().ok_or_else(|| {
        Box::new(NoProof {
            invoker: wanted.issuer.clone(),
            subject: wanted.subject.clone(),
            command: wanted.command.clone(),
            near_misses: search.misses,
        })
    })
}

struct Hop<'d> {
    link: &'d Verified<Delegation>,
    bounds: TimeBounds,
    cost: Cost,
    /// The next one towards the issuer.
    below: Option<usize>,
}

/// Compared in this order; less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    statements: usize,
    links: usize,
    end: Reverse<Timestamp>,
}

#[derive(PartialEq, Eq)]
struct Waiting(Cost, usize);

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        // The heap gives the greatest; we want the cheapest, and of those the first.
        (other.0, other.1).cmp(&(self.0, self.1))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

struct Search<'d, 'w> {
    by_audience: HashMap<&'d Did, Vec<&'d Verified<Delegation>>>,
    wanted: &'w Wanted<'w>,
    hops: Vec<Hop<'d>>,
    waiting: BinaryHeap<Waiting>,
    misses: Vec<NearMiss>,
}

impl<'d> Search<'d, '_> {
    fn run(&mut self) -> Option<Cover> {
        let wanted = self.wanted;
        let mut settled: HashSet<(&'d Did, &'d Command)> = HashSet::new();
        self.extend(wanted.issuer, None);
        while let Some(Waiting(_, place)) = self.waiting.pop() {
            let hop = self.hops.get(place)?;
            let link = hop.link;
            if link.issuer() == wanted.subject && *link.subject() != Subject::Any {
                return Some(self.cover(place));
            }
            if settled.insert((link.issuer(), link.command()))
                && !self.extend(link.issuer(), Some(place))
            {
                self.miss(link, Miss::NothingAbove);
            }
        }
        None
    }

    /// Adds the links that lead to `audience`; `false` where there is none at all.
    fn extend(&mut self, audience: &Did, below: Option<usize>) -> bool {
        let links = self.by_audience.get(audience).cloned().unwrap_or_default();
        for link in &links {
            match self.judge(link, below) {
                Ok(hop) => {
                    self.waiting.push(Waiting(hop.cost, self.hops.len()));
                    self.hops.push(hop);
                }
                Err(miss) => self.miss(link, *miss),
            }
        }
        !links.is_empty()
    }

    fn judge(
        &self,
        link: &'d Verified<Delegation>,
        below: Option<usize>,
    ) -> Result<Hop<'d>, Box<Miss>> {
        let wanted = self.wanted;
        let under = below.and_then(|place| self.hops.get(place));
        let used = under.map_or(wanted.command, |hop| hop.link.command());
        let unusable = |reason| Box::new(Miss::Unusable(reason));
        if !link.command().covers(used) {
            return Err(unusable(Reason::CommandNotCovered {
                granted: link.command().clone(),
                used: used.clone(),
            }));
        }
        let bounds = under.map_or(wanted.bounds, |hop| hop.bounds);
        let bounds = shared(bounds, link.bounds(), wanted.now).map_err(unusable)?;
        if let Some((here, there)) = never_together(wanted.policy, link.policy()) {
            return Err(Box::new(Miss::Contradicts {
                here: Box::new(here.clone()),
                there: Box::new(there.clone()),
            }));
        }
        let links = under.map_or(1, |hop| hop.cost.links + 1);
        let maximum = Limits::DEFAULT.maximum(Limit::ChainLength);
        if links >= maximum {
            return Err(unusable(
                delegant::LimitExceeded {
                    limit: Limit::ChainLength,
                    maximum,
                }
                .into(),
            ));
        }
        let known = wanted.policy.statements();
        let added = link.policy().statements().iter();
        let added = added.filter(|statement| !known.contains(statement)).count();
        Ok(Hop {
            link,
            bounds,
            cost: Cost {
                statements: under.map_or(0, |hop| hop.cost.statements) + added,
                links,
                end: Reverse(bounds.expiration().unwrap_or(Timestamp::MAX)),
            },
            below,
        })
    }

    fn cover(&self, root: usize) -> Cover {
        let bounds = self
            .hops
            .get(root)
            .map_or(self.wanted.bounds, |hop| hop.bounds);
        let mut chain = Vec::new();
        let mut place = Some(root);
        while let Some(hop) = place.and_then(|place| self.hops.get(place)) {
            chain.push(hop.link.clone());
            place = hop.below;
        }
        Cover { chain, bounds }
    }

    fn miss(&mut self, link: &Verified<Delegation>, miss: Miss) {
        if self.misses.len() < MOST_MISSES {
            self.misses.push(NearMiss {
                token: link.cid(),
                issuer: link.issuer().clone(),
                audience: link.audience().clone(),
                miss,
            });
        }
    }
}

const MOST_MISSES: usize = 16;

/// What is left of the wanted time, where anything of it is left from now on.
fn shared(wanted: TimeBounds, held: TimeBounds, now: Timestamp) -> Result<TimeBounds, Reason> {
    if let Err(OutOfTime::Expired(expiration)) = held.check(now, Duration::ZERO) {
        return Err(Reason::Expired { expiration, now });
    }
    wanted.overlap(&held).ok_or_else(|| {
        // They are apart, so one begins after the other ends.
        match (wanted.not_before(), held.expiration(), held.not_before()) {
            (Some(begin), Some(expiration), _) if begin > expiration => Reason::Expired {
                expiration,
                now: begin,
            },
            (_, _, not_before) => Reason::TooEarly {
                not_before: not_before.unwrap_or(now),
                now: wanted.expiration().unwrap_or(now),
            },
        }
    })
}
