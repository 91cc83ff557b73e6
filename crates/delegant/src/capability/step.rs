//! Where does one step of a selector lead, and how is it written?

use thiserror::Error;

use crate::wire::limits::LimitExceeded;

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
    Index(i32),
    /// Up to the end where the bound lies beyond it.
    Slice(i32, i32),
}

/// Reads one step after the other.
pub(super) struct Steps<'s> {
    rest: &'s str,
}

impl<'s> Steps<'s> {
    pub(super) fn of(source: &'s str) -> Result<Self, ParseSelectorError> {
        let behind = source.strip_prefix('.').ok_or(ParseSelectorError::NoDot)?;
        // The first dot is the whole of `.` and of `.[0]`, but belongs to the name in `.name`.
        let rest = if behind.is_empty() || behind.starts_with('[') {
            behind
        } else {
            source
        };
        Ok(Self { rest })
    }

    /// What is still to be read.
    pub(super) const fn rest(&self) -> &'s str {
        self.rest
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
        let bound = |text: &str, open| match text {
            "" => Ok(open),
            text => index(text),
        };
        To::Slice(bound(from, 0)?, bound(until, i32::MAX)?)
    } else {
        To::Index(index(inside)?)
    };
    Ok((to, rest))
}

/// An index of up to 64 bits; those beyond 32 lie beyond the end of everything.
fn index(text: &str) -> Result<i32, ParseSelectorError> {
    let number: i64 = text.parse().map_err(|_| ParseSelectorError::Index)?;
    // `+1`, `007` and `-0` are second spellings.
    let is_plain = match text.strip_prefix('-').unwrap_or(text).as_bytes() {
        [b'0'] => text == "0",
        [first, ..] => matches!(first, b'1'..=b'9'),
        [] => false,
    };
    if !is_plain {
        return Err(ParseSelectorError::Index);
    }
    let beyond = if number < 0 { i32::MIN } else { i32::MAX };
    Ok(i32::try_from(number).unwrap_or(beyond))
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
                    (Slice(7, 11), false),
                    (Slice(2, i32::MAX), false),
                    (Slice(0, 42), false),
                    (Slice(0, -2), false),
                    (Slice(0, i32::MAX), false),
                ],
            ),
            (
                ".[2147483648][-9223372036854775808]",
                vec![(Index(i32::MAX), false), (Index(i32::MIN), false)],
            ),
            (".a?.b", vec![(Field("a"), true), (Field("b"), false)]),
        ] {
            assert_eq!(steps(source), expected, "{source}");
        }
    }
}
