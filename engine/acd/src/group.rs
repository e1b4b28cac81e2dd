//! Owned pictures of groups of agents and of the whole centre.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::{AgentId, QueueId, Timestamp};

use crate::acd::Acd;
use crate::agent::Standing;
use crate::figures::{fairness, mean};
use crate::{AgentView, Counts};

/// Agents with the same set of queues, or everybody, at one moment.
#[derive(Debug, Clone, Default)]
pub struct GroupView {
    /// Their queues; for the centre, all.
    pub queues: Vec<QueueId>,
    /// Who they are.
    pub agents: Vec<AgentId>,
    /// Callers waiting in these queues, also while phones ring or they are away.
    pub waiting: usize,
    /// The longest wait of anybody waiting now.
    pub longest_wait: Duration,
    /// What happened in these queues, whoever answered.
    pub counts: Counts,
    /// What the agents do.
    pub standing: StandingCounts,
    /// Calls of any queue that these agents answered today.
    pub answered_by_them: u64,
    /// (Talk + wrap-up) / calls of these agents today.
    pub handle_time: Option<Duration>,
    /// (Talk + wrap-up) / time on duty of these agents today.
    pub occupancy: Option<f64>,
    /// Jain's index over the agents' occupancy: 1 is perfectly even.
    pub fairness: Option<f64>,
}

/// How many agents do what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StandingCounts {
    /// Free for the next call.
    pub free: usize,
    /// Ready, but left alone after an offer that failed.
    pub backing_off: usize,
    /// Being offered a call.
    pub reserved: usize,
    /// In conversation, with callers or outside the queues.
    pub talking: usize,
    /// In wrap-up.
    pub wrapping_up: usize,
    /// Not ready.
    pub not_ready: usize,
    /// Signed out.
    pub signed_out: usize,
}

impl StandingCounts {
    /// Signed in and not on a break.
    pub fn on_duty(&self) -> usize {
        self.free + self.backing_off + self.reserved + self.talking + self.wrapping_up
    }

    fn add(&mut self, standing: Standing) {
        *match standing {
            Standing::Free => &mut self.free,
            Standing::BackingOff => &mut self.backing_off,
            Standing::Reserved => &mut self.reserved,
            Standing::Talking => &mut self.talking,
            Standing::WrapUp => &mut self.wrapping_up,
            Standing::NotReady => &mut self.not_ready,
            Standing::SignedOut => &mut self.signed_out,
        } += 1;
    }
}

impl Acd {
    /// The whole centre: all queues, all agents.
    pub fn centre(&self, now: Timestamp) -> GroupView {
        let queues = (0..self.queues.len()).filter(|index| self.queues[*index].configured).collect();
        self.group(now, &queues, &self.staff().collect::<Vec<_>>())
    }

    /// Agents grouped by their set of queues, in the order of the queues' first appearance in the configuration.
    pub fn groups(&self, now: Timestamp) -> Vec<GroupView> {
        let mut groups: BTreeMap<BTreeSet<usize>, Vec<usize>> = BTreeMap::new();
        for index in self.staff() {
            groups.entry(self.agents[index].queues.keys().copied().collect()).or_default().push(index);
        }
        groups.iter().map(|(queues, agents)| self.group(now, queues, agents)).collect()
    }

    fn staff(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.agents.len()).filter(|index| self.agents[*index].configured)
    }

    fn group(&self, now: Timestamp, queues: &BTreeSet<usize>, agents: &[usize]) -> GroupView {
        let mut view = GroupView::default();
        for queue in queues.iter().map(|index| &self.queues[*index]) {
            view.queues.push(queue.id.clone());
            view.waiting += queue.line.len();
            view.longest_wait = view.longest_wait.max(self.longest_wait(now, queue));
            view.counts += &queue.counts;
        }
        let mut days: Vec<AgentView> = Vec::with_capacity(agents.len());
        for index in agents {
            let agent = &self.agents[*index];
            view.agents.push(agent.id.clone());
            view.standing.add(agent.standing);
            days.extend(self.agent(now, &agent.id));
        }
        let work = Workload::of(&days);
        view.answered_by_them = days.iter().map(|day| day.calls).sum();
        view.handle_time = mean(work.worked, view.answered_by_them);
        (view.occupancy, view.fairness) = (work.occupancy, work.fairness);
        view
    }
}

/// How much some agents worked, and how evenly.
pub(crate) struct Workload {
    worked: Duration,
    pub(crate) occupancy: Option<f64>,
    pub(crate) fairness: Option<f64>,
}

impl Workload {
    pub(crate) fn of(days: &[AgentView]) -> Self {
        let worked: Duration = days.iter().map(|day| day.talk + day.wrap_up).sum();
        let duty: Duration = days.iter().map(|day| day.on_duty).sum();
        let loads: Vec<f64> = days.iter().filter_map(|day| day.occupancy).collect();
        let occupancy = (!duty.is_zero()).then(|| worked.as_secs_f64() / duty.as_secs_f64());
        Self { worked, occupancy, fairness: fairness(&loads) }
    }
}
