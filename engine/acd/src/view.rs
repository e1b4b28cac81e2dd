//! Owned pictures of queues and agents, for consoles, reports and tests.

use std::time::Duration;

use model::{AgentId, CallId, QueueId, Timestamp};

use crate::acd::Acd;
use crate::agent::Standing;
use crate::group::Workload;
use crate::queue::Queue;
use crate::{AgentState, Counts, Estimator, OfferId};

/// A queue at one moment.
#[derive(Debug, Clone)]
pub struct QueueView {
    /// Callers in the order of service, those away or being offered included.
    pub waiting: Vec<CallId>,
    /// The longest wait of anybody waiting now.
    pub longest_wait: Duration,
    /// What happened so far.
    pub counts: Counts,
    /// Members free now.
    pub agents_free: usize,
    /// Members being offered a call.
    pub agents_reserved: usize,
    /// Members in conversation.
    pub agents_talking: usize,
    /// Members in wrap-up.
    pub agents_wrapping_up: usize,
    /// Members left alone after an offer that failed.
    pub agents_backing_off: usize,
    /// Members not ready.
    pub agents_not_ready: usize,
    /// Members signed out.
    pub agents_signed_out: usize,
    /// (Talk + wrap-up) / time on duty of all members, in all their queues.
    pub occupancy: Option<f64>,
    /// Jain's index over the members' occupancy: 1 is perfectly even.
    pub fairness: Option<f64>,
    /// Which estimator speaks, and by how many seconds it erred lately.
    pub estimator: Option<(Estimator, f64)>,
}

/// What a flow wants to know of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueLoad {
    /// Callers waiting, those being offered included.
    pub waiting: usize,
    /// The wait so far of the caller who is next.
    pub next_has_waited: Duration,
    /// Members free now.
    pub agents_free: usize,
    /// Members signed in and not on a break.
    pub agents_on_duty: usize,
}

/// An agent at one moment.
#[derive(Debug, Clone)]
pub struct AgentView {
    /// What he does.
    pub state: AgentState,
    /// Until when he is left alone after an offer that failed.
    pub backing_off_until: Option<Timestamp>,
    /// Calls answered today.
    pub calls: u64,
    /// Time in conversation today.
    pub talk: Duration,
    /// Time in wrap-up today.
    pub wrap_up: Duration,
    /// Time signed in and not on a break today.
    pub on_duty: Duration,
    /// (Talk + wrap-up) / on duty.
    pub occupancy: Option<f64>,
}

impl Acd {
    /// A queue now.
    pub fn queue(&self, now: Timestamp, id: &QueueId) -> Option<QueueView> {
        let queue = &self.queues[self.queue_index(id).ok()?];
        let waiting: Vec<CallId> = queue.line.iter().map(|rank| rank.call).collect();
        let count = |standing| queue.members.count_in(self.standing(standing));
        let days: Vec<AgentView> =
            queue.members.both(&queue.members).filter_map(|index| self.agent(now, &self.agents[index].id)).collect();
        let work = Workload::of(&days);
        Some(QueueView {
            longest_wait: self.longest_wait(now, queue),
            waiting,
            counts: queue.counts.clone(),
            agents_free: count(Standing::Free),
            agents_reserved: count(Standing::Reserved),
            agents_talking: count(Standing::Talking),
            agents_wrapping_up: count(Standing::WrapUp),
            agents_backing_off: count(Standing::BackingOff),
            agents_not_ready: count(Standing::NotReady),
            agents_signed_out: count(Standing::SignedOut),
            occupancy: work.occupancy,
            fairness: work.fairness,
            estimator: queue.estimators.best(),
        })
    }

    pub(crate) fn longest_wait(&self, now: Timestamp, queue: &Queue) -> Duration {
        let callers = queue.line.iter().filter_map(|rank| self.callers.get(&rank.call));
        callers.map(|caller| now.since(caller.entered)).max().unwrap_or_default()
    }

    /// An agent now.
    pub fn agent(&self, now: Timestamp, id: &AgentId) -> Option<AgentView> {
        let agent = &self.agents[self.agent_index(id).ok()?];
        let mut day = agent.day.clone();
        let passed = now.since(day.counted_until);
        match agent.state {
            AgentState::Talking { .. } => day.talk += passed,
            AgentState::WrapUp { .. } => day.wrap_up += passed,
            _ => {}
        }
        if agent.standing.on_duty() {
            day.on_duty += passed;
        }
        let duty = day.on_duty.as_secs_f64();
        Some(AgentView {
            state: agent.state.clone(),
            backing_off_until: (agent.standing == Standing::BackingOff).then_some(agent.not_before),
            calls: day.calls,
            talk: day.talk,
            wrap_up: day.wrap_up,
            on_duty: day.on_duty,
            occupancy: (duty > 0.0).then(|| (day.talk + day.wrap_up).as_secs_f64() / duty),
        })
    }

    /// Who talks to whom by our books, for comparing them with the legs that exist; `call_ended` mends a lost message.
    pub fn conversations(&self) -> Vec<(CallId, AgentId)> {
        self.talks.iter().map(|(call, talk)| (*call, self.agents[talk.agent].id.clone())).collect()
    }

    /// Who is being rung for whom by our books; `offer_failed` mends a lost message before the lease ends.
    pub fn leases(&self) -> Vec<(OfferId, CallId, AgentId)> {
        self.offers.iter().map(|(id, offer)| (*id, offer.call, self.agents[offer.agent].id.clone())).collect()
    }

    /// From when a waiting caller's place counts.
    pub fn joined(&self, call: CallId) -> Option<Timestamp> {
        self.callers.get(&call).map(|caller| caller.joined)
    }

    /// How a queue stands, at a cost that does not grow with the number waiting.
    pub fn queue_load(&self, now: Timestamp, id: &QueueId) -> Option<QueueLoad> {
        let queue = &self.queues[self.queue_index(id).ok()?];
        let next = queue.line.iter().next().and_then(|rank| self.callers.get(&rank.call));
        Some(QueueLoad {
            waiting: queue.line.len(),
            next_has_waited: next.map(|caller| now.since(caller.entered)).unwrap_or_default(),
            agents_free: queue.members.count_in(self.free()),
            agents_on_duty: queue.on_duty() as usize,
        })
    }

    /// The position of a waiting caller in his queue's order of service, from 1.
    pub fn position(&self, call: CallId) -> Option<usize> {
        let caller = self.callers.get(&call)?;
        Some(self.queues[caller.queue].line.position(caller.rank))
    }
}
