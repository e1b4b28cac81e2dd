//! Why this agent, why not that one: keeps what decisions saw, and answers.

use model::{AgentId, CallId, Timestamp};

use crate::acd::Acd;
use crate::agent::Standing;
use crate::caller::Caller;
use crate::lane::Reach;
use crate::matching::Score;
use crate::why::{LookedFor, Seen};
use crate::{Candidate, Decision, Explanation, OfferId, PassedOver};

/// Candidates a decision keeps, the best ones.
const CANDIDATES_MAX: usize = 8;
/// Decisions kept, the latest ones: more than any trace of live calls shows.
const DECISIONS_MAX: usize = 4096;
/// Agents an explanation names.
const AGENTS_MAX: usize = 64;

impl Acd {
    /// Why a call got whom it got, why not somebody else, and why it still waits.
    pub fn explain(&self, call: CallId) -> Explanation {
        let decisions: Vec<Decision> =
            self.decisions.iter().filter(|decision| decision.call == call).cloned().collect();
        let not_chosen = decisions.last().map(|last| self.not_chosen(last)).unwrap_or_default();
        let waits_because = self.callers.get(&call).map(|caller| self.obstacles(caller)).unwrap_or_default();
        Explanation { decisions, not_chosen, waits_because }
    }

    /// The decision behind an offer, while it is among the latest.
    pub fn decision_of(&self, offer: OfferId) -> Option<&Decision> {
        self.decisions.iter().rev().find(|decision| decision.seen.offers.contains(&offer.0))
    }

    /// The last decision about a call: the one behind its newest offers.
    pub fn latest_decision(&self, call: CallId) -> Option<&Decision> {
        self.decisions.iter().rev().find(|decision| decision.call == call)
    }

    pub(crate) fn record(&mut self, now: Timestamp, call: CallId, ranked: &[(Score, usize)], chosen: usize) {
        let Some(caller) = self.callers.get(&call) else { return };
        let decision = Decision {
            at: now,
            call,
            queue: self.queues[caller.queue].id.clone(),
            waited: now.since(caller.entered),
            strategy: self.queues[caller.queue].config.strategy,
            chosen,
            candidates: ranked.iter().take(CANDIDATES_MAX).map(|ranked| self.candidate(ranked)).collect(),
            free: ranked.len(),
            passed_over: self.passed_over(caller),
            seen: Seen {
                offers: self.last_offer + 1..self.last_offer + 1 + chosen as u64,
                standings: self.standings.clone(),
                chosen: ranked.iter().take(chosen).map(|(_, index)| *index).collect(),
                looked_for: self.looked_for(caller),
            },
        };
        if self.decisions.len() == DECISIONS_MAX {
            self.decisions.pop_front();
        }
        self.decisions.push_back(decision);
    }

    fn candidate(&self, (score, index): &(Score, usize)) -> Candidate {
        Candidate {
            agent: self.agents[*index].id.clone(),
            tier: score.tier,
            competence: score.skill.unsigned_abs(),
            turn: score.turn,
            attempt: score.tried.into(),
            wish: score.wish,
        }
    }

    fn looked_for(&self, caller: &Caller) -> LookedFor {
        match (caller.awaited(), self.lanes.get(&caller.lane())) {
            (Some(awaited), _) => LookedFor::Preferred(awaited.iter().map(|(agent, _)| *agent).collect()),
            (None, Some(lane)) => LookedFor::Anybody(lane.reach.clone()),
            (None, None) => LookedFor::Anybody(self.reach(caller).into()),
        }
    }

    fn reach(&self, caller: &Caller) -> Reach {
        Reach::of(&caller.lane(), &self.queues[caller.queue], &self.queue_ids)
    }

    fn passed_over(&self, caller: &Caller) -> PassedOver {
        let lane = self.lanes.get(&caller.lane()).filter(|_| caller.awaited().is_none());
        let Some(lane) = lane else { return PassedOver::default() };
        let count = |standing| lane.able.count_in(self.standing(standing));
        PassedOver {
            reserved: count(Standing::Reserved),
            talking: count(Standing::Talking),
            wrapping_up: count(Standing::WrapUp),
            backing_off: count(Standing::BackingOff),
            not_ready: count(Standing::NotReady),
            signed_out: count(Standing::SignedOut),
            unskilled: lane.unskilled.count_in(self.free()),
            tier_closed: lane.tier_closed.count_in(self.free()),
        }
    }

    /// What would have had to be different for those who were not offered the call.
    fn not_chosen(&self, decision: &Decision) -> Vec<(AgentId, String)> {
        let seen = &decision.seen;
        let others = (0..self.agents.len()).filter(|index| !seen.chosen.contains(index));
        let others = others.filter(|index| match &seen.looked_for {
            LookedFor::Preferred(awaited) => awaited.contains(index),
            LookedFor::Anybody(reach) => reach.concerns(&self.agents[*index]),
        });
        let why = |index: usize| {
            let agent = &self.agents[index].id;
            let unfit = self.unfit(&seen.looked_for, index);
            let standing =
                Standing::ALL.into_iter().find(|standing| seen.standings[*standing as usize].contains(index));
            let busy = standing.and_then(Standing::obstacle).map(str::to_owned);
            unfit.or(busy).unwrap_or_else(|| {
                let candidate = decision.candidates.iter().find(|candidate| candidate.agent == *agent);
                candidate.map_or_else(|| "others came first".into(), |candidate| decision.came_after(candidate))
            })
        };
        others.take(AGENTS_MAX).map(|index| (self.agents[index].id.clone(), why(index))).collect()
    }

    fn obstacles(&self, caller: &Caller) -> Vec<(AgentId, String)> {
        let looked_for = match caller.awaited() {
            Some(_) => self.looked_for(caller),
            None => LookedFor::Anybody(self.reach(caller).into()),
        };
        let concerned =
            |index: &usize| self.agents[*index].queues.contains_key(&caller.queue) || caller.prefers(*index);
        let agents = (0..self.agents.len()).filter(concerned).take(AGENTS_MAX);
        agents.map(|index| (self.agents[index].id.clone(), self.obstacle(&looked_for, index))).collect()
    }

    fn obstacle(&self, looked_for: &LookedFor, index: usize) -> String {
        if let Some(unfit) = self.unfit(looked_for, index) {
            return unfit;
        }
        let agent = &self.agents[index];
        match agent.standing {
            Standing::BackingOff => format!("left alone until {} after an offer that failed", agent.not_before),
            Standing::Free => "free: the caller is away or rings elsewhere".into(),
            _ => agent.state.to_string(),
        }
    }

    /// Why an agent may not serve a caller, however free he is.
    fn unfit(&self, looked_for: &LookedFor, index: usize) -> Option<String> {
        let agent = &self.agents[index];
        match looked_for {
            LookedFor::Preferred(awaited) if awaited.contains(&index) => None,
            LookedFor::Preferred(awaited) => {
                Some(format!("the caller waits for {}", self.agents[awaited[awaited.len() - 1]].id))
            }
            LookedFor::Anybody(reach) => match (reach.tier(agent), reach.missing_skill(agent)) {
                (None, _) => Some("his tier is not open yet".into()),
                (Some(_), Some(skill)) => {
                    let (has, needs) = (agent.skills.get(skill).copied().unwrap_or(0), reach.skills[skill].max(1));
                    Some(format!("knows {skill} {has}, needed is {needs}"))
                }
                (Some(_), None) => None,
            },
        }
    }
}

impl Standing {
    /// Why somebody who stands so is offered nothing; none when he is free.
    const fn obstacle(self) -> Option<&'static str> {
        match self {
            Standing::Free => None,
            Standing::BackingOff => Some("left alone after an offer that failed"),
            Standing::Reserved => Some("reserved for another call"),
            Standing::Talking => Some("talking"),
            Standing::WrapUp => Some("wrapping up"),
            Standing::NotReady => Some("not ready"),
            Standing::SignedOut => Some("signed out"),
        }
    }
}
