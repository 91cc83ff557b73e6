//! What was seen of one argument, and what was made of it?

use std::fmt;

use delegant::{Ipld, to_dag_json};

/// One argument, what was seen of it, and how that is generalised.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Where it is; `[]` stands for the elements of a list.
    pub path: String,
    /// How it is generalised.
    pub shape: Shape,
    /// How many values were seen.
    pub seen: usize,
    /// How many of them are different.
    pub different: usize,
    /// How often it was absent, or null instead.
    pub absent: usize,
}

/// How values are generalised.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Shape {
    /// One of these; `many` where they are more than should be listed, and share nothing.
    OneOf {
        /// Which.
        values: Vec<Ipld>,
        /// Whether a person should look for something better.
        many: bool,
    },
    /// Texts that begin with this.
    Prefix {
        /// It.
        prefix: String,
        /// And have none of these in them, as none that was seen has.
        without: Vec<String>,
    },
    /// Numbers, both ends included.
    Range {
        /// The least.
        from: Ipld,
        /// The greatest.
        to: Ipld,
    },
    /// Whatever it is.
    Anything,
    /// A map; its members have findings of their own.
    Members {
        /// Whether members that were not seen pass only with values that others may have.
        closed: bool,
    },
    /// A list; its elements have a finding of their own.
    Elements {
        /// Whether it may be empty.
        may_be_empty: bool,
    },
    /// Values of several kinds, each generalised by itself.
    Kinds(Vec<Self>),
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneOf { values, .. } => match values.as_slice() {
                [] => formatter.write_str("null or absent"),
                [one] => write!(formatter, "is {}", shown(one)),
                several => {
                    let shown: Vec<_> = several.iter().take(SHOWN).map(shown).collect();
                    write!(formatter, "one of {}", shown.join(", "))?;
                    match several.len().saturating_sub(SHOWN) {
                        0 => Ok(()),
                        more => write!(formatter, " and {more} more"),
                    }
                }
            },
            Self::Prefix { prefix, without } => {
                write!(formatter, "begins with {}", shown(&prefix.as_str().into()))?;
                match without.as_slice() {
                    [] => Ok(()),
                    texts => write!(formatter, ", without {}", texts.join(" and ")),
                }
            }
            Self::Range { from, to } => {
                write!(formatter, "from {} to {}", shown(from), shown(to))
            }
            Self::Anything => formatter.write_str("anything"),
            Self::Members { closed: true } => formatter.write_str("these members"),
            Self::Members { closed: false } => formatter.write_str("these members, and any others"),
            Self::Elements { may_be_empty } => formatter.write_str(if *may_be_empty {
                "a list"
            } else {
                "a list of at least one"
            }),
            Self::Kinds(kinds) => {
                let shown: Vec<_> = kinds.iter().map(ToString::to_string).collect();
                formatter.write_str(&shown.join("; or "))
            }
        }
    }
}

/// So many values fit on a line.
const SHOWN: usize = 4;

/// So many characters of one.
const LONGEST: usize = 60;

fn shown(value: &Ipld) -> String {
    let text = to_dag_json(value).unwrap_or_default();
    match text.char_indices().nth(LONGEST) {
        None => text,
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}
