//! What was taken back, and how fresh is this news? The feed of revocations.

use delegant::{
    BuildError, Container, ContainerFormat, DecodeError, Did, InvalidSignature, Invocation, Keys,
    LimitExceeded, Nonce, Signer, Timestamp,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::arguments::{Arguments, ArgumentsError};

/// One revocation in a feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place in this feed; later ones have larger numbers, and numbers may be missing.
    pub seq: u64,
    /// The text of a container with the revocation, and the proofs that it needs.
    pub container: String,
}

/// A part of a feed: what `GET /revocations?after=N` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The entries behind `N`, in order; perhaps not all of them.
    pub entries: Vec<Entry>,
    /// The text of a container with the feed's [`Head`], signed by the service.
    pub head: String,
}

/// How far a feed goes and how fresh it is: an invocation by the service on itself.
///
/// Whoever has the entries up to `seq` knew at `time` everything that the service knew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The number of the last entry; 0 where there is none.
    pub seq: u64,
    /// When this was said, in seconds since 1970.
    pub time: i64,
    /// When the next head comes at the latest, in seconds since 1970.
    pub next_update: i64,
}

impl Arguments for Head {
    const COMMAND: &'static str = "/delegant/feed/head";
}

impl Head {
    /// Signs the head as the service, and writes it as the text of a container.
    ///
    /// # Errors
    /// [`HeadError`] where a number is out of bounds or the signer fails.
    pub fn sign(
        &self,
        service: &(impl Signer + ?Sized),
        nonce: Nonce,
    ) -> Result<String, HeadError> {
        let until = Timestamp::from_unix(self.next_update).map_err(|_| HeadError::Time)?;
        let command = Self::command().map_err(|_| HeadError::NotAHead)?;
        let head = Invocation::builder(service.did(), command)
            .arguments(self.to_arguments()?)
            .expiration(until)
            .sign(service, nonce)?;
        let text = Container::from_iter([head]).encode(ContainerFormat::Base64Url)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Reads a head and checks that this service signed it.
    ///
    /// How old it may be is for the caller to say; see [`at`](Self::at).
    ///
    /// # Errors
    /// [`HeadError`].
    pub fn verify(
        text: &str,
        service: &Did,
        keys: &(impl Keys + ?Sized),
    ) -> Result<Self, HeadError> {
        let container = Container::decode(text.as_bytes())?;
        let invocation = container.invocation()?;
        if invocation.unverified().issuer() != service {
            return Err(HeadError::OtherService {
                found: invocation.unverified().issuer().clone(),
            });
        }
        let head = invocation.verify(keys)?;
        let is_head = head.command().as_str() == Self::COMMAND
            && head.subject() == service
            && head.executor() == service
            && head.proofs().is_empty()
            && container.delegations().is_empty();
        if !is_head {
            return Err(HeadError::NotAHead);
        }
        let head = Self::from_arguments(head.arguments())?;
        Timestamp::from_unix(head.time).map_err(|_| HeadError::Time)?;
        Ok(head)
    }

    /// When it was said.
    ///
    /// # Errors
    /// [`HeadError::Time`] where that is no moment; never behind [`verify`](Self::verify).
    pub fn at(&self) -> Result<Timestamp, HeadError> {
        Timestamp::from_unix(self.time).map_err(|_| HeadError::Time)
    }
}

/// Why a text is no head of this service's feed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HeadError {
    /// Not a container with one token.
    #[error("the feed's head: {0}")]
    Decode(#[from] DecodeError),
    /// Of another service.
    #[error("the feed's head is signed by {found}")]
    OtherService {
        /// Who signed it.
        found: Did,
    },
    /// Its signature does not hold.
    #[error("the feed's head: {0}")]
    Signature(#[from] InvalidSignature),
    /// It says something else.
    #[error("the feed's head is no invocation of `/delegant/feed/head` by the service on itself")]
    NotAHead,
    /// Its arguments are not those of a head.
    #[error("the feed's head: {0}")]
    Arguments(#[from] ArgumentsError),
    /// A time that is none.
    #[error("the feed's head: a time beyond ±(2^53−1) seconds")]
    Time,
    /// It could not be signed.
    #[error("the feed's head could not be signed: {0}")]
    Sign(#[from] BuildError),
    /// It could not be written.
    #[error("the feed's head could not be written: {0}")]
    Write(#[from] LimitExceeded),
}

#[cfg(test)]
mod tests {
    use delegant::{Algorithm, DidKeys, SecretKey};

    use super::*;

    const HEAD: Head = Head {
        seq: 17,
        time: 1_767_225_600,
        next_update: 1_767_225_660,
    };

    fn key() -> SecretKey {
        SecretKey::generate(Algorithm::Ed25519).unwrap()
    }

    #[test]
    fn comes_back_as_its_service_signed_it() {
        let service = key();
        let text = HEAD.sign(&service, Nonce::random().unwrap()).unwrap();
        let read = Head::verify(&text, &service.did(), &DidKeys).unwrap();
        assert_eq!(read, HEAD);
    }

    #[test]
    fn of_another_service_is_refused() {
        let text = HEAD.sign(&key(), Nonce::random().unwrap()).unwrap();
        let read = Head::verify(&text, &key().did(), &DidKeys);
        assert!(matches!(read, Err(HeadError::OtherService { .. })));
    }

    #[test]
    fn is_no_other_statement_of_the_service() {
        let service = key();
        let other = Invocation::builder(service.did(), "/delegant/feed".parse().unwrap())
            .arguments(HEAD.to_arguments().unwrap())
            .never_expires()
            .sign(&service, Nonce::random().unwrap())
            .unwrap();
        let text = Container::from_iter([other])
            .encode(ContainerFormat::Base64Url)
            .unwrap();
        let text = String::from_utf8(text).unwrap();
        let read = Head::verify(&text, &service.did(), &DidKeys);
        assert!(matches!(read, Err(HeadError::NotAHead)));
    }
}
