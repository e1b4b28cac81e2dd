//! JSON to script values and back.

use rhai::{Dynamic, Map};
use serde_json::Value;

use super::{FlowDuration, Moment};

/// A script value; null becomes `()`.
pub(crate) fn from_json(value: &Value) -> Dynamic {
    match value {
        Value::Null => Dynamic::UNIT,
        Value::Bool(flag) => (*flag).into(),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => whole.into(),
            None => number.as_f64().unwrap_or(f64::MAX).into(),
        },
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().map(from_json).collect::<Vec<_>>().into(),
        Value::Object(fields) => {
            let map: Map = fields.iter().map(|(key, value)| (key.as_str().into(), from_json(value))).collect();
            map.into()
        }
    }
}

/// JSON for a script value.
///
/// # Errors
/// The value, in words, that JSON has nothing for.
pub(crate) fn to_json(value: &Dynamic) -> Result<Value, &'static str> {
    if let Some(span) = value.read_lock::<FlowDuration>() {
        return Ok(Value::from(span.to_string()));
    }
    if let Some(moment) = value.read_lock::<Moment>() {
        return Ok(Value::from(moment.to_string()));
    }
    if value.is_fnptr() {
        return Err("a function");
    }
    if let Some(array) = value.read_lock::<rhai::Array>() {
        return array.iter().map(to_json).collect();
    }
    if let Some(map) = value.read_lock::<Map>() {
        return map.iter().map(|(key, value)| Ok((key.to_string(), to_json(value)?))).collect();
    }
    serde_json::to_value(value).map_err(|_| super::in_words(value))
}
