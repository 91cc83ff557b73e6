//! Does a value follow a JSON Schema? The words that `schema.json` uses, and no others.

use serde_json::Value;

/// Panics with the place of the first row that does not follow.
pub(crate) fn check(schema: &Value, root: &Value, file: &Value, name: &str) {
    for row in file["rows"].as_array().unwrap_or(&Vec::new()) {
        let row_schema = &root["$defs"]["row"];
        assert!(follows(row_schema, root, row), "{name}: {}", row["name"]);
    }
    assert!(follows(schema, root, file), "{name}");
}

pub(crate) fn follows(schema: &Value, root: &Value, value: &Value) -> bool {
    let Some(schema) = schema.as_object() else {
        return *schema != Value::Bool(false);
    };
    schema.iter().all(|(word, rule)| match word.as_str() {
        "$schema" | "$id" | "$defs" | "$comment" | "title" | "description" => true,
        "$ref" => follows(
            root.pointer(&rule.as_str().unwrap()[1..]).unwrap(),
            root,
            value,
        ),
        "type" => match rule {
            Value::Array(types) => types.iter().any(|rule| is(rule.as_str().unwrap(), value)),
            rule => is(rule.as_str().unwrap(), value),
        },
        "const" => rule == value,
        "enum" => rule.as_array().unwrap().contains(value),
        "minimum" => value
            .as_f64()
            .is_none_or(|value| value >= rule.as_f64().unwrap()),
        "maximum" => value
            .as_f64()
            .is_none_or(|value| value <= rule.as_f64().unwrap()),
        "minItems" => value
            .as_array()
            .is_none_or(|list| list.len() as u64 >= rule.as_u64().unwrap()),
        "minLength" => value
            .as_str()
            .is_none_or(|text| text.chars().count() as u64 >= rule.as_u64().unwrap()),
        // One pattern is known: bytes in hex.
        "pattern" => {
            assert_eq!(rule, "^([0-9a-f][0-9a-f])*$");
            value.as_str().is_none_or(|text| {
                text.len() % 2 == 0
                    && text
                        .bytes()
                        .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
            })
        }
        "items" => value
            .as_array()
            .is_none_or(|list| list.iter().all(|item| follows(rule, root, item))),
        "required" => value.as_object().is_none_or(|map| {
            rule.as_array()
                .unwrap()
                .iter()
                .all(|name| map.contains_key(name.as_str().unwrap()))
        }),
        "properties" => value.as_object().is_none_or(|map| {
            rule.as_object()
                .unwrap()
                .iter()
                .all(|(name, rule)| map.get(name).is_none_or(|value| follows(rule, root, value)))
        }),
        "additionalProperties" => {
            assert_eq!(rule, false);
            value.as_object().is_none_or(|map| {
                map.keys()
                    .all(|name| schema["properties"].get(name).is_some())
            })
        }
        "allOf" => rule
            .as_array()
            .unwrap()
            .iter()
            .all(|rule| follows(rule, root, value)),
        "anyOf" => rule
            .as_array()
            .unwrap()
            .iter()
            .any(|rule| follows(rule, root, value)),
        "not" => !follows(rule, root, value),
        "if" => {
            let then = if follows(rule, root, value) {
                "then"
            } else {
                "else"
            };
            schema
                .get(then)
                .is_none_or(|rule| follows(rule, root, value))
        }
        "then" | "else" => true,
        other => panic!("`{other}` is a word of JSON Schema that this check does not know"),
    })
}

fn is(wanted: &str, value: &Value) -> bool {
    match wanted {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        other => panic!("no type `{other}` here"),
    }
}
