//! Collecting digits: when an input is complete, and what it is worth.

use std::time::Duration;

use script::Collect;

/// Digits on their way to being an answer.
#[derive(Debug, Clone)]
pub(crate) struct Collector {
    wanted: Collect,
    digits: String,
}

/// What a digit or a silence led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Wait this long for the next digit.
    Wait(Duration),
    /// The input is complete.
    Complete(String),
}

impl Collector {
    pub(crate) fn new(wanted: Collect) -> Self {
        Self { wanted, digits: String::new() }
    }

    /// Time for the first digit once the prompts are over.
    pub(crate) fn first_timeout(&self) -> Duration {
        self.wanted.first
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.digits.is_empty()
    }

    pub(crate) fn is_secret(&self) -> bool {
        self.wanted.secret
    }

    pub(crate) fn digit(&mut self, digit: char) -> Progress {
        if self.wanted.end.contains(digit) {
            return Progress::Complete(self.answer());
        }
        self.digits.push(digit);
        if self.digits.chars().count() >= self.wanted.max || self.is_decided() {
            return Progress::Complete(self.answer());
        }
        Progress::Wait(self.wanted.next)
    }

    /// Nobody pressed anything more.
    pub(crate) fn timeout(&self) -> String {
        self.answer()
    }

    /// With known keys: no longer key can still be meant. `1` decides unless `10` is a key too.
    fn is_decided(&self) -> bool {
        let longer = |key: &String| key.len() > self.digits.len() && key.starts_with(&self.digits);
        !self.wanted.keys.is_empty() && !self.wanted.keys.iter().any(longer)
    }

    fn answer(&self) -> String {
        if self.digits.chars().count() < self.wanted.min { String::new() } else { self.digits.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(min: usize, max: usize, keys: &[&str]) -> Collector {
        Collector::new(Collect {
            prompts: vec![],
            min,
            max,
            end: "#".into(),
            first: Duration::from_secs(5),
            next: Duration::from_secs(3),
            secret: false,
            keys: keys.iter().map(|key| (*key).to_string()).collect(),
        })
    }

    fn type_in(collector: &mut Collector, digits: &str) -> Progress {
        digits.chars().map(|digit| collector.digit(digit)).last().unwrap()
    }

    #[test]
    fn the_last_digit_or_the_end_key_completes() {
        assert_eq!(type_in(&mut wanted(1, 4, &[]), "4711"), Progress::Complete("4711".into()));
        assert_eq!(type_in(&mut wanted(1, 4, &[]), "47#"), Progress::Complete("47".into()));
        assert_eq!(type_in(&mut wanted(1, 4, &[]), "47"), Progress::Wait(Duration::from_secs(3)));
    }

    #[test]
    fn too_few_digits_are_none() {
        assert_eq!(type_in(&mut wanted(4, 4, &[]), "47#"), Progress::Complete(String::new()));
    }

    #[test]
    fn an_ambiguous_key_waits_and_a_clear_one_does_not() {
        assert_eq!(type_in(&mut wanted(1, 2, &["1", "2"]), "1"), Progress::Complete("1".into()));
        let mut ambiguous = wanted(1, 2, &["1", "10"]);
        assert_eq!(type_in(&mut ambiguous, "1"), Progress::Wait(Duration::from_secs(3)));
        assert_eq!(ambiguous.timeout(), "1");
        assert_eq!(ambiguous.digit('0'), Progress::Complete("10".into()));
    }

    #[test]
    fn a_key_that_is_none_is_complete_at_once() {
        assert_eq!(type_in(&mut wanted(1, 2, &["1", "10"]), "7"), Progress::Complete("7".into()));
    }
}
