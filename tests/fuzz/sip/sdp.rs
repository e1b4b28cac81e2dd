//! Offers and answers of a hostile party: agreed or refused, never towards a forbidden address.

#![no_main]

use std::net::{IpAddr, SocketAddr};

use libfuzzer_sys::fuzz_target;
use model::{Codec, Direction, MediaSpec};
use sip::LocalMedia;
use sip::sdp::{SessionId, accept_answer, answer, reoffer, versioned};

const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 1));

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let ours = local([192, 0, 2, 1]);
    if let Ok(spec) = accept_answer(text, &ours, PEER) {
        check(&spec);
    }
    if let Ok(answered) = answer(text, &ours, PEER) {
        check(&answered.spec);
        assert!(answered.sdp.is_ascii() && answered.sdp.ends_with("\r\n"), "{:?}", answered.sdp);
        if let Err(error) = accept_answer(&answered.sdp, &local([192, 0, 2, 2]), PEER) {
            assert_ne!(error.status(), 400, "we cannot read our own answer: {error}\n{}", answered.sdp);
        }
        assert_eq!(versioned(&answered.sdp, &answered.sdp), answered.sdp, "the same description has the same version");
        let _ = reoffer(&ours, &answered.sdp);
    }
});

fn check(spec: &MediaSpec) {
    let ip = spec.remote.ip();
    assert!(spec.remote.port() != 0, "audio to port 0");
    // RFC 2543 put a party on hold with the address 0.0.0.0.
    assert!(!ip.is_unspecified() || !spec.direction.sends(), "audio to {ip}");
    assert!(!ip.is_loopback() && !ip.is_multicast(), "audio to {ip}");
    assert!((10..=60).contains(&spec.packet_ms), "{} ms per packet", spec.packet_ms);
    assert!(spec.payload_type < 128 && spec.telephone_event.is_none_or(|event| event < 128));
    assert!(!spec.receive.is_empty(), "nothing may be received");
}

fn local(address: [u8; 4]) -> LocalMedia {
    LocalMedia {
        address: SocketAddr::from((address, 10_000)),
        codecs: vec![Codec::G722, Codec::Pcma, Codec::Pcmu],
        telephone_event: true,
        packet_ms: 20,
        direction: Direction::SendReceive,
        session: SessionId { id: 1, version: 1 },
    }
}
