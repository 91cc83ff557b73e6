//! What documents claim of the tests and rows here, and how to look it up.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The root of the project.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The rulings that each row of the vectors pins, by the row's name.
pub(crate) fn rows() -> BTreeMap<String, Vec<u64>> {
    let mut rows = BTreeMap::new();
    for entry in std::fs::read_dir(env!("CARGO_MANIFEST_DIR")).unwrap() {
        let path = entry.unwrap().path();
        let is_json = path.extension().is_some_and(|end| end == "json");
        if !is_json || path.ends_with("schema.json") {
            continue;
        }
        let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        for row in file.get("rows").and_then(Value::as_array).unwrap() {
            let name = row.get("name").and_then(Value::as_str).unwrap();
            let rulings = row.get("ruling").and_then(Value::as_array).unwrap();
            let rulings = rulings.iter().filter_map(Value::as_u64).collect();
            rows.insert(name.to_owned(), rulings);
        }
    }
    rows
}

/// Is there a test of this name in this file, which is named from the root?
pub(crate) fn is_test(file: &str, test: &str) -> bool {
    let code = std::fs::read_to_string(root().join(file)).unwrap_or_default();
    let declared = [format!("fn {test}("), format!("async fn {test}(")];
    // A suite that is run against several places names its tests in a list.
    let listed = [format!("{test},"), format!("{test};")];
    let is_suite = code.contains("macro_rules!") && code.contains("async fn $name()");
    if is_suite
        && code
            .lines()
            .any(|line| listed.iter().any(|name| line.trim() == name))
    {
        return true;
    }
    let mut is_test = false;
    for line in code.lines().map(str::trim_start) {
        if line.starts_with("#[") {
            is_test |= line == "#[test]" || line.starts_with("#[tokio::test");
        } else if is_test && declared.iter().any(|start| line.starts_with(start)) {
            return true;
        } else {
            is_test = false;
        }
    }
    false
}
