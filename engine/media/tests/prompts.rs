//! Files that become prompts, and files that do not.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod support;

use std::path::Path;
use std::time::Duration;

use callwright_media::{Encoder, PromptError, WavWriter, load_prompt, prompt_duration, read_prompt};
use model::Codec;
use support::*;

fn wav(rate_hz: u32, channels: u16, seconds: f64) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.wav");
    let mut writer = WavWriter::create(&path, channels, rate_hz).unwrap();
    for sample in voice(rate_hz, seconds) {
        (0..channels).for_each(|_| writer.append(&[sample]).unwrap());
    }
    writer.finish().unwrap();
    std::fs::read(path).unwrap()
}

#[test]
fn any_rate_and_any_number_of_channels_becomes_8_and_16_khz() {
    for (rate_hz, channels) in [(8000, 1), (16_000, 1), (22_050, 1), (44_100, 2), (48_000, 1)] {
        let prompt = read_prompt("x.wav", wav(rate_hz, channels, 2.0)).unwrap();
        assert!(prompt.duration().abs_diff(Duration::from_secs(2)) < Duration::from_millis(2), "{rate_hz}: {prompt:?}");
        let (heard, said) = (heard(&prompt, Codec::Pcmu), voice(8000, 2.0));
        let energy = |samples: &[i16]| samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
        let noise: Vec<i16> = heard.iter().zip(&said).map(|(a, b)| a.saturating_sub(*b)).collect();
        let db = 10.0 * (energy(&said) / energy(&noise).max(1.0)).log10();
        // Half a decibel of the noise is µ-law.
        assert!(db > 19.0, "{rate_hz} Hz: {db} dB");
    }
}

#[test]
fn a_header_that_promises_a_terabyte_is_not_believed() {
    let mut bytes = wav(8000, 1, 1.0);
    bytes[4..8].copy_from_slice(&0x7FFF_F024_u32.to_le_bytes());
    bytes[40..44].copy_from_slice(&0x7FFF_F000_u32.to_le_bytes());
    let prompt = read_prompt("streamed.wav", bytes.clone()).unwrap();
    assert_eq!(prompt.duration(), Duration::from_secs(1));
    bytes[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(read_prompt("streamed.wav", bytes).unwrap().duration(), Duration::from_secs(1));
}

#[test]
fn raw_telephone_formats_are_told_by_their_extension() {
    for (extension, codec) in [("ulaw", Codec::Pcmu), ("alaw", Codec::Pcma), ("g722", Codec::G722)] {
        let sound = voice(codec.sample_rate_hz(), 1.0);
        let mut bytes = vec![0; 8000];
        Encoder::new(codec).encode(&sound, &mut bytes);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("x.{extension}"));
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(load_prompt(&path).unwrap().duration(), Duration::from_secs(1));
        assert_eq!(prompt_duration(&path).unwrap(), Duration::from_secs(1));
    }
}

#[test]
fn errors_name_the_file_and_the_reason() {
    let error = load_prompt("no/such.wav".as_ref()).unwrap_err();
    assert!(error.to_string().starts_with("cannot read prompt `no/such.wav`: No such file"), "{error}");
    let error = read_prompt("x.mp3", vec![1; 5000]).unwrap_err();
    assert!(error.to_string().starts_with("cannot decode prompt `x.mp3`: "), "{error}");
    let error = read_prompt("e.wav", wav(8000, 1, 0.0)).unwrap_err();
    assert!(matches!(error, PromptError::Empty { .. }), "{error}");
    let error = read_prompt("long.ulaw", vec![0xFF; 8000 * 601]).unwrap_err();
    assert_eq!(error.to_string(), "prompt `long.ulaw` is longer than 10 minutes; split it");
}

#[test]
fn broken_files_are_refused_without_panic() {
    let whole = wav(8000, 1, 0.3);
    for cut in (0..200).chain([whole.len() - 1]) {
        let _ = read_prompt("cut.wav", whole[..cut].to_vec());
    }
    for place in 0..44 {
        for value in [0, 1, 0x7F, 0xFF] {
            let mut broken = whole.clone();
            broken[place] = value;
            let _ = read_prompt("broken.wav", broken);
        }
    }
}

#[test]
fn a_prompt_holds_24_bytes_per_millisecond() {
    let prompt = read_prompt("x.wav", wav(48_000, 2, 2.0)).unwrap();
    assert_eq!(prompt.size(), 2000 * 24);
}

/// A glide from 300 to 2000 Hz, half a second, in files that other programs wrote.
#[test]
fn compressed_files_sound_like_the_uncompressed_one() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let original = load_prompt(&data.join("glide.wav")).unwrap();
    let energy = |samples: &[i16]| samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
    for (file, least_db, late_ms) in [("glide.flac", 60.0, 0), ("glide.ogg", 12.0, 0), ("glide.mp3", 12.0, 100)] {
        let prompt = load_prompt(&data.join(file)).unwrap();
        let length = prompt.duration().abs_diff(original.duration());
        assert!(length <= Duration::from_millis(late_ms), "{file}: {prompt:?}");
        let (said, heard) = (heard(&original, Codec::G722), heard(&prompt, Codec::G722));
        // MP3 begins with the silence of its encoder: the best place within its delay counts.
        let db = |delay: usize| {
            let noise: Vec<i16> = heard[delay..].iter().zip(&said).map(|(a, b)| a.saturating_sub(*b)).collect();
            10.0 * (energy(&said) / energy(&noise).max(1.0)).log10()
        };
        let best = (0..=late_ms as usize * 16).map(db).fold(f64::MIN, f64::max);
        assert!(best > least_db, "{file}: {best:.1} dB");
    }
}
