//! What is a policy made of, before it is written down?

use delegant::Ipld;

use crate::suggest::finding::Shape;

/// What the values at one place must be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Rule {
    Anything,
    OneOf(Vec<Ipld>),
    Prefix {
        prefix: String,
        without: Vec<String>,
    },
    Range {
        from: Ipld,
        to: Ipld,
    },
    Members {
        members: Vec<Member>,
        closed: bool,
    },
    Elements {
        each: Box<Rule>,
        may_be_empty: bool,
    },
    Either(Vec<Rule>),
}

/// A member of a map.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) rule: Rule,
    /// It may be absent, and then also null.
    pub(super) optional: bool,
    /// It was null, beside being absent.
    pub(super) null: bool,
}

impl Rule {
    /// How it is told.
    pub(super) fn shape(&self, most: usize) -> Shape {
        match self {
            Self::Anything => Shape::Anything,
            Self::OneOf(values) => Shape::OneOf {
                values: values.clone(),
                many: values.len() > most,
            },
            Self::Prefix { prefix, without } => Shape::Prefix {
                prefix: prefix.clone(),
                without: without.clone(),
            },
            Self::Range { from, to } => Shape::Range {
                from: from.clone(),
                to: to.clone(),
            },
            Self::Members { closed, .. } => Shape::Members { closed: *closed },
            Self::Elements { may_be_empty, .. } => Shape::Elements {
                may_be_empty: *may_be_empty,
            },
            Self::Either(rules) => {
                Shape::Kinds(rules.iter().map(|rule| rule.shape(most)).collect())
            }
        }
    }

    /// Does it let everything pass, or could a part of it?
    pub(super) fn is_open(&self) -> bool {
        match self {
            Self::Anything => true,
            Self::Either(rules) => rules.iter().any(Self::is_open),
            _ => false,
        }
    }
}
