//! What is recorded, compared with what was said.

mod support;

use std::time::Duration;

use callwright_media::{Encoder, Happened, Layout, Recording, RecordingEnd};
use model::{Codec, Ticket};
use support::tape::Tape;
use support::*;

/// One phone's stream, encoded as it goes.
struct Mouth {
    encoder: Encoder,
    codec: Codec,
    sound: Vec<i16>,
    frame: usize,
}

impl Mouth {
    fn new(codec: Codec, sound: Vec<i16>) -> Self {
        Self { encoder: Encoder::new(codec), codec, sound, frame: 0 }
    }

    fn next(&mut self) -> Option<Vec<u8>> {
        let size = self.codec.sample_rate_hz() as usize / 50;
        let frame = self.sound.get(self.frame * size..(self.frame + 1) * size)?;
        let mut payload = [0; 160];
        self.encoder.encode(frame, &mut payload);
        let n = self.frame as u32;
        self.frame += 1;
        Some(packet(self.codec.static_payload_type(), 7, n as u16, n * 160, &payload))
    }
}

/// Signal to noise in decibels at the best alignment within 100 ms.
fn likeness_db(heard: &[i16], said: &[i16]) -> f64 {
    let at = |shift: usize| {
        let (mut signal, mut noise) = (0.0, 1.0);
        for (a, b) in heard[shift..].iter().zip(said).take(12_000) {
            signal += f64::from(*b).powi(2);
            noise += (f64::from(*a) - f64::from(*b)).powi(2);
        }
        10.0 * (signal / noise).log10()
    };
    (0..800).map(at).fold(f64::MIN, f64::max)
}

#[test]
fn a_recording_sounds_like_what_was_said() {
    for (codec, enough) in [(Codec::Pcmu, 30.0), (Codec::Pcma, 30.0), (Codec::G722, 15.0)] {
        let mut line = Line::new();
        let phone = line.phone(codec);
        let tape = Tape::default();
        tape.start(&mut line, phone, Layout::Mono, Duration::ZERO);
        let mut mouth = Mouth::new(codec, voice(codec.sample_rate_hz(), 4.0));
        while let Some(bytes) = mouth.next() {
            line.hear(phone, address(1), &bytes);
            line.advance(20);
        }
        line.worker.stop_recording(phone);
        let heard = tape.samples();
        assert_eq!(heard.len(), 32_000);
        let db = likeness_db(&heard, &voice(8000, 3.8));
        assert!(db > enough, "{codec}: {db} dB");
        assert_eq!(
            line.events(),
            [Happened::RecordingEnded {
                ticket: Ticket(1),
                length: Duration::from_secs(4),
                ended_by: RecordingEnd::Stopped
            }]
        );
    }
}

#[test]
fn loss_and_jitter_do_not_change_the_length() {
    for loss in [5, 10, 20] {
        let mut line = Line::new();
        let phone = line.phone(Codec::Pcmu);
        let tape = Tape::default();
        tape.start(&mut line, phone, Layout::Mono, Duration::ZERO);
        let mut mouth = Mouth::new(Codec::Pcmu, voice(8000, 30.0));
        let mut wire: Vec<(u64, Vec<u8>)> = Vec::new();
        let mut chance = 12_345_u64;
        let mut roll = |limit: u64| {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (chance >> 33) % limit
        };
        for n in 0..1500 {
            let bytes = mouth.next().unwrap();
            if roll(100) >= loss {
                wire.push((n * 20 + roll(40), bytes));
            }
        }
        wire.sort_by_key(|(at, _)| *at);
        let mut waiting = wire.into_iter().peekable();
        for ms in (0..30_000).step_by(2) {
            while let Some((_, bytes)) = waiting.next_if(|(at, _)| *at <= ms) {
                line.hear(phone, address(1), &bytes);
            }
            line.advance(2);
        }
        let heard = tape.samples();
        assert!(heard.len().abs_diff(240_000) <= 160, "{} samples", heard.len());
        let energy = |samples: &[i16]| samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
        let kept = energy(&heard) / energy(&voice(8000, 30.0));
        assert!((0.7..1.2).contains(&kept), "{loss} % lost: {kept} of the energy");
    }
}

#[test]
fn a_conversation_has_the_leg_on_the_left_and_the_party_on_the_right() {
    let mut line = Line::new();
    let (caller, agent) = (line.phone(Codec::Pcmu), line.phone(Codec::G722));
    line.worker.join(caller, agent);
    let tape = Tape::default();
    tape.start(&mut line, caller, Layout::Stereo, Duration::ZERO);
    let mut left = Mouth::new(Codec::Pcmu, voice(8000, 3.0));
    let mut right = Mouth::new(Codec::G722, voice(16_000, 6.0)[48_000..].to_vec());
    while let (Some(a), Some(b)) = (left.next(), right.next()) {
        line.hear(caller, address(1), &a);
        line.hear(agent, address(2), &b);
        line.advance(20);
    }
    assert_eq!(tape.channel(0).len(), 24_000);
    let db = likeness_db(&tape.channel(0), &voice(8000, 2.8));
    assert!(db > 30.0, "left {db} dB");
    let db = likeness_db(&tape.channel(1), &voice(8000, 6.0)[24_000..46_000]);
    assert!(db > 10.0, "right {db} dB");
}

#[test]
fn legs_of_different_codecs_hear_each_other() {
    use callwright_media::Decoder;
    for (from, to) in [(Codec::Pcmu, Codec::G722), (Codec::G722, Codec::Pcma), (Codec::Pcma, Codec::Pcmu)] {
        let mut line = Line::new();
        let (caller, agent) = (line.phone(from), line.phone(to));
        line.worker.join(caller, agent);
        let mut mouth = Mouth::new(from, voice(from.sample_rate_hz(), 3.0));
        while let Some(bytes) = mouth.next() {
            line.hear(caller, address(1), &bytes);
            line.advance(20);
        }
        let mut decoder = Decoder::new(to);
        let mut heard = Vec::new();
        for sent in line.sent_by(agent) {
            assert_eq!(sent.rtp().payload_type(), to.static_payload_type());
            let mut samples = [0; 320];
            let count = decoder.decode(sent.payload(), &mut samples);
            heard.extend_from_slice(&samples[..count]);
        }
        assert!(line.sent_by(agent).len().abs_diff(150) <= 2);
        let db = likeness_db(&heard, &voice(to.sample_rate_hz(), 2.7));
        let enough = if from == Codec::G722 || to == Codec::G722 { 10.0 } else { 25.0 };
        assert!(db > enough, "{from} to {to}: {db} dB");
    }
}

#[test]
fn silence_ends_a_message() {
    let mut line = Line::new();
    let phone = line.phone(Codec::Pcmu);
    let tape = Tape::default();
    tape.start(&mut line, phone, Layout::Mono, Duration::from_secs(3));
    let mut sound = voice(8000, 4.0);
    sound.extend([0; 80_000]);
    let mut mouth = Mouth::new(Codec::Pcmu, sound);
    while let Some(bytes) = mouth.next() {
        line.hear(phone, address(1), &bytes);
        line.advance(20);
    }
    let events = line.events();
    let [Happened::RecordingEnded { length, ended_by: RecordingEnd::Silence, .. }] = events[..] else {
        panic!("{events:?}");
    };
    assert!((6_900..7_300).contains(&length.as_millis()), "{length:?}");
}

#[test]
fn the_longest_length_ends_a_recording_of_a_leg_that_says_nothing() {
    let mut line = Line::new();
    let phone = line.phone(Codec::Pcmu);
    let tape = Tape::default();
    tape.start(&mut line, phone, Layout::Mono, Duration::ZERO);
    line.advance(61_000);
    assert_eq!(tape.samples().len(), 60 * 8000);
    let events = line.events();
    assert!(matches!(events[..], [Happened::RecordingEnded { ended_by: RecordingEnd::Max, .. }]));
}

#[test]
fn a_sink_that_is_full_ends_the_recording() {
    let (inlet, outlet) = callwright_media::recording_pipe(10);
    let mut line = Line::new();
    let phone = line.phone(Codec::Pcmu);
    let (ticket, max) = (Ticket(4), Duration::from_secs(60));
    let sink = inlet.sink(ticket);
    line.worker.record(phone, Recording { ticket, layout: Layout::Mono, max, silence: Duration::ZERO, sink });
    line.advance(1000);
    let events = line.events();
    assert!(matches!(events[..], [Happened::RecordingEnded { ended_by: RecordingEnd::Failed, .. }]));
    assert_eq!(std::iter::from_fn(|| outlet.try_next()).count(), 10);
}
