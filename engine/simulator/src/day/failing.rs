//! What goes wrong on a day.

use std::sync::Arc;
use std::time::Duration;

use model::{AgentId, Timestamp};

use super::file::FaultKind;
use super::run::{Errand, Run, version_of_day};
use super::staff::Duty;
use super::working::Task;
use crate::world::Loss;

/// How long nobody speaks until a line counts as dead.
const DEAD_AFTER: Duration = Duration::from_secs(20);

/// Which end of a fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Begins,
    Ends,
}

impl Run<'_, '_> {
    pub(super) fn plan_faults(&mut self) {
        for (index, fault) in self.day.faults.iter().enumerate() {
            self.agenda.plan(Timestamp::ZERO + fault.from, Errand::Fault(index, Phase::Begins));
            self.agenda.plan(Timestamp::ZERO + fault.until, Errand::Fault(index, Phase::Ends));
        }
    }

    pub(super) fn fail(&mut self, index: usize, phase: Phase) {
        let day = self.day;
        let begins = phase == Phase::Begins;
        match &day.faults[index].what {
            FaultKind::DirectoryDown(name) => {
                let mut directories = self.world.directories().clone();
                directories.down.retain(|down| down != name);
                if begins {
                    directories.down.push(name.clone());
                }
                self.world.set_directories(directories);
            }
            FaultKind::DirectorySlow(name, late) => {
                let mut directories = self.world.directories().clone();
                if begins {
                    directories.slow.insert(name.clone(), *late);
                } else {
                    directories.slow.remove(name);
                }
                self.world.set_directories(directories);
            }
            FaultKind::TrunkDown(trunk) => {
                self.world.trunk(trunk, begins.then(|| "simulated fault".to_owned()));
            }
            FaultKind::AgentGone(agent) if begins => self.agent_goes(agent),
            FaultKind::AgentGone(agent) => self.agent_returns(agent),
            FaultKind::MessagesLost(share) => {
                let loss = Loss::new(*share, self.seed.wrapping_add(index as u64));
                self.world.lose(begins.then_some(loss));
            }
            FaultKind::Reload if begins => {
                self.reloads += 1;
                let version = version_of_day(&self.base, self.reloads + 1);
                self.project = Arc::new(self.project.altered(version, |_| ()));
                self.world.publish(self.project.clone());
            }
            FaultKind::Reload => {}
        }
    }

    /// His phone loses its power: it rings no more, and a conversation is dead after a while.
    fn agent_goes(&mut self, agent: &AgentId) {
        let Some(index) = self.staff.find(agent) else { return };
        self.staff.members[index].gone = true;
        self.renew_habits(index, agent);
        if let Some(leg) = self.staff.members[index].leg.filter(|leg| self.world.is_live(*leg)) {
            self.world.silence(leg);
            self.agenda.plan(self.world.now() + DEAD_AFTER, Errand::Vanishes(leg));
        }
    }

    fn agent_returns(&mut self, agent: &AgentId) {
        let Some(index) = self.staff.find(agent) else { return };
        self.staff.members[index].gone = false;
        self.renew_habits(index, agent);
        if self.staff.members[index].duty == Duty::On {
            self.perform(index, Task::Begin);
        }
    }

    fn renew_habits(&mut self, index: usize, agent: &AgentId) {
        let habits = self.staff.next_habits(index);
        self.world.set_habits(agent.as_str(), habits);
    }
}
