//! A day as values.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use model::{AgentId, QueueId, TrunkId, WallTime};

use super::clock::Clock;
use super::draw::Draw;
use crate::call::Key;
use crate::world::FakeDirectories;

/// A `*.day.yaml`, read and checked against a project.
#[derive(Debug, Clone)]
pub struct Day {
    /// Project-relative file.
    pub name: String,
    /// When it begins.
    pub starts: WallTime,
    /// How long it is watched; who still waits then is counted as waiting.
    pub runs_for: Duration,
    /// What happens so early does not count: the day begins with empty lines and idle agents.
    pub warm_up: Duration,
    /// Decides all chance, unless the command line says otherwise.
    pub seed: u64,
    pub(super) clock: Clock,
    pub(super) callers: Vec<Callers>,
    pub(super) campaigns: Vec<Called>,
    pub(super) agents: Vec<AgentRow>,
    pub(super) directories: FakeDirectories,
    pub(super) faults: Vec<Fault>,
    pub(super) targets: Vec<Target>,
}

/// People who call for the same reason.
#[derive(Debug, Clone)]
pub(super) struct Callers {
    /// The number they dial.
    pub(super) to: String,
    pub(super) arrivals: Arrivals,
    pub(super) from: From,
    /// What they press, each with its share of 1.
    pub(super) presses: Vec<(f64, Vec<Key>)>,
    /// How long they wait for a person; none for ever.
    pub(super) patience: Option<Draw>,
    /// How long they talk to a person.
    pub(super) talks: Draw,
    /// How long they speak after a tone.
    pub(super) says: Draw,
    /// When they leave a menu that led nowhere; none for never.
    pub(super) hangs_up: Option<Draw>,
    pub(super) redial: Option<Redial>,
}

/// People whom a campaign calls.
#[derive(Debug, Clone)]
pub(super) struct Called {
    /// The campaign.
    pub(super) campaign: String,
    /// How they behave once they have answered: a row of `callers` of their own.
    pub(super) row: usize,
    /// Share of calls that are answered.
    pub(super) answers: f64,
    /// Share of calls that are busy; the rest rings out.
    pub(super) busy: f64,
    pub(super) answers_after: Draw,
}

/// When people call.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Arrivals {
    /// By chance (Poisson): calls an hour from each of these times on, the first of which is zero.
    PerHour(Vec<(Duration, f64)>),
    /// At these times, with these numbers as far as they are known.
    Given(Vec<(Duration, Option<String>)>),
}

/// Which numbers callers have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum From {
    /// Everybody his own; these digits and then his.
    Prefix(String),
    /// One of these.
    OneOf(Vec<String>),
}

/// Calling again after nobody helped.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Redial {
    /// How probable it is, each time.
    pub(super) p: f64,
    pub(super) after: Draw,
}

/// Agents who work alike.
#[derive(Debug, Clone)]
pub(super) struct AgentRow {
    pub(super) who: Who,
    /// Queue and tier; a named agent keeps his own when there are none.
    pub(super) queues: Option<BTreeMap<QueueId, u8>>,
    pub(super) skills: Option<BTreeMap<String, u8>>,
    /// The queue's own when none.
    pub(super) wrap_up: Option<Draw>,
    /// The whole day when none.
    pub(super) shift: Option<TimeSpan>,
    pub(super) breaks: Vec<TimeSpan>,
    /// Share of rings that are not answered.
    pub(super) ignores: f64,
    pub(super) answers_after: Draw,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    /// So many, made up for the day.
    Count(u32),
    /// One of the project.
    Named(AgentId),
}

/// Two times of day, since midnight; the second may lie in the next night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeSpan {
    pub(super) from: Duration,
    pub(super) to: Duration,
}

/// Something that goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fault {
    pub(super) what: FaultKind,
    /// Since the day's beginning.
    pub(super) from: Duration,
    pub(super) until: Duration,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum FaultKind {
    DirectoryDown(String),
    DirectorySlow(String, Duration),
    TrunkDown(TrunkId),
    /// His phone is dead, whatever he does.
    AgentGone(AgentId),
    /// Share of messages that the network loses.
    MessagesLost(f64),
    /// The same project is published as a new version.
    Reload,
}

/// What must be true when the day is over.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Target {
    /// The whole centre when none.
    pub(super) queue: Option<QueueId>,
    pub(super) figure: String,
    pub(super) limit: Limit,
    /// The time that the service level counts as good.
    pub(super) within: Option<Duration>,
    pub(super) span: Range<usize>,
}

/// A bound in the figure's own unit: a share from 0 to 1, seconds, or a count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Limit {
    AtLeast(f64, Unit),
    AtMost(f64, Unit),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Share,
    Seconds,
    Count,
}

impl Day {
    /// The same day with so many agents in its first row.
    #[must_use]
    pub fn with_agents(&self, count: u32) -> Day {
        let mut day = self.clone();
        if let Some(row) = day.agents.first_mut() {
            row.who = Who::Count(count);
        }
        day
    }

    /// How many agents the first row has; none when it names one, or when there is no row.
    pub fn agents_counted(&self) -> Option<u32> {
        match self.agents.first()?.who {
            Who::Count(count) => Some(count),
            Who::Named(_) => None,
        }
    }

    /// Does the file expect anything?
    pub fn has_targets(&self) -> bool {
        !self.targets.is_empty()
    }

    /// The time within which an answer is good, when the file says so.
    pub fn answer_within(&self) -> Option<Duration> {
        self.targets.iter().find_map(|target| target.within)
    }
}
