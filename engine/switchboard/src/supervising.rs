//! A supervisor in an agent's conversation: he listens, whispers to the agent, or joins.

use model::{AgentId, Fact, LegId, Timestamp};
use script::{EffectResult, Supervision};

use crate::call::{Activity, Call};
use crate::command::AudioCommand;
use crate::desk::Desk;
use crate::route::find_agent;

pub(crate) struct Supervising {
    agent: AgentId,
    /// The agent's leg.
    of: LegId,
}

impl Call {
    /// Takes part until either side hangs up, or the supervisor presses `*` or `#`.
    pub(crate) fn supervise(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        agent: &str,
        how: Supervision,
    ) -> Option<EffectResult> {
        let not_talking = Some(EffectResult::Word("not_talking".into()));
        let Some(agent) = find_agent(&self.project.config, agent) else { return not_talking };
        let Some(of) = desk.centre.leg_of(&agent).filter(|leg| desk.owners.get(leg) != Some(&self.id)) else {
            return not_talking;
        };
        desk.centre.supervise(of, self.id);
        self.typed.clear();
        self.activity = Activity::Supervising(Supervising { agent, of });
        self.take_part(desk, now, how);
        None
    }

    fn take_part(&self, desk: &mut Desk, now: Timestamp, how: Supervision) {
        let Activity::Supervising(supervising) = &self.activity else { return };
        desk.audio(self.caller.leg, AudioCommand::Supervise { of: supervising.of, how });
        let (agent, how) = (supervising.agent.clone(), how.as_str().to_owned());
        desk.journal(now, Some(self.id), Fact::SupervisionStarted { agent, by: self.caller.number.clone(), how });
    }

    /// 1 listens, 2 whispers, 3 joins; `*` and `#` leave.
    pub(crate) fn supervisor_digit(&mut self, desk: &mut Desk, now: Timestamp, digit: char) {
        match digit {
            '1' => self.take_part(desk, now, Supervision::Listen),
            '2' => self.take_part(desk, now, Supervision::Whisper),
            '3' => self.take_part(desk, now, Supervision::Join),
            '*' | '#' => self.supervision_over(desk, now),
            _ => {}
        }
    }

    /// The agent's conversation is over, or the supervisor has heard enough.
    pub(crate) fn supervision_over(&mut self, desk: &mut Desk, now: Timestamp) {
        if self.stop_supervising(desk, now) {
            self.activity = Activity::Idle;
            self.resume(desk, now, EffectResult::Word("done".into()));
        }
    }

    pub(crate) fn stop_supervising(&mut self, desk: &mut Desk, now: Timestamp) -> bool {
        let Activity::Supervising(supervising) = &self.activity else { return false };
        desk.centre.unsupervise(self.id);
        desk.audio(self.caller.leg, AudioCommand::Part);
        let fact = Fact::SupervisionEnded { agent: supervising.agent.clone(), by: self.caller.number.clone() };
        desk.journal(now, Some(self.id), fact);
        true
    }
}
