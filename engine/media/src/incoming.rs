//! Counting what arrives: sequence, loss and jitter as RFC 3550 §6.4.1 and appendix A define them.

use std::time::Duration;

use model::Timestamp;

/// What a session has received, refused and sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SessionStats {
    /// RTP packets that were accepted.
    pub received: u64,
    /// RTP packets that the numbers say are missing; late and repeated ones are subtracted.
    pub lost: u64,
    /// Interarrival jitter in microseconds.
    pub jitter_us: u32,
    /// RTP packets sent.
    pub sent: u64,
    /// Not RTP or RTCP, or cut short.
    pub malformed: u64,
    /// From an address that has not earned to be heard.
    pub strangers: u64,
    /// A payload type that was not agreed.
    pub wrong_type: u64,
    /// More packets than any codec sends.
    pub flooded: u64,
}

/// Packets per second above which the rest is dropped: four times the densest stream.
const PACKETS_PER_SECOND_MAX: u32 = 200;

#[derive(Debug, Default)]
pub(crate) struct Incoming {
    pub(crate) stats: SessionStats,
    stream: Option<Stream>,
    second: Timestamp,
    in_second: u32,
}

#[derive(Debug, Clone, Copy)]
struct Stream {
    ssrc: u32,
    first: u32,
    highest: u32,
    received: u32,
    reported: (u32, u32),
    transit: Option<i64>,
    jitter: i64,
}

/// What a report block says (RFC 3550 §6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reception {
    pub(crate) ssrc: u32,
    pub(crate) fraction_lost: u8,
    pub(crate) lost: u32,
    pub(crate) highest: u32,
    pub(crate) jitter: u32,
}

impl Incoming {
    /// False when this second has brought too many packets already.
    pub(crate) fn admits(&mut self, now: Timestamp) -> bool {
        if now.since(self.second) >= Duration::from_secs(1) {
            self.second = now;
            self.in_second = 0;
        }
        self.in_second += 1;
        let admitted = self.in_second <= PACKETS_PER_SECOND_MAX;
        self.stats.flooded += u64::from(!admitted);
        admitted
    }

    pub(crate) fn count(&mut self, now: Timestamp, ssrc: u32, sequence: u16, audio_timestamp: Option<u32>) {
        self.stats.received += 1;
        let mut stream = match self.stream {
            Some(stream) if stream.ssrc == ssrc => stream,
            _ => Stream {
                ssrc,
                first: u32::from(sequence),
                highest: u32::from(sequence),
                received: 0,
                reported: (0, 0),
                transit: None,
                jitter: 0,
            },
        };
        stream.received = stream.received.wrapping_add(1);
        let step = i32::from(sequence.wrapping_sub(stream.highest as u16) as i16);
        match step {
            1..3000 => stream.highest = stream.highest.wrapping_add_signed(step),
            -100..=0 => {}
            _ => {
                // The sender started anew (RFC 3550 A.1).
                stream.first = u32::from(sequence);
                stream.highest = stream.first;
                stream.received = 1;
                stream.reported = (0, 0);
                stream.transit = None;
            }
        }
        if let Some(timestamp) = audio_timestamp {
            stream.note_jitter(now, timestamp);
        }
        self.stats.jitter_us = u32::try_from(stream.jitter * 125 / 16).unwrap_or(0);
        self.stats.lost = u64::from(stream.lost());
        self.stream = Some(stream);
    }

    /// Closes a reporting interval.
    pub(crate) fn report(&mut self) -> Option<Reception> {
        let stream = self.stream.as_mut()?;
        let expected = stream.expected();
        let (expected_before, received_before) = stream.reported;
        let expected_now = expected.wrapping_sub(expected_before);
        let lost_now = expected_now.saturating_sub(stream.received.wrapping_sub(received_before));
        stream.reported = (expected, stream.received);
        let fraction = (lost_now.min(expected_now) * 256).checked_div(expected_now).unwrap_or(0);
        Some(Reception {
            ssrc: stream.ssrc,
            fraction_lost: fraction.min(255) as u8,
            lost: stream.lost().min(0x7F_FFFF),
            highest: stream.highest,
            jitter: (stream.jitter / 16).max(0) as u32,
        })
    }
}

impl Stream {
    fn expected(&self) -> u32 {
        self.highest.wrapping_sub(self.first).wrapping_add(1)
    }

    fn lost(&self) -> u32 {
        self.expected().saturating_sub(self.received)
    }

    fn note_jitter(&mut self, now: Timestamp, timestamp: u32) {
        let arrival = (now.as_micros() / 125) as u32;
        let transit = i64::from(arrival.wrapping_sub(timestamp) as i32);
        if let Some(before) = self.transit.replace(transit) {
            let difference = (transit - before).abs();
            // A jump is a new clock, not jitter.
            if difference < 8000 {
                self.jitter += difference - ((self.jitter + 8) >> 4);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_micros(ms * 1000)
    }

    #[test]
    fn lost_packets_are_counted_and_late_ones_forgiven() {
        let mut incoming = Incoming::default();
        for n in [65533, 65534, 0, 1, 65535, 4] {
            incoming.count(at(0), 7, n, None);
        }
        assert_eq!(incoming.stats.lost, 2);
        let report = incoming.report().unwrap();
        assert_eq!((report.lost, report.highest, report.fraction_lost), (2, 65536 + 4, 64));
    }

    #[test]
    fn a_steady_stream_has_no_jitter_and_a_shaken_one_has_some() {
        let mut steady = Incoming::default();
        let mut shaken = Incoming::default();
        for n in 0..200_u64 {
            steady.count(at(n * 20), 7, n as u16, Some(n as u32 * 160));
            shaken.count(at(n * 20 + n % 2 * 10), 7, n as u16, Some(n as u32 * 160));
        }
        assert_eq!(steady.stats.jitter_us, 0);
        assert!((9_000..11_000).contains(&shaken.stats.jitter_us), "{}", shaken.stats.jitter_us);
    }

    #[test]
    fn a_flood_is_cut_at_two_hundred_packets_a_second() {
        let mut incoming = Incoming::default();
        let admitted = (0..1000).filter(|n| incoming.admits(at(*n))).count();
        assert_eq!((admitted, incoming.stats.flooded), (200, 800));
        assert!(incoming.admits(at(1000)));
    }
}
