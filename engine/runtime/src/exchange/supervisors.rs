//! Who supervises whom, so that a leg which moves between audio threads takes its supervisor along.

use std::collections::BTreeMap;

use media::Supervision;
use model::LegId;

/// Agents' legs and manners by the supervisor's leg. An agent has one supervisor, the latest.
#[derive(Default)]
pub(super) struct Supervisors {
    agents: BTreeMap<LegId, (LegId, Supervision)>,
}

impl Supervisors {
    /// A supervisor begins, or changes the manner.
    pub(super) fn begin(&mut self, supervisor: LegId, agent: LegId, how: Supervision) {
        self.agents.retain(|_, (other, _)| *other != agent);
        self.agents.insert(supervisor, (agent, how));
    }

    /// A supervisor does something else.
    pub(super) fn end(&mut self, supervisor: LegId) {
        self.agents.remove(&supervisor);
    }

    /// A leg is gone.
    pub(super) fn forget(&mut self, leg: LegId) {
        self.agents.retain(|supervisor, (agent, _)| *supervisor != leg && *agent != leg);
    }

    /// Whom a leg supervises.
    pub(super) fn agent_of(&self, supervisor: LegId) -> Option<LegId> {
        self.agents.get(&supervisor).map(|(agent, _)| *agent)
    }

    /// Who supervises a leg.
    pub(super) fn supervisor_of(&self, agent: LegId) -> Option<(LegId, Supervision)> {
        let mut known = self.agents.iter();
        known.find(|(_, (other, _))| *other == agent).map(|(supervisor, (_, how))| (*supervisor, *how))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGENT: LegId = LegId(1);
    const BOSS: LegId = LegId(2);
    const OWNER: LegId = LegId(3);

    #[test]
    fn an_agent_has_the_latest_supervisor_and_a_supervisor_the_latest_agent() {
        let mut supervisors = Supervisors::default();
        supervisors.begin(BOSS, AGENT, Supervision::Listen);
        supervisors.begin(BOSS, AGENT, Supervision::Whisper);
        assert_eq!(supervisors.supervisor_of(AGENT), Some((BOSS, Supervision::Whisper)));
        supervisors.begin(OWNER, AGENT, Supervision::Join);
        assert_eq!(supervisors.supervisor_of(AGENT), Some((OWNER, Supervision::Join)));
        assert_eq!((supervisors.agent_of(BOSS), supervisors.agent_of(OWNER)), (None, Some(AGENT)));
        supervisors.begin(OWNER, BOSS, Supervision::Join);
        assert_eq!(supervisors.supervisor_of(AGENT), None);
    }

    #[test]
    fn who_is_gone_supervises_nobody_and_is_supervised_by_nobody() {
        for gone in [AGENT, BOSS] {
            let mut supervisors = Supervisors::default();
            supervisors.begin(BOSS, AGENT, Supervision::Listen);
            supervisors.forget(gone);
            assert_eq!((supervisors.agent_of(BOSS), supervisors.supervisor_of(AGENT)), (None, None));
        }
        let mut supervisors = Supervisors::default();
        supervisors.begin(BOSS, AGENT, Supervision::Listen);
        supervisors.end(BOSS);
        assert_eq!(supervisors.supervisor_of(AGENT), None);
    }
}
