//! What does a handler ask for?

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use delegant_http::Arguments;

use crate::call::Call;
use crate::pending::Pending;
use crate::rejection::Rejection;

/// A call of the command `C`, checked and redeemed before the handler runs.
///
/// The first argument of every handler in a [`Router`](crate::Router). It is taken apart where it is
/// received:
///
/// ```
/// # use delegant_axum::Authorized;
/// # use delegant_http::Arguments;
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct ReadEncounters { patient: String }
/// # impl Arguments for ReadEncounters { const COMMAND: &'static str = "/encounters/read"; }
/// async fn read(Authorized(call): Authorized<ReadEncounters>) -> String {
///     let (patient, invoker) = (&call.patient, call.authorization().invoker());
///     format!("the encounters of {patient} for {invoker}")
/// }
/// # let _ = read;
/// ```
///
/// Everything is checked in this order, and nothing is redeemed before all of it holds: one header,
/// the body within its limit, signatures and chain, the request bound to the invocation, the
/// arguments those of `C`. Where something fails the handler does not run.
///
/// What stands behind it among the handler's arguments is extracted when the call is used up
/// already; an extractor that fails there costs the caller an invocation. What may fail is better asked of the
/// signed arguments. Of the request, path, query and body were compared with the arguments; headers were not, and
/// whoever stands between may have changed them.
#[derive(Debug)]
pub struct Authorized<C>(pub Call<C>);

impl<C, S> FromRequestParts<S> for Authorized<C>
where
    C: Arguments,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        // Taken out: one call is one decision.
        let pending = parts.extensions.remove::<Pending>();
        let pending = pending.ok_or_else(Rejection::not_layered)?;
        let parameters = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|_| pending.not_bound_path())?;
        pending.decide(parts, &parameters).await.map(Self)
    }
}
