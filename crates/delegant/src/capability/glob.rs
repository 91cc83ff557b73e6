//! Does a text match a `like` pattern?

use std::fmt;
use std::str::FromStr;

use smol_str::{SmolStr, SmolStrBuilder};
use thiserror::Error;

use crate::wire::footprint;
use crate::wire::limits::{Limit, LimitExceeded, Limits};

/// A pattern for whole texts: `*` is any run of characters, `\*` a star, `\\` a backslash.
///
/// Matching takes time linear in the text. UCAN Delegation, "Glob Matching".
///
/// ```
/// use delegant::Glob;
///
/// let pattern: Glob = "*@example.com".parse()?;
/// assert!(pattern.matches("alice@example.com"));
/// assert!(!pattern.matches("alice@example.com.evil"));
/// # Ok::<(), delegant::ParseGlobError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Glob {
    source: SmolStr,
    /// The pieces between the stars, where they are not what stands in the source.
    unescaped: Option<Box<Pieces>>,
}

#[derive(Clone, PartialEq, Eq)]
struct Pieces(Vec<SmolStr>);

impl Glob {
    /// Reads a pattern within these limits.
    ///
    /// # Errors
    /// A backslash before anything but `*` and `\`, or a pattern beyond the limits.
    pub fn read(source: &str, limits: &Limits) -> Result<Self, ParseGlobError> {
        limits.check(Limit::GlobBytes, source.len())?;
        let mut stars = 0_usize;
        let mut letters = source.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '*' => {
                    stars = stars.saturating_add(1);
                    limits.check(Limit::GlobStars, stars)?;
                }
                '\\' => match letters.next() {
                    Some('*' | '\\') => {}
                    _ => return Err(ParseGlobError::Escape),
                },
                _ => {}
            }
        }
        let unescaped = source.contains('\\').then(|| Box::new(Pieces::of(source)));
        Ok(Self {
            source: source.into(),
            unescaped,
        })
    }

    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Does the whole text match?
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match &self.unescaped {
            None => matches(self.source.split('*'), text),
            Some(pieces) => matches(pieces.0.iter().map(SmolStr::as_str), text),
        }
    }

    /// Bytes on the heap.
    pub(crate) fn footprint(&self) -> usize {
        let pieces = self.unescaped.as_ref().map_or(0, |pieces| {
            let texts = pieces.0.iter().map(footprint::text);
            texts
                .fold(footprint::boxed(&**pieces), usize::saturating_add)
                .saturating_add(footprint::list::<SmolStr>(pieces.0.capacity()))
        });
        footprint::text(&self.source).saturating_add(pieces)
    }
}

impl Pieces {
    /// Of a pattern whose escapes are sound.
    fn of(source: &str) -> Self {
        let mut pieces = Vec::new();
        let mut piece = SmolStrBuilder::new();
        let mut letters = source.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '*' => pieces.push(std::mem::take(&mut piece).finish()),
                '\\' => piece.push(letters.next().unwrap_or(letter)),
                _ => piece.push(letter),
            }
        }
        pieces.push(piece.finish());
        Self(pieces)
    }
}

/// Do these pieces make up the text, the first at its start, the last at its end, and the others
/// anywhere between, in their order?
fn matches<'p>(mut pieces: impl DoubleEndedIterator<Item = &'p str>, text: &str) -> bool {
    let first = pieces.next().unwrap_or_default();
    let Some(last) = pieces.next_back() else {
        return text == first;
    };
    let middle = text
        .strip_prefix(first)
        .and_then(|rest| rest.strip_suffix(last));
    let Some(mut rest) = middle else {
        return false;
    };
    // The leftmost place for each piece leaves the most room for those behind it.
    for piece in pieces {
        match rest.split_once(piece) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    true
}

impl FromStr for Glob {
    type Err = ParseGlobError;

    fn from_str(source: &str) -> Result<Self, Self::Err> {
        Self::read(source, &Limits::DEFAULT)
    }
}

impl fmt::Debug for Glob {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.source, formatter)
    }
}

/// Why a text is not a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseGlobError {
    /// A backslash before something else than `*` and `\`.
    #[error("a backslash in a pattern stands before `*` or another backslash")]
    Escape,
    /// Too long, or too many stars.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_specifications_examples() {
        let pattern: Glob = r"Alice\*, Bob*, Carol.".parse().unwrap();
        for text in [
            "Alice*, Bob, Carol.",
            "Alice*, Bob, Dan, Erin, Carol.",
            "Alice*, Bob  , Carol.",
            "Alice*, Bob*, Carol.",
        ] {
            assert!(pattern.matches(text), "{text}");
        }
        for text in [
            "Alice*, Bob, Carol",
            "Alice*, Bob*, Carol!",
            "Alice, Bob, Carol.",
            "Alice Cooper, Bob, Carol.",
            " Alice*, Bob, Carol. ",
        ] {
            assert!(!pattern.matches(text), "{text}");
        }
    }

    #[test]
    fn agrees_with_a_naive_matcher_on_every_short_pattern_and_text() {
        fn naive(pattern: &[u8], text: &[u8]) -> bool {
            match pattern {
                [] => text.is_empty(),
                [b'*', rest @ ..] => (0..=text.len()).any(|from| naive(rest, &text[from..])),
                [b'\\', letter, rest @ ..] | [letter, rest @ ..] => {
                    text.first() == Some(letter) && naive(rest, &text[1..])
                }
            }
        }
        let words = |alphabet: &[char], longest: u32| {
            let mut all = vec![String::new()];
            let mut last = all.clone();
            for _ in 0..longest {
                last = last
                    .iter()
                    .flat_map(|word| alphabet.iter().map(move |letter| format!("{word}{letter}")))
                    .collect();
                all.extend(last.iter().cloned());
            }
            all
        };
        let texts = words(&['a', 'b', '*', '\\'], 4);
        let mut compared = 0;
        for pattern in words(&['a', 'b', '*', '\\'], 5) {
            let Ok(glob) = pattern.parse::<Glob>() else {
                continue;
            };
            for text in &texts {
                compared += 1;
                assert_eq!(
                    glob.matches(text),
                    naive(pattern.as_bytes(), text.as_bytes()),
                    "{pattern} {text}"
                );
            }
        }
        assert!(compared > 100_000, "{compared}");
    }

    #[test]
    fn refuses_other_escapes_and_a_lone_backslash() {
        for pattern in [r"\n", r"a\", r"\a*"] {
            assert_eq!(pattern.parse::<Glob>(), Err(ParseGlobError::Escape));
        }
    }

    #[test]
    fn refuses_more_than_32_stars_and_1024_bytes() {
        assert!("*".repeat(32).parse::<Glob>().is_ok());
        assert!("*".repeat(33).parse::<Glob>().is_err());
        assert!("a".repeat(1024).parse::<Glob>().is_ok());
        assert!("a".repeat(1025).parse::<Glob>().is_err());
    }
}
