//! Which moment does a text mean?

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use delegant::Timestamp;

use crate::failure::Failure;

/// How times are written, for help texts.
pub(crate) const FORMS: &str =
    "RFC 3339 (2026-01-31T12:00:00Z), Unix seconds, or from now on: 90s, 15m, 8h, 7d";

/// A moment as it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    At(Timestamp),
    In(Duration),
    Never,
}

impl Moment {
    /// The moment, or `None` for never.
    pub(crate) fn seen_from(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::At(moment) => Some(moment),
            Self::In(duration) => Some(now.saturating_add(duration)),
            Self::Never => None,
        }
    }

    /// The moment, where never makes no sense.
    pub(crate) fn one_seen_from(self, now: Timestamp, flag: &str) -> Result<Timestamp, Failure> {
        self.seen_from(now).ok_or_else(|| {
            Failure::usage(format_args!("`{flag} never` is no moment"))
                .hint(format_args!("write {FORMS}"))
        })
    }
}

/// The system's clock.
pub(crate) fn now() -> Result<Timestamp, Failure> {
    let failed = || Failure::usage("the system's clock is out of range; set it, or use `--at`");
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(|_| failed())?;
    i64::try_from(since.as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_unix(seconds).ok())
        .ok_or_else(failed)
}

impl FromStr for Moment {
    type Err = NoMoment;

    fn from_str(text: &str) -> Result<Self, NoMoment> {
        if text == "never" {
            return Ok(Self::Never);
        }
        if let Ok(seconds) = text.parse() {
            return at(seconds);
        }
        if let Some(duration) = duration(text) {
            return Ok(Self::In(duration));
        }
        let moment: jiff::Timestamp = text.parse().map_err(|_| NoMoment)?;
        at(moment.as_second())
    }
}

fn at(seconds: i64) -> Result<Moment, NoMoment> {
    Timestamp::from_unix(seconds)
        .map(Moment::At)
        .map_err(|_| NoMoment)
}

/// Reads `90s`, `15m`, `8h`, `7d`.
fn duration(text: &str) -> Option<Duration> {
    let unit = match text.chars().next_back()? {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let number = text.get(..text.len().checked_sub(1)?)?;
    if !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let number: u64 = number.parse().ok()?;
    number.checked_mul(unit).map(Duration::from_secs)
}

/// A length of time, as `--leeway` takes it.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    duration(text)
        .ok_or_else(|| "not a length of time: write `90s`, `15m`, `8h` or `7d`".to_owned())
}

/// A text that means no moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoMoment;

impl fmt::Display for NoMoment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "not a time: write {FORMS}, never")
    }
}

impl std::error::Error for NoMoment {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form() {
        let at = |seconds| Ok(Moment::At(Timestamp::from_unix(seconds).unwrap()));
        let within = |seconds| Ok(Moment::In(Duration::from_secs(seconds)));
        for (text, expected) in [
            ("never", Ok(Moment::Never)),
            ("0", at(0)),
            ("-1", at(-1)),
            ("1767225600", at(1_767_225_600)),
            ("2026-01-01T00:00:00Z", at(1_767_225_600)),
            ("2026-01-01T01:00:00+01:00", at(1_767_225_600)),
            ("90s", within(90)),
            ("15m", within(900)),
            ("8h", within(28_800)),
            ("7d", within(604_800)),
        ] {
            assert_eq!(text.parse(), expected, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in [
            "",
            "s",
            "1.5h",
            "-5m",
            "+5m",
            "7w",
            "1d2h",
            "tomorrow",
            "2026-01-01",
            "2026-01-01T00:00:00",
            "9007199254740992",
            "99999999999999999999s",
            "Never",
            " 1",
        ] {
            assert_eq!(text.parse::<Moment>(), Err(NoMoment), "{text}");
        }
    }
}
