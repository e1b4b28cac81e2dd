//! The queue core's state, and the one way in which it changes: an input, then matching until nothing fits.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use model::{AgentId, CallId, QueueId, Timestamp};

use crate::agent::{Agent, Standing};
use crate::bits::Bits;
use crate::caller::{Caller, Offer, Patience, Talk};
use crate::lane::{Lane, LaneKey, Reach};
use crate::line::Rank;
use crate::queue::Queue;
use crate::timer::Timers;
use crate::{AcdConfig, AcdError, AgentState, BackOff, Decision, Event, OfferId, Party, Timer};

/// Matches waiting calls with free agents. Pure: time comes in, events come out.
///
/// After every input drain `poll_event`; call `handle_timeout` when `poll_timeout` is due. Inputs must come in the
/// order of their times.
#[derive(Debug, Default)]
pub struct Acd {
    pub(crate) back_off: BackOff,
    pub(crate) seed: u64,
    pub(crate) queues: Vec<Queue>,
    pub(crate) queue_ids: BTreeMap<QueueId, usize>,
    pub(crate) agents: Vec<Agent>,
    pub(crate) agent_ids: BTreeMap<AgentId, usize>,
    /// One set per `Standing`, in the order of `Standing::ALL`.
    pub(crate) standings: [Bits; Standing::ALL.len()],
    pub(crate) callers: BTreeMap<CallId, Caller>,
    pub(crate) talks: BTreeMap<CallId, Talk>,
    pub(crate) offers: BTreeMap<OfferId, Offer>,
    pub(crate) last_offer: u64,
    pub(crate) lanes: BTreeMap<LaneKey, Lane>,
    /// Callers who wait for one preferred agent.
    pub(crate) awaited: BTreeMap<usize, BTreeSet<Rank>>,
    /// Agents who became free and callers who became servable since the last matching.
    pub(crate) fresh_agents: BTreeSet<usize>,
    pub(crate) fresh_calls: BTreeSet<Rank>,
    /// Queues where a tier gained its first or lost its last agent on duty.
    pub(crate) restaffed: BTreeSet<usize>,
    pub(crate) timers: Timers,
    pub(crate) events: VecDeque<Event>,
    pub(crate) decisions: VecDeque<Decision>,
}

/// Lanes kept although nobody waits in them; computing one costs a look at every agent.
const EMPTY_LANES_MAX: usize = 64;

impl Acd {
    /// Everybody starts signed out, every queue empty.
    pub fn new(config: AcdConfig) -> Self {
        let mut acd = Self::default();
        acd.apply(Timestamp::ZERO, config);
        acd
    }

    /// The next fact, oldest first.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When `handle_timeout` is due next, and why.
    pub fn poll_timeout(&self) -> Option<(Timestamp, Timer)> {
        self.timers.next()
    }

    pub(crate) fn queue_index(&self, id: &QueueId) -> Result<usize, AcdError> {
        let index = self.queue_ids.get(id).copied().filter(|index| self.queues[*index].configured);
        index.ok_or_else(|| AcdError::UnknownQueue(id.clone()))
    }

    pub(crate) fn agent_index(&self, id: &AgentId) -> Result<usize, AcdError> {
        self.agent_ids.get(id).copied().ok_or_else(|| AcdError::UnknownAgent(id.clone()))
    }

    pub(crate) fn standing(&self, standing: Standing) -> &Bits {
        &self.standings[standing as usize]
    }

    pub(crate) fn free(&self) -> &Bits {
        self.standing(Standing::Free)
    }

    /// The only place where an agent's state changes.
    pub(crate) fn set_state(&mut self, now: Timestamp, index: usize, state: AgentState) {
        let agent = &mut self.agents[index];
        agent.count_time(now);
        let implied = matches!(state, AgentState::Reserved { .. } | AgentState::Talking { with: Party::Caller(_), .. })
            || matches!((&agent.state, &state), (AgentState::Reserved { .. }, AgentState::Ready { .. }))
            || agent.state == state;
        agent.state = state;
        if !implied {
            self.events.push_back(Event::AgentStateChanged { agent: agent.id.clone(), state: agent.state.clone() });
        }
        self.restand(now, index);
    }

    /// Puts an agent into the set where his state and back-off belong.
    pub(crate) fn restand(&mut self, now: Timestamp, index: usize) {
        let agent = &mut self.agents[index];
        let (old, new) = (agent.standing, agent.standing_at(now));
        agent.standing = new;
        self.standings[old as usize].remove(index);
        self.standings[new as usize].insert(index);
        if new == Standing::Free {
            self.fresh_agents.insert(index);
        } else {
            self.fresh_agents.remove(&index);
        }
        if old.on_duty() != new.on_duty() {
            self.change_staff(now, index, new.on_duty());
        }
    }

    fn change_staff(&mut self, now: Timestamp, index: usize, on_duty: bool) {
        let places: Vec<(usize, u8)> = self.agents[index].queues.iter().map(|(queue, tier)| (*queue, *tier)).collect();
        for (queue, tier) in places {
            let count = self.queues[queue].staff.entry(tier).or_default();
            let before = *count;
            *count = if on_duty { before + 1 } else { before.saturating_sub(1) };
            if (before == 0) != (*count == 0) {
                self.restaffed.insert(queue);
            }
            self.queues[queue].estimators.staff_changed();
        }
        if !on_duty {
            self.stop_waiting_for(now, index);
        }
    }

    /// Enters a caller where matching will find him: his lane, or the preferred agents he waits for.
    pub(crate) fn index(&mut self, now: Timestamp, call: CallId) {
        // The one he waits for may have gone while a phone rang or the caller was away.
        if self.callers.get(&call).is_some_and(|caller| self.waits_in_vain(caller)) {
            self.begin_stage(now, call);
        }
        let Some((caller, rank)) = self.callers.get(&call).map(|caller| (caller, caller.rank)) else { return };
        if caller.presence == crate::caller::Presence::Away {
            return;
        }
        let ringing = caller.offers.len();
        if let Some(awaited) = caller.awaited() {
            if ringing == 0 {
                for (agent, _) in awaited {
                    self.awaited.entry(*agent).or_default().insert(rank);
                }
                self.fresh_calls.insert(rank);
            }
            return;
        }
        let more = ringing < self.phones_at_most(caller);
        let key = caller.lane();
        let lane = self.lane(key);
        if ringing == 0 {
            lane.waiting.insert(rank);
        } else if more {
            lane.hungry.insert(rank);
        }
        if ringing == 0 || more {
            self.fresh_calls.insert(rank);
        }
    }

    /// How many phones may ring for a caller now; past the longest wait, those that ring are the last chance.
    pub(crate) fn phones_at_most(&self, caller: &Caller) -> usize {
        match (caller.patience, caller.awaited()) {
            (Patience::Over, _) => caller.offers.len(),
            (Patience::Lasts, Some(_)) => 1,
            (Patience::Lasts, None) => self.queues[caller.queue].ring_together(caller.ring_together),
        }
    }

    /// Does the caller wait for a preferred agent who is not on duty?
    pub(crate) fn waits_in_vain(&self, caller: &Caller) -> bool {
        caller.prefer.get(caller.stage).is_some_and(|(agent, _)| !self.agents[*agent].standing.on_duty())
    }

    /// Takes a caller out of what `index` entered him into.
    pub(crate) fn unindex(&mut self, call: CallId) {
        let Some(caller) = self.callers.get(&call) else { return };
        let rank = caller.rank;
        self.fresh_calls.remove(&rank);
        if let Some(awaited) = caller.awaited() {
            for (agent, _) in awaited {
                if let Some(ranks) = self.awaited.get_mut(agent) {
                    ranks.remove(&rank);
                }
            }
            return;
        }
        let key = caller.lane();
        if let Some(lane) = self.lanes.get_mut(&key) {
            lane.waiting.remove(&rank);
            lane.hungry.remove(&rank);
            if lane.is_empty() && self.lanes.len() > EMPTY_LANES_MAX {
                self.lanes.remove(&key);
            }
        }
    }

    fn lane(&mut self, key: LaneKey) -> &mut Lane {
        let (queues, agents, ids) = (&self.queues, &self.agents, &self.queue_ids);
        self.lanes.entry(key).or_insert_with_key(|key| Lane::new(Reach::of(key, &queues[key.queue], ids), agents))
    }

    /// Computes a queue's lanes anew after its staff changed.
    pub(crate) fn refresh_restaffed(&mut self, now: Timestamp) {
        while let Some(queue) = self.restaffed.pop_first() {
            self.watch_desertion(now, queue);
            if self.queues[queue].config.widen.is_empty() {
                continue;
            }
            let free = &self.standings[Standing::Free as usize];
            for (key, lane) in self.lanes.iter_mut().filter(|(key, _)| key.queue == queue) {
                lane.reach(Reach::of(key, &self.queues[queue], &self.queue_ids), &self.agents);
                if !lane.is_empty() {
                    self.fresh_agents.extend(lane.able.both(free));
                }
            }
        }
    }
}
