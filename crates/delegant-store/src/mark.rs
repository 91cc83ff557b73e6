//! What is a revocation found by? The delegation that it is about, and on whose authority.

use delegant::{Cid, Did};
use sha2::{Digest, Sha256};

/// Says that one delegation was taken back on the authority of one principal.
///
/// By both, because strangers may revoke whatever they like: that must not even cost a look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mark {
    digest: [u8; 32],
    print: u64,
}

impl Mark {
    /// Of this delegation, on this authority.
    #[must_use]
    pub fn new(revoked: Cid, authority: &Did) -> Self {
        let digest = Sha256::new()
            .chain_update(revoked.digest())
            .chain_update(authority.to_string())
            .finalize();
        Self {
            digest: digest.into(),
            print: print(&revoked) ^ Authority::of(authority).0,
        }
    }

    /// Tells marks apart.
    #[must_use]
    pub const fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The same for the same mark, and for hardly any other: found without hashing anything.
    #[must_use]
    pub const fn print(&self) -> u64 {
        self.print
    }

    /// As a back end kept them.
    #[must_use]
    pub const fn from_parts(digest: [u8; 32], print: u64) -> Self {
        Self { digest, print }
    }
}

/// Half of a print: of the authority.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Authority(u64);

impl Authority {
    pub(crate) fn of(did: &Did) -> Self {
        // The last bytes of a key are as good as random, and finding others like them takes 2^64 keys.
        Self(match did.public_key() {
            Some(key) => key
                .as_bytes()
                .last_chunk()
                .map_or(0, |last| u64::from_le_bytes(*last)),
            None => Sha256::digest(did.to_string())
                .first_chunk()
                .map_or(0, |first| u64::from_le_bytes(*first)),
        })
    }

    /// The print of the mark that this delegation has on this authority.
    pub(crate) fn print(self, revoked: &Cid) -> u64 {
        print(revoked) ^ self.0
    }
}

/// The other half: of the delegation.
fn print(cid: &Cid) -> u64 {
    cid.digest()
        .first_chunk()
        .map_or(0, |first| u64::from_le_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dids() -> [Did; 3] {
        [
            "did:key:z6MkgGykN9ARNFjEzowVq4mLP2kL4NsyAaDGXeJFQ5qE1bfg",
            "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169",
            "did:web:hospital.example",
        ]
        .map(|text| text.parse().unwrap())
    }

    #[test]
    fn the_print_of_a_mark_is_found_from_its_halves() {
        for did in dids() {
            let cid = Cid::of(b"a delegation");
            assert_eq!(
                Mark::new(cid, &did).print(),
                Authority::of(&did).print(&cid)
            );
        }
    }

    #[test]
    fn another_delegation_or_authority_is_another_mark_and_print() {
        let mut marks: Vec<Mark> = Vec::new();
        for did in dids() {
            for bytes in [b"one", b"two"] {
                let mark = Mark::new(Cid::of(bytes), &did);
                assert!(
                    marks
                        .iter()
                        .all(|other| other.print() != mark.print()
                            && other.digest() != mark.digest())
                );
                marks.push(mark);
            }
        }
    }
}
