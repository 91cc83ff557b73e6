//! Which number is greater? Exactly, across integers and floats.

use std::cmp::Ordering;

use ipld_core::ipld::Ipld;

/// An integer or a finite float.
#[derive(Debug, Clone, Copy)]
pub enum Number {
    /// Up to 64 bits and a sign.
    Integer(i128),
    /// Finite.
    Float(f64),
}

impl Number {
    /// `None` only where a float is not a number, which no token can hold.
    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(left), Self::Integer(right)) => Some(left.cmp(&right)),
            (Self::Float(left), Self::Float(right)) => left.partial_cmp(&right),
            (Self::Integer(left), Self::Float(right)) => compare(left, right),
            (Self::Float(left), Self::Integer(right)) => {
                compare(right, left).map(Ordering::reverse)
            }
        }
    }
}

impl From<Number> for Ipld {
    fn from(number: Number) -> Self {
        match number {
            Number::Integer(value) => Self::Integer(value),
            Number::Float(value) => Self::Float(value),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.compare(*other) == Some(Ordering::Equal)
    }
}

/// Integers on the wire have 65 bits with their sign; 2^100 is beyond all of them.
const BEYOND: f64 = 1.267_650_600_228_229_4e30;

fn compare(integer: i128, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    if float >= BEYOND {
        return Some(Ordering::Less);
    }
    if float <= -BEYOND {
        return Some(Ordering::Greater);
    }
    // Below 2^100 the whole part of a float is exactly an i128.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the bounds above exclude it"
    )]
    let whole = float.trunc() as i128;
    let by_fraction = 0.0_f64.partial_cmp(&float.fract())?;
    Some(integer.cmp(&whole).then(by_fraction))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Number::{Float, Integer};

    #[test]
    fn integers_and_floats_compare_without_rounding() {
        for (left, right, expected) in [
            (Integer(1), Float(1.0), Ordering::Equal),
            (
                Integer((1 << 53) + 1),
                Float(9_007_199_254_740_992.0),
                Ordering::Greater,
            ),
            (Integer(0), Float(-0.5), Ordering::Greater),
            (Integer(0), Float(0.5), Ordering::Less),
            (Integer(-1), Float(-0.5), Ordering::Less),
            (Integer(-(1 << 64)), Float(-1e300), Ordering::Greater),
            (Integer(u64::MAX.into()), Float(1e300), Ordering::Less),
            (
                Integer(u64::MAX.into()),
                Float(18_446_744_073_709_551_616.0),
                Ordering::Less,
            ),
            (Float(f64::MIN_POSITIVE), Integer(0), Ordering::Greater),
        ] {
            assert_eq!(left.compare(right), Some(expected), "{left:?} {right:?}");
            assert_eq!(right.compare(left), Some(expected.reverse()));
        }
    }
}
