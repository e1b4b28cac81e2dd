//! A conversation that a queue gave: whose it is, and when the agent is done with it.

use std::time::Duration;

use model::{AgentId, Ender, Errand, Fact, HangupCause, LegId, QueueId, Timestamp};
use script::{Bridge, EffectResult, QueueRequest};

use crate::bridge::{Bridging, Purpose};
use crate::call::{Activity, Call, CallerState};
use crate::command::AudioCommand;
use crate::desk::Desk;
use crate::queuing::Queuing;
use crate::talk::Talk;
use crate::tape::Scope;

/// How long a call that comes back rings whoever sent it away.
const RETURN_RINGS_FOR: Duration = Duration::from_secs(20);

pub(crate) struct Service {
    pub(crate) queue: QueueId,
    pub(crate) agent: AgentId,
    /// The agent's leg.
    pub(crate) leg: LegId,
    pub(crate) since: Timestamp,
    /// From when the caller's place counted, should he need it again.
    pub(crate) joined: Timestamp,
    pub(crate) request: QueueRequest,
    /// Who sent the caller to this queue.
    pub(crate) sent_by: Option<AgentId>,
}

impl Call {
    /// Lets the caller and the agent hear each other.
    pub(crate) fn connect_agent(&mut self, desk: &mut Desk, now: Timestamp, leg: LegId, queuing: Queuing) {
        if self.caller.state == CallerState::NotCalled {
            let queuing = Box::new(queuing);
            return match self.errand.as_ref().map(|on| &on.errand) {
                Some(Errand::Message(id)) => self.tell_message(desk, now, *id, queuing),
                _ => self.reach(desk, now, Some(queuing)),
            };
        }
        let waiter = queuing.waiter;
        let to = self.parties.get(&leg).map(|party| party.to.clone()).unwrap_or_default();
        desk.audio(waiter, AudioCommand::Join { with: leg });
        desk.audio(leg, AudioCommand::Watch(Some(crate::VANISHED_AFTER)));
        desk.journal(now, Some(self.id), Fact::CallConnected { leg, to });
        self.history.connected = true;
        let records = self.project.config.queues.get(&queuing.queue).is_some_and(|queue| queue.record);
        self.activity = Activity::Talking(Box::new(Talk::new([waiter, leg], now, queuing.purpose)));
        self.note_talking(desk, [waiter, leg]);
        // Whoever works on a mobile talks on a leg that is no phone of his.
        if let Some(service) = &self.service {
            desk.centre.talks(leg, &service.agent);
        }
        if records {
            self.start_tape(desk, now, waiter, Scope::Conversation);
        }
    }

    /// The queue's agent is done with this call; nothing when no queue gave it to anybody. `gone` is the leg that ended
    /// it: a caller whose line dies is no fault of the agent's.
    pub(crate) fn end_service(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        (gone, cause): (Option<LegId>, HangupCause),
    ) -> Option<Service> {
        let service = self.service.take()?;
        if cause == HangupCause::Vanished && gone == Some(service.leg) {
            let _ = desk.centre.acd.agent_vanished(now, &service.agent);
        } else {
            desk.centre.acd.call_ended(now, self.id);
        }
        // Nobody was reached: the agent heard the ring tone or a message.
        let reached = self.errand.is_none() || self.history.connected;
        let talked = if reached { now - service.since } else { Duration::ZERO };
        let (queue, agent) = (service.queue.clone(), service.agent.clone());
        desk.journal(now, Some(self.id), Fact::QueueTalkEnded { queue, agent, talked });
        Some(service)
    }

    /// Says whose legs talk, so that supervisors find them.
    pub(crate) fn note_talking(&self, desk: &mut Desk, legs: [LegId; 2]) {
        for leg in legs {
            let party = self.parties.get(&leg).and_then(|party| party.agent.as_ref());
            let own = self.caller.agent.as_ref().filter(|_| leg == self.caller.leg);
            if let Some(agent) = party.or(own) {
                desk.centre.talks(leg, agent);
            }
        }
    }

    /// What the flow is told after a conversation, when it goes on with the caller.
    pub(crate) fn told(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        purpose: Purpose,
        stays: LegId,
    ) -> Option<EffectResult> {
        if stays != self.caller.leg || self.run.is_none() || self.history.handed_over {
            return None;
        }
        match purpose {
            Purpose::Flow(place) => {
                let result = model::BridgeResult::Answered;
                desk.journal(now, Some(self.id), Fact::BridgeEnded { result, place: Some(place) });
                Some(EffectResult::Bridged(result))
            }
            Purpose::Queue(_) => Some(EffectResult::Word("answered".into())),
            _ => None,
        }
    }

    /// After a conversation the flow goes on, or the call ends.
    pub(crate) fn go_on_after(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        (purpose, stays): (Purpose, LegId),
        (cause, by): (HangupCause, Ender),
    ) {
        match self.told(desk, now, purpose, stays) {
            Some(result) => self.resume(desk, now, result),
            None => self.end(desk, now, cause, by),
        }
    }

    /// Nobody took a call that an agent sent away: it rings him again.
    pub(crate) fn return_to(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        sender: &AgentId,
        (waiter, purpose): (LegId, Purpose),
    ) {
        let request = Bridge::all(vec![sender.to_string()], RETURN_RINGS_FOR);
        let bridging = Bridging::new(request, Purpose::Return(Box::new(purpose)), waiter, desk, now);
        if let Some(result) = self.begin_ringing(desk, now, bridging) {
            self.resume(desk, now, result);
        }
    }
}
