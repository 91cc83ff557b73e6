//! Why is there no suggestion?

use delegant::{Command, PolicyError};
use thiserror::Error;

/// Why a record leads to no policy.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SuggestError {
    /// Something was chosen for an argument that no call has.
    #[error("no call has anything at `{path}`{}", listed(.known))]
    NoSuchPath {
        /// As it was given.
        path: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A prefix was chosen, and there is none.
    #[error("the values of `{path}` do not all begin with {}; choose another shape", asked.as_deref().map_or("the same text".to_owned(), |text| format!("`{text}`")))]
    NoPrefix {
        /// Of the argument.
        path: String,
        /// The one that was asked for.
        asked: Option<String>,
    },
    /// A range was chosen for what are no numbers.
    #[error("the values of `{path}` are not all numbers; choose another shape")]
    NoRange {
        /// Of the argument.
        path: String,
    },
    /// The policy would be refused by every reader.
    #[error("the policy for `{command}` is too large ({cause}){}", largest.as_deref().map_or(String::new(), |path| format!("; most of it is about `{path}`: generalise that with `--any`, `--prefix` or `--range`")))]
    TooLarge {
        /// What it is for.
        command: Command,
        /// The argument that most of it is about.
        largest: Option<String>,
        /// Why.
        cause: Box<PolicyError>,
    },
    /// The policy would not have allowed a call that was seen. This is a mistake of ours.
    #[error("the policy for `{command}` would not allow a call that was seen; please report this")]
    NotAllowed {
        /// What it is for.
        command: Command,
    },
}

fn listed(paths: &[String]) -> String {
    match paths {
        [] => String::new(),
        paths => format!("; there are {}", paths.join(", ")),
    }
}
