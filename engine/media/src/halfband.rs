//! Between 8 and 16 kHz: a half-band filter of 47 taps, half of which are zero.

use std::sync::OnceLock;

use crate::codec::{FRAME_SAMPLES_MAX, NARROW_FRAME};

/// Pairs of taps that are not zero, beside the middle one.
const PAIRS: usize = 12;
/// Wide samples that the filter reaches back over, rounded to even.
const WIDE_TAIL: usize = 4 * PAIRS;
/// Narrow samples that the filter reaches back over.
const NARROW_TAIL: usize = 2 * PAIRS;

fn taps() -> &'static [f32; PAIRS] {
    static TAPS: OnceLock<[f32; PAIRS]> = OnceLock::new();
    TAPS.get_or_init(|| {
        let tap = |k: usize| {
            let n = (2 * k + 1) as f64;
            let angle = std::f64::consts::FRAC_PI_2 * n;
            let at = std::f64::consts::PI * n / (2 * PAIRS) as f64;
            // Blackman's window.
            let window = 0.42 + 0.5 * at.cos() + 0.08 * (2.0 * at).cos();
            angle.sin() / (angle * 2.0) * window
        };
        let raw: [f64; PAIRS] = std::array::from_fn(tap);
        // Both polyphase branches shall pass a constant unchanged.
        let sum: f64 = raw.iter().sum::<f64>() * 4.0;
        raw.map(|tap| (tap / sum) as f32)
    })
}

/// From 16 to 8 kHz.
pub(crate) struct Halver {
    line: [f32; WIDE_TAIL + FRAME_SAMPLES_MAX],
}

impl Halver {
    pub(crate) const fn new() -> Self {
        Self { line: [0.0; WIDE_TAIL + FRAME_SAMPLES_MAX] }
    }

    /// Halves one frame.
    pub(crate) fn halve(&mut self, wide: &[i16; FRAME_SAMPLES_MAX], narrow: &mut [i16; NARROW_FRAME]) {
        let taps = taps();
        for (place, sample) in self.line[WIDE_TAIL..].iter_mut().zip(wide) {
            *place = f32::from(*sample);
        }
        for (index, out) in narrow.iter_mut().enumerate() {
            let middle = 2 * index + 2 * PAIRS;
            let sides: f32 = taps
                .iter()
                .enumerate()
                .map(|(k, tap)| tap * (self.line[middle - 2 * k - 1] + self.line[middle + 2 * k + 1]))
                .sum();
            *out = round(0.5 * self.line[middle] + sides);
        }
        self.line.copy_within(FRAME_SAMPLES_MAX.., 0);
    }
}

/// From 8 to 16 kHz.
pub(crate) struct Doubler {
    line: [f32; NARROW_TAIL + NARROW_FRAME],
}

impl Doubler {
    pub(crate) const fn new() -> Self {
        Self { line: [0.0; NARROW_TAIL + NARROW_FRAME] }
    }

    /// Doubles one frame.
    pub(crate) fn double(&mut self, narrow: &[i16; NARROW_FRAME], wide: &mut [i16; FRAME_SAMPLES_MAX]) {
        let taps = taps();
        for (place, sample) in self.line[NARROW_TAIL..].iter_mut().zip(narrow) {
            *place = f32::from(*sample);
        }
        for (index, pair) in wide.chunks_exact_mut(2).enumerate() {
            let middle = index + PAIRS - 1;
            let between: f32 =
                taps.iter().enumerate().map(|(k, tap)| tap * (self.line[middle - k] + self.line[middle + 1 + k])).sum();
            pair[0] = round(self.line[middle]);
            pair[1] = round(2.0 * between);
        }
        self.line.copy_within(NARROW_FRAME.., 0);
    }
}

fn round(sample: f32) -> i16 {
    // `as` saturates.
    sample.round() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level_after(hz: f64, rate_hz: f64, change: &mut dyn FnMut(&[i16]) -> Vec<i16>) -> f64 {
        let frame = (rate_hz / 50.0) as usize;
        let sound: Vec<i16> = (0..frame * 20)
            .map(|n| ((n as f64 * hz / rate_hz * std::f64::consts::TAU).sin() * 10_000.0) as i16)
            .collect();
        let out: Vec<i16> = sound.chunks_exact(frame).flat_map(change).collect();
        let tail = &out[out.len() / 2..];
        let energy: f64 = tail.iter().map(|s| f64::from(*s).powi(2)).sum();
        20.0 * ((energy / tail.len() as f64).sqrt() / (10_000.0 / 2_f64.sqrt())).log10()
    }

    #[test]
    fn speech_passes_and_what_would_alias_does_not() {
        let halved = |hz| {
            let mut halver = Halver::new();
            level_after(hz, 16_000.0, &mut |frame| {
                let mut narrow = [0; NARROW_FRAME];
                halver.halve(frame.try_into().unwrap(), &mut narrow);
                narrow.to_vec()
            })
        };
        assert!(halved(1000.0).abs() < 0.2, "{}", halved(1000.0));
        assert!(halved(3000.0).abs() < 0.5, "{}", halved(3000.0));
        assert!(halved(5500.0) < -40.0, "{}", halved(5500.0));
    }

    #[test]
    fn doubling_keeps_the_level() {
        let mut doubler = Doubler::new();
        let level = level_after(1000.0, 8000.0, &mut |frame| {
            let mut wide = [0; FRAME_SAMPLES_MAX];
            doubler.double(frame.try_into().unwrap(), &mut wide);
            wide.to_vec()
        });
        assert!(level.abs() < 0.2, "{level}");
    }
}
