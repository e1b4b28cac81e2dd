//! Why this agent, why not that one: what each decision saw.

use std::fmt;
use std::time::Duration;

use model::{AgentId, CallId, QueueId, Timestamp, short_duration};

use crate::Strategy;
use crate::acd::Acd;
use crate::agent::Standing;
use crate::caller::Caller;
use crate::lane::Reach;

/// Candidates a decision keeps, the best ones.
pub(crate) const CANDIDATES_MAX: usize = 8;
/// Decisions kept, the latest ones: more than any trace of live calls shows.
pub(crate) const DECISIONS_MAX: usize = 4096;
/// Agents an explanation names.
const AGENTS_MAX: usize = 64;

/// One moment at which a caller was offered to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// Who waited.
    pub call: CallId,
    /// Where.
    pub queue: QueueId,
    /// How long.
    pub waited: Duration,
    /// By which rule the turn was counted.
    pub strategy: Strategy,
    /// How many of the best candidates were offered the call.
    pub chosen: usize,
    /// The best free agents, best first; at most eight.
    pub candidates: Vec<Candidate>,
    /// How many free agents fitted.
    pub free: usize,
    /// Those who would have fitted but were not free.
    pub passed_over: PassedOver,
}

/// A free agent who fitted. Compared by attempt, tier, competence if the queue asks for it, turn, and name at last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Who.
    pub agent: AgentId,
    /// Tier in the queue, from 256 for agents of an added queue.
    pub tier: u16,
    /// Sum of the levels of the required skills; 0 when the queue does not ask.
    pub competence: u64,
    /// The strategy's key, smallest first: microsecond of becoming idle, calls, microseconds of talk, last offer.
    pub turn: u64,
    /// Did an offer to him fail in this round?
    pub attempt: Attempt,
}

/// Whether an agent was tried for this caller in this round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Not yet.
    First,
    /// He was: everybody else comes first.
    Again,
}

/// Agents who may serve the caller but could not be offered the call, by what would have had to be different.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PassedOver {
    /// Being offered another call.
    pub reserved: usize,
    /// In conversation.
    pub talking: usize,
    /// In wrap-up.
    pub wrapping_up: usize,
    /// Left alone after an offer that failed.
    pub backing_off: usize,
    /// Not ready.
    pub not_ready: usize,
    /// Signed out.
    pub signed_out: usize,
}

/// Everything known about the choices made for a call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Explanation {
    /// What was decided, oldest first.
    pub decisions: Vec<Decision>,
    /// While it waits: what would have to change for each agent of its queue.
    pub waits_because: Vec<(AgentId, String)>,
}

impl Acd {
    /// Why a call got whom it got, and why it still waits.
    pub fn explain(&self, call: CallId) -> Explanation {
        let decisions = self.decisions.iter().filter(|decision| decision.call == call).cloned().collect();
        let waits_because = self.callers.get(&call).map(|caller| self.obstacles(caller)).unwrap_or_default();
        Explanation { decisions, waits_because }
    }

    pub(crate) fn passed_over(&self, caller: &Caller) -> PassedOver {
        let Some(lane) = self.lanes.get(&caller.lane()) else { return PassedOver::default() };
        let count = |standing| lane.able.count_in(self.standing(standing));
        PassedOver {
            reserved: count(Standing::Reserved),
            talking: count(Standing::Talking),
            wrapping_up: count(Standing::WrapUp),
            backing_off: count(Standing::BackingOff),
            not_ready: count(Standing::NotReady),
            signed_out: count(Standing::SignedOut),
        }
    }

    fn obstacles(&self, caller: &Caller) -> Vec<(AgentId, String)> {
        let reach = Reach::of(&caller.lane(), &self.queues[caller.queue], &self.queue_ids);
        let concerned =
            |index: &usize| self.agents[*index].queues.contains_key(&caller.queue) || caller.prefers(*index);
        let agents = (0..self.agents.len()).filter(concerned).take(AGENTS_MAX);
        agents.map(|index| (self.agents[index].id.clone(), self.obstacle(caller, &reach, index))).collect()
    }

    fn obstacle(&self, caller: &Caller, reach: &Reach, index: usize) -> String {
        let agent = &self.agents[index];
        if let Some(awaited) = caller.awaited() {
            if !awaited.iter().any(|(preferred, _)| *preferred == index) {
                return format!("the caller waits for {}", self.agents[awaited[awaited.len() - 1].0].id);
            }
        } else if reach.tier(agent).is_none() {
            return "his tier is not open yet".into();
        } else if let Some(skill) = reach.missing_skill(agent) {
            let (has, needs) = (agent.skills.get(skill).copied().unwrap_or(0), reach.skills[skill].max(1));
            return format!("knows {skill} {has}, needed is {needs}");
        }
        match agent.standing {
            Standing::BackingOff => format!("left alone until {} after an offer that failed", agent.not_before),
            Standing::Free => "free: the caller is away or rings elsewhere".into(),
            _ => agent.state.to_string(),
        }
    }
}

impl From<bool> for Attempt {
    fn from(tried: bool) -> Self {
        if tried { Attempt::Again } else { Attempt::First }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} call {} waited {}, {:?}:", self.at, self.call, short_duration(self.waited), self.strategy)?;
        for (place, candidate) in self.candidates.iter().enumerate() {
            let mark = if place < self.chosen { " →" } else { " " };
            write!(f, "{mark}{} (tier {}, turn {}", candidate.agent, candidate.tier, candidate.turn)?;
            if candidate.competence > 0 {
                write!(f, ", competence {}", candidate.competence)?;
            }
            f.write_str(if candidate.attempt == Attempt::Again { ", tried)" } else { ")" })?;
        }
        let p = &self.passed_over;
        let others = [
            (p.reserved, "reserved"),
            (p.talking, "talking"),
            (p.wrapping_up, "wrapping up"),
            (p.backing_off, "backing off"),
            (p.not_ready, "not ready"),
            (p.signed_out, "signed out"),
        ];
        for (count, word) in others.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, "; {count} {word}")?;
        }
        Ok(())
    }
}
