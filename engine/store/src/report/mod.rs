//! What reports are made of: sums that the database makes, so that a million calls take seconds.

mod calls;
mod evaluations;
mod marks;
mod owed;
mod visits;

use std::collections::BTreeMap;
use std::time::Duration;

use model::{QueueId, WallTime};

pub use calls::CallSums;
pub use evaluations::EvaluationSums;
pub(crate) use evaluations::write as write_evaluations;
pub use marks::MarkCount;
pub(crate) use marks::write as write_marks;
pub use owed::{CallbackSums, DeliverySums, MessageSums, OwedSums};
pub use visits::VisitSums;
pub(crate) use visits::write as write_visits;

/// The time that a report is about: from, and up to but not including.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first moment.
    pub from: WallTime,
    /// The moment after the last one.
    pub until: WallTime,
}

/// What a report adds up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// Nothing: one line for everything.
    Whole,
    /// The queue; for calls the last one.
    Queue,
    /// Who answered; what nobody answered is left out.
    Agent,
    /// The number that was dialled.
    Number,
    /// The flow.
    Flow,
    /// The campaign; calls of none are left out.
    Campaign,
    /// Quarters of an hour since the epoch: every time zone's hours and days are made of whole ones.
    Quarter,
}

/// Microseconds in a [`Key::Quarter`].
pub const QUARTER_US: i64 = 900_000_000;

impl Key {
    /// The key as an expression; `at` is the column with the time, `agent` the one with who answered.
    fn column(self, at: &str, agent: &str) -> String {
        match self {
            Key::Whole => "''".to_owned(),
            Key::Queue => "queue".to_owned(),
            Key::Agent => agent.to_owned(),
            Key::Number => "dialed".to_owned(),
            Key::Flow => "coalesce(flow, '')".to_owned(),
            Key::Campaign => "campaign".to_owned(),
            Key::Quarter => format!("CAST({at} / {QUARTER_US} AS TEXT)"),
        }
    }
}

impl Key {
    /// Rows that are no line of their own, as a condition.
    fn only(self, agent: &str) -> String {
        match self {
            Key::Agent => format!("AND {agent} <> ''"),
            Key::Campaign => "AND campaign <> ''".to_owned(),
            _ => String::new(),
        }
    }
}

/// What "in time" and "short" mean in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Who is answered within this was answered in time.
    pub in_time: Duration,
    /// Who gives up within this did not really wait.
    pub short: Duration,
}

/// The limits of all queues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Of a queue that is not named.
    pub usual: Limit,
    /// Those of queues that differ.
    pub queues: BTreeMap<QueueId, Limit>,
}

impl Limits {
    /// One of the limits of a row's queue in microseconds, as an expression.
    fn expression(&self, of: impl Fn(&Limit) -> Duration) -> String {
        let usual = crate::word::micros(of(&self.usual));
        let differing: Vec<String> = self
            .queues
            .iter()
            .map(|(queue, limit)| (queue, crate::word::micros(of(limit))))
            .filter(|(_, limit)| *limit != usual)
            // A queue's name has no quotes: it was parsed.
            .map(|(queue, limit)| format!("WHEN '{queue}' THEN {limit}"))
            .collect();
        if differing.is_empty() {
            usual.to_string()
        } else {
            format!("CASE queue {} ELSE {usual} END", differing.join(" "))
        }
    }
}
