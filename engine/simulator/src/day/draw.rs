//! Times that differ from caller to caller.

use std::sync::Arc;
use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// No draw is longer: an exponential has no end, a day has.
const LONGEST: Duration = Duration::from_secs(31 * 86_400);

/// A distribution of times.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Draw {
    /// Always the same.
    Fixed(Duration),
    /// Exponential, as Erlang's formulas assume.
    Exponential {
        /// Its mean.
        mean: Duration,
    },
    /// Log-normal, as real conversations are.
    LogNormal {
        /// Mean of the times themselves, not of their logarithms.
        mean: Duration,
        /// Standard deviation of the times themselves.
        sd: Duration,
    },
    /// One of these, each as likely as the others.
    Observed(Arc<[Duration]>),
}

/// Two numbers from 0 to 1, the second one excluded from both. Every draw takes two, whatever its distribution, so
/// that changing one distribution leaves all other draws as they were.
pub(super) type Luck = (f64, f64);

/// A source of chance of its own for everybody: adding agents or callers leaves everybody else's fate unchanged.
pub(super) fn stream(seed: u64, name: &str, numbers: &[u64]) -> ChaCha8Rng {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.update(name.as_bytes());
    for number in numbers {
        hasher.update(&number.to_le_bytes());
    }
    ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
}

/// The next two numbers.
pub(super) fn luck(rng: &mut ChaCha8Rng) -> Luck {
    (rng.random(), rng.random())
}

impl Draw {
    /// The time that `luck` means; longer for a greater first number unless the times were observed.
    pub(super) fn time(&self, (first, second): Luck) -> Duration {
        let seconds = match self {
            Draw::Fixed(time) => return *time,
            Draw::Exponential { mean } => -mean.as_secs_f64() * (1.0 - first).ln(),
            Draw::LogNormal { mean, sd } => {
                let (mean, sd) = (mean.as_secs_f64(), sd.as_secs_f64());
                let variance = (1.0 + (sd / mean).powi(2)).ln();
                (mean.ln() - variance / 2.0 + variance.sqrt() * normal((first, second))).exp()
            }
            Draw::Observed(times) => {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below the length")]
                let index = (first * times.len() as f64) as usize;
                return times[index.min(times.len() - 1)];
            }
        };
        Duration::try_from_secs_f64(seconds).map_or(LONGEST, |time| time.min(LONGEST))
    }

    /// The longest time that can come, as far as there is one.
    pub(super) fn longest(&self) -> Option<Duration> {
        match self {
            Draw::Fixed(time) => Some(*time),
            Draw::Observed(times) => times.iter().max().copied(),
            Draw::Exponential { .. } | Draw::LogNormal { .. } => None,
        }
    }
}

/// A standard normal by Box and Muller.
fn normal((first, second): Luck) -> f64 {
    (-2.0 * (1.0 - first).ln()).sqrt() * (std::f64::consts::TAU * second).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_and_sd(draw: &Draw) -> (f64, f64) {
        let mut rng = stream(1, "test", &[]);
        let times: Vec<f64> = (0..20_000).map(|_| draw.time(luck(&mut rng)).as_secs_f64()).collect();
        let mean = times.iter().sum::<f64>() / times.len() as f64;
        let variance = times.iter().map(|time| (time - mean).powi(2)).sum::<f64>() / times.len() as f64;
        (mean, variance.sqrt())
    }

    #[test]
    fn draws_have_the_mean_and_spread_that_were_asked_for() {
        let seconds = Duration::from_secs;
        let (mean, sd) = mean_and_sd(&Draw::Exponential { mean: seconds(180) });
        assert!((mean - 180.0).abs() < 4.0 && (sd - 180.0).abs() < 6.0, "{mean} {sd}");
        let (mean, sd) = mean_and_sd(&Draw::LogNormal { mean: seconds(180), sd: seconds(60) });
        assert!((mean - 180.0).abs() < 2.0 && (sd - 60.0).abs() < 3.0, "{mean} {sd}");
        let (mean, sd) = mean_and_sd(&Draw::Observed([seconds(10), seconds(30)].into()));
        assert!((mean - 20.0).abs() < 0.3 && (sd - 10.0).abs() < 0.1, "{mean} {sd}");
        assert_eq!(Draw::Fixed(seconds(7)).time((0.9, 0.9)), seconds(7));
    }

    #[test]
    fn everybody_has_chance_of_his_own() {
        let mut first = stream(1, "caller", &[0, 1]);
        assert_eq!(luck(&mut first), luck(&mut stream(1, "caller", &[0, 1])));
        assert_ne!(luck(&mut first), luck(&mut stream(1, "caller", &[0, 2])));
        assert_ne!(luck(&mut stream(1, "agent", &[0])), luck(&mut stream(2, "agent", &[0])));
    }
}
