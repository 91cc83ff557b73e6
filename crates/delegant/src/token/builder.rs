//! How does a token come to be? Payload in, signed and checked token out.

use std::collections::BTreeMap;

use ipld_core::ipld::Ipld;
use thiserror::Error;

use crate::identity::did::{Did, Keys};
use crate::identity::key::VerifyingKey;
use crate::identity::signer::{SigPayload, SignError, Signer};
use crate::identity::varsig;
use crate::token::decode_error::DecodeError;
use crate::token::envelope::{HEADER, InvalidSignature, Parsed, Payload, Verified};
use crate::token::kind::{Edition, tag};
use crate::token::nonce::Nonce;
use crate::token::time::Timestamp;
use crate::wire::dag_cbor::{self, EncodeError};

/// The optional fields that every token has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Common {
    pub(crate) not_before: Option<Timestamp>,
    pub(crate) expiration: Expiration,
    pub(crate) meta: Option<BTreeMap<String, Ipld>>,
    pub(crate) edition: Edition,
}

/// Nobody gets an endless token by forgetting a line.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Expiration {
    #[default]
    Unsaid,
    Never,
    At(Timestamp),
}

impl Common {
    /// Adds these fields and the issuer, signs, and reads the result through the same door as a
    /// token from outside.
    pub(crate) fn sign<P: Payload>(
        self,
        mut payload: BTreeMap<String, Ipld>,
        signer: &(impl Signer + ?Sized),
        nonce: Nonce,
    ) -> Result<Verified<P>, BuildError> {
        let key = signer.public_key();
        let issuer = signer.did();
        let mut set = |name: &str, value: Ipld| payload.insert(name.to_owned(), value);
        set("iss", Ipld::String(issuer.to_string()));
        set("nonce", Ipld::Bytes(nonce.as_bytes().to_vec()));
        set(
            "exp",
            match self.expiration {
                Expiration::Unsaid => return Err(BuildError::ExpirationUnsaid),
                Expiration::Never => Ipld::Null,
                Expiration::At(moment) => moment.into(),
            },
        );
        if let Some(moment) = self.not_before {
            set("nbf", moment.into());
        }
        if let Some(meta) = self.meta {
            set("meta", Ipld::Map(meta));
        }
        let header = Ipld::Bytes(varsig::header(key.algorithm()).to_vec());
        let tag = tag(P::KIND, self.edition).to_owned();
        let signed = dag_cbor::to_dag_cbor(&Ipld::Map(BTreeMap::from([
            (HEADER.to_owned(), header),
            (tag, Ipld::Map(payload)),
        ])))?;
        let signature = signer.sign(SigPayload::new(&signed))?;
        // A list of two, of which the first is 64 bytes; the second stands as it was signed.
        let mut bytes = vec![0x82, 0x58, 0x40];
        bytes.extend(signature);
        bytes.extend(signed);
        let verifying_key = key.decompress();
        Ok(Parsed::decode(&bytes)?.verify(&OneKey(issuer, verifying_key))?)
    }
}

impl From<Timestamp> for Ipld {
    fn from(moment: Timestamp) -> Self {
        Self::Integer(moment.to_unix().into())
    }
}

/// The signer's own key, for checking what it signed.
struct OneKey(Did, Option<VerifyingKey>);

impl Keys for OneKey {
    fn verifying_key(&self, did: &Did) -> Option<VerifyingKey> {
        self.1.clone().filter(|_| *did == self.0)
    }
}

/// The setters that every builder has.
macro_rules! common_setters {
    () => {
        /// It is not valid before this moment.
        pub fn not_before(mut self, moment: crate::token::time::Timestamp) -> Self {
            self.common.not_before = Some(moment);
            self
        }

        /// It is valid up to and including this moment.
        pub fn expiration(mut self, moment: crate::token::time::Timestamp) -> Self {
            self.common.expiration = crate::token::builder::Expiration::At(moment);
            self
        }

        /// It is valid for ever. Only revocation ends it.
        pub fn never_expires(mut self) -> Self {
            self.common.expiration = crate::token::builder::Expiration::Never;
            self
        }

        /// Adds an entry to `meta`: for people and programs to read, never for a decision.
        pub fn meta(mut self, name: impl Into<String>, value: impl Into<Ipld>) -> Self {
            let meta = self.common.meta.get_or_insert_default();
            meta.insert(name.into(), value.into());
            self
        }

        /// Writes the type tag of another edition, for peers that read no other.
        pub fn edition(mut self, edition: crate::token::kind::Edition) -> Self {
            self.common.edition = edition;
            self
        }
    };
}
pub(crate) use common_setters;

/// Why no token was made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Neither an expiration nor that there is none.
    #[error("when does it expire? say `expiration(…)` or `never_expires()`")]
    ExpirationUnsaid,
    /// An argument or meta has no encoding.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// What was asked for would be refused by every reader.
    #[error(transparent)]
    Refused(#[from] DecodeError),
    /// The signer did not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The signer signed, but not with its key or not these bytes.
    #[error("the signer's answer does not hold: {0}")]
    WrongSignature(#[from] InvalidSignature),
}
