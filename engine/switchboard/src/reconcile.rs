//! Books and telephones are compared every second; what does not agree is mended and written down.

use std::time::Duration;

use acd::OfferFailure;
use model::{Fact, Timestamp};

use crate::board::Switchboard;
use crate::call::Activity;
use crate::timer::Timer;

/// How often.
const EVERY: Duration = Duration::from_secs(1);

impl Switchboard {
    /// Looks again in a second while there are calls.
    pub(crate) fn reconcile_later(&mut self, now: Timestamp) {
        if self.has_calls() && !self.desk.timers.is_set(Timer::Reconcile) {
            self.desk.timers.set(Timer::Reconcile, now + EVERY);
        }
    }

    /// A conversation or a lease without its call would keep an agent busy for ever.
    pub(crate) fn reconcile(&mut self, now: Timestamp) {
        for (call, agent) in self.desk.centre.acd.conversations() {
            let lives = self.call(call).is_some_and(|call| call.service.is_some() || !talks(&call.activity));
            if !lives {
                self.desk.centre.acd.call_ended(now, call);
                let what = format!("{agent} talked to call {call}, which was over");
                self.desk.journal(now, None, Fact::Repaired { what });
            }
        }
        for (offer, call, agent) in self.desk.centre.acd.leases() {
            let rings = self.call(call).is_some_and(|call| match &call.activity {
                Activity::Queuing(queuing) => queuing.rings_for(offer),
                _ => false,
            });
            if !rings && self.desk.centre.acd.offer_failed(now, offer, OfferFailure::Unreachable).is_ok() {
                let what = format!("{agent} was reserved for call {call}, which rang nowhere");
                self.desk.journal(now, None, Fact::Repaired { what });
            }
        }
        self.settle(now);
        self.reconcile_later(now);
    }
}

fn talks(activity: &Activity) -> bool {
    !matches!(activity, Activity::Queuing(_))
}
