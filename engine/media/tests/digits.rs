//! Digits of a leg, whichever way they come.

mod support;

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

use callwright_media::{Encoder, SessionKey};
use model::{Codec, MediaSpec};
use support::*;

fn press(line: &mut Line, phone: SessionKey, sequence: u16, event: u8) {
    for step in 0..6_u16 {
        let end = if step >= 3 { 0x80 } else { 0 };
        let [high, low] = (160 * (step.min(3) + 1)).to_be_bytes();
        let bytes = packet(101, 7, sequence + step, u32::from(sequence) * 160, &[event, end | 10, high, low]);
        line.hear(phone, address(1), &bytes);
        line.advance(20);
    }
}

/// Speaks samples at 8 kHz to a phone's session as G.711.
fn speak(line: &mut Line, phone: SessionKey, samples: &[i16]) {
    let mut encoder = Encoder::new(Codec::Pcmu);
    for frame in samples.chunks_exact(160) {
        let mut payload = [0; 160];
        encoder.encode(frame, &mut payload);
        // The phone's clock never stops: a stream that jumped back would be taken for late packets.
        let n = (line.now.as_micros() / 20_000) as u32;
        line.hear(phone, address(1), &packet(0, 7, n as u16, n * 160, &payload));
        line.advance(20);
    }
    line.advance(200);
}

fn tones(keys: &[(f64, f64)]) -> Vec<i16> {
    let mut sound = Vec::new();
    for (row, column) in keys {
        let tone = |n: u32| {
            let t = f64::from(n) / 8000.0;
            (((row * TAU * t).sin() + (column * TAU * t).sin()) * 4000.0) as i16
        };
        sound.extend((0..800).map(tone));
        sound.extend([0; 800]);
    }
    sound
}

const FIVE: (f64, f64) = (770.0, 1336.0);
const ONE: (f64, f64) = (697.0, 1209.0);

fn without_events() -> MediaSpec {
    MediaSpec { telephone_event: None, ..spec(1, Codec::Pcmu) }
}

#[test]
fn info_beside_events_is_told_once() {
    let mut line = Line::new();
    let phone = line.phone(Codec::Pcmu);
    press(&mut line, phone, 100, 5);
    line.worker.info_digit(line.now, phone, '5');
    press(&mut line, phone, 200, 5);
    line.worker.info_digit(line.now, phone, '5');
    assert_eq!(line.digits(), "55");
}

#[test]
fn tones_are_heard_when_events_were_not_agreed_and_only_then() {
    let mut line = Line::new();
    let phone = line.phone(Codec::Pcmu);
    line.worker.describe(line.now, phone, without_events());
    speak(&mut line, phone, &tones(&[FIVE, ONE, ONE]));
    assert_eq!(line.digits(), "511");

    let phone = line.phone(Codec::Pcmu);
    let mut line_with_events = Line::new();
    let _ = phone;
    let phone = line_with_events.phone(Codec::Pcmu);
    speak(&mut line_with_events, phone, &tones(&[FIVE, ONE]));
    press(&mut line_with_events, phone, 500, 5);
    assert_eq!(line_with_events.digits(), "5");
}

#[test]
fn events_of_a_payload_type_that_was_not_agreed_are_nothing() {
    let mut line = Line::new();
    let phone = line.phone(Codec::Pcmu);
    line.worker.describe(line.now, phone, without_events());
    press(&mut line, phone, 100, 5);
    assert_eq!(line.digits(), "");
    assert_eq!(line.worker.stats(phone).map(|stats| stats.wrong_type), Some(6));
}

#[test]
fn a_digit_across_a_new_description_is_one_digit() {
    let mut line = Line::new();
    let phone = line.phone(Codec::Pcmu);
    for sequence in 0..6 {
        line.hear(phone, address(1), &packet(101, 7, sequence, 800, &[5, 10, 0, 160]));
        line.worker.describe(line.now, phone, spec(1, Codec::Pcma));
    }
    assert_eq!(line.digits(), "5");
}

#[test]
fn a_stranger_presses_no_keys() {
    let mut line = Line::new();
    let phone = line.phone(Codec::Pcmu);
    line.hear(phone, address(1), &packet(0, 7, 1, 160, &[0xFF; 160]));
    for sequence in 0..100 {
        line.hear(phone, address(66), &packet(101, 7, sequence, u32::from(sequence) * 800, &[5, 10, 0, 160]));
        line.advance(2);
    }
    assert_eq!(line.digits(), "");
    assert_eq!(line.worker.stats(phone).map(|stats| stats.strangers), Some(100));
    assert!(line.basket.rtp.iter().all(|sent| sent.to == address(1)));
}

#[test]
fn a_minute_of_speech_has_no_digits() {
    let mut line = Line::new();
    let phone = line.phone(Codec::Pcmu);
    line.worker.describe(line.now, phone, without_events());
    speak(&mut line, phone, &voice(8000, 60.0));
    assert_eq!(line.digits(), "");
}

#[test]
fn garbage_is_counted_and_survived() {
    let mut line = Line::new();
    let phone = line.phone(Codec::Pcmu);
    for length in 0..40 {
        line.hear(phone, address(1), &vec![0xFF; length]);
        let basket_now = line.now;
        line.worker.handle_rtcp(basket_now, phone, address(1), &vec![0x80; length]);
    }
    let mut padded = packet(0, 7, 1, 160, &[0; 3]);
    padded[0] |= 0x20;
    line.hear(phone, address(1), &padded);
    assert!(line.worker.stats(phone).unwrap().malformed >= 80);
}

/// Every WAV file below a folder, in order.
fn wav_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(wav_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "wav") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn the_prompts_that_we_ship_have_no_digits_in_them() {
    let sounds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sounds");
    let files = wav_files(&sounds);
    assert!(!files.is_empty(), "there are sounds to listen to");
    // A spread of two hundred, for the sake of time.
    let step = files.len().div_ceil(200);
    let mut line = Line::new();
    let phone = line.phone(Codec::Pcmu);
    line.worker.describe(line.now, phone, without_events());
    for file in files.iter().step_by(step) {
        let prompt = callwright_media::load_prompt(file).unwrap();
        speak(&mut line, phone, &heard(&prompt, Codec::Pcmu));
        assert_eq!(line.digits(), "", "{}", file.display());
        line.basket.rtp.clear();
        line.advance(1000);
    }
}
