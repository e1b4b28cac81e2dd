//! From the store's sums to the lines of a report.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Zoned;
use jiff::tz::TimeZone;
use script::config::Config;
use store::{CallSums, EvaluationSums, Key, Limit, Limits, MarkCount, QUARTER_US, Span, Store, StoreError, VisitSums};

use super::{By, Campaign, Line, Report, Score};

/// The time that a queue promises, when it says nothing: that of the queue core.
const IN_TIME_S: u64 = 20;

/// What a report is about.
pub(crate) struct Question {
    pub(crate) title: String,
    pub(crate) span: Span,
    pub(crate) by: By,
    pub(crate) level: acd::ServiceLevel,
    pub(crate) detail: Detail,
}

/// How much the report shows; what it does not show is not asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    /// The lines and the whole.
    Lines,
    /// The course of days and hours and the agents as well.
    Page,
}

/// Asks the store for everything that the report says.
pub(crate) async fn gather(store: &Store, config: &Config, question: Question) -> Result<Report, StoreError> {
    let Question { title, span, by, level, detail } = question;
    let zone = config.time_zone.clone();
    let limits = limits(config);
    let asked = Asked { store, span, limits: &limits };
    let mut whole = Line { name: "all".to_owned(), ..Line::default() };
    let quarters = match (by, detail) {
        (By::Day | By::Hour, _) | (_, Detail::Page) => asked.lines(Key::Quarter).await?,
        _ => BTreeMap::new(),
    };
    // Each of these keys holds every call, so that nothing is counted twice.
    let keyed = match by {
        By::Queue => asked.lines(Key::Queue).await?,
        By::Number => asked.lines(Key::Number).await?,
        By::Flow => asked.lines(Key::Flow).await?,
        By::Day | By::Hour => quarters.clone(),
        By::Agent | By::Campaign => asked.lines(Key::Whole).await?,
    };
    keyed.values().for_each(|line| whole.add(line));
    let agents = match (by, detail) {
        (By::Agent, _) | (_, Detail::Page) => named(by_agent(asked.lines(Key::Agent).await?, config)),
        _ => Vec::new(),
    };
    let evaluated = asked.evaluated(&whole, config).await?;
    let campaigns = match by {
        By::Campaign => asked.lines(Key::Campaign).await?,
        _ => joined(store.call_sums(span, Key::Campaign, &limits).await?, BTreeMap::new(), Vec::new(), Vec::new()),
    };
    let owed = store.owed_sums(span).await?;
    let results = store.campaign_results(span).await?;
    let days = by_day(&quarters, &zone);
    let hours = by_hour(&quarters, &zone);
    let lines = match by {
        By::Queue => named(without_nameless(keyed)),
        By::Number | By::Flow => named(keyed),
        By::Agent => agents.clone(),
        By::Campaign => named(campaigns.clone()),
        By::Day => days.iter().map(|(date, line)| Line { name: date.to_string(), ..line.clone() }).collect(),
        By::Hour => hours.iter().map(|(hour, line)| Line { name: format!("{hour:02}:00"), ..line.clone() }).collect(),
    };
    let names: BTreeSet<String> = campaigns.keys().chain(owed.contacts_left.keys()).cloned().collect();
    let campaign = |name: String| {
        let line = campaigns.get(&name).cloned().unwrap_or_default();
        let own = results.iter().filter(|((campaign, _), _)| *campaign == name);
        let results = own.map(|((_, word), calls)| (word.clone(), *calls)).collect();
        let left = owed.contacts_left.get(&name).copied().unwrap_or_default();
        Campaign { name, dialed: line.calls.outbound, reached: line.calls.reached, results, left }
    };
    Ok(Report {
        title,
        span,
        by,
        level,
        in_time: in_time(config),
        whole,
        lines,
        days,
        hours,
        agents,
        evaluated,
        names: config.agents.iter().map(|(id, agent)| (id.to_string(), agent.name.clone())).collect(),
        campaigns: names.into_iter().map(campaign).collect(),
        owed,
        zone,
    })
}

struct Asked<'a> {
    store: &'a Store,
    span: Span,
    limits: &'a Limits,
}

impl Asked<'_> {
    /// Calls, visits and marks by a key, side by side.
    async fn lines(&self, key: Key) -> Result<BTreeMap<String, Line>, StoreError> {
        let calls = self.store.call_sums(self.span, key, self.limits).await?;
        let visits = self.store.visit_sums(self.span, key, self.limits).await?;
        let marks = self.store.marks(self.span, key).await?;
        let evaluations = self.store.evaluations(self.span, key).await?;
        Ok(joined(calls, visits, marks, evaluations))
    }

    /// Agents about whose calls somebody filled in a form, with the marks that callers gave them.
    async fn evaluated(&self, whole: &Line, config: &Config) -> Result<Vec<Line>, StoreError> {
        if whole.scores.0.is_empty() {
            return Ok(Vec::new());
        }
        let marks = self.store.marks(self.span, Key::Agent).await?;
        let evaluations = self.store.evaluations(self.span, Key::Agent).await?;
        let lines = joined(BTreeMap::new(), BTreeMap::new(), marks, evaluations);
        let mut agents = named(by_agent(lines, config));
        agents.retain(|line| !line.scores.0.is_empty());
        Ok(agents)
    }
}

fn joined(
    calls: BTreeMap<String, CallSums>,
    visits: BTreeMap<String, VisitSums>,
    marks: Vec<MarkCount>,
    evaluations: Vec<EvaluationSums>,
) -> BTreeMap<String, Line> {
    let mut lines: BTreeMap<String, Line> = BTreeMap::new();
    for (key, calls) in calls {
        lines.entry(key).or_default().calls = calls;
    }
    for (key, visits) in visits {
        lines.entry(key).or_default().visits = visits;
    }
    for MarkCount { key, name, mark, calls } in marks {
        let line = lines.entry(key).or_default();
        *line.marks.0.entry(name).or_default().entry(mark).or_default() += calls;
    }
    for EvaluationSums { key, form, filled, score } in evaluations {
        lines.entry(key).or_default().scores.0.insert(form, Score { filled, percent: score });
    }
    lines
}

fn named(lines: BTreeMap<String, Line>) -> Vec<Line> {
    lines
        .into_iter()
        .map(|(key, line)| Line { name: if key.is_empty() { "(none)".to_owned() } else { key }, ..line })
        .collect()
}

/// Calls that never came to a queue are no line among queues.
fn without_nameless(mut lines: BTreeMap<String, Line>) -> BTreeMap<String, Line> {
    lines.remove("");
    lines
}

/// Flows may reach an agent by name, extension or mobile: he is one line.
fn by_agent(lines: BTreeMap<String, Line>, config: &Config) -> BTreeMap<String, Line> {
    let mut agents: BTreeMap<String, Line> = BTreeMap::new();
    for (who, line) in without_nameless(lines) {
        let known = config
            .agents
            .iter()
            .find(|(_, agent)| [&agent.extension, &agent.mobile].into_iter().flatten().any(|number| *number == who));
        let name = known.map_or(who, |(agent, _)| agent.to_string());
        agents.entry(name).or_default().add(&line);
    }
    agents
}

pub(super) fn by_day(quarters: &BTreeMap<String, Line>, zone: &TimeZone) -> Vec<(jiff::civil::Date, Line)> {
    folded(quarters, zone, |time| time.date(), |date| date.tomorrow().unwrap_or(date))
}

/// Hours of the clock: on the day when one comes twice, both are the same line.
pub(super) fn by_hour(quarters: &BTreeMap<String, Line>, zone: &TimeZone) -> Vec<(i8, Line)> {
    folded(quarters, zone, |time| time.hour(), |hour| hour + 1)
}

/// Adds quarters of an hour up, without gaps between the first and the last line.
fn folded<K: Ord + Copy>(
    quarters: &BTreeMap<String, Line>,
    zone: &TimeZone,
    key: impl Fn(&Zoned) -> K,
    next: impl Fn(K) -> K,
) -> Vec<(K, Line)> {
    let mut lines: BTreeMap<K, Line> = BTreeMap::new();
    for (quarter, line) in quarters {
        let Ok(quarter) = quarter.parse::<i64>() else { continue };
        let Ok(time) = jiff::Timestamp::from_microsecond(quarter.saturating_mul(QUARTER_US)) else { continue };
        lines.entry(key(&time.to_zoned(zone.clone()))).or_default().add(line);
    }
    let (Some((first, _)), Some((last, _))) = (lines.first_key_value(), lines.last_key_value()) else {
        return Vec::new();
    };
    let (mut at, last) = (*first, *last);
    let mut whole = Vec::new();
    while at <= last {
        whole.push((at, lines.remove(&at).unwrap_or_default()));
        let following = next(at);
        if following <= at {
            break;
        }
        at = following;
    }
    whole
}

fn limits(config: &Config) -> Limits {
    let usual = Limit {
        in_time: std::time::Duration::from_secs(IN_TIME_S),
        short: script::config::QueueConfig::default().short_abandon,
    };
    let of = |queue: &script::config::QueueConfig| Limit {
        in_time: queue.service_level.map_or(usual.in_time, |(_, within)| within),
        short: queue.short_abandon,
    };
    Limits { usual, queues: config.queues.iter().map(|(id, queue)| (id.clone(), of(queue))).collect() }
}

/// `20s`, or `20s; sales 30s`.
fn in_time(config: &Config) -> String {
    let limits = limits(config);
    let mut text = model::short_duration(limits.usual.in_time);
    for (queue, limit) in &limits.queues {
        if limit.in_time != limits.usual.in_time {
            text += &format!("; {queue} {}", model::short_duration(limit.in_time));
        }
    }
    text
}
