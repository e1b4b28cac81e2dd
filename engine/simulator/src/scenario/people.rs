//! `agents:` and `directories:` of a scenario.

use std::collections::BTreeMap;

use script::config::tree::{Node, Value};
use serde_json::Value as Json;

use super::read::Reader;
use crate::habits::{Answer, Habits, People};
use crate::world::FakeDirectories;

/// Whoever is named behaves as written; when somebody is named, nobody else answers.
pub(super) fn agents(reader: &mut Reader<'_>, node: &Node) -> People {
    let rows = reader.entries(node, "`agents`");
    let known = rows.into_iter().map(|(key, value)| (key.text.clone(), habits(reader, value)));
    People { known: known.collect(), others: Habits::who(Answer::Offline) }
}

fn habits(reader: &mut Reader<'_>, node: &Node) -> Habits {
    const KNOWN: [&str; 9] =
        ["answers_after", "talks_for", "presses", "ignores", "busy", "declines", "offline", "unknown", "queues"];
    let fields = reader.fields(node, "an agent", &KNOWN);
    let mut habits = Habits::default();
    if let Some(delay) = fields.get("answers_after").and_then(|node| reader.duration(node, "answers_after")) {
        habits.answer = Answer::After(delay);
    }
    if let Some(duration) = fields.get("talks_for").and_then(|node| reader.duration(node, "talks_for")) {
        habits.talks_for = Some(duration);
    }
    if let Some(node) = fields.get("presses") {
        habits.presses = super::step::keys(reader, node);
    }
    let words = [
        ("ignores", Answer::Ignores),
        ("busy", Answer::Busy),
        ("declines", Answer::Declines),
        ("offline", Answer::Offline),
        ("unknown", Answer::Unknown),
    ];
    let mut said = usize::from(fields.contains_key("answers_after"));
    for (word, answer) in words {
        if fields.get(word).is_some_and(|node| reader.is_true(node, word)) {
            habits.answer = answer;
            said += 1;
        }
    }
    if said > 1 {
        let message = "an agent does one thing: `answers_after`, `ignores`, `busy`, `declines`, `offline` or `unknown`";
        reader.error(&node.span, "bad-value", message);
    }
    habits
}

/// `customers: { "+49…": { vip: true } }`, `crm: down`, `crm: slow 2s`
pub(super) fn directories(reader: &mut Reader<'_>, node: &Node) -> FakeDirectories {
    let mut all = FakeDirectories::default();
    for (key, value) in reader.entries(node, "`directories`") {
        match &value.value {
            Value::Text(word) if word == "down" => all.down.push(key.text.clone()),
            Value::Text(words) if words.starts_with("slow ") => {
                match script::config::duration(words["slow ".len()..].trim()) {
                    Ok(delay) => drop(all.slow.insert(key.text.clone(), delay)),
                    Err(error) => reader.error(&value.span, "bad-duration", error),
                }
            }
            Value::Map(rows) => {
                let rows: BTreeMap<String, Json> =
                    rows.iter().map(|(key, row)| (crate::world::plain(&key.text), json(row))).collect();
                all.rows.insert(key.text.clone(), rows);
            }
            _ => {
                let message = format!("`{}` is rows by their key, `down` or `slow 2s`", key.text);
                reader.error(&value.span, "bad-value", message);
            }
        }
    }
    all
}

fn json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Text(text) => Json::String(text.clone()),
        Value::Bare(word) => serde_json::from_str(word).unwrap_or_else(|_| Json::String(word.clone())),
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map(rows) => Json::Object(rows.iter().map(|(key, value)| (key.text.clone(), json(value))).collect()),
    }
}
