//! Sounds: files, tones and chirps that cannot be mistaken for each other, 8 kHz mono.

use std::f64::consts::TAU;
use std::path::Path;
use std::time::Duration;

/// Samples a second of everything here.
pub const RATE_HZ: u32 = 8_000;

/// Reads a WAV file of any rate as 8 kHz mono (linear resampling with a box filter before it).
pub fn load(path: impl AsRef<Path>) -> Vec<i16> {
    let path = path.as_ref();
    let mut reader = hound::WavReader::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let spec = reader.spec();
    let shift = spec.bits_per_sample.saturating_sub(16);
    let samples: Vec<i32> = match spec.sample_format {
        hound::SampleFormat::Int => reader.samples::<i32>().map_while(Result::ok).map(|s| s >> shift).collect(),
        hound::SampleFormat::Float => {
            reader.samples::<f32>().map_while(Result::ok).map(|s| (s * 32_767.0) as i32).collect()
        }
    };
    let channels = usize::from(spec.channels.max(1));
    let mono: Vec<f64> =
        samples.chunks_exact(channels).map(|c| f64::from(c.iter().sum::<i32>()) / channels as f64).collect();
    resample(&mono, spec.sample_rate)
}

/// Reads the channels of a 16-bit file of 8 kHz, or 16 kHz at half of it, apart.
pub fn load_channels(path: impl AsRef<Path>) -> Vec<Vec<i16>> {
    let path = path.as_ref();
    let mut reader = hound::WavReader::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let spec = reader.spec();
    let samples: Vec<f64> = reader.samples::<i16>().map_while(Result::ok).map(f64::from).collect();
    let channel = |index: usize| samples.iter().skip(index).step_by(spec.channels.into()).copied().collect::<Vec<_>>();
    (0..spec.channels.into()).map(|index| resample(&channel(index), spec.sample_rate)).collect()
}

fn resample(samples: &[f64], rate_hz: u32) -> Vec<i16> {
    let step = f64::from(rate_hz) / f64::from(RATE_HZ);
    let count = (samples.len() as f64 / step) as usize;
    let width = step.round().max(1.0) as usize;
    (0..count)
        .map(|i| {
            let start = (i as f64 * step) as usize;
            let window = &samples[start..(start + width).min(samples.len())];
            (window.iter().sum::<f64>() / window.len().max(1) as f64) as i16
        })
        .collect()
}

const SPEC: hound::WavSpec =
    hound::WavSpec { channels: 1, sample_rate: RATE_HZ, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };

/// Writes 16-bit mono.
pub fn save(path: impl AsRef<Path>, samples: &[i16]) {
    let mut writer = hound::WavWriter::create(path, SPEC).expect("a WAV file can be created");
    for sample in samples {
        writer.write_sample(*sample).expect("a WAV file can be written");
    }
    writer.finalize().expect("a WAV file can be closed");
}

fn render(length: Duration, wave: impl Fn(f64) -> f64) -> Vec<i16> {
    let count = (length.as_secs_f64() * f64::from(RATE_HZ)) as u32;
    (0..count).map(|i| (wave(f64::from(i) / f64::from(RATE_HZ)) * 8_000.0) as i16).collect()
}

/// One steady tone.
pub fn tone(hz: f64, length: Duration) -> Vec<i16> {
    render(length, |t| (TAU * hz * t).sin())
}

/// A melody that depends on `seed`: each 60 ms another pitch between 300 and 1,000 Hz, so that two seeds do not correlate.
pub fn melody(seed: u64, length: Duration) -> Vec<i16> {
    let (mut state, mut phase) = (seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, 0.0);
    let count = (length.as_secs_f64() * f64::from(RATE_HZ)) as usize;
    let mut hz = 0.0;
    (0..count)
        .map(|i| {
            if i % 480 == 0 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                hz = 300.0 + (state >> 33) as f64 % 700.0;
            }
            phase += TAU * hz / f64::from(RATE_HZ);
            (phase.sin() * 8_000.0) as i16
        })
        .collect()
}

/// The two tones of a key, ITU-T Q.23.
pub fn key_tones(key: char, length: Duration) -> Vec<i16> {
    let place = "123A456B789C*0#D".find(key.to_ascii_uppercase()).expect("a key of a telephone");
    let low = [697.0, 770.0, 852.0, 941.0][place / 4];
    let high = [1209.0, 1336.0, 1477.0, 1633.0][place % 4];
    render(length, |t| ((TAU * low * t).sin() + (TAU * high * t).sin()) * 0.5)
}

/// Is there a tone of `hz` that goes on for `ms` with hardly anything beside it?
pub fn has_tone(samples: &[i16], hz: f64, ms: usize) -> bool {
    const WINDOW: usize = 160; // 20 ms
    let pure = |window: &[i16]| {
        let (mut sine, mut cosine, mut energy) = (0.0, 0.0, 0.0);
        for (index, sample) in window.iter().enumerate() {
            let (phase, value) = (TAU * hz * index as f64 / f64::from(RATE_HZ), f64::from(*sample));
            sine += value * phase.sin();
            cosine += value * phase.cos();
            energy += value * value;
        }
        let share = (sine * sine + cosine * cosine) * 2.0 / (window.len() as f64 * energy.max(1.0));
        share > 0.9 && energy > 500.0_f64.powi(2) * window.len() as f64
    };
    let windows: Vec<bool> = samples.chunks_exact(WINDOW).map(pure).collect();
    windows.windows((ms / 20).max(1)).any(|run| run.iter().all(|pure| *pure))
}

/// Root of the mean square: how loud it is.
pub fn loudness(samples: &[i16]) -> f64 {
    let energy: f64 = samples.iter().map(|s| f64::from(*s).powi(2)).sum();
    (energy / samples.len().max(1) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_not_a_melody_and_must_last() {
        let second = Duration::from_secs(1);
        let both = [melody(1, second), tone(1_000.0, second / 2)].concat();
        assert!(has_tone(&both, 1_000.0, 400));
        assert!(!has_tone(&both, 1_000.0, 600) && !has_tone(&both, 700.0, 300));
        assert!((0..50).all(|seed| !has_tone(&melody(seed, second), 1_000.0, 300)));
    }

    #[test]
    fn two_channels_are_read_apart() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let spec = hound::WavSpec { channels: 2, ..SPEC };
        let mut writer = hound::WavWriter::create(file.path(), spec).unwrap();
        [1_i16, -1, 2, -2].into_iter().for_each(|sample| writer.write_sample(sample).unwrap());
        writer.finalize().unwrap();
        assert_eq!(load_channels(file.path()), [vec![1, 2], vec![-1, -2]]);
    }
}
