//! Values that flows see beside Rhai's own: durations, moments, the caller; and their conversions.

mod caller;
mod duration;
mod json;
mod moment;
mod notes;

use rhai::{Array, Dynamic, FnNamespace, FuncRegistration, ImmutableString, Map, Module};

use crate::verbs::invocation::{ScriptError, wrong};

/// Why `sleep` is refused.
pub(crate) const NO_SLEEP: &str = "`sleep` would stop every call: write `wait`";

pub(crate) use caller::PROPERTIES as CALLER_PROPERTIES;
pub(crate) use duration::{FlowDuration, seconds_of};
pub(crate) use json::{from_json, to_json};
pub(crate) use moment::Moment;

/// Types, their properties and operators, and the `caller` that is visible everywhere.
pub(crate) fn module() -> Module {
    let mut module = Module::new();
    duration::register(&mut module);
    moment::register(&mut module);
    caller::register(&mut module);
    // The core package brings a `sleep` that would stop every call of the process.
    refuse_sleep::<i64>(&mut module);
    refuse_sleep::<f64>(&mut module);
    module
}

fn refuse_sleep<T: Clone + Send + Sync + 'static>(module: &mut Module) {
    FuncRegistration::new("sleep")
        .with_namespace(FnNamespace::Global)
        .with_volatility(true)
        .set_into_module(module, |_: T| -> Result<(), ScriptError> { Err(wrong(NO_SLEEP)) });
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

/// A value as a text, for traces.
pub(crate) fn printed(value: &Dynamic) -> String {
    if let Some(span) = value.read_lock::<FlowDuration>() {
        span.to_string()
    } else if let Some(moment) = value.read_lock::<Moment>() {
        moment.to_string()
    } else {
        value.to_string()
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
