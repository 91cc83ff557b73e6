//! How do many tokens travel as one?

use std::collections::BTreeMap;
use std::mem;

use ipld_core::ipld::Ipld;
use smallvec::SmallVec;

use crate::token::container_format::{ContainerError, ContainerFormat, unwrap, wrap};
use crate::token::decode_error::DecodeError;
use crate::token::delegation::Delegation;
use crate::token::envelope::{Envelope, Parsed, Verified};
use crate::token::invocation::Invocation;
use crate::token::kind::Kind;
use crate::token::proof_cache::ProofCache;
use crate::wire::cid::Cid;
use crate::wire::dag_cbor;
use crate::wire::limits::{Limit, LimitExceeded, Limits};
use crate::wire::tree::{Node, Scratch, Tree};

/// Tokens that travel together: usually one invocation and its proofs. UCAN Container.
///
/// ```
/// use delegant::{Algorithm, Container, ContainerFormat, Invocation, Nonce, SecretKey, Signer};
///
/// let alice = SecretKey::generate(Algorithm::Ed25519)?;
/// let invocation = Invocation::builder(alice.did(), "/ping".parse()?)
///     .never_expires()
///     .sign(&alice, Nonce::random()?)?;
/// let mut container = Container::default();
/// container.insert(invocation.to_parsed());
/// let text = container.encode(ContainerFormat::Base64Url)?;
/// assert_eq!(text[0], b'C');
/// assert_eq!(Container::decode(&text)?.invocation()?.cid(), invocation.cid());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Container {
    delegations: Vec<Parsed<Delegation>>,
    /// Nearly always one.
    invocations: SmallVec<[Parsed<Invocation>; 1]>,
}

/// A token of either kind.
#[derive(Debug, Clone)]
pub enum Token {
    /// A delegation.
    Delegation(Parsed<Delegation>),
    /// An invocation, or a receipt or revocation, which are invocations.
    Invocation(Parsed<Invocation>),
}

impl Token {
    /// Reads a token of either kind.
    ///
    /// # Errors
    /// As [`Parsed::decode`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::decode_within(bytes, &Limits::DEFAULT)
    }

    /// Reads a token of either kind within these limits.
    ///
    /// # Errors
    /// As [`Parsed::decode`].
    pub fn decode_within(bytes: &[u8], limits: &Limits) -> Result<Self, DecodeError> {
        let (mut left, mut scratch) = (usize::MAX, Scratch::default());
        Self::read(bytes, Cid::of(bytes), limits, &mut left, &mut scratch)
    }

    fn read<'a>(
        bytes: &'a [u8],
        cid: Cid,
        limits: &Limits,
        left: &mut usize,
        scratch: &mut Scratch<'a>,
    ) -> Result<Self, DecodeError> {
        limits.check(Limit::TokenBytes, bytes.len())?;
        let tree = dag_cbor::decode_with(bytes, limits, mem::take(scratch))?;
        // Before anything is built: a value takes more memory than it takes bytes.
        spend(left, tree.weight(), limits)?;
        let envelope = Envelope::open(&tree)?;
        let token = match envelope.kind {
            Kind::Delegation => Self::Delegation(envelope.parse(bytes, cid, limits)?),
            Kind::Invocation => Self::Invocation(envelope.parse(bytes, cid, limits)?),
        };
        *scratch = tree.into_scratch();
        Ok(token)
    }

    /// The CID of its bytes.
    #[must_use]
    pub fn cid(&self) -> Cid {
        match self {
            Self::Delegation(token) => token.cid(),
            Self::Invocation(token) => token.cid(),
        }
    }

    fn weight(&self) -> usize {
        match self {
            Self::Delegation(token) => token.weight(),
            Self::Invocation(token) => token.weight(),
        }
    }

    /// Its bytes as received.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Delegation(token) => token.bytes(),
            Self::Invocation(token) => token.bytes(),
        }
    }
}

/// Takes this many values from those that a container may still hold.
fn spend(left: &mut usize, weight: usize, limits: &Limits) -> Result<(), LimitExceeded> {
    *left = left
        .checked_sub(weight)
        .ok_or_else(|| limits.exceeded(Limit::ContainerNodes))?;
    Ok(())
}

impl From<Parsed<Delegation>> for Token {
    fn from(token: Parsed<Delegation>) -> Self {
        Self::Delegation(token)
    }
}

impl From<Parsed<Invocation>> for Token {
    fn from(token: Parsed<Invocation>) -> Self {
        Self::Invocation(token)
    }
}

impl From<Verified<Delegation>> for Token {
    fn from(token: Verified<Delegation>) -> Self {
        Self::Delegation(token.to_parsed())
    }
}

impl From<Verified<Invocation>> for Token {
    fn from(token: Verified<Invocation>) -> Self {
        Self::Invocation(token.to_parsed())
    }
}

/// The one key of a container's map.
const KEY: &str = "ctn-v1";

impl Container {
    /// Reads a container, and every token in it.
    ///
    /// # Errors
    /// [`DecodeError`]; one bad token refuses the whole container.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::decode_within(bytes, &Limits::DEFAULT)
    }

    /// Reads a container within these limits.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_within(bytes: &[u8], limits: &Limits) -> Result<Self, DecodeError> {
        Self::read(bytes, limits, None)
    }

    /// Reads a container within the cache's limits, and takes from it the delegations it remembers.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_known(bytes: &[u8], cache: &ProofCache) -> Result<Self, DecodeError> {
        Self::read(bytes, cache.limits(), Some(cache))
    }

    fn read(
        bytes: &[u8],
        limits: &Limits,
        cache: Option<&ProofCache>,
    ) -> Result<Self, DecodeError> {
        let cbor = unwrap(bytes, limits)?;
        let tree = dag_cbor::decode(&cbor, limits)?;
        let tokens = tokens(&tree, limits)?;
        let mut scratch = Scratch::default();
        let mut known = match cache {
            Some(cache) => Known::of(tokens.clone(), cache, &mut scratch),
            None => Known::default(),
        };
        let mut left = limits.maximum(Limit::ContainerNodes);
        let mut container = Self::default();
        // All but one: that is the invocation.
        let delegations = tokens.clone().count().saturating_sub(1);
        container.delegations.reserve(delegations);
        // As we write them, the tokens are sorted: then each is another than those before it.
        let (mut last, mut is_sorted): (&[u8], bool) = (&[], true);
        for (index, bytes) in tokens.enumerate() {
            let bytes = bytes?;
            let refuse = |cause, cid| DecodeError::InContainer {
                index,
                cid,
                cause: Box::new(cause),
            };
            let token = match known.take(bytes) {
                Some(token) => {
                    spend(&mut left, token.weight(), limits)
                        .map_err(|exceeded| refuse(exceeded.into(), token.cid()))?;
                    token
                }
                None => {
                    let cid = Cid::of(bytes);
                    Token::read(bytes, cid, limits, &mut left, &mut scratch)
                        .map_err(|cause| refuse(cause, cid))?
                }
            };
            is_sorted = is_sorted && last < bytes;
            last = bytes;
            if is_sorted {
                container.push(token);
            } else if !container.insert(token) {
                let cid = Cid::of(bytes);
                return Err(ContainerError::Duplicate { cid }.into());
            }
        }
        Ok(container)
    }

    /// The bytes of the tokens in a container, in its order, whether or not they are tokens.
    ///
    /// For looking at what is refused; [`decode`](Self::decode) is for using it.
    ///
    /// # Errors
    /// [`DecodeError`] where the container itself is not in order.
    pub fn split(bytes: &[u8], limits: &Limits) -> Result<Vec<Vec<u8>>, DecodeError> {
        let cbor = unwrap(bytes, limits)?;
        let tree = dag_cbor::decode(&cbor, limits)?;
        tokens(&tree, limits)?
            .map(|bytes| Ok(bytes?.to_vec()))
            .collect()
    }

    /// Adds a token; `false` where it is there already.
    pub fn insert(&mut self, token: impl Into<Token>) -> bool {
        let token = token.into();
        let cid = token.cid();
        if self.tokens().any(|(known, _)| known == cid) {
            return false;
        }
        self.push(token);
        true
    }

    fn push(&mut self, token: Token) {
        match token {
            Token::Delegation(token) => self.delegations.push(token),
            Token::Invocation(token) => self.invocations.push(token),
        }
    }

    fn tokens(&self) -> impl Iterator<Item = (Cid, &[u8])> {
        let delegations = self.delegations.iter().map(|t| (t.cid(), t.bytes()));
        let invocations = self.invocations.iter().map(|t| (t.cid(), t.bytes()));
        delegations.chain(invocations)
    }

    /// The delegations, in the order of the bytes.
    #[must_use]
    pub fn delegations(&self) -> &[Parsed<Delegation>] {
        &self.delegations
    }

    /// The invocations (and receipts and revocations, which are invocations).
    #[must_use]
    pub fn invocations(&self) -> &[Parsed<Invocation>] {
        &self.invocations
    }

    /// The one invocation.
    ///
    /// # Errors
    /// [`ContainerError::Invocations`] where there is none or more than one.
    pub fn invocation(&self) -> Result<&Parsed<Invocation>, DecodeError> {
        match self.invocations.as_slice() {
            [invocation] => Ok(invocation),
            others => Err(ContainerError::Invocations {
                found: others.len(),
            }
            .into()),
        }
    }

    /// Writes the container: tokens sorted by their bytes.
    ///
    /// # Errors
    /// [`LimitExceeded`] where its readers would refuse it.
    pub fn encode(&self, format: ContainerFormat) -> Result<Vec<u8>, LimitExceeded> {
        let limits = Limits::DEFAULT;
        let mut tokens: Vec<&[u8]> = self.tokens().map(|(_, bytes)| bytes).collect();
        limits.check(Limit::ContainerTokens, tokens.len())?;
        tokens.sort_unstable();
        let list = tokens
            .into_iter()
            .map(|bytes| Ipld::Bytes(bytes.to_vec()))
            .collect();
        let map = Ipld::Map(BTreeMap::from([(KEY.to_owned(), Ipld::List(list))]));
        let too_large = LimitExceeded {
            limit: Limit::ContainerBytes,
            maximum: limits.maximum(Limit::ContainerBytes),
        };
        let cbor = dag_cbor::to_dag_cbor(&map).map_err(|_| too_large)?;
        limits.check(Limit::ContainerBytes, cbor.len())?;
        wrap(cbor, format).map_err(|_| too_large)
    }
}

impl<T: Into<Token>> FromIterator<T> for Container {
    fn from_iter<I: IntoIterator<Item = T>>(tokens: I) -> Self {
        let mut container = Self::default();
        for token in tokens {
            container.insert(token);
        }
        container
    }
}

/// The tokens in `{"ctn-v1": [bytes, …]}`.
fn tokens<'t, 'a>(
    tree: &'t Tree<'a>,
    limits: &Limits,
) -> Result<impl Tokens<'a> + use<'t, 'a>, DecodeError> {
    let shape = ContainerError::Shape;
    let mut entries = tree.root().map().ok_or(shape)?;
    let (Some((KEY, list)), None) = (entries.next(), entries.next()) else {
        return Err(shape.into());
    };
    let list = list.list().ok_or(shape)?;
    limits.check(Limit::ContainerTokens, list.clone().count())?;
    Ok(list.map(move |token| match token.node() {
        Node::Bytes(bytes) => Ok(bytes),
        _ => Err(shape),
    }))
}

/// The bytes of each token, or that there is something else in their place.
trait Tokens<'a>: Iterator<Item = Result<&'a [u8], ContainerError>> + Clone {}

impl<'a, T: Iterator<Item = Result<&'a [u8], ContainerError>> + Clone> Tokens<'a> for T {}

/// What need not be read, because it was read before: the invocation, and of the proofs that it
/// names those that the cache remembers.
#[derive(Default)]
struct Known {
    invocation: Option<Parsed<Invocation>>,
    proofs: Vec<Parsed<Delegation>>,
}

/// Reading an invocation of more bytes takes longer than reading its proofs anew; and until its turn
/// comes, what it takes in memory has not been counted.
const WORTHWHILE: usize = 8 * 1024;

impl Known {
    /// The invocation names its proofs by their CIDs: with it read first, those remembered are found
    /// without hashing what was sent.
    fn of<'a>(tokens: impl Tokens<'a>, cache: &ProofCache, scratch: &mut Scratch<'a>) -> Self {
        let invocation = tokens
            .filter_map(Result::ok)
            .find(|bytes| Envelope::looks_like(bytes, Kind::Invocation))
            .filter(|bytes| bytes.len() <= WORTHWHILE)
            .and_then(|bytes| {
                let (cid, mut left) = (Cid::of(bytes), usize::MAX);
                Token::read(bytes, cid, cache.limits(), &mut left, scratch).ok()
            });
        // What cannot be read will be refused in its turn.
        let Some(Token::Invocation(invocation)) = invocation else {
            return Self::default();
        };
        let named = invocation.unverified().proofs().iter();
        Self {
            proofs: named.filter_map(|cid| cache.get(cid)).collect(),
            invocation: Some(invocation),
        }
    }

    /// The token of exactly these bytes.
    fn take(&mut self, bytes: &[u8]) -> Option<Token> {
        let found = self.proofs.iter().position(|proof| proof.bytes() == bytes);
        if let Some(place) = found {
            return Some(self.proofs.swap_remove(place).into());
        }
        self.invocation
            .take_if(|invocation| invocation.bytes() == bytes)
            .map(Token::from)
    }
}
