//! What does this service offer?

use std::sync::Arc;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::routing::{MethodRouter, get};
use delegant::{Limit, Limits};
use delegant_http::names::LONGEST_HEADER;
use delegant_http::{Bounds, Discovery, Offer};

use crate::layer::Shared;

/// Where a service takes what, and with which commands.
pub(crate) struct Offered {
    pub(crate) commands: Vec<Offer>,
    pub(crate) revocations: Option<&'static str>,
    pub(crate) rpc: Option<&'static str>,
    pub(crate) deposit: Option<&'static str>,
}

/// The document, made once.
pub(crate) fn document(shared: &Shared, offered: Offered) -> Discovery {
    let limits: &Limits = shared.verifier.bounds();
    Discovery {
        did: shared.verifier.executor().clone(),
        commands: offered.commands,
        limits: Bounds {
            max_header: LONGEST_HEADER,
            max_body: shared.largest_body,
            max_container: limits.maximum(Limit::ContainerBytes),
            max_tokens: limits.maximum(Limit::ContainerTokens),
            max_chain: limits.maximum(Limit::ChainLength),
            max_lifetime: shared.verifier.longest_lifetime_accepted().as_secs(),
        },
        revocations: offered.revocations.map(str::to_owned),
        rpc: offered.rpc.map(str::to_owned),
        deposit: offered.deposit.map(str::to_owned),
    }
}

/// Tells it to whoever asks; it may be kept for a minute.
pub(crate) fn route<S: Clone + Send + Sync + 'static>(document: &Discovery) -> MethodRouter<S> {
    let json: Arc<str> = serde_json::to_string(document).unwrap_or_default().into();
    get(async move || {
        let headers = [
            (CONTENT_TYPE, "application/json"),
            (CACHE_CONTROL, "public, max-age=60"),
        ];
        (headers, json.to_string())
    })
}
