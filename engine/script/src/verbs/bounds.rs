//! Values that a verb refuses although they are of the right kind, for the check before a call.

use rhai::Dynamic;

use super::{callback, http, recording};
use crate::values::FlowDuration;

/// Why `verb` would refuse a value of an option; none when it takes it, or when its kind is wrong anyway.
pub(crate) fn refused_value(verb: &str, option: &str, value: &Dynamic) -> Option<String> {
    let length = || FlowDuration::from_dynamic(value).ok();
    match (verb, option) {
        ("callback", "at") => callback::no_moment(&value.clone().into_string().ok()?),
        ("pause_recording", "at_most") => recording::no_pause(length()?).map(str::to_owned),
        ("http", "timeout") => http::no_timeout(length()?).map(str::to_owned),
        _ => None,
    }
}
