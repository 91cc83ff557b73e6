//! Which routes are protected? All that are here.

use std::sync::Arc;

use delegant_http::names::{DEPOSIT_PATH, DISCOVERY_PATH, REVOCATIONS_PATH, RPC_PATH};

use crate::deposit;
use crate::discovery::{self, Offered};
use crate::feed::Feed;
use crate::gate::GateLayer;
use crate::inventory::{Guarded, Inventory};
use crate::layer::DelegantLayer;
use crate::routing::MethodRouter;
use crate::rpc::Rpc;

/// Routes whose handlers ask for a decision, each of them.
///
/// It becomes an [`axum::Router`] by [`layer`](Self::layer), and in no other way, so that there is no
/// route without a check and no check without its layer. What everybody may see is merged into that one.
///
/// ```
/// # use delegant_axum::{Authorized, DelegantLayer, Router, routing::get};
/// # use delegant_http::Arguments;
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct ReadEncounters { patient: String }
/// # impl Arguments for ReadEncounters { const COMMAND: &'static str = "/encounters/read"; }
/// # async fn read(Authorized(_): Authorized<ReadEncounters>) {}
/// # fn app(verifier: delegant_store::Verifier) -> axum::Router {
/// let protected = Router::new().route("/encounters/{patient}", get(read));
/// let app = protected
///     .layer(DelegantLayer::new(verifier))
///     .route("/health", axum::routing::get(async || "well"));
/// # app }
/// ```
#[derive(Debug)]
#[must_use]
pub struct Router<S = ()> {
    routes: axum::Router<S>,
    guarded: Vec<Guarded>,
    rpc: Option<Rpc>,
    takes_deposits: bool,
    feed: Option<Feed>,
    is_discoverable: bool,
}

impl<S: Clone + Send + Sync + 'static> Router<S> {
    /// No routes.
    pub fn new() -> Self {
        Self {
            routes: axum::Router::new(),
            guarded: Vec::new(),
            rpc: None,
            takes_deposits: false,
            feed: None,
            is_discoverable: false,
        }
    }

    /// Adds a route, with the syntax of [`axum::Router::route`].
    ///
    /// # Panics
    /// As axum does: where the path is none, or is there already with one of these methods.
    pub fn route(mut self, path: &str, handlers: MethodRouter<S>) -> Self {
        let guarded = handlers.guarded.iter().map(|route| route.under(path));
        self.guarded.extend(guarded);
        self.routes = self.routes.route(path, handlers.routes);
        self
    }

    /// Adds the routes of another router below a prefix. Its RPC and deposits come along, where they
    /// have their own paths.
    ///
    /// # Panics
    /// As [`axum::Router::nest`] does.
    pub fn nest(mut self, prefix: &str, other: Self) -> Self {
        let prefix = prefix.trim_end_matches('/');
        let is_rpc = |route: &Guarded| route.method() == crate::inventory::RPC;
        let guarded = other.guarded.iter().map(|route| match is_rpc(route) {
            true => route.clone(),
            false => route.under(prefix),
        });
        self.guarded.extend(guarded);
        self.routes = self.routes.nest(prefix, other.routes);
        self.rpc = self.rpc.or(other.rpc);
        self.takes_deposits |= other.takes_deposits;
        self.feed = self.feed.or(other.feed);
        self.is_discoverable |= other.is_discoverable;
        self
    }

    /// Adds the routes of another router.
    ///
    /// # Panics
    /// As [`axum::Router::merge`] does, where both have a route of the same method and path.
    pub fn merge(mut self, other: Self) -> Self {
        self.guarded.extend(other.guarded);
        self.routes = self.routes.merge(other.routes);
        self.rpc = self.rpc.or(other.rpc);
        self.takes_deposits |= other.takes_deposits;
        self.feed = self.feed.or(other.feed);
        self.is_discoverable |= other.is_discoverable;
        self
    }

    /// Takes whole invocations at `POST /ucan`, and answers with receipts.
    pub fn rpc(mut self, rpc: Rpc) -> Self {
        self.guarded.extend(rpc.guarded());
        self.rpc = Some(rpc);
        self
    }

    /// Takes the proofs of later calls at `POST /ucan/proofs`, for chains that no header holds.
    pub fn deposits(mut self) -> Self {
        self.takes_deposits = true;
        self
    }

    /// Takes revocations at `POST /revocations`, and tells them at `GET /revocations`.
    pub fn feed(mut self, feed: Feed) -> Self {
        self.feed = Some(feed);
        self
    }

    /// Tells whoever asks what is offered here, at `GET /.well-known/ucan`.
    pub fn discoverable(mut self) -> Self {
        self.is_discoverable = true;
        self
    }

    /// Provides the state of handlers, as [`axum::Router::with_state`] does.
    pub fn with_state<T>(self, state: S) -> Router<T> {
        Router {
            routes: self.routes.with_state(state),
            guarded: self.guarded,
            rpc: self.rpc,
            takes_deposits: self.takes_deposits,
            feed: self.feed,
            is_discoverable: self.is_discoverable,
        }
    }

    /// All routes with their commands, for a test of yours.
    #[must_use]
    pub fn inventory(&self) -> Inventory {
        Inventory::new(self.guarded.clone())
    }

    /// Puts the check around all routes.
    pub fn layer(self, layer: DelegantLayer) -> axum::Router<S> {
        let shared = layer.into_shared();
        let document = self.is_discoverable.then(|| {
            let offered = Offered {
                commands: self.inventory().offers(),
                revocations: self.feed.as_ref().map(|_| REVOCATIONS_PATH),
                rpc: self.rpc.as_ref().map(|_| RPC_PATH),
                deposit: self.takes_deposits.then_some(DEPOSIT_PATH),
            };
            discovery::document(&shared, offered)
        });
        let mut app = self.routes;
        if app.has_routes() {
            app = app.route_layer(GateLayer(Arc::clone(&shared)));
        }
        if let Some(rpc) = self.rpc {
            app = app.route(RPC_PATH, rpc.into_route(Arc::clone(&shared)));
        }
        if self.takes_deposits {
            app = app.route(DEPOSIT_PATH, deposit::route(Arc::clone(&shared)));
        }
        if let Some(document) = document {
            app = app.route(DISCOVERY_PATH, discovery::route(&document));
        }
        if let Some(feed) = self.feed {
            app = app.route(REVOCATIONS_PATH, feed.into_route(shared));
        }
        app
    }
}

impl<S: Clone + Send + Sync + 'static> Default for Router<S> {
    fn default() -> Self {
        Self::new()
    }
}
