//! What is signed, by whom, and does the signature hold? The only signature check there is.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::identity::did::{Did, Keys};
use crate::identity::key::{self, Algorithm};
use crate::identity::varsig;
use crate::token::decode_error::DecodeError;
use crate::token::kind::{Edition, Kind, read_tag, tag_begins};
use crate::wire::cid::Cid;
use crate::wire::dag_cbor;
use crate::wire::footprint;
use crate::wire::limits::{Limit, Limits};
use crate::wire::tree::{Node, Tree, View};

/// The key of the header in what is signed.
pub(crate) const HEADER: &str = "h";

/// What an envelope carries. Implemented by [`Delegation`](crate::Delegation),
/// [`Invocation`](crate::Invocation), [`Receipt`](crate::Receipt) and
/// [`Revocation`](crate::Revocation), and by nothing else.
pub trait Payload: sealed::Payload {
    /// Who signed it.
    fn issuer(&self) -> &Did;
}

pub(crate) mod sealed {
    use super::{DecodeError, Kind, Limits, View};

    pub trait Payload: Sized {
        const KIND: Kind;

        fn read(payload: View<'_, '_>, limits: &Limits) -> Result<Self, DecodeError>;
    }
}

/// A token whose bytes are in order, and whose signature nobody has checked.
///
/// Its content is read only through [`unverified`](Self::unverified). Cloning is cheap.
pub struct Parsed<P>(Arc<Signed<P>>);

/// A token that its issuer signed.
///
/// Made by [`Parsed::verify`] and by the builders' `sign`, and in no other way. It says who said
/// it, and nothing about whether it may be done now. Cloning is cheap.
pub struct Verified<P>(Arc<Signed<P>>);

struct Signed<P> {
    /// As received: the signature and the CID cover these, not our re-encoding.
    bytes: Box<[u8]>,
    cid: Cid,
    signature: Range<usize>,
    algorithm: Algorithm,
    edition: Edition,
    /// How much its values count.
    weight: usize,
    payload: P,
    /// Whether the signature was found to hold. Set for `did:key` alone: the key of such an issuer is
    /// its name, so what held once holds for ever, whoever asks.
    holds: AtomicBool,
}

impl<P> Signed<P> {
    fn signature(&self) -> &[u8] {
        self.bytes.get(self.signature.clone()).unwrap_or_default()
    }

    /// The received bytes of `SigPayload`.
    fn signed(&self) -> &[u8] {
        self.bytes.get(self.signature.end..).unwrap_or_default()
    }
}

impl<P> Parsed<P> {
    /// How much its values count, in the budget of a container.
    pub(super) fn weight(&self) -> usize {
        self.0.weight
    }

    /// Bytes in memory, of which the payload knows its own.
    pub(super) fn footprint(&self, payload: impl FnOnce(&P) -> usize) -> usize {
        // With the two counts of those who share it.
        footprint::allocation(size_of::<Signed<P>>().saturating_add(16))
            .saturating_add(footprint::list::<u8>(self.0.bytes.len()))
            .saturating_add(payload(&self.0.payload))
    }
}

impl<P: Payload> Parsed<P> {
    /// Reads a token.
    ///
    /// # Errors
    /// [`DecodeError`] where the bytes are no token of this kind in its one spelling.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::decode_within(bytes, &Limits::DEFAULT)
    }

    /// Reads a token within these limits.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_within(bytes: &[u8], limits: &Limits) -> Result<Self, DecodeError> {
        limits.check(Limit::TokenBytes, bytes.len())?;
        let tree = dag_cbor::decode(bytes, limits)?;
        Envelope::open(&tree)?.parse(bytes, Cid::of(bytes), limits)
    }

    /// The content, before anybody has checked who signed it.
    #[must_use]
    pub fn unverified(&self) -> &P {
        &self.0.payload
    }

    /// Checks that the issuer signed exactly the bytes received.
    ///
    /// # Errors
    /// [`InvalidSignature`], also where the issuer's key is not at hand.
    pub fn verify(&self, keys: &(impl Keys + ?Sized)) -> Result<Verified<P>, InvalidSignature> {
        let token = &*self.0;
        let issuer = token.payload.issuer();
        if token.holds.load(Ordering::Relaxed) {
            return Ok(Verified(Arc::clone(&self.0)));
        }
        let refuse = |cause| InvalidSignature {
            token: token.cid,
            issuer: issuer.clone(),
            cause,
        };
        let key = keys
            .verifying_key(issuer)
            .ok_or_else(|| refuse(SignatureProblem::NoKey))?;
        if token.algorithm != key.algorithm() {
            return Err(refuse(SignatureProblem::OtherAlgorithm {
                header: token.algorithm,
                key: key.algorithm(),
            }));
        }
        key.verify(token.signed(), token.signature())
            .map_err(|_| refuse(SignatureProblem::Mismatch))?;
        keys.has_verified(issuer, &key);
        // The flag tells of bytes that nobody can change any more: no order with other memory matters.
        token
            .holds
            .store(issuer.public_key().is_some(), Ordering::Relaxed);
        Ok(Verified(Arc::clone(&self.0)))
    }
}

/// What both have, checked or not.
macro_rules! common {
    ($($type:ident),*) => { $(
        impl<P> $type<P> {
            /// The CID of the bytes as received.
            #[must_use]
            pub fn cid(&self) -> Cid {
                self.0.cid
            }

            /// The bytes as received.
            #[must_use]
            pub fn bytes(&self) -> &[u8] {
                &self.0.bytes
            }

            /// The edition that the type tag names.
            #[must_use]
            pub fn edition(&self) -> Edition {
                self.0.edition
            }

            /// The algorithm that the signature's header names.
            #[must_use]
            pub fn algorithm(&self) -> Algorithm {
                self.0.algorithm
            }

            /// The CID of the same token with the other spelling of its ECDSA signature.
            ///
            /// Anyone can make it, so what holds for one CID must hold for the other.
            pub(crate) fn twin(&self) -> Option<Cid> {
                let token = &*self.0;
                let twin = key::twin(token.algorithm, token.signature())?;
                let mut bytes = token.bytes.clone();
                bytes
                    .get_mut(token.signature.clone())?
                    .copy_from_slice(&twin);
                Some(Cid::of(&bytes))
            }

            /// The CIDs that this token goes by: its own, and where the signature is ECDSA, that of
            /// its other spelling. To look up what is kept about a token, look for each.
            pub fn spellings(&self) -> impl Iterator<Item = Cid> + use<P> {
                [Some(self.cid()), self.twin()].into_iter().flatten()
            }
        }

        impl<P> Clone for $type<P> {
            fn clone(&self) -> Self {
                Self(Arc::clone(&self.0))
            }
        }
    )* };
}

common!(Parsed, Verified);

impl<P> Verified<P> {
    /// The SHA-256 of what was signed: the same for both spellings of an ECDSA signature, so that
    /// with the issuer it names a token for replay, where a CID would not.
    #[must_use]
    pub fn payload_digest(&self) -> [u8; 32] {
        Sha256::digest(self.0.signed()).into()
    }

    /// The token without the mark that it was verified.
    #[must_use]
    pub fn to_parsed(&self) -> Parsed<P> {
        Parsed(Arc::clone(&self.0))
    }
}

impl<P: Clone> Verified<P> {
    /// The same token, seen as what its payload contains.
    pub(crate) fn narrowed<Q>(&self, payload: impl FnOnce(&P) -> Q) -> Verified<Q> {
        let token = &*self.0;
        Verified(Arc::new(Signed {
            bytes: token.bytes.clone(),
            cid: token.cid,
            signature: token.signature.clone(),
            algorithm: token.algorithm,
            edition: token.edition,
            weight: token.weight,
            payload: payload(&token.payload),
            holds: AtomicBool::new(token.holds.load(Ordering::Relaxed)),
        }))
    }
}

impl<P> Deref for Verified<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.0.payload
    }
}

impl<P: Payload> fmt::Debug for Parsed<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Parsed({})", self.0.cid)
    }
}

impl<P: Payload> fmt::Debug for Verified<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Verified({})", self.0.cid)
    }
}

/// Behind the heads of the list, of a signature of 64 bytes, and of the map with its header of eight.
const TAG_PLACE: usize = 1 + (2 + 64) + 1 + (2 + 1 + 8) + 1;

/// The parts of an envelope, its payload still unread.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Envelope<'t, 'a> {
    signature: &'a [u8],
    algorithm: Algorithm,
    pub(crate) kind: Kind,
    edition: Edition,
    weight: usize,
    payload: View<'t, 'a>,
}

impl<'t, 'a> Envelope<'t, 'a> {
    /// A guess from the place where most tokens have their tag, so that one may be read before others.
    pub(crate) fn looks_like(bytes: &[u8], kind: Kind) -> bool {
        bytes
            .get(TAG_PLACE..)
            .is_some_and(|tag| tag.starts_with(tag_begins(kind).as_bytes()))
    }

    pub(crate) fn open(tree: &'t Tree<'a>) -> Result<Self, DecodeError> {
        let envelope = |wanted| DecodeError::Envelope { wanted };
        let mut parts = tree
            .root()
            .list()
            .ok_or_else(|| envelope("a list of a signature and what it signs"))?;
        let (Some(signature), Some(signed), None) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(envelope("a list of exactly a signature and what it signs"));
        };
        let Node::Bytes(signature) = signature.node() else {
            return Err(envelope("the signature is bytes"));
        };
        let mut entries = signed
            .map()
            .ok_or_else(|| envelope("what is signed is a map"))?;
        let (Some((HEADER, header)), Some((tag, payload)), None) =
            (entries.next(), entries.next(), entries.next())
        else {
            return Err(envelope(
                "what is signed has exactly the keys `h` and a type tag",
            ));
        };
        let Node::Bytes(header) = header.node() else {
            return Err(envelope("the header `h` is bytes"));
        };
        let (kind, edition) = read_tag(tag).ok_or_else(|| unknown_tag(tag))?;
        Ok(Self {
            signature,
            algorithm: varsig::algorithm(header).ok_or(DecodeError::UnsupportedAlgorithm)?,
            kind,
            edition,
            weight: tree.weight(),
            payload,
        })
    }

    /// Reads the payload; `bytes` are those that the tree was read from, `cid` is theirs.
    pub(crate) fn parse<P: Payload>(
        self,
        bytes: &[u8],
        cid: Cid,
        limits: &Limits,
    ) -> Result<Parsed<P>, DecodeError> {
        if self.kind != P::KIND {
            return Err(DecodeError::WrongKind {
                wanted: P::KIND,
                found: self.kind,
            });
        }
        // One byte for the list, then the head of the signature: shortest, as the bytes are canonical.
        let start = match self.signature.len() {
            0..24 => 2,
            24..0x100 => 3,
            0x100..0x1_0000 => 4,
            _ => 6_usize,
        };
        let end = start.saturating_add(self.signature.len());
        Ok(Parsed(Arc::new(Signed {
            bytes: bytes.into(),
            cid,
            signature: start..end,
            algorithm: self.algorithm,
            edition: self.edition,
            weight: self.weight,
            payload: P::read(self.payload, limits)?,
            holds: AtomicBool::new(false),
        })))
    }
}

/// Another version of UCAN, or no UCAN at all.
fn unknown_tag(tag: &str) -> DecodeError {
    if tag.starts_with("ucan/") {
        return DecodeError::UnsupportedVersion { tag: tag.into() };
    }
    DecodeError::Envelope {
        wanted: "the type tag is `ucan/dlg@1.0.0` or `ucan/inv@1.0.0`",
    }
}

/// The issuer did not sign this token.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{token} is not signed by {issuer}: {cause}")]
pub struct InvalidSignature {
    /// The token.
    pub token: Cid,
    /// Who should have signed it.
    pub issuer: Did,
    /// What is wrong.
    #[source]
    pub cause: SignatureProblem,
}

/// What is wrong with a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SignatureProblem {
    /// The issuer's key is not at hand, or its bytes are no key.
    #[error("its key is not at hand")]
    NoKey,
    /// The header names another algorithm than the key has.
    #[error("the header says {header}, the key is {key}")]
    OtherAlgorithm {
        /// In the header.
        header: Algorithm,
        /// Of the key.
        key: Algorithm,
    },
    /// The signature is not over these bytes, or not by this key.
    #[error("the signature does not match")]
    Mismatch,
}
