//! What an operator sets: queues, agents, skills, how offers fail.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{AgentId, BackOff, QueueId, SkillOrder, Strategy};

/// Everything the queue core knows before the first call; replaced as a whole by `Acd::reload`.
#[derive(Debug, Clone, Default)]
pub struct AcdConfig {
    /// The queues.
    pub queues: BTreeMap<QueueId, QueueConfig>,
    /// The agents.
    pub agents: BTreeMap<AgentId, AgentConfig>,
    /// How long an agent is left alone after an offer that failed.
    pub back_off: BackOff,
    /// Seed of the strategy `random`: the same seed chooses the same agents.
    pub seed: u64,
}

/// One queue.
#[derive(Debug, Clone)]
pub struct QueueConfig {
    /// How callers are distributed.
    pub strategy: Strategy,
    /// Who comes first among agents who know enough.
    pub skill_order: SkillOrder,
    /// How long one agent rings, at least a second; with `Strategy::Cumulative`, how long all ring after the last one joined.
    pub ring_for: Duration,
    /// `Strategy::Cumulative`: one more agent rings after so long, at least a second.
    pub ring_more_every: Duration,
    /// Wrap-up after each call.
    pub wrap_up: Duration,
    /// Virtual seconds of waiting that every caller of this queue brings along; it ages, so it never starves others.
    pub priority_s: i32,
    /// Longest wait; none for no limit.
    pub max_wait: Option<Duration>,
    /// Most callers waiting; none for no limit.
    pub max_waiting: Option<u32>,
    /// Callers leave when nobody was on duty for so long; zero refuses them on entry, none lets them wait.
    pub no_agents_after: Option<Duration>,
    /// Steps that widen the search. Tiers below the first that a step adds are open from the beginning; a tier
    /// beyond all that steps add opens with the last of them.
    pub widen: Vec<Widen>,
    /// A caller who gave up and calls again within this time gets the old place back.
    pub resume_within: Duration,
    /// The time that service levels count as good.
    pub answer_within: Duration,
    /// Callers who gave up this quickly are short abandons.
    pub short_abandon: Duration,
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self {
            strategy: Strategy::LongestIdle,
            skill_order: SkillOrder::Any,
            ring_for: Duration::from_secs(20),
            ring_more_every: Duration::from_secs(10),
            wrap_up: Duration::ZERO,
            priority_s: 0,
            max_wait: None,
            max_waiting: None,
            no_agents_after: None,
            widen: Vec::new(),
            resume_within: Duration::from_secs(60),
            answer_within: Duration::from_secs(20),
            short_abandon: Duration::from_secs(5),
        }
    }
}

/// One step that widens the search while the caller keeps his place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Widen {
    /// After so much waiting.
    pub after: Duration,
    /// What is widened.
    pub step: WidenStep,
}

/// What a step of widening does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WidenStep {
    /// This skill is no longer required.
    DropSkill(String),
    /// Agents up to this tier may be offered the call.
    AddTier(u8),
    /// Agents of this queue may be offered the call, after our own.
    AddQueue(QueueId),
}

/// One agent.
#[derive(Debug, Clone, Default)]
pub struct AgentConfig {
    /// Queue and tier in it; tier 1 comes first.
    pub queues: BTreeMap<QueueId, u8>,
    /// Skill and level 1–9.
    pub skills: BTreeMap<String, u8>,
}
