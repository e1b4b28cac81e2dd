//! `faults:` of a day.

use std::time::Duration;

use model::AgentId;
use script::Diagnostic;
use script::config::tree::{Key, Node};

use super::Page;
use super::values::share;
use crate::day::file::{AgentRow, Fault, FaultKind};
use crate::day::staff::made_up_names;

impl Page<'_> {
    pub(super) fn faults(&mut self, node: &Node, agents: &[AgentRow], runs_for: Duration) -> Vec<Fault> {
        let rows = self.reader.items(node, "faults");
        rows.iter().filter_map(|row| self.fault(row, agents, runs_for)).collect()
    }

    /// `{ crm: down, from: "10:00", for: 20m }`
    fn fault(&mut self, node: &Node, agents: &[AgentRow], runs_for: Duration) -> Option<Fault> {
        let (mut what, mut from, mut lasts) = (None, Some(Duration::ZERO), Some(runs_for));
        let rows = self.reader.entries(node, "a fault");
        for (key, value) in &rows {
            match key.text.as_str() {
                "from" => from = self.time_of_day(value, "from"),
                "for" => lasts = self.reader.duration(value, "for"),
                _ if what.is_some() => {
                    self.error(&key.span, "bad-value", "one thing goes wrong in each row of `faults`");
                }
                _ => what = Some((*key, *value)),
            }
        }
        let Some((key, value)) = what else {
            self.error(&node.span, "missing-key", "this fault does not say what goes wrong, write `crm: down`");
            return None;
        };
        let what = self.what_fails(key, value, agents)?;
        let from = from?;
        Some(Fault { what, from, until: from + lasts? })
    }

    fn what_fails(&mut self, key: &Key, value: &Node, agents: &[AgentRow]) -> Option<FaultKind> {
        let how = self.reader.text(value, &key.text)?;
        let name = key.text.as_str();
        let config = &self.project.config;
        let trunk = config.trunks.keys().find(|trunk| trunk.as_str() == name).cloned();
        let agent = config.agents.keys().find(|agent| agent.as_str() == name).cloned();
        let agent: Option<AgentId> = agent.or_else(|| made_up_names(agents).find(|agent| agent.as_str() == name));
        let directory = config.directories.contains_key(name);
        if !(directory || trunk.is_some() || agent.is_some() || matches!(name, "messages" | "project")) {
            self.unknown_fault(key, agents);
            return None;
        }
        let slow = how.strip_prefix("slow ").and_then(|time| script::config::duration(time.trim()).ok());
        let lost = how.strip_prefix("lost ").and_then(|text| share(text.trim()));
        let kind = match (name, how.as_str()) {
            ("project", "reloads") => Some(FaultKind::Reload),
            ("messages", _) => lost.map(FaultKind::MessagesLost),
            ("project", _) => None,
            (_, "down") if directory => Some(FaultKind::DirectoryDown(name.to_owned())),
            (_, "down") => trunk.map(FaultKind::TrunkDown).or_else(|| agent.map(FaultKind::AgentGone)),
            _ if directory => slow.map(|late| FaultKind::DirectorySlow(name.to_owned(), late)),
            _ => None,
        };
        if kind.is_none() {
            let words = match name {
                "project" => "`project: reloads`",
                "messages" => "`messages: lost 2%`",
                _ if directory => "`down` or `slow 2s`",
                _ => "`down`",
            };
            self.error(&value.span, "bad-value", format!("`{name}` cannot be `{how}`, write {words}"));
        }
        kind
    }

    fn unknown_fault(&mut self, key: &Key, agents: &[AgentRow]) {
        let config = &self.project.config;
        let mut known: Vec<String> = config.directories.keys().cloned().collect();
        known.extend(config.trunks.keys().map(ToString::to_string));
        known.extend(config.agents.keys().map(ToString::to_string));
        known.extend(made_up_names(agents).map(|agent| agent.to_string()));
        known.extend(["messages".to_owned(), "project".to_owned()]);
        let message = format!("there is no directory, trunk or agent `{}` that could fail", key.text);
        let diagnostic = Diagnostic::error("unknown-fault", message);
        self.reader.report(diagnostic.suggest(&key.text, known.iter().map(String::as_str)), &key.span);
    }
}
