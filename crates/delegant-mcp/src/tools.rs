//! Which tools does an answer list? Some are taken out, one may be put in; the others stay as they were.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::json::Members;

/// The answer with those tools alone that are shown, and with one more at its end; none where it lists
/// no tools.
pub(crate) fn edited(
    answer: &str,
    shows: impl Fn(&str) -> bool,
    added: Option<&Value>,
) -> Option<String> {
    let whole = Members::of(answer).ok()?;
    let result = Members::of(whole.get("result")?).ok()?;
    let mut tools: Vec<Box<RawValue>> = serde_json::from_str(result.get("tools")?).ok()?;
    // One without a name cannot be called.
    tools.retain(|tool| name(tool).is_some_and(|name| shows(&name)));
    // A list in parts has an end, and one is enough.
    if let Some(added) = added.filter(|_| result.get("nextCursor").is_none()) {
        tools.push(to_raw_value(added).ok()?);
    }
    let tools = serde_json::to_string(&tools).ok()?;
    Some(whole.with("result", &result.with("tools", &tools)))
}

fn name(tool: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        name: String,
    }
    let named: Named = serde_json::from_str(tool.get()).ok()?;
    Some(named.name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_stays_in_a_list_stays_as_it_was() {
        let answer =
            r#"{"id":1,"result":{"tools":[{"name":"a", "x":1.0},{"name":"b"},{}],"ttlMs":0}}"#;
        assert_eq!(
            edited(answer, |name| name == "a", Some(&json!({ "name": "c" }))).unwrap(),
            r#"{"id":1,"result":{"tools":[{"name":"a", "x":1.0},{"name":"c"}],"ttlMs":0}}"#
        );
        let part = r#"{"result":{"tools":[],"nextCursor":"2"}}"#;
        assert_eq!(edited(part, |_| true, Some(&json!({}))).unwrap(), part);
        assert_eq!(edited(r#"{"error":{}}"#, |_| true, None), None);
    }
}
