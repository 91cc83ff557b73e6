//! Which parts of a message are repeated in headers? MCP 2026-07-28, "Request Metadata".

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

pub(crate) const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
pub(crate) const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");

/// The arguments that tools want to see in headers, as their schemas say.
#[derive(Debug, Default)]
pub(crate) struct Mirrored(HashMap<String, Vec<Place>>);

/// Where an argument is, and in which header.
#[derive(Debug)]
struct Place {
    path: Vec<String>,
    header: HeaderName,
}

/// Of all tools together; a server that wants more does without.
const MOST_PLACES: usize = 10_000;

/// Schemas are looked into so deep.
const DEEPEST: usize = 16;

impl Mirrored {
    /// Takes in what an answer to `tools/list` says.
    pub(crate) fn learn(&mut self, answer: &str) {
        let answer: Value = serde_json::from_str(answer).unwrap_or_default();
        let tools = answer.pointer("/result/tools").and_then(Value::as_array);
        for tool in tools.into_iter().flatten() {
            let Some(name) = tool.get("name").and_then(Value::as_str) else {
                continue;
            };
            let mut places = Vec::new();
            if let Some(schema) = tool.get("inputSchema") {
                collect(schema, &mut Vec::new(), &mut places);
            }
            self.0.remove(name);
            let known: usize = self.0.values().map(Vec::len).sum();
            if !places.is_empty() && known.saturating_add(places.len()) <= MOST_PLACES {
                self.0.insert(name.to_owned(), places);
            }
        }
    }

    /// Repeats in headers what is to be repeated of a message.
    pub(crate) fn add(&self, headers: &mut HeaderMap, message: &Value) {
        let nothing = Value::Null;
        let params = message.get("params").unwrap_or(&nothing);
        let text = |value: Option<&Value>| Some(value?.as_str()?.to_owned());
        let meta = params.get("_meta").unwrap_or(&nothing);
        let name = params.get("name").or_else(|| params.get("uri"));
        let mut add = |header: HeaderName, value: Option<String>| {
            if let Some(value) = value.and_then(|value| written(&value)) {
                headers.insert(header, value);
            }
        };
        // Revisions before 2026-07-28 do not know the last two, and pass over them.
        add(
            VERSION,
            text(meta.get("io.modelcontextprotocol/protocolVersion")),
        );
        add(METHOD, text(message.get("method")));
        add(NAME, text(name));
        let places = name
            .and_then(Value::as_str)
            .and_then(|name| self.0.get(name));
        for place in places.into_iter().flatten() {
            let arguments = params.get("arguments").unwrap_or(&nothing);
            let found = place
                .path
                .iter()
                .try_fold(arguments, |value, name| value.get(name));
            add(place.header.clone(), found.and_then(said));
        }
    }
}

/// The properties of a schema that are marked, reached by names alone.
fn collect(schema: &Value, path: &mut Vec<String>, places: &mut Vec<Place>) {
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, property) in properties.into_iter().flat_map(Map::iter) {
        if path.len() >= DEEPEST {
            return;
        }
        path.push(name.clone());
        let header = property.get("x-mcp-header").and_then(Value::as_str);
        if let Some(Ok(header)) = header.map(|header| format!("mcp-param-{header}").parse()) {
            places.push(Place {
                path: path.clone(),
                header,
            });
        }
        collect(property, path, places);
        path.pop();
    }
}

/// A value as text, where a header says it.
fn said(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

/// A text as a header: as it is where it can be, and else in base64.
fn written(text: &str) -> Option<HeaderValue> {
    let is_plain = text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        && text.trim() == text
        && !text.starts_with("=?base64?");
    if is_plain {
        return HeaderValue::from_str(text).ok();
    }
    HeaderValue::from_str(&format!("=?base64?{}?=", STANDARD.encode(text))).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_schema_marks_is_repeated_and_nothing_else() {
        let property = |header: &str| json!({ "type": "string", "x-mcp-header": header });
        let schema = json!({ "properties": {
            "region": property("Region"),
            "deep": { "properties": { "count": property("Count"), "none": property("None") } },
            "bad": property("no header\n"),
            "list": { "items": { "properties": { "x": property("Hidden") } } },
        } });
        let tools = json!([{ "name": "sql", "inputSchema": schema }, { "name": "plain" }, {}]);
        let mut mirrored = Mirrored::default();
        mirrored.learn(&json!({ "result": { "tools": tools } }).to_string());

        let arguments = json!({ "region": "Zürich", "deep": { "count": 7, "none": null }, "list": [{ "x": "y" }] });
        let meta = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28" });
        let params = json!({ "name": "sql", "arguments": arguments, "_meta": meta });
        let mut headers = HeaderMap::new();
        mirrored.add(
            &mut headers,
            &json!({ "method": "tools/call", "params": params }),
        );
        let mut said: Vec<_> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        said.sort();
        assert_eq!(
            said,
            [
                "mcp-method: tools/call",
                "mcp-name: sql",
                "mcp-param-count: 7",
                "mcp-param-region: =?base64?WsO8cmljaA==?=",
                "mcp-protocol-version: 2026-07-28",
            ]
        );
    }

    #[test]
    fn a_text_that_no_header_holds_is_encoded() {
        for (text, header) in [
            ("us-west1", "us-west1"),
            (" padded ", "=?base64?IHBhZGRlZCA=?="),
            ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
            ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
        ] {
            assert_eq!(written(text).unwrap(), header);
        }
    }
}
