//! Digits: as RFC 4733 events, as SIP INFO and as tones in the audio.

mod arbiter;
#[cfg(test)]
mod cases;
mod inband;
mod receive;
mod send;

pub(crate) use arbiter::{Arbiter, Source};
pub(crate) use inband::ToneDetector;
pub(crate) use receive::{EventArrival, EventReceiver};
pub(crate) use send::{DigitSender, Slice};

/// The keys by their RFC 4733 event code.
const KEYS: &[u8; 16] = b"0123456789*#ABCD";

/// The key of an event code; none for flash and other events.
pub(crate) fn key_of(event: u8) -> Option<char> {
    KEYS.get(usize::from(event)).map(|key| char::from(*key))
}

/// The event code of a key.
pub(crate) fn event_of(key: char) -> Option<u8> {
    let key = key.to_ascii_uppercase();
    KEYS.iter().position(|known| char::from(*known) == key).map(|code| code as u8)
}
