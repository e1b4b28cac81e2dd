//! RTP and RTCP of a hostile party, towards two joined legs and towards one that hears a prompt.
//!
//! The input is a sequence of records: one byte of control, one of length, then the packet.

#![no_main]

use std::net::SocketAddr;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use media::{PlayItem, Repeat, SessionKey, Sink, Worker};
use model::{Codec, Direction, LegId, MediaSpec, PlaybackId, Timestamp};

const PACKET_BYTES_MAX: usize = 1500;

/// Takes packets and remembers what nobody may cause.
#[derive(Default)]
struct Wire {
    packets: usize,
}

impl Sink for Wire {
    fn send(&mut self, _: SessionKey, to: SocketAddr, packet: &[u8]) {
        assert!((12..=PACKET_BYTES_MAX).contains(&packet.len()), "{} octets of RTP", packet.len());
        assert!(!to.ip().is_unspecified() && to.port() != 0, "RTP to {to}");
        self.packets += 1;
    }

    fn send_rtcp(&mut self, _: SessionKey, to: SocketAddr, packet: &[u8]) {
        assert!((8..=PACKET_BYTES_MAX).contains(&packet.len()), "{} octets of RTCP", packet.len());
        assert!(!to.ip().is_unspecified() && to.port() != 0, "RTCP to {to}");
        self.packets += 1;
    }
}

fuzz_target!(|data: &[u8]| {
    let mut worker = Worker::new();
    let mut wire = Wire::default();
    let mut now = Timestamp::from_micros(1_000_000);
    let parties = [party(1, Codec::Pcmu), party(2, Codec::Pcma), party(3, Codec::G722)];
    let keys = [1, 2, 3].map(|leg| worker.open(now, LegId(leg), leg));
    for (key, spec) in keys.iter().zip(&parties) {
        worker.describe(now, *key, spec.clone());
        worker.watch(now, *key, Some(Duration::from_secs(20)));
    }
    worker.join(keys[0], keys[1]);
    worker.play(keys[2], PlaybackId(1), vec![PlayItem::Silence(Duration::from_secs(1))], Repeat::Forever);

    let mut rest = data;
    while let [control, length, tail @ ..] = rest {
        let (packet, tail) = tail.split_at(usize::from(*length).min(tail.len()));
        rest = tail;
        let who = usize::from(control & 3) % keys.len();
        let from = match control >> 2 & 3 {
            0 | 1 => parties[who].remote,
            2 => SocketAddr::new(parties[who].remote.ip(), 40_000),
            _ => SocketAddr::from(([203, 0, 113, 9], 9)),
        };
        now += Duration::from_millis(u64::from(control >> 5) * 7);
        let mut packet = packet.to_vec();
        if control & 16 == 0 {
            worker.handle_rtp(now, keys[who], from, &mut packet, &mut wire);
        } else {
            worker.handle_rtcp(now, keys[who], from, &packet);
        }
        worker.tick(now, &mut wire);
        while worker.poll_event().is_some() {}
    }
    for key in keys {
        worker.close(now, key, &mut wire);
    }
    assert_eq!(worker.next_due(), None, "a closed worker has nothing to do");
});

fn party(number: u8, codec: Codec) -> MediaSpec {
    MediaSpec {
        remote: SocketAddr::from(([198, 51, 100, number], 10_000)),
        signalling: None,
        codec,
        payload_type: codec.static_payload_type(),
        receive: vec![(0, Codec::Pcmu), (8, Codec::Pcma), (9, Codec::G722)],
        telephone_event: Some(101),
        receive_event: Some(101),
        packet_ms: 20,
        direction: Direction::SendReceive,
    }
}
