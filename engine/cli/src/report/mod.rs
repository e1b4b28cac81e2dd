//! What happened in a span of time, in figures: gathered from the store, then written in one of several forms.

mod column;
mod gather;
mod json;
mod page;
mod sheet;
mod span;
mod text;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use acd::ServiceLevel;
use jiff::tz::TimeZone;
use store::{CallSums, OwedSums, Span, VisitSums};

pub(crate) use gather::{Detail, Question, gather};
pub(crate) use json::json;
pub(crate) use page::page;
pub(crate) use sheet::csv;
pub(crate) use span::{Moment, parse_moment, span};
pub(crate) use text::text;
pub(crate) use words::Language;

use column::Column;

/// What the lines of a report are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum By {
    /// Queues
    Queue,
    /// Whoever answered
    Agent,
    /// Numbers that were dialled
    Number,
    /// Hours of the day, all days together
    Hour,
    /// Days
    Day,
    /// Flows
    Flow,
    /// Campaigns
    Campaign,
}

impl By {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            By::Queue => "queue",
            By::Agent => "agent",
            By::Number => "number",
            By::Hour => "hour",
            By::Day => "day",
            By::Flow => "flow",
            By::Campaign => "campaign",
        }
    }

    const fn columns(self) -> &'static [Column] {
        match self {
            By::Queue => Column::OF_QUEUES,
            By::Agent => Column::OF_AGENTS,
            By::Campaign => Column::OF_CAMPAIGNS,
            By::Number | By::Hour | By::Day | By::Flow => Column::OF_CALLS,
        }
    }
}

/// Everything that a report says.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    pub(crate) title: String,
    pub(crate) span: Span,
    pub(crate) zone: TimeZone,
    pub(crate) by: By,
    /// The definition of "service level" that it uses.
    pub(crate) level: ServiceLevel,
    /// "In time" of queues that say nothing else, and whether there are some that do.
    pub(crate) in_time: String,
    pub(crate) whole: Line,
    pub(crate) lines: Vec<Line>,
    /// The course of the span; empty unless the form shows it.
    pub(crate) days: Vec<(jiff::civil::Date, Line)>,
    pub(crate) hours: Vec<(i8, Line)>,
    pub(crate) agents: Vec<Line>,
    /// What agents are called, by their short names.
    pub(crate) names: BTreeMap<String, String>,
    /// Agents about whose calls somebody filled in a form.
    pub(crate) evaluated: Vec<Line>,
    pub(crate) owed: OwedSums,
    pub(crate) campaigns: Vec<Campaign>,
}

/// One line: a queue, an agent, a day.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) calls: CallSums,
    pub(crate) visits: VisitSums,
    pub(crate) marks: Marks,
    pub(crate) scores: Scores,
}

/// How often each mark was given, by the tag that holds it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Marks(pub(crate) BTreeMap<String, BTreeMap<u8, u64>>);

/// What evaluation forms came to, by the form's name.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Scores(pub(crate) BTreeMap<String, Score>);

/// Forms that were filled in: how many, and the sum of their percents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Score {
    pub(crate) filled: u64,
    pub(crate) percent: u64,
}

/// One campaign.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Campaign {
    pub(crate) name: String,
    pub(crate) dialed: u64,
    pub(crate) reached: u64,
    pub(crate) results: Vec<(String, u64)>,
    /// Contacts that are still to be called.
    pub(crate) left: u64,
}

impl Line {
    fn add(&mut self, other: &Line) {
        self.calls += &other.calls;
        self.visits += &other.visits;
        for (name, counts) in &other.marks.0 {
            let marks = self.marks.0.entry(name.clone()).or_default();
            for (mark, calls) in counts {
                *marks.entry(*mark).or_default() += calls;
            }
        }
        for (form, score) in &other.scores.0 {
            self.scores.0.entry(form.clone()).or_default().add(*score);
        }
    }

    /// Visits as the queue core counts them, for its named service levels.
    fn counts(&self) -> acd::Counts {
        let visits = &self.visits;
        acd::Counts {
            offered: visits.offered,
            answered: visits.answered,
            answered_in_time: visits.answered_in_time,
            abandoned: visits.abandoned,
            abandoned_in_time: visits.abandoned_in_time,
            abandoned_short: visits.abandoned_short,
            voicemail: visits.voicemail,
            callback: visits.callback,
            overflowed: visits.other,
            ..acd::Counts::default()
        }
    }
}

impl Marks {
    /// The mean of one tag's marks, and of how many; none without any.
    fn mean(&self, name: &str) -> Option<(f64, u64)> {
        let counts = self.0.get(name)?;
        let calls: u64 = counts.values().sum();
        let sum: u64 = counts.iter().map(|(mark, calls)| u64::from(*mark) * calls).sum();
        (calls > 0).then(|| (sum as f64 / calls as f64, calls))
    }
}

impl Scores {
    /// All forms together.
    fn sum(&self) -> Score {
        let mut sum = Score::default();
        self.0.values().for_each(|score| sum.add(*score));
        sum
    }
}

impl Score {
    fn add(&mut self, other: Score) {
        self.filled += other.filled;
        self.percent += other.percent;
    }

    /// The mean, 0 to 1; none without any.
    fn mean(self) -> Option<f64> {
        (self.filled > 0).then(|| self.percent as f64 / self.filled as f64 / 100.0)
    }
}

impl Report {
    /// The conservation of calls, in words: nobody is lost.
    fn conservation(&self) -> String {
        let calls = &self.whole.calls;
        let sum = format!(
            "{} offered = {} answered + {} abandoned + {} voicemail + {} callback + {} other",
            calls.inbound,
            calls.answered,
            calls.abandoned,
            calls.voicemail,
            calls.callback,
            calls.other()
        );
        match calls.unaccounted() {
            0 => sum,
            lost => format!("{sum} + {lost} UNACCOUNTED FOR"),
        }
    }

    /// The same for visits to queues.
    fn conservation_in_queues(&self) -> String {
        let visits = &self.whole.visits;
        format!(
            "{} offered = {} answered + {} abandoned + {} voicemail + {} callback + {} other",
            visits.offered,
            visits.answered,
            visits.abandoned,
            visits.voicemail,
            visits.callback,
            visits.other + visits.waiting
        )
    }

    /// The line below all others. Most calls belong to no agent and to no campaign: there it is the sum of the lines.
    fn total(&self) -> Line {
        let mut total = Line { name: self.whole.name.clone(), ..Line::default() };
        match self.by {
            By::Agent | By::Campaign => self.lines.iter().for_each(|line| total.add(line)),
            _ => total.add(&self.whole),
        }
        total
    }

    /// `Mon 2026-03-02 00:00 to Sun 2026-03-08 24:00, Europe/Berlin`
    fn when(&self) -> String {
        let local = |at: model::WallTime| {
            jiff::Timestamp::from_microsecond(at.0).map(|time| time.to_zoned(self.zone.clone())).unwrap_or_default()
        };
        let format = "%a %Y-%m-%d %H:%M";
        let (from, until) = (local(self.span.from).strftime(format), local(self.span.until).strftime(format));
        format!("{from} to {until}, {}", self.zone.iana_name().unwrap_or("UTC"))
    }
}
