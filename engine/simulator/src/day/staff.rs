//! The agents of a day: who they are, when they work, how they take the telephone.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{AgentId, LegId, QueueId, VersionId};
use rand::Rng;
use script::Project;
use script::config::AgentConfig;

use super::draw::{luck, stream};
use super::file::{AgentRow, Day, TimeSpan, Who};
use crate::habits::{Answer, Habits, People};

/// A wrap-up without an upper end is cut here; nobody writes notes for longer.
const WRAP_UP_MAX: Duration = Duration::from_secs(4 * 3600);

/// One agent at work.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) agent: AgentId,
    row: usize,
    rings: u64,
    wrap_ups: u64,
    /// Counts changes of state: what was planned in an earlier one is void.
    pub(super) state: u64,
    pub(super) duty: Duty,
    /// His phone is dead.
    pub(super) gone: bool,
    /// Where he was rung last.
    pub(super) leg: Option<LegId>,
    /// The queue of his last conversation.
    pub(super) queue: Option<QueueId>,
}

/// What an agent's plan says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duty {
    Off,
    On,
    Break,
}

/// Everybody who works on a day.
#[derive(Debug)]
pub(super) struct Staff<'d> {
    day: &'d Day,
    seed: u64,
    pub(super) members: Vec<Member>,
    by_name: BTreeMap<AgentId, usize>,
    /// Wrap-ups as the project has them, before the day made them longer.
    wrap_ups: BTreeMap<QueueId, Duration>,
}

/// The names of agents who are made up: `agent-1` … in the first such row, `agent2-1` … in the second.
pub(super) fn made_up_names(rows: &[AgentRow]) -> impl Iterator<Item = AgentId> {
    roster(rows).into_iter().filter(|(_, row)| matches!(rows[*row].who, Who::Count(_))).map(|(agent, _)| agent)
}

fn roster(rows: &[AgentRow]) -> Vec<(AgentId, usize)> {
    let mut all = Vec::new();
    let mut made_up_rows = 0;
    for (index, row) in rows.iter().enumerate() {
        match &row.who {
            Who::Named(agent) => all.push((agent.clone(), index)),
            Who::Count(count) => {
                made_up_rows += 1;
                let prefix = if made_up_rows == 1 { "agent".to_owned() } else { format!("agent{made_up_rows}") };
                let name = |number| AgentId::parse(&format!("{prefix}-{number}")).ok();
                all.extend((1..=*count).filter_map(name).map(|agent| (agent, index)));
            }
        }
    }
    all
}

impl Day {
    /// The project as it is on this day: with the agents who are made up, and their queues, skills and wrap-ups.
    pub(super) fn project(&self, project: &Project, version: VersionId) -> Project {
        project.altered(version, |config| {
            for (agent, row) in roster(&self.agents) {
                let row = &self.agents[row];
                let own = config.agents.entry(agent.clone()).or_insert_with(|| AgentConfig::made_up(&agent));
                if let Some(queues) = &row.queues {
                    own.queues.clone_from(queues);
                }
                if let Some(skills) = &row.skills {
                    own.skills.clone_from(skills);
                }
            }
            // An agent can end his wrap-up early, not late: the queue's is the longest of anybody's.
            for (id, queue) in &mut config.queues {
                let agents = &config.agents;
                let serves = |agent: &AgentId| agents.get(agent).is_some_and(|agent| agent.queues.contains_key(id));
                let of_queue = roster(&self.agents).into_iter().filter(|(agent, _)| serves(agent));
                let wrap_up = |row: usize| match &self.agents[row].wrap_up {
                    Some(draw) => draw.longest().unwrap_or(WRAP_UP_MAX).min(WRAP_UP_MAX),
                    None => queue.wrap_up,
                };
                queue.wrap_up = of_queue.map(|(_, row)| wrap_up(row)).max().unwrap_or(queue.wrap_up);
            }
        })
    }
}

impl<'d> Staff<'d> {
    pub(super) fn new(day: &'d Day, project: &Project, seed: u64) -> Self {
        let members: Vec<Member> = roster(&day.agents)
            .into_iter()
            .map(|(agent, row)| Member {
                agent,
                row,
                rings: 0,
                wrap_ups: 0,
                state: 0,
                duty: Duty::Off,
                gone: false,
                leg: None,
                queue: None,
            })
            .collect();
        let by_name = members.iter().enumerate().map(|(index, member)| (member.agent.clone(), index)).collect();
        let wrap_ups = project.config.queues.iter().map(|(id, queue)| (id.clone(), queue.wrap_up)).collect();
        Self { day, seed, members, by_name, wrap_ups }
    }

    pub(super) fn find(&self, agent: &AgentId) -> Option<usize> {
        self.by_name.get(agent).copied()
    }

    pub(super) fn named(&self, name: &str) -> Option<usize> {
        self.find(&AgentId::parse(name).ok()?)
    }

    /// Everybody's behaviour on the first ring; whoever has the day off has no phone.
    pub(super) fn people(&mut self, project: &Project) -> People {
        let absent = project.config.agents.keys().filter(|agent| !self.by_name.contains_key(*agent));
        let off = |agent: &AgentId| (agent.to_string(), quiet(Answer::Offline));
        let mut known: BTreeMap<String, Habits> = absent.map(off).collect();
        for index in 0..self.members.len() {
            let name = self.members[index].agent.to_string();
            known.insert(name, self.next_habits(index));
        }
        People { known, others: quiet(Habits::default().answer) }
    }

    /// How an agent takes the next call that rings on his phone.
    pub(super) fn next_habits(&mut self, index: usize) -> Habits {
        let member = &mut self.members[index];
        if member.gone {
            return quiet(Answer::Offline);
        }
        member.rings += 1;
        let row = &self.day.agents[member.row];
        let mut rng = stream(self.seed, member.agent.as_str(), &[member.rings]);
        let ignores = rng.random::<f64>() < row.ignores;
        let after = row.answers_after.time(luck(&mut rng));
        quiet(if ignores { Answer::Ignores } else { Answer::After(after) })
    }

    /// How long an agent wraps up now; none when the queue's time is his.
    pub(super) fn next_wrap_up(&mut self, index: usize) -> Option<Duration> {
        let member = &mut self.members[index];
        member.wrap_ups += 1;
        match &self.day.agents[member.row].wrap_up {
            Some(draw) => {
                let mut rng = stream(self.seed, member.agent.as_str(), &[member.wrap_ups, 1]);
                Some(draw.time(luck(&mut rng)))
            }
            None => self.wrap_ups.get(member.queue.as_ref()?).copied(),
        }
    }

    pub(super) fn shift(&self, index: usize) -> Option<TimeSpan> {
        self.day.agents[self.members[index].row].shift
    }

    pub(super) fn breaks(&self, index: usize) -> &'d [TimeSpan] {
        &self.day.agents[self.members[index].row].breaks
    }
}

/// Somebody who leaves the end of a conversation to the caller.
fn quiet(answer: Answer) -> Habits {
    Habits { talks_for: None, duty: crate::habits::Duty::SignedOut, ..Habits::who(answer) }
}
