//! Matching: the oldest caller who can be served gets the best free agent, until nothing fits.

use model::{CallId, Timestamp};

use crate::acd::Acd;
use crate::agent::Agent;
use crate::caller::{Caller, Offer};
use crate::lane::Rating;
use crate::line::Rank;
use crate::{AgentState, Event, OfferId, SkillOrder, Strategy, Timer, Wish};

/// Callers without any ringing phone come before those who merely want more phones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Need {
    First,
    More,
}

/// What orders candidates; smaller is better, and the agent's name decides last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Score {
    pub(crate) tried: bool,
    pub(crate) wish: Wish,
    pub(crate) tier: u16,
    pub(crate) skill: i64,
    pub(crate) turn: u64,
}

impl Acd {
    /// Offers calls until no caller and free agent who fit are left.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        self.refresh_restaffed(now);
        while let Some(call) = self.next_call() {
            self.offer_best(now, call);
        }
        self.fresh_calls.clear();
        self.fresh_agents.clear();
    }

    fn next_call(&mut self) -> Option<CallId> {
        let by_agent = self.next_for_fresh_agents();
        let by_call = self.next_fresh_call();
        by_agent.into_iter().chain(by_call).min().map(|(_, rank)| rank.call)
    }

    fn next_for_fresh_agents(&mut self) -> Option<(Need, Rank)> {
        let mut best = None;
        let mut idle = Vec::new();
        for agent in &self.fresh_agents {
            let found = self.first_in_lanes(*agent);
            if found.is_none() {
                idle.push(*agent);
            }
            best = best.into_iter().chain(found).min();
        }
        for agent in idle {
            self.fresh_agents.remove(&agent);
        }
        best
    }

    /// The caller this agent could serve who comes first.
    fn first_in_lanes(&self, agent: usize) -> Option<(Need, Rank)> {
        let awaited = self.awaited.get(&agent).and_then(|ranks| ranks.first());
        let lanes = || self.lanes.values().filter(|lane| lane.able.contains(agent));
        let waiting = lanes().filter_map(|lane| lane.waiting.first()).chain(awaited).min();
        let hungry = || lanes().filter_map(|lane| lane.hungry.first()).min();
        waiting.map(|rank| (Need::First, *rank)).or_else(|| hungry().map(|rank| (Need::More, *rank)))
    }

    fn next_fresh_call(&mut self) -> Option<(Need, Rank)> {
        let mut best = None;
        let mut hopeless = Vec::new();
        for rank in &self.fresh_calls {
            match self.callers.get(&rank.call).filter(|caller| self.can_be_served(caller)) {
                None => hopeless.push(*rank),
                Some(caller) => {
                    let need = if caller.offers.is_empty() { Need::First } else { Need::More };
                    best = best.into_iter().chain([(need, *rank)]).min();
                }
            }
        }
        for rank in hopeless {
            self.fresh_calls.remove(&rank);
        }
        best
    }

    fn can_be_served(&self, caller: &Caller) -> bool {
        match caller.awaited() {
            Some(awaited) => awaited.iter().any(|(agent, _)| self.free().contains(*agent)),
            None => self.lanes.get(&caller.lane()).is_some_and(|lane| lane.able.meets(self.free())),
        }
    }

    fn offer_best(&mut self, now: Timestamp, call: CallId) {
        let ranked = self.rank_candidates(call);
        let Some(caller) = self.callers.get_mut(&call) else { return };
        if ranked.iter().all(|(score, _)| score.tried) {
            caller.tried.clear();
        }
        let ringing = caller.offers.len();
        let together = self.callers.get(&call).map_or(0, |caller| self.phones_at_most(caller));
        let wanted = together.saturating_sub(ringing).min(ranked.len());
        let chosen: Vec<usize> = ranked.iter().take(wanted).map(|(_, agent)| *agent).collect();
        self.record(now, call, &ranked, wanted);
        self.unindex(call);
        chosen.into_iter().for_each(|agent| self.offer(now, call, agent));
        self.index(now, call);
    }

    /// All free agents who may serve the call, best first.
    fn rank_candidates(&self, call: CallId) -> Vec<(Score, usize)> {
        let Some(caller) = self.callers.get(&call) else { return Vec::new() };
        let mut ranked: Vec<(Score, usize)> = match (caller.awaited(), self.lanes.get(&caller.lane())) {
            (Some(awaited), _) => {
                let free = awaited.iter().enumerate().filter(|(_, (agent, _))| self.free().contains(*agent));
                free.map(|(order, (agent, _))| (self.preferred_score(caller, *agent, order), *agent)).collect()
            }
            (None, Some(lane)) => {
                let free = lane.able.both(self.free());
                free.map(|agent| (self.score(caller, call, lane.rating(agent), agent), agent)).collect()
            }
            (None, None) => Vec::new(),
        };
        ranked.sort_unstable_by_key(|(score, agent)| (*score, self.agents[*agent].by_name));
        ranked
    }

    fn preferred_score(&self, caller: &Caller, agent: usize, order: usize) -> Score {
        let tier = u16::try_from(order).unwrap_or(u16::MAX);
        Score { tried: caller.tried.contains(&agent), wish: Wish::Preferred, tier, skill: 0, turn: 0 }
    }

    fn score(&self, caller: &Caller, call: CallId, rating: Rating, index: usize) -> Score {
        let agent = &self.agents[index];
        let config = &self.queues[caller.queue].config;
        let competence = i64::from(rating.competence);
        let skill = match (config.strategy, config.skill_order) {
            (_, SkillOrder::JuniorFirst) => competence,
            (Strategy::InOrder, _) | (_, SkillOrder::BestFirst) => -competence,
            (_, SkillOrder::Any) => 0,
        };
        Score {
            tried: caller.tried.contains(&index),
            wish: if caller.prefers(index) { Wish::Preferred } else { Wish::Other },
            tier: rating.tier,
            skill,
            turn: turn(config.strategy, agent, self.seed, call, index),
        }
    }

    fn offer(&mut self, now: Timestamp, call: CallId, index: usize) {
        self.last_offer += 1;
        let offer = OfferId(self.last_offer);
        let Some(caller) = self.callers.get_mut(&call) else { return };
        caller.offers.push(offer);
        let queue = &self.queues[caller.queue];
        let ring_until = now + queue.config.ring_for;
        self.events.push_back(Event::CallOffered {
            call,
            queue: queue.id.clone(),
            agent: self.agents[index].id.clone(),
            offer,
            ring_until,
        });
        let cumulative = queue.config.strategy == Strategy::Cumulative;
        let ring_more = now + queue.config.ring_more_every;
        self.offers.insert(offer, Offer { call, agent: index });
        self.agents[index].last_offer = offer.0;
        self.set_state(now, index, AgentState::Reserved { call, offer, ring_until });
        self.timers.set(Timer::RingTimeout(self.agents[index].id.clone()), ring_until);
        if cumulative {
            self.extend_leases(call, ring_until);
            if !self.timers.is_set(&Timer::RingMore(call)) {
                self.timers.set(Timer::RingMore(call), ring_more);
            }
        }
    }

    /// Cumulative ringing: the earlier phones go on ringing with the new one.
    fn extend_leases(&mut self, call: CallId, until: Timestamp) {
        let offers = self.callers.get(&call).map(|caller| caller.offers.clone()).unwrap_or_default();
        for agent in offers.iter().filter_map(|offer| self.offers.get(offer)).map(|offer| offer.agent) {
            // Whoever picked up already and is still to confirm may have longer.
            if let AgentState::Reserved { ring_until, .. } = &mut self.agents[agent].state
                && *ring_until < until
            {
                *ring_until = until;
                self.timers.set(Timer::RingTimeout(self.agents[agent].id.clone()), until);
            }
        }
    }
}

/// The strategy's own key: who has the smallest is next.
fn turn(strategy: Strategy, agent: &Agent, seed: u64, call: CallId, index: usize) -> u64 {
    match strategy {
        Strategy::LongestIdle | Strategy::RingAll | Strategy::Cumulative | Strategy::InOrder => {
            agent.idle_since.as_micros()
        }
        Strategy::FewestCalls => agent.day.calls,
        Strategy::LeastTalk => u64::try_from(agent.day.talk.as_micros()).unwrap_or(u64::MAX),
        Strategy::RoundRobin => agent.last_offer,
        // The least of independent uniform numbers belongs to each candidate with the same probability.
        Strategy::Random => scramble(seed ^ scramble(call.0 ^ scramble(index as u64 ^ scramble(agent.last_offer)))),
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
fn scramble(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
