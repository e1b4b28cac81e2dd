//! Comparing the books with the legs that exist, and mending what a lost message left behind.

use model::{AgentId, CallId, Timestamp};

use crate::acd::Acd;
use crate::{OfferFailure, OfferId};

/// What the legs say, which are the truth.
pub trait Legs {
    /// Is the caller still there, waiting?
    fn waits(&self, call: CallId) -> bool;
    /// Is somebody being rung for this offer?
    fn rings(&self, offer: OfferId, call: CallId, agent: &AgentId) -> bool;
    /// Do these two talk?
    fn talk(&self, call: CallId, agent: &AgentId) -> bool;
}

impl Acd {
    /// Ends whatever has no leg: waits of callers who are gone, offers that ring nowhere, conversations that are
    /// over. Gives each repair in words; to be called now and then, and silent when no message was lost.
    pub fn reconcile(&mut self, now: Timestamp, legs: &dyn Legs) -> Vec<String> {
        let mut repairs = Vec::new();
        let waiting: Vec<CallId> = self.callers.keys().copied().filter(|call| !legs.waits(*call)).collect();
        for call in waiting {
            repairs.push(format!("call {call} waited in a queue although the caller is gone"));
            self.caller_hung_up(now, call);
        }
        for (offer, call, agent) in self.leases() {
            if !legs.rings(offer, call, &agent) && self.offers.contains_key(&offer) {
                repairs.push(format!("{agent} was reserved for call {call} although nothing rings"));
                self.fail(now, offer, OfferFailure::Unreachable);
                self.settle(now);
            }
        }
        for (call, agent) in self.conversations() {
            if !legs.talk(call, &agent) {
                repairs.push(format!("{agent} was talking to call {call} although they are not connected"));
                self.call_ended(now, call);
            }
        }
        repairs
    }
}
