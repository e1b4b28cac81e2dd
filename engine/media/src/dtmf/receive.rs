//! RFC 4733 events in, each digit once out, whatever was lost, repeated, reordered or built wrongly.

use std::time::Duration;

use model::Timestamp;

use super::key_of;
use crate::outgoing::is_before;

/// An event without an end packet is over this long after its last update.
const OPEN_FOR: Duration = Duration::from_millis(170);
/// Events that are remembered, so that their late packets are recognised.
const MEMORY: usize = 8;
/// Timestamp units in a segment of a long event (RFC 4733 §2.5.1.3).
const SEGMENT: u32 = 0xFFFF;

/// The parts of an event packet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventArrival<'a> {
    pub(crate) timestamp: u32,
    pub(crate) sequence: u16,
    pub(crate) payload: &'a [u8],
}

#[derive(Debug, Clone, Copy)]
struct Known {
    event: u8,
    timestamp: u32,
    duration: u32,
    sequence: u16,
    updated_at: Timestamp,
}

#[derive(Debug, Default)]
pub(crate) struct EventReceiver {
    /// The newest first.
    known: [Option<Known>; MEMORY],
}

impl EventReceiver {
    /// Takes a packet; gives the key when it is the first one of its event.
    pub(crate) fn handle(&mut self, now: Timestamp, arrival: EventArrival<'_>) -> Option<char> {
        let &[event, flags, high, low, ..] = arrival.payload else {
            return None;
        };
        let key = key_of(event)?;
        let seen = Known {
            event,
            timestamp: arrival.timestamp,
            duration: u32::from(u16::from_be_bytes([high, low])),
            sequence: arrival.sequence,
            updated_at: now,
        };
        let is_end = flags & 0x80 != 0;
        let belongs = |known: &Known| known.timestamp == seen.timestamp && known.event == event;
        if let Some(known) = self.known.iter_mut().flatten().find(|known| belongs(known)) {
            known.update(&seen);
            return None;
        }
        if let Some(newest) = &mut self.known[0]
            && (continues(newest, &seen) || (is_end && is_moved_end(newest, &seen)))
        {
            // Keeps both names: packets of the first segment may still be under way.
            let next = Known { timestamp: seen.timestamp, ..*newest };
            newest.update(&seen);
            let mut next = next;
            next.update(&seen);
            self.remember(next);
            return None;
        }
        self.remember(seen);
        Some(key)
    }

    fn remember(&mut self, known: Known) {
        self.known.rotate_right(1);
        self.known[0] = Some(known);
    }
}

impl Known {
    fn update(&mut self, seen: &Known) {
        self.updated_at = seen.updated_at;
        self.duration = self.duration.max(seen.duration);
        if is_before(self.sequence, seen.sequence) {
            self.sequence = seen.sequence;
        }
    }
}

/// The next segment of an event that is longer than its duration field can say.
fn continues(newest: &Known, seen: &Known) -> bool {
    let step = seen.timestamp.wrapping_sub(newest.timestamp);
    newest.event == seen.event && step.abs_diff(SEGMENT) <= 320 && newest.duration > SEGMENT - 2400
}

/// Some gateways let the timestamp run on in end packets (RFC 4733 §2.5.1.2 forbids it). Such an end
/// follows its event closely by sequence, time and timestamp; a new press does not.
fn is_moved_end(newest: &Known, seen: &Known) -> bool {
    let step = seen.timestamp.wrapping_sub(newest.timestamp);
    let gap = seen.sequence.wrapping_sub(newest.sequence);
    newest.event == seen.event
        && gap <= 4
        && step <= seen.duration.max(newest.duration) + 3 * 160
        && seen.duration >= newest.duration
        && seen.updated_at.since(newest.updated_at) <= OPEN_FOR
}
