//! The figures as they are printed: the contract's object, with more beside it.

use std::collections::BTreeMap;
use std::time::Duration;

use acd::{Counts, ServiceLevel};
use model::{AgentId, Outcome, QueueId, Timestamp};
use serde::Serialize;

use super::agent::{AgentDay, AgentFigures, Load};
use super::book::Book;
use super::group::{GroupFigures, groups};
use super::series::Series;
use super::settings::Limits;
use super::tally::Tally;
use super::word::AgentWord;

/// A day in figures: the whole, and below it queues, groups, agents and the course of the day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DayFigures {
    /// Calls that came to any queue, each once.
    #[serde(flatten)]
    pub whole: Figures,
    /// Entries by queue.
    pub queues: BTreeMap<QueueId, Figures>,
    /// Agents who serve the same queues.
    pub groups: BTreeMap<String, GroupFigures>,
    /// Each agent.
    pub agents: BTreeMap<AgentId, AgentFigures>,
    /// Every call, whether it came to a queue or not.
    pub calls: CallsFigures,
    /// The whole over the day.
    pub series: Series,
    /// Each queue over the day; for pictures, JSON has the whole alone.
    #[serde(skip)]
    pub queue_series: BTreeMap<QueueId, Series>,
}

/// Figures of a queue, of several, or of the whole. Times in seconds, shares from 0 to 1; `None` where there is nothing
/// to divide by.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// Came.
    pub offered: u64,
    /// Talked to an agent.
    pub answered: u64,
    /// Hung up while waiting.
    pub abandoned: u64,
    /// Left for a message.
    pub voicemail: u64,
    /// Left for a callback.
    pub callback: u64,
    /// Left otherwise.
    pub overflowed: u64,
    /// Wait now.
    pub waiting: u64,
    /// The service level, as `service_level_definition` has it.
    pub service_level: Option<f64>,
    /// Mean wait of those answered.
    pub asa_seconds: Option<f64>,
    /// Abandoned / (answered + abandoned).
    pub abandon_rate: Option<f64>,
    /// Mean wait of everybody whose wait is over.
    pub average_wait_seconds: Option<f64>,
    /// (talk + wrap-up) / on duty, of the agents who serve it.
    pub occupancy: Option<f64>,
    /// The longest wait of anybody, of those who wait now too.
    pub longest_wait_seconds: f64,
    /// Name of the definition that `service_level` follows.
    pub service_level_definition: String,
    /// What counts as in time.
    pub service_level_within_seconds: f64,
    /// All six definitions.
    pub service_levels: BTreeMap<String, Option<f64>>,
    /// Answered in time.
    pub answered_in_time: u64,
    /// Abandoned within the same time.
    pub abandoned_in_time: u64,
    /// Abandoned within the threshold of short abandons.
    pub short_abandons: u64,
    /// Mean conversation.
    pub average_talk_seconds: Option<f64>,
    /// (talk + wrap-up) / conversations.
    pub aht_seconds: Option<f64>,
    /// Waiting callers × mean conversation: the work that stands in line.
    pub waiting_talk_seconds: Option<f64>,
    /// Jain's index of the agents' occupancy: 1 when all carry the same.
    pub fairness: Option<f64>,
    /// How many agents do what now.
    pub agents_by_state: BTreeMap<&'static str, u64>,
}

/// All calls of the day, by how they ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallsFigures {
    /// Came in.
    pub arrived: u64,
    /// Not ended yet.
    pub live: u64,
    /// Ended, by outcome.
    pub outcomes: BTreeMap<&'static str, u64>,
}

/// A book's numbers, or several books' together.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    counts: Counts,
    waits: u64,
    wait_sum: Duration,
    longest: Duration,
    waiting: u64,
}

impl Sums {
    pub(super) fn add(&mut self, book: &Book, now: Timestamp) {
        self.counts += &book.counts;
        self.waits += book.waits;
        self.wait_sum += book.wait_sum;
        self.longest = self.longest.max(book.longest(now));
        self.waiting += book.waiting();
    }

    pub(super) fn figures(&self, limits: Limits, definition: ServiceLevel, loads: &[Load]) -> Figures {
        let counts = &self.counts;
        let talk = counts.average_talk_time().map(|talk| talk.as_secs_f64());
        let levels = counts.service_levels().map(|(level, value)| (level.to_string(), value.map(share)));
        Figures {
            offered: counts.offered,
            answered: counts.answered,
            abandoned: counts.abandoned,
            voicemail: counts.voicemail,
            callback: counts.callback,
            overflowed: counts.overflowed,
            waiting: self.waiting,
            service_level: counts.service_level(definition).map(share),
            asa_seconds: counts.average_speed_of_answer().map(seconds),
            abandon_rate: counts.abandon_rate().map(share),
            average_wait_seconds: (self.waits > 0).then(|| millis(self.wait_sum.as_secs_f64() / self.waits as f64)),
            occupancy: occupancy(loads).map(share),
            longest_wait_seconds: seconds(self.longest),
            service_level_definition: definition.to_string(),
            service_level_within_seconds: seconds(limits.within),
            service_levels: levels.into_iter().collect(),
            answered_in_time: counts.answered_in_time,
            abandoned_in_time: counts.abandoned_in_time,
            short_abandons: counts.abandoned_short,
            average_talk_seconds: talk.map(millis),
            aht_seconds: counts.average_handle_time().map(seconds),
            waiting_talk_seconds: talk.map(|talk| millis(talk * self.waiting as f64)),
            fairness: fairness(loads).map(share),
            agents_by_state: BTreeMap::new(),
        }
    }
}

impl Tally {
    /// The figures at a moment not before the last entry.
    pub fn figures(&self, now: Timestamp) -> DayFigures {
        let queues = self.queues.iter().map(|(id, book)| {
            let figures = self.scope(now, book.limits, &[book], |agent| agent.queues.contains(id));
            (id.clone(), figures)
        });
        let outcome = |(outcome, count): (&Outcome, &u64)| (outcome.as_str(), *count);
        let series = |(id, book): (&QueueId, &Book)| (id.clone(), book.slices.series(now));
        DayFigures {
            whole: self.scope(now, self.whole.limits, &[&self.whole], |_| true),
            queues: queues.collect(),
            groups: groups(self, now),
            agents: self.agents.iter().map(|(id, agent)| (id.clone(), agent.figures(now))).collect(),
            calls: CallsFigures {
                arrived: self.arrived,
                live: self.live.len() as u64,
                outcomes: self.outcomes.iter().map(outcome).collect(),
            },
            series: self.whole.slices.series(now),
            queue_series: self.queues.iter().map(series).collect(),
        }
    }

    /// Figures of some books and the agents who belong to them.
    pub(super) fn scope(
        &self,
        now: Timestamp,
        limits: Limits,
        books: &[&Book],
        belongs: impl Fn(&AgentDay) -> bool,
    ) -> Figures {
        let mut sums = Sums::default();
        books.iter().for_each(|book| sums.add(book, now));
        let loads = self.loads(now, &belongs);
        let mut figures = sums.figures(limits, self.settings.definition, &loads);
        figures.agents_by_state = AgentWord::ALL.iter().map(|word| (word.as_str(), 0)).collect();
        for agent in self.agents.values().filter(|agent| belongs(agent)) {
            *figures.agents_by_state.entry(agent.state().as_str()).or_default() += 1;
        }
        figures
    }
}

fn occupancy(loads: &[Load]) -> Option<f64> {
    let mut sum = Load::default();
    for load in loads {
        sum.busy += load.busy;
        sum.on_duty += load.on_duty;
    }
    sum.occupancy()
}

/// Jain: (Σx)² / (n·Σx²) over the occupancy of everybody who was on duty.
fn fairness(loads: &[Load]) -> Option<f64> {
    let loads: Vec<f64> = loads.iter().filter_map(|load| load.occupancy()).collect();
    let sum: f64 = loads.iter().sum();
    let squares: f64 = loads.iter().map(|load| load * load).sum();
    (squares > 0.0).then(|| sum * sum / (loads.len() as f64 * squares))
}

/// Seconds, to the millisecond.
pub(super) fn seconds(duration: Duration) -> f64 {
    millis(duration.as_secs_f64())
}

fn millis(seconds: f64) -> f64 {
    (seconds * 1e3).round() / 1e3
}

/// A share or a mean, to the millionth: the same text on every machine.
pub(super) fn share(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
