//! A supervisor in the conversation of an agent.

mod support;

use callwright_media::{PlayItem, Prompt, Repeat, SessionKey, Supervision};
use model::{Codec, Direction, MediaSpec, PlaybackId};
use std::sync::Arc;
use support::room::{Room, hum};
use support::*;

const LISTEN: &str = "\
caller hears agent
agent hears caller
boss hears caller and agent
";
const WHISPER: &str = "\
caller hears agent
agent hears caller and boss
boss hears caller and agent
";
const JOIN: &str = "\
caller hears agent and boss
agent hears caller and boss
boss hears caller and agent
";
const APART: &str = "\
caller hears agent
agent hears caller
boss hears nobody
";

/// A caller, an agent who talks to him, and the agent's boss.
struct Desk {
    room: Room,
    caller: SessionKey,
    agent: SessionKey,
    boss: SessionKey,
}

impl Desk {
    fn new(codecs: [Codec; 3]) -> Self {
        let mut room = Room::new();
        let caller = room.enters("caller", codecs[0], 450.0);
        let agent = room.enters("agent", codecs[1], 1000.0);
        let boss = room.enters("boss", codecs[2], 1700.0);
        room.line.worker.join(caller, agent);
        Self { room, caller, agent, boss }
    }

    fn supervise(&mut self, how: Supervision) {
        self.room.line.worker.supervise(self.boss, self.agent, how);
    }

    fn expect(&mut self, expected: &str) {
        assert_eq!(self.room.who_hears_whom(), expected);
    }

    fn play(&mut self, key: SessionKey, repeat: Repeat) {
        let (narrow, wide) = (hum(2500.0, 8000, 0..80_000), hum(2500.0, 16_000, 0..160_000));
        let music = Arc::new(Prompt::from_samples("music", &narrow, &wide));
        self.room.line.worker.play(key, PlaybackId(1), vec![PlayItem::Prompt(music)], repeat);
    }
}

#[test]
fn listening_whispering_and_joining_across_codecs() {
    use Codec::{G722, Pcma, Pcmu};
    for codecs in [[Pcmu; 3], [G722; 3], [Pcmu, G722, Pcma], [G722, Pcmu, Pcmu], [Pcma, Pcmu, G722]] {
        let mut desk = Desk::new(codecs);
        desk.expect(APART);
        desk.supervise(Supervision::Listen);
        desk.expect(LISTEN);
        desk.supervise(Supervision::Whisper);
        desk.expect(WHISPER);
        desk.supervise(Supervision::Join);
        desk.expect(JOIN);
        desk.supervise(Supervision::Listen);
        desk.expect(LISTEN);
        desk.room.line.worker.part(desk.boss);
        desk.expect(APART);
    }
}

#[test]
fn who_is_only_listened_to_is_relayed_to_as_before() {
    let mut desk = Desk::new([Codec::Pcmu; 3]);
    desk.supervise(Supervision::Listen);
    desk.room.hum(200);
    for n in 0..50_u16 {
        let mut person = desk.room.people.remove(0);
        let bytes = person.hum();
        desk.room.people.insert(0, person);
        desk.room.line.hear(desk.caller, address(1), &bytes);
        let passed = desk.room.line.basket.rtp.last().unwrap();
        assert_eq!((passed.key, passed.payload()), (desk.agent, &bytes[12..]), "packet {n} at once and unchanged");
        desk.room.line.advance(20);
    }
}

#[test]
fn every_stream_goes_on_with_its_numbers_whatever_the_manner() {
    let mut desk = Desk::new([Codec::Pcmu, Codec::Pcmu, Codec::G722]);
    for how in [Supervision::Listen, Supervision::Join, Supervision::Whisper, Supervision::Listen] {
        desk.supervise(how);
        desk.room.hum(400);
    }
    for key in [desk.caller, desk.agent, desk.boss] {
        let sent = desk.room.line.sent_by(key);
        assert!((79..=85).contains(&sent.len()), "{} packets in 1600 ms", sent.len());
        for pair in sent.windows(2) {
            let (before, after) = (pair[0].rtp(), pair[1].rtp());
            assert_eq!(after.ssrc(), before.ssrc());
            assert_eq!(after.sequence_number(), before.sequence_number().wrapping_add(1));
        }
    }
}

#[test]
fn the_supervisor_stays_with_the_agent_when_the_caller_changes() {
    let mut desk = Desk::new([Codec::Pcmu, Codec::Pcma, Codec::G722]);
    let other = desk.room.enters("other", Codec::Pcma, 2500.0);
    desk.supervise(Supervision::Join);
    desk.room.hum(500);
    desk.room.line.worker.join(desk.agent, other);
    desk.expect(
        "caller hears nobody\nagent hears boss and other\nboss hears agent and other\nother hears agent and boss\n",
    );
    desk.room.line.worker.part(desk.agent);
    desk.expect("caller hears nobody\nagent hears boss\nboss hears agent\nother hears nobody\n");
    desk.room.line.worker.join(desk.agent, desk.caller);
    desk.expect(
        "caller hears agent and boss\nagent hears caller and boss\nboss hears caller and agent\nother hears nobody\n",
    );
}

#[test]
fn hold_music_is_heard_by_the_caller_alone() {
    let mut desk = Desk::new([Codec::Pcmu, Codec::Pcmu, Codec::Pcma]);
    desk.room.enters("music", Codec::Pcmu, 2500.0);
    desk.supervise(Supervision::Listen);
    desk.room.line.worker.part(desk.agent);
    desk.play(desk.caller, Repeat::Forever);
    desk.expect("caller hears music\nagent hears nobody\nboss hears agent\nmusic hears nobody\n");
    desk.room.line.worker.stop(desk.caller);
    desk.room.line.worker.join(desk.agent, desk.caller);
    desk.expect("caller hears agent\nagent hears caller\nboss hears caller and agent\nmusic hears nobody\n");
    desk.play(desk.agent, Repeat::Forever);
    desk.expect("caller hears agent\nagent hears music\nboss hears caller and agent\nmusic hears nobody\n");
}

#[test]
fn a_phone_on_hold_is_sent_nothing_and_its_party_is_still_heard() {
    let mut desk = Desk::new([Codec::Pcmu; 3]);
    desk.supervise(Supervision::Join);
    let held = MediaSpec { direction: Direction::ReceiveOnly, ..spec(1, Codec::Pcmu) };
    desk.room.line.worker.describe(desk.room.line.now, desk.caller, held);
    desk.expect("caller hears nobody\nagent hears caller and boss\nboss hears caller and agent\n");
}

#[test]
fn when_the_agent_or_the_boss_goes_nobody_is_mixed_any_more() {
    let mut desk = Desk::new([Codec::Pcmu; 3]);
    desk.supervise(Supervision::Join);
    desk.room.hum(300);
    desk.room.line.worker.close(desk.room.line.now, desk.boss, &mut Basket::default());
    desk.expect(APART);
    let mut desk = Desk::new([Codec::Pcmu; 3]);
    desk.supervise(Supervision::Whisper);
    desk.room.hum(300);
    desk.room.line.worker.close(desk.room.line.now, desk.agent, &mut Basket::default());
    desk.expect("caller hears nobody\nagent hears nobody\nboss hears nobody\n");
    desk.room.line.worker.join(desk.boss, desk.caller);
    desk.expect("caller hears boss\nagent hears nobody\nboss hears caller\n");
}

#[test]
fn the_latest_supervisor_takes_the_place_of_the_one_before() {
    let mut desk = Desk::new([Codec::Pcmu; 3]);
    let owner = desk.room.enters("owner", Codec::G722, 2500.0);
    desk.supervise(Supervision::Join);
    desk.room.hum(300);
    desk.room.line.worker.supervise(owner, desk.agent, Supervision::Whisper);
    desk.expect("caller hears agent\nagent hears caller and owner\nboss hears nobody\nowner hears caller and agent\n");
}

#[test]
fn two_agents_may_have_a_supervisor_each() {
    let mut desk = Desk::new([Codec::Pcmu; 3]);
    let owner = desk.room.enters("owner", Codec::G722, 2500.0);
    desk.supervise(Supervision::Join);
    desk.room.line.worker.supervise(owner, desk.caller, Supervision::Whisper);
    desk.expect(
        "caller hears agent and boss and owner\nagent hears caller and boss\n\
         boss hears caller and agent\nowner hears caller and agent and boss\n",
    );
}

#[test]
fn joining_somebody_else_ends_the_supervision() {
    let mut desk = Desk::new([Codec::Pcmu; 3]);
    let other = desk.room.enters("other", Codec::Pcma, 2500.0);
    desk.supervise(Supervision::Join);
    desk.room.hum(300);
    desk.room.line.worker.join(desk.boss, other);
    desk.expect("caller hears agent\nagent hears caller\nboss hears other\nother hears boss\n");
}

#[test]
fn nobody_supervises_himself_or_a_supervisor() {
    let mut desk = Desk::new([Codec::Pcmu; 3]);
    let owner = desk.room.enters("owner", Codec::Pcmu, 2500.0);
    desk.supervise(Supervision::Listen);
    desk.room.line.worker.supervise(owner, desk.boss, Supervision::Join);
    desk.room.line.worker.supervise(desk.agent, desk.agent, Supervision::Join);
    desk.expect(&format!("{LISTEN}owner hears nobody\n"));
}

#[test]
fn a_key_is_passed_on_beside_a_mix() {
    let mut desk = Desk::new([Codec::Pcmu; 3]);
    desk.supervise(Supervision::Join);
    desk.room.hum(300);
    desk.room.line.basket.rtp.clear();
    desk.room.line.hear(desk.caller, address(1), &packet(101, 7, 15, 2400, &[5, 10, 0, 160]));
    let sent = desk.room.line.sent_by(desk.agent);
    assert_eq!((sent.len(), sent[0].rtp().payload_type(), sent[0].payload()), (1, 101, &[5, 10, 0, 160][..]));
    desk.room.hum(200);
    let sent = desk.room.line.sent_by(desk.agent);
    for pair in sent.windows(2) {
        assert_eq!(pair[1].rtp().sequence_number(), pair[0].rtp().sequence_number().wrapping_add(1));
    }
}
