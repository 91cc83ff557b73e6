//! What does the operator want otherwise than we would generalise it?

use std::collections::BTreeMap;

/// How to generalise.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Choices {
    /// So many values of one argument are listed; beyond, something that they share is looked for.
    pub most: usize,
    /// Arguments that nobody has seen may have any value.
    pub open: bool,
    /// What was chosen for single arguments, by their path as findings show it.
    pub at: BTreeMap<String, Choice>,
}

/// How to generalise the values of one argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// It may be anything.
    Anything,
    /// It is one of those that were seen, however many.
    Exactly,
    /// It begins with this, or with what all of them begin with.
    Prefix(Option<String>),
    /// It lies between the least and the greatest.
    Range,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            most: 8,
            open: false,
            at: BTreeMap::new(),
        }
    }
}

impl Choices {
    pub(super) fn at(&self, path: &str) -> Option<&Choice> {
        self.at.get(path)
    }

    /// Was something chosen for a part of it?
    pub(super) fn is_below(&self, path: &str) -> bool {
        self.at.keys().any(|key| {
            let rest = key.strip_prefix(path);
            rest.is_some_and(|rest| rest.starts_with(['.', '[']))
        })
    }
}
