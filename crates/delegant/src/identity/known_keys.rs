//! Which keys have been ready to verify before?

use std::fmt;

use quick_cache::sync::Cache;

use crate::identity::did::{Did, Keys};
use crate::identity::key::VerifyingKey;

/// The keys that `did:key`s name, remembering those that have verified something.
///
/// Decompressing a key takes about a tenth of a verification. Only a key whose signature held is
/// kept, so strangers cannot fill it with names; what is used again outlasts what was used once.
/// To be shared by threads.
///
/// ```
/// use delegant::{Algorithm, Delegation, KnownKeys, Nonce, SecretKey, Signer};
///
/// let keys = KnownKeys::with_capacity(10_000);
/// let alice = SecretKey::generate(Algorithm::Ed25519)?;
/// let delegation = Delegation::builder(alice.did(), alice.did(), "/read".parse()?)
///     .never_expires()
///     .sign(&alice, Nonce::random()?)?;
/// delegation.to_parsed().verify(&keys)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct KnownKeys(Cache<Did, VerifyingKey>);

impl KnownKeys {
    /// Remembers up to this many keys, of about 300 bytes each.
    #[must_use]
    pub fn with_capacity(keys: usize) -> Self {
        Self(Cache::new(keys))
    }

    /// How many it remembers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Does it remember none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Keys for KnownKeys {
    fn verifying_key(&self, did: &Did) -> Option<VerifyingKey> {
        let key = did.public_key()?;
        self.0.get(did).or_else(|| key.decompress())
    }

    fn has_verified(&self, did: &Did, key: &VerifyingKey) {
        if did.public_key().is_some() && self.0.peek(did).is_none() {
            self.0.insert(did.clone(), key.clone());
        }
    }
}

impl fmt::Debug for KnownKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KnownKeys({})", self.0.len())
    }
}
