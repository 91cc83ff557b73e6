//! How much will we read before we refuse?

use thiserror::Error;

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// Bytes of one token.
    TokenBytes,
    /// Bytes of a container, after decompression.
    ContainerBytes,
    /// Tokens in one container.
    ContainerTokens,
    /// Delegations in one proof chain.
    ChainLength,
    /// Statements in one policy, nested ones included.
    PolicyStatements,
    /// Nesting of statements in one policy.
    PolicyDepth,
    /// Bytes of one selector.
    SelectorBytes,
    /// Steps of one selector.
    SelectorSteps,
    /// Bytes of one `like` pattern.
    GlobBytes,
    /// Wildcards in one `like` pattern.
    GlobStars,
    /// Bytes of `meta`, encoded.
    MetaBytes,
    /// Steps that the evaluation of all policies of one chain may take.
    Fuel,
    /// Nesting of values in one token.
    Depth,
    /// Values in one token.
    Nodes,
    /// Values in all tokens of a container, a map counting as fourteen: it takes that much more memory.
    ContainerNodes,
}

impl Limit {
    const fn noun(self) -> &'static str {
        match self {
            Self::TokenBytes => "bytes of a token",
            Self::ContainerBytes => "bytes of a container",
            Self::ContainerTokens => "tokens in a container",
            Self::ChainLength => "delegations in a proof chain",
            Self::PolicyStatements => "statements in a policy",
            Self::PolicyDepth => "levels of statements in a policy",
            Self::SelectorBytes => "bytes of a selector",
            Self::SelectorSteps => "steps of a selector",
            Self::GlobBytes => "bytes of a `like` pattern",
            Self::GlobStars => "wildcards in a `like` pattern",
            Self::MetaBytes => "bytes of `meta`",
            Self::Fuel => "steps of policy evaluation",
            Self::Depth => "levels of nested values",
            Self::Nodes => "values in a token",
            Self::ContainerNodes => "values in the tokens of a container",
        }
    }
}

/// More was asked of us than the limits allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("more than {maximum} {}", limit.noun())]
pub struct LimitExceeded {
    /// What was counted.
    pub limit: Limit,
    /// How many are allowed.
    pub maximum: usize,
}

/// Every bound on what is read, decoded and evaluated.
///
/// [`Limits::default`] holds the recommended values; [`Limits::lower`] tightens one, and
/// [`Limits::raise_beyond_default`] loosens one and says so in its name.
///
/// ```
/// use delegant::{Limit, Limits};
///
/// let limits = Limits::default().lower(Limit::ChainLength, 8);
/// assert_eq!(limits.maximum(Limit::ChainLength), 8);
/// // A value above the present one changes nothing.
/// assert_eq!(limits.lower(Limit::ChainLength, 99).maximum(Limit::ChainLength), 8);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    token_bytes: usize,
    container_bytes: usize,
    container_tokens: usize,
    chain_length: usize,
    policy_statements: usize,
    policy_depth: usize,
    selector_bytes: usize,
    selector_steps: usize,
    glob_bytes: usize,
    glob_stars: usize,
    meta_bytes: usize,
    fuel: usize,
    depth: usize,
    nodes: usize,
    container_nodes: usize,
}

impl Limits {
    /// The recommended limits.
    pub const DEFAULT: Self = Self {
        token_bytes: 64 * 1024,
        container_bytes: 256 * 1024,
        container_tokens: 64,
        chain_length: 32,
        policy_statements: 256,
        policy_depth: 32,
        selector_bytes: 256,
        selector_steps: 32,
        glob_bytes: 1024,
        glob_stars: 32,
        meta_bytes: 8 * 1024,
        fuel: 100_000,
        depth: 64,
        nodes: 16_384,
        container_nodes: 49_152,
    };

    /// How many of these are allowed.
    #[must_use]
    pub const fn maximum(&self, limit: Limit) -> usize {
        match limit {
            Limit::TokenBytes => self.token_bytes,
            Limit::ContainerBytes => self.container_bytes,
            Limit::ContainerTokens => self.container_tokens,
            Limit::ChainLength => self.chain_length,
            Limit::PolicyStatements => self.policy_statements,
            Limit::PolicyDepth => self.policy_depth,
            Limit::SelectorBytes => self.selector_bytes,
            Limit::SelectorSteps => self.selector_steps,
            Limit::GlobBytes => self.glob_bytes,
            Limit::GlobStars => self.glob_stars,
            Limit::MetaBytes => self.meta_bytes,
            Limit::Fuel => self.fuel,
            Limit::Depth => self.depth,
            Limit::Nodes => self.nodes,
            Limit::ContainerNodes => self.container_nodes,
        }
    }

    /// The same limits with one of them lowered; a value above the present one changes nothing.
    #[must_use]
    pub fn lower(mut self, limit: Limit, maximum: usize) -> Self {
        let field = self.field(limit);
        *field = maximum.min(*field);
        self
    }

    /// The same limits with one of them set above what we recommend and prove ourselves by.
    ///
    /// [`Limit::Depth`] stays at its default: the decoder's stack is sized for it.
    #[must_use]
    pub fn raise_beyond_default(mut self, limit: Limit, maximum: usize) -> Self {
        if limit != Limit::Depth {
            *self.field(limit) = maximum;
        }
        self
    }

    /// Refuses `count` of something where it is more than the limit.
    pub(crate) const fn check(&self, limit: Limit, count: usize) -> Result<(), LimitExceeded> {
        if count > self.maximum(limit) {
            return Err(self.exceeded(limit));
        }
        Ok(())
    }

    /// The refusal for this limit.
    pub(crate) const fn exceeded(&self, limit: Limit) -> LimitExceeded {
        LimitExceeded {
            limit,
            maximum: self.maximum(limit),
        }
    }

    const fn field(&mut self, limit: Limit) -> &mut usize {
        match limit {
            Limit::TokenBytes => &mut self.token_bytes,
            Limit::ContainerBytes => &mut self.container_bytes,
            Limit::ContainerTokens => &mut self.container_tokens,
            Limit::ChainLength => &mut self.chain_length,
            Limit::PolicyStatements => &mut self.policy_statements,
            Limit::PolicyDepth => &mut self.policy_depth,
            Limit::SelectorBytes => &mut self.selector_bytes,
            Limit::SelectorSteps => &mut self.selector_steps,
            Limit::GlobBytes => &mut self.glob_bytes,
            Limit::GlobStars => &mut self.glob_stars,
            Limit::MetaBytes => &mut self.meta_bytes,
            Limit::Fuel => &mut self.fuel,
            Limit::Depth => &mut self.depth,
            Limit::Nodes => &mut self.nodes,
            Limit::ContainerNodes => &mut self.container_nodes,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
