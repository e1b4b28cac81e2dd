//! How queues distribute: what a project says and the queue core does.

use std::time::Duration;

/// How a queue chooses among free agents of the same tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strategy {
    /// Everybody at once.
    RingAll,
    /// By tier, then the most competent.
    InOrder,
    /// One more every `ring_more_every`, the earlier ones keep ringing.
    Cumulative,
    /// By chance, repeatable with the seed.
    Random,
    /// Who has been free for longest since the last conversation; a break does not lose the turn.
    #[default]
    LongestIdle,
    /// Who answered the fewest calls today.
    FewestCalls,
    /// Who talked least today.
    LeastTalk,
    /// In turn: who was offered a call longest ago.
    RoundRobin,
}

/// What levels of skill mean among agents who have the required ones; it comes after the tier, before the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SkillOrder {
    /// Nothing: enough is enough.
    #[default]
    Any,
    /// The highest levels first.
    BestFirst,
    /// The lowest sufficient levels first, so that experts stay free for hard calls.
    JuniorFirst,
}

/// How long an agent is left alone after an offer that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackOff {
    /// After busy.
    pub busy: Duration,
    /// After a refusal.
    pub declined: Duration,
    /// After no answer.
    pub no_answer: Duration,
    /// After a phone that could not be reached.
    pub unreachable: Duration,
    /// So many failures in a row make the agent not ready.
    pub failures_max: u32,
}

impl Default for BackOff {
    fn default() -> Self {
        Self {
            busy: Duration::from_secs(30),
            declined: Duration::from_secs(15),
            no_answer: Duration::from_secs(10),
            unreachable: Duration::from_secs(5),
            failures_max: 3,
        }
    }
}
