//! `agents:` of a day.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{AgentId, QueueId};
use script::Diagnostic;
use script::config::tree::{Node, Value};

use super::Page;
use crate::day::draw::Draw;
use crate::day::file::{AgentRow, Who};

const KEYS: [&str; 10] =
    ["count", "name", "queues", "skills", "tier", "wrap_up", "shift", "breaks", "ignores", "answers_after"];
/// More agents in one row are a slip of the pen.
const COUNT_MAX: u64 = 10_000;
/// Erlang's agents answer at once, and so do ours unless the file knows better.
const ANSWERS_AFTER: Draw = Draw::Fixed(Duration::ZERO);

impl Page<'_> {
    pub(super) fn agent_rows(&mut self, node: &Node) -> Vec<AgentRow> {
        let mut rows: Vec<AgentRow> = Vec::new();
        for item in self.reader.items(node, "agents") {
            let Some(row) = self.agent_row(item) else { continue };
            if let Who::Named(agent) = &row.who
                && rows.iter().any(|other| other.who == row.who)
            {
                self.error(&item.span, "duplicate-value", format!("agent `{agent}` works twice on this day"));
            }
            rows.push(row);
        }
        rows
    }

    /// All agents of the project, when the file names nobody.
    pub(super) fn everybody(&self) -> Vec<AgentRow> {
        let usual = |agent: &AgentId| AgentRow {
            who: Who::Named(agent.clone()),
            queues: None,
            skills: None,
            wrap_up: None,
            shift: None,
            breaks: Vec::new(),
            ignores: 0.0,
            answers_after: ANSWERS_AFTER,
        };
        self.project.config.agents.keys().map(usual).collect()
    }

    fn agent_row(&mut self, node: &Node) -> Option<AgentRow> {
        let fields = self.reader.fields(node, "a row of `agents`", &KEYS);
        let who = match (fields.get("count"), fields.get("name")) {
            (Some(count), None) => self
                .whole(count, "count", 0..=COUNT_MAX)
                .map(|count| Who::Count(u32::try_from(count).unwrap_or(u32::MAX))),
            (None, Some(name)) => self.known_agent(name).map(Who::Named),
            _ => {
                self.error(&node.span, "missing-key", "a row of `agents` has a `count`, or the `name` of one agent");
                None
            }
        };
        let tier = fields.get("tier").and_then(|node| self.whole(node, "tier", 1..=9));
        let tier = tier.and_then(|tier| u8::try_from(tier).ok());
        let queues = fields.get("queues").map(|node| self.queues(node, tier.unwrap_or(1)));
        if queues.is_none() {
            if let Some(tier) = fields.get("tier") {
                self.error(&tier.span, "missing-key", "a `tier` is one in `queues`, which are not given");
            }
            if matches!(who, Some(Who::Count(_))) {
                self.error(&node.span, "missing-key", "agents who are made up need `queues`");
            }
        }
        let breaks = fields.get("breaks").map(|node| self.reader.items(node, "breaks")).unwrap_or_default();
        Some(AgentRow {
            queues,
            skills: fields.get("skills").map(|node| self.skills(node)),
            wrap_up: fields.get("wrap_up").and_then(|node| self.draw(node, "wrap_up")),
            shift: fields.get("shift").and_then(|node| self.time_span(node, "shift")),
            breaks: breaks.iter().filter_map(|item| self.time_span(item, "breaks")).collect(),
            ignores: fields.get("ignores").and_then(|node| self.share(node, "ignores")).unwrap_or(0.0),
            answers_after: fields
                .get("answers_after")
                .and_then(|node| self.draw(node, "answers_after"))
                .unwrap_or(ANSWERS_AFTER),
            who: who?,
        })
    }

    fn known_agent(&mut self, node: &Node) -> Option<AgentId> {
        let name = self.reader.text(node, "name")?;
        let agents = &self.project.config.agents;
        if let Some((id, _)) = agents.iter().find(|(id, _)| id.as_str() == name) {
            return Some(id.clone());
        }
        let unknown = Diagnostic::error("unknown-agent", format!("unknown agent `{name}`"));
        let unknown = unknown.suggest(&name, agents.keys().map(AgentId::as_str));
        let hint = "agents who are made up for the day have a `count`, agents of callwright.yaml a `name`";
        self.reader.report(unknown.help(hint), &node.span);
        None
    }

    /// `[sales, { support: { tier: 2 } }]`
    fn queues(&mut self, node: &Node, usual: u8) -> BTreeMap<QueueId, u8> {
        let mut queues = BTreeMap::new();
        for item in self.reader.items(node, "queues") {
            let rows = match &item.value {
                Value::Map(rows) => {
                    rows.iter().map(|(key, value)| (key.text.clone(), &key.span, Some(value))).collect()
                }
                Value::Text(name) | Value::Bare(name) => vec![(name.clone(), &item.span, None)],
                _ => Vec::new(),
            };
            for (name, span, options) in rows {
                let tier = options.map_or(usual, |node| self.tier(node));
                if let Some(queue) = self.known_queue(&name, span) {
                    queues.insert(queue, tier);
                }
            }
        }
        queues
    }

    pub(super) fn known_queue(&mut self, name: &str, span: &std::ops::Range<usize>) -> Option<QueueId> {
        let queues = &self.project.config.queues;
        if let Some(id) = queues.keys().find(|id| id.as_str() == name) {
            return Some(id.clone());
        }
        let unknown = Diagnostic::error("unknown-queue", format!("unknown queue `{name}`"));
        self.reader.report(unknown.suggest(name, queues.keys().map(QueueId::as_str)), span);
        None
    }

    fn tier(&mut self, node: &Node) -> u8 {
        let fields = self.reader.fields(node, "a queue of an agent", &["tier"]);
        let tier = fields.get("tier").and_then(|node| self.whole(node, "tier", 1..=9));
        tier.and_then(|tier| u8::try_from(tier).ok()).unwrap_or(1)
    }

    /// `{ english: 3 }`, or `[english, billing]` at level 5.
    fn skills(&mut self, node: &Node) -> BTreeMap<String, u8> {
        if let Value::List(items) = &node.value {
            return items.iter().filter_map(|item| Some((self.reader.text(item, "skills")?, 5))).collect();
        }
        let mut skills = BTreeMap::new();
        for (key, value) in self.reader.entries(node, "`skills`") {
            let level = self.whole(value, &key.text, 1..=9).and_then(|level| u8::try_from(level).ok());
            skills.extend(level.map(|level| (key.text.clone(), level)));
        }
        skills
    }
}
