//! What time is it, and can that be?

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use delegant::Timestamp;
use thiserror::Error;

/// Nobody verified anything with this crate before 2026: a clock that says so was never set.
const EARLIEST: i64 = 1_767_225_600;

/// A clock, and the latest moment that it ever showed.
pub(crate) struct Clock {
    source: Box<dyn Fn() -> Timestamp + Send + Sync>,
    latest: AtomicI64,
}

impl Clock {
    /// The clock of the machine.
    pub(crate) fn system() -> Self {
        Self::new(now)
    }

    pub(crate) fn new(source: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self {
            source: Box::new(source),
            latest: AtomicI64::new(EARLIEST),
        }
    }

    /// Now, unless that cannot be.
    pub(crate) fn now(&self, leeway: Duration) -> Result<Timestamp, ClockError> {
        let now = (self.source)();
        if now.to_unix() < EARLIEST {
            return Err(ClockError::NeverSet { shows: now });
        }
        let latest = self.latest.fetch_max(now.to_unix(), Ordering::Relaxed);
        let back = u64::try_from(latest.saturating_sub(now.to_unix())).unwrap_or(0);
        if Duration::from_secs(back) > leeway {
            return Err(ClockError::WentBack { seconds: back });
        }
        Ok(now)
    }
}

/// What the clock of the machine shows; 1970 where it shows a time before.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.map_or(0, |since| since.as_secs());
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    Timestamp::from_unix(seconds).unwrap_or(Timestamp::MAX)
}

/// The clock shows a time that cannot be, so nothing that depends on time can be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ClockError {
    /// What has expired would be valid again.
    #[error(
        "the clock went back by {seconds} seconds; set it, and start anew if it was ahead before"
    )]
    WentBack {
        /// How far.
        seconds: u64,
    },
    /// A time before this crate existed.
    #[error("the clock shows {shows}; set it")]
    NeverSet {
        /// What it shows.
        shows: Timestamp,
    },
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn clock() -> (Arc<AtomicI64>, Clock) {
        let shows = Arc::new(AtomicI64::new(EARLIEST + 1000));
        let source = Arc::clone(&shows);
        let read = move || Timestamp::from_unix(source.load(Ordering::Relaxed)).unwrap();
        (shows, Clock::new(read))
    }

    #[test]
    fn a_clock_that_goes_back_by_more_than_the_leeway_is_not_believed() {
        let (shows, clock) = clock();
        let leeway = Duration::from_secs(60);
        assert!(clock.now(leeway).is_ok());
        for (moved, expected) in [
            (-60, Ok(())),
            (-61, Err(ClockError::WentBack { seconds: 61 })),
            (0, Ok(())),
            (100, Ok(())),
            (39, Err(ClockError::WentBack { seconds: 61 })),
            (40, Ok(())),
        ] {
            shows.store(EARLIEST + 1000 + moved, Ordering::Relaxed);
            assert_eq!(clock.now(leeway).map(drop), expected, "{moved}");
        }
    }

    #[test]
    fn a_clock_that_was_never_set_is_not_believed() {
        let (shows, clock) = clock();
        shows.store(EARLIEST - 1, Ordering::Relaxed);
        assert!(matches!(
            clock.now(Duration::MAX),
            Err(ClockError::NeverSet { .. })
        ));
        shows.store(EARLIEST, Ordering::Relaxed);
        assert!(clock.now(Duration::ZERO).is_ok());
    }

    #[test]
    fn the_clock_of_the_machine_runs() {
        assert!(Clock::system().now(Duration::ZERO).is_ok());
    }
}
