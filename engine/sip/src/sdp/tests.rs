//! Offers as phones and providers write them, and as attackers do.

mod hostile;

use std::net::{IpAddr, SocketAddr};

use expect_test::expect;
use model::{Codec, Direction, MediaSpec};

use super::*;

const PEER: &str = "192.0.2.9";

fn us() -> LocalMedia {
    LocalMedia {
        address: "198.51.100.5:10000".parse().unwrap(),
        codecs: vec![Codec::G722, Codec::Pcma, Codec::Pcmu],
        telephone_event: true,
        packet_ms: 20,
        direction: Direction::SendReceive,
        session: SessionId { id: 7, version: 1 },
    }
}

fn peer() -> IpAddr {
    PEER.parse().unwrap()
}

/// An offer: session lines, then whatever `media` says.
fn from_peer(media: &str) -> String {
    from_address("IN IP4 192.0.2.9", media)
}

fn from_address(connection: &str, media: &str) -> String {
    format!("v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc={connection}\r\nt=0 0\r\n{}", media.replace('\n', "\r\n"))
}

fn answered(media: &str) -> Answered {
    answer(&from_peer(media), &us(), peer()).expect("a good offer")
}

fn spec(media: &str) -> MediaSpec {
    answered(media).spec
}

fn refused(media: &str) -> (u16, String) {
    refused_whole(&from_peer(media))
}

fn refused_whole(offer: &str) -> (u16, String) {
    let error = answer(offer, &us(), peer()).expect_err("a bad offer");
    (error.status(), error.to_string())
}

#[test]
fn an_offer_names_codecs_by_preference() {
    expect![[r#"
        v=0
        o=callwright 7 1 IN IP4 198.51.100.5
        s=-
        c=IN IP4 198.51.100.5
        t=0 0
        m=audio 10000 RTP/AVP 9 8 0 101
        a=rtpmap:9 G722/8000
        a=rtpmap:8 PCMA/8000
        a=rtpmap:0 PCMU/8000
        a=rtpmap:101 telephone-event/8000
        a=fmtp:101 0-15
        a=ptime:20
        a=sendrecv
    "#]]
    .assert_eq(&offer(&us()).replace("\r\n", "\n"));
}

#[test]
fn an_answer_follows_the_order_and_the_numbers_of_the_offer() {
    let media = "m=audio 4000 RTP/AVP 18 0 97 8 96\na=rtpmap:97 g722/8000\na=rtpmap:96 telephone-event/8000\na=fmtp:96 0-16\na=ptime:30\n";
    let Answered { sdp, spec } = answered(media);
    expect![[r#"
        v=0
        o=callwright 7 1 IN IP4 198.51.100.5
        s=-
        c=IN IP4 198.51.100.5
        t=0 0
        m=audio 10000 RTP/AVP 0 97 8 96
        a=rtpmap:0 PCMU/8000
        a=rtpmap:97 G722/8000
        a=rtpmap:8 PCMA/8000
        a=rtpmap:96 telephone-event/8000
        a=fmtp:96 0-15
        a=ptime:30
        a=sendrecv
    "#]]
    .assert_eq(&sdp.replace("\r\n", "\n"));
    let agreed = MediaSpec {
        remote: "192.0.2.9:4000".parse().unwrap(),
        signalling: Some(peer()),
        codec: Codec::Pcmu,
        payload_type: 0,
        receive: vec![(0, Codec::Pcmu), (97, Codec::G722), (8, Codec::Pcma)],
        telephone_event: Some(96),
        receive_event: Some(96),
        packet_ms: 30,
        direction: Direction::SendReceive,
    };
    assert_eq!(spec, agreed);
}

#[test]
fn only_our_codecs_and_events_are_answered() {
    let local = LocalMedia { codecs: vec![Codec::Pcma], telephone_event: false, ..us() };
    let offer = from_peer("m=audio 4000 RTP/AVP 0 8 101\na=rtpmap:101 telephone-event/8000\n");
    let Answered { sdp, spec } = answer(&offer, &local, peer()).unwrap();
    assert_eq!((spec.codec, spec.telephone_event), (Codec::Pcma, None));
    assert!(sdp.contains("m=audio 10000 RTP/AVP 8\r\n"), "{sdp}");
}

#[test]
fn a_mapping_beats_the_static_number() {
    assert_eq!(spec("m=audio 4000 RTP/AVP 8 0\na=rtpmap:8 opus/48000/2\n").codec, Codec::Pcmu);
    assert_eq!(
        spec("m=audio 4000 RTP/AVP 8 0\na=rtpmap:8 nonsense\n").codec,
        Codec::Pcma,
        "unreadable, so as if absent"
    );
    assert_eq!(spec("m=audio 4000 RTP/AVP 9 0\na=rtpmap:9 G722/16000\n").codec, Codec::Pcmu, "RFC 3551 says 8000");
    assert_eq!(spec("m=audio 4000 RTP/AVP 97 0\na=rtpmap:97 PCMA/8000/2\n").codec, Codec::Pcmu, "stereo is not ours");
    assert_eq!(spec("m=audio 4000 RTP/AVP 97\na=rtpmap:97 PCMA/8000/1\n").payload_type, 97);
}

#[test]
fn packet_times_are_followed_when_we_can() {
    let with = |lines: &str| spec(&format!("m=audio 4000 RTP/AVP 0\n{lines}")).packet_ms;
    let cases = [("", 20), ("a=ptime:10\n", 10), ("a=ptime:30\n", 30), ("a=ptime:40\n", 40), ("a=ptime:60\n", 60)];
    for (lines, expected) in cases {
        assert_eq!(with(lines), expected, "{lines}");
    }
    let odd = [
        "a=ptime:0\n",
        "a=ptime:9\n",
        "a=ptime:15\n",
        "a=ptime:50\n",
        "a=ptime:61\n",
        "a=ptime:200\n",
        "a=ptime:99999\n",
        "a=ptime:x\n",
    ];
    for lines in odd {
        assert_eq!(with(lines), 20, "{lines}");
    }
    assert_eq!(with("a=ptime:60\na=maxptime:30\n"), 30);
    assert_eq!(with("a=maxptime:10\n"), 10);
    assert_eq!(with("a=ptime:20\na=maxptime:150\n"), 20, "a maximum outside 10-60 is not heard");
}

#[test]
fn hold_is_mirrored() {
    let cases = [
        ("a=sendrecv\n", Direction::SendReceive, "a=sendrecv\r\n"),
        ("a=sendonly\n", Direction::ReceiveOnly, "a=recvonly\r\n"),
        ("a=recvonly\n", Direction::SendOnly, "a=sendonly\r\n"),
        ("a=inactive\n", Direction::Inactive, "a=inactive\r\n"),
    ];
    for (line, direction, written) in cases {
        let Answered { sdp, spec } = answered(&format!("m=audio 4000 RTP/AVP 0\n{line}"));
        assert_eq!(spec.direction, direction, "{line}");
        assert!(sdp.ends_with(written), "{sdp}");
    }
}

#[test]
fn what_we_do_not_want_is_not_agreed() {
    let ours = LocalMedia { direction: Direction::SendOnly, ..us() };
    let agreed = |line: &str| {
        let offer = from_peer(&format!("m=audio 4000 RTP/AVP 0\n{line}"));
        answer(&offer, &ours, peer()).unwrap().spec.direction
    };
    assert_eq!(agreed("a=sendrecv\n"), Direction::SendOnly);
    assert_eq!(agreed("a=sendonly\n"), Direction::Inactive);
}

#[test]
fn a_direction_of_the_session_counts_unless_the_stream_says_otherwise() {
    let session = "a=sendonly\nm=audio 4000 RTP/AVP 0\n";
    assert_eq!(spec(session).direction, Direction::ReceiveOnly);
    assert_eq!(spec(&format!("{session}a=sendrecv\n")).direction, Direction::SendReceive);
}

#[test]
fn old_style_hold_is_hold() {
    let held = |line: &str| {
        let offer = from_address("IN IP4 0.0.0.0", &format!("m=audio 4000 RTP/AVP 0\n{line}"));
        answer(&offer, &us(), peer()).unwrap().spec.direction
    };
    assert_eq!(held(""), Direction::ReceiveOnly);
    assert_eq!(held("a=recvonly\n"), Direction::Inactive);
    assert_eq!(held("a=inactive\n"), Direction::Inactive);
}

#[test]
fn ipv6_is_spoken() {
    let local = LocalMedia { address: "[2001:db8::5]:10000".parse().unwrap(), ..us() };
    let offer = from_address("IN IP6 2001:db8::9", "m=audio 4000 RTP/AVP 0\n");
    let Answered { sdp, spec } = answer(&offer, &local, "2001:db8::9".parse().unwrap()).unwrap();
    assert_eq!(spec.remote, "[2001:db8::9]:4000".parse::<SocketAddr>().unwrap());
    assert!(sdp.contains("c=IN IP6 2001:db8::5\r\n"), "{sdp}");
    assert_eq!(answer(&offer, &us(), peer()).unwrap_err().status(), 488, "we have no IPv6 address");
}

#[test]
fn every_m_line_is_answered_in_order() {
    let media = "m=video 4002 RTP/AVP 96 97\nm=audio 4004 RTP/SAVP 0\nm=audio 4000 RTP/AVP 8\nc=IN IP4 192.0.2.77\n\
                 m=audio 4006 RTP/AVP 8\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\nm=image 0 udptl t38\n";
    let Answered { sdp, spec } = answered(media);
    let lines: Vec<&str> = sdp.lines().filter(|line| line.starts_with("m=")).collect();
    let expected = [
        "m=video 0 RTP/AVP 96",
        "m=audio 0 RTP/SAVP 0",
        "m=audio 10000 RTP/AVP 8",
        "m=audio 0 RTP/AVP 8",
        "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
        "m=image 0 udptl t38",
    ];
    assert_eq!(lines, expected);
    assert_eq!(spec.remote, "192.0.2.77:4000".parse::<SocketAddr>().unwrap(), "a stream's own c= line counts");
}

#[test]
fn a_second_stream_is_taken_when_the_first_cannot_be() {
    let Answered { sdp, spec } = answered("m=audio 4000 RTP/AVP 18\nm=audio 4002 RTP/AVP 0\n");
    assert_eq!(spec.remote.port(), 4002);
    assert!(sdp.contains("m=audio 0 RTP/AVP 18\r\nm=audio 10000 RTP/AVP 0\r\n"), "{sdp}");
}

#[test]
fn offers_without_usable_audio_get_488() {
    let none = (488, "session description has no usable audio stream".to_owned());
    for media in [
        "",
        "m=audio 0 RTP/AVP 0\n",
        "m=video 4000 RTP/AVP 96\n",
        "m=audio 4000 RTP/SAVPF 0\n",
        "m=audio 4000 udptl t38\n",
    ] {
        assert_eq!(refused(media), none, "{media}");
    }
    let codec = (488, "session description has no codec in common with us".to_owned());
    for media in [
        "m=audio 4000 RTP/AVP 18\n",
        "m=audio 4000 RTP/AVP 97\n",
        "m=audio 4000 RTP/AVP 101\na=rtpmap:101 telephone-event/8000\n",
    ] {
        assert_eq!(refused(media), codec, "{media}");
    }
}

#[test]
fn an_answer_to_our_offer_is_accepted() {
    let spec = accept_answer(
        &from_peer("m=audio 4000 RTP/AVP 8 101\na=rtpmap:101 telephone-event/8000\na=ptime:40\na=recvonly\n"),
        &us(),
        peer(),
    );
    let agreed = MediaSpec {
        remote: "192.0.2.9:4000".parse().unwrap(),
        signalling: Some(peer()),
        codec: Codec::Pcma,
        payload_type: 8,
        receive: vec![(8, Codec::Pcma)],
        telephone_event: Some(101),
        receive_event: Some(101),
        packet_ms: 40,
        direction: Direction::SendOnly,
    };
    assert_eq!(spec.unwrap(), agreed);
}

#[test]
fn they_send_with_our_numbers_and_we_with_theirs() {
    let spec = accept_answer(&from_peer("m=audio 4000 RTP/AVP 97\na=rtpmap:97 PCMA/8000\n"), &us(), peer()).unwrap();
    assert_eq!((spec.payload_type, spec.receive), (97, vec![(8, Codec::Pcma)]));
}

#[test]
fn events_are_taken_under_both_sides_numbers() {
    let media = "m=audio 4000 RTP/AVP 8 96\na=rtpmap:96 telephone-event/8000\n";
    let spec = accept_answer(&from_peer(media), &us(), peer()).unwrap();
    assert_eq!((spec.telephone_event, spec.receive_event), (Some(96), Some(TELEPHONE_EVENT_PAYLOAD_TYPE)));
    let spec = accept_answer(&from_peer("m=audio 4000 RTP/AVP 8\n"), &us(), peer()).unwrap();
    assert_eq!((spec.telephone_event, spec.receive_event), (None, None));
}

#[test]
fn an_unknown_signalling_address_is_told_as_none() {
    let spec = accept_answer(&from_peer("m=audio 4000 RTP/AVP 8\n"), &us(), [0, 0, 0, 0].into()).unwrap();
    assert_eq!(spec.signalling, None);
}

#[test]
fn a_refused_stream_is_no_answer() {
    assert_eq!(accept_answer(&from_peer("m=audio 0 RTP/AVP 8\n"), &us(), peer()), Err(SdpError::NoUsableMedia));
    assert_eq!(accept_answer(&from_peer("m=audio 4000 RTP/AVP 18\n"), &us(), peer()), Err(SdpError::NoCommonCodec));
}

#[test]
fn our_own_offer_and_answer_agree() {
    let they =
        LocalMedia { address: "192.0.2.9:4000".parse().unwrap(), codecs: vec![Codec::Pcmu, Codec::Pcma], ..us() };
    let theirs = answer(&offer(&us()), &they, us().address.ip()).unwrap();
    let ours = accept_answer(&theirs.sdp, &us(), peer()).unwrap();
    assert_eq!((ours.codec, theirs.spec.codec), (Codec::Pcma, Codec::Pcma));
    assert_eq!((ours.remote, theirs.spec.remote), (they.address, us().address));
    assert_eq!(ours.receive, theirs.spec.receive);
}

#[test]
fn the_version_grows_only_with_changes() {
    let first = offer(&us());
    assert_eq!(versioned(&first, &first), first);
    let hold = reoffer(&LocalMedia { direction: Direction::SendOnly, ..us() }, &first);
    assert!(hold.contains("o=callwright 7 2 IN"), "{hold}");
    let again = reoffer(&LocalMedia { direction: Direction::SendOnly, ..us() }, &hold);
    assert_eq!(again, hold);
    let back = reoffer(&us(), &hold);
    assert!(back.contains("o=callwright 7 3 IN"), "{back}");
}

#[test]
fn a_new_offer_keeps_the_m_lines_of_the_dialog() {
    let media = "m=video 4002 RTP/AVP 96\nm=audio 4000 RTP/AVP 8 96\na=rtpmap:96 telephone-event/8000\n";
    let first = answered(media).sdp;
    let second = reoffer(&us(), &first);
    let lines: Vec<&str> = second.lines().filter(|line| line.starts_with("m=")).collect();
    assert_eq!(lines, ["m=video 0 RTP/AVP 96", "m=audio 10000 RTP/AVP 9 8 0 96"]);
}
