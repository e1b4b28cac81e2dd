//! `agents:` and `directories:` of a scenario.

use std::collections::BTreeMap;
use std::ops::Range;

use script::config::tree::{Node, Value};
use serde_json::Value as Json;

use crate::habits::{Answer, Duty, Habits, People};
use crate::reader::Reader;
use crate::world::FakeDirectories;

/// The queues that agents serve in a scenario.
pub(super) type Posts = BTreeMap<String, Vec<Placed>>;

/// A name and its place in the file.
pub(super) type Placed = (String, Range<usize>);

/// Whoever is named behaves as written; when somebody is named, nobody else answers.
pub(super) fn agents(reader: &mut Reader<'_>, node: &Node) -> (People, Posts) {
    let mut known = BTreeMap::new();
    let mut posts = Posts::new();
    for (key, value) in reader.entries(node, "`agents`") {
        let (habits, queues) = habits(reader, value);
        known.insert(key.text.clone(), habits);
        posts.extend(queues.map(|queues| (key.text.clone(), queues)));
    }
    (People { known, others: Habits::who(Answer::Offline) }, posts)
}

fn habits(reader: &mut Reader<'_>, node: &Node) -> (Habits, Option<Vec<Placed>>) {
    const KNOWN: [&str; 10] = [
        "answers_after",
        "talks_for",
        "presses",
        "ignores",
        "busy",
        "declines",
        "offline",
        "unknown",
        "queues",
        "signed_in",
    ];
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
    if fields.get("signed_in").is_some_and(|node| !reader.is_true(node, "signed_in")) {
        habits.duty = Duty::SignedOut;
    }
    let queues = fields.get("queues").map(|node| super::step::texts(reader, node, "queues"));
    (habits, queues)
}

/// `customers: { "+49…": { vip: true } }`, `crm: down`, `crm: slow 2s`
pub(crate) fn directories(reader: &mut Reader<'_>, node: &Node) -> FakeDirectories {
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

/// `"https://crm.example/orders/17": { status: 200, body: { state: sent } }`, `"https://…": down`
pub(crate) fn web(reader: &mut Reader<'_>, node: &Node) -> BTreeMap<String, Json> {
    let mut answers = BTreeMap::new();
    for (key, value) in reader.entries(node, "`http`") {
        let answer = match &value.value {
            Value::Text(word) if word == "down" => Json::Null,
            Value::Map(_) => json(value),
            _ => {
                let message = "an answer is `{ status: 200, body: … }` or `down`";
                reader.error(&value.span, "bad-value", message);
                continue;
            }
        };
        answers.insert(key.text.clone(), answer);
    }
    answers
}

pub(super) fn json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Text(text) => Json::String(text.clone()),
        Value::Bare(word) => serde_json::from_str(word).unwrap_or_else(|_| Json::String(word.clone())),
        Value::List(items) => items.iter().map(json).collect(),
        Value::Map(rows) => Json::Object(rows.iter().map(|(key, value)| (key.text.clone(), json(value))).collect()),
    }
}
