//! A scenario file as values.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use model::{Outcome, WallTime};
use script::Diagnostic;
use script::config::tree::{Node, Value, parse};
use serde_json::Value as Json;

use super::mail::{Left, messages};
use super::people::{Posts, agents, directories, web};
use crate::habits::People;
use crate::reader::Reader;
use crate::world::FakeDirectories;

/// Monday morning, when everybody is at his desk.
const USUAL_CLOCK: &str = "2026-03-02 10:00";

/// One test, with everything that the file says about all of its tests.
#[derive(Debug, Clone)]
pub(super) struct Test {
    pub(super) name: String,
    pub(super) span: Range<usize>,
    pub(super) flow: Option<String>,
    /// The campaign that places the call; `to` is called then.
    pub(super) outgoing: Option<String>,
    pub(super) tags: BTreeMap<String, Json>,
    pub(super) clock: WallTime,
    pub(super) people: People,
    pub(super) posts: Posts,
    pub(super) directories: FakeDirectories,
    pub(super) messages: Vec<Left>,
    pub(super) from: String,
    pub(super) to: Option<String>,
    pub(super) steps: Vec<Step>,
    pub(super) expect: Vec<(Expectation, Range<usize>)>,
}

#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) what: StepKind,
    pub(super) span: Range<usize>,
}

/// What a caller does or notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StepKind {
    Hears(String),
    HearsTone(String),
    Presses(String),
    Waits(Duration),
    Says(Duration),
    /// Waits for the tone and speaks.
    LeavesMessage(Duration),
    TalksTo(String),
    WaitsIn(String),
    HangsUp {
        after: Duration,
    },
    Rejected(String),
    /// The recording is paused, or goes on.
    Recording(Taping),
    /// Of somebody whom a campaign calls.
    Answers {
        after: Duration,
    },
    NoAnswer,
    Busy,
}

/// Whether a recording keeps what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taping {
    Paused,
    Resumed,
    /// From its beginning to its end.
    NeverPaused,
}

/// What must be true when the call is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expectation {
    Outcome(Outcome),
    Waited(Bound),
    Lasted(Bound),
    Heard(String),
    NotHeard(String),
    Tag {
        key: String,
        value: String,
    },
    Language(String),
    Recorded(String),
    Recording(Taping),
    /// Digits as the journal has them; none when they are hidden there.
    Digits(Option<String>),
    EndedBy(String),
    /// What came of a campaign's contact.
    Result(String),
}

/// `at most 10s`, `at least 5s`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    AtMost(Duration),
    AtLeast(Duration),
}

/// Reads a file. `zone` is the project's time zone.
pub(super) fn read_file(name: &str, text: &str, zone: &jiff::tz::TimeZone) -> Result<Vec<Test>, Vec<Diagnostic>> {
    let mut reader = Reader::new(name, text);
    let root = match parse(text) {
        Ok(root) => root,
        Err(broken) => {
            reader.error(&broken.span, "bad-yaml", broken.message);
            return Err(reader.found);
        }
    };
    let tests = read_tests(&mut reader, &root, zone);
    if reader.found.is_empty() { Ok(tests) } else { Err(reader.found) }
}

fn read_tests(reader: &mut Reader<'_>, root: &Node, zone: &jiff::tz::TimeZone) -> Vec<Test> {
    let known = ["flow", "outgoing", "clock", "agents", "directories", "http", "messages", "tests"];
    let fields = reader.fields(root, "a scenario file", &known);
    let outgoing = fields.get("outgoing").and_then(|node| reader.text(node, "outgoing"));
    let flow = fields.get("flow").and_then(|node| reader.text(node, "flow"));
    let clock = match fields.get("clock") {
        Some(node) => clock(reader, node, zone),
        None => crate::call::parse_clock(USUAL_CLOCK, zone).unwrap_or_default(),
    };
    let (people, posts) = fields.get("agents").map(|node| agents(reader, node)).unwrap_or_default();
    let mut rows = fields.get("directories").map(|node| directories(reader, node)).unwrap_or_default();
    rows.web = fields.get("http").map(|node| web(reader, node)).unwrap_or_default();
    let left = fields.get("messages").map(|node| messages(reader, node)).unwrap_or_default();
    let Some(list) = fields.get("tests") else {
        reader.error(&root.span, "no-tests", "there are no `tests` in this file");
        return Vec::new();
    };
    let mut tests: Vec<Test> = Vec::new();
    for item in reader.items(list, "tests") {
        let mut test = Test {
            name: String::new(),
            span: item.span.clone(),
            flow: flow.clone(),
            outgoing: outgoing.clone(),
            tags: BTreeMap::new(),
            clock,
            people: people.clone(),
            posts: posts.clone(),
            directories: rows.clone(),
            messages: left.clone(),
            from: String::new(),
            to: None,
            steps: Vec::new(),
            expect: Vec::new(),
        };
        read_test(reader, item, &mut test, zone);
        if tests.iter().any(|other| other.name == test.name) {
            reader.error(&test.span, "duplicate-test", format!("two tests are called `{}`", test.name));
        }
        tests.push(test);
    }
    tests
}

fn read_test(reader: &mut Reader<'_>, node: &Node, test: &mut Test, zone: &jiff::tz::TimeZone) {
    const KNOWN: [&str; 13] = [
        "name",
        "from",
        "to",
        "flow",
        "outgoing",
        "tags",
        "clock",
        "agents",
        "directories",
        "http",
        "messages",
        "steps",
        "expect",
    ];
    let fields = reader.fields(node, "a test", &KNOWN);
    match fields.get("name") {
        Some(name) => {
            test.span = name.span.clone();
            test.name = reader.text(name, "name").unwrap_or_default();
        }
        None => reader.error(&node.span, "missing-key", "this test has no `name`"),
    }
    if let Some(node) = fields.get("from") {
        test.from = reader.text(node, "from").unwrap_or_default();
    }
    if let Some(node) = fields.get("to") {
        test.to = reader.text(node, "to");
    }
    if let Some(node) = fields.get("flow") {
        test.flow = reader.text(node, "flow");
    }
    if let Some(node) = fields.get("outgoing") {
        test.outgoing = reader.text(node, "outgoing");
    }
    if let Some(node) = fields.get("tags") {
        for (key, value) in reader.entries(node, "`tags`") {
            test.tags.insert(key.text.clone(), super::people::json(value));
        }
    }
    if let Some(node) = fields.get("clock") {
        test.clock = clock(reader, node, zone);
    }
    if let Some(node) = fields.get("agents") {
        let (own, posts) = agents(reader, node);
        test.people.known.extend(own.known);
        test.people.others = own.others;
        test.posts.extend(posts);
    }
    if let Some(node) = fields.get("directories") {
        let own = directories(reader, node);
        test.directories.rows.extend(own.rows);
        test.directories.slow.extend(own.slow);
        test.directories.down.extend(own.down);
    }
    if let Some(node) = fields.get("http") {
        test.directories.web.extend(web(reader, node));
    }
    if let Some(node) = fields.get("messages") {
        test.messages = messages(reader, node);
    }
    if let Some(node) = fields.get("steps") {
        for item in reader.items(node, "steps") {
            test.steps.extend(super::step::step(reader, item));
        }
    }
    if let Some(node) = fields.get("expect") {
        test.expect = super::step::expectations(reader, node);
    }
}

fn clock(reader: &mut Reader<'_>, node: &Node, zone: &jiff::tz::TimeZone) -> WallTime {
    let Some(text) = reader.text(node, "clock") else { return WallTime::default() };
    crate::call::parse_clock(&text, zone).unwrap_or_else(|error| {
        reader.error(&node.span, "bad-time", error.to_string());
        WallTime::default()
    })
}

/// Is there nothing?
pub(super) fn is_null(node: &Node) -> bool {
    matches!(node.value, Value::Null)
}
