//! Recordings of both sides: left what the leg says, right what it hears.

mod support;

use std::sync::Arc;
use std::time::Duration;

use callwright_media::{Layout, PlayItem, Prompt, Repeat, SessionKey, Supervision};
use model::{Codec, Direction, MediaSpec, PlaybackId};
use support::room::{Room, hum, loudness};
use support::tape::Tape;
use support::*;

const CALLER: f64 = 450.0;
const AGENT: f64 = 1000.0;
const OTHER: f64 = 1700.0;
const MUSIC: f64 = 2500.0;
const BOSS: f64 = 3100.0;

fn play(room: &mut Room, key: SessionKey, repeat: Repeat) {
    let music = Prompt::from_samples("music", &hum(MUSIC, 8000, 0..40_000), &hum(MUSIC, 16_000, 0..80_000));
    room.line.worker.play(key, PlaybackId(1), vec![PlayItem::Prompt(Arc::new(music))], repeat);
}

/// The tones in each second of a channel, without its first 300 ms.
fn story(channel: &[i16]) -> Vec<String> {
    let tones = [("caller", CALLER), ("agent", AGENT), ("other", OTHER), ("music", MUSIC), ("boss", BOSS)];
    let second = |samples: &[i16]| {
        let heard = tones.iter().filter(|(_, hz)| loudness(&samples[2400..], 8000, *hz) > 3000.0);
        heard.map(|(name, _)| *name).collect::<Vec<_>>().join("+")
    };
    channel.chunks_exact(8000).map(second).collect()
}

#[test]
fn one_file_tells_the_whole_call() {
    use Codec::{G722, Pcma, Pcmu};
    for codecs in [[Pcmu, Pcmu, Pcmu], [Pcma, G722, Pcmu], [G722, G722, Pcma]] {
        let mut room = Room::new();
        let caller = room.enters("caller", codecs[0], CALLER);
        let agent = room.enters("agent", codecs[1], AGENT);
        let other = room.enters("other", codecs[2], OTHER);
        let boss = room.enters("boss", Pcmu, BOSS);
        let tape = Tape::default();
        tape.start(&mut room.line, caller, Layout::Stereo, Duration::ZERO);
        play(&mut room, caller, Repeat::Once);
        room.hum(1000);
        room.line.worker.join(caller, agent);
        room.hum(1000);
        room.line.worker.part(agent);
        play(&mut room, caller, Repeat::Forever);
        room.hum(1000);
        room.line.worker.join(agent, caller);
        room.hum(1000);
        room.line.worker.join(other, caller);
        room.hum(1000);
        room.line.worker.supervise(boss, other, Supervision::Join);
        room.hum(1000);
        room.line.worker.supervise(boss, other, Supervision::Whisper);
        room.hum(1000);
        room.line.worker.part(caller);
        room.hum(1000);
        room.line.worker.stop_recording(caller);
        let (left, right) = (tape.channel(0), tape.channel(1));
        assert_eq!((left.len(), right.len()), (64_000, 64_000), "{codecs:?}");
        assert_eq!(story(&left), ["caller"; 8], "{codecs:?}");
        let heard = ["music", "agent", "music", "agent", "other", "other+boss", "other", ""];
        assert_eq!(story(&right), heard, "{codecs:?}");
    }
}

#[test]
fn a_caller_on_hold_by_his_own_phone_hears_nothing_and_the_file_goes_on() {
    let mut room = Room::new();
    let (caller, agent) = (room.enters("caller", Codec::Pcmu, CALLER), room.enters("agent", Codec::Pcmu, AGENT));
    room.line.worker.join(caller, agent);
    let tape = Tape::default();
    tape.start(&mut room.line, caller, Layout::Stereo, Duration::ZERO);
    for direction in [Direction::SendReceive, Direction::Inactive, Direction::SendReceive] {
        let held = MediaSpec { direction, ..spec(1, Codec::Pcmu) };
        room.line.worker.describe(room.line.now, caller, held);
        room.hum(1000);
    }
    assert_eq!(story(&tape.channel(0)), ["caller", "", "caller"]);
    assert_eq!(story(&tape.channel(1)), ["agent", "", "agent"]);
}

/// Where a channel begins to sound.
fn begins(channel: &[i16]) -> usize {
    channel.iter().position(|sample| sample.abs() > 1000).expect("somebody is heard")
}

#[test]
fn both_channels_have_one_clock() {
    let mut room = Room::new();
    let (caller, agent) = (room.enters("caller", Codec::Pcmu, CALLER), room.enters("agent", Codec::Pcmu, AGENT));
    room.line.worker.join(caller, agent);
    let tape = Tape::default();
    tape.start(&mut room.line, caller, Layout::Stereo, Duration::ZERO);
    room.line.advance(500);
    room.hum(1000);
    let (left, right) = (begins(&tape.channel(0)), begins(&tape.channel(1)));
    assert!(left.abs_diff(right) <= 20 * 8, "{left} {right}");
    assert!((500 * 8..620 * 8).contains(&left), "{left}");
    // A prompt is heard at once, who answers it has been delayed by his jitter buffer.
    let mut room = Room::new();
    let caller = room.enters("caller", Codec::G722, CALLER);
    let tape = Tape::default();
    tape.start(&mut room.line, caller, Layout::Stereo, Duration::ZERO);
    room.line.advance(500);
    play(&mut room, caller, Repeat::Once);
    room.hum(1000);
    let (left, right) = (begins(&tape.channel(0)), begins(&tape.channel(1)));
    assert!((500 * 8..540 * 8).contains(&right) && (right..right + 100 * 8).contains(&left), "{left} {right}");
}

#[test]
fn only_the_party_falling_silent_ends_it_when_asked_and_never_without() {
    for (silence, seconds) in [(Duration::from_secs(2), 3), (Duration::ZERO, 6)] {
        let mut room = Room::new();
        let caller = room.enters("caller", Codec::Pcmu, CALLER);
        let tape = Tape::default();
        tape.start(&mut room.line, caller, Layout::Stereo, silence);
        play(&mut room, caller, Repeat::Forever);
        room.hum(1000);
        room.line.advance(5000);
        let heard = tape.channel(1).len();
        assert!(heard.abs_diff(seconds * 8000) < 2400, "{heard} samples");
    }
}
