//! Words and JSON in columns, and the errors when a column holds something else.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StoreError;

/// A value as JSON text.
pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    Ok(serde_json::to_string(value)?)
}

/// A value from JSON text; `what` names the row in the error.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str, what: impl Fn() -> String) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Unreadable { what: what(), reason: error.to_string() })
}

/// One of the words of an enum, as the column holds it without quotes.
pub(crate) fn to_word<T: Serialize>(value: &T) -> Result<String, StoreError> {
    match serde_json::to_value(value)? {
        serde_json::Value::String(word) => Ok(word),
        other => Ok(other.to_string()),
    }
}

/// The reverse of [`to_word`].
pub(crate) fn from_word<T: DeserializeOwned>(word: &str, what: impl Fn() -> String) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::String(word.to_owned()))
        .map_err(|error| StoreError::Unreadable { what: what(), reason: error.to_string() })
}

/// Microseconds for a column; what lasts longer than 292,000 years is cut.
pub(crate) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// The reverse of [`micros`]; negative values, which we never write, count as zero.
pub(crate) fn duration(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}
