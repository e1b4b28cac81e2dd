//! Who calls in and what is dialled: numbers, trunks, `dial:`, the fallback.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{QueueId, TrunkId};

use super::reader::{Fields, Reader};
use super::tree::{Node, Value};
use super::{Config, DialRule, Fallback, Numbers, ReferenceKind, Transport, TrunkConfig, values};

impl DialRule {
    /// Does the pattern match this number or SIP address?
    pub fn matches(&self, target: &str) -> bool {
        if let Some(host) = self.to.strip_prefix("sip:*@") {
            let wanted = target.strip_prefix("sip:").and_then(|rest| rest.rsplit_once('@'));
            return values::is_sip_address(target) && wanted.is_some_and(|(_, at)| at.eq_ignore_ascii_case(host));
        }
        matches_pattern(&self.to, target)
    }
}

/// Is it this number, or one that begins like a pattern with `*` at its end?
pub(super) fn matches_pattern(pattern: &str, number: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => values::is_phone_number(number) && number.starts_with(prefix),
        None => pattern == number,
    }
}

impl Numbers {
    /// The flow for a dialled number: exact, longest prefix, default.
    pub fn flow_for(&self, dialed: &str) -> Option<&str> {
        let prefixes = || self.prefixes.iter().filter(|(prefix, _)| dialed.starts_with(prefix.as_str()));
        let longest = || prefixes().max_by_key(|(prefix, _)| prefix.len()).map(|(_, flow)| flow);
        self.exact.get(dialed).or_else(longest).or(self.default.as_ref()).map(String::as_str)
    }

    /// What somebody dials who wants to hear the project: its main number, `100` when rows name codes only.
    pub fn to_try(&self) -> &str {
        self.main.as_deref().unwrap_or("100")
    }
}

impl Reader<'_> {
    pub(super) fn numbers(&mut self, node: &Node) -> Numbers {
        let mut numbers = Numbers::default();
        for (key, value) in self.entries(node, "numbers") {
            let Some(flow) = self.parsed(value, "numbers", "bad-flow", flow_path) else {
                continue;
            };
            self.refer(ReferenceKind::Flow, &flow, &value.span);
            if !self.key_is_text(key) {
                continue;
            }
            let name = key.text.as_str();
            let prefix = name.strip_suffix('*');
            let body = prefix.unwrap_or(name);
            let fits = body.bytes().all(|b| b.is_ascii_alphanumeric() || b"+*#._-".contains(&b)) && body.len() <= 64;
            if numbers.main.is_none() && fits && !matches!(name, "default" | "*" | "") && !name.starts_with(['*', '#'])
            {
                numbers.main = Some(prefix.map_or_else(|| name.to_owned(), |prefix| format!("{prefix}0")));
            }
            match prefix {
                _ if !fits || name.is_empty() => {
                    let message = format!("`{name}` is no dialled number");
                    let help = "write \"+74951234567\", \"+7495*\" for all that begin so, or `default`";
                    self.error("bad-phone-number", &key.span, message).help.push(help.into());
                }
                None if name == "default" => numbers.default = Some(flow),
                Some(prefix) => drop(numbers.prefixes.insert(prefix.to_owned(), flow)),
                None => drop(numbers.exact.insert(name.to_owned(), flow)),
            }
        }
        numbers
    }

    pub(super) fn trunks(&mut self, node: &Node) -> BTreeMap<TrunkId, TrunkConfig> {
        let mut trunks = BTreeMap::new();
        for (key, value) in self.entries(node, "trunks") {
            let trunk = self.trunk(value, &format!("trunks.{}", key.text));
            if let Some(id) = self.named(key, TrunkId::parse) {
                trunks.insert(id, trunk);
            }
        }
        trunks
    }

    fn trunk(&mut self, node: &Node, what: &str) -> TrunkConfig {
        const KNOWN: [&str; 9] = [
            "address",
            "transport",
            "username",
            "password",
            "register",
            "allow_from",
            "max_calls",
            "share_card",
            "ping_every",
        ];
        let fields = self.fields(node, what, &KNOWN);
        let addresses =
            fields.get("address").map(|node| self.list(node, "address", "bad-address", values::host_and_port));
        let transports = [("udp", Transport::Udp), ("tcp", Transport::Tcp)];
        let trunk = TrunkConfig {
            addresses: addresses.unwrap_or_default(),
            transport: fields
                .get("transport")
                .and_then(|node| self.word(node, "transport", &transports))
                .unwrap_or(Transport::Udp),
            username: fields.get("username").and_then(|node| self.text(node, "username")),
            password: fields.get("password").and_then(|node| self.secret(node, "password")),
            register: fields.get("register").and_then(|node| self.yes_no(node, "register")).unwrap_or(false),
            allow_from: fields
                .get("allow_from")
                .map(|node| self.list(node, "allow_from", "bad-network", values::network))
                .unwrap_or_default(),
            max_calls: fields.get("max_calls").and_then(|node| self.number(node, "max_calls", 1..=100_000)),
            share_card: fields.get("share_card").and_then(|node| self.yes_no(node, "share_card")).unwrap_or(false),
            ping_every: fields
                .get("ping_every")
                .and_then(|node| self.duration(node, "ping_every"))
                .unwrap_or(Duration::from_secs(15)),
        };
        self.check_trunk(&fields, &trunk, what);
        trunk
    }

    fn check_trunk(&mut self, fields: &Fields<'_>, trunk: &TrunkConfig, what: &str) {
        if let Some(register) = fields.get("register").filter(|_| trunk.register)
            && (fields.get("address").is_none() || fields.get("username").is_none() || fields.get("password").is_none())
        {
            self.error(
                "incomplete-trunk",
                &register.span,
                format!("`{what}` cannot register without address, username and password"),
            );
        }
        if let Some(wide) =
            fields.get("allow_from").filter(|_| trunk.allow_from.iter().any(|network| network.prefix == 0))
        {
            self.warning("open-trunk", &wide.span, format!("everybody in the world may call in as `{what}`"));
        }
        if fields.get("address").is_none() && fields.get("allow_from").is_none() {
            self.error("incomplete-trunk", &fields.span, format!("`{what}` has neither `address` nor `allow_from`"));
        }
    }

    pub(super) fn dial(&mut self, node: &Node, trunks: &BTreeMap<TrunkId, TrunkConfig>) -> Vec<DialRule> {
        self.items(node).iter().filter_map(|item| self.dial_rule(item, trunks)).collect()
    }

    fn dial_rule(&mut self, node: &Node, trunks: &BTreeMap<TrunkId, TrunkConfig>) -> Option<DialRule> {
        let fields = self.fields(node, "dial", &["to", "through", "at_once", "per_minute", "show"]);
        let through = fields.get("through").map(|node| self.through(node, trunks)).unwrap_or_default();
        let at_once = fields.get("at_once").and_then(|node| self.number(node, "at_once", 1..=100_000)).unwrap_or(10);
        let per_minute =
            fields.get("per_minute").and_then(|node| self.number(node, "per_minute", 1..=100_000)).unwrap_or(30);
        let show = fields.get("show").and_then(|node| self.shown_number(node));
        let Some(to_node) = fields.get("to") else {
            self.error("missing-key", &fields.span, "this row of `dial` has no `to`")
                .help
                .push("write `to: \"+7*\"`".into());
            return None;
        };
        if let Value::Bare(text) = &to_node.value {
            self.unquoted(&to_node.span, "to", text);
            return None;
        }
        let to = self.parsed(to_node, "to", "bad-pattern", values::dial_pattern)?;
        if !to.starts_with("sip:") && fields.get("through").is_none() {
            self.error("missing-key", &to_node.span, format!("`{to}` has no trunk to go through"))
                .help
                .push("add `through: [<a trunk>]`".into());
        }
        if to == "*" || to == "+*" {
            self.warning(
                "toll-fraud",
                &to_node.span,
                "this lets every number in the world be dialled, the dear ones too",
            )
            .help
            .push("name the countries that you call: \"+7*\"".into());
        }
        Some(DialRule { to, through, at_once, per_minute, show })
    }

    /// A number of ours, or `hidden` for none.
    fn shown_number(&mut self, node: &Node) -> Option<String> {
        match &node.value {
            Value::Text(text) | Value::Bare(text) if text == "hidden" => Some(text.clone()),
            _ => self.digits(node, "show"),
        }
    }

    fn through(&mut self, node: &Node, trunks: &BTreeMap<TrunkId, TrunkConfig>) -> Vec<TrunkId> {
        let mut through = Vec::new();
        for item in self.items(node) {
            let Some(name) = self.text(item, "through") else {
                continue;
            };
            match trunks.keys().find(|id| id.as_str() == name) {
                None => self.unknown("unknown-trunk", &item.span, "trunk", &name, trunks.keys().map(TrunkId::as_str)),
                Some(id) if trunks[id].addresses.is_empty() => {
                    self.error("unknown-trunk", &item.span, format!("trunk `{name}` has no `address` to dial to"));
                }
                Some(id) => through.push(id.clone()),
            }
        }
        through
    }

    pub(super) fn fallback(&mut self, node: &Node, config: &Config) -> Option<Fallback> {
        if let Value::Bare(text) = &node.value {
            self.unquoted(&node.span, "fallback", text);
            return None;
        }
        let text = self.text(node, "fallback")?;
        if let Some(name) = text.strip_prefix("queue:") {
            let queue = QueueId::parse(name.trim()).ok().filter(|queue| config.queues.contains_key(queue));
            if queue.is_none() {
                self.unknown(
                    "unknown-queue",
                    &node.span,
                    "queue",
                    name.trim(),
                    config.queues.keys().map(QueueId::as_str),
                );
            }
            return queue.map(Fallback::Queue);
        }
        if let Some(name) = text.strip_prefix("box:") {
            if !config.boxes.contains_key(name.trim()) {
                self.unknown("unknown-box", &node.span, "box", name.trim(), config.boxes.keys().map(String::as_str));
            }
            return Some(Fallback::Box(name.trim().to_owned()));
        }
        let own =
            config.agents.iter().any(|(id, agent)| id.as_str() == text || agent.extension.as_deref() == Some(&text));
        if !own && !values::is_phone_number(&text) && !values::is_sip_address(&text) {
            self.error("bad-fallback", &node.span, format!("`{text}` is nowhere to go"))
                .help
                .push("write \"+74951234567\", an agent's name, `queue:<name>` or `box:<name>`".into());
            return None;
        }
        if !own && config.dial_rule_for(&text).is_none() {
            self.error("refused-target", &node.span, format!("no row of `dial` lets `{text}` be dialled"))
                .help
                .push(format!("add `- {{ to: \"{text}\", through: [<a trunk>] }}` to `dial`"));
        }
        Some(Fallback::Number(text))
    }
}

pub(super) fn flow_path(text: &str) -> Result<String, String> {
    if text.ends_with(".rhai") {
        values::project_path(text)
    } else {
        Err(format!("`{text}` is no flow, write `main.rhai`"))
    }
}
