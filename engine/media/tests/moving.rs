//! A session that goes on in another worker.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use callwright_media::{Detached, Happened, Layout, PlayItem, Recording, RecordingSink, Repeat, SessionKey, SinkFull};
use model::{Codec, PlaybackEnd, PlaybackId, Ticket};
use support::*;

/// Two workers with one clock.
struct Lines {
    old: Line,
    new: Line,
}

impl Lines {
    fn new() -> Self {
        let (old, mut new) = (Line::new(), Line::new());
        // Keys of the two workers must not agree by chance.
        for _ in 0..3 {
            new.phone(Codec::Pcmu);
        }
        Self { old, new }
    }

    fn advance(&mut self, ms: u64) {
        self.old.advance(ms);
        self.new.advance(ms);
    }

    fn move_over(&mut self, key: SessionKey) -> SessionKey {
        let detached = self.old.worker.detach(key).expect("the session is there");
        self.new.worker.attach(detached)
    }
}

#[test]
fn a_session_may_travel_between_threads() {
    fn travels<T: Send>() {}
    travels::<Detached>();
}

#[test]
fn the_stream_and_the_playback_go_on_where_they_were() {
    let mut lines = Lines::new();
    let key = lines.old.phone(Codec::Pcmu);
    let prompt = prompt_of_voice(1.0);
    let items = vec![PlayItem::Prompt(Arc::clone(&prompt))];
    lines.old.worker.play(key, PlaybackId(1), items, Repeat::Once);
    lines.advance(500);
    let moved = lines.move_over(key);
    lines.advance(600);
    let sent: Vec<_> = lines.old.sent_by(key).into_iter().chain(lines.new.sent_by(moved)).collect();
    assert!(lines.old.sent_by(key).len() == 25 && (54..=56).contains(&sent.len()), "{}", sent.len());
    for pair in sent.windows(2) {
        let (before, after) = (pair[0].rtp(), pair[1].rtp());
        assert_eq!(after.ssrc(), before.ssrc());
        assert_eq!(after.sequence_number(), before.sequence_number().wrapping_add(1));
        assert_eq!(after.timestamp(), before.timestamp().wrapping_add(160));
    }
    let payload: Vec<u8> = sent.iter().flat_map(|sent| sent.payload().to_vec()).collect();
    assert_eq!(payload[..8000], *prompt.payload(Codec::Pcmu));
    assert_eq!(lines.old.events(), []);
    let ended = Happened::PlaybackEnded { playback: PlaybackId(1), how: PlaybackEnd::Finished };
    assert_eq!(lines.new.events(), [ended]);
}

#[test]
fn what_was_learned_of_a_phone_is_still_known_and_strangers_stay_out() {
    let mut lines = Lines::new();
    let key = lines.old.phone(Codec::Pcmu);
    let (learned, stranger) = ("10.0.0.1:9000".parse().unwrap(), "10.0.0.66:9000".parse().unwrap());
    for n in 0..10 {
        lines.old.hear(key, learned, &packet(0, 7, n, u32::from(n) * 160, &[1; 160]));
        lines.advance(20);
    }
    let moved = lines.move_over(key);
    lines.new.hear(moved, learned, &packet(0, 7, 10, 1600, &[1; 160]));
    lines.new.hear(moved, stranger, &packet(0, 7, 11, 1760, &[1; 160]));
    lines.advance(20);
    let stats = lines.new.worker.stats(moved).unwrap();
    assert_eq!((stats.received, stats.strangers, stats.lost), (8, 4, 0));
    assert!(lines.new.sent_by(moved).iter().all(|sent| sent.to == learned));
}

#[derive(Clone, Default)]
struct Tape(Arc<Mutex<Vec<i16>>>);

impl RecordingSink for Tape {
    fn append(&mut self, samples: &[i16]) -> Result<(), SinkFull> {
        self.0.lock().unwrap().extend_from_slice(samples);
        Ok(())
    }

    fn finish(&mut self) {}
}

#[test]
fn a_recording_goes_on_without_a_gap() {
    let mut lines = Lines::new();
    let key = lines.old.phone(Codec::Pcmu);
    let (tape, max) = (Tape::default(), Duration::from_secs(60));
    let sink = Box::new(tape.clone());
    let recording = Recording { ticket: Ticket(1), layout: Layout::Mono, max, silence: Duration::ZERO, sink };
    lines.old.worker.record(key, recording);
    let speak = |line: &mut Line, key, range: std::ops::Range<u16>| {
        for n in range {
            line.hear(key, address(1), &packet(0, 7, n, u32::from(n) * 160, &[0x10; 160]));
            line.advance(20);
        }
    };
    speak(&mut lines.old, key, 0..50);
    let moved = lines.move_over(key);
    lines.new.now = lines.old.now;
    speak(&mut lines.new, moved, 50..100);
    let samples = tape.0.lock().unwrap().clone();
    assert!((15_500..=16_000).contains(&samples.len()), "{}", samples.len());
    let first = samples.iter().position(|sample| *sample < -10_000).unwrap();
    assert!(first < 1600 && samples[first..].iter().all(|sample| *sample < -10_000), "from {first} on all is voice");
    lines.new.worker.stop_recording(moved);
    assert!(matches!(lines.new.events()[..], [Happened::RecordingEnded { .. }]));
}

#[test]
fn a_moved_leg_leaves_its_partner_and_may_be_joined_anew() {
    let mut lines = Lines::new();
    let (caller, first) = (lines.old.phone(Codec::Pcmu), lines.old.phone(Codec::Pcmu));
    let second = lines.new.phone(Codec::Pcmu);
    lines.old.worker.join(caller, first);
    let moved = lines.move_over(caller);
    lines.new.worker.join(moved, second);
    let voice = packet(0, 7, 1, 160, &[0x21; 160]);
    lines.new.hear(moved, address(1), &voice);
    assert_eq!(lines.new.sent_by(second).last().map(|sent| sent.payload().to_vec()), Some(vec![0x21; 160]));
    lines.old.hear(first, address(2), &voice);
    lines.advance(100);
    assert!(lines.old.basket.rtp.iter().all(|sent| sent.key == first && sent.payload() == [0xFF; 160]));
    assert!(lines.new.sent_by(moved).iter().all(|sent| sent.payload() == [0xFF; 160]));
}

#[test]
fn the_old_key_is_dead_and_its_place_is_used_again() {
    let mut lines = Lines::new();
    let key = lines.old.phone(Codec::Pcmu);
    lines.move_over(key);
    assert!(lines.old.worker.detach(key).is_none());
    assert!(lines.old.worker.stats(key).is_none());
    lines.old.hear(key, address(1), &packet(0, 7, 1, 160, &[1; 160]));
    let other = lines.old.phone(Codec::Pcmu);
    assert_ne!(other, key);
    assert_eq!(lines.old.worker.next_due().is_some(), lines.old.worker.stats(other).is_some());
}
