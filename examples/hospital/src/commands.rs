//! What can be asked for, and with which arguments.

use delegant_http::Arguments;
use serde::{Deserialize, Serialize};

/// Encounters of one kind, between two days such as 20260131.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ReadEncounters {
    pub(crate) patient: String,
    pub(crate) kind: String,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

impl Arguments for ReadEncounters {
    const COMMAND: &'static str = "/record/encounters/read";
}

/// Observations with one LOINC code, between two days.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ReadObservations {
    pub(crate) patient: String,
    pub(crate) code: String,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

impl Arguments for ReadObservations {
    const COMMAND: &'static str = "/record/observations/read";
}

/// Who has looked at this patient's record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ReadAccesses {
    pub(crate) patient: String,
}

impl Arguments for ReadAccesses {
    const COMMAND: &'static str = "/record/accesses/read";
}

/// Everything about a patient, in an emergency, for a reason.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BreakGlass {
    pub(crate) patient: String,
    pub(crate) reason: String,
}

impl Arguments for BreakGlass {
    const COMMAND: &'static str = "/break-glass/read";
}

/// The laboratory's result for an order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ReadResult {
    pub(crate) order: String,
}

impl Arguments for ReadResult {
    const COMMAND: &'static str = "/results/read";
}
