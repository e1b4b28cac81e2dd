//! Values that flows see beside Rhai's own: durations, moments, the caller; and their conversions.

mod caller;
mod duration;
mod json;
mod moment;
mod notes;

use rhai::{Array, Dynamic, ImmutableString, Map, Module};

pub(crate) use duration::FlowDuration;
pub(crate) use json::{from_json, to_json};
pub(crate) use moment::Moment;

/// Types, their properties and operators, and the `caller` that is visible everywhere.
pub(crate) fn module() -> Module {
    let mut module = Module::new();
    duration::register(&mut module);
    moment::register(&mut module);
    caller::register(&mut module);
    module
}

/// A value's type in words for people who never saw Rust: `a text`, `nothing`.
pub(crate) fn in_words(value: &Dynamic) -> &'static str {
    if value.is_unit() {
        "nothing `()`"
    } else if value.is_bool() {
        "true or false"
    } else if value.is_int() {
        "a whole number"
    } else if value.is_float() {
        "a number"
    } else if value.is_string() || value.is_char() {
        "a text"
    } else if value.is_array() {
        "an array"
    } else if value.is_map() {
        "a map"
    } else if value.is_fnptr() {
        "a function"
    } else if value.is::<FlowDuration>() {
        "a duration"
    } else if value.is::<Moment>() {
        "a moment"
    } else {
        "something else"
    }
}

/// A text, or the value back.
pub(crate) fn text(value: Dynamic) -> Result<String, Dynamic> {
    value.try_cast_result::<ImmutableString>().map(String::from)
}

/// A text or an array of texts, or the value back that is neither.
pub(crate) fn texts(value: Dynamic) -> Result<Vec<String>, Dynamic> {
    match value.try_cast_result::<Array>() {
        Ok(array) => array.into_iter().map(text).collect(),
        Err(value) => text(value).map(|text| vec![text]),
    }
}

/// A map from values of the switchboard.
pub(crate) fn map(entries: impl IntoIterator<Item = (&'static str, Dynamic)>) -> Dynamic {
    let mut map = Map::new();
    for (key, value) in entries {
        map.insert(key.into(), value);
    }
    map.into()
}
