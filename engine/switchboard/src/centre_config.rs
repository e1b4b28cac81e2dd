//! From a project's queues and agents to those of the queue core.

use acd::{AcdConfig, AgentConfig, QueueConfig, Widen, WidenStep};
use script::config::{self, Config};

/// What the queue core has to know of a project.
pub(crate) fn queue_core(config: &Config, seed: u64) -> AcdConfig {
    let agent =
        |agent: &config::AgentConfig| AgentConfig { queues: agent.queues.clone(), skills: agent.skills.clone() };
    AcdConfig {
        queues: config.queues.iter().map(|(id, one)| (id.clone(), queue(one))).collect(),
        agents: config.agents.iter().map(|(id, one)| (id.clone(), agent(one))).collect(),
        back_off: config.back_off.clone(),
        seed,
    }
}

fn queue(queue: &config::QueueConfig) -> QueueConfig {
    let usual = QueueConfig::default();
    QueueConfig {
        strategy: queue.strategy,
        skill_order: queue.skill_order,
        ring_for: queue.ring_for,
        ring_more_every: queue.ring_more_every,
        wrap_up: queue.wrap_up,
        priority_s: queue.priority,
        max_wait: queue.max_wait,
        max_waiting: queue.max_waiting,
        no_agents_after: queue.no_agents_after,
        widen: queue.widen.iter().flat_map(steps).collect(),
        resume_within: queue.resume_within,
        answer_within: queue.service_level.map_or(usual.answer_within, |(_, within)| within),
        short_abandon: queue.short_abandon,
    }
}

/// One row of `widen:` may widen in several ways at once.
fn steps(row: &config::Widen) -> Vec<Widen> {
    let skill = row.drop_skill.clone().map(WidenStep::DropSkill);
    let tier = row.add_tier.map(WidenStep::AddTier);
    let queue = row.add_queue.clone().map(WidenStep::AddQueue);
    [skill, tier, queue].into_iter().flatten().map(|step| Widen { after: row.after, step }).collect()
}
