//! Tones of the telephone network by country (ITU-T E.180 supplement 2), as prompts of one cadence.

use std::f64::consts::TAU;

use super::Prompt;

/// A tone that callers know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// It rings over there; play it looped.
    Ringback,
    /// Busy; play it looped.
    Busy,
    /// Before a recording, once.
    Beep,
}

/// Frequencies sounding together in hertz, and milliseconds on and off in turn.
struct Cadence(&'static [f64], &'static [u32]);

/// One cadence of a tone as `country` (ISO 3166, lower case) hears it; unknown countries get Europe's.
pub fn tone(country: &str, tone: Tone) -> Prompt {
    let Cadence(frequencies, steps_ms) = cadence(&country.to_ascii_lowercase(), tone);
    let name = format!("tone {tone:?} {country}").to_lowercase();
    Prompt::from_samples(&name, &render(frequencies, steps_ms, 8000), &render(frequencies, steps_ms, 16000))
}

const fn cadence_of_beep() -> Cadence {
    Cadence(&[1000.0], &[400])
}

fn cadence(country: &str, tone: Tone) -> Cadence {
    match (tone, country) {
        (Tone::Beep, _) => cadence_of_beep(),
        (Tone::Ringback, "us" | "ca") => Cadence(&[440.0, 480.0], &[2000, 4000]),
        (Tone::Ringback, "gb" | "ie" | "au" | "nz") => Cadence(&[400.0, 450.0], &[400, 200, 400, 2000]),
        (Tone::Ringback, "fr") => Cadence(&[440.0], &[1500, 3500]),
        (Tone::Ringback, "ru" | "ua" | "by" | "kz") => Cadence(&[425.0], &[800, 3200]),
        (Tone::Ringback, _) => Cadence(&[425.0], &[1000, 4000]),
        (Tone::Busy, "us" | "ca") => Cadence(&[480.0, 620.0], &[500, 500]),
        (Tone::Busy, "gb" | "ie") => Cadence(&[400.0], &[375, 375]),
        (Tone::Busy, "de") => Cadence(&[425.0], &[480, 480]),
        (Tone::Busy, "fr") => Cadence(&[440.0], &[500, 500]),
        (Tone::Busy, "ru" | "ua" | "by" | "kz") => Cadence(&[425.0], &[400, 400]),
        (Tone::Busy, _) => Cadence(&[425.0], &[500, 500]),
    }
}

fn render(frequencies: &[f64], steps_ms: &[u32], rate_hz: u32) -> Vec<i16> {
    // About -13 dBm0 in sum, as exchanges send it.
    let amplitude = 6000.0 / frequencies.len() as f64;
    let mut samples = Vec::new();
    for (index, ms) in steps_ms.iter().enumerate() {
        let count = ms * rate_hz / 1000;
        samples.extend((0..count).map(|n| match index % 2 {
            0 => {
                let time = f64::from(n) / f64::from(rate_hz);
                let sum: f64 = frequencies.iter().map(|hz| (TAU * hz * time).sin()).sum();
                (sum * amplitude * edge(n, count, rate_hz)) as i16
            }
            _ => 0,
        }));
    }
    samples
}

/// Two milliseconds of fading at both ends, against clicks.
fn edge(n: u32, count: u32, rate_hz: u32) -> f64 {
    let fade = rate_hz / 500;
    f64::from(n.min(count - 1 - n).min(fade)) / f64::from(fade)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::Codec;

    use super::*;
    use crate::codec::Decoder;

    #[test]
    fn cadences_last_as_long_as_the_countries_say() {
        let length = |country, which| tone(country, which).duration();
        assert_eq!(length("us", Tone::Ringback), Duration::from_secs(6));
        assert_eq!(length("gb", Tone::Ringback), Duration::from_secs(3));
        assert_eq!(length("de", Tone::Ringback), Duration::from_secs(5));
        assert_eq!(length("fr", Tone::Ringback), Duration::from_secs(5));
        assert_eq!(length("RU", Tone::Ringback), Duration::from_secs(4));
        assert_eq!(length("ir", Tone::Busy), Duration::from_secs(1));
        assert_eq!(length("de", Tone::Busy), Duration::from_millis(960));
        assert_eq!(length("", Tone::Beep), Duration::from_millis(400));
    }

    #[test]
    fn a_cadence_sounds_and_pauses() {
        let ring = tone("us", Tone::Ringback);
        let mut samples = vec![0; 48_000];
        Decoder::new(Codec::Pcmu).decode(ring.payload(Codec::Pcmu), &mut samples);
        assert!(samples[..16_000].iter().any(|sample| sample.abs() > 5000));
        assert!(samples[16_000..].iter().all(|sample| *sample == 0));
    }
}
