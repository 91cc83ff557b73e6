//! Does the place keep what it acknowledges? And if not, does whoever runs it know?

use crate::error::StoreError;

/// What is lost when the machine of the store loses power, at worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Durability {
    /// Anything.
    None,
    /// The last second.
    EverySecond,
    /// Nothing that was acknowledged.
    Always,
}

impl Durability {
    /// Takes `durability=…` out of an address: what is accepted there, [`Always`](Self::Always)
    /// where nothing is said.
    pub(crate) fn take(address: &str) -> Result<(String, Self), StoreError> {
        let Some((base, query)) = address.split_once('?') else {
            return Ok((address.to_owned(), Self::Always));
        };
        let mut accepted = Self::Always;
        let mut rest = Vec::new();
        for pair in query.split('&') {
            match pair.strip_prefix("durability=") {
                None => rest.push(pair),
                Some("always") => accepted = Self::Always,
                Some("everysec") => accepted = Self::EverySecond,
                Some("none") => accepted = Self::None,
                Some(_) => {
                    return Err(StoreError::Address {
                        problem: "`durability` is `always`, `everysec` or `none`",
                    });
                }
            }
        }
        let rest = rest.join("&");
        let separator = if rest.is_empty() { "" } else { "?" };
        Ok((format!("{base}{separator}{rest}"), accepted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strictest_is_what_counts_where_nothing_is_said() {
        for (address, rest, accepted) in [
            ("redis://h", "redis://h", Durability::Always),
            (
                "redis://h?durability=everysec",
                "redis://h",
                Durability::EverySecond,
            ),
            (
                "redis://h?a=b&durability=none&c=d",
                "redis://h?a=b&c=d",
                Durability::None,
            ),
        ] {
            assert_eq!(
                Durability::take(address).unwrap(),
                (rest.to_owned(), accepted)
            );
        }
        assert!(Durability::take("redis://h?durability=often").is_err());
    }
}
