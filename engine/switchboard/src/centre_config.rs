//! From a project's queues and agents to those of the queue core.

use acd::{AcdConfig, AgentConfig, BackOff, QueueConfig, SkillOrder, Strategy, Widen, WidenStep};
use script::config::{self, Config};

/// What the queue core has to know of a project.
pub(crate) fn queue_core(config: &Config, seed: u64) -> AcdConfig {
    let agent =
        |agent: &config::AgentConfig| AgentConfig { queues: agent.queues.clone(), skills: agent.skills.clone() };
    AcdConfig {
        queues: config.queues.iter().map(|(id, one)| (id.clone(), queue(one))).collect(),
        agents: config.agents.iter().map(|(id, one)| (id.clone(), agent(one))).collect(),
        back_off: BackOff {
            busy: config.back_off.busy,
            declined: config.back_off.declined,
            no_answer: config.back_off.no_answer,
            unreachable: config.back_off.unreachable,
            failures_max: config.back_off.failures_max,
        },
        seed,
    }
}

fn queue(queue: &config::QueueConfig) -> QueueConfig {
    let usual = QueueConfig::default();
    QueueConfig {
        strategy: strategy(queue.strategy),
        skill_order: match queue.skill_order {
            config::SkillOrder::Any => SkillOrder::Any,
            config::SkillOrder::BestFirst => SkillOrder::BestFirst,
            config::SkillOrder::JuniorFirst => SkillOrder::JuniorFirst,
        },
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

fn strategy(strategy: config::Strategy) -> Strategy {
    match strategy {
        config::Strategy::RingAll => Strategy::RingAll,
        config::Strategy::InOrder => Strategy::InOrder,
        config::Strategy::Cumulative => Strategy::Cumulative,
        config::Strategy::Random => Strategy::Random,
        config::Strategy::LongestIdle => Strategy::LongestIdle,
        config::Strategy::FewestCalls => Strategy::FewestCalls,
        config::Strategy::LeastTalk => Strategy::LeastTalk,
        config::Strategy::RoundRobin => Strategy::RoundRobin,
    }
}

/// One row of `widen:` may widen in several ways at once.
fn steps(row: &config::Widen) -> Vec<Widen> {
    let skill = row.drop_skill.clone().map(WidenStep::DropSkill);
    let tier = row.add_tier.map(WidenStep::AddTier);
    let queue = row.add_queue.clone().map(WidenStep::AddQueue);
    [skill, tier, queue].into_iter().flatten().map(|step| Widen { after: row.after, step }).collect()
}
