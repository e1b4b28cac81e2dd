//! Timers that fire.

use std::time::Duration;

use model::{HangupCause, LegFailure, LegId, Timestamp};

use super::Endpoint;
use crate::event::SipEvent;
use crate::leg::{Heard, Interest, State};
use crate::timer::{T2, Timer};

/// Bindings that end close together are removed together.
const HOUSEKEEPING_PACE: Duration = Duration::from_millis(1);

impl Endpoint {
    /// Fires every timer that is due.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        while let Some(timer) = self.timers.pop_due(now) {
            self.fire(now, timer);
        }
    }

    fn fire(&mut self, now: Timestamp, timer: Timer) {
        match timer {
            Timer::Transaction(key, timer) => {
                let outputs = self.layer.on_timer(&key, timer);
                self.process(now, &key, outputs);
            }
            Timer::RepeatAnswer(leg, cseq) => self.repeat_answer(now, leg, cseq),
            Timer::RepeatProvisional(leg) => self.repeat_provisional(now, leg),
            Timer::NoResponse(leg) => self.give_up_silent_peer(now, leg),
            Timer::Cancelled(leg) => self.abandon_cancelled(leg),
            Timer::Session(leg) => self.session_due(now, leg),
            Timer::OfferAgain(leg) => self.send_pending_offer(now, leg),
            Timer::PartialMessage(connection) => self.stream_stalled(connection),
            Timer::Subscription(tag) => self.end_subscription(now, &tag),
            Timer::Trunk(trunk) => self.trunk_due(now, &trunk),
            Timer::Housekeeping => self.expire_bindings(now),
        }
    }

    pub(super) fn arm_housekeeping(&mut self) {
        if let Some(at) = self.registrar.poll_timeout() {
            self.timers.set(at, Timer::Housekeeping);
        }
    }

    /// Repeats a 2xx from T1 to T2 until its ACK; after 64·T1 the call is over (RFC 3261 §13.3.1.4).
    fn repeat_answer(&mut self, now: Timestamp, leg: LegId, cseq: u32) {
        let Some(l) = self.legs.get_mut(&leg) else {
            return;
        };
        let Some(at) = l.unacked.iter().position(|u| u.cseq == cseq) else {
            return;
        };
        if now >= l.unacked[at].until {
            l.unacked.remove(at);
            self.vanish(now, leg);
            return;
        }
        let unacked = &mut l.unacked[at];
        unacked.interval = (unacked.interval * 2).min(T2);
        let next = (now + unacked.interval).min(unacked.until);
        let (destination, bytes) = (unacked.destination.clone(), unacked.bytes.clone());
        self.timers.set(next, Timer::RepeatAnswer(leg, cseq));
        self.transmit(destination, bytes);
    }

    /// The party does not answer any more: BYE, and the user learns why.
    pub(super) fn vanish(&mut self, now: Timestamp, leg: LegId) {
        self.emit(leg, SipEvent::HungUp { leg, cause: HangupCause::Vanished });
        if let Some(l) = self.legs.get_mut(&leg) {
            l.unacked.clear();
            l.release();
        }
        self.send_bye(now, leg, HangupCause::Vanished);
    }

    /// No response within the time that the dialler allows: the next trunk may do better.
    fn give_up_silent_peer(&mut self, now: Timestamp, leg: LegId) {
        let Some(l) = self.legs.get_mut(&leg) else {
            return;
        };
        let State::Calling(calling) = &l.state else {
            return;
        };
        if calling.heard != Heard::Nothing {
            return;
        }
        let live = l.interest == Interest::Live;
        if live {
            self.emit(leg, SipEvent::Failed { leg, reason: LegFailure::Unreachable, status: 408 });
        }
        // A late 180 or 200 must find a CANCEL or a BYE, or a phone rings for nobody.
        self.cancel_call(now, leg, None);
        self.report_gone(leg);
    }

    /// The party was told to stop and says nothing: the transaction is dropped.
    fn abandon_cancelled(&mut self, leg: LegId) {
        let key = match self.legs.get(&leg).map(|l| &l.state) {
            Some(State::Calling(calling)) => calling.key.clone(),
            _ => return,
        };
        let _ = self.layer.on_transport_error(&key);
        self.transaction_ended(&key);
        self.remove_leg(leg);
    }

    pub(super) fn expire_bindings(&mut self, now: Timestamp) {
        let removed = self.registrar.handle_timeout(now);
        let mut users: Vec<String> = removed.into_iter().map(|r| r.user).collect();
        users.dedup();
        for user in users {
            self.report_contacts(now, &user);
        }
        if let Some(at) = self.registrar.poll_timeout() {
            self.timers.set(at.max(now + HOUSEKEEPING_PACE), Timer::Housekeeping);
        }
    }
}
