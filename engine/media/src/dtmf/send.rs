//! Sending digits as RFC 4733 events.

use super::event_of;
use crate::codec::FRAME_BYTES;
use crate::outgoing::EventPacket;

/// Digits that may wait; a person cannot type more ahead.
const QUEUE: usize = 64;
/// 20 ms steps that a digit sounds: 100 ms.
const STEPS_ON: u32 = 5;
/// 20 ms steps between digits: 80 ms.
const STEPS_OFF: u32 = 4;
/// -10 dBm0, as phones send it.
const VOLUME: u8 = 10;

/// What the sender wants to do with 20 ms.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Slice {
    /// Nothing: audio may go.
    Idle,
    /// One packet of an event.
    Event(EventPacket),
    /// The end of an event, sent three times (RFC 4733 §2.5.1.4).
    End(EventPacket),
}

#[derive(Debug)]
pub(crate) struct DigitSender {
    queue: [u8; QUEUE],
    waiting: usize,
    step: u32,
    began: u32,
}

impl DigitSender {
    pub(crate) const fn new() -> Self {
        Self { queue: [0; QUEUE], waiting: 0, step: 0, began: 0 }
    }

    /// Queues a key; false when it is no key or the queue is full.
    pub(crate) fn push(&mut self, key: char) -> bool {
        let Some(event) = event_of(key) else {
            return false;
        };
        if self.waiting == QUEUE {
            return false;
        }
        self.queue[self.waiting] = event;
        self.waiting += 1;
        true
    }

    /// What to send in the next 20 ms, `timestamp` being where the stream stands.
    pub(crate) fn next(&mut self, payload_type: u8, timestamp: u32) -> Slice {
        if self.waiting == 0 {
            return Slice::Idle;
        }
        let step = self.step;
        self.step += 1;
        if step == 0 {
            self.began = timestamp;
        }
        let event = self.queue[0];
        let duration = (step + 1).min(STEPS_ON) * FRAME_BYTES as u32;
        let [high, low] = (duration as u16).to_be_bytes();
        let packet = |end: u8, advance| EventPacket {
            payload_type,
            timestamp: self.began,
            marker: step == 0,
            payload: [event, end | VOLUME, high, low],
            advance,
        };
        let slice = match step {
            0..STEPS_ON => Slice::Event(packet(0, FRAME_BYTES as u32)),
            STEPS_ON => Slice::End(packet(0x80, 0)),
            _ => Slice::Idle,
        };
        if step == STEPS_ON + STEPS_OFF {
            self.queue.copy_within(1..self.waiting, 0);
            self.waiting -= 1;
            self.step = 0;
        }
        slice
    }
}
