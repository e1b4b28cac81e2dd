//! `callbacks:`: whom the business calls back, when, and how often.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use model::{CallbackOrder, Numbering};

use super::reader::Reader;
use super::tree::Node;
use super::{CallingHours, Config, numbering, values};
use crate::calendar::Calendar;

/// `callbacks:`
#[derive(Debug, Clone)]
pub struct CallbackConfig {
    /// Numbers and patterns, `+7*`; only these are called back. Empty: all that `dial:` allows.
    pub allow: Vec<String>,
    /// Numbers and patterns that are never called back: premium rate, abroad. Wins over `allow`.
    pub refuse: Vec<String>,
    /// Calls to a customer at most. Default 3.
    pub attempts: u32,
    /// Time between two calls; the last one repeats. Default 5 min, 30 min, 2 h.
    pub retry: Vec<Duration>,
    /// When customers may be called, by the clock of their own zone; always when none.
    pub hours: Option<CallingHours>,
    /// Beginning of a number → its zone; the longest wins, the project's zone for the rest.
    pub zones: BTreeMap<String, TimeZone>,
    /// Who is called first. Default the agent.
    pub order: CallbackOrder,
    /// Most agents on duty, in percent, that calls back may take from a queue at once; at least one. Default 50.
    pub share: u32,
    /// How long a customer's phone rings. Default 30 s.
    pub ring_for: Duration,
    /// The number that customers see; the dial rule's when none.
    pub show: Option<String>,
    /// The project's, `country:`.
    pub numbering: Numbering,
}

/// What becomes of callers who waited in a queue when the process died.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AfterCrash {
    /// They are listed; somebody decides.
    #[default]
    List,
    /// They are called back.
    Callback,
}

impl Default for CallbackConfig {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        Self {
            allow: Vec::new(),
            refuse: Vec::new(),
            attempts: 3,
            retry: vec![minutes(5), minutes(30), minutes(120)],
            hours: None,
            zones: BTreeMap::new(),
            order: CallbackOrder::AgentFirst,
            share: 50,
            ring_for: Duration::from_secs(30),
            show: None,
            numbering: Numbering::default(),
        }
    }
}

impl CallbackConfig {
    /// May this number be called back at all, in whatever form it is written?
    pub fn permits(&self, number: &str) -> bool {
        let matches = |pattern: &String| numbering::fits(&self.numbering, pattern, number);
        !self.refuse.iter().any(matches) && (self.allow.is_empty() || self.allow.iter().any(matches))
    }

    /// The calendar that says when customers may be called; none is always.
    pub fn calendar<'c>(&'c self, config: &'c Config) -> Option<&'c Calendar> {
        self.hours.as_ref().and_then(|hours| hours.calendar(config))
    }

    /// The zone in which the owner of a number lives.
    pub fn zone_of<'a>(&'a self, number: &str, project: &'a TimeZone) -> &'a TimeZone {
        numbering::zone_of(&self.numbering, &self.zones, number).unwrap_or(project)
    }

    /// The wait after the `attempt`th call, from 1.
    pub fn wait_after(&self, attempt: u32) -> Duration {
        let index = (attempt.saturating_sub(1) as usize).min(self.retry.len().saturating_sub(1));
        self.retry.get(index).copied().unwrap_or(Duration::from_secs(300))
    }
}

impl Reader<'_> {
    pub(super) fn callbacks(&mut self, node: &Node, config: &Config) -> CallbackConfig {
        let keys = ["allow", "refuse", "attempts", "retry", "hours", "zones", "order", "share", "ring_for", "show"];
        let fields = self.fields(node, "callbacks", &keys);
        let usual = CallbackConfig::default();
        let mut patterns = |key: &str| -> Vec<String> {
            let items = fields.get(key).map(|node| self.items(node)).unwrap_or_default();
            items.iter().filter_map(|item| self.parsed(item, key, "bad-pattern", values::dial_pattern)).collect()
        };
        let (allow, refuse) = (patterns("allow"), patterns("refuse"));
        let retry = fields.get("retry").map(|node| self.items(node)).unwrap_or_default();
        let retry: Vec<Duration> = retry.iter().filter_map(|item| self.some_time(item, "retry")).collect();
        let orders = [("agent_first", CallbackOrder::AgentFirst), ("customer_first", CallbackOrder::CustomerFirst)];
        CallbackConfig {
            allow,
            refuse,
            attempts: fields.get("attempts").and_then(|n| self.number(n, "attempts", 1..=20)).unwrap_or(usual.attempts),
            retry: if retry.is_empty() { usual.retry } else { retry },
            hours: fields.get("hours").and_then(|node| self.calling_hours(node, config)),
            zones: fields.get("zones").map(|node| self.zones(node)).unwrap_or_default(),
            order: fields.get("order").and_then(|node| self.word(node, "order", &orders)).unwrap_or(usual.order),
            share: fields.get("share").and_then(|n| self.percent(n, "share")).unwrap_or(usual.share),
            ring_for: fields.get("ring_for").and_then(|n| self.some_time(n, "ring_for")).unwrap_or(usual.ring_for),
            show: fields.get("show").and_then(|node| self.digits(node, "show")),
            numbering: config.numbering.clone(),
        }
    }

    /// `{ "+7": Europe/Moscow }`
    pub(super) fn zones(&mut self, node: &Node) -> BTreeMap<String, TimeZone> {
        let mut zones = BTreeMap::new();
        for (key, value) in self.entries(node, "zones") {
            if !self.key_is_text(key) {
                continue;
            }
            let zone = self.time_zone(value);
            zones.extend(zone.map(|(_, zone)| (key.text.clone(), zone)));
        }
        zones
    }

    /// `50%`
    pub(super) fn percent(&mut self, node: &Node, what: &str) -> Option<u32> {
        self.parsed(node, what, "bad-percent", |text| {
            let number = text.trim_end_matches('%').trim().parse().ok();
            number.filter(|n| *n <= 100).ok_or_else(|| format!("`{what}` is a share like `50%`, not `{text}`"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn premium_numbers_are_refused_whatever_is_allowed() {
        let config =
            CallbackConfig { allow: vec!["+7*".into()], refuse: vec!["+7809*".into()], ..CallbackConfig::default() };
        assert!(config.permits("+74951234567"));
        assert!(!config.permits("+78091234567"), "premium");
        assert!(!config.permits("+4930111111"), "abroad");
        assert!(CallbackConfig::default().permits("+4930111111"), "`dial:` has the last word");
    }

    #[test]
    fn premium_numbers_are_refused_in_every_form_in_which_they_can_be_dialled() {
        let country =
            model::Country { code: "7".into(), national_prefix: "8".into(), international_prefix: "810".into() };
        let numbering = Numbering::of(country);
        let config = CallbackConfig { refuse: vec!["+7809*".into()], numbering, ..CallbackConfig::default() };
        for premium in ["+78091234567", "88091234567", "007 809 123-45-67", "81078091234567", "78091234567"] {
            assert!(!config.permits(premium), "{premium}");
        }
        assert!(config.permits("84951234567"));
        for pattern in ["8809*", "007809*", "88091234567"] {
            let config = CallbackConfig { refuse: vec![pattern.into()], ..config.clone() };
            assert!(!config.permits("+78091234567") && !config.permits("88091234567"), "{pattern}");
        }
        let config = CallbackConfig { refuse: vec!["00*".into()], ..config };
        assert!(!config.permits("+4930111111") && config.permits("+74951234567"), "abroad only");
    }

    #[test]
    fn the_zone_of_a_number_does_not_depend_on_its_form() {
        let zone = |name| TimeZone::get(name).unwrap();
        let country =
            model::Country { code: "7".into(), national_prefix: "8".into(), international_prefix: "810".into() };
        let zones = [("+7".into(), zone("Europe/Moscow")), ("8423".into(), zone("Asia/Vladivostok"))];
        let config =
            CallbackConfig { zones: zones.into(), numbering: Numbering::of(country), ..CallbackConfig::default() };
        for number in ["+74230000000", "84230000000", "0074230000000"] {
            assert_eq!(config.zone_of(number, &TimeZone::UTC).iana_name(), Some("Asia/Vladivostok"), "{number}");
        }
        assert_eq!(config.zone_of("84950000000", &TimeZone::UTC).iana_name(), Some("Europe/Moscow"));
    }

    #[test]
    fn the_longest_beginning_of_a_number_tells_its_zone() {
        let zone = |name| TimeZone::get(name).unwrap();
        let zones = [("+7".into(), zone("Europe/Moscow")), ("+7423".into(), zone("Asia/Vladivostok"))];
        let config = CallbackConfig { zones: zones.into(), ..CallbackConfig::default() };
        let name = |number| config.zone_of(number, &TimeZone::UTC).iana_name().unwrap_or("UTC").to_owned();
        assert_eq!(name("+74230000000"), "Asia/Vladivostok");
        assert_eq!(name("+74950000000"), "Europe/Moscow");
        assert_eq!(name("+4930"), "UTC");
    }

    #[test]
    fn the_last_wait_repeats() {
        let config = CallbackConfig::default();
        let minutes: Vec<u64> = (1..=5).map(|attempt| config.wait_after(attempt).as_secs() / 60).collect();
        assert_eq!(minutes, [5, 30, 120, 120, 120]);
    }
}
