//! What is protected by what? For a test that notices when a route changes.

use std::fmt;

use delegant_http::{Arguments, Offer};

/// One route: a method and a path, and the command that must be authorised for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Guarded {
    path: String,
    method: &'static str,
    command: &'static str,
    schema: Schema,
}

impl Guarded {
    pub(crate) const fn new(method: &'static str, command: &'static str, schema: Schema) -> Self {
        Self {
            path: String::new(),
            method,
            command,
            schema,
        }
    }

    pub(crate) fn under(&self, prefix: &str) -> Self {
        Self {
            path: format!("{prefix}{}", self.path),
            ..self.clone()
        }
    }

    /// `GET`, `POST`, and so on; for RPC, `rpc`.
    #[must_use]
    pub const fn method(&self) -> &'static str {
        self.method
    }

    /// The path with its parameters in braces.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The command.
    #[must_use]
    pub const fn command(&self) -> &'static str {
        self.command
    }
}

impl fmt::Display for Guarded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {}", self.method, self.path, self.command)
    }
}

/// A JSON Schema as text, so that routes can be compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Schema(Option<String>);

impl Schema {
    pub(crate) fn of<C: Arguments>() -> Self {
        Self(C::schema().map(|schema| schema.to_string()))
    }
}

/// All routes of a [`Router`](crate::Router), sorted by path and method, one to a line.
///
/// ```
/// # use delegant_axum::{Authorized, Router, routing::get};
/// # use delegant_http::Arguments;
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct ReadEncounters { patient: String }
/// # impl Arguments for ReadEncounters { const COMMAND: &'static str = "/encounters/read"; }
/// # async fn read(Authorized(_): Authorized<ReadEncounters>) {}
/// let app: Router = Router::new().route("/encounters/{patient}", get(read));
/// // In a test of yours: whoever adds a route or changes its command sees it here.
/// assert_eq!(app.inventory().to_string(), "GET /encounters/{patient} /encounters/read\n");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inventory(Vec<Guarded>);

impl Inventory {
    pub(crate) fn new(mut routes: Vec<Guarded>) -> Self {
        routes.sort();
        Self(routes)
    }

    /// The routes.
    #[must_use]
    pub fn routes(&self) -> &[Guarded] {
        &self.0
    }

    /// What a discovery document says about them: each command once, with all of its carriers.
    #[must_use]
    pub fn offers(&self) -> Vec<Offer> {
        let mut offers: Vec<Offer> = Vec::new();
        for route in &self.0 {
            let carrier = match route.method {
                RPC => RPC.to_owned(),
                method => format!("{method} {}", route.path),
            };
            let known = offers
                .iter_mut()
                .find(|offer| offer.command.as_str() == route.command);
            if let Some(offer) = known {
                offer.carriers.push(carrier);
            } else if let Ok(command) = route.command.parse() {
                let schema = route.schema.0.as_deref();
                offers.push(Offer {
                    command,
                    arguments: schema.and_then(|schema| schema.parse().ok()),
                    carriers: vec![carrier],
                });
            }
        }
        offers
    }
}

/// The carrier, where no route of its own is.
pub(crate) const RPC: &str = "rpc";

impl fmt::Display for Inventory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|route| writeln!(formatter, "{route}"))
    }
}
