//! Agents and queues of `callwright.yaml`.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{AgentId, IdError, QueueId};

use super::reader::Reader;
use super::tree::{Key, Node, Value};
use super::{
    AfterCrash, AgentConfig, Announce, BackOff, QueueConfig, ReferenceKind, SignIn, SkillOrder, Strategy, Widen, values,
};

const STRATEGIES: [(&str, Strategy); 8] = [
    ("ring_all", Strategy::RingAll),
    ("in_order", Strategy::InOrder),
    ("cumulative", Strategy::Cumulative),
    ("random", Strategy::Random),
    ("longest_idle", Strategy::LongestIdle),
    ("fewest_calls", Strategy::FewestCalls),
    ("least_talk", Strategy::LeastTalk),
    ("round_robin", Strategy::RoundRobin),
];

const QUEUE_KEYS: [&str; 21] = [
    "extension",
    "strategy",
    "skill_order",
    "ring_for",
    "ring_more_every",
    "wrap_up",
    "priority",
    "max_wait",
    "max_waiting",
    "no_agents_after",
    "resume_within",
    "short_abandon",
    "music",
    "announce",
    "service_level",
    "whisper",
    "whisper_wait",
    "connect_tone",
    "widen",
    "record",
    "after_crash",
];

const SKILL_ORDERS: [(&str, SkillOrder); 3] =
    [("any", SkillOrder::Any), ("best_first", SkillOrder::BestFirst), ("junior_first", SkillOrder::JuniorFirst)];

const AFTER_CRASH: [(&str, AfterCrash); 2] = [("list", AfterCrash::List), ("callback", AfterCrash::Callback)];

const SIGN_INS: [(&str, SignIn); 2] = [("code", SignIn::Code), ("phone", SignIn::Phone)];

impl Reader<'_> {
    /// A key as the id of a thing.
    pub(super) fn named<T>(&mut self, key: &Key, parse: impl FnOnce(&str) -> Result<T, IdError>) -> Option<T> {
        match parse(&key.text) {
            Ok(id) => Some(id),
            Err(error) => {
                self.error("bad-name", &key.span, error.to_string());
                None
            }
        }
    }

    pub(super) fn duration(&mut self, node: &Node, what: &str) -> Option<Duration> {
        self.parsed(node, what, "bad-duration", values::duration)
    }

    /// A duration that must not be zero.
    pub(super) fn some_time(&mut self, node: &Node, what: &str) -> Option<Duration> {
        let duration = self.duration(node, what)?;
        if duration.is_zero() {
            self.error("bad-duration", &node.span, format!("`{what}` must be longer than nothing"));
            return None;
        }
        Some(duration)
    }

    /// Every item of a list by `parse`; wrong ones are reported and left out.
    pub(super) fn list<T>(
        &mut self,
        node: &Node,
        what: &str,
        code: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        self.items(node).iter().filter_map(|item| self.parsed(item, what, code, &parse)).collect()
    }

    pub(super) fn prompt(&mut self, node: &Node, what: &str) -> Option<String> {
        let name = self.parsed(node, what, "bad-prompt", values::prompt)?;
        self.refer(ReferenceKind::Prompt, &name, &node.span);
        Some(name)
    }

    pub(super) fn agents(
        &mut self,
        node: &Node,
        queues: &BTreeMap<QueueId, QueueConfig>,
    ) -> BTreeMap<AgentId, AgentConfig> {
        let mut agents: BTreeMap<AgentId, AgentConfig> = BTreeMap::new();
        for (key, value) in self.entries(node, "agents") {
            let agent = self.agent(value, key, queues);
            let taken = |other: &AgentConfig| other.extension.is_some() && other.extension == agent.extension;
            if let Some((other, _)) = agents.iter().find(|(_, other)| taken(other)) {
                let extension = agent.extension.as_deref().unwrap_or_default();
                let message = format!("agents `{other}` and `{}` have the same extension \"{extension}\"", key.text);
                self.error("duplicate-extension", &key.span, message);
            }
            if let Some(id) = self.named(key, AgentId::parse) {
                agents.insert(id, agent);
            }
        }
        agents
    }

    fn agent(&mut self, node: &Node, key: &Key, queues: &BTreeMap<QueueId, QueueConfig>) -> AgentConfig {
        const KNOWN: [&str; 8] = ["name", "extension", "password", "pin", "mobile", "skills", "queues", "sign_in"];
        let fields = self.fields(node, &format!("agents.{}", key.text), &KNOWN);
        let agent = AgentConfig {
            name: fields.get("name").and_then(|node| self.text(node, "name")).unwrap_or_else(|| key.text.clone()),
            extension: fields.get("extension").and_then(|node| self.digits(node, "extension")),
            password: fields.get("password").and_then(|node| self.secret(node, "password")),
            pin: fields.get("pin").and_then(|node| self.pin(node)),
            mobile: fields.get("mobile").and_then(|node| self.digits(node, "mobile")),
            skills: fields.get("skills").map(|node| self.skills(node)).unwrap_or_default(),
            queues: fields.get("queues").map(|node| self.agent_queues(node, queues)).unwrap_or_default(),
            sign_in: fields.get("sign_in").and_then(|node| self.word(node, "sign_in", &SIGN_INS)).unwrap_or_default(),
        };
        if let Some(extension) = fields.get("extension").filter(|_| fields.get("password").is_none()) {
            self.warning("no-password", &extension.span, format!("the phone of agent `{}` cannot register", key.text))
                .help
                .push("add `password: env:NAME`".into());
        }
        if let Some(password) = fields.get("password").filter(|_| fields.get("extension").is_none()) {
            self.error("missing-key", &password.span, format!("agent `{}` has a password and no extension", key.text));
        }
        agent
    }

    /// A PIN may stand in the file: it is as secret as the file is.
    pub(super) fn pin(&mut self, node: &Node) -> Option<super::Secret> {
        let indirect =
            matches!(&node.value, Value::Text(text) if text.starts_with("env:") || text.starts_with("file:"));
        if indirect {
            return self.secret(node, "pin");
        }
        if let Value::Bare(_) = &node.value {
            self.unquoted(&node.span, "pin", "…");
            return None;
        }
        self.parsed(node, "pin", "bad-pin", |text| {
            let fits = (4..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            if fits { Ok(super::Secret::new(text)) } else { Err("a PIN has 4 to 16 digits".into()) }
        })
    }

    fn skills(&mut self, node: &Node) -> BTreeMap<String, u8> {
        let mut skills = BTreeMap::new();
        for (key, value) in self.entries(node, "skills") {
            let level = self.number(value, &format!("skills.{}", key.text), 1..=9);
            skills.extend(level.and_then(|level| Some((key.text.clone(), u8::try_from(level).ok()?))));
        }
        skills
    }

    /// `[support, { sales: { tier: 2 } }]`, or a map `{ support: {}, sales: { tier: 2 } }`.
    fn agent_queues(&mut self, node: &Node, queues: &BTreeMap<QueueId, QueueConfig>) -> BTreeMap<QueueId, u8> {
        let mut all = BTreeMap::new();
        for item in self.items(node) {
            let rows = match &item.value {
                Value::Text(name) | Value::Bare(name) => vec![(name.clone(), item.span.clone(), 1)],
                _ => self
                    .entries(item, "queues")
                    .into_iter()
                    .map(|(key, value)| (key.text.clone(), key.span.clone(), self.tier(value)))
                    .collect(),
            };
            for (name, span, tier) in rows {
                match queues.keys().find(|id| id.as_str() == name) {
                    None => self.unknown("unknown-queue", &span, "queue", &name, queues.keys().map(QueueId::as_str)),
                    Some(id) if all.insert(id.clone(), tier).is_some() => {
                        self.error("duplicate-value", &span, format!("`{name}` stands twice in `queues`"));
                    }
                    Some(_) => {}
                }
            }
        }
        all
    }

    fn tier(&mut self, node: &Node) -> u8 {
        let fields = self.fields(node, "queues", &["tier"]);
        let tier = fields.get("tier").and_then(|node| self.number(node, "tier", 1..=9));
        tier.and_then(|tier| u8::try_from(tier).ok()).unwrap_or(1)
    }

    pub(super) fn queues(&mut self, node: &Node) -> BTreeMap<QueueId, QueueConfig> {
        let rows = self.entries(node, "queues");
        let names: Vec<&str> = rows.iter().map(|(key, _)| key.text.as_str()).collect();
        let mut queues = BTreeMap::new();
        for (key, value) in &rows {
            let queue = self.queue(value, &format!("queues.{}", key.text), &names);
            if let Some(id) = self.named(key, QueueId::parse) {
                queues.insert(id, queue);
            }
        }
        queues
    }

    fn queue(&mut self, node: &Node, what: &str, names: &[&str]) -> QueueConfig {
        let fields = self.fields(node, what, &QUEUE_KEYS);
        let usual = QueueConfig::default();
        let strategy = fields.get("strategy").and_then(|node| self.word(node, "strategy", &STRATEGIES));
        let skill_order = fields.get("skill_order").and_then(|node| self.word(node, "skill_order", &SKILL_ORDERS));
        let priority =
            fields.get("priority").and_then(|node| self.parsed(node, "priority", "bad-number", values::priority));
        let service_level = fields
            .get("service_level")
            .and_then(|node| self.parsed(node, "service_level", "bad-service-level", values::service_level));
        let widen = fields.get("widen").map(|node| self.items(node)).unwrap_or_default();
        let mut time = |key, usual| fields.get(key).and_then(|node| self.some_time(node, key)).unwrap_or(usual);
        let ring_for = time("ring_for", usual.ring_for);
        let ring_more_every = time("ring_more_every", usual.ring_more_every);
        let mut moment = |key| fields.get(key).and_then(|node| self.duration(node, key));
        let (wrap_up, no_agents_after) = (moment("wrap_up"), moment("no_agents_after"));
        let (resume_within, short_abandon) = (moment("resume_within"), moment("short_abandon"));
        let mut flag = |key| fields.get(key).and_then(|node| self.yes_no(node, key)).unwrap_or(false);
        let (record, whisper_wait, connect_tone) = (flag("record"), flag("whisper_wait"), flag("connect_tone"));
        QueueConfig {
            extension: fields.get("extension").and_then(|node| self.digits(node, "extension")),
            strategy: strategy.unwrap_or_default(),
            skill_order: skill_order.unwrap_or_default(),
            ring_for,
            ring_more_every,
            wrap_up: wrap_up.unwrap_or(usual.wrap_up),
            priority: priority.unwrap_or(0),
            max_wait: fields.get("max_wait").and_then(|node| self.some_time(node, "max_wait")),
            max_waiting: fields.get("max_waiting").and_then(|node| self.number(node, "max_waiting", 1..=100_000)),
            no_agents_after,
            resume_within: resume_within.unwrap_or(usual.resume_within),
            short_abandon: short_abandon.unwrap_or(usual.short_abandon),
            music: fields.get("music").and_then(|node| self.prompt(node, "music")),
            announce: fields.get("announce").map(|node| self.announce(node)).unwrap_or_default(),
            service_level,
            whisper: fields.get("whisper").and_then(|node| self.prompt(node, "whisper")),
            whisper_wait,
            connect_tone,
            widen: widen.iter().filter_map(|row| self.widen(row, names)).collect(),
            record,
            after_crash: fields
                .get("after_crash")
                .and_then(|node| self.word(node, "after_crash", &AFTER_CRASH))
                .unwrap_or_default(),
        }
    }

    pub(super) fn back_off(&mut self, node: &Node) -> BackOff {
        let keys = ["busy", "declined", "no_answer", "unreachable", "failures_max"];
        let fields = self.fields(node, "back_off", &keys);
        let usual = BackOff::default();
        let mut time = |key, usual| fields.get(key).and_then(|node| self.duration(node, key)).unwrap_or(usual);
        BackOff {
            busy: time("busy", usual.busy),
            declined: time("declined", usual.declined),
            no_answer: time("no_answer", usual.no_answer),
            unreachable: time("unreachable", usual.unreachable),
            failures_max: fields
                .get("failures_max")
                .and_then(|node| self.number(node, "failures_max", 1..=1000))
                .unwrap_or(usual.failures_max),
        }
    }

    fn announce(&mut self, node: &Node) -> Announce {
        let fields = self.fields(node, "announce", &["position", "wait", "adverts", "adverts_every"]);
        let mut when =
            |key| fields.get(key).and_then(|node| self.parsed(node, key, "bad-announce", values::announce_when));
        let (position, wait) = (when("position"), when("wait"));
        let adverts = fields.get("adverts").map(|node| self.items(node)).unwrap_or_default();
        let announce = Announce {
            position,
            wait,
            adverts: adverts.iter().filter_map(|item| self.prompt(item, "adverts")).collect(),
            adverts_every: fields.get("adverts_every").and_then(|node| self.some_time(node, "adverts_every")),
        };
        if let Some(list) = fields.get("adverts").filter(|_| fields.get("adverts_every").is_none()) {
            self.error("missing-key", &list.span, "`adverts` are never played without `adverts_every`");
        }
        announce
    }

    fn widen(&mut self, node: &Node, names: &[&str]) -> Option<Widen> {
        let fields = self.fields(node, "widen", &["after", "drop_skill", "add_tier", "add_queue"]);
        let add_queue = fields.get("add_queue").and_then(|node| {
            let name = self.text(node, "add_queue")?;
            if !names.contains(&name.as_str()) {
                self.unknown("unknown-queue", &node.span, "queue", &name, names.iter().copied());
            }
            QueueId::parse(&name).ok()
        });
        let add_tier = fields.get("add_tier").and_then(|node| self.number(node, "add_tier", 1..=9));
        let drop_skill = fields.get("drop_skill").and_then(|node| self.text(node, "drop_skill"));
        let Some(after) = fields.get("after") else {
            self.error("missing-key", &fields.span, "this row of `widen` has no `after`");
            return None;
        };
        let after = self.duration(after, "after")?;
        if ["drop_skill", "add_tier", "add_queue"].iter().all(|key| fields.get(key).is_none()) {
            self.error("missing-key", &fields.span, "this row of `widen` widens nothing")
                .help
                .push("add `drop_skill`, `add_tier` or `add_queue`".into());
        }
        Some(Widen { after, drop_skill, add_tier: add_tier.and_then(|tier| u8::try_from(tier).ok()), add_queue })
    }
}
