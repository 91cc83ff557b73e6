//! What was measured, when, and where?

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// `bench/figures.json`: the records, by the figure's id.
pub(crate) type Records = BTreeMap<String, Record>;

/// One figure, as it was measured.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    /// The number as it was printed.
    pub(crate) value: Box<RawValue>,
    pub(crate) unit: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) note: String,
    /// The whole line that was run.
    pub(crate) command: String,
    /// How long that took, building included.
    pub(crate) seconds: u64,
    /// The day in UTC: `2026-11-24`.
    pub(crate) date: String,
    /// The commit; with a `+` where the working tree was not clean.
    pub(crate) commit: String,
    /// The processor and how many cores of it.
    pub(crate) machine: String,
}

impl Record {
    /// The number.
    pub(crate) fn number(&self) -> Option<f64> {
        self.value.get().parse().ok()
    }
}

/// Reads the records.
pub(crate) fn read(text: &str) -> Result<Records, String> {
    let records: Records = serde_json::from_str(text).map_err(|error| error.to_string())?;
    match records.iter().find(|(_, record)| record.number().is_none()) {
        Some((id, record)) => Err(format!("`{id}`: `{}` is no number", record.value)),
        None => Ok(records),
    }
}

/// Writes the records: one line each, so that a change shows which figure moved.
pub(crate) fn write(records: &Records) -> Result<String, String> {
    let mut lines = Vec::new();
    for (id, record) in records {
        let record = serde_json::to_string(record).map_err(|error| error.to_string())?;
        lines.push(format!("  \"{id}\": {record}"));
    }
    Ok(format!("{{\n{}\n}}\n", lines.join(",\n")))
}

#[cfg(test)]
mod tests {
    use super::{read, write};

    const RECORDS: &str = r#"{
  "cold-1": {"value":1.20,"unit":"verify_strict","note":"medians","command":"cargo bench","seconds":9,"date":"2026-11-24","commit":"fde11db","machine":"AMD EPYC, 2 cores"},
  "survivors": {"value":0,"unit":"mutants","command":"just x","seconds":1,"date":"2026-11-24","commit":"fde11db+","machine":"AMD EPYC, 2 cores"}
}
"#;

    #[test]
    fn records_are_written_as_they_were_read() {
        assert_eq!(write(&read(RECORDS).unwrap()).unwrap(), RECORDS);
    }

    #[test]
    fn a_value_is_a_number() {
        let records = RECORDS.replace("1.20", "\"much\"");
        assert!(read(&records).unwrap_err().contains("is no number"));
    }
}
