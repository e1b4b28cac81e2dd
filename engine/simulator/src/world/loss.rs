//! A network that loses messages: whoever sent one sends it again, later and later.

use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// First pause before a message is sent again, RFC 3261 §17.1.1.1.
const T1: Duration = Duration::from_millis(500);
/// Longest pause, RFC 3261 §17.1.2.2.
const T2: Duration = Duration::from_secs(4);
/// More repetitions than any transaction lives for; a share of 100 % must not wait for ever.
const REPEATS_MAX: u32 = 10;

/// How much a network loses.
#[derive(Debug, Clone)]
pub struct Loss {
    share: f64,
    rng: ChaCha8Rng,
}

impl Loss {
    /// Each message is lost with this probability, 0 to 1.
    pub fn new(share: f64, seed: u64) -> Self {
        Self { share: share.clamp(0.0, 1.0), rng: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// How late the next message is; none when it is not lost.
    pub(super) fn delay(&mut self) -> Option<Duration> {
        let (mut late, mut pause) = (Duration::ZERO, T1);
        for _ in 0..REPEATS_MAX {
            if !self.rng.random_bool(self.share) {
                break;
            }
            late += pause;
            pause = (pause * 2).min(T2);
        }
        (!late.is_zero()).then_some(late)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_messages_come_as_late_as_retransmissions_do() {
        assert_eq!(Loss::new(0.0, 1).delay(), None);
        assert_eq!(Loss::new(1.0, 1).delay(), Some(Duration::from_millis(31_500)));
        let mut half = Loss::new(0.5, 1);
        let late = (0..1000).filter(|_| half.delay().is_some()).count();
        assert!((450..550).contains(&late), "{late}");
    }
}
