//! The invariants, checked by brute force: after every event in tests, now and then in production.

use model::Timestamp;

use crate::acd::Acd;
use crate::agent::Standing;
use crate::caller::{Caller, Patience, Presence};
use crate::lane::Reach;
use crate::{AgentState, Party, Timer};

impl Acd {
    /// Every broken invariant in words; empty when all is well. Looks at everything: not for every call in production.
    pub fn audit(&self, now: Timestamp) -> Vec<String> {
        let mut broken = Vec::new();
        self.audit_agents(now, &mut broken);
        self.audit_callers(&mut broken);
        self.audit_queues(&mut broken);
        self.audit_pairs(&mut broken);
        broken
    }

    fn audit_agents(&self, now: Timestamp, broken: &mut Vec<String>) {
        for (index, agent) in self.agents.iter().enumerate() {
            let id = &agent.id;
            let held = self.offers.values().filter(|offer| offer.agent == index).count();
            let talks = self.talks.values().filter(|talk| talk.agent == index).count();
            let (offers_due, talks_due) = match agent.state {
                AgentState::Reserved { call, offer, .. } => {
                    if self.offers.get(&offer).is_none_or(|lease| lease.call != call) {
                        broken.push(format!("{id} is reserved by an offer that is over"));
                    }
                    if !self.timers.is_set(&Timer::RingTimeout(id.clone())) {
                        broken.push(format!("{id} is reserved without a deadline"));
                    }
                    (1, 0)
                }
                AgentState::Talking { with: Party::Caller(call), .. } => {
                    if self.talks.get(&call).is_none_or(|talk| talk.agent != index) {
                        broken.push(format!("{id} talks to call {call}, which does not know"));
                    }
                    (0, 1)
                }
                AgentState::WrapUp { .. } => {
                    if !self.timers.is_set(&Timer::WrapUpEnd(id.clone())) {
                        broken.push(format!("{id} wraps up without an end"));
                    }
                    (0, 0)
                }
                _ => (0, 0),
            };
            if (held, talks) != (offers_due, talks_due) {
                broken.push(format!("{id} is {}, but holds {held} offers and {talks} conversations", agent.state));
            }
            if agent.standing == Standing::BackingOff && !self.timers.is_set(&Timer::BackOffEnd(id.clone())) {
                broken.push(format!("{id} is left alone for ever"));
            }
            let sets: Vec<Standing> =
                Standing::ALL.into_iter().filter(|set| self.standing(*set).contains(index)).collect();
            let overdue = self.timers.next().is_some_and(|(at, _)| at <= now);
            if sets != [agent.standing] || (!overdue && agent.standing != agent.standing_at(now)) {
                broken.push(format!("{id} is {}, but stands in {sets:?}", agent.state));
            }
        }
    }

    fn audit_callers(&self, broken: &mut Vec<String>) {
        for (call, caller) in &self.callers {
            for offer in &caller.offers {
                if self.offers.get(offer).is_none_or(|lease| lease.call != *call) {
                    broken.push(format!("call {call} holds an offer that is over"));
                }
            }
            if caller.presence == Presence::Away && !caller.offers.is_empty() {
                broken.push(format!("call {call} is away and offered"));
            }
            if caller.presence == Presence::Here && caller.offers.is_empty() && self.waits_in_vain(caller) {
                broken.push(format!("call {call} waits for a preferred agent who is not there"));
            }
            if caller.patience == Patience::Over && caller.offers.is_empty() {
                broken.push(format!("call {call} waits on after its last chance"));
            }
            if self.talks.contains_key(call) {
                broken.push(format!("call {call} waits and talks"));
            }
        }
        for (offer, lease) in &self.offers {
            if self.callers.get(&lease.call).is_none_or(|caller| !caller.offers.contains(offer)) {
                broken.push(format!("offer {} is of a call that left", offer.0));
            }
        }
    }

    fn audit_queues(&self, broken: &mut Vec<String>) {
        for (index, queue) in self.queues.iter().enumerate() {
            let waiting = self.callers.values().filter(|caller| caller.queue == index);
            let mut ranks: Vec<_> = waiting.map(|caller| caller.rank).collect();
            ranks.sort_unstable();
            if !queue.line.iter().eq(ranks.iter().copied()) || queue.line.len() != ranks.len() {
                broken.push(format!("the line of {} lost or invented somebody", queue.id));
            }
            if queue.counts.offered != queue.counts.gone() + ranks.len() as u64 {
                broken.push(format!("{}: offered is not the sum of what became of them", queue.id));
            }
            let talking = self.talks.values().filter(|talk| talk.queue == index).count() as u64;
            if queue.counts.talking != talking {
                broken.push(format!("{}: {talking} talk, {} are counted", queue.id, queue.counts.talking));
            }
            let on_duty = self.agents.iter().filter(|a| a.queues.contains_key(&index) && a.standing.on_duty()).count();
            if queue.on_duty() as usize != on_duty || queue.deserted_since.is_some() != (on_duty == 0) {
                broken.push(format!("{}: {on_duty} on duty, {} are counted", queue.id, queue.on_duty()));
            }
        }
    }

    /// No caller who could be served waits while an agent who may serve him is free: computed without lanes.
    fn audit_pairs(&self, broken: &mut Vec<String>) {
        for (call, caller) in self.callers.iter().filter(|(_, caller)| caller.presence == Presence::Here) {
            let reach = Reach::of(&caller.lane(), &self.queues[caller.queue], &self.queue_ids);
            if caller.offers.len() >= self.phones_at_most(caller) {
                continue;
            }
            for index in 0..self.agents.len() {
                if self.agents[index].standing == Standing::Free && self.fits(caller, &reach, index) {
                    broken.push(format!("call {call} waits although {} is free", self.agents[index].id));
                }
            }
        }
    }

    fn fits(&self, caller: &Caller, reach: &Reach, index: usize) -> bool {
        let agent = &self.agents[index];
        match caller.awaited() {
            Some(awaited) => awaited.iter().any(|(preferred, _)| *preferred == index),
            None => agent.configured && reach.tier(agent).is_some() && reach.missing_skill(agent).is_none(),
        }
    }
}
