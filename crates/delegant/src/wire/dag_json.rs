//! How do people read it? DAG-JSON, for eyes and logs, never the wire.

use ipld_core::ipld::Ipld;
use thiserror::Error;

/// Why a text is not DAG-JSON, or a value has no DAG-JSON form.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DagJsonError {
    /// The text is not DAG-JSON.
    #[error("not DAG-JSON: {0}")]
    Syntax(#[source] serde_ipld_dagjson::DecodeError),
    /// The value holds NaN, an infinity or an integer beyond 64 bits.
    #[error("no DAG-JSON form: {0}")]
    Value(#[source] serde_ipld_dagjson::EncodeError),
    /// Not UTF-8.
    #[error("no DAG-JSON form: not UTF-8")]
    Text,
}

/// Writes a value as DAG-JSON on one line, keys sorted.
///
/// # Errors
/// NaN, infinities and integers beyond 64 bits have no DAG-JSON form.
pub fn to_dag_json(value: &Ipld) -> Result<String, DagJsonError> {
    let bytes = serde_ipld_dagjson::to_vec(value).map_err(DagJsonError::Value)?;
    String::from_utf8(bytes).map_err(|_| DagJsonError::Text)
}

/// Reads a DAG-JSON text.
///
/// # Errors
/// Text that is not DAG-JSON, or nests deeper than 128 levels.
pub fn from_dag_json(text: &str) -> Result<Ipld, DagJsonError> {
    serde_ipld_dagjson::from_slice(text.as_bytes()).map_err(DagJsonError::Syntax)
}
