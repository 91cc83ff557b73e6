//! Which delegations prove that something may be done?

mod no_proof;

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::time::Duration;

use delegant::{
    Cid, Command, Delegation, Did, Fuel, Ipld, Limit, LimitExceeded, Limits, OutOfTime, Reason,
    Timestamp, Truth, Verified,
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
    known: HashMap<Cid, usize>,
    names: HashMap<Did, Name>,
    commands: HashMap<Command, usize>,
    /// Given to this principal by the subject itself.
    roots: HashMap<(Name, Name), Vec<usize>>,
    /// Given to this principal by another about this subject, or about any where there is none.
    given: HashMap<(Name, Option<Name>), Vec<usize>>,
}

/// A principal, as a number.
type Name = usize;

#[derive(Debug, Clone)]
struct Link {
    delegation: Verified<Delegation>,
    issuer: Name,
    /// The same number for the same command.
    command: usize,
}

impl Delegations {
    /// Adds one; `false` where it is there already.
    pub fn insert(&mut self, delegation: Verified<Delegation>) -> bool {
        let place = self.links.len();
        if *self.known.entry(delegation.cid()).or_insert(place) != place {
            return false;
        }
        let issuer = number(&mut self.names, delegation.issuer());
        let audience = number(&mut self.names, delegation.audience());
        let command = number(&mut self.commands, delegation.command());
        let subject = delegation.subject().did();
        let subject = subject.map(|did| number(&mut self.names, did));
        let places = if subject == Some(issuer) {
            self.roots.entry((audience, issuer)).or_default()
        } else {
            self.given.entry((audience, subject)).or_default()
        };
        places.push(place);
        self.links.push(Link {
            delegation,
            issuer,
            command,
        });
        true
    }

    /// All of them, in the order in which they were added.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Verified<Delegation>> {
        self.links.iter().map(|link| &link.delegation)
    }

    /// The delegation with this CID.
    #[must_use]
    pub fn get(&self, cid: Cid) -> Option<&Verified<Delegation>> {
        let link = self.links.get(*self.known.get(&cid)?);
        link.map(|link| &link.delegation)
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

    fn name(&self, did: &Did) -> Option<Name> {
        self.names.get(did).copied()
    }

    fn link(&self, place: usize) -> Option<&Link> {
        self.links.get(place)
    }

    /// The places of what was given to this principal: by the subject itself, by others about the
    /// subject, and about any.
    fn to(&self, audience: Name, subject: Option<Name>) -> [&[usize]; 3] {
        let roots = subject.and_then(|subject| self.roots.get(&(audience, subject)));
        let about_it = subject.and_then(|_| self.given.get(&(audience, subject)));
        let about_any = self.given.get(&(audience, None));
        [roots, about_it, about_any].map(|places| places.map_or(&[][..], Vec::as_slice))
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

fn number<K: Clone + Eq + Hash>(numbers: &mut HashMap<K, usize>, key: &K) -> usize {
    let next = numbers.len();
    *numbers.entry(key.clone()).or_insert(next)
}

/// One delegation on the way from the invoker towards the subject.
#[derive(Clone, Copy)]
struct Hop {
    link: usize,
    /// The last moment of all delegations from here to the invoker.
    until: Timestamp,
    /// The next one towards the invoker.
    next: Option<usize>,
}

/// Somebody who could invoke, if only they had it from the subject.
#[derive(Clone, Copy)]
struct Holder {
    name: Name,
    /// The delegation by which they would pass it on; none from the invoker.
    next: Option<usize>,
}

/// Walks from the invoker towards the subject, one delegation further in each round.
struct Search<'d, 'r> {
    delegations: &'d Delegations,
    request: &'r Request<'r>,
    subject: Option<Name>,
    hops: Vec<Hop>,
    /// For each issuer and command reached: in which round, and the best hop.
    reached: HashMap<(Name, usize), (usize, usize)>,
    usable: HashMap<usize, bool>,
    misses: Vec<NearMiss>,
}

impl<'d, 'r> Search<'d, 'r> {
    fn new(delegations: &'d Delegations, request: &'r Request<'r>) -> Self {
        Self {
            delegations,
            request,
            subject: delegations.name(request.subject),
            hops: Vec::new(),
            reached: HashMap::new(),
            usable: HashMap::new(),
            misses: Vec::new(),
        }
    }

    fn run(mut self) -> Result<Vec<Verified<Delegation>>, Box<NoProof>> {
        let invoker = self.delegations.name(self.request.invoker);
        let invoker = invoker.map(|name| Holder { name, next: None });
        let mut holders: Vec<Holder> = invoker.into_iter().collect();
        for round in 0..Limits::DEFAULT.maximum(Limit::ChainLength) {
            // Whoever has it from the subject itself ends the search: the ways that go on are longer.
            if let Some(root) = self.best_root(&holders) {
                return Ok(self.chain(root));
            }
            let mut next = Vec::new();
            for holder in holders {
                next.extend(self.extend(holder, round));
            }
            // A later hop of the same round may have replaced an earlier one.
            next.retain(|hop| self.is_best(*hop));
            holders = next
                .into_iter()
                .filter_map(|hop| self.issuer(hop))
                .collect();
            if holders.is_empty() {
                break;
            }
        }
        Err(Box::new(NoProof {
            invoker: self.request.invoker.clone(),
            subject: self.request.subject.clone(),
            command: self.request.command.clone(),
            near_misses: self.misses,
        }))
    }

    fn link(&self, place: usize) -> Option<&'d Link> {
        self.delegations.link(place)
    }

    fn issuer(&self, hop: usize) -> Option<Holder> {
        let link = self.link(self.hops.get(hop)?.link)?;
        Some(Holder {
            name: link.issuer,
            next: Some(hop),
        })
    }

    /// Of the subject's own delegations to these, the one that makes the chain expire last.
    fn best_root(&mut self, holders: &[Holder]) -> Option<Hop> {
        let mut best: Option<Hop> = None;
        for holder in holders {
            let [roots, ..] = self.delegations.to(holder.name, self.subject);
            for place in roots {
                let hop = self
                    .link(*place)
                    .and_then(|link| self.hop(*place, link, holder.next));
                if let Some(hop) = hop
                    && best.is_none_or(|best| best.until <= hop.until)
                {
                    best = Some(hop);
                }
            }
        }
        best
    }

    /// The hops that lead to this holder from those who are not the subject.
    fn extend(&mut self, holder: Holder, round: usize) -> Vec<usize> {
        let [roots, about_it, about_any] = self.delegations.to(holder.name, self.subject);
        if roots.is_empty() && about_it.is_empty() && about_any.is_empty() {
            let below = holder.next.and_then(|hop| self.hops.get(hop));
            if let Some(link) = below.and_then(|below| self.link(below.link)) {
                self.miss(&link.delegation, Miss::NothingAbove);
            }
        }
        let mut added = Vec::new();
        for place in about_it.iter().chain(about_any) {
            added.extend(self.consider(*place, holder.next, round));
        }
        added
    }

    /// Adds a hop where it leads to somewhere new or for longer.
    fn consider(&mut self, place: usize, next: Option<usize>, round: usize) -> Option<usize> {
        let link = self.link(place)?;
        let key = (link.issuer, link.command);
        let known = self.reached.get(&key).copied();
        // The shorter way is the better one, whether or not this one is open.
        if known.is_some_and(|(known_round, _)| known_round < round) {
            return None;
        }
        let hop = self.hop(place, link, next)?;
        if let Some((_, known)) = known
            && let Some(known) = self.hops.get(known)
            && known.until >= hop.until
        {
            return None;
        }
        let place = self.hops.len();
        self.hops.push(hop);
        self.reached.insert(key, (round, place));
        Some(place)
    }

    /// A hop through this delegation, where it is usable and covers what is below it.
    fn hop(&mut self, place: usize, link: &'d Link, next: Option<usize>) -> Option<Hop> {
        if !self.is_usable(place, link) {
            return None;
        }
        let expiration = link.delegation.bounds().expiration();
        let mut until = expiration.unwrap_or(Timestamp::MAX);
        if let Some(below) = next.and_then(|hop| self.hops.get(hop)) {
            let used = self.link(below.link)?.delegation.command();
            until = until.min(below.until);
            if !link.delegation.command().covers(used) {
                let reason = Reason::CommandNotCovered {
                    granted: link.delegation.command().clone(),
                    used: used.clone(),
                };
                self.miss(&link.delegation, Miss::Unusable(reason));
                return None;
            }
        }
        Some(Hop {
            link: place,
            until,
            next,
        })
    }

    fn is_best(&self, hop: usize) -> bool {
        let link = self.hops.get(hop).and_then(|hop| self.link(hop.link));
        link.and_then(|link| self.reached.get(&(link.issuer, link.command)))
            .is_some_and(|(_, best)| *best == hop)
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

    fn chain(&self, root: Hop) -> Vec<Verified<Delegation>> {
        let mut chain = Vec::new();
        let mut hop = Some(&root);
        while let Some(Hop { link, next, .. }) = hop {
            chain.extend(self.link(*link).map(|link| link.delegation.clone()));
            hop = next.and_then(|place| self.hops.get(place));
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
