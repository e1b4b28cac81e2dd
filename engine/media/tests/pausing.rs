//! What is said during a pause is never kept.

mod support;

use std::time::Duration;

use callwright_media::{Hush, Layout};
use model::Codec;
use support::room::{Room, loudness};
use support::tape::Tape;

const CALLER: f64 = 450.0;
const AGENT: f64 = 1000.0;

#[test]
fn a_paused_stretch_is_silent_on_both_sides_and_the_file_stays_as_long_as_the_call() {
    for codecs in [[Codec::Pcmu, Codec::Pcmu], [Codec::G722, Codec::Pcma]] {
        let mut room = Room::new();
        let caller = room.enters("caller", codecs[0], CALLER);
        let agent = room.enters("agent", codecs[1], AGENT);
        room.line.worker.join(caller, agent);
        let tape = Tape::default();
        tape.start(&mut room.line, caller, Layout::Stereo, Duration::ZERO);
        room.hum(1000);
        room.line.worker.hush_recording(caller, Hush::Begin);
        room.hum(2000);
        room.line.worker.hush_recording(caller, Hush::End);
        room.hum(1000);
        room.line.worker.stop_recording(caller);
        for (n, hz) in [(0, CALLER), (1, AGENT)] {
            let channel = tape.channel(n);
            assert_eq!(channel.len(), 32_000, "{codecs:?}");
            assert!(loudness(&channel[2400..8000], 8000, hz) > 3000.0, "before, channel {n}");
            // 200 ms after the pause what was said in it may still be in a jitter buffer.
            assert!(channel[8000..25_600].iter().all(|sample| *sample == 0), "{codecs:?}, channel {n}");
            assert!(loudness(&channel[25_600..], 8000, hz) > 3000.0, "after, channel {n}");
        }
    }
}

#[test]
fn a_pause_within_the_afterglow_of_another_goes_on() {
    let mut room = Room::new();
    let caller = room.enters("caller", Codec::Pcmu, CALLER);
    let tape = Tape::default();
    tape.start(&mut room.line, caller, Layout::Mono, Duration::ZERO);
    room.hum(500);
    room.line.worker.hush_recording(caller, Hush::Begin);
    room.hum(500);
    room.line.worker.hush_recording(caller, Hush::End);
    room.hum(100);
    room.line.worker.hush_recording(caller, Hush::Begin);
    room.hum(900);
    assert!(tape.samples()[4000..].iter().all(|sample| *sample == 0));
    // Resuming what was not paused changes nothing.
    let (mut room, tape) = (Room::new(), Tape::default());
    let caller = room.enters("caller", Codec::Pcmu, CALLER);
    tape.start(&mut room.line, caller, Layout::Mono, Duration::ZERO);
    room.line.worker.hush_recording(caller, Hush::End);
    room.hum(1000);
    assert!(loudness(&tape.samples()[2400..], 8000, CALLER) > 3000.0);
}

#[test]
fn whoever_speaks_during_a_pause_is_no_silence() {
    let mut room = Room::new();
    let caller = room.enters("caller", Codec::Pcmu, CALLER);
    let tape = Tape::default();
    tape.start(&mut room.line, caller, Layout::Mono, Duration::from_secs(2));
    room.hum(1000);
    room.line.worker.hush_recording(caller, Hush::Begin);
    room.hum(5000);
    assert_eq!(tape.samples().len(), 48_000);
}
