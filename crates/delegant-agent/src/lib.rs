//! The agent's side of Delegant: how does an agent hold and use authority?
//!
//! ```
//! use delegant::{Algorithm, SecretKey, Signer};
//! use delegant_agent::keyfile::{self, Passphrase, Protection};
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("alice.pem");
//! let passphrase = Passphrase::new("correct horse battery staple".to_owned().into())?;
//! let alice = SecretKey::generate(Algorithm::Ed25519)?;
//! keyfile::create(&path, &alice, Protection::Passphrase(&passphrase))?;
//!
//! // The passphrase is asked for only where the file is encrypted.
//! let again = keyfile::load(&path, || Ok::<_, std::io::Error>(passphrase))?;
//! assert_eq!(again.did(), alice.did());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod agent;
#[cfg(feature = "http")]
pub mod client;
mod clock;
pub mod keyfile;
mod prove;
pub mod review;
mod wallet;

pub use agent::{Agent, Ask, Call, DelegateError, Given, InvokeError, LoadError, Narrower};
pub use clock::NoTime;
pub use keyfile::{
    EncryptedKey, KeyFileError, ParsePassphraseError, Passphrase, Protection, ReadKeyError,
    StoredKey, WriteKeyError,
};
pub use prove::{Delegations, Miss, NearMiss, NoProof, Request};
pub use wallet::{Added, Damaged, Wallet, WalletError};
