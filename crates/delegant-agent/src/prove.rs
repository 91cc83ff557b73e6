//! Which delegations prove that something may be done?

mod no_proof;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use delegant::{
    Cid, Command, Delegation, Did, Fuel, Ipld, Limit, LimitExceeded, Limits, OutOfTime, Reason,
    Subject, Timestamp, Truth, Verified,
};

pub use no_proof::{Miss, NearMiss, NoProof};

/// What somebody wants to invoke.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who will sign the invocation.
    pub invoker: &'a Did,
    /// On whose authority.
    pub subject: &'a Did,
    /// What.
    pub command: &'a Command,
    /// With what.
    pub arguments: &'a BTreeMap<String, Ipld>,
    /// When.
    pub now: Timestamp,
}

/// Delegations, indexed by whom they were given to and what they are about.
///
/// Finding a chain looks at each of them at most once for every command that covers the request, so
/// neither loops nor fan-out make it grow.
#[derive(Debug, Clone, Default)]
pub struct Delegations {
    links: Vec<Link>,
    known: HashSet<Cid>,
    names: HashMap<Did, Name>,
    /// Given to this principal about this subject, or about any where there is none.
    given: HashMap<(Name, Option<Name>), Vec<usize>>,
}

/// A principal, as a number.
type Name = usize;

#[derive(Debug, Clone)]
struct Link {
    delegation: Verified<Delegation>,
    issuer: Name,
}

impl Delegations {
    /// Adds one; `false` where it is there already.
    pub fn insert(&mut self, delegation: Verified<Delegation>) -> bool {
        if !self.known.insert(delegation.cid()) {
            return false;
        }
        let issuer = self.name(delegation.issuer());
        let audience = self.name(delegation.audience());
        let subject = delegation.subject().did().map(|did| self.name(did));
        let place = self.links.len();
        self.given
            .entry((audience, subject))
            .or_default()
            .push(place);
        self.links.push(Link { delegation, issuer });
        true
    }

    /// All of them, in the order in which they were added.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Verified<Delegation>> {
        self.links.iter().map(|link| &link.delegation)
    }

    /// The delegation with this CID.
    #[must_use]
    pub fn get(&self, cid: Cid) -> Option<&Verified<Delegation>> {
        self.known
            .contains(&cid)
            .then(|| self.iter().find(|delegation| delegation.cid() == cid))
            .flatten()
    }

    /// Picks a chain from the subject to the invoker: valid now, of the fewest delegations, and of
    /// those the one that expires last. Root first; empty where the invoker is the subject.
    ///
    /// # Errors
    /// [`NoProof`], with what came close.
    pub fn prove(&self, request: &Request<'_>) -> Result<Vec<Verified<Delegation>>, Box<NoProof>> {
        if request.invoker == request.subject {
            return Ok(Vec::new());
        }
        Search::new(self, request).run()
    }

    fn name(&mut self, did: &Did) -> Name {
        let next = self.names.len();
        *self.names.entry(did.clone()).or_insert(next)
    }
}

impl FromIterator<Verified<Delegation>> for Delegations {
    fn from_iter<I: IntoIterator<Item = Verified<Delegation>>>(delegations: I) -> Self {
        let mut all = Self::default();
        for delegation in delegations {
            all.insert(delegation);
        }
        all
    }
}

/// One delegation on the way from the invoker towards the subject.
struct Hop {
    link: usize,
    /// The last moment of all delegations from here to the invoker.
    until: Timestamp,
    /// The next one towards the invoker.
    next: Option<usize>,
}

/// Walks from the invoker towards the subject, one delegation further in each round.
struct Search<'d, 'r> {
    delegations: &'d Delegations,
    request: &'r Request<'r>,
    hops: Vec<Hop>,
    /// For each issuer and command reached: in which round, and the best hop.
    reached: HashMap<(Name, &'d Command), (usize, usize)>,
    usable: HashMap<usize, bool>,
    misses: Vec<NearMiss>,
}

impl<'d, 'r> Search<'d, 'r> {
    fn new(delegations: &'d Delegations, request: &'r Request<'r>) -> Self {
        Self {
            delegations,
            request,
            hops: Vec::new(),
            reached: HashMap::new(),
            usable: HashMap::new(),
            misses: Vec::new(),
        }
    }

    fn run(mut self) -> Result<Vec<Verified<Delegation>>, Box<NoProof>> {
        let invoker = self.delegations.names.get(self.request.invoker).copied();
        let mut round = self.extend(invoker, None, 0);
        for length in 1..=Limits::DEFAULT.maximum(Limit::ChainLength) {
            if let Some(root) = self.best_root(&round) {
                return Ok(self.chain(root));
            }
            let mut next = Vec::new();
            for hop in round {
                let issuer = self.hops.get(hop).and_then(|hop| self.link(hop.link));
                let issuer = issuer.map(|link| link.issuer);
                next.extend(self.extend(issuer, Some(hop), length));
            }
            if next.is_empty() {
                break;
            }
            // A later hop of the same round may have replaced an earlier one.
            next.retain(|hop| self.is_best(*hop));
            round = next;
        }
        Err(Box::new(NoProof {
            invoker: self.request.invoker.clone(),
            subject: self.request.subject.clone(),
            command: self.request.command.clone(),
            near_misses: self.misses,
        }))
    }

    fn link(&self, place: usize) -> Option<&'d Link> {
        self.delegations.links.get(place)
    }

    /// The hops that lead to `audience`, from where `next` leads on to the invoker.
    fn extend(&mut self, audience: Option<Name>, next: Option<usize>, round: usize) -> Vec<usize> {
        let Some(audience) = audience else {
            return Vec::new();
        };
        let delegations = self.delegations;
        let subject = delegations.names.get(self.request.subject).copied();
        let about_subject = subject.and_then(|did| delegations.given.get(&(audience, Some(did))));
        let about_any = delegations.given.get(&(audience, None));
        let mut added = Vec::new();
        let mut considered = false;
        for place in about_subject.into_iter().chain(about_any).flatten() {
            considered = true;
            added.extend(self.consider(*place, next, round));
        }
        if let (false, Some(hop)) = (considered, next)
            && let Some(link) = self.hops.get(hop).and_then(|hop| self.link(hop.link))
        {
            self.miss(&link.delegation, Miss::NothingAbove);
        }
        added
    }

    /// Adds a hop where the delegation is usable, covers what is below it, and leads to somewhere
    /// new or for longer.
    fn consider(&mut self, place: usize, next: Option<usize>, round: usize) -> Option<usize> {
        let link = self.link(place)?;
        if !self.is_usable(place, link) {
            return None;
        }
        let below = next.and_then(|hop| self.hops.get(hop));
        let mut until = link
            .delegation
            .bounds()
            .expiration()
            .unwrap_or(Timestamp::MAX);
        if let Some(below) = below {
            let used = self.link(below.link)?.delegation.command();
            if !link.delegation.command().covers(used) {
                let reason = Reason::CommandNotCovered {
                    granted: link.delegation.command().clone(),
                    used: used.clone(),
                };
                self.miss(&link.delegation, Miss::Unusable(reason));
                return None;
            }
            until = until.min(below.until);
        }
        let key = (link.issuer, link.delegation.command());
        // A root ends the search: it competes with other roots, not with powerlines.
        if let Some((known_round, known)) = self.reached.get(&key)
            && !self.is_root(link)
            && (*known_round < round
                || self
                    .hops
                    .get(*known)
                    .is_some_and(|known| known.until >= until))
        {
            return None;
        }
        let hop = self.hops.len();
        self.hops.push(Hop {
            link: place,
            until,
            next,
        });
        self.reached.insert(key, (round, hop));
        Some(hop)
    }

    fn is_best(&self, hop: usize) -> bool {
        let link = self.hops.get(hop).and_then(|hop| self.link(hop.link));
        link.is_some_and(|link| {
            let key = (link.issuer, link.delegation.command());
            self.is_root(link) || self.reached.get(&key).is_some_and(|(_, best)| *best == hop)
        })
    }

    /// Judges a delegation by itself, once.
    fn is_usable(&mut self, place: usize, link: &'d Link) -> bool {
        if let Some(usable) = self.usable.get(&place) {
            return *usable;
        }
        let judged = judge(&link.delegation, self.request);
        self.usable.insert(place, judged.is_ok());
        match judged {
            Ok(()) => true,
            Err(reason) => {
                self.miss(&link.delegation, Miss::Unusable(*reason));
                false
            }
        }
    }

    fn is_root(&self, link: &Link) -> bool {
        link.delegation.issuer() == self.request.subject
            && *link.delegation.subject() != Subject::Any
    }

    fn best_root(&self, round: &[usize]) -> Option<usize> {
        round
            .iter()
            .copied()
            .filter(|hop| {
                let link = self.hops.get(*hop).and_then(|hop| self.link(hop.link));
                link.is_some_and(|link| self.is_root(link))
            })
            .max_by_key(|hop| self.hops.get(*hop).map(|hop| hop.until))
    }

    fn chain(&self, root: usize) -> Vec<Verified<Delegation>> {
        let mut chain = Vec::new();
        let mut place = Some(root);
        while let Some(hop) = place.and_then(|place| self.hops.get(place)) {
            chain.extend(self.link(hop.link).map(|link| link.delegation.clone()));
            place = hop.next;
        }
        chain
    }

    fn miss(&mut self, delegation: &Verified<Delegation>, miss: Miss) {
        // The search begins at the invoker, so the first are the closest.
        if self.misses.len() < MOST_MISSES {
            self.misses.push(NearMiss {
                token: delegation.cid(),
                issuer: delegation.issuer().clone(),
                audience: delegation.audience().clone(),
                miss,
            });
        }
    }
}

const MOST_MISSES: usize = 16;

/// Would this delegation hold for the request, wherever it stands in the chain?
fn judge(delegation: &Delegation, request: &Request<'_>) -> Result<(), Box<Reason>> {
    let now = request.now;
    delegation
        .bounds()
        .check(now, Duration::ZERO)
        .map_err(|out| match out {
            OutOfTime::Expired(expiration) => Reason::Expired { expiration, now },
            OutOfTime::TooEarly(not_before) => Reason::TooEarly { not_before, now },
        })?;
    if !delegation.command().covers(request.command) {
        return Err(Box::new(Reason::CommandNotCovered {
            granted: delegation.command().clone(),
            used: request.command.clone(),
        }));
    }
    let limits = Limits::DEFAULT;
    match delegation
        .policy()
        .evaluate(request.arguments, &mut Fuel::new(&limits))
    {
        Ok(Truth::True) => Ok(()),
        Ok(_) => Err(Box::new(
            match delegation.policy().explain(request.arguments) {
                Some(explanation) => Reason::MatchError(Box::new(explanation)),
                None => Reason::LimitExceeded(LimitExceeded {
                    limit: Limit::Fuel,
                    maximum: limits.maximum(Limit::Fuel),
                }),
            },
        )),
        Err(exceeded) => Err(Box::new(exceeded.into())),
    }
}
