//! What leaves the signer? An agent may well put something in the place of the server that only keeps
//! what comes: signed lines, not delivered.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use serde_json::{Value, json};

use crate::Failure;

/// Keeps each line, and answers that nobody is there.
pub(crate) fn catch(caught: &Path) -> Result<(), Failure> {
    let mut kept = OpenOptions::new().append(true).create(true).open(caught)?;
    for line in io::stdin().lines() {
        let line = line?;
        let request: Value = serde_json::from_str(&line)?;
        if request.get("method").and_then(Value::as_str) == Some("tools/call") {
            writeln!(kept, "{line}")?;
        }
        if let Some(id) = request.get("id") {
            let error = json!({ "code": -32601, "message": "kept" });
            let answer = json!({ "jsonrpc": "2.0", "id": id, "error": error });
            writeln!(io::stdout(), "{answer}")?;
        }
    }
    Ok(())
}
