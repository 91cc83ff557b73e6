//! What is counted? Verdicts by their codes, time by stages, what was remembered.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use delegant::Container;
use delegant_store::{Store, Verifier};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// Counts what a layer decides, for Prometheus: no names, no arguments, no tokens, only codes,
/// stages and numbers, so that it grows with nothing that callers choose.
///
/// ```
/// # use delegant_axum::{DelegantLayer, Metrics, Router};
/// # fn app(routes: Router, verifier: delegant_store::Verifier) -> axum::Router {
/// let metrics = Metrics::of(&verifier);
/// routes
///     .layer(DelegantLayer::new(verifier).metrics(&metrics))
///     // Where it is served is yours to choose: whoever reads it knows how busy you are.
///     .merge(metrics.route("/metrics"))
/// # }
/// ```
///
/// - `delegant_decisions_total{code}`: `Allowed`, or the code of the refusal;
/// - `delegant_stage_seconds{stage}`: `judge` (signatures, chain, policies), `redeem` (the store);
/// - `delegant_proofs_total{known}`: proofs sent that were remembered, or not;
/// - `delegant_store_errors_total`: where the store did not answer;
/// - `delegant_revocations_staleness_seconds`, `delegant_revocations_newest`: how fresh what is
///   known of revocations is.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    decisions: Family<Code, Counter>,
    stages: Family<Stage, Histogram>,
    proofs: Family<Known, Counter>,
    store_errors: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Code {
    code: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Stage {
    stage: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Known {
    known: &'static str,
}

/// A stage of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Judge,
    Redeem,
}

impl Metrics {
    /// Counters at zero, for a layer with this verifier.
    #[must_use]
    pub fn of(verifier: &Verifier) -> Self {
        let mut registry = Registry::with_prefix("delegant");
        let decisions = Family::default();
        // From 10 µs to a little over 5 s.
        let seconds: fn() -> Histogram = || Histogram::new(exponential_buckets(1e-5, 2.0, 20));
        let stages = Family::new_with_constructor(seconds);
        let proofs = Family::default();
        let store_errors = Counter::default();
        registry.register("decisions", "Calls by what was decided", decisions.clone());
        registry.register("stage_seconds", "How long a stage took", stages.clone());
        registry.register(
            "proofs",
            "Proofs sent, by whether they were remembered",
            proofs.clone(),
        );
        registry.register(
            "store_errors",
            "Calls that the store did not answer",
            store_errors.clone(),
        );
        registry.register_collector(Box::new(Freshness(verifier.kept_in().clone())));
        Self(Arc::new(Inner {
            registry,
            decisions,
            stages,
            proofs,
            store_errors,
        }))
    }

    /// In the text format of OpenMetrics.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        // A string takes whatever is written to it.
        let _ = encode(&mut text, &self.0.registry);
        text
    }

    /// A route that tells them.
    pub fn route<S: Clone + Send + Sync + 'static>(&self, path: &str) -> axum::Router<S> {
        let metrics = self.clone();
        let tell = async move || -> Response {
            let headers = [
                (
                    CONTENT_TYPE,
                    "application/openmetrics-text; version=1.0.0; charset=utf-8",
                ),
                (CACHE_CONTROL, "no-store"),
            ];
            (headers, metrics.to_text()).into_response()
        };
        axum::Router::new().route(path, axum::routing::get(tell))
    }

    pub(crate) fn decided(&self, code: &str) {
        let code = code.to_owned();
        self.0.decisions.get_or_create(&Code { code }).inc();
    }

    pub(crate) fn took(&self, step: Step, since: Instant) {
        let stage = match step {
            Step::Judge => "judge",
            Step::Redeem => "redeem",
        };
        let took: Duration = since.elapsed();
        self.0
            .stages
            .get_or_create(&Stage { stage })
            .observe(took.as_secs_f64());
    }

    pub(crate) fn store_failed(&self) {
        self.0.store_errors.inc();
    }

    pub(crate) fn proofs(&self, container: &Container, verifier: &Verifier) {
        for proof in container.delegations() {
            let known = match verifier.remembers(proof.cid()) {
                true => "true",
                false => "false",
            };
            self.0.proofs.get_or_create(&Known { known }).inc();
        }
    }
}

/// Read from the store when it is asked for.
struct Freshness(Store);

impl Collector for Freshness {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let staleness = ConstGauge::new(self.0.staleness().as_secs_f64());
        staleness.encode(encoder.encode_descriptor(
            "revocations_staleness_seconds",
            "How old what is known of revocations may be",
            None,
            staleness.metric_type(),
        )?)?;
        let newest = ConstGauge::new(self.0.newest());
        newest.encode(encoder.encode_descriptor(
            "revocations_newest",
            "The number of the newest revocation that is known",
            None,
            newest.metric_type(),
        )?)
    }
}

impl fmt::Debug for Freshness {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Freshness")
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Metrics")
    }
}
