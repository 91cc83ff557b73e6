//! What is a figure to be, and is it?

use std::fmt;
use std::str::FromStr;

/// A bound on a figure, such as `<= 1.25`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Target {
    relation: Relation,
    bound: f64,
    /// The bound as it was written, so that `1.10` is not shown as `1.1`.
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Relation {
    AtMost,
    AtLeast,
    Exactly,
}

impl Target {
    /// Whether a figure keeps to it.
    pub(crate) fn is_met_by(&self, figure: f64) -> bool {
        match self.relation {
            Relation::AtMost => figure <= self.bound,
            Relation::AtLeast => figure >= self.bound,
            Relation::Exactly => figure == self.bound,
        }
    }

    /// As it is shown, with a bound that is grouped like every other number.
    pub(crate) fn show(&self, number: impl Fn(&str) -> String) -> String {
        let sign = match self.relation {
            Relation::AtMost => "≤",
            Relation::AtLeast => "≥",
            Relation::Exactly => "=",
        };
        format!("{sign} {}", number(&self.text))
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        let error = || TargetError(text.to_owned());
        let (sign, bound) = text.split_once(' ').ok_or_else(error)?;
        let relation = match sign {
            "<=" => Relation::AtMost,
            ">=" => Relation::AtLeast,
            "=" => Relation::Exactly,
            _ => return Err(error()),
        };
        let number: f64 = bound.parse().map_err(|_| error())?;
        if !number.is_finite() {
            return Err(error());
        }
        Ok(Self {
            relation,
            bound: number,
            text: bound.to_owned(),
        })
    }
}

/// The text is no target.
#[derive(Debug, PartialEq)]
pub(crate) struct TargetError(String);

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text) = self;
        write!(
            f,
            "`{text}` is no target: write `<= 1.25`, `>= 95` or `= 0`"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Target, TargetError};

    fn met(target: &str, figure: f64) -> bool {
        target.parse::<Target>().unwrap().is_met_by(figure)
    }

    #[test]
    fn the_bound_itself_is_within() {
        assert!(met("<= 1.25", 1.25) && !met("<= 1.25", 1.26));
        assert!(met(">= 95", 95.0) && !met(">= 95", 94.9));
        assert!(met("= 0", 0.0) && !met("= 0", 1.0));
    }

    #[test]
    fn a_bound_is_shown_as_it_was_written() {
        let target: Target = "<= 1.10".parse().unwrap();
        assert_eq!(target.show(str::to_owned), "≤ 1.10");
    }

    #[test]
    fn anything_else_is_no_target() {
        for text in [
            "", "5", "<=5", "< 5", "<= ", "<= five", "<= NaN", "= inf", "== 0",
        ] {
            let refused = TargetError(text.to_owned());
            assert_eq!(text.parse::<Target>(), Err(refused));
        }
    }
}
