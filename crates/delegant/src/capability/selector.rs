//! Where in the arguments? A path, and what it finds.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use smallvec::SmallVec;
use smol_str::SmolStr;

use crate::capability::step::{ParseSelectorError, Step, Steps, To};
use crate::wire::footprint;
use crate::wire::limits::{Limit, LimitExceeded, Limits};

/// A path into the arguments of an invocation, such as `.to[0]` or `.meta["x-id"]?`.
///
/// UCAN Delegation, "Selectors".
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Selector(Path);

/// The steps are found once, and followed for every call.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Path {
    /// `.`
    Whole,
    /// One field and nothing else, as in `.name`: by far the most common.
    Name(SmolStr),
    Steps(Box<Places>),
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Places {
    source: SmolStr,
    places: Box<[Place]>,
}

/// A step; a name says where it stands in the source.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    to: PlaceOf,
    optional: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum PlaceOf {
    /// Behind the first letter of the source.
    Rest,
    Field {
        from: u32,
        until: u32,
    },
    Values,
    Index(i32),
    Slice(i32, i32),
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
            let rest = steps.rest();
            let Some(step) = steps.next() else {
                break;
            };
            let Step { to, optional } = step?;
            if behind_values && matches!(to, To::Index(_) | To::Slice(..)) {
                return Err(ParseSelectorError::BehindValues);
            }
            behind_values = to == To::Values;
            limits.check(Limit::SelectorSteps, count)?;
            let to = match to {
                To::Field(name) => place(source, rest, name)?,
                To::Values => PlaceOf::Values,
                To::Index(index) => PlaceOf::Index(index),
                To::Slice(from, until) => PlaceOf::Slice(from, until),
            };
            places.push(Place { to, optional });
        }
        Ok(Self(match places.as_slice() {
            [] => Path::Whole,
            [_] if is_name(source) => Path::Name(source.into()),
            _ => Path::Steps(Box::new(Places {
                source: source.into(),
                places: places.into_boxed_slice(),
            })),
        }))
    }

    /// The selector as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Path::Whole => ".",
            Path::Name(source) => source,
            Path::Steps(steps) => &steps.source,
        }
    }

    pub(crate) fn steps(&self) -> impl Iterator<Item = Step<'_>> {
        let (source, places) = match &self.0 {
            Path::Whole => (".", &[][..]),
            Path::Name(source) => (source.as_str(), &[NAME][..]),
            Path::Steps(steps) => (steps.source.as_str(), &*steps.places),
        };
        places.iter().map(move |place| place.in_source(source))
    }

    /// Bytes on the heap.
    pub(crate) fn footprint(&self) -> usize {
        match &self.0 {
            Path::Whole => 0,
            Path::Name(source) => footprint::text(source),
            Path::Steps(steps) => footprint::boxed(&**steps)
                .saturating_add(footprint::text(&steps.source))
                .saturating_add(footprint::list::<Place>(steps.places.len())),
        }
    }
}

/// The one step of a selector that is a dot and a name.
const NAME: Place = Place {
    to: PlaceOf::Rest,
    optional: false,
};

impl Place {
    fn in_source(self, source: &str) -> Step<'_> {
        let to = match self.to {
            PlaceOf::Rest => To::Field(source.get(1..).unwrap_or_default()),
            PlaceOf::Field { from, until } => {
                let range = from.try_into().ok().zip(until.try_into().ok());
                let name = range.and_then(|(from, until)| source.get::<Range<usize>>(from..until));
                To::Field(name.unwrap_or_default())
            }
            PlaceOf::Values => To::Values,
            PlaceOf::Index(index) => To::Index(index),
            PlaceOf::Slice(from, until) => To::Slice(from, until),
        };
        Step {
            to,
            optional: self.optional,
        }
    }
}

/// Is the whole selector a dot and this one name?
fn is_name(source: &str) -> bool {
    let name = source.strip_prefix('.').unwrap_or_default();
    name.bytes()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
}

/// Where a name stands that the step at the beginning of `rest` leads to.
fn place(source: &str, rest: &str, name: &str) -> Result<PlaceOf, ParseSelectorError> {
    let before = source.len().saturating_sub(rest.len());
    // `.` or `["`.
    let from = before.saturating_add(if rest.starts_with('.') { 1 } else { 2 });
    let until = from.saturating_add(name.len());
    let too_long = |_| LimitExceeded {
        limit: Limit::SelectorBytes,
        maximum: u32::MAX as usize,
    };
    Ok(PlaceOf::Field {
        from: from.try_into().map_err(too_long)?,
        until: until.try_into().map_err(too_long)?,
    })
}

impl FromStr for Selector {
    type Err = ParseSelectorError;

    fn from_str(source: &str) -> Result<Self, Self::Err> {
        Self::read(source, &Limits::DEFAULT)
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.as_str().escape_debug())
    }
}

impl fmt::Debug for Selector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let read: Vec<_> = Steps::of(source)
                .unwrap()
                .map(|step| step.map(|step| (step.to, step.optional)).unwrap())
                .collect();
            assert_eq!(followed, read, "{source}");
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
