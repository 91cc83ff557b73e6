//! When? Seconds since 1970, and the bounds that tokens set.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

/// A moment in whole seconds since 1970-01-01T00:00:00Z, between −(2^53−1) and 2^53−1.
///
/// Shown in RFC 3339 where its year has four digits.
///
/// ```
/// use delegant::Timestamp;
///
/// assert_eq!(Timestamp::from_unix(1_767_225_600)?.to_string(), "2026-01-01T00:00:00Z");
/// # Ok::<(), delegant::TimestampError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

const LARGEST: i64 = (1 << 53) - 1;

impl Timestamp {
    /// The last moment there is.
    pub const MAX: Self = Self(LARGEST);

    /// The moment this many seconds after 1970 began.
    ///
    /// # Errors
    /// [`TimestampError`] beyond ±(2^53−1).
    pub const fn from_unix(seconds: i64) -> Result<Self, TimestampError> {
        if seconds < -LARGEST || seconds > LARGEST {
            return Err(TimestampError);
        }
        Ok(Self(seconds))
    }

    /// Seconds since 1970.
    #[must_use]
    pub const fn to_unix(self) -> i64 {
        self.0
    }

    /// This much later, at the latest [`Timestamp::MAX`]; parts of a second do not count.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(seconds(duration)).min(LARGEST))
    }

    /// This much earlier, at the earliest −(2^53−1); parts of a second do not count.
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(seconds(duration)).max(-LARGEST))
    }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.0.div_euclid(86_400), self.0.rem_euclid(86_400));
        let (year, month, day) = civil(days);
        if !(0..=9999).contains(&year) {
            return write!(formatter, "{} seconds since 1970", self.0);
        }
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(
            formatter,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Year, month and day of this many days after 1970-01-01, in the proleptic Gregorian calendar.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "a timestamp is less than 2^53 seconds: none of this comes near 2^63"
)]
const fn civil(days: i64) -> (i64, i64, i64) {
    // Years that begin in March put the leap day last; 400 of them are always 146,097 days.
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 {
        march_month + 3
    } else {
        march_month - 9
    };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// Beyond ±(2^53−1) seconds: more than other implementations can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("beyond 2^53 seconds")]
pub struct TimestampError;

/// From when until when: both ends included, either end open. Never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeBounds {
    not_before: Option<Timestamp>,
    expiration: Option<Timestamp>,
}

impl TimeBounds {
    /// Bounds from here to there.
    ///
    /// # Errors
    /// [`EmptyBounds`] where they end before they begin.
    pub fn new(
        not_before: Option<Timestamp>,
        expiration: Option<Timestamp>,
    ) -> Result<Self, EmptyBounds> {
        match (not_before, expiration) {
            (Some(not_before), Some(expiration)) if not_before > expiration => Err(EmptyBounds {
                not_before,
                expiration,
            }),
            _ => Ok(Self {
                not_before,
                expiration,
            }),
        }
    }

    /// The first moment, `None` for always.
    #[must_use]
    pub const fn not_before(&self) -> Option<Timestamp> {
        self.not_before
    }

    /// The last moment, `None` for never ending.
    #[must_use]
    pub const fn expiration(&self) -> Option<Timestamp> {
        self.expiration
    }

    /// What lies in both, `None` where nothing does.
    #[must_use]
    pub fn overlap(&self, other: &Self) -> Option<Self> {
        // `None` is the earliest beginning, but the latest end.
        let not_before = self.not_before.max(other.not_before);
        let expiration = match (self.expiration, other.expiration) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Self::new(not_before, expiration).ok()
    }

    /// Does the moment lie within the bounds, with the leeway granted once on each side?
    ///
    /// # Errors
    /// [`OutOfTime`], which says the bound that it lies beyond.
    pub fn check(&self, now: Timestamp, leeway: Duration) -> Result<(), OutOfTime> {
        if let Some(expiration) = self.expiration
            && now > expiration.saturating_add(leeway)
        {
            return Err(OutOfTime::Expired(expiration));
        }
        if let Some(not_before) = self.not_before
            && now < not_before.saturating_sub(leeway)
        {
            return Err(OutOfTime::TooEarly(not_before));
        }
        Ok(())
    }
}

/// Which bound a moment lies beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OutOfTime {
    /// After the last moment.
    #[error("expired at {0}")]
    Expired(Timestamp),
    /// Before the first moment.
    #[error("not valid before {0}")]
    TooEarly(Timestamp),
}

/// Bounds that end before they begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("expires at {expiration}, before it is valid at {not_before}")]
pub struct EmptyBounds {
    /// Where they begin.
    pub not_before: Timestamp,
    /// Where they end.
    pub expiration: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(seconds).unwrap()
    }

    #[test]
    fn both_ends_are_within_and_leeway_counts_once_on_each_side() {
        let bounds = TimeBounds::new(Some(at(100)), Some(at(200))).unwrap();
        for (now, leeway, expected) in [
            (99, 0, Err(OutOfTime::TooEarly(at(100)))),
            (100, 0, Ok(())),
            (200, 0, Ok(())),
            (201, 0, Err(OutOfTime::Expired(at(200)))),
            (39, 60, Err(OutOfTime::TooEarly(at(100)))),
            (40, 60, Ok(())),
            (260, 60, Ok(())),
            (261, 60, Err(OutOfTime::Expired(at(200)))),
        ] {
            assert_eq!(
                bounds.check(at(now), Duration::from_secs(leeway)),
                expected,
                "{now} {leeway}"
            );
        }
    }

    #[test]
    fn leeway_does_not_wrap_at_the_extremes() {
        let bounds = TimeBounds::new(Some(at(-LARGEST)), Some(at(LARGEST))).unwrap();
        for now in [-LARGEST, LARGEST] {
            assert_eq!(bounds.check(at(now), Duration::MAX), Ok(()));
        }
    }

    #[test]
    fn refuses_bounds_that_end_before_they_begin() {
        assert!(TimeBounds::new(Some(at(2)), Some(at(1))).is_err());
        assert!(TimeBounds::new(Some(at(1)), Some(at(1))).is_ok());
    }

    #[test]
    fn prints_rfc_3339() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (1_767_270_896, "2026-01-01T12:34:56Z"),
            (-62_167_219_200, "0000-01-01T00:00:00Z"),
            (-62_167_219_201, "-62167219201 seconds since 1970"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
            (253_402_300_800, "253402300800 seconds since 1970"),
            (LARGEST, "9007199254740991 seconds since 1970"),
        ] {
            assert_eq!(at(seconds).to_string(), text);
        }
    }

    #[test]
    fn the_calendar_runs_through_400_years_day_by_day() {
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..146_097 {
            let text = format!("{year:04}-{month:02}-{day:02}T00:00:00Z");
            assert_eq!(at(days * 86_400).to_string(), text);
            let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let last = match month {
                2 => 28 + u32::from(is_leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            (year, month, day) = match (month, day == last) {
                (12, true) => (year + 1, 1, 1),
                (_, true) => (year, month + 1, 1),
                _ => (year, month, day + 1),
            };
        }
    }
}
