//! In memory: for tests, and for who may forget everything on a restart.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::future::{pending, ready};
use std::sync::{Mutex, MutexGuard, PoisonError};

use delegant::{Cid, Did, Timestamp};

use crate::backend::{
    Answer, Backend, Entry, Followed, KeptProof, Progress, Proofs, Record, Redeemed, Redemption,
    Redemptions, RevocationLog, Sequence,
};
use crate::error::{Full, StoreError};
use crate::mark::Mark;

/// Forgets everything when it is dropped.
#[derive(Default)]
pub(crate) struct Memory {
    redeemed: Mutex<Used>,
    proofs: Mutex<KeptProofs>,
    log: Mutex<Log>,
}

impl Backend for Memory {
    fn is_alone(&self) -> bool {
        true
    }
}

/// So many proofs are kept, the latest.
const PROOFS: usize = 10_000;

#[derive(Default)]
struct KeptProofs {
    bytes: HashMap<Cid, Vec<u8>>,
    order: VecDeque<Cid>,
}

impl Proofs for Memory {
    fn proofs<'a>(&'a self, cids: &'a [Cid]) -> Answer<'a, Vec<Vec<u8>>> {
        let proofs = lock(&self.proofs);
        let found = cids.iter().filter_map(|cid| proofs.bytes.get(cid).cloned());
        Box::pin(ready(Ok(found.collect())))
    }

    fn keep<'a>(&'a self, new: &'a [KeptProof], _: Timestamp) -> Answer<'a, ()> {
        let mut proofs = lock(&self.proofs);
        for proof in new {
            if proofs
                .bytes
                .insert(proof.cid, proof.bytes.clone())
                .is_none()
            {
                proofs.order.push_back(proof.cid);
            }
            if proofs.order.len() > PROOFS
                && let Some(oldest) = proofs.order.pop_front()
            {
                proofs.bytes.remove(&oldest);
            }
        }
        Box::pin(ready(Ok(())))
    }
}

#[derive(Default)]
struct Log {
    records: BTreeMap<Sequence, Record>,
    marks: HashMap<Mark, Sequence>,
    ends: BTreeSet<(Timestamp, Sequence)>,
    refused: HashSet<Did>,
    followed: HashMap<Did, Followed>,
    progress: Progress,
}

impl RevocationLog for Memory {
    fn append<'a>(&'a self, record: &'a Record) -> Answer<'a, Sequence> {
        Box::pin(ready(Ok(lock(&self.log).append(record))))
    }

    fn marked<'a>(&'a self, marks: &'a [Mark]) -> Answer<'a, Vec<Entry>> {
        let log = lock(&self.log);
        let sequences: BTreeSet<&Sequence> = marks
            .iter()
            .filter_map(|mark| log.marks.get(mark))
            .collect();
        let found = sequences
            .into_iter()
            .filter_map(|sequence| log.records.get_key_value(sequence));
        Box::pin(ready(Ok(found.map(entry).collect())))
    }

    fn after(&self, sequence: Sequence, limit: usize) -> Answer<'_, Vec<Entry>> {
        let log = lock(&self.log);
        let later = log.records.range(sequence.saturating_add(1)..);
        Box::pin(ready(Ok(later.take(limit).map(entry).collect())))
    }

    fn prints(&self, after: Sequence, through: Sequence) -> Answer<'_, Vec<u64>> {
        let log = lock(&self.log);
        let later = log.records.range(after.saturating_add(1)..);
        let marks = later
            .take_while(|(sequence, _)| **sequence <= through)
            .flat_map(|(_, record)| &record.marks);
        Box::pin(ready(Ok(marks.map(Mark::print).collect())))
    }

    fn set_refused<'a>(&'a self, principal: &'a Did, refused: bool) -> Answer<'a, ()> {
        let mut log = lock(&self.log);
        let has_changed = if refused {
            log.refused.insert(principal.clone())
        } else {
            log.refused.remove(principal)
        };
        log.progress.refusals += u64::from(has_changed);
        Box::pin(ready(Ok(())))
    }

    fn refused(&self) -> Answer<'_, Vec<Did>> {
        Box::pin(ready(Ok(lock(&self.log).refused.iter().cloned().collect())))
    }

    fn set_followed<'a>(&'a self, followed: &'a Followed) -> Answer<'a, ()> {
        let mut log = lock(&self.log);
        let service = followed.service.clone();
        let known = log
            .followed
            .entry(service)
            .or_insert_with(|| followed.clone());
        known.sequence = known.sequence.max(followed.sequence);
        known.known_at = known.known_at.max(followed.known_at);
        log.progress.follows = log.progress.follows.saturating_add(1);
        Box::pin(ready(Ok(())))
    }

    fn unfollow<'a>(&'a self, service: &'a Did) -> Answer<'a, ()> {
        let mut log = lock(&self.log);
        log.followed.remove(service);
        log.progress.follows = log.progress.follows.saturating_add(1);
        Box::pin(ready(Ok(())))
    }

    fn followed(&self) -> Answer<'_, Vec<Followed>> {
        Box::pin(ready(Ok(lock(&self.log)
            .followed
            .values()
            .cloned()
            .collect())))
    }

    fn progress(&self) -> Answer<'_, Progress> {
        Box::pin(ready(Ok(lock(&self.log).progress)))
    }

    fn changed(&self) -> Answer<'_, ()> {
        Box::pin(pending())
    }

    fn forget(&self, now: Timestamp) -> Answer<'_, ()> {
        lock(&self.log).forget(now);
        Box::pin(ready(Ok(())))
    }
}

fn entry((sequence, record): (&Sequence, &Record)) -> Entry {
    Entry {
        sequence: *sequence,
        accepted_at: record.accepted_at,
        container: record.container.clone(),
    }
}

impl Log {
    fn append(&mut self, record: &Record) -> Sequence {
        let known: Vec<Option<Sequence>> = record
            .marks
            .iter()
            .map(|mark| self.marks.get(mark).copied())
            .collect();
        if let (Some(Some(first)), true) = (known.first(), known.iter().all(Option::is_some)) {
            return *first;
        }
        self.progress.newest += 1;
        let sequence = self.progress.newest;
        for mark in &record.marks {
            self.marks.entry(*mark).or_insert(sequence);
        }
        self.ends
            .extend(record.until.map(|until| (until, sequence)));
        self.records.insert(sequence, record.clone());
        sequence
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some(end) = self.ends.first().copied().filter(|(until, _)| *until < now) {
            self.ends.remove(&end);
            let (_, sequence) = end;
            for mark in self
                .records
                .remove(&sequence)
                .into_iter()
                .flat_map(|record| record.marks)
            {
                if self.marks.get(&mark) == Some(&sequence) {
                    self.marks.remove(&mark);
                }
            }
        }
    }
}

/// Trees, because a table that grows stands still to do so.
#[derive(Default)]
struct Used {
    /// Until when.
    invocations: BTreeMap<[u8; 40], Timestamp>,
    by_end: BTreeSet<(Timestamp, [u8; 40], [u8; 32])>,
    per_issuer: BTreeMap<[u8; 32], u64>,
    /// The latest end of what was forgotten.
    horizon: Option<Timestamp>,
}

impl Redemptions for Memory {
    fn redeem<'a>(&'a self, redemption: &'a Redemption) -> Answer<'a, Redeemed> {
        Box::pin(ready(lock(&self.redeemed).redeem(redemption)))
    }
}

impl Used {
    fn redeem(&mut self, redemption: &Redemption) -> Result<Redeemed, StoreError> {
        let Redemption {
            key, until, now, ..
        } = redemption;
        // Two leave for each one that comes, so they never pile up and nobody waits for them.
        self.forget(*now, 2);
        if self.invocations.contains_key(key.invocation()) {
            return Ok(Redeemed::Again);
        }
        if let Some(horizon) = self.horizon.filter(|horizon| until <= horizon) {
            return Err(StoreError::Forgotten {
                until: *until,
                horizon,
            });
        }
        if let Err(full) = self.has_room(redemption) {
            self.forget(*now, 10_000);
            self.has_room(redemption)
                .map_err(|_| StoreError::Full(full))?;
        }
        self.invocations.insert(*key.invocation(), *until);
        self.by_end
            .insert((*until, *key.invocation(), *key.issuer()));
        *self.per_issuer.entry(*key.issuer()).or_default() += 1;
        Ok(Redeemed::First)
    }

    fn has_room(&self, redemption: &Redemption) -> Result<(), Full> {
        let Redemption { key, quota, .. } = redemption;
        let used = self.per_issuer.get(key.issuer()).copied().unwrap_or(0);
        if used >= quota.per_issuer {
            return Err(Full::Issuer {
                maximum: quota.per_issuer,
            });
        }
        if u64::try_from(self.invocations.len()).unwrap_or(u64::MAX) >= quota.total {
            return Err(Full::Total {
                maximum: quota.total,
            });
        }
        Ok(())
    }

    fn forget(&mut self, now: Timestamp, at_most: usize) {
        for _ in 0..at_most {
            let Some(entry) = self
                .by_end
                .first()
                .copied()
                .filter(|(until, ..)| *until < now)
            else {
                return;
            };
            self.by_end.remove(&entry);
            let (until, invocation, issuer) = entry;
            self.invocations.remove(&invocation);
            self.horizon = self.horizon.max(Some(until));
            if let Some(used) = self.per_issuer.get_mut(&issuer) {
                *used -= 1;
                if *used == 0 {
                    self.per_issuer.remove(&issuer);
                }
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
