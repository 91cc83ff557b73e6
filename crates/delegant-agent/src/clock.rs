//! What time is it? The one place on the agent's side that asks the system.

use std::time::{SystemTime, UNIX_EPOCH};

use delegant::Timestamp;
use thiserror::Error;

/// The system's clock, in whole seconds.
///
/// # Errors
/// [`NoTime`] where it stands before 1970 or beyond what a token can say.
pub(crate) fn now() -> Result<Timestamp, NoTime> {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(|_| NoTime)?;
    i64::try_from(since.as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_unix(seconds).ok())
        .ok_or(NoTime)
}

/// The system's clock says a time that no token can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the system's clock stands before 1970 or far beyond; set it")]
pub struct NoTime;
