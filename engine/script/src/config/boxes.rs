//! Message boxes of `callwright.yaml`.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{AgentId, QueueId};

use super::reader::Reader;
use super::tree::{Node, Value};
use super::{Config, Fallback, Secret};

const KEYS: [&str; 12] = [
    "email",
    "pin",
    "max",
    "min",
    "silence",
    "greetings",
    "review",
    "urgent_key",
    "operator",
    "agents",
    "queue",
    "delete_after_mail",
];

/// `boxes.<name>:`
#[derive(Debug, Clone)]
pub struct BoxConfig {
    /// Where messages are mailed.
    pub email: Option<String>,
    /// For listening by phone.
    pub pin: Option<Secret>,
    /// Longest message. Default 3 min.
    pub max: Duration,
    /// Shorter messages are none. Default 2 s.
    pub min: Duration,
    /// So much silence ends a message; zero never does. Default 5 s.
    pub silence: Duration,
    /// What callers hear before the tone.
    pub greetings: Greetings,
    /// The caller may listen to his message, record it again and mark it before it is kept. Default false.
    pub review: bool,
    /// Key of the review that marks a message as urgent; none has no such mark.
    pub urgent_key: Option<char>,
    /// Where the key `0` leads; none leads nowhere. Never a box.
    pub operator: Option<Fallback>,
    /// Whose lamps show its messages; see [`Config::box_agents`] when empty.
    pub agents: Vec<AgentId>,
    /// Its messages become work for an agent of this queue.
    pub queue: Option<QueueId>,
    /// A message that was mailed is deleted.
    pub delete_after_mail: bool,
}

/// Prompts that callers of a box hear before the tone.
#[derive(Debug, Clone, Default)]
pub struct Greetings {
    /// Nobody took the call.
    pub busy: Option<String>,
    /// Nobody is there at this hour.
    pub closed: Option<String>,
    /// While it is set, instead of the others.
    pub temporary: Option<String>,
}

impl Default for BoxConfig {
    fn default() -> Self {
        Self {
            email: None,
            pin: None,
            max: Duration::from_secs(180),
            min: Duration::from_secs(2),
            silence: Duration::from_secs(5),
            greetings: Greetings::default(),
            review: false,
            urgent_key: None,
            operator: None,
            agents: Vec::new(),
            queue: None,
            delete_after_mail: false,
        }
    }
}

impl Greetings {
    /// The prompt of `busy`, `closed` or `temporary`.
    pub fn of(&self, occasion: &str) -> Option<&str> {
        match occasion {
            "busy" => self.busy.as_deref(),
            "closed" => self.closed.as_deref(),
            "temporary" => self.temporary.as_deref(),
            _ => None,
        }
    }
}

impl Config {
    /// Whose lamps a box lights: the agents it names, else the agent of its name, else those of the queue of its name.
    pub fn box_agents(&self, name: &str) -> Vec<AgentId> {
        let named = self.boxes.get(name).map_or(&[][..], |config| &config.agents);
        if !named.is_empty() {
            return named.to_vec();
        }
        if let Some(agent) = AgentId::parse(name).ok().filter(|agent| self.agents.contains_key(agent)) {
            return vec![agent];
        }
        let Ok(queue) = QueueId::parse(name) else { return Vec::new() };
        let serves = self.agents.iter().filter(|(_, agent)| agent.queues.contains_key(&queue));
        serves.map(|(id, _)| id.clone()).collect()
    }
}

impl Reader<'_> {
    pub(super) fn boxes(&mut self, node: &Node, config: &Config) -> BTreeMap<String, BoxConfig> {
        let rows = self.entries(node, "boxes");
        rows.into_iter().map(|(key, value)| (key.text.clone(), self.mailbox(value, &key.text, config))).collect()
    }

    fn mailbox(&mut self, node: &Node, name: &str, config: &Config) -> BoxConfig {
        let what = format!("boxes.{name}");
        let fields = self.fields(node, &what, &KEYS);
        let usual = BoxConfig::default();
        let read = BoxConfig {
            email: fields.get("email").and_then(|node| self.parsed(node, "email", "bad-email", mail_address)),
            pin: fields.get("pin").and_then(|node| self.pin(node)),
            max: fields.get("max").and_then(|node| self.some_time(node, "max")).unwrap_or(usual.max),
            min: fields.get("min").and_then(|node| self.duration(node, "min")).unwrap_or(usual.min),
            silence: fields.get("silence").and_then(|node| self.duration(node, "silence")).unwrap_or(usual.silence),
            greetings: fields.get("greetings").map(|node| self.greetings(node, &what)).unwrap_or_default(),
            review: fields.get("review").and_then(|node| self.yes_no(node, "review")).unwrap_or(usual.review),
            urgent_key: fields.get("urgent_key").and_then(|node| self.urgent_key(node)),
            operator: fields.get("operator").and_then(|node| self.operator(node, config)),
            agents: fields.get("agents").map(|node| self.box_owners(node, config)).unwrap_or_default(),
            queue: fields.get("queue").and_then(|node| self.box_queue(node, config)),
            delete_after_mail: fields
                .get("delete_after_mail")
                .and_then(|node| self.yes_no(node, "delete_after_mail"))
                .unwrap_or(usual.delete_after_mail),
        };
        if read.min >= read.max {
            self.error("bad-duration", &fields.span, format!("`min` of `{what}` leaves no room below its `max`"));
        }
        if let Some(node) = fields.get("urgent_key").filter(|_| read.urgent_key.is_some() && !read.review) {
            let one = self.warning("without-effect", &node.span, "`urgent_key` is a key of the review");
            one.help.push("add `review: true`".into());
        }
        if read.delete_after_mail && read.email.is_none() {
            let message = format!("`{what}` deletes what was mailed, but has no `email`");
            self.error("missing-key", &fields.span, message);
        }
        read
    }

    fn greetings(&mut self, node: &Node, what: &str) -> Greetings {
        let fields = self.fields(node, &format!("{what}.greetings"), &["busy", "closed", "temporary"]);
        let mut prompt = |key| fields.get(key).and_then(|node| self.prompt(node, key));
        Greetings { busy: prompt("busy"), closed: prompt("closed"), temporary: prompt("temporary") }
    }

    /// 1 to 3 and 0 mean something else in the review.
    fn urgent_key(&mut self, node: &Node) -> Option<char> {
        let text = self.digits(node, "urgent_key")?;
        let mut keys = text.chars();
        match (keys.next(), keys.next()) {
            (Some(key @ '4'..='9'), None) => Some(key),
            _ => {
                self.error("bad-keys", &node.span, format!("`urgent_key` is a key from 4 to 9, not `{text}`"));
                None
            }
        }
    }

    fn operator(&mut self, node: &Node, config: &Config) -> Option<Fallback> {
        if matches!(&node.value, Value::Text(text) if text.starts_with("box:")) {
            self.error("bad-operator", &node.span, "a box is no operator")
                .help
                .push("write a number, an agent's name or `queue:<name>`".into());
            return None;
        }
        self.fallback(node, config)
    }

    fn box_owners(&mut self, node: &Node, config: &Config) -> Vec<AgentId> {
        let mut owners = Vec::new();
        for item in self.items(node) {
            let Some(name) = self.text(item, "agents") else { continue };
            match AgentId::parse(&name).ok().filter(|agent| config.agents.contains_key(agent)) {
                Some(agent) => owners.push(agent),
                None => {
                    let known = config.agents.keys().map(AgentId::as_str);
                    self.unknown("unknown-agent", &item.span, "agent", &name, known);
                }
            }
        }
        owners
    }

    fn box_queue(&mut self, node: &Node, config: &Config) -> Option<QueueId> {
        let name = self.text(node, "queue")?;
        let queue = QueueId::parse(&name).ok().filter(|queue| config.queues.contains_key(queue));
        if queue.is_none() {
            let known = config.queues.keys().map(QueueId::as_str);
            self.unknown("unknown-queue", &node.span, "queue", &name, known);
        }
        queue
    }
}

fn mail_address(text: &str) -> Result<String, String> {
    let halves = text.split_once('@').filter(|(user, host)| !user.is_empty() && host.contains('.'));
    let plain = !text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ','));
    if halves.is_some() && plain { Ok(text.to_owned()) } else { Err(format!("`{text}` is no mail address")) }
}
