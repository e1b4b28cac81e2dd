//! The words of steps and expectations.

use std::ops::Range;
use std::time::Duration;

use model::Outcome;
use script::config::tree::{Node, Value};

use super::file::{Bound, Expectation, Step, StepKind, Taping, is_null};
use crate::call::is_keys;
use crate::reader::Reader;

const STEPS: [&str; 14] = [
    "hears",
    "hears_tone",
    "presses",
    "waits",
    "says",
    "leaves_message",
    "talks_to",
    "hangs_up",
    "rejected",
    "waits_in",
    "recording",
    "answers",
    "no_answer",
    "busy",
];
const EXPECTATIONS: [&str; 12] = [
    "outcome",
    "waited",
    "lasted",
    "heard",
    "not_heard",
    "tags",
    "language",
    "recorded",
    "recording",
    "digits",
    "ended_by",
    "result",
];
/// What `digits` says of digits that the journal does not show.
const HIDDEN: &str = "hidden";
const REJECTIONS: [&str; 4] = ["busy", "declined", "not_found", "unavailable"];
const ENDERS: [&str; 4] = ["caller", "party", "flow", "engine"];

/// One step: a mapping with one key, or the bare word `hangs_up`.
pub(super) fn step(reader: &mut Reader<'_>, node: &Node) -> Option<Step> {
    if matches!(&node.value, Value::Text(word) if word == "hangs_up") {
        return Some(Step { what: StepKind::HangsUp { after: Duration::ZERO }, span: node.span.clone() });
    }
    let words = [("no_answer", StepKind::NoAnswer), ("busy", StepKind::Busy)];
    let bare = |text: &str| words.iter().find(|(word, _)| *word == text).map(|(_, what)| what.clone());
    if let Value::Text(word) = &node.value
        && let Some(what) = bare(word)
    {
        return Some(Step { what, span: node.span.clone() });
    }
    let rows = reader.entries(node, "a step");
    let [(key, value)] = rows.as_slice() else {
        reader.error(&node.span, "bad-step", "a step has one key, like `- presses: \"1\"`");
        return None;
    };
    let span = if is_null(value) { key.span.clone() } else { value.span.clone() };
    let what = match key.text.as_str() {
        "hears" => StepKind::Hears(reader.text(value, "hears")?),
        "hears_tone" => StepKind::HearsTone(one_of(reader, value, "hears_tone", &["beep", "ringback", "busy"])?),
        "presses" => StepKind::Presses(keys(reader, value)),
        "waits" => StepKind::Waits(reader.duration(value, "waits")?),
        "says" => StepKind::Says(reader.duration(value, "says")?),
        "leaves_message" => StepKind::LeavesMessage(reader.duration(value, "leaves_message")?),
        "talks_to" => StepKind::TalksTo(reader.text(value, "talks_to")?),
        "hangs_up" if is_null(value) => StepKind::HangsUp { after: Duration::ZERO },
        "hangs_up" => StepKind::HangsUp { after: after(reader, value, "hangs_up")? },
        "answers" => StepKind::Answers { after: after(reader, value, "answers")? },
        "rejected" => StepKind::Rejected(one_of(reader, value, "rejected", &REJECTIONS)?),
        "waits_in" => StepKind::WaitsIn(reader.text(value, "waits_in")?),
        "recording" => match one_of(reader, value, "recording", &["paused", "resumed"])?.as_str() {
            "paused" => StepKind::Recording(Taping::Paused),
            _ => StepKind::Recording(Taping::Resumed),
        },
        _ => {
            reader.unknown(key, "a step", &STEPS);
            return None;
        }
    };
    Some(Step { what, span })
}

/// `after 1m`
fn after(reader: &mut Reader<'_>, node: &Node, what: &str) -> Option<Duration> {
    let text = reader.text(node, what)?;
    let parsed = text.strip_prefix("after ").map(|rest| script::config::duration(rest.trim()));
    match parsed {
        Some(Ok(duration)) => Some(duration),
        _ => {
            reader.error(&node.span, "bad-duration", format!("`{text}` is no time, write `{what}: after 1m`"));
            None
        }
    }
}

pub(super) fn keys(reader: &mut Reader<'_>, node: &Node) -> String {
    let text = reader.text(node, "presses").unwrap_or_default();
    if !is_keys(&text) {
        reader.error(&node.span, "bad-keys", format!("`{text}` are no keys of a telephone: 0-9, * and #"));
    }
    text
}

pub(super) fn expectations(reader: &mut Reader<'_>, node: &Node) -> Vec<(Expectation, Range<usize>)> {
    let mut all = Vec::new();
    for (key, value) in reader.entries(node, "`expect`") {
        let span = value.span.clone();
        let one = match key.text.as_str() {
            "outcome" => outcome(reader, value).map(Expectation::Outcome),
            "waited" => bound(reader, value, "waited").map(Expectation::Waited),
            "lasted" => bound(reader, value, "lasted").map(Expectation::Lasted),
            "language" => reader.text(value, "language").map(Expectation::Language),
            "recorded" => reader.text(value, "recorded").map(Expectation::Recorded),
            "result" => reader.text(value, "result").map(Expectation::Result),
            "ended_by" => one_of(reader, value, "ended_by", &ENDERS).map(Expectation::EndedBy),
            "recording" => taping(reader, value).map(Expectation::Recording),
            "digits" => {
                for (digits, span) in texts(reader, value, "digits") {
                    all.push((Expectation::Digits(Some(digits).filter(|digits| digits != HIDDEN)), span));
                }
                None
            }
            "heard" | "not_heard" => {
                let make = if key.text == "heard" { Expectation::Heard } else { Expectation::NotHeard };
                for (name, span) in texts(reader, value, &key.text) {
                    all.push((make(name), span));
                }
                None
            }
            "tags" => {
                for (key, value) in reader.entries(value, "`tags`") {
                    if let Some(text) = reader.text(value, &key.text) {
                        let tag = Expectation::Tag { key: key.text.clone(), value: text };
                        all.push((tag, value.span.clone()));
                    }
                }
                None
            }
            _ => {
                reader.unknown(key, "`expect`", &EXPECTATIONS);
                None
            }
        };
        all.extend(one.map(|one| (one, span)));
    }
    all
}

fn taping(reader: &mut Reader<'_>, node: &Node) -> Option<Taping> {
    let word = one_of(reader, node, "recording", &["paused", "resumed", "never_paused"])?;
    Some(match word.as_str() {
        "paused" => Taping::Paused,
        "resumed" => Taping::Resumed,
        _ => Taping::NeverPaused,
    })
}

/// One text or a list of texts.
pub(super) fn texts(reader: &mut Reader<'_>, node: &Node, what: &str) -> Vec<(String, Range<usize>)> {
    let nodes = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    nodes.iter().filter_map(|node| Some((reader.text(node, what)?, node.span.clone()))).collect()
}

fn outcome(reader: &mut Reader<'_>, node: &Node) -> Option<Outcome> {
    let words: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.as_str()).collect();
    let word = one_of(reader, node, "outcome", &words)?;
    Outcome::ALL.iter().copied().find(|outcome| outcome.as_str() == word)
}

fn one_of(reader: &mut Reader<'_>, node: &Node, what: &str, words: &[&str]) -> Option<String> {
    let text = reader.text(node, what)?;
    if words.contains(&text.as_str()) {
        return Some(text);
    }
    reader.error(&node.span, "unknown-word", format!("`{what}` is one of {}, not `{text}`", words.join(", ")));
    None
}

/// `at most 10s`, `at least 5s`
fn bound(reader: &mut Reader<'_>, node: &Node, what: &str) -> Option<Bound> {
    let text = reader.text(node, what)?;
    let read = |prefix: &str| text.strip_prefix(prefix).and_then(|rest| script::config::duration(rest.trim()).ok());
    let bound = read("at most ").map(Bound::AtMost).or_else(|| read("at least ").map(Bound::AtLeast));
    if bound.is_none() {
        reader.error(&node.span, "bad-bound", format!("`{text}` is no limit, write `at most 10s` or `at least 5s`"));
    }
    bound
}
