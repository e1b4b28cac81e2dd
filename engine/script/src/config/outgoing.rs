//! `outgoing:` – campaigns: whom the engine calls by itself, when and how often.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::tz::TimeZone;
use model::{LegFailure, Numbering, QueueId};

use super::reader::{Fields, Reader};
use super::tree::{Key, Node};
use super::{Config, ReferenceKind, values};
use crate::calendar::Calendar;

const KEYS: [&str; 19] = [
    "flow",
    "list",
    "number",
    "zone",
    "zones",
    "language",
    "hours",
    "attempts",
    "retry",
    "do_not_call",
    "at_once",
    "per_minute",
    "per_agent",
    "show",
    "ring_for",
    "queue",
    "agent_within",
    "drop_cap",
    "start",
];

/// `outgoing.<name>:`
#[derive(Debug, Clone)]
pub struct OutgoingConfig {
    /// The flow that serves whoever answers.
    pub flow: String,
    /// CSV file of the project with the contacts; none for a campaign that is filled by commands only.
    pub list: Option<String>,
    /// Column of the number. Default `phone`.
    pub number: String,
    /// Column of the contact's time zone.
    pub zone: Option<String>,
    /// Zones by the beginning of the number, for contacts whose column is empty; the longest one counts.
    pub zones: BTreeMap<String, TimeZone>,
    /// Column of the contact's language.
    pub language: Option<String>,
    /// When people may be called, by their own clock. Default `daily 09:00-20:00`.
    pub hours: CallingHours,
    /// Most calls to one contact. Default 3.
    pub attempts: u32,
    /// How long to wait after a call that reached nobody.
    pub retry: Retry,
    /// CSV file of numbers that must not be called.
    pub do_not_call: Option<String>,
    /// Most calls of this campaign at once. Default 5.
    pub at_once: u32,
    /// Most new calls of this campaign a minute. Default 20.
    pub per_minute: u32,
    /// The number that contacts see.
    pub show: Option<String>,
    /// How long it rings. Default 25 s.
    pub ring_for: Duration,
    /// The queue to whose agents the flow leads; never more is dialled than they can take.
    pub queue: Option<QueueId>,
    /// Calls in flight per free agent, in hundredths; more than one as long as drops stay below the cap. Default 100.
    pub per_agent_percent: u32,
    /// Whoever waits longer for an agent than this counts as dropped. Default 2 s.
    pub agent_within: Duration,
    /// Most drops among answered calls of 30 days, in hundredths of a percent. Default 300, which is 3 %.
    pub drop_cap_basis_points: u32,
    /// Does it begin by itself?
    pub start: CampaignStart,
    /// The project's, `country:`.
    pub numbering: Numbering,
}

/// `hours:` of a campaign or of calls back
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallingHours {
    /// These, every week.
    Weekly(Calendar),
    /// Those of a calendar of the project.
    Calendar(String),
}

impl CallingHours {
    /// The calendar that is meant.
    pub fn calendar<'c>(&'c self, config: &'c Config) -> Option<&'c Calendar> {
        match self {
            CallingHours::Weekly(calendar) => Some(calendar),
            CallingHours::Calendar(name) => config.calendars.get(name),
        }
    }
}

/// `start:` of a campaign
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CampaignStart {
    /// `callwright campaign … start`
    #[default]
    ByHand,
    /// As soon as the engine runs.
    Automatically,
}

/// `retry: [30m, 2h, 1d]` or `{ busy: [5m, 30m], no_answer: [2h, 1d], others: [1h] }`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// After 486 and 600.
    pub busy: Vec<Duration>,
    /// After nobody answered.
    pub no_answer: Vec<Duration>,
    /// After anything else, a crash included.
    pub others: Vec<Duration>,
}

impl Default for Retry {
    fn default() -> Self {
        Self::same([1800, 7200, 86_400].map(Duration::from_secs).to_vec())
    }
}

impl Retry {
    fn same(times: Vec<Duration>) -> Self {
        Self { busy: times.clone(), no_answer: times.clone(), others: times }
    }

    /// How long to wait after attempt number `attempt`, from 1; none is a failure of another kind. Beyond the end of
    /// the list the last time counts again.
    pub fn after(&self, failure: Option<LegFailure>, attempt: u32) -> Duration {
        let times = match failure {
            Some(LegFailure::Busy) => &self.busy,
            Some(LegFailure::NoAnswer) => &self.no_answer,
            _ => &self.others,
        };
        let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
        times.get(index).or(times.last()).copied().unwrap_or(Duration::from_secs(1800))
    }
}

impl OutgoingConfig {
    /// The calendar that says when people may be called.
    pub fn calendar<'c>(&'c self, config: &'c Config) -> Option<&'c Calendar> {
        self.hours.calendar(config)
    }

    /// The zone of the longest beginning that `number` has.
    pub fn zone_by_prefix(&self, number: &str) -> Option<&TimeZone> {
        super::numbering::zone_of(&self.numbering, &self.zones, number)
    }
}

impl Reader<'_> {
    pub(super) fn outgoing(&mut self, node: &Node, config: &Config) -> BTreeMap<String, OutgoingConfig> {
        let mut all = BTreeMap::new();
        for (key, value) in self.entries(node, "outgoing") {
            // A name stands in ids, files and commands.
            let fits = key.text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
            if !fits || key.text.is_empty() || key.text.len() > 64 {
                let message = format!("`{}` is no name of a campaign: letters, digits, `-` and `_`", key.text);
                self.error("bad-name", &key.span, message);
                continue;
            }
            if let Some(campaign) = self.campaign(value, key, config) {
                all.insert(key.text.clone(), campaign);
            }
        }
        all
    }

    fn campaign(&mut self, node: &Node, key: &Key, config: &Config) -> Option<OutgoingConfig> {
        let what = format!("outgoing.{}", key.text);
        let fields = self.fields(node, &what, &KEYS);
        let Some(flow) = fields.get("flow") else {
            self.error("missing-key", &key.span, format!("`{what}` has no `flow` for whoever answers"));
            return None;
        };
        let flow_file = self.parsed(flow, "flow", "bad-flow", super::routes::flow_path)?;
        self.refer(ReferenceKind::Flow, &flow_file, &flow.span);
        let mut count =
            |key, bounds, usual| fields.get(key).and_then(|node| self.number(node, key, bounds)).unwrap_or(usual);
        let attempts = count("attempts", 1..=20, 3);
        let at_once = count("at_once", 1..=10_000, 5);
        let per_minute = count("per_minute", 1..=100_000, 20);
        let mut text = |key| fields.get(key).and_then(|node| self.text(node, key));
        let (number, zone, language) = (text("number"), text("zone"), text("language"));
        let mut time = |key| fields.get(key).and_then(|node| self.some_time(node, key));
        let (ring_for, agent_within) = (time("ring_for"), time("agent_within"));
        let starts = [("by_hand", CampaignStart::ByHand), ("automatically", CampaignStart::Automatically)];
        let campaign = OutgoingConfig {
            flow: flow_file,
            list: self.csv_file(&fields, "list"),
            number: number.unwrap_or_else(|| "phone".to_owned()),
            zone,
            zones: fields.get("zones").map(|node| self.zones(node)).unwrap_or_default(),
            language,
            hours: fields.get("hours").and_then(|node| self.calling_hours(node, config)).unwrap_or_else(usual_hours),
            attempts,
            retry: fields.get("retry").map(|node| self.retry(node)).unwrap_or_default(),
            do_not_call: self.csv_file(&fields, "do_not_call"),
            at_once,
            per_minute,
            show: fields.get("show").and_then(|node| self.digits(node, "show")),
            ring_for: ring_for.unwrap_or(Duration::from_secs(25)),
            queue: fields.get("queue").and_then(|node| self.campaign_queue(node, config)),
            per_agent_percent: fields
                .get("per_agent")
                .and_then(|node| self.parsed(node, "per_agent", "bad-number", hundredths))
                .unwrap_or(100),
            agent_within: agent_within.unwrap_or(Duration::from_secs(2)),
            drop_cap_basis_points: fields
                .get("drop_cap")
                .and_then(|node| self.parsed(node, "drop_cap", "bad-share", basis_points))
                .unwrap_or(300),
            start: fields.get("start").and_then(|node| self.word(node, "start", &starts)).unwrap_or_default(),
            numbering: config.numbering.clone(),
        };
        self.advise_campaign(&fields, &campaign, config);
        Some(campaign)
    }

    fn csv_file(&mut self, fields: &Fields<'_>, key: &str) -> Option<String> {
        let node = fields.get(key)?;
        let file = self.parsed(node, key, "bad-path", values::project_path)?;
        self.refer(ReferenceKind::Csv, &file, &node.span);
        Some(file)
    }

    /// Weekly hours, or the name of a calendar.
    pub(super) fn calling_hours(&mut self, node: &Node, config: &Config) -> Option<CallingHours> {
        self.parsed(node, "hours", "bad-hours", |text| {
            if config.calendars.contains_key(text) {
                return Ok(CallingHours::Calendar(text.to_owned()));
            }
            Calendar::weekly(text).map(CallingHours::Weekly).map_err(|error| error.to_string())
        })
    }

    fn retry(&mut self, node: &Node) -> Retry {
        if !matches!(node.value, super::tree::Value::Map(_)) {
            return Retry::same(self.list(node, "retry", "bad-duration", values::duration));
        }
        let fields = self.fields(node, "retry", &["busy", "no_answer", "others"]);
        let usual = Retry::default();
        let mut times = |key, usual| {
            let list = fields.get(key).map(|node| self.list(node, key, "bad-duration", values::duration));
            list.unwrap_or(usual)
        };
        Retry {
            busy: times("busy", usual.busy),
            no_answer: times("no_answer", usual.no_answer),
            others: times("others", usual.others),
        }
    }

    fn campaign_queue(&mut self, node: &Node, config: &Config) -> Option<QueueId> {
        let name = self.text(node, "queue")?;
        let queue = config.queues.keys().find(|id| id.as_str() == name).cloned();
        if queue.is_none() {
            self.unknown("unknown-queue", &node.span, "queue", &name, config.queues.keys().map(QueueId::as_str));
        }
        queue
    }

    fn advise_campaign(&mut self, fields: &Fields<'_>, campaign: &OutgoingConfig, config: &Config) {
        if config.dial.is_empty() {
            self.error("refused-target", &fields.span, "no row of `dial` lets anybody be called")
                .help
                .push(super::advice::DIAL.into());
        }
        if let Some(node) = fields.get("ring_for").filter(|_| campaign.ring_for < Duration::from_secs(15)) {
            self.warning(
                "short-ring",
                &node.span,
                "people need 15 s to reach their telephone, many rules ask for that",
            );
        }
        if let Some(node) = fields.get("per_agent").filter(|_| campaign.queue.is_none()) {
            self.warning("without-effect", &node.span, "`per_agent` needs the `queue` whose agents are meant");
        }
        if campaign.show.is_none() {
            self.warning("no-number", &fields.span, "contacts see no number that they could call back")
                .help
                .push("add `show: \"+74951234567\"`".into());
        }
    }
}

fn usual_hours() -> CallingHours {
    CallingHours::Weekly(Calendar::weekly("daily 09:00-20:00").expect("these hours are well written"))
}

/// `1`, `1.25`: hundredths from 100 to 300.
fn hundredths(text: &str) -> Result<u32, String> {
    let number: Option<f64> = text.parse().ok();
    match number.map(|number| (number * 100.0).round()) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 100 to 300")]
        Some(hundredths) if (100.0..=300.0).contains(&hundredths) => Ok(hundredths as u32),
        _ => Err(format!("`{text}` is no number of calls per free agent, write `1` or `1.2`, at most `3`")),
    }
}

/// `3%`, `2.5 %`: hundredths of a percent.
fn basis_points(text: &str) -> Result<u32, String> {
    let number: Option<f64> = text.strip_suffix('%').and_then(|number| number.trim().parse().ok());
    match number.map(|number| (number * 100.0).round()) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 10,000")]
        Some(points) if (0.0..=10_000.0).contains(&points) => Ok(points as u32),
        _ => Err(format!("`{text}` is no share, write `3%`")),
    }
}
