//! Symmetric RTP without letting a stranger in: whose packets are heard, and where ours go.
//!
//! The address from signalling is trusted at once and always wins. Another address may be learned
//! only while the signalled one has never been heard, shortly after the description, by several
//! packets in sequence; a learned address is left only when it has fallen silent and its stream,
//! by SSRC, appears elsewhere.

use std::net::SocketAddr;
use std::time::Duration;

use model::Timestamp;

/// How long after a description an unexpected address may be learned.
const LEARNING_WINDOW: Duration = Duration::from_secs(5);
/// How long a latched source must be silent before its stream may move.
const MOVE_AFTER: Duration = Duration::from_secs(5);
/// Packets in sequence that prove a source.
const PROOF_PACKETS: u8 = 4;
/// Another host must also leave the signalled one this much time to speak first.
const OTHER_HOST_PATIENCE: Duration = Duration::from_millis(250);

/// What is done with a packet, by its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Heard,
    Stranger,
}

/// The parts of a packet that identify its stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin {
    pub(crate) from: SocketAddr,
    pub(crate) ssrc: u32,
    pub(crate) sequence: u16,
}

#[derive(Debug, Clone, Copy)]
struct Latched {
    address: SocketAddr,
    ssrc: u32,
    heard_at: Timestamp,
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    origin: Origin,
    since: Timestamp,
    packets: u8,
}

#[derive(Debug)]
pub(crate) struct Latch {
    signalled: SocketAddr,
    learn_until: Timestamp,
    latched: Option<Latched>,
    candidate: Option<Candidate>,
}

impl Latch {
    pub(crate) fn new(now: Timestamp, signalled: SocketAddr) -> Self {
        Self { signalled, learn_until: now + LEARNING_WINDOW, latched: None, candidate: None }
    }

    /// A new description. The same address keeps what was learned: else every re-INVITE would be a chance for a thief.
    pub(crate) fn describe(&mut self, now: Timestamp, signalled: SocketAddr) {
        if signalled != self.signalled {
            *self = Self::new(now, signalled);
        }
    }

    /// Where our packets go.
    pub(crate) fn destination(&self) -> SocketAddr {
        self.latched.map_or(self.signalled, |latched| latched.address)
    }

    pub(crate) fn judge(&mut self, now: Timestamp, origin: Origin) -> Verdict {
        let known = self.latched.is_some_and(|latched| latched.address == origin.from);
        if known || origin.from == self.signalled || self.has_proved(now, origin) {
            self.candidate = None;
            self.latched = Some(Latched { address: origin.from, ssrc: origin.ssrc, heard_at: now });
            return Verdict::Heard;
        }
        Verdict::Stranger
    }

    fn has_proved(&mut self, now: Timestamp, origin: Origin) -> bool {
        let may_learn = match self.latched {
            None => now <= self.learn_until,
            Some(latched) => origin.ssrc == latched.ssrc && now.since(latched.heard_at) >= MOVE_AFTER,
        };
        if !may_learn {
            return false;
        }
        let candidate = match self.candidate {
            Some(seen) if seen.origin.from == origin.from && seen.origin.ssrc == origin.ssrc => {
                let in_sequence = origin.sequence == seen.origin.sequence.wrapping_add(1);
                let packets = if in_sequence { seen.packets.saturating_add(1) } else { 1 };
                let since = if in_sequence { seen.since } else { now };
                Candidate { origin, since, packets }
            }
            _ => Candidate { origin, since: now, packets: 1 },
        };
        self.candidate = Some(candidate);
        let patient = origin.from.ip() == self.signalled.ip() || now.since(candidate.since) >= OTHER_HOST_PATIENCE;
        candidate.packets >= PROOF_PACKETS && patient
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_micros(ms * 1000)
    }

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn origin(from: &str, ssrc: u32, sequence: u16) -> Origin {
        Origin { from: address(from), ssrc, sequence }
    }

    const PHONE: &str = "192.0.2.1:4000";
    const NAT: &str = "203.0.113.9:61000";
    const THIEF: &str = "198.51.100.6:666";

    #[test]
    fn the_signalled_source_is_heard_at_once_and_nobody_else_after_it() {
        let mut latch = Latch::new(at(0), address(PHONE));
        assert_eq!(latch.judge(at(10), origin(PHONE, 1, 1)), Verdict::Heard);
        for n in 0..500_u16 {
            let when = at(20 + u64::from(n));
            assert_eq!(latch.judge(when, origin(THIEF, 1, n)), Verdict::Stranger);
        }
        assert_eq!(latch.destination(), address(PHONE));
    }

    #[test]
    fn a_phone_behind_nat_is_learned_by_a_run_of_packets() {
        let mut latch = Latch::new(at(0), address(PHONE));
        let heard =
            (0..20).filter(|n| latch.judge(at(u64::from(*n) * 20), origin(NAT, 7, *n)) == Verdict::Heard).count();
        assert_eq!(latch.destination(), address(NAT));
        assert_eq!(heard, 20 - 13, "250 ms of patience, then it is heard");
        assert_eq!(latch.judge(at(500), origin(THIEF, 7, 21)), Verdict::Stranger);
    }

    #[test]
    fn another_port_of_the_same_host_needs_four_packets_only() {
        let mut latch = Latch::new(at(0), address(PHONE));
        let verdicts: Vec<_> = (0..4).map(|n| latch.judge(at(n * 20), origin("192.0.2.1:9", 7, n as u16))).collect();
        assert_eq!(verdicts[2..], [Verdict::Stranger, Verdict::Heard]);
    }

    #[test]
    fn packets_out_of_sequence_prove_nothing() {
        let mut latch = Latch::new(at(0), address(PHONE));
        for n in 0..100 {
            let verdict = latch.judge(at(n * 20), origin(THIEF, 7, (n * 17) as u16));
            assert_eq!(verdict, Verdict::Stranger);
        }
    }

    #[test]
    fn after_five_seconds_nobody_is_learned_any_more() {
        let mut latch = Latch::new(at(0), address(PHONE));
        for n in 0..100 {
            let verdict = latch.judge(at(5001 + n * 20), origin(THIEF, 7, n as u16));
            assert_eq!(verdict, Verdict::Stranger);
        }
    }

    #[test]
    fn the_signalled_source_takes_its_place_back_from_whoever_was_learned() {
        let mut latch = Latch::new(at(0), address(PHONE));
        (0..20_u16).for_each(|n| {
            latch.judge(at(u64::from(n) * 20), origin(THIEF, 7, n));
        });
        assert_eq!(latch.destination(), address(THIEF));
        assert_eq!(latch.judge(at(401), origin(PHONE, 9, 1)), Verdict::Heard);
        assert_eq!(latch.destination(), address(PHONE));
        assert_eq!(latch.judge(at(402), origin(THIEF, 7, 21)), Verdict::Stranger);
    }

    #[test]
    fn a_silent_stream_may_move_with_its_ssrc() {
        let mut latch = Latch::new(at(0), address(PHONE));
        latch.judge(at(0), origin(PHONE, 7, 1));
        for n in 0..30 {
            assert_eq!(latch.judge(at(5100 + n * 20), origin(THIEF, 8, n as u16)), Verdict::Stranger);
        }
        (0..30).for_each(|n| {
            latch.judge(at(5800 + n * 20), origin(NAT, 7, n as u16));
        });
        assert_eq!(latch.destination(), address(NAT));
    }

    #[test]
    fn a_new_description_of_the_same_address_keeps_the_latch() {
        let mut latch = Latch::new(at(0), address(PHONE));
        latch.judge(at(0), origin(PHONE, 7, 1));
        latch.describe(at(100), address(PHONE));
        for n in 0..100 {
            assert_eq!(latch.judge(at(100 + n), origin(THIEF, 7, n as u16)), Verdict::Stranger);
        }
        latch.describe(at(300), address(NAT));
        assert_eq!(latch.destination(), address(NAT));
    }
}
