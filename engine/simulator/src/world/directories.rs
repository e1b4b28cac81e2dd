//! Directories as a scenario wants them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

/// What lookups find; directories that are not named here answer at once with the project's own rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FakeDirectories {
    /// By directory.
    pub rows: BTreeMap<String, BTreeMap<String, Value>>,
    /// Directories that answer late.
    pub slow: BTreeMap<String, Duration>,
    /// Directories that never answer.
    pub down: Vec<String>,
    /// What `http` is answered, by address; other addresses do not answer.
    pub web: BTreeMap<String, Value>,
}

impl FakeDirectories {
    /// When the answer comes, and what it is; none when it never comes.
    pub(super) fn answer(&self, directory: &str, key: &str, own: impl Fn() -> Value) -> Option<(Duration, Value)> {
        if self.down.iter().any(|down| down == directory) {
            return None;
        }
        let after = self.slow.get(directory).copied().unwrap_or_default();
        let value = match self.rows.get(directory) {
            Some(rows) => rows.get(key).or_else(|| rows.get(&plain(key))).cloned().unwrap_or_default(),
            None => own(),
        };
        Some((after, value))
    }
}

/// A number without spaces, dashes and brackets.
pub(crate) fn plain(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')')).collect()
}
