//! Two legs that hear each other.

mod support;

use callwright_media::{PlayItem, Repeat};
use model::{Codec, PlaybackId};
use support::*;

#[test]
fn joined_legs_of_one_codec_are_relayed_at_once_and_unchanged() {
    let mut line = Line::new();
    let (caller, agent) = (line.phone(Codec::Pcmu), line.phone(Codec::Pcmu));
    line.worker.join(caller, agent);
    line.advance(40);
    line.basket.rtp.clear();
    for n in 0..100_u16 {
        let payload = [n as u8; 160];
        line.hear(caller, address(1), &packet(0, 77, 60_000 + n, 5_000 + u32::from(n) * 160, &payload));
        assert_eq!(line.basket.rtp.last().map(|sent| sent.payload().to_vec()), Some(payload.to_vec()));
        line.advance(20);
    }
    let to_agent = line.sent_by(agent);
    assert_eq!(to_agent.len(), 100);
    assert!(to_agent.iter().all(|sent| sent.to == address(2)));
    for pair in to_agent.windows(2) {
        let (before, after) = (pair[0].rtp(), pair[1].rtp());
        assert_eq!(after.ssrc(), before.ssrc());
        assert_eq!(after.sequence_number(), before.sequence_number().wrapping_add(1));
        assert_eq!(after.timestamp(), before.timestamp().wrapping_add(160));
    }
    assert_eq!(line.sent_by(caller).len(), 100, "the agent says nothing, so the caller gets silence");
}

#[test]
fn a_whisper_is_heard_instead_of_the_party() {
    let mut line = Line::new();
    let (caller, agent) = (line.phone(Codec::Pcmu), line.phone(Codec::Pcmu));
    line.worker.join(caller, agent);
    line.worker.play(agent, PlaybackId(1), vec![PlayItem::Prompt(prompt_of_voice(0.2))], Repeat::Once);
    for n in 0..50_u16 {
        line.hear(caller, address(1), &packet(0, 77, n, u32::from(n) * 160, &[1; 160]));
        line.advance(20);
    }
    let relayed = line.sent_by(agent).iter().filter(|sent| sent.payload() == [1; 160]).count();
    assert!((39..=40).contains(&relayed), "{relayed}");
    assert!((50..=51).contains(&line.sent_by(agent).len()));
}

#[test]
fn events_are_passed_on_with_the_payload_type_of_the_other_leg() {
    let mut line = Line::new();
    let (caller, agent) = (line.phone(Codec::Pcmu), line.phone(Codec::Pcmu));
    let telephone_event = Some(96);
    line.worker.describe(line.now, agent, model::MediaSpec { telephone_event, ..spec(2, Codec::Pcmu) });
    line.worker.join(caller, agent);
    line.hear(caller, address(1), &packet(101, 77, 1, 160, &[5, 10, 0, 160]));
    let sent = line.sent_by(agent);
    assert_eq!((sent[0].rtp().payload_type(), sent[0].payload()), (96, &[5, 10, 0, 160][..]));
    assert_eq!(line.digits(), "5");
}

#[test]
fn parted_legs_hear_nothing_of_each_other() {
    let mut line = Line::new();
    let (caller, agent) = (line.phone(Codec::Pcmu), line.phone(Codec::Pcmu));
    line.worker.join(caller, agent);
    line.worker.part(agent);
    line.hear(caller, address(1), &packet(0, 77, 1, 160, &[1; 160]));
    assert_eq!(line.sent_by(agent).len(), 0);
}

#[test]
fn a_stranger_is_not_heard_by_the_party_and_hears_nothing() {
    let mut line = Line::new();
    let (caller, agent) = (line.phone(Codec::Pcmu), line.phone(Codec::Pcmu));
    line.worker.join(caller, agent);
    for n in 0..500_u16 {
        let timestamp = u32::from(n) * 160;
        line.hear(caller, address(1), &packet(0, 77, n, timestamp, &[1; 160]));
        line.hear(caller, address(66), &packet(0, 77, n, timestamp, &[2; 160]));
        line.advance(20);
    }
    assert!(line.sent_by(agent).iter().all(|sent| sent.payload() != [2; 160]));
    assert!(line.basket.rtp.iter().all(|sent| sent.to != address(66)));
    assert_eq!(line.worker.stats(caller).map(|stats| stats.strangers), Some(500));
}

#[test]
fn whatever_a_peer_sends_nothing_panics() {
    let mut line = Line::new();
    let (caller, agent) = (line.phone(Codec::Pcmu), line.phone(Codec::G722));
    let telephone_event = None;
    line.worker.describe(line.now, agent, model::MediaSpec { telephone_event, ..spec(2, Codec::G722) });
    line.worker.join(caller, agent);
    let mut chance = 99_u64;
    let mut roll = move || {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        chance >> 33
    };
    for _ in 0..20_000 {
        let payload_type = [0, 8, 9, 13, 101, 77][roll() as usize % 6];
        let payload: Vec<u8> = (0..roll() % 700).map(|n| n as u8).collect();
        let mut bytes = packet(payload_type, 7, roll() as u16, (roll() as u32) << (roll() % 3), &payload);
        for _ in 0..roll() % 3 {
            let place = roll() as usize % bytes.len();
            bytes[place] = roll() as u8;
        }
        bytes.truncate(bytes.len() - (roll() as usize % 20).min(bytes.len()));
        let (key, from) = if roll() % 2 == 0 { (caller, 1) } else { (agent, 2) };
        line.hear(key, address(from), &bytes);
        line.worker.handle_rtcp(line.now, key, address(from), &bytes);
        line.advance(6);
        line.basket.rtp.clear();
    }
    assert!(line.worker.stats(caller).unwrap().received > 1000);
}
