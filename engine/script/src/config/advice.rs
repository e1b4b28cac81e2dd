//! Queues that are written correctly and yet do not do what they say.

use model::QueueId;

use super::reader::Reader;
use super::tree::{Node, Value};
use super::{AfterCrash, Config, QueueConfig, SkillOrder, Strategy, Widen};

/// How a number is made one that may be called.
pub(crate) const DIAL: &str = "add `- { to: \"+7*\", through: [<a trunk>] }` to `dial`";

impl Reader<'_> {
    /// Warns about queues that nobody serves and about settings without effect.
    pub(super) fn advise_queues(&mut self, node: &Node, config: &Config) {
        for (key, value) in self.entries(node, "queues") {
            let Some((id, queue)) = config.queues.iter().find(|(id, _)| id.as_str() == key.text) else {
                continue;
            };
            if !is_served(id, queue, config) {
                let message = format!("no agent serves queue `{id}`");
                self.warning("unserved-queue", &key.span, message)
                    .help
                    .push(format!("write `queues: [{id}]` at an agent, or let `widen` add a queue"));
            }
            self.advise_order(value, queue);
            if let Some(node) = field(value, "after_crash").filter(|_| calls_nobody(queue, config)) {
                let message = "nobody is called back: no row of `dial` lets anybody be called";
                self.warning("without-effect", &node.span, message).help.push(DIAL.into());
            }
            let rows = field(value, "widen").map(|rows| self.items(rows)).unwrap_or_default();
            for (row, widen) in rows.iter().zip(&queue.widen) {
                self.advise_widening(row, widen, id, config);
            }
        }
    }

    fn advise_order(&mut self, node: &Node, queue: &QueueConfig) {
        if let Some(every) = field(node, "ring_more_every").filter(|_| queue.strategy != Strategy::Cumulative) {
            self.warning("without-effect", &every.span, "`ring_more_every` belongs to `strategy: cumulative`");
        }
        let ordered = queue.skill_order != SkillOrder::Any;
        if let Some(order) = field(node, "skill_order").filter(|_| ordered && queue.strategy == Strategy::RingAll) {
            self.warning("without-effect", &order.span, "`strategy: ring_all` rings everybody, whatever their skills");
        }
    }

    fn advise_widening(&mut self, row: &Node, widen: &Widen, id: &QueueId, config: &Config) {
        let queue = &config.queues[id];
        let at = |key| field(row, key).map_or_else(|| row.span.clone(), |value| value.span.clone());
        if let Some(longest) = queue.max_wait.filter(|longest| *longest <= widen.after) {
            let message = format!("nobody waits so long: `max_wait` is {}", model::short_duration(longest));
            self.warning("without-effect", &at("after"), message);
        }
        let tiers = config.agents.values().filter_map(|agent| agent.queues.get(id));
        if let Some(tier) = widen.add_tier.filter(|tier| !tiers.clone().any(|known| known == tier)) {
            let mut known: Vec<String> = tiers.map(u8::to_string).collect();
            known.sort();
            known.dedup();
            let one = self.warning("without-effect", &at("add_tier"), format!("no agent of `{id}` has tier {tier}"));
            if !known.is_empty() {
                one.help.push(format!("its agents have tier {}", known.join(", ")));
            }
        }
        if widen.add_queue.as_ref() == Some(id) {
            self.warning("without-effect", &at("add_queue"), format!("`{id}` has its own agents from the beginning"));
        } else if let Some(other) = &widen.add_queue
            && !config.agents.values().any(|agent| agent.queues.contains_key(other))
        {
            self.warning("without-effect", &at("add_queue"), format!("no agent serves queue `{other}`"));
        }
        if let Some(skill) = &widen.drop_skill
            && !config.agents.values().any(|agent| agent.skills.contains_key(skill))
        {
            let known: Vec<&str> =
                config.agents.values().flat_map(|agent| agent.skills.keys().map(String::as_str)).collect();
            let close = crate::did_you_mean(skill, known.iter().copied()).map(str::to_owned);
            let one = self.warning("unknown-skill", &at("drop_skill"), format!("no agent has the skill `{skill}`"));
            one.help.extend(close.map(|close| format!("did you mean `{close}`?")));
        }
    }
}

fn calls_nobody(queue: &QueueConfig, config: &Config) -> bool {
    queue.after_crash == AfterCrash::Callback && config.dial.is_empty()
}

/// Can a caller of this queue ever reach somebody?
fn is_served(id: &QueueId, queue: &QueueConfig, config: &Config) -> bool {
    let added = queue.widen.iter().filter_map(|widen| widen.add_queue.as_ref());
    let mut searched = added.chain([id]);
    searched.any(|queue| config.agents.values().any(|agent| agent.queues.contains_key(queue)))
}

/// A value of a map that has been read before, mistakes included.
pub(super) fn field<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let Value::Map(rows) = &node.value else { return None };
    rows.iter().find(|(name, _)| name.text == key).map(|(_, value)| value)
}
