//! What the agents of a day do.

use std::time::Duration;

use model::{AgentId, LegId, QueueId, Timestamp};
use script::AgentRequest;

use super::file::TimeSpan;
use super::run::{Errand, Run};
use super::staff::Duty;

/// Whom the switchboard put aside because he did not answer notices after so long.
const COMES_BACK_AFTER: Duration = Duration::from_secs(60);
const BREAK: &str = "break";

/// Something that an agent does by himself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    Begin,
    End,
    BeginBreak,
    EndBreak,
    /// When his state is still the same.
    ComeBack(u64),
    /// When his state is still the same.
    EndWrapUp(u64),
}

impl Run<'_, '_> {
    /// Writes everybody's shifts and breaks into the agenda; who is on duty when the day begins signs in now.
    pub(super) fn plan_work(&mut self) {
        let days = u32::try_from(self.day.runs_for.as_secs() / 86_400).unwrap_or(0) + 1;
        for member in 0..self.staff.members.len() {
            match self.staff.shift(member) {
                None => self.perform(member, Task::Begin),
                Some(shift) => {
                    (0..=days).for_each(|day| self.plan_span(member, shift, day, Task::Begin, Task::End));
                }
            }
            for rest in self.staff.breaks(member) {
                (0..=days).for_each(|day| self.plan_span(member, *rest, day, Task::BeginBreak, Task::EndBreak));
            }
        }
    }

    fn plan_span(&mut self, member: usize, span: TimeSpan, day: u32, begin: Task, end: Task) {
        let from = Timestamp::ZERO + self.day.clock.offset(day, span.from);
        let to = Timestamp::ZERO + self.day.clock.offset(day, span.to);
        if to == Timestamp::ZERO || from >= self.end {
            return;
        }
        if from == Timestamp::ZERO {
            self.perform(member, begin);
        } else {
            self.agenda.plan(from, Errand::Agent(member, begin));
        }
        self.agenda.plan(to, Errand::Agent(member, end));
    }

    pub(super) fn perform(&mut self, index: usize, task: Task) {
        let member = &mut self.staff.members[index];
        let request = match (task, member.duty) {
            (Task::Begin, _) | (Task::EndBreak, Duty::Break) => {
                member.duty = Duty::On;
                AgentRequest::Ready { at: None }
            }
            (Task::End, Duty::On | Duty::Break) => {
                member.duty = Duty::Off;
                AgentRequest::SignOut
            }
            (Task::BeginBreak, Duty::On) => {
                member.duty = Duty::Break;
                AgentRequest::NotReady { reason: BREAK.to_owned() }
            }
            (Task::ComeBack(state), Duty::On) if state == member.state && !member.gone => {
                AgentRequest::Ready { at: None }
            }
            (Task::EndWrapUp(state), _) if state == member.state => AgentRequest::WrapUpDone,
            _ => return,
        };
        let agent = member.agent.clone();
        self.world.agent_does(&agent, &request);
    }

    pub(super) fn agent_changed(&mut self, agent: &AgentId, state: &str, reason: &str) {
        let Some(index) = self.staff.find(agent) else { return };
        let now = self.world.now();
        let member = &mut self.staff.members[index];
        member.state += 1;
        let count = member.state;
        match state {
            "wrap_up" => match self.staff.next_wrap_up(index) {
                Some(time) if time.is_zero() => self.perform(index, Task::EndWrapUp(count)),
                Some(time) => self.agenda.plan(now + time, Errand::Agent(index, Task::EndWrapUp(count))),
                None => {}
            },
            "not_ready" if reason != BREAK && member.duty == Duty::On => {
                self.agenda.plan(now + COMES_BACK_AFTER, Errand::Agent(index, Task::ComeBack(count)));
            }
            _ => {}
        }
    }

    pub(super) fn agent_rung(&mut self, to: &str, leg: LegId) {
        let Some(index) = self.staff.named(to) else { return };
        self.staff.members[index].leg = Some(leg);
        let habits = self.staff.next_habits(index);
        self.world.set_habits(to, habits);
    }

    pub(super) fn agent_answered(&mut self, agent: &AgentId, queue: &QueueId) {
        if let Some(index) = self.staff.find(agent) {
            self.staff.members[index].queue = Some(queue.clone());
        }
    }
}
