//! Symmetric RTP without letting a stranger in: whose packets are heard, and where ours go.
//!
//! The address from signalling is trusted at once and always wins. Another address may be learned
//! only on a host that signalling named or came from, while nobody has been heard, shortly after a
//! description, by several packets in sequence; a learned address is left only when it has fallen
//! silent and its stream, by SSRC, appears elsewhere on such a host. Any other host is never heard.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use model::{MediaSpec, Timestamp};

/// How long after a description an unexpected address may be learned.
const LEARNING_WINDOW: Duration = Duration::from_secs(5);
/// How long a latched source must be silent before its stream may move.
const MOVE_AFTER: Duration = Duration::from_secs(5);
/// Packets in sequence that prove a source.
const PROOF_PACKETS: u8 = 4;

/// What is done with a packet, by its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Heard,
    Stranger,
}

/// What signalling says about the source of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signalled {
    /// Where it wants to receive.
    pub(crate) rtp: SocketAddr,
    /// Where its signalling came from.
    pub(crate) host: Option<IpAddr>,
}

impl Signalled {
    pub(crate) fn of(spec: &MediaSpec) -> Self {
        Self { rtp: spec.remote, host: spec.signalling }
    }

    fn may_be(self, host: IpAddr) -> bool {
        let host = host.to_canonical();
        host == self.rtp.ip().to_canonical() || self.host.is_some_and(|known| known.to_canonical() == host)
    }
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
    packets: u8,
}

#[derive(Debug)]
pub(crate) struct Latch {
    signalled: Signalled,
    learn_until: Timestamp,
    latched: Option<Latched>,
    candidate: Option<Candidate>,
}

impl Latch {
    pub(crate) fn new(now: Timestamp, signalled: Signalled) -> Self {
        Self { signalled, learn_until: now + LEARNING_WINDOW, latched: None, candidate: None }
    }

    /// A new description. The same address keeps what was learned: else every re-INVITE would be a chance for a thief.
    pub(crate) fn describe(&mut self, now: Timestamp, signalled: Signalled) {
        if signalled.rtp != self.signalled.rtp {
            *self = Self::new(now, signalled);
            return;
        }
        self.signalled = signalled;
        // It rang for long: a phone behind NAT may speak only once it is answered.
        if self.latched.is_none() {
            self.learn_until = now + LEARNING_WINDOW;
        }
    }

    /// Where our packets go.
    pub(crate) fn destination(&self) -> SocketAddr {
        self.latched.map_or(self.signalled.rtp, |latched| latched.address)
    }

    pub(crate) fn judge(&mut self, now: Timestamp, origin: Origin) -> Verdict {
        let known = self.latched.is_some_and(|latched| latched.address == origin.from);
        if known || origin.from == self.signalled.rtp || self.has_proved(now, origin) {
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
        if !may_learn || !self.signalled.may_be(origin.from.ip()) {
            return false;
        }
        let follows = |seen: &Candidate| {
            let same = seen.origin.from == origin.from && seen.origin.ssrc == origin.ssrc;
            same && origin.sequence == seen.origin.sequence.wrapping_add(1)
        };
        let packets = self.candidate.filter(follows).map_or(1, |seen| seen.packets.saturating_add(1));
        self.candidate = Some(Candidate { origin, packets });
        packets >= PROOF_PACKETS
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

    /// A phone that names `rtp` and signals from `host`.
    fn signalled(rtp: &str, host: &str) -> Signalled {
        Signalled { rtp: address(rtp), host: Some(host.parse().unwrap()) }
    }

    /// A run of packets in sequence, 20 ms apart; how many were heard.
    fn run(latch: &mut Latch, from_ms: u64, from: &str, ssrc: u32, packets: u16) -> usize {
        let heard = |n: &u16| latch.judge(at(from_ms + u64::from(*n) * 20), origin(from, ssrc, *n)) == Verdict::Heard;
        (0..packets).filter(heard).count()
    }

    const PHONE: &str = "192.0.2.1:4000";
    const OTHER_PORT: &str = "192.0.2.1:9";
    const NAT: &str = "203.0.113.9:61000";
    const NAT_HOST: &str = "203.0.113.9";
    const THIEF: &str = "198.51.100.6:666";

    fn behind_nat() -> Latch {
        Latch::new(at(0), signalled(PHONE, NAT_HOST))
    }

    #[test]
    fn the_signalled_source_is_heard_at_once_and_nobody_else_after_it() {
        let mut latch = behind_nat();
        assert_eq!(run(&mut latch, 10, PHONE, 1, 1), 1);
        for stranger in [THIEF, NAT, OTHER_PORT] {
            assert_eq!(run(&mut latch, 20, stranger, 1, 200), 0, "{stranger}");
        }
        assert_eq!(latch.destination(), address(PHONE));
    }

    #[test]
    fn only_hosts_that_signalling_knows_are_learned_however_slow_the_phone_is() {
        let direct = signalled(PHONE, "192.0.2.1");
        let unknown = Signalled { rtp: address(PHONE), host: None };
        let mapped = signalled(PHONE, "::ffff:203.0.113.9");
        let cases = [
            (direct, THIEF, 0),
            (direct, NAT, 0),
            (direct, OTHER_PORT, 17),
            (unknown, THIEF, 0),
            (unknown, OTHER_PORT, 17),
            (signalled(PHONE, NAT_HOST), THIEF, 0),
            (signalled(PHONE, NAT_HOST), NAT, 17),
            (signalled(PHONE, NAT_HOST), OTHER_PORT, 17),
            (mapped, NAT, 17),
            (mapped, "[::ffff:203.0.113.9]:61000", 17),
            (mapped, THIEF, 0),
        ];
        for (known, from, heard) in cases {
            let mut latch = Latch::new(at(0), known);
            assert_eq!(run(&mut latch, 0, from, 7, 20), heard, "{known:?} and packets from {from}");
            let destination = if heard > 0 { from } else { PHONE };
            assert_eq!(latch.destination(), address(destination), "{known:?} and packets from {from}");
        }
    }

    #[test]
    fn a_thief_between_the_packets_of_a_phone_does_not_even_slow_it_down() {
        let mut latch = behind_nat();
        let mut heard = 0;
        for n in 0..4 {
            (0..50).for_each(|spray| {
                assert_eq!(latch.judge(at(20), origin(THIEF, 7, n * 50 + spray)), Verdict::Stranger);
            });
            heard += usize::from(latch.judge(at(20), origin(NAT, 7, n)) == Verdict::Heard);
        }
        assert_eq!((heard, latch.destination()), (1, address(NAT)));
    }

    #[test]
    fn packets_out_of_sequence_prove_nothing() {
        let mut latch = behind_nat();
        for n in 0..100 {
            let verdict = latch.judge(at(n * 20), origin(NAT, 7, (n * 17) as u16));
            assert_eq!(verdict, Verdict::Stranger);
        }
        for n in 0..100 {
            let verdict = latch.judge(at(n * 20), origin(NAT, n as u32, n as u16));
            assert_eq!(verdict, Verdict::Stranger, "another stream each time");
        }
    }

    #[test]
    fn after_five_seconds_nobody_is_learned_until_the_next_description() {
        let mut latch = behind_nat();
        assert_eq!(run(&mut latch, 5001, NAT, 7, 100), 0);
        latch.describe(at(30_000), signalled(PHONE, NAT_HOST));
        assert_eq!(run(&mut latch, 30_100, THIEF, 7, 20), 0);
        assert_eq!(run(&mut latch, 30_500, NAT, 7, 20), 17);
    }

    #[test]
    fn the_signalled_source_takes_its_place_back_from_whoever_was_learned() {
        let mut latch = behind_nat();
        run(&mut latch, 0, NAT, 7, 20);
        assert_eq!(latch.destination(), address(NAT));
        assert_eq!(run(&mut latch, 401, PHONE, 9, 1), 1);
        assert_eq!(latch.destination(), address(PHONE));
        assert_eq!(run(&mut latch, 402, NAT, 7, 20), 0);
    }

    #[test]
    fn a_silent_stream_may_move_with_its_ssrc_within_its_host() {
        let moved = "203.0.113.9:62000";
        let mut latch = behind_nat();
        run(&mut latch, 0, NAT, 7, 4);
        assert_eq!(run(&mut latch, 1000, moved, 7, 30), 0, "the stream is alive");
        assert_eq!(run(&mut latch, 5100, moved, 8, 30), 0, "another stream");
        assert_eq!(run(&mut latch, 5100, THIEF, 7, 30), 0, "a guessed SSRC from another host");
        assert_eq!(run(&mut latch, 5800, moved, 7, 30), 27);
        assert_eq!(latch.destination(), address(moved));
    }

    #[test]
    fn a_new_description_of_the_same_address_keeps_the_latch() {
        let mut latch = behind_nat();
        run(&mut latch, 0, PHONE, 7, 1);
        latch.describe(at(100), signalled(PHONE, NAT_HOST));
        assert_eq!(run(&mut latch, 100, NAT, 7, 100), 0);
        latch.describe(at(300), signalled(NAT, NAT_HOST));
        assert_eq!(latch.destination(), address(NAT));
    }
}
