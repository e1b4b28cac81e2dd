//! "Did I hear that?": normalised cross-correlation of what came with what should have come.

/// How alike two sounds are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Likeness {
    /// 1 for the same sound at any loudness, about 0 for another one.
    pub score: f64,
    /// Where the reference begins in what was heard, in samples.
    pub offset: usize,
}

const DECIMATION: usize = 4; // A coarse search at 2 kHz finds the place 16 times faster.
const BLOCK: usize = 320; // 40 ms: a jitter buffer that follows a clock plays up to 1.25 % slower, which longer blocks take for another tone.
const SLACK: usize = 400; // 50 ms to either side of where the block before it was found.
const STALL: usize = 1_000; // 125 ms, when it is not there: a busy machine stalls.
const FOUND: f64 = 0.8;

/// Finds `reference` in `heard`, both 8 kHz.
pub fn likeness(heard: &[i16], reference: &[i16]) -> Likeness {
    let reference = trim(reference);
    if reference.is_empty() || heard.len() < reference.len() {
        return Likeness { score: 0.0, offset: 0 };
    }
    let (coarse_heard, coarse_reference) = (decimate(heard), decimate(reference));
    let last = coarse_heard.len().saturating_sub(coarse_reference.len());
    let coarse = best_of(&coarse_heard, &energies(&coarse_heard), &coarse_reference, 0, last);
    let (offset, sums) = (coarse.1 * DECIMATION, energies(heard));
    let (mut sum, mut weight, mut shift) = (0.0, 0.0, 0_isize);
    for (index, block) in reference.chunks(BLOCK).enumerate() {
        let energy = energy(block);
        if energy > 0.0 {
            let around = offset + index * BLOCK;
            let near = |slack: usize| {
                let first = around.saturating_add_signed(shift).saturating_sub(slack);
                best_of(heard, &sums, block, first, first + 2 * slack)
            };
            let found = near(SLACK);
            let (score, place) = if found.0 > FOUND { found } else { near(STALL) };
            if score > FOUND {
                shift = place as isize - around as isize;
            }
            sum += energy * score;
            weight += energy;
        }
    }
    Likeness { score: if weight > 0.0 { sum / weight } else { 0.0 }, offset }
}

/// Without silence at both ends, which correlates with nothing.
fn trim(samples: &[i16]) -> &[i16] {
    let loud = |s: &i16| s.unsigned_abs() > 200;
    match (samples.iter().position(loud), samples.iter().rposition(loud)) {
        (Some(first), Some(last)) => &samples[first..=last],
        _ => &[],
    }
}

fn decimate(samples: &[i16]) -> Vec<i16> {
    samples
        .chunks_exact(DECIMATION)
        .map(|c| (c.iter().map(|s| i32::from(*s)).sum::<i32>() / DECIMATION as i32) as i16)
        .collect()
}

fn energy(samples: &[i16]) -> f64 {
    samples.iter().map(|s| f64::from(*s).powi(2)).sum()
}

/// Energy of `heard` up to each sample, so that the energy of any part is one subtraction.
fn energies(heard: &[i16]) -> Vec<f64> {
    let mut sum = 0.0;
    let running = heard.iter().map(|s| {
        sum += f64::from(*s).powi(2);
        sum
    });
    std::iter::once(0.0).chain(running).collect()
}

/// Best score of `reference` against `heard` at the offsets `first..=last`, and its offset.
fn best_of(heard: &[i16], sums: &[f64], reference: &[i16], first: usize, last: usize) -> (f64, usize) {
    let own = energy(reference);
    let mut best = (0.0, first);
    for offset in first..=last.max(first) {
        let Some(part) = heard.get(offset..offset + reference.len()) else { break };
        let scale = ((sums[offset + reference.len()] - sums[offset]) * own).sqrt();
        let dot: i64 = part.iter().zip(reference).map(|(x, y)| i64::from(i32::from(*x) * i32::from(*y))).sum();
        let score = if scale < 1.0 { 0.0 } else { dot as f64 / scale };
        if score > best.0 {
            best = (score, offset);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::g711::Codec;
    use crate::wav::melody;
    use std::time::Duration;

    fn over_the_phone(samples: &[i16]) -> Vec<i16> {
        samples.iter().map(|s| Codec::Pcmu.decode(Codec::Pcmu.encode(s / 3))).collect()
    }

    #[test]
    fn the_same_sound_is_found_quieter_later_and_coded() {
        let reference = melody(1, Duration::from_millis(900));
        let mut heard = vec![0; 3_333];
        heard.extend(over_the_phone(&reference));
        heard.extend([0; 1_000]);
        let found = likeness(&heard, &reference);
        assert!(found.score > 0.98, "{found:?}");
        assert!(found.offset.abs_diff(3_333) < 20, "{found:?}");
    }

    #[test]
    fn a_slip_in_the_middle_does_not_matter() {
        let reference = melody(2, Duration::from_secs(1));
        let mut heard = over_the_phone(&reference);
        heard.splice(4_000..4_000, [0; 80]);
        assert!(likeness(&heard, &reference).score > 0.85);
    }

    #[test]
    fn a_stall_of_a_tenth_of_a_second_costs_little() {
        let reference = melody(5, Duration::from_secs(2));
        let mut heard = over_the_phone(&reference);
        heard.splice(6_000..6_000, [0; 800]);
        assert!(likeness(&heard, &reference).score > 0.85);
    }

    #[test]
    fn a_delay_that_grows_does_not_matter() {
        let reference = melody(2, Duration::from_secs(3));
        let mut heard = over_the_phone(&reference);
        for at in (1..10).map(|n| n * 2_400) {
            heard.splice(at..at, [0; 80]);
        }
        assert!(likeness(&heard, &reference).score > 0.85);
    }

    #[test]
    fn another_sound_is_not_found() {
        let heard = over_the_phone(&melody(3, Duration::from_secs(2)));
        let found = likeness(&heard, &melody(4, Duration::from_secs(1)));
        assert!(found.score < 0.5, "{found:?}");
        assert_eq!(likeness(&[0; 9_000], &melody(4, Duration::from_secs(1))).score, 0.0);
    }
}
