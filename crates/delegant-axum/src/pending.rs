//! A call that has arrived, and on which nobody has decided yet.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::extract::RawPathParams;
use axum::http::request::Parts;
use delegant::{Authorization, Cid, Command, Container, Invocation, Parsed};
use delegant_http::carrier::CarrierError;
use delegant_http::{Arguments, BodyDigest, NotBound, Request, bind};

use crate::call::Call;
use crate::layer::Shared;
use crate::metrics::Step;
use crate::origin;
use crate::rejection::Rejection;

/// A call in the extensions of its request.
#[derive(Clone)]
pub(crate) struct Pending(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    arrived: Result<Arrived, NotArrived>,
    wants_receipt: bool,
    /// The task, once it was redeemed and where a receipt is wanted.
    ran: OnceLock<Cid>,
}

/// What a call brought along.
pub(crate) struct Arrived {
    /// The text of its container.
    pub(crate) container: Box<[u8]>,
    /// The digest of its body, `None` where that is empty.
    pub(crate) body: Option<BodyDigest>,
}

/// Why there is no call in a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum NotArrived {
    /// Not one header with one container.
    Carrier(CarrierError),
    /// The body is too large.
    TooLarge,
    /// The body broke off.
    BrokenOff,
    /// Two lengths, or not one authority.
    Ambiguous,
}

impl Pending {
    pub(crate) fn new(
        shared: Arc<Shared>,
        arrived: Result<Arrived, NotArrived>,
        wants_receipt: bool,
    ) -> Self {
        Self(Arc::new(Inner {
            shared,
            arrived,
            wants_receipt,
            ran: OnceLock::new(),
        }))
    }

    /// The task of the call, where it was let through and a receipt is wanted.
    pub(crate) fn ran(&self) -> Option<Cid> {
        self.0.ran.get().copied()
    }

    /// The path of the request is not text.
    pub(crate) fn not_bound_path(&self) -> Rejection {
        Rejection::ambiguous()
    }

    /// Decides, redeems where everything else holds, and says so to those who count.
    pub(crate) async fn decide<C: Arguments>(
        &self,
        parts: &Parts,
        parameters: &RawPathParams,
    ) -> Result<Call<C>, Rejection> {
        let decided = self.settle::<C>(parts, parameters).await;
        let settled = match &decided {
            Ok(call) => Ok(call.authorization()),
            Err(rejection) => Err(rejection.code()),
        };
        self.0.shared.note(C::COMMAND, settled);
        decided
    }

    async fn settle<C: Arguments>(
        &self,
        parts: &Parts,
        parameters: &RawPathParams,
    ) -> Result<Call<C>, Rejection> {
        let Inner { shared, ran, .. } = &*self.0;
        let wanted = C::command().map_err(|_| Rejection::not_layered())?;
        let arrived = match &self.0.arrived {
            Ok(arrived) => arrived,
            Err(why) => return Err(shared.not_arrived(*why, Some(&wanted))),
        };
        // Before anything costs time.
        let _permit = shared.admit()?;
        let container = shared.decode(&arrived.container, Some(&wanted))?;
        let invocation = shared.one_invocation(&container, Some(&wanted))?;
        let leave = shared.judge(&container, invocation, Some(&wanted)).await?;
        shared.bind(&leave, &wanted, parts, parameters, arrived.body)?;
        let arguments =
            C::from_arguments(leave.arguments()).map_err(|error| Rejection::arguments(&error))?;
        shared.redeem(&leave, &container, Some(&wanted)).await?;
        if self.0.wants_receipt
            && let Ok(task) = leave.invocation().task()
        {
            let _ = ran.set(task);
        }
        Ok(Call::new(arguments, leave))
    }
}

/// The steps of a decision, and how each is refused.
impl Shared {
    pub(crate) fn decode(
        &self,
        container: &[u8],
        wanted: Option<&Command>,
    ) -> Result<Container, Rejection> {
        self.verifier
            .decode(container)
            .map_err(|refusal| self.refused(&refusal, None, wanted))
    }

    pub(crate) fn one_invocation<'c>(
        &self,
        container: &'c Container,
        wanted: Option<&Command>,
    ) -> Result<&'c Parsed<Invocation>, Rejection> {
        container
            .invocation()
            .map_err(|error| self.refused(&error.into(), None, wanted))
    }

    pub(crate) async fn judge(
        &self,
        container: &Container,
        invocation: &Parsed<Invocation>,
        wanted: Option<&Command>,
    ) -> Result<Authorization, Rejection> {
        if let Some(metrics) = &self.metrics {
            metrics.proofs(container, &self.verifier);
        }
        let began = Instant::now();
        let judged = self.verifier.judge(container, invocation).await;
        self.took(Step::Judge, began);
        judged.map_err(|refusal| self.refused(&refusal, Some(container), wanted))
    }

    pub(crate) async fn redeem(
        &self,
        leave: &Authorization,
        container: &Container,
        wanted: Option<&Command>,
    ) -> Result<(), Rejection> {
        let began = Instant::now();
        let redeemed = self.verifier.redeem(leave).await;
        self.took(Step::Redeem, began);
        redeemed.map_err(|refusal| self.refused(&refusal, Some(container), wanted))
    }

    fn took(&self, step: Step, since: Instant) {
        if let Some(metrics) = &self.metrics {
            metrics.took(step, since);
        }
    }

    /// Says what was decided on a call of this command: leave, or the code of a refusal.
    pub(crate) fn note(&self, command: &'static str, decided: Result<&Authorization, &str>) {
        let code = decided.map_or_else(|code| code, |_| "Allowed");
        if let Some(metrics) = &self.metrics {
            metrics.decided(code);
        }
        let leave = decided.ok();
        tracing::info!(
            target: "delegant",
            code,
            command,
            invoker = leave.map(|leave| tracing::field::display(leave.invoker())),
            subject = leave.map(|leave| tracing::field::display(leave.subject())),
            token = leave.map(|leave| tracing::field::display(leave.invocation().cid())),
            "decided"
        );
    }

    fn bind(
        &self,
        leave: &Authorization,
        wanted: &Command,
        parts: &Parts,
        parameters: &RawPathParams,
        body: Option<BodyDigest>,
    ) -> Result<(), Rejection> {
        let uri = origin::uri(parts);
        let authority = match &self.authority {
            Some(known) => Some(known.as_str()),
            None => origin::authority(parts),
        };
        let request = Request {
            method: parts.method.as_str(),
            authority: authority.unwrap_or_default(),
            path: uri.path(),
            query: uri.query().unwrap_or_default(),
            body,
        };
        bind(leave.invocation(), wanted, parameters, &request)
            .map_err(|refusal: NotBound| Rejection::not_bound(&refusal))
    }
}
