//! What one session sends and tells.

mod support;

use std::sync::Arc;
use std::time::Duration;

use callwright_media::{Happened, PlayItem, Repeat};
use model::{Codec, Direction, PlaybackEnd, PlaybackId};
use support::*;

const ONE: PlaybackId = PlaybackId(1);

#[test]
fn a_prompt_is_sent_packet_by_packet_and_silence_follows() {
    let mut line = Line::new();
    let phone = line.phone(Codec::Pcmu);
    let prompt = prompt_of_voice(1.0);
    line.worker.play(phone, ONE, vec![PlayItem::Prompt(Arc::clone(&prompt))], Repeat::Once);
    line.advance(1200);
    let sent = line.sent_by(phone);
    assert_eq!(sent.len(), 60);
    let payload: Vec<u8> = sent.iter().flat_map(|sent| sent.payload().to_vec()).collect();
    assert_eq!(payload[..8000], *prompt.payload(Codec::Pcmu));
    assert!(payload[8000..].iter().all(|byte| *byte == 0xFF));
    let first = sent[0].rtp();
    assert!(first.marker_bit());
    for (n, sent) in sent.iter().enumerate() {
        assert_eq!(sent.to, address(1));
        assert_eq!(sent.rtp().sequence_number(), first.sequence_number().wrapping_add(n as u16));
        assert_eq!(sent.rtp().timestamp(), first.timestamp().wrapping_add(n as u32 * 160));
        assert_eq!(sent.at.since(line.basket.rtp[0].at), Duration::from_millis(20) * n as u32);
    }
    assert_eq!(line.events(), [Happened::PlaybackEnded { playback: ONE, how: PlaybackEnd::Finished }]);
}

#[test]
fn packets_have_the_length_the_other_side_asked_for() {
    for (packet_ms, bytes) in [(10, 80), (30, 240), (40, 320), (60, 480)] {
        let mut line = Line::new();
        let phone = line.phone(Codec::Pcma);
        line.worker.describe(line.now, phone, model::MediaSpec { packet_ms, ..spec(1, Codec::Pcma) });
        let prompt = prompt_of_voice(1.2);
        line.worker.play(phone, ONE, vec![PlayItem::Prompt(Arc::clone(&prompt))], Repeat::Once);
        line.advance(1200);
        let sent = line.sent_by(phone);
        assert!(sent.iter().all(|sent| sent.payload().len() == bytes));
        let payload: Vec<u8> = sent.iter().flat_map(|sent| sent.payload().to_vec()).collect();
        assert_eq!(payload[..], *prompt.payload(Codec::Pcma));
        let timestamps: Vec<u32> = sent.iter().map(|sent| sent.rtp().timestamp()).collect();
        assert!(timestamps.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == bytes as u32));
    }
}

#[test]
fn another_codec_in_the_middle_of_a_prompt_needs_no_encoding() {
    let mut line = Line::new();
    let phone = line.phone(Codec::Pcmu);
    let prompt = prompt_of_voice(1.0);
    line.worker.play(phone, ONE, vec![PlayItem::Prompt(Arc::clone(&prompt))], Repeat::Once);
    line.advance(500);
    line.worker.describe(line.now, phone, spec(1, Codec::G722));
    line.advance(500);
    let payload: Vec<u8> = line.sent_by(phone).iter().flat_map(|sent| sent.payload().to_vec()).collect();
    assert_eq!(payload[..4000], prompt.payload(Codec::Pcmu)[..4000]);
    assert_eq!(payload[4000..], prompt.payload(Codec::G722)[4000..]);
}

#[test]
fn a_loop_goes_on_until_it_is_stopped() {
    let mut line = Line::new();
    let phone = line.phone(Codec::Pcmu);
    let items = vec![PlayItem::Prompt(prompt_of_voice(0.1)), PlayItem::Silence(Duration::from_millis(40))];
    line.worker.play(phone, ONE, items, Repeat::Forever);
    line.advance(1000);
    assert_eq!(line.events(), [], "it has no end of its own");
    assert!(line.basket.rtp.len() >= 49, "{} packets in a second", line.basket.rtp.len());
    line.worker.stop(phone);
    line.advance(100);
    assert_eq!(line.events(), []);
}

#[test]
fn an_empty_playback_ends_at_once_even_when_looped() {
    let mut line = Line::new();
    let phone = line.phone(Codec::Pcmu);
    let nothing = vec![PlayItem::Silence(Duration::ZERO)];
    line.worker.play(phone, ONE, nothing, Repeat::Forever);
    assert_eq!(line.events(), [Happened::PlaybackEnded { playback: ONE, how: PlaybackEnd::Finished }]);
}

#[test]
fn nothing_is_sent_to_a_leg_on_hold_and_the_numbers_go_on_after_it() {
    let mut line = Line::new();
    let phone = line.phone(Codec::Pcmu);
    line.advance(100);
    let direction = Direction::Inactive;
    line.worker.describe(line.now, phone, model::MediaSpec { direction, ..spec(1, Codec::Pcmu) });
    line.advance(1000);
    assert_eq!(line.sent_by(phone).len(), 5);
    line.worker.describe(line.now, phone, spec(1, Codec::Pcma));
    line.advance(20);
    let sent = line.sent_by(phone);
    let (before, after) = (sent[4].rtp(), sent[5].rtp());
    assert_eq!(after.payload_type(), 8);
    assert_eq!(after.ssrc(), before.ssrc());
    assert_eq!(after.sequence_number(), before.sequence_number().wrapping_add(1));
    assert_eq!(after.timestamp(), before.timestamp().wrapping_add(51 * 160));
    assert!(after.marker_bit());
}

#[test]
fn digits_that_are_sent_are_received() {
    let mut line = Line::new();
    let (sender, receiver) = (line.phone(Codec::Pcmu), line.phone(Codec::Pcmu));
    for digit in "1599#*0".chars() {
        assert!(line.worker.send_digit(sender, digit));
    }
    assert!(!line.worker.send_digit(sender, 'x'));
    line.advance(2000);
    let sent: Vec<Vec<u8>> = line.sent_by(sender).iter().map(|sent| sent.bytes.clone()).collect();
    for bytes in sent {
        line.hear(receiver, address(2), &bytes);
        line.advance(2);
    }
    assert_eq!(line.digits(), "1599#*0");
}

#[test]
fn a_party_that_falls_silent_has_vanished_once() {
    let mut line = Line::new();
    let phone = line.phone(Codec::Pcmu);
    line.worker.watch(line.now, phone, Some(Duration::from_secs(20)));
    for n in 0..50 {
        line.hear(phone, address(1), &packet(0, 7, n, u32::from(n) * 160, &[0xFF; 160]));
        line.advance(20);
    }
    line.advance(19_900);
    assert_eq!(line.events(), []);
    line.advance(200);
    assert_eq!(line.events(), [Happened::Vanished]);
    line.advance(60_000);
    assert_eq!(line.events(), []);
}

#[test]
fn a_party_on_hold_has_not_vanished() {
    let mut line = Line::new();
    let phone = line.phone(Codec::Pcmu);
    line.worker.watch(line.now, phone, Some(Duration::from_secs(20)));
    line.hear(phone, address(1), &packet(0, 7, 0, 0, &[0xFF; 160]));
    for direction in [Direction::SendOnly, Direction::Inactive] {
        line.worker.describe(line.now, phone, model::MediaSpec { direction, ..spec(1, Codec::Pcmu) });
        line.advance(60_000);
        assert_eq!(line.events(), []);
    }
    line.worker.describe(line.now, phone, spec(1, Codec::Pcmu));
    line.advance(19_900);
    assert_eq!(line.events(), []);
    line.advance(200);
    assert_eq!(line.events(), [Happened::Vanished]);
}

#[test]
fn a_party_that_never_sent_anything_has_not_vanished() {
    let mut line = Line::new();
    let phone = line.phone(Codec::Pcmu);
    line.worker.watch(line.now, phone, Some(Duration::from_secs(20)));
    line.advance(60_000);
    assert_eq!(line.events(), []);
    let thief = "198.51.100.6:666".parse().unwrap();
    line.hear(phone, thief, &packet(0, 7, 0, 0, &[0xFF; 160]));
    line.advance(60_000);
    assert_eq!(line.events(), [], "a stranger's packet does not count");
    line.hear(phone, address(1), &packet(0, 7, 0, 0, &[0xFF; 160]));
    line.advance(20_100);
    assert_eq!(line.events(), [Happened::Vanished]);
}

#[test]
fn events_are_heard_under_the_number_of_either_side() {
    let mut line = Line::new();
    let phone = line.phone(Codec::Pcmu);
    let (theirs, ours) = (Some(96), Some(101));
    let both = model::MediaSpec { telephone_event: theirs, receive_event: ours, ..spec(1, Codec::Pcmu) };
    line.worker.describe(line.now, phone, both);
    for (n, payload_type) in [96, 101, 97].into_iter().enumerate() {
        let n = n as u16;
        let timestamp = u32::from(n) * 8000;
        line.hear(phone, address(1), &packet(payload_type, 7, n, timestamp, &[n as u8 + 1, 0x8A, 0, 160]));
        line.advance(1000);
    }
    assert_eq!(line.digits(), "12");
}

#[test]
fn reports_go_out_every_five_seconds_and_a_farewell_at_the_end() {
    let mut line = Line::new();
    let phone = line.phone(Codec::Pcmu);
    line.advance(16_000);
    assert_eq!(line.basket.rtcp.len(), 3);
    let now = line.now;
    line.worker.close(now, phone, &mut line.basket);
    assert_eq!(line.basket.rtcp.len(), 4);
    let bye = &line.basket.rtcp[3].bytes;
    assert_eq!(bye[bye.len() - 7], 203);
    line.advance(100);
    assert_eq!(line.basket.rtcp.len(), 4);
    assert!(line.worker.stats(phone).is_none());
}

#[test]
fn packets_of_many_sessions_are_spread_over_the_wheel() {
    let mut line = Line::new();
    for _ in 0..100 {
        line.phone(Codec::Pcmu);
    }
    for _ in 0..20 {
        let before = line.basket.rtp.len();
        line.advance(2);
        assert_eq!(line.basket.rtp.len() - before, 10);
    }
}

#[test]
fn a_worker_that_was_held_up_does_not_send_a_burst() {
    let mut line = Line::new();
    let phone = line.phone(Codec::Pcmu);
    line.advance(100);
    line.now += Duration::from_secs(3);
    line.worker.tick(line.now, &mut line.basket);
    assert!(line.sent_by(phone).len() <= 5 + 4);
}
