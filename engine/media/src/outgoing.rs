//! The RTP stream we send: one SSRC, one run of sequence numbers and timestamps for the life of a
//! session, whatever it carries (RFC 3550 §5.1).

use std::time::Duration;

use model::Timestamp;
use rtp_types::{RtpPacketBuilder, RtpPacketMut};

use crate::codec::BYTES_PER_MS;

/// Room for the header and the largest payload (60 ms).
pub(crate) const PACKET_BYTES_MAX: usize = 12 + 60 * BYTES_PER_MS;
/// A pause this long is made visible in the timestamps, and the next packet carries the marker.
const PAUSE: Duration = Duration::from_millis(45);

/// How the numbers of a relayed stream map to ours.
#[derive(Debug, Clone, Copy)]
struct Relay {
    ssrc: u32,
    first_sequence: u16,
    sequence_offset: u16,
    timestamp_offset: u32,
}

/// An event of the other stream that is being passed on with our timestamp.
#[derive(Debug, Clone, Copy)]
struct PassedEvent {
    theirs: u32,
    ours: u32,
}

#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) ssrc: u32,
    sequence: u16,
    timestamp: u32,
    /// When the next packet is due if nothing pauses; none before the first.
    due: Option<Timestamp>,
    relay: Option<Relay>,
    passed_event: Option<PassedEvent>,
    pub(crate) packets: u32,
    pub(crate) octets: u32,
}

impl Outgoing {
    pub(crate) fn new(ssrc: u32, sequence: u16, timestamp: u32) -> Self {
        Self { ssrc, sequence, timestamp, due: None, relay: None, passed_event: None, packets: 0, octets: 0 }
    }

    /// The timestamp of the next packet.
    pub(crate) const fn timestamp(&self) -> u32 {
        self.timestamp
    }

    /// Writes a packet of our own audio and returns its length.
    pub(crate) fn audio(&mut self, now: Timestamp, payload_type: u8, payload: &[u8], buffer: &mut [u8]) -> usize {
        let marker = self.catch_up(now);
        self.relay = None;
        let timestamp = self.timestamp;
        self.timestamp = self.timestamp.wrapping_add(payload.len() as u32);
        self.due = Some(self.due.unwrap_or(now) + audio_time(payload.len()));
        self.write(payload_type, marker, timestamp, payload, buffer)
    }

    /// Writes a packet of an event (RFC 4733) that began at `timestamp`; the clock runs on.
    pub(crate) fn event(&mut self, now: Timestamp, event: EventPacket, buffer: &mut [u8]) -> usize {
        if event.advance > 0 {
            self.catch_up(now);
            self.timestamp = self.timestamp.wrapping_add(event.advance);
            self.due = Some(self.due.unwrap_or(now) + audio_time(event.advance as usize));
        }
        self.relay = None;
        self.write(event.payload_type, event.marker, event.timestamp, &event.payload, buffer)
    }

    /// Rewrites a packet of another session's stream in place, so that it continues ours.
    ///
    /// Gaps and order of the other stream stay visible. False when it is too late to be passed on.
    pub(crate) fn relay(&mut self, now: Timestamp, packet: &mut RtpPacketMut<'_>, payload_type: u8) -> bool {
        let (ssrc, sequence, timestamp) = (packet.ssrc(), packet.sequence_number(), packet.timestamp());
        let known = self.relay.filter(|relay| relay.ssrc == ssrc);
        let relay = known.unwrap_or_else(|| {
            let marker = self.catch_up(now);
            packet.set_marker_bit(marker || packet.marker_bit());
            Relay {
                ssrc,
                first_sequence: sequence,
                sequence_offset: self.sequence.wrapping_sub(sequence),
                timestamp_offset: self.timestamp.wrapping_sub(timestamp),
            }
        });
        self.relay = Some(relay);
        if is_before(sequence, relay.first_sequence) {
            return false;
        }
        // The window moves along, or half the sequence space later everything would look late.
        if sequence.wrapping_sub(relay.first_sequence) > 1000 {
            self.relay = Some(Relay { first_sequence: sequence.wrapping_sub(500), ..relay });
        }
        let length = packet.payload_len();
        let ours = sequence.wrapping_add(relay.sequence_offset);
        let our_timestamp = timestamp.wrapping_add(relay.timestamp_offset);
        packet.set_ssrc(self.ssrc);
        packet.set_sequence_number(ours);
        packet.set_timestamp(our_timestamp);
        // A seven-bit number never fails here: it came from a payload type of the peer's description.
        let _ = packet.set_payload_type(payload_type & 0x7F);
        if !is_before(ours.wrapping_add(1), self.sequence) {
            self.sequence = ours.wrapping_add(1);
            self.timestamp = our_timestamp.wrapping_add(length as u32);
        }
        self.due = Some(now + audio_time(length));
        self.count(length);
        true
    }

    /// Rewrites an event packet of another session's stream that is not relayed but transcoded.
    pub(crate) fn pass_event(&mut self, packet: &mut RtpPacketMut<'_>, payload_type: u8) {
        let theirs = packet.timestamp();
        let passed = self
            .passed_event
            .filter(|passed| passed.theirs == theirs)
            .unwrap_or(PassedEvent { theirs, ours: self.timestamp });
        self.passed_event = Some(passed);
        packet.set_ssrc(self.ssrc);
        packet.set_sequence_number(self.sequence);
        packet.set_timestamp(passed.ours);
        let _ = packet.set_payload_type(payload_type & 0x7F);
        self.sequence = self.sequence.wrapping_add(1);
        self.count(packet.payload_len());
    }

    /// Moves the timestamp over a pause; true when a talk spurt begins (RFC 3551 §4.1).
    fn catch_up(&mut self, now: Timestamp) -> bool {
        let Some(due) = self.due else {
            return true;
        };
        let late = now.since(due);
        if late < PAUSE {
            return false;
        }
        let missed = late.as_millis() as u32 / 20 * 160;
        self.timestamp = self.timestamp.wrapping_add(missed);
        self.due = Some(now);
        true
    }

    fn write(&mut self, payload_type: u8, marker: bool, timestamp: u32, payload: &[u8], buffer: &mut [u8]) -> usize {
        let written = RtpPacketBuilder::<&[u8], &[u8]>::new()
            .payload_type(payload_type & 0x7F)
            .marker_bit(marker)
            .sequence_number(self.sequence)
            .timestamp(timestamp)
            .ssrc(self.ssrc)
            .payload(payload)
            .write_into(buffer)
            .unwrap_or(0);
        self.sequence = self.sequence.wrapping_add(1);
        self.count(payload.len());
        written
    }

    fn count(&mut self, octets: usize) {
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(octets as u32);
    }
}

/// One packet of an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventPacket {
    pub(crate) payload_type: u8,
    pub(crate) timestamp: u32,
    pub(crate) marker: bool,
    pub(crate) payload: [u8; 4],
    /// By how much the stream's clock runs on with this packet.
    pub(crate) advance: u32,
}

/// Does `a` come before `b`, around the wrap?
pub(crate) const fn is_before(a: u16, b: u16) -> bool {
    (a.wrapping_sub(b) as i16) < 0
}

fn audio_time(bytes: usize) -> Duration {
    Duration::from_micros(bytes as u64 * 125)
}

#[cfg(test)]
mod tests {
    use rtp_types::RtpPacket;

    use super::*;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_micros(ms * 1000)
    }

    fn sent(outgoing: &mut Outgoing, ms: u64) -> (bool, u16, u32) {
        let mut buffer = [0; PACKET_BYTES_MAX];
        let length = outgoing.audio(at(ms), 0, &[0xFF; 160], &mut buffer);
        let packet = RtpPacket::parse(&buffer[..length]).unwrap();
        (packet.marker_bit(), packet.sequence_number(), packet.timestamp())
    }

    fn relayed(outgoing: &mut Outgoing, ms: u64, ssrc: u32, sequence: u16) -> Option<(u16, u32)> {
        let mut theirs = Outgoing::new(ssrc, sequence, u32::from(sequence) * 160);
        let mut buffer = [0; PACKET_BYTES_MAX];
        let length = theirs.audio(at(ms), 0, &[0xFF; 160], &mut buffer);
        let mut packet = RtpPacketMut::parse(&mut buffer[..length]).unwrap();
        outgoing.relay(at(ms), &mut packet, 0).then(|| (packet.sequence_number(), packet.timestamp()))
    }

    #[test]
    fn a_pause_is_seen_in_the_timestamp_but_not_in_the_sequence() {
        let mut outgoing = Outgoing::new(1, 65535, u32::MAX - 159);
        assert_eq!(sent(&mut outgoing, 0), (true, 65535, u32::MAX - 159));
        assert_eq!(sent(&mut outgoing, 21), (false, 0, 0));
        assert_eq!(sent(&mut outgoing, 1040), (true, 1, 160 + 50 * 160));
    }

    #[test]
    fn a_relayed_stream_continues_ours_and_keeps_its_gaps() {
        let mut outgoing = Outgoing::new(1, 100, 1000);
        sent(&mut outgoing, 0);
        assert_eq!(relayed(&mut outgoing, 20, 9, 5000), Some((101, 1160)));
        assert_eq!(relayed(&mut outgoing, 60, 9, 5002), Some((103, 1480)));
        assert_eq!(relayed(&mut outgoing, 61, 9, 5001), Some((102, 1320)));
        assert_eq!(relayed(&mut outgoing, 62, 9, 4999), None);
        assert_eq!(sent(&mut outgoing, 80), (false, 104, 1640));
        assert_eq!(relayed(&mut outgoing, 100, 9, 5005), Some((105, 1800)));
    }

    #[test]
    fn a_long_relay_survives_the_wrap_of_its_numbers() {
        let mut outgoing = Outgoing::new(1, 0, 0);
        for n in 0..100_000_u32 {
            let out = relayed(&mut outgoing, u64::from(n) * 20, 9, n as u16);
            assert_eq!(out.map(|(sequence, _)| sequence), Some(n as u16));
        }
    }
}
