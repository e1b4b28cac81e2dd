//! What a decision saw, and how it is told.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use model::{AgentId, CallId, QueueId, Timestamp, short_duration};

use crate::Strategy;
use crate::agent::Standing;
use crate::bits::Bits;
use crate::lane::Reach;

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
    /// Those who would have fitted but were not free, and those who were free but did not fit.
    pub passed_over: PassedOver,
    /// Everything else that it depended on, for `Acd::explain`.
    pub(crate) seen: Seen,
}

/// The agents as they were at a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) standings: [Bits; Standing::ALL.len()],
    /// Numbers of the offers that came of it.
    pub(crate) offers: Range<u64>,
    /// Those who were offered the call.
    pub(crate) chosen: Vec<usize>,
    pub(crate) looked_for: LookedFor,
}

/// Among whom a decision chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LookedFor {
    /// These alone, because the caller waits for them.
    Preferred(Vec<usize>),
    /// Whoever is in reach.
    Anybody(Arc<Reach>),
}

/// A free agent who fitted. Compared by attempt, wish, tier, competence if the queue asks for it, turn, and name at
/// last.
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
    /// Did the caller wish for him?
    pub wish: Wish,
}

/// Whether a caller wished for an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wish {
    /// The caller prefers him.
    Preferred,
    /// He is one of the others.
    Other,
}

/// Whether an agent was tried for this caller in this round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Not yet.
    First,
    /// He was: everybody else comes first.
    Again,
}

/// Agents of the queue who could not be offered the call, by what would have had to be different.
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
    /// Free, but without the skills.
    pub unskilled: usize,
    /// Free, but in a tier that is not open yet.
    pub tier_closed: usize,
}

/// Everything known about the choices made for a call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Explanation {
    /// What was decided, oldest first.
    pub decisions: Vec<Decision>,
    /// What would have had to be different at the last decision for each agent who was not offered the call.
    pub not_chosen: Vec<(AgentId, String)>,
    /// While it waits: what would have to change for each agent of its queue.
    pub waits_because: Vec<(AgentId, String)>,
}

impl From<bool> for Attempt {
    fn from(tried: bool) -> Self {
        if tried { Attempt::Again } else { Attempt::First }
    }
}

impl Decision {
    /// The decision in words, for the journal: by which rule, who came first with which scores, who could not.
    pub fn why(&self) -> String {
        let rule = match self.seen.looked_for {
            LookedFor::Preferred(_) => "waits for a preferred agent",
            LookedFor::Anybody(_) => strategy_words(self.strategy),
        };
        let named: Vec<String> = self.candidates.iter().map(|candidate| self.words(candidate)).collect();
        let more = self.free.saturating_sub(named.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{rule}, {} free: {}{more}{}", self.free, named.join(", "), self.passed_over)
    }

    fn words(&self, candidate: &Candidate) -> String {
        let mut scores = Vec::new();
        if candidate.attempt == Attempt::Again {
            scores.push("tried before".to_owned());
        }
        match self.seen.looked_for {
            LookedFor::Preferred(_) => {}
            LookedFor::Anybody(_) => {
                if candidate.wish == Wish::Preferred {
                    scores.push("preferred".to_owned());
                }
                if candidate.tier > 1 {
                    scores.push(tier_words(candidate.tier));
                }
                if candidate.competence > 0 {
                    scores.push(format!("skill {}", candidate.competence));
                }
                scores.push(self.turn_words(candidate));
            }
        }
        if scores.is_empty() {
            candidate.agent.to_string()
        } else {
            format!("{} ({})", candidate.agent, scores.join(", "))
        }
    }

    fn turn_words(&self, candidate: &Candidate) -> String {
        match self.strategy {
            Strategy::LongestIdle | Strategy::RingAll | Strategy::Cumulative | Strategy::InOrder => {
                format!("idle {}", short_duration(self.at.since(Timestamp::from_micros(candidate.turn))))
            }
            Strategy::FewestCalls => format!("answered {}", candidate.turn),
            Strategy::LeastTalk => format!("talked {}", short_duration(Duration::from_micros(candidate.turn))),
            Strategy::RoundRobin if candidate.turn == 0 => "not yet offered a call".into(),
            Strategy::RoundRobin => format!("last offer {}", candidate.turn),
            Strategy::Random => "by lot".into(),
        }
    }

    /// The first thing by which `other` comes after the best candidate.
    pub(crate) fn came_after(&self, other: &Candidate) -> String {
        let Some(best) = self.candidates.first() else { return String::new() };
        let who = &best.agent;
        if other.attempt != best.attempt {
            "an offer to him failed in this round".into()
        } else if other.wish != best.wish {
            format!("the caller prefers {who}")
        } else if other.tier != best.tier {
            format!("{} comes after that of {who}", tier_words(other.tier))
        } else if other.competence != best.competence {
            format!("skill {}, {who} has {}", other.competence, best.competence)
        } else if other.turn != best.turn {
            format!("{}, {who}: {}", self.turn_words(other), self.turn_words(best))
        } else {
            format!("all is equal, and {who} comes first by name")
        }
    }
}

fn tier_words(tier: u16) -> String {
    match tier.checked_sub(crate::lane::ADDED_TIER) {
        Some(tier) => format!("added queue's tier {tier}"),
        None => format!("tier {tier}"),
    }
}

const fn strategy_words(strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::RingAll => "all at once",
        Strategy::InOrder => "in order",
        Strategy::Cumulative => "cumulative",
        Strategy::Random => "by lot",
        Strategy::LongestIdle => "longest idle",
        Strategy::FewestCalls => "fewest calls",
        Strategy::LeastTalk => "least talk",
        Strategy::RoundRobin => "round robin",
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} call {} waited {}, {}", self.at, self.call, short_duration(self.waited), self.why())
    }
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.reserved, "reserved"),
            (self.talking, "talking"),
            (self.wrapping_up, "wrapping up"),
            (self.backing_off, "backing off"),
            (self.not_ready, "not ready"),
            (self.signed_out, "signed out"),
            (self.unskilled, "free without the skills"),
            (self.tier_closed, "free in a tier not open yet"),
        ];
        for (count, word) in counts.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, "; {count} {word}")?;
        }
        Ok(())
    }
}
