//! `callwright.yaml` from top to bottom: who we are, where we listen, what is dialled.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use jiff::tz::TimeZone;
use model::{QueueId, TrunkId};

use super::reader::Reader;
use super::tree::{self, Node};
use super::{
    Config, ConsoleConfig, DialRule, Fallback, Limits, Numbers, ReferenceKind, RtpConfig, SipConfig, SpeechCommand,
    Transport, TrunkConfig, defaults, values,
};
use crate::diagnostic::Diagnostic;

const KEYS: [&str; 19] = [
    "name", "language", "time_zone", "tones", "sip", "rtp", "store", "console", "numbers", "fallback", "trunks", "dial",
    "agents", "queues", "calendars", "directories", "boxes", "speech", "limits",
];

impl Config {
    /// Reads the text of `file`; `env` answers `env:NAME`, `read_secret` answers `file:path`.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place; what is merely unwise ends up in
    /// [`Config::warnings`].
    pub fn parse(
        file: &str,
        text: &str,
        env: &dyn Fn(&str) -> Option<String>,
        read_secret: &dyn Fn(&str) -> io::Result<String>,
    ) -> Result<Config, Vec<Diagnostic>> {
        let root = tree::parse(text)
            .map_err(|broken| vec![Diagnostic::error("bad-yaml", broken.message).at(file, text, broken.span)])?;
        let mut reader = Reader::new(file, text, env, read_secret);
        let mut config = reader.config(&root);
        reader.found.sort_by_key(|one| one.span.start);
        if reader.failed() {
            return Err(reader.found);
        }
        config.references = reader.references;
        config.warnings = reader.found;
        Ok(config)
    }

    /// The rule that lets `target` be dialled; none means it is refused.
    pub fn dial_rule_for(&self, target: &str) -> Option<&DialRule> {
        self.dial.iter().find(|rule| rule.matches(target))
    }
}

impl DialRule {
    /// Does the pattern match this number or SIP address?
    pub fn matches(&self, target: &str) -> bool {
        if let Some(host) = self.to.strip_prefix("sip:*@") {
            let wanted = target.strip_prefix("sip:").and_then(|rest| rest.rsplit_once('@'));
            return values::is_sip_address(target) && wanted.is_some_and(|(_, at)| at.eq_ignore_ascii_case(host));
        }
        match self.to.strip_suffix('*') {
            Some(prefix) => values::is_phone_number(target) && target.starts_with(prefix),
            None => self.to == target,
        }
    }
}

impl Numbers {
    /// The flow for a dialled number: exact, longest prefix, default.
    pub fn flow_for(&self, dialed: &str) -> Option<&str> {
        let prefixes = || self.prefixes.iter().filter(|(prefix, _)| dialed.starts_with(prefix.as_str()));
        let longest = || prefixes().max_by_key(|(prefix, _)| prefix.len()).map(|(_, flow)| flow);
        self.exact.get(dialed).or_else(longest).or(self.default.as_ref()).map(String::as_str)
    }
}

impl Reader<'_> {
    fn config(&mut self, root: &Node) -> Config {
        let fields = self.fields(root, "callwright.yaml", &KEYS);
        let mut config = Config::default();
        if let Some(name) = fields.get("name").and_then(|node| self.text(node, "name")) {
            config.name = name;
        }
        if let Some(language) = fields.get("language").and_then(|node| self.language(node)) {
            config.language = language;
        }
        if let Some((name, zone)) = fields.get("time_zone").and_then(|node| self.time_zone(node)) {
            config.tones = defaults::tones_of(&name).into();
            config.time_zone = zone;
        }
        if let Some(tones) = fields.get("tones") {
            let countries = defaults::TONES.map(|country| (country, country));
            config.tones = self.word(tones, "tones", &countries).unwrap_or("us").into();
        }
        config.sip = fields.get("sip").map(|node| self.sip(node)).unwrap_or_default();
        config.rtp = fields.get("rtp").map(|node| self.rtp(node)).unwrap_or_default();
        if let Some(store) = fields.get("store").and_then(|node| self.store(node)) {
            config.store = store;
        }
        config.console = fields.get("console").and_then(|node| self.console(node));
        config.numbers = fields.get("numbers").map(|node| self.numbers(node)).unwrap_or_default();
        config.trunks = fields.get("trunks").map(|node| self.trunks(node)).unwrap_or_default();
        config.dial = fields.get("dial").map(|node| self.dial(node, &config.trunks)).unwrap_or_default();
        config.queues = fields.get("queues").map(|node| self.queues(node)).unwrap_or_default();
        config.agents = fields.get("agents").map(|node| self.agents(node, &config.queues)).unwrap_or_default();
        config.calendars = fields.get("calendars").map(|node| self.calendars(node)).unwrap_or_default();
        config.directories = fields.get("directories").map(|node| self.directories(node)).unwrap_or_default();
        config.boxes = fields.get("boxes").map(|node| self.boxes(node)).unwrap_or_default();
        config.speech = fields.get("speech").and_then(|node| self.speech(node));
        config.limits = fields.get("limits").map(|node| self.limits(node)).unwrap_or_default();
        config.fallback = fields.get("fallback").and_then(|node| self.fallback(node, &config));
        config
    }

    fn language(&mut self, node: &Node) -> Option<String> {
        self.parsed(node, "language", "bad-language", |text| {
            let fits = text.split(['_', '-']).all(|part| {
                (1..=16).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
            });
            if fits { Ok(text.to_owned()) } else { Err(format!("`{text}` is no language, write `ru` or `en_GB`")) }
        })
    }

    fn time_zone(&mut self, node: &Node) -> Option<(String, TimeZone)> {
        let name = self.text(node, "time_zone")?;
        if let Ok(zone) = TimeZone::get(&name) {
            return Some((name, zone));
        }
        let zones: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
        // `Moscow` is as good a guess as `Europe/Moskow`.
        let city = zones.iter().find(|zone| zone.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(&name)));
        let close = crate::did_you_mean(&name, zones.iter().map(String::as_str)).or(city.map(String::as_str));
        let help = close.map_or("write an IANA name such as `Europe/Moscow`".into(), |close| format!("did you mean `{close}`?"));
        self.error("unknown-time-zone", &node.span, format!("unknown time zone `{name}`")).help.push(help);
        None
    }

    fn sip(&mut self, node: &Node) -> SipConfig {
        let fields = self.fields(node, "sip", &["listen", "public_address", "follow_redirects", "realm"]);
        let mut sip = SipConfig::default();
        if let Some(list) = fields.get("listen") {
            sip.listen.clear();
            for item in self.items(list) {
                let Some(listen) = self.parsed(item, "sip.listen", "bad-address", values::listen) else { continue };
                if sip.listen.contains(&listen) {
                    self.error("duplicate-value", &item.span, "we listen there already");
                } else {
                    sip.listen.push(listen);
                }
            }
        }
        sip.public_address =
            fields.get("public_address").and_then(|node| self.parsed(node, "sip.public_address", "bad-address", values::ip));
        if let Some(follow) = fields.get("follow_redirects").and_then(|node| self.yes_no(node, "follow_redirects")) {
            sip.follow_redirects = follow;
        }
        if let Some(realm) = fields.get("realm").and_then(|node| self.text(node, "sip.realm")) {
            if realm.contains(['"', '\\']) || realm.chars().any(char::is_control) {
                self.error("bad-realm", &fields.span, "`realm` is written between quotes on the wire, leave quotes out of it");
            }
            sip.realm = realm;
        }
        sip
    }

    fn rtp(&mut self, node: &Node) -> RtpConfig {
        let fields = self.fields(node, "rtp", &["ports"]);
        let ports = fields.get("ports").and_then(|node| self.parsed(node, "rtp.ports", "bad-ports", values::ports));
        ports.map_or_else(RtpConfig::default, |ports| RtpConfig { ports })
    }

    fn store(&mut self, node: &Node) -> Option<String> {
        self.parsed(node, "store", "bad-store", |text| match text.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(text.to_owned()),
            Some(("postgres" | "postgresql", _)) => Err("PostgreSQL comes with a later version, write `sqlite:callwright.db`".into()),
            _ => Err(format!("`{text}` is no store, write `sqlite:callwright.db`")),
        })
    }

    fn console(&mut self, node: &Node) -> Option<ConsoleConfig> {
        let fields = self.fields(node, "console", &["listen"]);
        let listen = fields.get("listen").and_then(|node| self.parsed(node, "console.listen", "bad-address", values::socket));
        Some(ConsoleConfig { listen: listen.unwrap_or(([127, 0, 0, 1], 8080).into()) })
    }

    fn numbers(&mut self, node: &Node) -> Numbers {
        let mut numbers = Numbers::default();
        for (key, value) in self.entries(node, "numbers") {
            let Some(flow) = self.parsed(value, "numbers", "bad-flow", flow_path) else { continue };
            self.refer(ReferenceKind::Flow, &flow, &value.span);
            if !self.key_is_text(key) {
                continue;
            }
            let name = key.text.as_str();
            let prefix = name.strip_suffix('*');
            let body = prefix.unwrap_or(name);
            let fits = body.bytes().all(|b| b.is_ascii_alphanumeric() || b"+*#._-".contains(&b)) && body.len() <= 64;
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

    fn trunks(&mut self, node: &Node) -> BTreeMap<TrunkId, TrunkConfig> {
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
        const KNOWN: [&str; 8] =
            ["address", "transport", "username", "password", "register", "allow_from", "max_calls", "ping_every"];
        let fields = self.fields(node, what, &KNOWN);
        let addresses = fields.get("address").map(|node| self.list(node, "address", "bad-address", values::host_and_port));
        let transports = [("udp", Transport::Udp), ("tcp", Transport::Tcp)];
        let trunk = TrunkConfig {
            addresses: addresses.unwrap_or_default(),
            transport: fields.get("transport").and_then(|node| self.word(node, "transport", &transports)).unwrap_or(Transport::Udp),
            username: fields.get("username").and_then(|node| self.text(node, "username")),
            password: fields.get("password").and_then(|node| self.secret(node, "password")),
            register: fields.get("register").and_then(|node| self.yes_no(node, "register")).unwrap_or(false),
            allow_from: fields
                .get("allow_from")
                .map(|node| self.list(node, "allow_from", "bad-network", values::network))
                .unwrap_or_default(),
            max_calls: fields.get("max_calls").and_then(|node| self.number(node, "max_calls", 1..=100_000)),
            ping_every: fields.get("ping_every").and_then(|node| self.duration(node, "ping_every")).unwrap_or(Duration::from_secs(15)),
        };
        if let Some(register) = fields.get("register").filter(|_| trunk.register)
            && (fields.get("address").is_none() || fields.get("username").is_none() || fields.get("password").is_none())
        {
            self.error("incomplete-trunk", &register.span, format!("`{what}` cannot register without address, username and password"));
        }
        if let Some(wide) = fields.get("allow_from").filter(|_| trunk.allow_from.iter().any(|network| network.prefix == 0)) {
            self.warning("open-trunk", &wide.span, format!("everybody in the world may call in as `{what}`"));
        }
        if fields.get("address").is_none() && fields.get("allow_from").is_none() {
            self.error("incomplete-trunk", &fields.span, format!("`{what}` has neither `address` nor `allow_from`"));
        }
        trunk
    }

    fn dial(&mut self, node: &Node, trunks: &BTreeMap<TrunkId, TrunkConfig>) -> Vec<DialRule> {
        self.items(node).iter().filter_map(|item| self.dial_rule(item, trunks)).collect()
    }

    fn dial_rule(&mut self, node: &Node, trunks: &BTreeMap<TrunkId, TrunkConfig>) -> Option<DialRule> {
        let fields = self.fields(node, "dial", &["to", "through", "at_once", "per_minute", "show"]);
        let through = fields.get("through").map(|node| self.through(node, trunks)).unwrap_or_default();
        let at_once = fields.get("at_once").and_then(|node| self.number(node, "at_once", 1..=100_000)).unwrap_or(10);
        let per_minute = fields.get("per_minute").and_then(|node| self.number(node, "per_minute", 1..=100_000)).unwrap_or(30);
        let show = fields.get("show").and_then(|node| self.digits(node, "show"));
        let Some(to_node) = fields.get("to") else {
            self.error("missing-key", &fields.span, "this row of `dial` has no `to`").help.push("write `to: \"+7*\"`".into());
            return None;
        };
        if let super::tree::Value::Bare(text) = &to_node.value {
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
            self.warning("toll-fraud", &to_node.span, "this lets every number in the world be dialled, the dear ones too")
                .help
                .push("name the countries that you call: \"+7*\"".into());
        }
        Some(DialRule { to, through, at_once, per_minute, show })
    }

    fn through(&mut self, node: &Node, trunks: &BTreeMap<TrunkId, TrunkConfig>) -> Vec<TrunkId> {
        let mut through = Vec::new();
        for item in self.items(node) {
            let Some(name) = self.text(item, "through") else { continue };
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

    fn fallback(&mut self, node: &Node, config: &Config) -> Option<Fallback> {
        if let super::tree::Value::Bare(text) = &node.value {
            self.unquoted(&node.span, "fallback", text);
            return None;
        }
        let text = self.text(node, "fallback")?;
        if let Some(name) = text.strip_prefix("queue:") {
            let queue = QueueId::parse(name.trim()).ok().filter(|queue| config.queues.contains_key(queue));
            if queue.is_none() {
                self.unknown("unknown-queue", &node.span, "queue", name.trim(), config.queues.keys().map(QueueId::as_str));
            }
            return queue.map(Fallback::Queue);
        }
        if let Some(name) = text.strip_prefix("box:") {
            if !config.boxes.contains_key(name.trim()) {
                self.unknown("unknown-box", &node.span, "box", name.trim(), config.boxes.keys().map(String::as_str));
            }
            return Some(Fallback::Box(name.trim().to_owned()));
        }
        let own = config.agents.iter().any(|(id, agent)| id.as_str() == text || agent.extension.as_deref() == Some(&text));
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

    fn speech(&mut self, node: &Node) -> Option<SpeechCommand> {
        let fields = self.fields(node, "speech", &["command", "timeout"]);
        let timeout = fields.get("timeout").and_then(|node| self.duration(node, "timeout"));
        let Some(list) = fields.get("command") else {
            self.error("missing-key", &fields.span, "`speech` has no `command`");
            return None;
        };
        let command: Vec<String> = self.list(list, "command", "bad-command", |text| Ok(text.to_owned()));
        for place in ["{text_file}", "{out}"] {
            if !command.iter().any(|word| word.contains(place)) {
                self.error("bad-command", &list.span, format!("`command` says nowhere `{place}`"));
            }
        }
        Some(SpeechCommand { command, timeout: timeout.unwrap_or(Duration::from_secs(5)) })
    }

    fn limits(&mut self, node: &Node) -> Limits {
        let fields = self.fields(node, "limits", &["max_calls", "calls_per_second", "max_call", "drain"]);
        let usual = Limits::default();
        let mut number = |key| fields.get(key).and_then(|node| self.number(node, key, 1..=1_000_000));
        let (max_calls, calls_per_second) = (number("max_calls"), number("calls_per_second"));
        let mut duration = |key| fields.get(key).and_then(|node| self.duration(node, key));
        Limits {
            max_calls: max_calls.unwrap_or(usual.max_calls),
            calls_per_second: calls_per_second.unwrap_or(usual.calls_per_second),
            max_call: duration("max_call").unwrap_or(usual.max_call),
            drain: duration("drain").unwrap_or(usual.drain),
        }
    }
}

fn flow_path(text: &str) -> Result<String, String> {
    if text.ends_with(".rhai") { values::project_path(text) } else { Err(format!("`{text}` is no flow, write `main.rhai`")) }
}
