//! Might this be revoked? Answered in memory, for ten million of them.

/// Prints of marks: six bytes each, in 65,536 sorted buckets by the two others.
///
/// A print may be there by chance, once in 2^64; one that is not there was never inserted. Somebody
/// who grinds prints can fill one bucket, which then takes one step more for each doubling.
#[derive(Default)]
pub(crate) struct RevokedSet {
    buckets: Box<[Vec<Rest>]>,
    length: usize,
}

type Rest = [u8; 6];

const BUCKETS: usize = 1 << 16;

impl RevokedSet {
    pub(crate) fn contains(&self, print: u64) -> bool {
        let (bucket, rest) = split(print);
        self.buckets
            .get(bucket)
            .is_some_and(|bucket| bucket.binary_search(&rest).is_ok())
    }

    pub(crate) fn insert(&mut self, print: u64) {
        if self.buckets.is_empty() {
            // Nothing is taken up by who never revokes.
            self.buckets = vec![Vec::new(); BUCKETS].into();
        }
        let (bucket, rest) = split(print);
        let Some(bucket) = self.buckets.get_mut(bucket) else {
            return;
        };
        if let Err(place) = bucket.binary_search(&rest) {
            if bucket.len() == bucket.capacity() {
                // An eighth more, where a vector would take as much again.
                bucket.reserve_exact(bucket.len() / 8 + 4);
            }
            bucket.insert(place, rest);
            self.length += 1;
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.length
    }

    /// The bytes it takes up.
    pub(crate) fn bytes(&self) -> usize {
        let rests: usize = self.buckets.iter().map(Vec::capacity).sum();
        size_of::<Self>() + self.buckets.len() * size_of::<Vec<Rest>>() + rests * size_of::<Rest>()
    }
}

fn split(print: u64) -> (usize, Rest) {
    let [a, b, rest @ ..] = print.to_be_bytes();
    (usize::from(u16::from_be_bytes([a, b])), rest)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn says_of_every_print_what_a_set_of_whole_prints_says() {
        let mut state = 7_u64;
        let mut random = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            // Few enough buckets and rests that many fall together.
            (state >> 60 << 48) | (state >> 40 & 0xfff)
        };
        let (mut set, mut truth) = (RevokedSet::default(), BTreeSet::new());
        for _ in 0..20_000 {
            let print = random();
            set.insert(print);
            truth.insert(print);
            let other = random();
            assert_eq!(set.contains(other), truth.contains(&other));
        }
        assert_eq!(set.len(), truth.len());
        assert!(truth.iter().all(|print| set.contains(*print)));
    }

    #[test]
    fn an_empty_set_takes_up_nothing_and_contains_nothing() {
        let set = RevokedSet::default();
        assert!(set.bytes() < 64);
        assert!(!set.contains(0));
    }
}
