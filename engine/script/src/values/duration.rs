//! Durations: `20.seconds`, `5.minutes`, compared, added, printed as `20s`.

use std::fmt;
use std::time::Duration;

use model::short_duration;
use rhai::{Dynamic, FnNamespace, FuncRegistration, ImmutableString, Module};

use crate::verbs::invocation::{ScriptError, wrong};

/// Longest duration that a flow may write: a week.
const SECONDS_MAX: f64 = 7.0 * 24.0 * 3600.0;

/// A duration in a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FlowDuration(pub(crate) Duration);

impl FlowDuration {
    /// Reads `20.seconds` or `"20s"`.
    ///
    /// # Errors
    /// The end of a sentence: `is a duration like …, not a whole number`.
    pub(crate) fn from_dynamic(value: &Dynamic) -> Result<Duration, String> {
        if let Some(span) = value.read_lock::<FlowDuration>() {
            return Ok(span.0);
        }
        if let Some(text) = value.read_lock::<ImmutableString>() {
            return parse(&text)
                .ok_or_else(|| format!("is a duration like `20.seconds` or \"20s\", not {:?}", &**text));
        }
        if let Ok(number) = value.as_int() {
            return Err(format!("needs a unit, write `{number}.seconds`"));
        }
        Err(format!("is a duration like `20.seconds`, not {}", super::in_words(value)))
    }

    /// A duration of so many seconds.
    ///
    /// # Errors
    /// It is negative or longer than a week.
    pub(crate) fn from_seconds(seconds: f64) -> Result<Self, ScriptError> {
        if (0.0..=SECONDS_MAX).contains(&seconds) {
            Ok(Self(Duration::from_micros((seconds * 1e6).round() as u64)))
        } else {
            Err(wrong("a duration lies between 0 and 7 days"))
        }
    }
}

impl fmt::Display for FlowDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&short_duration(self.0))
    }
}

/// Reads `20s`, `1m30s`, `800ms`, `2h`.
fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let unit_end = rest[digits..].find(|c: char| !c.is_ascii_alphabetic()).map_or(rest.len(), |n| digits + n);
        let seconds = match &rest[digits..unit_end] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        total += number * seconds;
        rest = &rest[unit_end..];
    }
    (total <= SECONDS_MAX).then(|| Duration::from_micros((total * 1e6).round() as u64))
}

const UNITS: [(&str, f64); 10] = [
    ("ms", 0.001),
    ("millisecond", 0.001),
    ("milliseconds", 0.001),
    ("second", 1.0),
    ("seconds", 1.0),
    ("minute", 60.0),
    ("minutes", 60.0),
    ("hour", 3600.0),
    ("hours", 3600.0),
    ("days", 86_400.0),
];

/// Seconds of a unit, as in `2.hours`.
pub(crate) fn seconds_of(unit: &str) -> Option<f64> {
    UNITS.iter().find(|(name, _)| *name == unit).map(|(_, seconds)| *seconds)
}

pub(super) fn register(module: &mut Module) {
    module.set_custom_type::<FlowDuration>("duration");
    for (unit, seconds) in UNITS {
        FuncRegistration::new_getter(unit)
            .with_namespace(FnNamespace::Global)
            .set_into_module(module, move |n: &mut i64| FlowDuration::from_seconds(*n as f64 * seconds));
        FuncRegistration::new_getter(unit)
            .with_namespace(FnNamespace::Global)
            .set_into_module(module, move |n: &mut f64| FlowDuration::from_seconds(*n * seconds));
    }
    getter(module, "in_seconds", |span: &mut FlowDuration| span.0.as_secs() as i64);
    getter(module, "in_milliseconds", |span: &mut FlowDuration| span.0.as_millis() as i64);
    operator(module, "==", |a: FlowDuration, b: FlowDuration| a == b);
    operator(module, "!=", |a: FlowDuration, b: FlowDuration| a != b);
    operator(module, "<", |a: FlowDuration, b: FlowDuration| a < b);
    operator(module, "<=", |a: FlowDuration, b: FlowDuration| a <= b);
    operator(module, ">", |a: FlowDuration, b: FlowDuration| a > b);
    operator(module, ">=", |a: FlowDuration, b: FlowDuration| a >= b);
    global("+").set_into_module(module, |a: FlowDuration, b: FlowDuration| {
        FlowDuration::from_seconds(a.0.as_secs_f64() + b.0.as_secs_f64())
    });
    global("-").set_into_module(module, |a: FlowDuration, b: FlowDuration| FlowDuration(a.0.saturating_sub(b.0)));
    global("*")
        .set_into_module(module, |a: FlowDuration, n: i64| FlowDuration::from_seconds(a.0.as_secs_f64() * n as f64));
    global("to_string").set_into_module(module, |span: &mut FlowDuration| span.to_string());
    global("to_debug").set_into_module(module, |span: &mut FlowDuration| span.to_string());
    global("+").set_into_module(module, |text: &str, span: FlowDuration| format!("{text}{span}"));
}

fn getter(module: &mut Module, name: &str, read: fn(&mut FlowDuration) -> i64) {
    FuncRegistration::new_getter(name).with_namespace(FnNamespace::Global).set_into_module(module, read);
}

fn operator(module: &mut Module, name: &str, compare: fn(FlowDuration, FlowDuration) -> bool) {
    global(name).set_into_module(module, compare);
}

fn global(name: &str) -> FuncRegistration {
    FuncRegistration::new(name).with_namespace(FnNamespace::Global)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        assert_eq!(parse("20s"), Some(Duration::from_secs(20)));
        assert_eq!(parse("1m30s"), Some(Duration::from_secs(90)));
        assert_eq!(parse("800ms"), Some(Duration::from_millis(800)));
        assert_eq!(parse("1.5h"), Some(Duration::from_secs(5400)));
        for text in ["", "20", "s", "20x", "1..2s", "99999999h"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
