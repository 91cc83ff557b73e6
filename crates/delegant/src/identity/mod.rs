//! Who? Keys, the DIDs that name them, and the signatures they make.

mod base58;
pub(crate) mod did;
pub(crate) mod ed25519;
pub(crate) mod key;
pub(crate) mod known_keys;
pub(crate) mod p256;
pub(crate) mod secp256k1;
pub(crate) mod secret;
pub(crate) mod signer;
pub(crate) mod varsig;
