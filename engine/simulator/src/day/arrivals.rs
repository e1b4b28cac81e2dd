//! When the next of a row of callers calls.

use std::time::Duration;

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::draw::stream;
use super::file::Arrivals;

/// A row's calls in the order of their times. The same seed gives the same times whatever else the day changes.
pub(super) struct Calendar<'d> {
    arrivals: &'d Arrivals,
    rng: ChaCha8Rng,
    at: Duration,
    count: usize,
}

impl<'d> Calendar<'d> {
    pub(super) fn new(arrivals: &'d Arrivals, seed: u64, row: usize) -> Self {
        Self { arrivals, rng: stream(seed, "arrivals", &[row as u64]), at: Duration::ZERO, count: 0 }
    }

    /// The next call before `end`, and the number it comes from when that is known.
    pub(super) fn next(&mut self, end: Duration) -> Option<(Duration, Option<String>)> {
        let next = match self.arrivals {
            Arrivals::PerHour(rates) => {
                let unit = -(1.0 - self.rng.random::<f64>()).ln();
                (later(rates, self.at, unit)?, None)
            }
            Arrivals::Given(times) => times.get(self.count)?.clone(),
        };
        self.count += 1;
        self.at = next.0;
        (next.0 < end).then_some(next)
    }
}

/// The time after `at` until which `expected` calls were to be expected; none when there are no more.
fn later(rates: &[(Duration, f64)], at: Duration, expected: f64) -> Option<Duration> {
    let mut from = at;
    let mut left = expected;
    let mut index = rates.iter().rposition(|(begins, _)| *begins <= at)?;
    loop {
        let per_second = rates[index].1 / 3600.0;
        let until = rates.get(index + 1).map(|(begins, _)| *begins);
        let needed = if per_second > 0.0 { left / per_second } else { f64::INFINITY };
        match until {
            Some(until) if (until - from).as_secs_f64() < needed => {
                left -= (until - from).as_secs_f64() * per_second;
                from = until;
                index += 1;
            }
            _ => return Duration::try_from_secs_f64(needed).ok().and_then(|late| from.checked_add(late)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn counts(arrivals: &Arrivals, hours: u32) -> Vec<usize> {
        let mut calendar = Calendar::new(arrivals, 3, 0);
        let mut counts = vec![0; hours as usize];
        while let Some((at, _)) = calendar.next(HOUR * hours) {
            counts[usize::try_from(at.as_secs() / 3600).unwrap()] += 1;
        }
        counts
    }

    #[test]
    fn rates_change_with_the_time_of_day() {
        let arrivals =
            Arrivals::PerHour(vec![(Duration::ZERO, 0.0), (HOUR, 1000.0), (HOUR * 2, 0.0), (HOUR * 3, 4000.0)]);
        let counts = counts(&arrivals, 4);
        assert_eq!((counts[0], counts[2]), (0, 0));
        assert!((900..1100).contains(&counts[1]) && (3800..4200).contains(&counts[3]), "{counts:?}");
        let none = Arrivals::PerHour(vec![(Duration::ZERO, 0.0)]);
        assert_eq!(Calendar::new(&none, 1, 0).next(HOUR), None);
    }

    #[test]
    fn given_times_are_kept() {
        let number = Some("+4930".to_owned());
        let arrivals = Arrivals::Given(vec![(HOUR / 2, number.clone()), (HOUR * 2, None)]);
        let mut calendar = Calendar::new(&arrivals, 1, 0);
        assert_eq!(calendar.next(HOUR), Some((HOUR / 2, number)));
        assert_eq!(calendar.next(HOUR), None);
    }
}
