//! Do both sides have the same time?

use std::fmt;
use std::time::{Duration, SystemTime};

/// How far this machine's clock is from the service's, in whole seconds; as exact as one answer shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skew {
    apart: Duration,
    is_ahead: bool,
}

/// Less than this is the way of the answer, and of a header without fractions.
const NOTABLE: Duration = Duration::from_secs(5);

impl Skew {
    /// From the service's `Date`, and when the answer was asked for and came.
    pub(super) fn of(date: &str, began: SystemTime, ended: SystemTime) -> Option<Self> {
        let theirs = httpdate::parse_http_date(date).ok()?;
        // The service said it at some moment in between; `Date` leaves out up to a second.
        let (apart, is_ahead) = if let Ok(ahead) = began.duration_since(theirs) {
            (ahead, true)
        } else {
            (theirs.duration_since(ended).unwrap_or_default(), false)
        };
        Some(Self {
            apart: Duration::from_secs(apart.as_secs()),
            is_ahead,
        })
    }

    /// How far.
    #[must_use]
    pub const fn apart(&self) -> Duration {
        self.apart
    }

    /// Is this machine's clock ahead of the service's?
    #[must_use]
    pub const fn is_ahead(&self) -> bool {
        self.is_ahead
    }

    /// Is it more than the way of an answer explains?
    #[must_use]
    pub fn is_notable(&self) -> bool {
        self.apart >= NOTABLE
    }
}

impl fmt::Display for Skew {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = if self.is_ahead { "ahead of" } else { "behind" };
        write!(
            formatter,
            "this machine's clock is {} s {side} the service's",
            self.apart.as_secs()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = "Thu, 01 Jan 2026 00:00:00 GMT";

    fn at(seconds: i64) -> SystemTime {
        let offset = Duration::from_secs(seconds.unsigned_abs());
        let midnight = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
        if seconds < 0 {
            midnight - offset
        } else {
            midnight + offset
        }
    }

    #[test]
    fn says_which_clock_is_ahead_and_by_how_much() {
        for (began, ended, apart, is_ahead) in [
            (300, 301, 300, true),
            (-300, -299, 299, false),
            // A slow answer is no skew.
            (-10, 20, 0, false),
        ] {
            let skew = Skew::of(DATE, at(began), at(ended)).unwrap();
            assert_eq!(skew.apart(), Duration::from_secs(apart), "{began}");
            assert_eq!(skew.is_ahead(), is_ahead, "{began}");
        }
        assert!(Skew::of("yesterday", at(0), at(0)).is_none());
    }

    #[test]
    fn of_a_few_seconds_explains_nothing() {
        assert!(!Skew::of(DATE, at(4), at(4)).unwrap().is_notable());
        assert!(Skew::of(DATE, at(5), at(5)).unwrap().is_notable());
    }
}
