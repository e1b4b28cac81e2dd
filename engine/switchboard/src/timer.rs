//! Timers by name: who is woken when, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use model::{CallId, LegId, Ticket, Timestamp};

/// What a timer is for. Setting one again moves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// When to stop ringing this target of a bridge.
    RingTimeout(CallId, usize),
    /// When the next target of a cumulative bridge joins in.
    NextTarget(CallId),
    /// When an answerer who pressed no key is given up.
    ConfirmTimeout(CallId, LegId),
    /// When waiting for the first or the next digit ends.
    DigitTimeout(CallId),
    /// When `wait` is over.
    PauseOver(CallId),
    /// When the caller should hear something during a slow lookup.
    Meanwhile(CallId),
    /// When a directory that did not answer counts as empty.
    LookupTimeout(CallId, Ticket),
    /// When a waiting caller is told something.
    Announcement(CallId),
    /// When whoever is called by us is given up.
    ReachTimeout(CallId),
    /// When a pause of the recording ends by itself.
    RecordingPauseOver(CallId),
    /// When a call has lived too long.
    CallLimit(CallId),
    /// When something is due in the queue core.
    Queues,
    /// When calls back may be due.
    Callbacks,
    /// When a campaign may call somebody.
    Campaigns,
    /// When the store is asked again to keep messages.
    Boxes,
    /// When books and telephones are compared.
    Reconcile,
    /// When live calls are ended at shutdown.
    DrainDeadline,
}

impl Timer {
    /// The call it belongs to.
    pub fn call(self) -> Option<CallId> {
        match self {
            Timer::RingTimeout(call, _)
            | Timer::NextTarget(call)
            | Timer::ConfirmTimeout(call, _)
            | Timer::DigitTimeout(call)
            | Timer::PauseOver(call)
            | Timer::Meanwhile(call)
            | Timer::LookupTimeout(call, _)
            | Timer::Announcement(call)
            | Timer::ReachTimeout(call)
            | Timer::RecordingPauseOver(call)
            | Timer::CallLimit(call) => Some(call),
            Timer::Queues
            | Timer::Callbacks
            | Timer::Campaigns
            | Timer::Boxes
            | Timer::Reconcile
            | Timer::DrainDeadline => None,
        }
    }
}

impl fmt::Display for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// A table that answers "what fires next".
#[derive(Debug, Default)]
pub(crate) struct Timers {
    at: BTreeMap<Timer, Timestamp>,
    by_call: BTreeMap<CallId, BTreeSet<Timer>>,
    order: BTreeSet<(Timestamp, Timer)>,
}

impl Timers {
    pub(crate) fn set(&mut self, timer: Timer, at: Timestamp) {
        self.cancel(timer);
        self.at.insert(timer, at);
        self.order.insert((at, timer));
        if let Some(call) = timer.call() {
            self.by_call.entry(call).or_default().insert(timer);
        }
    }

    pub(crate) fn cancel(&mut self, timer: Timer) {
        if let Some(at) = self.at.remove(&timer) {
            self.order.remove(&(at, timer));
            self.leave_call(timer);
        }
    }

    pub(crate) fn is_set(&self, timer: Timer) -> bool {
        self.at.contains_key(&timer)
    }

    /// Forgets every timer of a call that is over.
    pub(crate) fn cancel_call(&mut self, call: CallId) {
        for timer in self.by_call.remove(&call).unwrap_or_default() {
            self.cancel(timer);
        }
    }

    fn leave_call(&mut self, timer: Timer) {
        let Some(call) = timer.call() else { return };
        if let Some(timers) = self.by_call.get_mut(&call) {
            timers.remove(&timer);
            if timers.is_empty() {
                self.by_call.remove(&call);
            }
        }
    }

    pub(crate) fn next(&self) -> Option<(Timestamp, Timer)> {
        self.order.first().copied()
    }

    /// Takes the earliest timer that is due.
    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<Timer> {
        let (at, timer) = self.next()?;
        (at <= now).then(|| {
            self.cancel(timer);
            timer
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_set_again_moves() {
        let mut timers = Timers::default();
        let timer = Timer::PauseOver(CallId(1));
        timers.set(timer, Timestamp::from_micros(10));
        timers.set(timer, Timestamp::from_micros(20));
        assert_eq!(timers.pop_due(Timestamp::from_micros(15)), None);
        assert_eq!(timers.pop_due(Timestamp::from_micros(20)), Some(timer));
        assert_eq!(timers.next(), None);
    }
}
