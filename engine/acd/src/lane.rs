//! A lane: all callers whom exactly the same agents may serve. Matching looks at lanes, never at all callers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::QueueId;

use crate::agent::Agent;
use crate::bits::Bits;
use crate::line::Rank;
use crate::queue::Queue;
use crate::{QueueConfig, Widen, WidenStep};

/// What decides who may serve a caller.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LaneKey {
    pub(crate) queue: usize,
    pub(crate) steps: usize,
    pub(crate) skills: Arc<BTreeMap<String, u8>>,
}

#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) reach: Arc<Reach>,
    /// Agents who may serve these callers when they are free.
    pub(crate) able: Bits,
    /// Tier and competence of those who may, by agent.
    ratings: Vec<Rating>,
    /// Agents of the queues in reach who know too little.
    pub(crate) unskilled: Bits,
    /// Agents of the queue who know enough, but whose tier is not open.
    pub(crate) tier_closed: Bits,
    /// Callers nobody is being rung for.
    pub(crate) waiting: BTreeSet<Rank>,
    /// Callers for whom phones ring, and more may.
    pub(crate) hungry: BTreeSet<Rank>,
}

/// What an agent is worth to the callers of a lane, whatever he has done today.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rating {
    /// In the queue, or from `ADDED_TIER` in an added one.
    pub(crate) tier: u16,
    /// Sum of the levels of the required skills.
    pub(crate) competence: u32,
}

/// Where a lane looks for agents, after all its steps of widening.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    queue: usize,
    tiers: Tiers,
    added: BTreeSet<usize>,
    pub(crate) skills: BTreeMap<String, u8>,
}

/// Agents of added queues come after all of the caller's own queue.
pub(crate) const ADDED_TIER: u16 = 256;

impl Reach {
    pub(crate) fn of(key: &LaneKey, queue: &Queue, ids: &BTreeMap<QueueId, usize>) -> Self {
        let mut skills = BTreeMap::clone(&key.skills);
        let mut added = BTreeSet::new();
        for widen in queue.config.widen.iter().take(key.steps) {
            match &widen.step {
                WidenStep::DropSkill(skill) => {
                    skills.remove(skill);
                }
                WidenStep::AddQueue(id) => added.extend(ids.get(id)),
                WidenStep::AddTier(_) => {}
            }
        }
        let tiers = Tiers::of(&queue.config, key.steps, &queue.staff);
        Self { queue: key.queue, tiers, added, skills }
    }

    /// The order in which this agent's tier is asked; none when he may not serve this lane.
    pub(crate) fn tier(&self, agent: &Agent) -> Option<u16> {
        let own = agent.queues.get(&self.queue).filter(|tier| self.tiers.is_open(**tier));
        let added = || self.added.iter().filter_map(|queue| agent.queues.get(queue)).min();
        own.map(|tier| u16::from(*tier)).or_else(|| added().map(|tier| ADDED_TIER + u16::from(*tier)))
    }

    pub(crate) fn missing_skill(&self, agent: &Agent) -> Option<&str> {
        let short = |(skill, level): &(&String, &u8)| agent.skills.get(*skill).copied().unwrap_or(0) < (**level).max(1);
        self.skills.iter().find(short).map(|(skill, _)| skill.as_str())
    }

    fn competence(&self, agent: &Agent) -> u32 {
        self.skills.keys().filter_map(|skill| agent.skills.get(skill)).map(|level| u32::from(*level)).sum()
    }

    /// Is the agent in this queue or in one that was added?
    pub(crate) fn concerns(&self, agent: &Agent) -> bool {
        agent.queues.contains_key(&self.queue) || self.added.iter().any(|queue| agent.queues.contains_key(queue))
    }
}

/// Which tiers are open. Those below the first that a step adds are from the beginning; a step opens all up to its
/// tier, the last one all the rest.
#[derive(Debug, PartialEq, Eq)]
struct Tiers {
    /// The tiers that steps add, in the order of the steps.
    added: Vec<u8>,
    /// How many of them are open.
    open: usize,
}

impl Tiers {
    /// Tiers with nobody on duty are passed over: the next one opens at once.
    fn of(config: &QueueConfig, steps: usize, staff: &BTreeMap<u8, u32>) -> Self {
        let tier_of = |widen: &Widen| if let WidenStep::AddTier(tier) = widen.step { Some(tier) } else { None };
        let added: Vec<u8> = config.widen.iter().filter_map(tier_of).collect();
        let open = config.widen.iter().take(steps).filter_map(tier_of).count();
        let mut tiers = Self { added, open };
        let staffed = |tiers: &Self| staff.iter().any(|(tier, count)| *count > 0 && tiers.stage(*tier) == tiers.open);
        while tiers.open < tiers.added.len() && !staffed(&tiers) {
            tiers.open += 1;
        }
        tiers
    }

    /// How many steps open this tier.
    fn stage(&self, tier: u8) -> usize {
        if self.added.iter().all(|added| tier < *added) {
            return 0;
        }
        self.added.iter().position(|added| tier <= *added).map_or(self.added.len(), |step| step + 1)
    }

    fn is_open(&self, tier: u8) -> bool {
        self.stage(tier) <= self.open
    }
}

impl Lane {
    pub(crate) fn new(reach: Reach, agents: &[Agent]) -> Self {
        let mut lane = Self {
            reach: Arc::new(reach),
            able: Bits::default(),
            ratings: Vec::new(),
            unskilled: Bits::default(),
            tier_closed: Bits::default(),
            waiting: BTreeSet::new(),
            hungry: BTreeSet::new(),
        };
        lane.sort(agents);
        lane
    }

    /// Looks elsewhere from now on.
    pub(crate) fn reach(&mut self, reach: Reach, agents: &[Agent]) {
        self.reach = Arc::new(reach);
        self.sort(agents);
    }

    /// What one of `able` is worth here.
    pub(crate) fn rating(&self, agent: usize) -> Rating {
        self.ratings.get(agent).copied().unwrap_or_default()
    }

    /// Sorts all agents by whether they may serve this lane.
    fn sort(&mut self, agents: &[Agent]) {
        for set in [&mut self.able, &mut self.unskilled, &mut self.tier_closed] {
            *set = Bits::default();
        }
        self.ratings = vec![Rating::default(); agents.len()];
        let concerned = |agent: &Agent| agent.configured && self.reach.concerns(agent);
        for (index, agent) in agents.iter().enumerate().filter(|(_, agent)| concerned(agent)) {
            let set = match (self.reach.tier(agent), self.reach.missing_skill(agent)) {
                (_, Some(_)) => &mut self.unskilled,
                (None, None) => &mut self.tier_closed,
                (Some(tier), None) => {
                    self.ratings[index] = Rating { tier, competence: self.reach.competence(agent) };
                    &mut self.able
                }
            };
            set.insert(index);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.hungry.is_empty()
    }
}
