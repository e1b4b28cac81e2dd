//! PINs: whoever guesses is locked out before he finds one.

use std::collections::BTreeMap;
use std::time::Duration;

use model::Timestamp;
use script::config::Secret;

/// Wrong PINs in a row before an agent's PIN is refused for a while.
const WRONG_MAX: u32 = 5;
/// How long it is refused then.
const LOCKED_FOR: Duration = Duration::from_secs(15 * 60);

#[derive(Default)]
pub(crate) struct Pins {
    /// By agent or box.
    wrong: BTreeMap<String, (u32, Timestamp)>,
}

/// What became of a PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Right,
    Wrong,
    /// Too many wrong ones: even the right one is refused now.
    Locked,
}

impl Verdict {
    /// The line in the trace.
    pub(crate) fn about(self, whose: &str) -> String {
        match self {
            Verdict::Right => format!("PIN of {whose} is right"),
            Verdict::Wrong => format!("PIN of {whose} is wrong"),
            Verdict::Locked => format!("PIN of {whose} is refused for a while: too many wrong ones"),
        }
    }
}

impl Pins {
    pub(crate) fn check(&mut self, now: Timestamp, whose: &str, secret: Option<&Secret>, pin: &str) -> Verdict {
        let (count, last) = self.wrong.get(whose).copied().unwrap_or_default();
        let count = if now.since(last) >= LOCKED_FOR { 0 } else { count };
        if count >= WRONG_MAX {
            return Verdict::Locked;
        }
        if secret.is_some_and(|secret| secret.expose() == pin) {
            self.wrong.remove(whose);
            return Verdict::Right;
        }
        self.wrong.insert(whose.to_owned(), (count + 1, now));
        Verdict::Wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_wrong_pins_lock_for_a_quarter_of_an_hour() {
        let (mut pins, anna) = (Pins::default(), "anna");
        let secret = Secret::new("4711");
        let at = |seconds| Timestamp::ZERO + Duration::from_secs(seconds);
        for second in 1..=5 {
            assert_eq!(pins.check(at(second), anna, Some(&secret), "0000"), Verdict::Wrong);
        }
        assert_eq!(pins.check(at(6), anna, Some(&secret), "4711"), Verdict::Locked);
        assert_eq!(pins.check(at(6 + 15 * 60), anna, Some(&secret), "4711"), Verdict::Right);
    }

    #[test]
    fn who_has_no_pin_has_no_right_one() {
        assert_eq!(Pins::default().check(Timestamp::ZERO, "anna", None, ""), Verdict::Wrong);
    }
}
