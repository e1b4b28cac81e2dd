//! Named timers in one ordered queue: setting, clearing and finding the next cost O(log n).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use model::{LegId, Timestamp, TrunkId};
use sipx_sip::{Timer as TransactionTimer, TransactionKey};

use crate::transmit::ConnectionId;

/// RFC 3261 §17: the estimate of the round trip.
pub(crate) const T1: Duration = Duration::from_millis(500);
/// RFC 3261 §17: the longest interval between repetitions.
pub(crate) const T2: Duration = Duration::from_secs(4);
/// 64·T1: nobody is waited for longer.
pub(crate) const GIVE_UP: Duration = Duration::from_secs(32);

/// What is due when a timer fires.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Timer {
    /// RFC 3261 §17, RFC 6026.
    Transaction(Arc<TransactionKey>, TransactionTimer),
    /// Repeat a 2xx until its ACK comes; named by leg and CSeq.
    RepeatAnswer(LegId, u32),
    /// Repeat a reliable provisional response until its PRACK comes.
    RepeatProvisional(LegId),
    /// No response at all to our INVITE.
    NoResponse(LegId),
    /// A cancelled INVITE must end.
    Cancelled(LegId),
    /// Refresh the session, or end it (RFC 4028).
    Session(LegId),
    /// Try our offer again after 491.
    OfferAgain(LegId),
    /// A stream holds half a message.
    PartialMessage(ConnectionId),
    /// A phone that wants to know about messages must refresh; named by our tag.
    Subscription(String),
    /// A trunk's registration or health check.
    Trunk(TrunkId),
    /// Bindings run out, limits forget.
    Housekeeping,
}

#[derive(Debug, Default)]
pub(crate) struct Timers {
    due: BTreeMap<(Timestamp, u64), Timer>,
    set: HashMap<Timer, (Timestamp, u64)>,
    order: u64,
}

impl Timers {
    pub(crate) fn set(&mut self, at: Timestamp, timer: Timer) {
        self.order += 1;
        let place = (at, self.order);
        if let Some(old) = self.set.insert(timer.clone(), place) {
            self.due.remove(&old);
        }
        self.due.insert(place, timer);
    }

    pub(crate) fn clear(&mut self, timer: &Timer) {
        if let Some(place) = self.set.remove(timer) {
            self.due.remove(&place);
        }
    }

    pub(crate) fn next(&self) -> Option<Timestamp> {
        self.due.keys().next().map(|(at, _)| *at)
    }

    pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<Timer> {
        let (place, _) = self.due.first_key_value()?;
        if place.0 > now {
            return None;
        }
        let (_, timer) = self.due.pop_first()?;
        self.set.remove(&timer);
        Some(timer)
    }

    pub(crate) fn len(&self) -> usize {
        self.due.len()
    }
}
