//! `callwright.yaml` from top to bottom: who we are, where we listen, what the limits are.

use std::io;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::reader::{Fields, Reader};
use super::tree::{self, Node};
use super::{Config, ConsoleConfig, DialRule, Limits, RtpConfig, SipConfig, SpeechCommand, defaults, values};
use crate::diagnostic::Diagnostic;

const KEYS: [&str; 30] = [
    "name",
    "country",
    "language",
    "time_zone",
    "tones",
    "sip",
    "rtp",
    "store",
    "console",
    "numbers",
    "fallback",
    "trunks",
    "dial",
    "agents",
    "queues",
    "back_off",
    "callbacks",
    "calendars",
    "directories",
    "recording",
    "mail",
    "sms",
    "webhooks",
    "http",
    "outbox",
    "boxes",
    "outgoing",
    "retention",
    "speech",
    "limits",
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
        reader.references.sort_by_key(|reference| reference.span.start);
        config.references = reader.references;
        config.warnings = reader.found;
        Ok(config)
    }

    /// The rule that lets `target` be dialled; none means it is refused.
    pub fn dial_rule_for(&self, target: &str) -> Option<&DialRule> {
        self.dialling(target).map(|(rule, _)| rule)
    }

    /// The first rule that lets `target` be dialled, and how the rule spells it: what `+7*` lets out goes out with `+7`,
    /// even if somebody typed `8`.
    pub fn dialling(&self, target: &str) -> Option<(&DialRule, String)> {
        let is_number = values::is_phone_number(target);
        let spellings = if is_number { self.numbering.spellings(target) } else { vec![target.to_owned()] };
        let by =
            |rule| spellings.iter().find(|spelling| DialRule::matches(rule, spelling)).map(|to| (rule, to.clone()));
        self.dial.iter().find_map(by)
    }
}

impl Reader<'_> {
    fn config(&mut self, root: &Node) -> Config {
        let fields = self.fields(root, "callwright.yaml", &KEYS);
        let mut config = Config::default();
        self.identity(&fields, &mut config);
        config.sip = fields.get("sip").map(|node| self.sip(node)).unwrap_or_default();
        config.rtp = fields.get("rtp").map(|node| self.rtp(node)).unwrap_or_default();
        if let Some(store) = fields.get("store").and_then(|node| self.store(node)) {
            config.store = super::Secret::new(store);
        }
        config.retention = fields.get("retention").map(|node| self.retention(node)).unwrap_or_default();
        config.console = fields.get("console").and_then(|node| self.console(node));
        config.numbers = fields.get("numbers").map(|node| self.numbers(node)).unwrap_or_default();
        config.numbering = fields.get("country").and_then(|node| self.country(node)).unwrap_or_default();
        config.trunks = fields.get("trunks").map(|node| self.trunks(node)).unwrap_or_default();
        config.dial = fields.get("dial").map(|node| self.dial(node, &config.trunks)).unwrap_or_default();
        config.queues = fields.get("queues").map(|node| self.queues(node)).unwrap_or_default();
        config.back_off = fields.get("back_off").map(|node| self.back_off(node)).unwrap_or_default();
        config.agents = fields.get("agents").map(|node| self.agents(node, &config.queues)).unwrap_or_default();
        config.calendars = fields.get("calendars").map(|node| self.calendars(node)).unwrap_or_default();
        config.callbacks = fields.get("callbacks").map(|node| self.callbacks(node, &config)).unwrap_or_default();
        if let Some(callbacks) = fields.get("callbacks") {
            self.advise_numbers(callbacks, &config);
        }
        config.directories = fields.get("directories").map(|node| self.directories(node)).unwrap_or_default();
        config.recording = fields.get("recording").map(|node| self.recording(node)).unwrap_or_default();
        config.reach = self.reach(&fields);
        config.boxes = fields.get("boxes").map(|node| self.boxes(node, &config)).unwrap_or_default();
        config.speech = fields.get("speech").and_then(|node| self.speech(node));
        config.limits = fields.get("limits").map(|node| self.limits(node)).unwrap_or_default();
        config.fallback = fields.get("fallback").and_then(|node| self.fallback(node, &config));
        config.outgoing = fields.get("outgoing").map(|node| self.outgoing(node, &config)).unwrap_or_default();
        if let Some(queues) = fields.get("queues").filter(|_| !self.failed()) {
            self.advise_queues(queues, &config);
        }
        if let Some(boxes) = fields.get("boxes").filter(|_| !self.failed()) {
            self.advise_boxes(boxes, &config);
        }
        self.advise_addresses(&fields, &config.reach.http);
        config
    }

    fn identity(&mut self, fields: &Fields<'_>, config: &mut Config) {
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
    }

    fn language(&mut self, node: &Node) -> Option<String> {
        self.parsed(node, "language", "bad-language", |text| {
            let fits = text
                .split(['_', '-'])
                .all(|part| (1..=16).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
            if fits { Ok(text.to_owned()) } else { Err(format!("`{text}` is no language, write `ru` or `en_GB`")) }
        })
    }

    pub(super) fn time_zone(&mut self, node: &Node) -> Option<(String, TimeZone)> {
        let name = self.text(node, "time_zone")?;
        if let Ok(zone) = TimeZone::get(&name) {
            return Some((name, zone));
        }
        let zones: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
        // `Moscow` is as good a guess as `Europe/Moskow`.
        let city =
            zones.iter().find(|zone| zone.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(&name)));
        let close = crate::did_you_mean(&name, zones.iter().map(String::as_str)).or(city.map(String::as_str));
        let help = close
            .map_or("write an IANA name such as `Europe/Moscow`".into(), |close| format!("did you mean `{close}`?"));
        self.error("unknown-time-zone", &node.span, format!("unknown time zone `{name}`")).help.push(help);
        None
    }

    fn sip(&mut self, node: &Node) -> SipConfig {
        let fields = self.fields(node, "sip", &["listen", "public_address", "follow_redirects", "realm"]);
        let mut sip = SipConfig::default();
        if let Some(list) = fields.get("listen") {
            sip.listen.clear();
            for item in self.items(list) {
                let Some(listen) = self.parsed(item, "sip.listen", "bad-address", values::listen) else {
                    continue;
                };
                if sip.listen.contains(&listen) {
                    self.error("duplicate-value", &item.span, "we listen there already");
                } else {
                    sip.listen.push(listen);
                }
            }
        }
        sip.public_address = fields
            .get("public_address")
            .and_then(|node| self.parsed(node, "sip.public_address", "bad-address", values::ip));
        if let Some(follow) = fields.get("follow_redirects").and_then(|node| self.yes_no(node, "follow_redirects")) {
            sip.follow_redirects = follow;
        }
        if let Some(realm) = fields.get("realm").and_then(|node| self.text(node, "sip.realm")) {
            if realm.contains(['"', '\\']) || realm.chars().any(char::is_control) {
                self.error(
                    "bad-realm",
                    &fields.span,
                    "`realm` is written between quotes on the wire, leave quotes out of it",
                );
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

    /// `sqlite:callwright.db`, `postgres://user@host/db`, or `env:NAME` when the address holds a password.
    fn store(&mut self, node: &Node) -> Option<String> {
        let written = self.scalar(node, "store", "a text")?;
        let secret = written.starts_with("env:") || written.starts_with("file:");
        let text = if secret { self.secret(node, "store")?.expose().to_owned() } else { written.to_owned() };
        let known = match text.split_once(':') {
            Some(("sqlite", path)) => !path.is_empty(),
            Some(("postgres" | "postgresql", rest)) => rest.starts_with("//") && rest.len() > 2,
            _ => false,
        };
        let has_password = text.split_once("://").and_then(|(_, rest)| rest.split_once('@'));
        if !known {
            let shown = if secret { written } else { &text };
            let message =
                format!("`{shown}` is no store, write `sqlite:callwright.db` or `postgres://user@host/database`");
            self.error("bad-store", &node.span, message);
            return None;
        }
        if !secret && has_password.is_some_and(|(user, _)| user.contains(':')) {
            self.warning("literal-secret", &node.span, "`store` holds a password that everybody can read here")
                .help
                .push("keep the whole address in the environment, `store: env:NAME`".into());
        }
        Some(text)
    }

    fn console(&mut self, node: &Node) -> Option<ConsoleConfig> {
        let fields = self.fields(node, "console", &["listen"]);
        let listen =
            fields.get("listen").and_then(|node| self.parsed(node, "console.listen", "bad-address", values::socket));
        Some(ConsoleConfig { listen: listen.unwrap_or(([127, 0, 0, 1], 8080).into()) })
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
