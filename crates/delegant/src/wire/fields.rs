//! Which named fields does a map hold? Missing, mistyped and unknown ones are refused by name.

use smol_str::SmolStr;
use thiserror::Error;

use crate::wire::tree::{Node, View};

/// What is wrong with a field of a map.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FieldError {
    /// It is not there.
    #[error("`{name}` is missing")]
    Missing {
        /// Its name on the wire.
        name: &'static str,
    },
    /// It is of the wrong type.
    #[error("`{name}` must be {wanted}, is {found}")]
    Mistyped {
        /// Its name on the wire.
        name: &'static str,
        /// What it must be.
        wanted: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// There is no such field.
    #[error("`{}` is no field of {of}", name.escape_debug())]
    Unknown {
        /// Its name, as found.
        name: SmolStr,
        /// Of what.
        of: &'static str,
    },
}

/// A map of which every key is known.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'t, 'a, const N: usize> {
    known: &'static [&'static str; N],
    /// At the place that its name has among those known.
    values: [Option<View<'t, 'a>>; N],
}

impl<'t, 'a, const N: usize> Fields<'t, 'a, N> {
    /// Takes the map called `name`, and refuses any key that is not in `known`: the names in the
    /// order that DAG-CBOR has them in.
    pub(crate) fn of(
        map: View<'t, 'a>,
        name: &'static str,
        known: &'static [&'static str; N],
    ) -> Result<Self, FieldError> {
        let entries = map.map().ok_or(FieldError::Mistyped {
            name,
            wanted: "a map",
            found: map.node().kind(),
        })?;
        let mut values = [None; N];
        // Both are sorted: what is not found further on is not there.
        let mut places = known.iter().zip(&mut values);
        for (key, value) in entries {
            let Some((_, place)) = places.find(|(known, _)| **known == key) else {
                return Err(FieldError::Unknown {
                    name: key.into(),
                    of: name,
                });
            };
            *place = Some(value);
        }
        Ok(Self { known, values })
    }

    /// The field, if it is there; null is a value like any other.
    pub(crate) fn optional(&self, name: &'static str) -> Option<View<'t, 'a>> {
        let mut fields = self.known.iter().zip(&self.values);
        fields.find_map(|(known, value)| (*known == name).then_some(*value)?)
    }

    pub(crate) fn required(&self, name: &'static str) -> Result<View<'t, 'a>, FieldError> {
        self.optional(name).ok_or(FieldError::Missing { name })
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<&'a str, FieldError> {
        match self.required(name)?.node() {
            Node::Text(text) => Ok(text),
            found => Err(mistyped(name, "text", found)),
        }
    }

    pub(crate) fn bytes(&self, name: &'static str) -> Result<&'a [u8], FieldError> {
        match self.required(name)?.node() {
            Node::Bytes(bytes) => Ok(bytes),
            found => Err(mistyped(name, "bytes", found)),
        }
    }
}

/// The error for a field that holds something else than it must.
pub(crate) const fn mistyped(
    name: &'static str,
    wanted: &'static str,
    found: Node<'_>,
) -> FieldError {
    FieldError::Mistyped {
        name,
        wanted,
        found: found.kind(),
    }
}
