//! What the journal does not say: who serves which queue, and what counts as in time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use acd::ServiceLevel;
use model::{AgentId, QueueId, Timestamp};
use script::config::Config;

/// Five minutes: a day of nine hours becomes a chart of 108 points.
const BUCKET: Duration = Duration::from_secs(300);

/// How figures are counted.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Thresholds of the whole and of queues not named in `queues`.
    pub whole: Limits,
    /// Thresholds by queue; every queue named here has figures, also when nobody calls.
    pub queues: BTreeMap<QueueId, Limits>,
    /// The queues that each agent serves.
    pub agents: BTreeMap<AgentId, BTreeSet<QueueId>>,
    /// What `service_level` means. Default `sl_offered`.
    pub definition: ServiceLevel,
    /// Length of one point in the series. Default 5 min.
    pub bucket: Duration,
    /// Calls that arrive before are left out, and agents' time is counted from here: the warm-up of a steady state.
    pub count_from: Timestamp,
}

/// Thresholds of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Answered within this time is answered in time. Default 20 s.
    pub within: Duration,
    /// Who gives up within this time is a short abandon. Default 5 s.
    pub short_abandon: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { within: Duration::from_secs(20), short_abandon: Duration::from_secs(5) }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            whole: Limits::default(),
            queues: BTreeMap::new(),
            agents: BTreeMap::new(),
            definition: ServiceLevel::default(),
            bucket: BUCKET,
            count_from: Timestamp::ZERO,
        }
    }
}

impl Settings {
    /// Agents, queues and their thresholds as a project names them. The whole takes the threshold on which all queues
    /// agree, else the usual one.
    pub fn of(config: &Config) -> Self {
        let usual = Limits::default();
        let queues: BTreeMap<QueueId, Limits> = config
            .queues
            .iter()
            .map(|(id, queue)| {
                let within = queue.service_level.map_or(usual.within, |(_, within)| within);
                (id.clone(), Limits { within, short_abandon: queue.short_abandon })
            })
            .collect();
        let agents = config.agents.iter().map(|(id, agent)| (id.clone(), agent.queues.keys().cloned().collect()));
        let mut limits = queues.values();
        let whole = limits.next().filter(|first| limits.all(|other| other == *first)).copied().unwrap_or(usual);
        Self { whole, agents: agents.collect(), queues, ..Self::default() }
    }

    pub(super) fn limits(&self, queue: &QueueId) -> Limits {
        self.queues.get(queue).copied().unwrap_or(self.whole)
    }
}
