//! Rows of a YAML file: a list of maps with a key, or a map from keys to maps.

use std::collections::BTreeMap;
use std::path::Path;

use script::config::tree::{self, Node, Value as Written};
use serde_json::{Map, Value};

use super::table::normal;

/// A file for people to write in; whoever has more rows has a CSV.
const BYTES_MAX: u64 = 16 << 20;

/// Reads the rows by key.
///
/// # Errors
/// When it cannot be read or has another shape.
pub(super) fn read(path: &Path, key: Option<&str>) -> Result<BTreeMap<String, Value>, String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > BYTES_MAX {
        return Err(format!("{size} bytes of YAML, at most {BYTES_MAX}: keep so many rows in a CSV"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let root = tree::parse(&text).map_err(|broken| broken.message)?;
    match (&root.value, key) {
        (Written::Null, _) => Ok(BTreeMap::new()),
        (Written::List(items), Some(key)) => items.iter().map(|item| row_with_key(item, key)).collect(),
        (Written::List(_), None) => Err("a list needs to know which field is the key, `key: phone`".into()),
        (Written::Map(rows), None) => Ok(rows.iter().map(|(key, row)| (normal(&key.text), json(row))).collect()),
        (Written::Map(_), Some(_)) => Err("a map has its keys in front of the rows, leave `key` away".into()),
        _ => Err("it is neither a list nor a map".into()),
    }
}

fn row_with_key(item: &Node, key: &str) -> Result<(String, Value), String> {
    let Written::Map(fields) = &item.value else {
        return Err("a row is no map".into());
    };
    let found = fields.iter().find(|(name, _)| name.text == key);
    match found.map(|(_, node)| &node.value) {
        Some(Written::Text(text) | Written::Bare(text)) => Ok((normal(text), json(item))),
        _ => Err(format!("a row has no `{key}`")),
    }
}

/// Numbers stay numbers when nothing is lost; `+4930…` and `0049…` are telephones.
fn json(node: &Node) -> Value {
    match &node.value {
        Written::Null => Value::Null,
        Written::Text(text) => Value::String(text.clone()),
        Written::Bare(text) => bare(text),
        Written::List(items) => items.iter().map(json).collect(),
        Written::Map(fields) => {
            Value::Object(fields.iter().map(|(key, value)| (key.text.clone(), json(value))).collect::<Map<_, _>>())
        }
    }
}

fn bare(text: &str) -> Value {
    let read: Value = serde_json::from_str(text).unwrap_or_default();
    let spelled = read.to_string();
    if spelled == text { read } else { Value::String(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, key: Option<&str>) -> Result<BTreeMap<String, Value>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.yaml");
        std::fs::write(&path, text).unwrap();
        read(&path, key)
    }

    #[test]
    fn a_list_has_a_key_and_a_map_has_its_own() {
        let found =
            rows("- { phone: +49 30 111, vip: true, floor: 3 }\n- { phone: \"112\", name: Fire }\n", Some("phone"));
        let found = found.unwrap();
        assert_eq!(found["+4930111"], serde_json::json!({ "phone": "+49 30 111", "vip": true, "floor": 3 }));
        assert_eq!(found["112"]["name"], "Fire");
        let found = rows("0049: { zero: 007, tags: [a, 1.5] }\n", None).unwrap();
        assert_eq!(found["0049"], serde_json::json!({ "zero": "007", "tags": ["a", 1.5] }));
    }

    #[test]
    fn other_shapes_say_what_is_missing() {
        assert!(rows("- a\n", Some("phone")).unwrap_err().contains("no map"));
        assert!(rows("- { name: x }\n", Some("phone")).unwrap_err().contains("no `phone`"));
        assert!(rows("- { name: x }\n", None).unwrap_err().contains("key: phone"));
        assert!(rows("text\n", None).unwrap_err().contains("neither"));
        assert!(rows("a: [1\n", None).unwrap_err().contains("no YAML"));
    }
}
