//! Digits as tones in the audio (ITU-T Q.23, Q.24), for legs without telephone-event.

use super::key_of;
use crate::codec::NARROW_FRAME;

const ROWS_HZ: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const COLUMNS_HZ: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
/// Event codes by row and column.
const CODES: [[u8; 4]; 4] = [[1, 2, 3, 12], [4, 5, 6, 13], [7, 8, 9, 14], [10, 0, 11, 15]];
/// Samples of one look: 12.75 ms, long enough to tell the rows apart.
const LOOK: usize = 102;
/// Looks begin every half look.
const STEP: usize = LOOK / 2;
/// Looks in a row that make a digit (25.5 ms), or end it.
const LOOKS_ON: u32 = 3;
const LOOKS_OFF: u32 = 3;
/// Mean square below which nothing is a digit: about -36 dBm0.
const POWER_MIN: f32 = 130.0 * 130.0;
/// The two tones must hold this part of all power; speech never does for long.
const PURITY: f32 = 0.72;
/// How much stronger the column may be than the row (8 dB) and the row than the column (4 dB), after Q.24.
const TWIST: f32 = 6.3;
const REVERSE_TWIST: f32 = 2.5;
/// A tone must beat its neighbours by 8 dB.
const RELATIVE_PEAK: f32 = 6.3;
/// The second harmonic of a real key is at least 10 dB down; a voice's is not.
const HARMONIC: f32 = 0.1;

pub(crate) struct ToneDetector {
    line: [f32; LOOK],
    filled: usize,
    candidate: Option<u8>,
    hits: u32,
    sounding: Option<u8>,
    misses: u32,
}

impl ToneDetector {
    pub(crate) const fn new() -> Self {
        Self { line: [0.0; LOOK], filled: 0, candidate: None, hits: 0, sounding: None, misses: 0 }
    }

    /// Listens to 20 ms; gives a key when it has sounded for long enough.
    pub(crate) fn listen(&mut self, samples: &[i16; NARROW_FRAME]) -> Option<char> {
        let mut found = None;
        for sample in samples {
            self.line[self.filled] = f32::from(*sample);
            self.filled += 1;
            if self.filled == LOOK {
                found = self.note(look(&self.line)).or(found);
                self.line.copy_within(STEP.., 0);
                self.filled = LOOK - STEP;
            }
        }
        found.and_then(key_of)
    }

    fn note(&mut self, seen: Option<u8>) -> Option<u8> {
        self.hits = if seen.is_some() && seen == self.candidate { self.hits + 1 } else { 1 };
        self.candidate = seen;
        if self.sounding.is_some() && seen == self.sounding {
            self.misses = 0;
            return None;
        }
        self.misses += 1;
        if self.misses >= LOOKS_OFF {
            self.sounding = None;
        }
        if seen.is_some() && self.hits >= LOOKS_ON && self.sounding.is_none() {
            self.sounding = seen;
            self.misses = 0;
            return seen;
        }
        None
    }
}

fn look(line: &[f32; LOOK]) -> Option<u8> {
    let power: f32 = line.iter().map(|sample| sample * sample).sum::<f32>() / LOOK as f32;
    if power < POWER_MIN {
        return None;
    }
    let rows = ROWS_HZ.map(|hz| tone_power(line, hz));
    let columns = COLUMNS_HZ.map(|hz| tone_power(line, hz));
    let (row, row_power) = strongest(&rows)?;
    let (column, column_power) = strongest(&columns)?;
    let pure = row_power + column_power > PURITY * power;
    let twisted = column_power > row_power * TWIST || row_power > column_power * REVERSE_TWIST;
    if !pure || twisted {
        return None;
    }
    let voiced = tone_power(line, 2.0 * ROWS_HZ[row]) > HARMONIC * row_power
        || tone_power(line, 2.0 * COLUMNS_HZ[column]) > HARMONIC * column_power;
    // The second harmonic of the row may lie on the column: 697 and 1336 Hz.
    let overlapping = (2.0 * ROWS_HZ[row] - COLUMNS_HZ[column]).abs() < 160.0;
    (overlapping || !voiced).then_some(CODES[row][column])
}

fn strongest(powers: &[f32; 4]) -> Option<(usize, f32)> {
    let (index, power) = powers.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let alone = powers.iter().enumerate().all(|(other, weaker)| other == index || weaker * RELATIVE_PEAK < power);
    alone.then_some((index, power))
}

/// Goertzel's filter: the mean square of one tone.
fn tone_power(line: &[f32; LOOK], hz: f32) -> f32 {
    let coefficient = 2.0 * (std::f32::consts::TAU * hz / 8000.0).cos();
    let (mut a, mut b) = (0.0, 0.0);
    for sample in line {
        let next = sample + coefficient * a - b;
        b = a;
        a = next;
    }
    let magnitude = a * a + b * b - coefficient * a * b;
    2.0 * magnitude / (LOOK * LOOK) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: u8, ms: usize, row_gain: f32, column_gain: f32, detune: f32) -> Vec<i16> {
        let (row, column) = (0..4)
            .flat_map(|row| (0..4).map(move |column| (row, column)))
            .find(|(row, column)| CODES[*row][*column] == code)
            .unwrap();
        let tone = |hz: f32, n: usize| (std::f32::consts::TAU * hz * detune * n as f32 / 8000.0).sin();
        (0..ms * 8)
            .map(|n| (tone(ROWS_HZ[row], n) * row_gain + tone(COLUMNS_HZ[column], n) * column_gain) as i16)
            .collect()
    }

    fn heard(sound: &[i16]) -> String {
        let mut detector = ToneDetector::new();
        let mut padded = sound.to_vec();
        padded.resize(sound.len().next_multiple_of(NARROW_FRAME) + 5 * NARROW_FRAME, 0);
        padded.chunks_exact(NARROW_FRAME).filter_map(|frame| detector.listen(frame.try_into().unwrap())).collect()
    }

    #[test]
    fn every_key_of_40_ms_with_40_ms_pauses_is_heard_once() {
        for lead in [0, 17, 33, 77] {
            let mut sound = vec![0; lead];
            for code in 0..16 {
                sound.extend(press(code, 40, 4000.0, 4000.0, 1.0));
                sound.extend([0; 320]);
            }
            assert_eq!(heard(&sound), "0123456789*#ABCD", "after {lead} samples");
        }
    }

    #[test]
    fn a_long_press_is_one_digit_and_two_presses_are_two() {
        assert_eq!(heard(&press(5, 2000, 3000.0, 3000.0, 1.0)), "5");
        let once = press(5, 50, 3000.0, 3000.0, 1.0);
        assert_eq!(heard(&[&once[..], &[0; 400], &once[..]].concat()), "55");
    }

    #[test]
    fn twist_and_detuning_are_tolerated_as_far_as_q24_asks() {
        for code in 0..16 {
            for detune in [0.985, 1.015] {
                assert_eq!(heard(&press(code, 60, 3000.0, 3000.0, detune)).len(), 1, "{code} {detune}");
            }
            assert_eq!(heard(&press(code, 60, 2500.0, 5000.0, 1.0)).len(), 1, "{code} normal twist");
            assert_eq!(heard(&press(code, 60, 4000.0, 2800.0, 1.0)).len(), 1, "{code} reverse twist");
            assert_eq!(heard(&press(code, 60, 6000.0, 1500.0, 1.0)), "", "{code} too much reverse twist");
            assert_eq!(heard(&press(code, 60, 3000.0, 3000.0, 1.04)), "", "{code} far off");
            assert_eq!(heard(&press(code, 20, 3000.0, 3000.0, 1.0)), "", "{code} too short");
        }
    }
}
