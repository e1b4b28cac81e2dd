//! Hearing that nobody speaks, whatever the noise of the line.

use std::time::Duration;

use crate::codec::NARROW_FRAME;

/// A voice is this much louder than the noise: 9.5 dB.
const ABOVE_NOISE: f32 = 3.0;
/// Root mean square below which nothing is a voice: -52 dBFS.
const QUIET_RMS: f32 = 80.0;
/// Noise is never taken for louder than this, or a long speech would become the noise.
const NOISE_RMS_MAX: f32 = 600.0;
/// The noise estimate may double in about three seconds.
const RISE: f32 = 1.005;
const FRAME: Duration = Duration::from_millis(20);

pub(crate) struct SilenceDetector {
    noise_rms: f32,
    quiet: Duration,
}

impl SilenceDetector {
    pub(crate) const fn new() -> Self {
        Self { noise_rms: QUIET_RMS, quiet: Duration::ZERO }
    }

    /// Hears 20 ms; tells for how long nobody has spoken.
    pub(crate) fn hear(&mut self, samples: &[i16; NARROW_FRAME]) -> Duration {
        let energy: f32 = samples.iter().map(|sample| f32::from(*sample).powi(2)).sum();
        let rms = (energy / NARROW_FRAME as f32).sqrt();
        self.noise_rms = rms.min(self.noise_rms * RISE).clamp(1.0, NOISE_RMS_MAX);
        let voice = rms > QUIET_RMS.max(self.noise_rms * ABOVE_NOISE);
        self.quiet = if voice { Duration::ZERO } else { self.quiet + FRAME };
        self.quiet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(level: i32, frames: usize) -> Vec<[i16; NARROW_FRAME]> {
        let mut state = 1_u32;
        (0..frames)
            .map(|_| {
                std::array::from_fn(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    ((state >> 16) as i32 % (2 * level + 1) - level) as i16
                })
            })
            .collect()
    }

    #[test]
    fn silence_is_heard_in_a_noisy_line_after_a_voice() {
        let mut detector = SilenceDetector::new();
        let mut quiet = Duration::ZERO;
        for frame in noise(300, 150) {
            detector.hear(&frame);
        }
        for frame in noise(6000, 100) {
            assert_eq!(detector.hear(&frame), Duration::ZERO);
        }
        for frame in noise(300, 100) {
            quiet = detector.hear(&frame);
        }
        assert_eq!(quiet, Duration::from_secs(2));
    }

    #[test]
    fn half_a_minute_of_speech_does_not_become_noise() {
        let mut detector = SilenceDetector::new();
        for frame in noise(6000, 1500) {
            assert_eq!(detector.hear(&frame), Duration::ZERO);
        }
    }
}
