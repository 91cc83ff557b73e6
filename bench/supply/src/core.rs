//! What is linked into a program that uses the core?

use std::collections::BTreeSet;
use std::path::Path;

use crate::cargo;

/// The crates beneath `delegant`, as its default features want them on this machine.
pub(crate) struct Core {
    /// Name and version of each.
    crates: BTreeSet<String>,
    /// Who publishes their sources: the first part of the path of a repository's address.
    owners: BTreeSet<String>,
}

impl Core {
    /// Asks cargo. What only runs while building is left out.
    pub(crate) fn ask(root: &Path) -> Result<Self, String> {
        let tree = cargo(
            root,
            &[
                "tree",
                "--locked",
                "--package=delegant",
                "--edges=normal,no-proc-macro",
                "--prefix=none",
                "--no-dedupe",
                "--format={p}|{r}",
            ],
        )?;
        Ok(Self::read(&tree))
    }

    /// The lines `name version|repository`, of which the first is the core itself.
    fn read(tree: &str) -> Self {
        let mut core = Self {
            crates: BTreeSet::new(),
            owners: BTreeSet::new(),
        };
        for (package, repository) in tree.lines().skip(1).filter_map(|line| line.split_once('|')) {
            core.crates.insert(package.to_owned());
            let owner = repository.split('/').nth(3).unwrap_or(package);
            core.owners.insert(owner.to_lowercase());
        }
        core
    }

    /// How many crates there are.
    pub(crate) fn crates(&self) -> usize {
        self.crates.len()
    }

    /// How many people and organisations publish them.
    pub(crate) fn owners(&self) -> usize {
        self.owners.len()
    }

    /// The names that are there in more than one version.
    pub(crate) fn duplicates(&self) -> Vec<&str> {
        let names: Vec<&str> = self
            .crates
            .iter()
            .filter_map(|of| of.split(' ').next())
            .collect();
        let mut twice: Vec<&str> = names
            .iter()
            .zip(names.iter().skip(1))
            .filter_map(|(this, next)| (this == next).then_some(*this))
            .collect();
        twice.dedup();
        twice
    }
}

#[cfg(test)]
mod tests {
    use super::Core;

    const TREE: &str = "\
delegant v0.1.0 (/here)|
ring v0.17.14|https://github.com/briansmith/ring
getrandom v0.2.17|https://github.com/rust-random/getrandom
serde v1.0.0|https://github.com/serde-rs/serde
getrandom v0.4.3|https://github.com/Rust-Random/getrandom
serde v1.0.0|https://github.com/serde-rs/serde
";

    #[test]
    fn each_crate_counts_once_and_the_core_does_not() {
        assert_eq!(Core::read(TREE).crates(), 4);
    }

    #[test]
    fn owners_are_counted_whatever_the_case() {
        assert_eq!(Core::read(TREE).owners(), 3);
    }

    #[test]
    fn two_versions_are_a_duplicate() {
        assert_eq!(Core::read(TREE).duplicates(), ["getrandom"]);
    }
}
