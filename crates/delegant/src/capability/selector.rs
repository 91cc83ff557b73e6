//! Where in the arguments? A path, and what it finds.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use smallvec::SmallVec;
use smol_str::SmolStr;
use thiserror::Error;

use crate::wire::limits::{Limit, LimitExceeded, Limits};

/// A path into the arguments of an invocation, such as `.to[0]` or `.meta["x-id"]?`.
///
/// UCAN Delegation, "Selectors".
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Selector {
    source: SmolStr,
    path: Path,
}

/// Where the steps stand in the source: found once, followed for every call.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Path {
    /// One field and nothing else, as in `.name`: by far the most common.
    Name,
    Steps(Box<[Place]>),
}

/// Where a step stands.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Place {
    Field {
        name: Range<usize>,
        optional: bool,
    },
    /// Begins here; read anew where it is needed, since numbers are short.
    Other(usize),
}

impl Selector {
    /// Reads a selector within these limits.
    ///
    /// # Errors
    /// See [`ParseSelectorError`].
    pub fn read(source: &str, limits: &Limits) -> Result<Self, ParseSelectorError> {
        limits.check(Limit::SelectorBytes, source.len())?;
        let mut places = SmallVec::<[Place; 8]>::new();
        let mut behind_values = false;
        let mut steps = Steps::of(source)?;
        for count in 1.. {
            let rest = steps.rest;
            let Some(step) = steps.next() else {
                break;
            };
            let Step { to, optional } = step?;
            if behind_values && matches!(to, To::Index(_) | To::Slice(..)) {
                return Err(ParseSelectorError::BehindValues);
            }
            behind_values = to == To::Values;
            limits.check(Limit::SelectorSteps, count)?;
            let start = source.len().saturating_sub(rest.len());
            places.push(match to {
                To::Field(name) => {
                    let start = start.saturating_add(if rest.starts_with('.') { 1 } else { 2 });
                    Place::Field {
                        name: start..start.saturating_add(name.len()),
                        optional,
                    }
                }
                _ => Place::Other(start),
            });
        }
        let path = match places.as_slice() {
            [Place::Field { name, optional: _ }] if *name == (1..source.len()) => Path::Name,
            _ => Path::Steps(places.into_boxed_slice()),
        };
        Ok(Self {
            source: source.into(),
            path,
        })
    }

    /// The selector as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.source
    }

    pub(crate) fn steps(&self) -> impl Iterator<Item = Step<'_>> {
        let (name, places) = match &self.path {
            Path::Name => (Some(self.field(1..self.source.len(), false)), None),
            Path::Steps(places) => (None, Some(places)),
        };
        let places = places.into_iter().flatten();
        name.into_iter()
            .chain(places.map_while(|place| self.step(place)))
    }

    fn step(&self, place: &Place) -> Option<Step<'_>> {
        match place {
            Place::Field { name, optional } => Some(self.field(name.clone(), *optional)),
            // It was read once, so it is sound.
            Place::Other(start) => Steps {
                rest: self.source.get(*start..)?,
            }
            .next()?
            .ok(),
        }
    }

    fn field(&self, name: Range<usize>, optional: bool) -> Step<'_> {
        Step {
            to: To::Field(self.source.get(name).unwrap_or_default()),
            optional,
        }
    }
}

impl FromStr for Selector {
    type Err = ParseSelectorError;

    fn from_str(source: &str) -> Result<Self, Self::Err> {
        Self::read(source, &Limits::DEFAULT)
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.source.escape_debug())
    }
}

impl fmt::Debug for Selector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.source, formatter)
    }
}

/// One step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step<'s> {
    pub(crate) to: To<'s>,
    /// Null where it would find nothing.
    pub(crate) optional: bool,
}

/// Where a step leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum To<'s> {
    Field(&'s str),
    /// The values of a map; a list is its own values.
    Values,
    /// From the end where negative.
    Index(i64),
    Slice(Option<i64>, Option<i64>),
}

/// Reads one step after the other.
struct Steps<'s> {
    rest: &'s str,
}

impl<'s> Steps<'s> {
    fn of(source: &'s str) -> Result<Self, ParseSelectorError> {
        let behind = source.strip_prefix('.').ok_or(ParseSelectorError::NoDot)?;
        // The first dot is the whole of `.` and of `.[0]`, but belongs to the name in `.name`.
        let rest = if behind.is_empty() || behind.starts_with('[') {
            behind
        } else {
            source
        };
        Ok(Self { rest })
    }

    fn step(&mut self) -> Result<Step<'s>, ParseSelectorError> {
        let (to, behind) = if let Some(name) = self.rest.strip_prefix('.') {
            field(name)?
        } else if let Some(inside) = self.rest.strip_prefix('[') {
            bracket(inside)?
        } else {
            return Err(ParseSelectorError::Step);
        };
        let rest = behind.trim_start_matches('?');
        self.rest = rest;
        Ok(Step {
            to,
            optional: rest.len() < behind.len(),
        })
    }
}

impl<'s> Iterator for Steps<'s> {
    type Item = Result<Step<'s>, ParseSelectorError>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.rest.is_empty()).then(|| self.step())
    }
}

fn field(name: &str) -> Result<(To<'_>, &str), ParseSelectorError> {
    let end = name
        .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .unwrap_or(name.len());
    match name.split_at_checked(end) {
        Some((name, rest))
            if !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            Ok((To::Field(name), rest))
        }
        _ => Err(ParseSelectorError::Name),
    }
}

/// What stands behind `[`, and what behind its `]`.
fn bracket(inside: &str) -> Result<(To<'_>, &str), ParseSelectorError> {
    if let Some(quoted) = inside.strip_prefix('"') {
        let (name, behind) = quoted.split_once('"').ok_or(ParseSelectorError::Unclosed)?;
        // Readers disagree on what a backslash does here.
        if name.contains('\\') {
            return Err(ParseSelectorError::Backslash);
        }
        let rest = behind
            .strip_prefix(']')
            .ok_or(ParseSelectorError::Unclosed)?;
        return Ok((To::Field(name), rest));
    }
    let (inside, rest) = inside.split_once(']').ok_or(ParseSelectorError::Unclosed)?;
    let to = if inside.is_empty() {
        To::Values
    } else if let Some((from, until)) = inside.split_once(':') {
        let bound = |text: &str| (!text.is_empty()).then(|| index(text)).transpose();
        To::Slice(bound(from)?, bound(until)?)
    } else {
        To::Index(index(inside)?)
    };
    Ok((to, rest))
}

fn index(text: &str) -> Result<i64, ParseSelectorError> {
    let number: i64 = text.parse().map_err(|_| ParseSelectorError::Index)?;
    // `+1`, `007` and `-0` are second spellings.
    if number.to_string() != text {
        return Err(ParseSelectorError::Index);
    }
    Ok(number)
}

/// Why a text is not a selector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseSelectorError {
    /// It does not start with `.`.
    #[error("a selector starts with `.`")]
    NoDot,
    /// Something else than a letter or `_` behind a dot.
    #[error("behind a dot stands a name of letters, digits and `_`; write others as `[\"name\"]`")]
    Name,
    /// Neither a name nor a bracket where a step should begin.
    #[error("a step of a selector is `.name`, `[\"name\"]`, `[0]`, `[1:2]` or `[]`")]
    Step,
    /// No closing bracket or quote.
    #[error("a bracket or quote is not closed")]
    Unclosed,
    /// A backslash between quotes.
    #[error("a backslash between quotes is read in different ways and is refused")]
    Backslash,
    /// An index or slice behind `[]`.
    #[error(
        "the values of a map have no order that all readers share: leave out `[]` before an index"
    )]
    BehindValues,
    /// Not an integer in its plain form.
    #[error("an index is an integer such as `0` or `-1`")]
    Index,
    /// Too long, or too many steps.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(source: &str) -> Vec<(To<'_>, bool)> {
        let mut steps = Vec::new();
        for step in Steps::of(source).unwrap() {
            let step = step.unwrap();
            steps.push((step.to, step.optional));
        }
        steps
    }

    #[test]
    fn reads_every_form() {
        use To::{Field, Index, Slice, Values};
        for (source, expected) in [
            (".", vec![]),
            (".foo", vec![(Field("foo"), false)]),
            (".bar0_?", vec![(Field("bar0_"), true)]),
            (".foo???", vec![(Field("foo"), true)]),
            (".[\"$_*\"]", vec![(Field("$_*"), false)]),
            (".[\"\"]", vec![(Field(""), false)]),
            (".[\"a:b]\"]", vec![(Field("a:b]"), false)]),
            (
                ".a[0][-1]",
                vec![(Field("a"), false), (Index(0), false), (Index(-1), false)],
            ),
            (".[]", vec![(Values, false)]),
            (
                ".[7:11][2:][:42][0:-2][:]",
                vec![
                    (Slice(Some(7), Some(11)), false),
                    (Slice(Some(2), None), false),
                    (Slice(None, Some(42)), false),
                    (Slice(Some(0), Some(-2)), false),
                    (Slice(None, None), false),
                ],
            ),
            (".a?.b", vec![(Field("a"), true), (Field("b"), false)]),
        ] {
            assert_eq!(steps(source), expected, "{source}");
        }
    }

    #[test]
    fn follows_the_steps_that_it_has_read() {
        for source in [
            ".",
            ".foo",
            ".foo?",
            ".foo??",
            ".[\"\"]",
            ".[\"a b\"]?.c[0][-2:]?[]",
            ".a[\"b\"].c?",
        ] {
            let selector: Selector = source.parse().unwrap();
            let followed: Vec<_> = selector
                .steps()
                .map(|step| (step.to, step.optional))
                .collect();
            assert_eq!(followed, steps(source), "{source}");
        }
    }

    #[test]
    fn refuses_what_is_no_selector() {
        use ParseSelectorError as E;
        for (source, error) in [
            ("", E::NoDot),
            ("foo", E::NoDot),
            ("[0]", E::NoDot),
            ("..", E::Name),
            (".a..b", E::Name),
            (".a.", E::Name),
            (".1a", E::Name),
            (".?", E::Name),
            (".a.[0]", E::Name),
            (".[0]a", E::Step),
            (".a b", E::Step),
            (".[", E::Unclosed),
            (".[\"a", E::Unclosed),
            (".[\"a\"", E::Unclosed),
            (".[\"a\\\"\"]", E::Backslash),
            (".[a]", E::Index),
            (".a[][0]", E::BehindValues),
            (".a[]?[1:]", E::BehindValues),
            (".a[][][-1]", E::BehindValues),
            (".[01]", E::Index),
            (".[-0]", E::Index),
            (".[+1]", E::Index),
            (".[9223372036854775808]", E::Index),
            (".[1:2:3]", E::Index),
        ] {
            assert_eq!(source.parse::<Selector>(), Err(error), "{source}");
        }
        assert!(format!(".{}", "a".repeat(255)).parse::<Selector>().is_ok());
        assert!(format!(".{}", "a".repeat(256)).parse::<Selector>().is_err());
        assert!(".a".repeat(32).parse::<Selector>().is_ok());
        assert!(".a".repeat(33).parse::<Selector>().is_err());
    }
}
