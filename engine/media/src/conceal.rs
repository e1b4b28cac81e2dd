//! Fills short gaps with what was heard last: the waveform of one pitch period, repeated and faded
//! (the idea of ITU-T G.711 appendix I). Longer gaps are silence.

use crate::codec::FRAME_SAMPLES_MAX;

/// Samples remembered: 40 ms at 16 kHz.
const MEMORY: usize = 2 * FRAME_SAMPLES_MAX;

pub(crate) struct Concealer {
    memory: [i16; MEMORY],
    /// Samples per millisecond.
    per_ms: usize,
    gap: Option<Gap>,
}

#[derive(Debug, Clone, Copy)]
struct Gap {
    period: usize,
    filled: usize,
}

impl Concealer {
    pub(crate) const fn new(per_ms: usize) -> Self {
        Self { memory: [0; MEMORY], per_ms, gap: None }
    }

    /// Takes samples that arrived; the seam after a gap is smoothed.
    pub(crate) fn heard(&mut self, samples: &mut [i16]) {
        if let Some(mut gap) = self.gap.take() {
            let seam = samples.len().min(self.per_ms * 4);
            for (index, sample) in samples[..seam].iter_mut().enumerate() {
                let old = i32::from(self.repeat(&mut gap));
                let weight = index as i32 * 256 / seam as i32;
                *sample = ((old * (256 - weight) + i32::from(*sample) * weight) / 256) as i16;
            }
        }
        self.remember(samples);
    }

    /// Makes up samples that did not arrive.
    pub(crate) fn missing(&mut self, samples: &mut [i16]) {
        let mut gap = self.gap.unwrap_or_else(|| Gap { period: self.period(), filled: 0 });
        for sample in samples.iter_mut() {
            *sample = self.repeat(&mut gap);
        }
        self.gap = Some(gap);
    }

    fn repeat(&self, gap: &mut Gap) -> i16 {
        let end = self.per_ms * 60;
        let from = MEMORY - gap.period + gap.filled % gap.period;
        let hold = self.per_ms * 20;
        let volume = match gap.filled {
            filled if filled < hold => 256,
            filled if filled < end => ((end - filled) * 256 / (end - hold)) as i32,
            _ => 0,
        };
        gap.filled += 1;
        (i32::from(self.memory[from]) * volume / 256) as i16
    }

    fn remember(&mut self, samples: &[i16]) {
        let samples = &samples[samples.len().saturating_sub(MEMORY)..];
        self.memory.copy_within(samples.len().., 0);
        self.memory[MEMORY - samples.len()..].copy_from_slice(samples);
    }

    /// The lag, from 2.5 to 15 ms, at which the end of the memory resembles itself most.
    fn period(&self) -> usize {
        let (shortest, longest) = (self.per_ms * 5 / 2, self.per_ms * 15);
        let template = self.per_ms * 10;
        let recent = &self.memory[MEMORY - template..];
        let likeness = |lag: usize| {
            let past = &self.memory[MEMORY - template - lag..MEMORY - lag];
            let product: f32 = recent.iter().zip(past).map(|(a, b)| f32::from(*a) * f32::from(*b)).sum();
            let energy: f32 = past.iter().map(|b| f32::from(*b) * f32::from(*b)).sum();
            product / (energy + 1.0).sqrt()
        };
        (shortest..=longest).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b))).unwrap_or(longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_frame_of_a_steady_sound_is_hardly_missed_and_a_long_gap_fades_out() {
        let sound = |n: usize| ((n as f64 * 0.157).sin() * 8000.0) as i16;
        let mut concealer = Concealer::new(8);
        let mut before: Vec<i16> = (0..800).map(sound).collect();
        concealer.heard(&mut before);
        let mut gap = [0; 640];
        concealer.missing(&mut gap);
        let error = (0..160).map(|n| (gap[n] - sound(800 + n)).abs()).max().unwrap();
        assert!(error < 2500, "{error}");
        assert!(gap[480..].iter().all(|sample| *sample == 0));
    }
}
