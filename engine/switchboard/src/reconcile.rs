//! Books and telephones are compared every second; what does not agree is mended and written down.

use std::collections::BTreeMap;
use std::time::Duration;

use acd::{Legs, OfferId};
use model::{AgentId, CallId, Fact, Timestamp};

use crate::board::Switchboard;
use crate::call::{Activity, Call};
use crate::timer::Timer;

/// How often.
const EVERY: Duration = Duration::from_secs(1);

/// The legs that exist, for the queue core.
struct Telephones<'a>(&'a BTreeMap<CallId, Call>);

impl Legs for Telephones<'_> {
    fn waits(&self, call: CallId) -> bool {
        self.0.get(&call).is_some_and(|call| matches!(call.activity, Activity::Queuing(_)))
    }

    fn rings(&self, offer: OfferId, call: CallId, _: &AgentId) -> bool {
        let call = self.0.get(&call).map(|call| &call.activity);
        matches!(call, Some(Activity::Queuing(queuing)) if queuing.rings_for(offer))
    }

    fn talk(&self, call: CallId, agent: &AgentId) -> bool {
        let service = self.0.get(&call).and_then(|call| call.service.as_ref());
        service.is_some_and(|service| service.agent == *agent)
    }
}

impl Switchboard {
    /// Looks again in a second while there are calls.
    pub(crate) fn reconcile_later(&mut self, now: Timestamp) {
        if !self.calls.is_empty() && !self.desk.timers.is_set(Timer::Reconcile) {
            self.desk.timers.set(Timer::Reconcile, now + EVERY);
        }
    }

    /// A wait, a lease or a conversation without its call would keep somebody busy for ever.
    pub(crate) fn reconcile(&mut self, now: Timestamp) {
        for what in self.desk.centre.acd.reconcile(now, &Telephones(&self.calls)) {
            self.desk.journal(now, None, Fact::Repaired { what });
        }
        self.settle(now);
        self.reconcile_later(now);
    }
}
