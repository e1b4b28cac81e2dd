//! The map of options of a verb: every key is known, every value is of its kind.

use std::collections::BTreeMap;
use std::time::Duration;

use rhai::{Dynamic, Map};

use crate::diagnostic::did_you_mean;
use crate::values::{self, FlowDuration};
use crate::verbs::info::{OptionKind, VerbInfo};
use crate::verbs::invocation::{ScriptError, wrong};

/// A checked map of options. A key that is given as `()` counts as not given.
pub(crate) struct Options {
    verb: &'static VerbInfo,
    map: Map,
}

impl Options {
    /// No options at all.
    pub(super) fn none(verb: &'static VerbInfo) -> Self {
        Self { verb, map: Map::new() }
    }

    /// Refuses keys that the verb does not know.
    pub(super) fn new(verb: &'static VerbInfo, mut map: Map) -> Result<Self, ScriptError> {
        map.retain(|_, value| !value.is_unit());
        let unknown = map.keys().find(|key| !verb.options.iter().any(|option| option.name == key.as_str()));
        match unknown {
            Some(key) => Err(wrong(unknown_option(verb, key))),
            None => Ok(Self { verb, map }),
        }
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<Option<bool>, ScriptError> {
        self.read(name, |value| value.as_bool().map_err(|_| value.clone()))
    }

    pub(super) fn whole(&mut self, name: &str) -> Result<Option<i64>, ScriptError> {
        self.read(name, |value| value.as_int().map_err(|_| value.clone()))
    }

    /// A whole number from `low` to `high`.
    pub(super) fn count(&mut self, name: &str, low: i64, high: i64) -> Result<Option<i64>, ScriptError> {
        match self.whole(name)? {
            Some(n) if n < low || n > high => {
                Err(wrong(format!("option `{name}` of `{}` is a number from {low} to {high}, not {n}", self.verb.name)))
            }
            count => Ok(count),
        }
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, ScriptError> {
        self.read(name, |value| values::text(value.clone()))
    }

    pub(super) fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, ScriptError> {
        self.read(name, |value| values::texts(value.clone()))
    }

    pub(super) fn duration(&mut self, name: &str) -> Result<Option<Duration>, ScriptError> {
        let Some(value) = self.map.remove(name) else {
            return Ok(None);
        };
        FlowDuration::from_dynamic(&value)
            .map(Some)
            .map_err(|problem| wrong(format!("option `{name}` of `{}` {problem}", self.verb.name)))
    }

    /// Keys of a telephone, `""` for none.
    pub(super) fn keys(&mut self, name: &str) -> Result<Option<String>, ScriptError> {
        match self.text(name)? {
            Some(keys) if !keys.chars().all(is_key) => Err(wrong(format!(
                "option `{name}` of `{}` may hold the keys 0-9 * # A-D only, not {keys:?}",
                self.verb.name
            ))),
            keys => Ok(keys),
        }
    }

    /// One of the option's words.
    pub(super) fn word(&mut self, name: &str, words: &[&str]) -> Result<Option<String>, ScriptError> {
        match self.text(name)? {
            Some(word) if !words.contains(&word.as_str()) => {
                let hint = did_you_mean(&word, words.iter().copied()).map_or_else(
                    || format!("it is one of {}", list(words)),
                    |close| format!("did you mean `{close}`?"),
                );
                Err(wrong(format!("option `{name}` of `{}` cannot be `{word}`, {hint}", self.verb.name)))
            }
            word => Ok(word),
        }
    }

    /// Names with least levels: `#{ english: 3 }`, `["english"]`, `"english"`.
    pub(super) fn skills(&mut self, name: &str) -> Result<BTreeMap<String, u8>, ScriptError> {
        let level = |value: &Dynamic| value.as_int().ok().and_then(|n| u8::try_from(n).ok()).filter(|n| *n <= 9);
        let skills = self.read(name, |value| match value.clone().try_cast_result::<Map>() {
            Ok(map) => map
                .iter()
                .map(|(skill, value)| level(value).map(|n| (skill.to_string(), n)).ok_or_else(|| value.clone()))
                .collect(),
            Err(value) => values::texts(value).map(|names| names.into_iter().map(|skill| (skill, 1)).collect()),
        })?;
        Ok(skills.unwrap_or_default())
    }

    /// Texts by name.
    pub(super) fn text_map(&mut self, name: &str) -> Result<BTreeMap<String, String>, ScriptError> {
        let map = self.read(name, |value| match value.clone().try_cast_result::<Map>() {
            Ok(map) => {
                let texts = map.iter().map(|(key, text)| Ok((key.to_string(), values::text(text.clone())?)));
                texts.collect()
            }
            Err(value) => Err(value),
        })?;
        Ok(map.unwrap_or_default())
    }

    /// Anything that JSON can hold.
    pub(super) fn json(&mut self, name: &str) -> Result<Option<serde_json::Value>, ScriptError> {
        let Some(value) = self.map.remove(name) else {
            return Ok(None);
        };
        let json = values::to_json(&value);
        json.map(Some).map_err(|kind| wrong(format!("option `{name}` of `{}` cannot hold {kind}", self.verb.name)))
    }

    fn read<T>(
        &mut self,
        name: &str,
        convert: impl FnOnce(&Dynamic) -> Result<T, Dynamic>,
    ) -> Result<Option<T>, ScriptError> {
        let Some(value) = self.map.remove(name) else {
            return Ok(None);
        };
        convert(&value).map(Some).map_err(|value| {
            let wanted = self.kind(name).in_words();
            let got = values::in_words(&value);
            wrong(format!("option `{name}` of `{}` is {wanted}, not {got}", self.verb.name))
        })
    }

    fn kind(&self, name: &str) -> OptionKind {
        let option = self.verb.options.iter().find(|option| option.name == name);
        option.expect("a verb reads options that it declares").kind
    }
}

/// ``unknown option `barge` of `play`, did you mean `barge_in`?``
pub(crate) fn unknown_option(verb: &VerbInfo, key: &str) -> String {
    let names: Vec<&str> = verb.options.iter().map(|option| option.name).collect();
    let hint = match did_you_mean(key, names.iter().copied()) {
        Some(close) => format!("did you mean `{close}`?"),
        None if names.is_empty() => "it has none".to_owned(),
        None => format!("it has {}", list(&names)),
    };
    format!("unknown option `{key}` of `{}`, {hint}", verb.name)
}

/// A key of a telephone.
pub(crate) fn is_key(c: char) -> bool {
    matches!(c, '0'..='9' | '*' | '#' | 'A'..='D')
}

fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
