//! One source of truth for a leg's digits, though a phone may send each of them in three ways.

use std::time::Duration;

use model::Timestamp;

/// The same key from another source within this time is the same press.
const SAME_PRESS: Duration = Duration::from_millis(500);

/// How a digit came, the most trusted last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    InBand,
    Info,
    Event,
}

#[derive(Debug, Default)]
pub(crate) struct Arbiter {
    /// The most trusted source that has spoken; a lesser one is not heard after it.
    owner: Option<Source>,
    last: Option<(char, Timestamp, Source)>,
}

impl Arbiter {
    /// Is this a new press?
    pub(crate) fn accepts(&mut self, now: Timestamp, source: Source, key: char) -> bool {
        if self.owner.is_some_and(|owner| owner > source) {
            return false;
        }
        self.owner = Some(source);
        let repeated =
            self.last.is_some_and(|(last, at, from)| last == key && from != source && now.since(at) < SAME_PRESS);
        // An absorbed press counts as told by the better source: its next one is a new press.
        self.last = Some((key, now, source));
        !repeated
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(digits: &[(u64, Source, char)]) -> String {
        let mut arbiter = Arbiter::default();
        let at = |ms| Timestamp::from_micros(ms * 1000);
        digits.iter().filter(|(ms, source, key)| arbiter.accepts(at(*ms), *source, *key)).map(|digit| digit.2).collect()
    }

    #[test]
    fn info_is_ignored_once_events_were_seen() {
        use Source::{Event, Info};
        assert_eq!(heard(&[(0, Event, '1'), (50, Info, '1'), (400, Event, '2'), (2000, Info, '3')]), "12");
    }

    #[test]
    fn a_press_that_info_told_first_is_not_told_again_by_events() {
        use Source::{Event, Info};
        assert_eq!(heard(&[(0, Info, '1'), (60, Event, '1'), (300, Event, '1')]), "11");
    }

    #[test]
    fn tones_are_heard_until_info_speaks() {
        use Source::{InBand, Info};
        assert_eq!(heard(&[(0, InBand, '4'), (100, Info, '4'), (900, Info, '4'), (950, InBand, '4')]), "44");
    }

    #[test]
    fn one_source_may_repeat_a_key_as_fast_as_it_likes() {
        assert_eq!(heard(&[(0, Source::Info, '7'), (80, Source::Info, '7')]), "77");
    }
}
