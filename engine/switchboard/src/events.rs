//! What the queue core decided becomes facts and telephones that ring.

use acd::{Event, Place};
use model::{Fact, Timestamp};

use crate::board::Switchboard;

impl Switchboard {
    /// Carries out what the last input led to, until nothing is left to tell anybody.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        loop {
            if let Some(agent) = self.desk.centre.freed.pop_front() {
                // Agents of an old version may be unknown by now: nobody waits for them.
                let _ = self.desk.centre.acd.outside_call_ended(now, &agent);
            } else if let Some(call) = self.desk.centre.unwatched.pop_front() {
                self.with_call(now, call, |call, desk| call.supervision_over(desk, now));
            } else if let Some(event) = self.desk.centre.acd.poll_event() {
                self.queue_event(now, event);
            } else if let Some(id) = self.desk.owed.called_off.pop_front() {
                self.call_off(now, id);
            } else if let Some((errand, end)) = self.desk.owed.over.pop_front() {
                self.errand_over(now, &errand, &end);
            } else {
                return self.campaigns_settle(now);
            }
        }
    }

    fn queue_event(&mut self, now: Timestamp, event: Event) {
        match event {
            Event::CallQueued { call, position, place, .. } => {
                let kept = place == Place::Kept;
                self.with_call(now, call, |call, desk| call.queued(desk, now, position, kept));
            }
            Event::CallOffered { call, agent, offer, .. } => {
                self.with_call(now, call, |call, desk| call.offered(desk, now, &agent, offer));
            }
            Event::OfferWithdrawn { call, agent, offer, reason } => {
                self.with_call(now, call, |call, desk| call.offer_over(desk, now, &agent, (offer, reason)));
            }
            Event::CallConnected { call, agent, waited, .. } => {
                self.with_call(now, call, |call, desk| call.served(desk, now, agent, waited));
            }
            Event::CallLeft { call, waited, reason, .. } => {
                self.with_call(now, call, |call, desk| call.left_queue(desk, now, waited, reason));
            }
            Event::SearchWidened { call, step } => {
                self.desk.journal(now, Some(call), Fact::SearchWidened { step: step.to_string() });
            }
            Event::AgentStateChanged { agent, state } => self.desk.note_agent(now, agent, &state),
            // The call itself has written these.
            Event::CallAbandoned { .. }
            | Event::ConversationEnded { .. }
            | Event::CallerSteppedOut { .. }
            | Event::CallerSteppedIn { .. }
            | Event::ConfigReloaded => {}
        }
    }
}
