//! A new configuration in the middle of the day: nobody loses a call, a place or a state.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{CallId, Timestamp};

use crate::acd::Acd;
use crate::agent::{Agent, Intent, Standing};
use crate::line::Rank;
use crate::queue::Queue;
use crate::{AcdConfig, AgentConfig, Event, LeaveReason, QueueConfig};

/// Nobody can answer faster.
const RING_MIN: Duration = Duration::from_secs(1);

impl Acd {
    /// Applies to waiting callers at once. Callers of a removed queue leave it, removed agents finish what they do.
    pub fn reload(&mut self, now: Timestamp, config: AcdConfig) {
        self.events.push_back(Event::ConfigReloaded);
        self.apply(now, config);
        self.settle(now);
    }

    pub(crate) fn apply(&mut self, now: Timestamp, config: AcdConfig) {
        let calls: Vec<CallId> = self.callers.keys().copied().collect();
        self.back_off = config.back_off;
        self.seed = config.seed;
        self.apply_queues(config.queues);
        self.apply_agents(now, &config.agents);
        // Removed agents gave their offers back, which entered callers under the old rules.
        calls.iter().for_each(|call| self.unindex(*call));
        self.lanes.clear();
        self.count_staff(now);
        for call in calls {
            self.place_again(now, call);
        }
        self.fresh_agents
            .extend(self.standings[Standing::Free as usize].both(&self.standings[Standing::Free as usize]));
    }

    fn apply_queues(&mut self, mut queues: BTreeMap<model::QueueId, QueueConfig>) {
        for queue in &mut self.queues {
            let config = queues.remove(&queue.id);
            queue.configured = config.is_some();
            queue.config = config.map_or_else(|| queue.config.clone(), orderly);
        }
        for (id, config) in queues {
            self.queue_ids.insert(id.clone(), self.queues.len());
            self.queues.push(Queue::new(id, orderly(config)));
        }
    }

    fn apply_agents(&mut self, now: Timestamp, configs: &BTreeMap<model::AgentId, AgentConfig>) {
        for (id, config) in configs {
            let queues = config.queues.iter();
            let queues = queues.filter_map(|(id, tier)| Some((self.queue_index(id).ok()?, *tier))).collect();
            match self.agent_ids.get(id) {
                Some(index) => {
                    let agent = &mut self.agents[*index];
                    (agent.queues, agent.skills, agent.configured) = (queues, config.skills.clone(), true);
                }
                None => {
                    let index = self.agents.len();
                    self.agent_ids.insert(id.clone(), index);
                    self.agents.push(Agent::new(id.clone(), config, queues));
                    self.standings[Standing::SignedOut as usize].insert(index);
                }
            }
        }
        for (by_name, index) in self.agent_ids.values().enumerate() {
            self.agents[*index].by_name = by_name;
        }
        for index in 0..self.agents.len() {
            if !configs.contains_key(&self.agents[index].id) && self.agents[index].configured {
                self.agents[index].configured = false;
                self.retire(now, index, Intent::SignOut);
                self.agents[index].queues.clear();
            }
        }
    }

    fn count_staff(&mut self, now: Timestamp) {
        for index in 0..self.queues.len() {
            let member = |agent: &Agent| agent.queues.get(&index).copied();
            self.queues[index].members =
                self.agents.iter().enumerate().filter(|(_, agent)| member(agent).is_some()).map(|(at, _)| at).collect();
            self.queues[index].staff.clear();
            for tier in self.agents.iter().filter(|agent| agent.standing.on_duty()).filter_map(member) {
                *self.queues[index].staff.entry(tier).or_default() += 1;
            }
            self.watch_desertion(now, index);
        }
        self.restaffed.clear();
    }

    /// Ranks and enters a waiting caller by the new rules.
    fn place_again(&mut self, now: Timestamp, call: CallId) {
        let Some(caller) = self.callers.get_mut(&call) else { return };
        let queue = &mut self.queues[caller.queue];
        if !queue.configured {
            self.leave(now, call, LeaveReason::QueueRemoved);
            return;
        }
        queue.line.remove(caller.rank);
        let priority = i64::from(caller.priority_s) + i64::from(queue.config.priority_s);
        caller.rank = Rank::new(caller.joined, priority, call);
        queue.line.insert(caller.rank);
        let waited = now.since(caller.joined);
        caller.steps = queue.config.widen.iter().take_while(|step| step.after <= waited).count();
        self.schedule_widening(call);
        self.watch_patience(call);
        self.watch_for_agents(now, call);
        self.index(now, call);
    }
}

/// Steps in the order of time; no lease of zero length, with which offers would chase each other without end.
fn orderly(mut config: QueueConfig) -> QueueConfig {
    config.widen.sort_by_key(|widen| widen.after);
    config.ring_for = config.ring_for.max(RING_MIN);
    config.ring_more_every = config.ring_more_every.max(RING_MIN);
    config
}
